//! Reports: what a module prints behind `+<name>:`.

use core::fmt;

use at_syntax::{Args, Info, Writer};

use crate::limits::TOPICS_PER_COMMAND;
use crate::{
    CloseResult, ConfigOption, ConnectCode, DecodeError, DisconnectResult, Granted, LinkId,
    LinkLossCode, MsgId, Name, OpenResult, PacketResult, Parameter, ResponseDialect,
};

mod answer;
mod kind;
mod notice;
mod recv;
#[cfg(test)]
mod tests;

pub use answer::Answer;
use kind::Kind;
pub use notice::{Notice, Registration};
pub use recv::{Payload, Received};

/// A line `+<name>: ..`, understood.
///
/// The first seven are deferred results: they come after the `OK` of their command, when the
/// network has answered (QMT §2 order, §3.1.2 response). [`parse`](Self::parse) and [`emit`](Self::emit) are inverses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Report<'a> {
    /// `+QMTOPEN: <link>,<result>` (QMT §3.3.2 write)
    Opened {
        /// The client.
        link: LinkId,
        /// `<result>`
        result: OpenResult,
    },
    /// `+QMTCLOSE: <link>,<result>` (QMT §3.3.3 write)
    Closed {
        /// The client.
        link: LinkId,
        /// `<result>`
        result: CloseResult,
    },
    /// `+QMTCONN: <link>,<result>[,<retcode>]` (QMT §3.3.4 write)
    Connected {
        /// The client.
        link: LinkId,
        /// `<result>`
        result: PacketResult,
        /// `<retcode>`; some firmware leaves it out.
        code: Option<ConnectCode>,
    },
    /// `+QMTDISC: <link>,<result>` (QMT §3.3.5 write)
    Disconnected {
        /// The client.
        link: LinkId,
        /// `<result>`
        result: DisconnectResult,
    },
    /// `+QMTSUB: <link>,<msgID>,<result>[,<value>..]` (QMT §3.3.6 write)
    Subscribed {
        /// The client.
        link: LinkId,
        /// `<msgID>`
        msg_id: MsgId,
        /// `<result>`
        result: PacketResult,
        /// Granted QoS or refusal, one for each topic or one for all; with result 1 the number
        /// of retransmissions (QMT §3.3.6 `<value>`, `<value>` count, `<value>` absent).
        values: Values,
    },
    /// `+QMTUNS: <link>,<msgID>,<result>` (QMT §3.3.7 write)
    Unsubscribed {
        /// The client.
        link: LinkId,
        /// `<msgID>`
        msg_id: MsgId,
        /// `<result>`
        result: PacketResult,
    },
    /// `+QMTPUB: <link>,<msgID>,<result>[,<value>]` (QMT §3.3.8 write)
    Published {
        /// The client.
        link: LinkId,
        /// `<msgID>`, 0 at QoS 0.
        msg_id: u16,
        /// `<result>`
        result: PacketResult,
        /// With result 1 the number of retransmissions (QMT §3.3.8 `<value>`, `<value>` count,
        /// `<value>` absent).
        value: Option<u8>,
    },
    /// `+QMTSTAT: <link>,<err_code>`: the module closed the client (QMT §5.1 report).
    LinkLost {
        /// The client.
        link: LinkId,
        /// `<err_code>`
        cause: LinkLossCode,
    },
    /// `+QMTRECV: ..`: a message (QMT §5.2 report, §3.3.8 note 4).
    Received(Received<'a>),
    /// The answer to a read, test or query.
    Answer(Answer<'a>),
    /// News of the module that no command asked for.
    Notice(Notice<'a>),
}

/// The `<value>`s of `+QMTSUB`: none to four small numbers.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
pub struct Values {
    /// The first in the lowest byte, so that they are handed on in a register.
    packed: u32,
    len: u8,
}

/// What the line is an answer to, which some lines do not say themselves.
///
/// `+QMTCONN: 0,2` is a link that is connecting before the `OK` of `AT+QMTCONN?` and a failed
/// CONNECT otherwise; `+QMTCFG: 0` needs its option.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(
    clippy::exhaustive_enums,
    reason = "closed: the four types of commands, and one that has options"
)]
pub enum Expect {
    /// No answer is due.
    #[default]
    Nothing,
    /// `AT+<name>?` or `AT+<name>` awaits its `OK`.
    Read(Name),
    /// `AT+<name>=?` awaits its `OK`.
    Test(Name),
    /// `AT+QMTCFG="<option>",<link>` awaits its `OK`.
    Config(ConfigOption),
}

