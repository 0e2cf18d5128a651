//! What a session tells its owner.

use core::fmt;

use qmt_proto::{Answer, LinkId, LinkLossCode, Notice, Violation};

use crate::Outcome;

/// Names a submitted command until its one [`Event::Done`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ticket(pub(crate) u16);

impl Ticket {
    /// Set in tickets of publishes, but for those of the outbox: the only ones that the owner of a
    /// client has ever seen. Of others it must not be told.
    const PUBLISH: u16 = 1 << 15;

    pub(crate) const FIRST: Self = Self(0);

    /// The one after this.
    pub(crate) const fn next(self) -> Self {
        Self((self.0 + 1) & !Self::PUBLISH)
    }

    /// The same, of a publish.
    pub(crate) const fn of_publish(self) -> Self {
        Self(self.0 | Self::PUBLISH)
    }

    pub(crate) const fn is_of_publish(self) -> bool {
        self.0 & Self::PUBLISH != 0
    }
}

/// News from a [`Session`](crate::Session).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The operation has ended. The last word on the ticket, but for [`Event::Late`].
    Done {
        /// The operation.
        ticket: Ticket,
        /// How it ended.
        outcome: Outcome,
    },
    /// The truth about an operation that had ended as unknown.
    Late {
        /// The operation.
        ticket: Ticket,
        /// How it really ended.
        outcome: Outcome,
    },
    /// A line of the answer to a read, test or query; its `Done` follows.
    Answer {
        /// The command.
        ticket: Ticket,
        /// The line.
        answer: Answer<'a>,
    },
    /// A line of text between a command and its `OK`, for example of `ATI`.
    Text {
        /// The command.
        ticket: Ticket,
        /// The line.
        line: &'a [u8],
    },
    /// The module sends a packet again (result 1). Progress, not the end.
    Retransmitting {
        /// The operation.
        ticket: Ticket,
        /// How often it has sent it again, if the module says.
        count: Option<u8>,
    },
    /// A message from the server.
    Message(Message<'a>),
    /// The module closed a client (QMT §5.1 report, `<err_code>`). All its operations have ended.
    LinkLost {
        /// The client.
        link: LinkId,
        /// Why.
        cause: LinkLossCode,
    },
    /// The module has started anew and forgotten everything. All operations have ended.
    Restarted,
    /// Other news of the module.
    Notice(Notice<'a>),
    /// A line that belongs to nothing known: a late or repeated result, an unknown URC, noise.
    Stray(&'a [u8]),
    /// A line that came while the line was not trusted. Nothing was done about it.
    Untrusted(&'a [u8]),
    /// The stream broke the rules of framing. Nothing is trusted until [`Event::Resynchronized`].
    Violation(Violation),
    /// The line reported an error, as [`Event::Violation`].
    LineError(LineError),
    /// A probe has passed: the line is trusted again. What happened meanwhile is not known.
    Resynchronized,
    /// The module has not answered several probes. They go on.
    Unresponsive,
    /// What comes looks like no text at all: the baud rate may be wrong. Told once until something
    /// known comes.
    BaudSuspect,
}

/// `+QMTRECV`, decoded: a message from the server (QMT §5.2 report, §3.3.8 note 4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Message<'a> {
    /// The client that received it.
    pub link: LinkId,
    /// The server's identifier, 0 at QoS 0 (QMT §5.2 `<msgID>`). Messages may be repeated.
    pub msg_id: u16,
    /// Where it was published (QMT §5.2 `<topic>`).
    pub topic: &'a [u8],
    /// The message, byte for byte, whatever the receive format (QMT §5.2 `<payload>`).
    pub payload: &'a [u8],
    /// Whether the payload was cut by a length (QMT §5.2 `<payload_len>`), by a module that has
    /// confirmed that it prints lengths. If not, it may be cut short, stretched or made up.
    pub exact: bool,
}

/// An error the UART reported. Bytes are missing or wrong.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum LineError {
    /// Bytes were lost because nobody read them in time.
    Overrun,
    /// A stop bit was missing: noise or a wrong baud rate.
    Framing,
    /// A parity bit was wrong.
    Parity,
    /// The line was held low.
    Break,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overrun => "bytes of the line were lost: nobody read them in time",
            Self::Framing => "a byte of the line was damaged: noise, or a wrong baud rate",
            Self::Parity => "a byte of the line had the wrong parity",
            Self::Break => "the line was held low",
        })
    }
}

impl core::error::Error for LineError {}
