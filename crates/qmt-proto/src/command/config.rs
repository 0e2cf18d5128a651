//! AT+QMTCFG: the options of a client (QMT §3.3.1).

use at_syntax::{Args, Writer};

use super::{flag, link, ranged, text};
use crate::{DecodeError, DeviceName, DeviceSecret, LinkId, ProductKey, Qos, Topic, WillMessage};

mod keep_alive;
mod timeout;

pub use keep_alive::KeepAlive;
pub use timeout::{PacketTimeout, TimeoutUpdate};

/// `AT+QMTCFG="<option>",<link>[,<values>]`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_enums, reason = "closed by QMT §3.3.1")]
pub enum Config<'a> {
    /// Asks for the value of an option.
    Query(LinkId, ConfigOption),
    /// Sets an option.
    Set(LinkId, Setting<'a>),
}

/// The options, in the order of the answer to `AT+QMTCFG=?`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_enums, reason = "closed by QMT §3.3.1")]
pub enum ConfigOption {
    /// "will"
    Will,
    /// "timeout"
    Timeout,
    /// "session"
    Session,
    /// "keepalive"
    KeepAlive,
    /// "aliauth"
    AliAuth,
    /// "version"
    Version,
    /// "showrecvlen"
    ShowRecvLen,
    /// "echomode"
    EchoMode,
    /// "dataformat"
    DataFormat,
}

/// An option with its value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_enums, reason = "closed by QMT §3.3.1")]
pub enum Setting<'a> {
    /// What the server publishes when the client is lost (QMT §3.3.1 "will", `<will_fg>` 0..=1). None by
    /// default.
    Will(Option<Will<'a>>),
    /// How long to wait for an acknowledgement and how often to send again (QMT §3.3.1 "timeout").
    Timeout(TimeoutUpdate),
    /// Whether the server forgets the client when it disconnects (QMT §3.3.1 "session",
    /// `<clean_session>` 0..=1). Default true.
    CleanSession(bool),
    /// How long the client may be silent (QMT §3.3.1 "keepalive"). Default 120 s.
    KeepAlive(KeepAlive),
    /// Credentials of Alibaba Cloud (QMT §3.3.1 "aliauth").
    AliAuth(AliAuth<'a>),
    /// Protocol level (QMT §3.3.1 "version"). Default 3.1.
    Version(MqttVersion),
    /// Whether +QMTRECV tells the length of its payload (QMT §3.3.1 "showrecvlen", `<show_flag>`
    /// 0..=1). Default false.
    ShowRecvLen(bool),
    /// Whether the module echoes what it takes in data mode (QMT §3.3.1 "echomode", `<echo_mode>`
    /// 0..=1). Default true.
    EchoMode(bool),
    /// Formats of payloads (QMT §3.3.1 "dataformat"). Default text.
    DataFormat {
        /// Of QMTPUB.
        send: DataFormat,
        /// Of +QMTRECV.
        recv: DataFormat,
    },
}

/// Will of a client, all of it or nothing (QMT §3.3.1 note 1, MQTT 3.1.1 §3.1.2.5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "closed by QMT §3.3.1")]
pub struct Will<'a> {
    /// QoS of the will message.
    pub qos: Qos,
    /// Whether the server keeps it (QMT §3.3.1 `<will_retain>` 0..=1).
    pub retain: bool,
    /// Where it is published.
    pub topic: Topic<'a>,
    /// What is published.
    pub message: WillMessage<'a>,
}

/// Device of Alibaba Cloud; a client with it needs no user name and password (QMT §3.3.1 note 5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "closed by QMT §3.3.1")]
pub struct AliAuth<'a> {
    /// `<product_key>`
    pub product_key: ProductKey<'a>,
    /// `<device_name>`
    pub device_name: DeviceName<'a>,
    /// `<device_secret>`
    pub device_secret: DeviceSecret<'a>,
}

/// Protocol level (QMT §3.3.1 `<version_num>` 0..=1).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_enums, reason = "closed by QMT §3.3.1")]
pub enum MqttVersion {
    /// 0: MQTT 3.1.
    #[default]
    V3_1,
    /// 1: MQTT 3.1.1.
    V3_1_1,
}

/// How payloads are written (QMT §3.3.1 `<send_format>` 0..=1, `<recv_format>` 0..=1).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_enums, reason = "closed by QMT §3.3.1")]
pub enum DataFormat {
    /// 0: bytes as they are.
    #[default]
    Text,
    /// 1: two hex digits for each byte.
    Hex,
}

impl<'a> Config<'a> {
    pub(super) fn parse(args: &mut Args<'a>) -> Result<Self, DecodeError> {
        let option = ConfigOption::new(args.string()?).ok_or(DecodeError::Unknown)?;
        let link = link(args)?;
        if args.is_empty() {
            return Ok(Self::Query(link, option));
        }
        Ok(Self::Set(link, Setting::parse(option, args)?))
    }

    #[inline]
    pub(super) fn emit(&self, out: &mut Writer<'_>) {
        let (link, option) = match self {
            Self::Query(link, option) => (link, *option),
            Self::Set(link, setting) => (link, setting.option()),
        };
        out.quoted(option.as_str().as_bytes()).int(link.get());
        if let Self::Set(_, setting) = self {
            setting.emit(out);
        }
    }

    /// The option asked for or set.
    pub const fn option(&self) -> ConfigOption {
        match self {
            Self::Query(_, option) => *option,
            Self::Set(_, setting) => setting.option(),
        }
    }

    /// The link it belongs to.
    pub const fn link(&self) -> LinkId {
        match self {
            Self::Query(link, _) | Self::Set(link, _) => *link,
        }
    }
}