impl<'a> Report<'a> {
    /// Understands a line; `+QMTRECV` comes as [`Received::parse`].
    ///
    /// # Errors
    /// [`DecodeError::Unknown`] for a name that is not known here; otherwise what is wrong with
    /// the arguments. Further arguments than expected are an error too, save where real modules
    /// are known to add them.
    pub fn parse(info: &Info<'a>, expect: Expect) -> Result<Self, DecodeError> {
        #[cfg(target_pointer_width = "64")]
        return Self::parse_into(info, expect, |report| report);
        #[cfg(not(target_pointer_width = "64"))]
        {
            if let Some(answer) = Answer::parse(info, expect)? {
                return Ok(Self::Answer(answer));
            }
            match Kind::new(info.name) {
                Some(kind) => Self::about_link(kind, info.args),
                None => Notice::parse(info).map(Self::Notice),
            }
        }
    }

    /// As [`parse`](Self::parse), with what `told` makes of it.
    ///
    /// A report that is moved is written field by field and then read as words, for which a processor
    /// waits until every field has left it: longer than reading the line takes. Each kind is therefore
    /// made into what is wanted where it is found.
    #[cfg(target_pointer_width = "64")]
    #[inline(always)]
    pub(crate) fn parse_into<R>(
        info: &Info<'a>,
        expect: Expect,
        told: impl Fn(Result<Self, DecodeError>) -> R,
    ) -> R {
        match Answer::parse(info, expect) {
            Ok(Some(answer)) => return told(Ok(Self::Answer(answer))),
            Ok(None) => {}
            Err(error) => return told(Err(error)),
        }
        // Not a copy of the cursor, which would be such a move.
        let args = Args::new(info.args.rest());
        match Kind::new(info.name) {
            Some(Kind::Open) => told(Self::about_link(Kind::Open, args)),
            Some(Kind::Close) => told(Self::about_link(Kind::Close, args)),
            Some(Kind::Conn) => told(Self::about_link(Kind::Conn, args)),
            Some(Kind::Disc) => told(Self::about_link(Kind::Disc, args)),
            Some(Kind::Sub) => told(Self::about_link(Kind::Sub, args)),
            Some(Kind::Uns) => told(Self::about_link(Kind::Uns, args)),
            Some(Kind::Pub) => told(Self::about_link(Kind::Pub, args)),
            Some(Kind::Stat) => told(Self::about_link(Kind::Stat, args)),
            None => told(Notice::parse(info).map(Self::Notice)),
        }
    }

    /// As above. A microcontroller has no room for so many copies, and no words to wait for.
    #[cfg(not(target_pointer_width = "64"))]
    #[inline]
    pub(crate) fn parse_into<R>(
        info: &Info<'a>,
        expect: Expect,
        told: impl Fn(Result<Self, DecodeError>) -> R,
    ) -> R {
        told(Self::parse(info, expect))
    }

