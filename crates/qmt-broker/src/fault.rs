//! What a broker may do wrong, and when: the rules a test gives it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;
use core::str::FromStr;
use core::time::Duration;

use qmt_mqtt::{PacketKind, Role};

/// How long a packet that waits for the next one to overtake it waits at most.
const OVERTAKEN_WITHIN: Duration = Duration::from_secs(1);
/// The longest payload that [`Fault::Oversize`] makes.
const LONGEST: u32 = 16 << 20;

/// One thing done wrong. [`Fault::NAMES`] lists them as text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// `connack:CODE`: CONNECT is refused with this code, known or not; by default any CONNECT.
    ConnAck(u8),
    /// `suback:CODE`: 0 to 2 grant no more than that, every other code refuses and stands in the
    /// SUBACK as it is.
    SubAck(u8),
    /// `lose`: the packet is not sent.
    Lose,
    /// `delay:MS`: the packet is sent so many milliseconds late; others overtake it.
    Delay(Duration),
    /// `duplicate`: the packet is sent twice.
    Duplicate,
    /// `reorder`: the packet is sent after the next one, or after a second without any.
    Reorder,
    /// `foreign-id`: the packet carries the identifier that follows its own.
    ForeignId,
    /// `oversize:BYTES`: the payload of a PUBLISH is filled up to so many bytes.
    Oversize(u32),
    /// `replace:HEX`: these bytes are sent in place of the packet.
    Replace(Vec<u8>),
    /// `close`: the connection is closed when the packet comes, before anything is done with it.
    Close,
    /// `close-instead`: the connection is closed in place of sending the packet.
    CloseInstead,
    /// `mute`: from the packet on, which counts as not read, the connection stays open, takes
    /// everything and answers nothing.
    Mute,
}

/// A fault, the packets it is about, and which of them it meets.
///
/// As text `NAME[:PARAM][@PACKET][#N|#N+|%P]`: `lose@PUBACK#2` loses the second PUBACK,
/// `delay:1500%10` one acknowledgement in ten, `mute@PINGREQ` goes silent at the first PINGREQ.
/// `#N+` is the Nth and all that follow; without either it is every one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the caller makes it")]
pub struct FaultRule {
    /// What is done.
    pub fault: Fault,
    /// The packets it is about; `None` for those the fault is about by itself: CONNECT for
    /// `connack`, `close` and `mute`, SUBSCRIBE for `suback`, PUBLISH for `oversize`, and every
    /// acknowledgement (PUBACK, PUBREC, PUBCOMP, SUBACK, UNSUBACK) for the rest.
    pub packet: Option<PacketKind>,
    /// Which of these packets, counted over all connections.
    pub occurrence: Occurrence,
}

/// Which of the packets of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Occurrence {
    /// Every one.
    Every,
    /// That one alone; the first is 1.
    Only(NonZeroU32),
    /// That one and all that follow.
    From(NonZeroU32),
    /// Each with this chance in percent, by the seed of the broker.
    Chance(u8),
}

/// Why a text is no rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultRuleError {
    /// There is no fault of this name.
    Name,
    /// The fault needs a parameter, takes none, or not this one.
    Parameter,
    /// There is no packet of this name.
    Packet,
    /// The fault cannot meet this packet.
    PacketOfFault,
    /// Not a count from 1, or a percentage up to 100.
    Occurrence,
}

/// Where a fault looks: at packets that came, or at those about to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Came,
    Going,
}

impl Fault {
    /// The names with their parameters, and what each does.
    pub const NAMES: [(&'static str, &'static str); 12] = [
        ("connack:CODE", "refuse CONNECT with this code, 1 to 255"),
        (
            "suback:CODE",
            "grant at most QoS 0 to 2, or refuse with any other code",
        ),
        ("lose", "do not send the packet"),
        ("delay:MS", "send the packet so many milliseconds late"),
        ("duplicate", "send the packet twice"),
        ("reorder", "send the packet after the next one"),
        (
            "foreign-id",
            "put the next identifier in place of the right one",
        ),
        (
            "oversize:BYTES",
            "fill the payload of a PUBLISH up to so many bytes",
        ),
        ("replace:HEX", "send these bytes in place of the packet"),
        ("close", "close the connection when the packet comes"),
        (
            "close-instead",
            "close the connection in place of sending the packet",
        ),
        ("mute", "stay open from this packet on, but answer nothing"),
    ];