impl ConfigOption {
    /// All options, in the order of the answer to `AT+QMTCFG=?`.
    pub const ALL: [Self; 9] = [
        Self::Will,
        Self::Timeout,
        Self::Session,
        Self::KeepAlive,
        Self::AliAuth,
        Self::Version,
        Self::ShowRecvLen,
        Self::EchoMode,
        Self::DataFormat,
    ];

    /// The option spelled `text`, in upper or lower case.
    pub fn new(text: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|option| option.as_str().as_bytes().eq_ignore_ascii_case(text))
    }

    /// The note's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Will => "will",
            Self::Timeout => "timeout",
            Self::Session => "session",
            Self::KeepAlive => "keepalive",
            Self::AliAuth => "aliauth",
            Self::Version => "version",
            Self::ShowRecvLen => "showrecvlen",
            Self::EchoMode => "echomode",
            Self::DataFormat => "dataformat",
        }
    }
}

impl<'a> Setting<'a> {
    /// The option it is a value of.
    pub const fn option(&self) -> ConfigOption {
        match self {
            Self::Will(_) => ConfigOption::Will,
            Self::Timeout(_) => ConfigOption::Timeout,
            Self::CleanSession(_) => ConfigOption::Session,
            Self::KeepAlive(_) => ConfigOption::KeepAlive,
            Self::AliAuth(_) => ConfigOption::AliAuth,
            Self::Version(_) => ConfigOption::Version,
            Self::ShowRecvLen(_) => ConfigOption::ShowRecvLen,
            Self::EchoMode(_) => ConfigOption::EchoMode,
            Self::DataFormat { .. } => ConfigOption::DataFormat,
        }
    }

    /// Reads the values of `option`, from a command or from the answer to a query.
    pub(crate) fn parse(option: ConfigOption, args: &mut Args<'a>) -> Result<Self, DecodeError> {
        Ok(match option {
            ConfigOption::Will => Self::Will(Will::parse(args)?),
            ConfigOption::Timeout => Self::Timeout(TimeoutUpdate::parse(args)?),
            ConfigOption::Session => Self::CleanSession(ranged(args, "clean_session", flag)?),
            ConfigOption::KeepAlive => {
                let time = |seconds| u16::try_from(seconds).ok().and_then(KeepAlive::new);
                Self::KeepAlive(ranged(args, "keep-alive_time", time)?)
            }
            ConfigOption::AliAuth if cfg!(not(feature = "aliauth")) => {
                return Err(DecodeError::Unknown);
            }
            ConfigOption::AliAuth => Self::AliAuth(AliAuth {
                product_key: text(args, "product_key", ProductKey::from_bytes)?,
                device_name: text(args, "device_name", DeviceName::from_bytes)?,
                device_secret: text(args, "device_secret", DeviceSecret::from_bytes)?,
            }),
            ConfigOption::Version => {
                let version = |number| match number {
                    0 => Some(MqttVersion::V3_1),
                    1 => Some(MqttVersion::V3_1_1),
                    _ => None,
                };
                Self::Version(ranged(args, "version_num", version)?)
            }
            ConfigOption::ShowRecvLen => Self::ShowRecvLen(ranged(args, "show_flag", flag)?),
            ConfigOption::EchoMode => Self::EchoMode(ranged(args, "echo_mode", flag)?),
            ConfigOption::DataFormat => Self::DataFormat {
                send: ranged(args, "send_format", DataFormat::new)?,
                recv: ranged(args, "recv_format", DataFormat::new)?,
            },
        })
    }

    /// Writes the values, each after a comma if something stands before it.
    #[inline]
    pub(crate) fn emit(&self, out: &mut Writer<'_>) {
        match self {
            Self::Will(None) => {
                out.int(0);
            }
            Self::Will(Some(_)) if cfg!(not(feature = "will")) => {}
            Self::Will(Some(will)) => {
                out.int(1)
                    .int(will.qos.level())
                    .int(will.retain)
                    .quoted(will.topic.as_str().as_bytes())
                    .quoted(will.message.expose().as_bytes());
            }
            Self::Timeout(update) => update.emit(out),
            Self::CleanSession(on) | Self::ShowRecvLen(on) | Self::EchoMode(on) => {
                out.int(*on);
            }
            Self::KeepAlive(time) => {
                out.int(time.seconds());
            }
            Self::AliAuth(_) if cfg!(not(feature = "aliauth")) => {}
            Self::AliAuth(auth) => {
                out.quoted(auth.product_key.expose().as_bytes())
                    .quoted(auth.device_name.as_str().as_bytes())
                    .quoted(auth.device_secret.expose().as_bytes());
            }
            Self::Version(version) => {
                out.int(*version as u8);
            }
            Self::DataFormat { send, recv } => {
                out.int(*send as u8).int(*recv as u8);
            }
        }
    }
}

impl<'a> Will<'a> {
    /// QMT §3.3.1 note 1: flag 1 needs the other four, flag 0 forbids them.
    fn parse(args: &mut Args<'a>) -> Result<Option<Self>, DecodeError> {
        if !ranged(args, "will_fg", flag)? {
            return Ok(None);
        }
        if cfg!(not(feature = "will")) {
            return Err(DecodeError::Unknown);
        }
        Ok(Some(Self {
            qos: ranged(args, "will_qos", |level| {
                u8::try_from(level).ok().and_then(Qos::new)
            })?,
            retain: ranged(args, "will_retain", flag)?,
            topic: text(args, "will_topic", Topic::from_bytes)?,
            message: text(args, "will_msg", WillMessage::from_bytes)?,
        }))
    }
}

impl DataFormat {
    fn new(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Text),
            1 => Some(Self::Hex),
            _ => None,
        }
    }
}