    /// Understands the arguments of a report about a link.
    ///
    /// All have the same fields in the same order, or some of them: each is read in one place, for a
    /// quarter of the flash.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn about_link(kind: Kind, mut args: Args<'a>) -> Result<Self, DecodeError> {
        let link = link(&mut args)?;
        let id = match kind {
            Kind::Sub | Kind::Uns | Kind::Pub => args.int()?,
            _ => 0,
        };
        let (mut signed, mut number) = (0, 0);
        match kind {
            Kind::Open | Kind::Close | Kind::Disc => signed = args.int()?,
            _ => number = args.int()?,
        }
        let value = match kind {
            // Of QMTUNS, a retransmission count after result 1 has been reported of other families.
            Kind::Conn | Kind::Uns | Kind::Pub => args.optional_int()?,
            _ => None,
        };
        let values = match kind {
            Kind::Sub => Values::parse(&mut args)?,
            _ => Values::default(),
        };
        args.finish()?;
        let msg_id = MsgId::new(id).ok_or(DecodeError::OutOfRange(Parameter("msgID")));
        let result = PacketResult(number);
        Ok(match kind {
            Kind::Open => Self::Opened {
                link,
                result: OpenResult(signed),
            },
            Kind::Close => Self::Closed {
                link,
                result: CloseResult(signed),
            },
            Kind::Conn => Self::Connected {
                link,
                result,
                code: value.map(ConnectCode),
            },
            Kind::Disc => Self::Disconnected {
                link,
                result: DisconnectResult(signed),
            },
            Kind::Sub => Self::Subscribed {
                link,
                msg_id: msg_id?,
                result,
                values,
            },
            Kind::Uns => Self::Unsubscribed {
                link,
                msg_id: msg_id?,
                result,
            },
            Kind::Pub => Self::Published {
                link,
                msg_id: id,
                result,
                value,
            },
            Kind::Stat => Self::LinkLost {
                link,
                cause: LinkLossCode(number),
            },
        })
    }

    /// Writes the line, without the CR LF that ends it. The length of a hex payload counts bytes;
    /// [`emit_in`](Self::emit_in) can count digits.
    pub fn emit(&self, out: &mut Writer<'_>) {
        self.emit_counting(false, out);
    }

    /// Writes the line as a host with `dialect` reads it, without the CR LF that ends it.
    pub fn emit_in(&self, dialect: &ResponseDialect, out: &mut Writer<'_>) {
        self.emit_counting(dialect.counts_digits, out);
    }

    fn emit_counting(&self, digits: bool, out: &mut Writer<'_>) {
        match *self {
            Self::Opened { link, result } => {
                out.info("QMTOPEN").int(link.get()).int(result.0);
            }
            Self::Closed { link, result } => {
                out.info("QMTCLOSE").int(link.get()).int(result.0);
            }
            Self::Connected { link, result, code } => {
                out.info("QMTCONN").int(link.get()).int(result.0);
                if let Some(code) = code {
                    out.int(code.0);
                }
            }
            Self::Disconnected { link, result } => {
                out.info("QMTDISC").int(link.get()).int(result.0);
            }
            Self::Subscribed {
                link,
                msg_id,
                result,
                values,
            } => {
                out.info("QMTSUB")
                    .int(link.get())
                    .int(msg_id.get())
                    .int(result.0);
                for value in values.iter() {
                    out.int(value);
                }
            }
            Self::Unsubscribed {
                link,
                msg_id,
                result,
            } => {
                out.info("QMTUNS")
                    .int(link.get())
                    .int(msg_id.get())
                    .int(result.0);
            }
            Self::Published {
                link,
                msg_id,
                result,
                value,
            } => {
                out.info("QMTPUB").int(link.get()).int(msg_id).int(result.0);
                if let Some(value) = value {
                    out.int(value);
                }
            }
            Self::LinkLost { link, cause } => {
                out.info("QMTSTAT").int(link.get()).int(cause.0);
            }
            Self::Received(received) => received.emit(digits, out),
            Self::Answer(answer) => answer.emit(out),
            Self::Notice(notice) => notice.emit(out),
        }
    }

    /// The link the report is about, if it is about one.
    pub const fn link(&self) -> Option<LinkId> {
        match self {
            Self::Opened { link, .. }
            | Self::Closed { link, .. }
            | Self::Connected { link, .. }
            | Self::Disconnected { link, .. }
            | Self::Subscribed { link, .. }
            | Self::Unsubscribed { link, .. }
            | Self::Published { link, .. }
            | Self::LinkLost { link, .. } => Some(*link),
            Self::Received(received) => Some(received.link),
            Self::Answer(_) | Self::Notice(_) => None,
        }
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Values {
    fn format(&self, f: defmt::Formatter<'_>) {
        let values = self.packed.to_le_bytes();
        let values = values.get(..usize::from(self.len)).unwrap_or_default();
        defmt::write!(f, "{=[u8]}", values);
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Values {
    /// The values of `list`, at most four of them.
    pub fn new(list: &[u8]) -> Option<Self> {
        let mut values = Self::default();
        for &value in list {
            values.push(value).then_some(())?;
        }
        Some(values)
    }

    /// The values in order.
    pub fn iter(&self) -> impl Iterator<Item = u8> + Clone {
        let values = self.packed.to_le_bytes();
        values.into_iter().take(usize::from(self.len))
    }

    /// What the server granted for the topic at `index` of the command. Firmware that prints one
    /// value for several topics means all of them.
    pub fn granted(&self, index: usize) -> Option<Granted> {
        let mut values = self.iter();
        let only = (self.len == 1).then(|| values.clone().next()).flatten();
        only.or_else(|| values.nth(index)).map(Granted)
    }

    fn push(&mut self, value: u8) -> bool {
        if usize::from(self.len) == TOPICS_PER_COMMAND {
            return false;
        }
        self.packed |= u32::from(value).wrapping_shl(8 * u32::from(self.len));
        self.len += 1;
        true
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn parse(args: &mut Args<'_>) -> Result<Self, DecodeError> {
        let mut values = Self::default();
        while let Some(value) = args.optional_int()? {
            if !values.push(value) {
                return Err(DecodeError::OutOfRange(Parameter("value")));
            }
        }
        Ok(values)
    }
}

#[cfg_attr(target_pointer_width = "64", inline(always))]
fn link(args: &mut Args<'_>) -> Result<LinkId, DecodeError> {
    LinkId::new(args.int()?).ok_or(DecodeError::OutOfRange(Parameter("TCP_connectID")))
}