    /// Its name, without parameter.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ConnAck(_) => "connack",
            Self::SubAck(_) => "suback",
            Self::Lose => "lose",
            Self::Delay(_) => "delay",
            Self::Duplicate => "duplicate",
            Self::Reorder => "reorder",
            Self::ForeignId => "foreign-id",
            Self::Oversize(_) => "oversize",
            Self::Replace(_) => "replace",
            Self::Close => "close",
            Self::CloseInstead => "close-instead",
            Self::Mute => "mute",
        }
    }

    pub(crate) const fn side(&self) -> Side {
        match self {
            Self::ConnAck(_) | Self::SubAck(_) | Self::Close | Self::Mute => Side::Came,
            _ => Side::Going,
        }
    }

    /// How long a packet is kept back, and whether the next one lets it go before.
    pub(crate) const fn keeps_back(&self) -> Option<(Duration, bool)> {
        match self {
            Self::Delay(span) => Some((*span, false)),
            Self::Reorder => Some((OVERTAKEN_WITHIN, true)),
            _ => None,
        }
    }

    /// Whether it is about packets of this kind when no other is named.
    const fn meets_by_itself(&self, kind: PacketKind) -> bool {
        match self {
            Self::ConnAck(_) | Self::Close | Self::Mute => matches!(kind, PacketKind::Connect),
            Self::SubAck(_) => matches!(kind, PacketKind::Subscribe),
            Self::Oversize(_) => matches!(kind, PacketKind::Publish),
            _ => is_acknowledgement(kind),
        }
    }

    /// Whether it can be about packets of this kind at all.
    fn can_meet(&self, kind: PacketKind) -> bool {
        match self {
            Self::ConnAck(_) | Self::SubAck(_) | Self::Oversize(_) => self.meets_by_itself(kind),
            Self::ForeignId => {
                is_acknowledgement(kind) || matches!(kind, PacketKind::Publish | PacketKind::PubRel)
            }
            Self::Close | Self::Mute => kind.sender() != Some(Role::Broker),
            _ => kind.sender() != Some(Role::Client),
        }
    }
}

impl FaultRule {
    pub(crate) fn meets(&self, side: Side, kind: PacketKind) -> bool {
        self.fault.side() == side
            && match self.packet {
                Some(packet) => packet == kind,
                None => self.fault.meets_by_itself(kind),
            }
    }
}

impl From<Fault> for FaultRule {
    /// The fault at every packet it is about by itself.
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            packet: None,
            occurrence: Occurrence::Every,
        }
    }
}

impl FromStr for FaultRule {
    type Err = FaultRuleError;

    fn from_str(text: &str) -> Result<Self, FaultRuleError> {
        let (text, occurrence) = match text.find(['#', '%']) {
            Some(at) => (text.get(..at), text.get(at..).unwrap_or_default().parse()?),
            None => (Some(text), Occurrence::Every),
        };
        let (fault, packet) = match text.unwrap_or_default().split_once('@') {
            Some((fault, packet)) => (fault, Some(kind_named(packet)?)),
            None => (text.unwrap_or_default(), None),
        };
        let fault: Fault = fault.parse()?;
        if packet.is_some_and(|kind| !fault.can_meet(kind)) {
            return Err(FaultRuleError::PacketOfFault);
        }
        Ok(Self {
            fault,
            packet,
            occurrence,
        })
    }
}

impl FromStr for Fault {
    type Err = FaultRuleError;

    fn from_str(text: &str) -> Result<Self, FaultRuleError> {
        let (name, parameter) = match text.split_once(':') {
            Some((name, parameter)) => (name, Some(parameter)),
            None => (text, None),
        };
        let number = || -> Result<u32, FaultRuleError> {
            let digits = parameter.ok_or(FaultRuleError::Parameter)?;
            digits.parse().map_err(|_| FaultRuleError::Parameter)
        };
        let code = || u8::try_from(number()?).map_err(|_| FaultRuleError::Parameter);
        let fault = match name {
            "connack" => match code()? {
                0 => return Err(FaultRuleError::Parameter),
                code => Self::ConnAck(code),
            },
            "suback" => Self::SubAck(code()?),
            "delay" => Self::Delay(Duration::from_millis(number()?.into())),
            "oversize" => match number()? {
                bytes @ ..=LONGEST => Self::Oversize(bytes),
                _ => return Err(FaultRuleError::Parameter),
            },
            "replace" => Self::Replace(unhex(parameter.ok_or(FaultRuleError::Parameter)?)?),
            plain => {
                let fault = match plain {
                    "lose" => Self::Lose,
                    "duplicate" => Self::Duplicate,
                    "reorder" => Self::Reorder,
                    "foreign-id" => Self::ForeignId,
                    "close" => Self::Close,
                    "close-instead" => Self::CloseInstead,
                    "mute" => Self::Mute,
                    _ => return Err(FaultRuleError::Name),
                };
                match parameter {
                    None => fault,
                    Some(_) => return Err(FaultRuleError::Parameter),
                }
            }
        };
        Ok(fault)
    }
}

impl FromStr for Occurrence {
    type Err = FaultRuleError;

