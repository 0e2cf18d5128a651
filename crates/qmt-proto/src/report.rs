//! Reports: what a module prints behind `+<name>:`.

use at_syntax::{Args, Info, Writer};

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
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Values {
    values: [u8; crate::limits::TOPICS_PER_COMMAND],
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
        if let Some(answer) = Answer::parse(info, expect)? {
            return Ok(Self::Answer(answer));
        }
        let Some(kind) = Kind::new(info.name) else {
            return Notice::parse(info).map(Self::Notice);
        };
        // All have the same fields in the same order, or some of them: each is read in one place,
        // for a quarter of the flash.
        let mut args = info.args;
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
        self.values.into_iter().take(usize::from(self.len))
    }

    /// What the server granted for the topic at `index` of the command. Firmware that prints one
    /// value for several topics means all of them.
    pub fn granted(&self, index: usize) -> Option<Granted> {
        let mut values = self.iter();
        let only = (self.len == 1).then(|| values.clone().next()).flatten();
        only.or_else(|| values.nth(index)).map(Granted)
    }

    fn push(&mut self, value: u8) -> bool {
        let Some(slot) = self.values.get_mut(usize::from(self.len)) else {
            return false;
        };
        *slot = value;
        self.len += 1;
        true
    }

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