    fn from_str(text: &str) -> Result<Self, FaultRuleError> {
        if let Some(percent) = text.strip_prefix('%') {
            return match percent.parse() {
                Ok(percent @ ..=100) => Ok(Self::Chance(percent)),
                _ => Err(FaultRuleError::Occurrence),
            };
        }
        let count = text.strip_prefix('#').ok_or(FaultRuleError::Occurrence)?;
        let (count, and_on) = match count.strip_suffix('+') {
            Some(count) => (count, true),
            None => (count, false),
        };
        let count = count.parse().map_err(|_| FaultRuleError::Occurrence)?;
        Ok(match and_on {
            true => Self::From(count),
            false => Self::Only(count),
        })
    }
}

/// The text that reads back as the same rule.
impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)?;
        if let Some(packet) = self.packet {
            write!(f, "@{packet}")?;
        }
        match self.occurrence {
            Occurrence::Every => Ok(()),
            Occurrence::Only(count) => write!(f, "#{count}"),
            Occurrence::From(count) => write!(f, "#{count}+"),
            Occurrence::Chance(percent) => write!(f, "%{percent}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::ConnAck(code) | Self::SubAck(code) => write!(f, ":{code}"),
            Self::Delay(span) => write!(f, ":{}", span.as_millis()),
            Self::Oversize(bytes) => write!(f, ":{bytes}"),
            Self::Replace(bytes) => {
                f.write_str(":")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for FaultRuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "no fault of a broker has this name",
            Self::Parameter => "the fault does not take this parameter",
            Self::Packet => "no MQTT packet has this name",
            Self::PacketOfFault => "the fault cannot meet this packet",
            Self::Occurrence => "an occurrence reads #N, #N+ or %P",
        })
    }
}

impl core::error::Error for FaultRuleError {}

const fn is_acknowledgement(kind: PacketKind) -> bool {
    matches!(
        kind,
        PacketKind::PubAck
            | PacketKind::PubRec
            | PacketKind::PubComp
            | PacketKind::SubAck
            | PacketKind::UnsubAck
    )
}

fn kind_named(name: &str) -> Result<PacketKind, FaultRuleError> {
    let named = |kind: &PacketKind| -> bool {
        let own: String = kind.to_string();
        own.eq_ignore_ascii_case(name)
    };
    let kind = PacketKind::ALL.into_iter().find(named);
    kind.ok_or(FaultRuleError::Packet)
}

fn unhex(digits: &str) -> Result<Vec<u8>, FaultRuleError> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| {
        let pair = core::str::from_utf8(pair)
            .ok()
            .filter(|pair| pair.len() == 2)?;
        // Not the sign that `from_str_radix` takes.
        let digits = pair.bytes().all(|byte| byte.is_ascii_hexdigit());
        u8::from_str_radix(pair, 16).ok().filter(|_| digits)
    });
    let bytes: Option<Vec<u8>> = pairs.collect();
    bytes
        .filter(|bytes| !bytes.is_empty())
        .ok_or(FaultRuleError::Parameter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_reads_back_as_it_is_written() {
        for text in [
            "connack:5",
            "connack:200#1",
            "suback:128",
            "lose@PUBACK#2",
            "delay:1500%10",
            "duplicate@PUBLISH#3+",
            "reorder",
            "foreign-id@SUBACK",
            "oversize:2000",
            "replace:20020006@CONNACK",
            "close@DISCONNECT",
            "close-instead@PINGRESP",
            "mute@PINGREQ",
        ] {
            let rule: FaultRule = text.parse().unwrap();
            assert_eq!(rule.to_string(), text);
        }
        assert_eq!(
            "lose@puback".parse::<FaultRule>().unwrap().to_string(),
            "lose@PUBACK"
        );
    }

    #[test]
    fn every_name_of_the_list_is_read() {
        for (name, _) in Fault::NAMES {
            let text = name
                .replace("CODE", "3")
                .replace("MS", "3")
                .replace("BYTES", "3")
                .replace("HEX", "F0");
            let fault: Fault = text.parse().unwrap();
            assert_eq!(fault.name(), name.split(':').next().unwrap());
        }
    }

    #[test]
    fn what_is_no_rule_is_refused_with_its_reason() {
        use FaultRuleError::{Name, Occurrence, Packet, PacketOfFault, Parameter};
        for (text, why) in [
            ("", Name),
            ("loose", Name),
            ("connack", Parameter),
            ("connack:0", Parameter),
            ("connack:256", Parameter),
            ("lose:1", Parameter),
            ("delay:soon", Parameter),
            ("oversize:16777217", Parameter),
            ("replace:", Parameter),
            ("replace:2", Parameter),
            ("replace:+2", Parameter),
            ("lose@PUBACKS", Packet),
            ("lose@SUBSCRIBE", PacketOfFault),
            ("close@SUBACK", PacketOfFault),
            ("connack:1@SUBSCRIBE", PacketOfFault),
            ("lose#0", Occurrence),
            ("lose#", Occurrence),
            ("lose%101", Occurrence),
        ] {
            assert_eq!(text.parse::<FaultRule>(), Err(why), "{text}");
        }
    }
}
