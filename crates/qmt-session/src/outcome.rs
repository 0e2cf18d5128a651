//! How an operation ended.

use core::fmt;

use qmt_proto::{
    CloseResult, CmeCode, ConnectCode, DisconnectResult, FinalResult, LinkLossCode, OpenResult,
    Values, Violation,
};

/// The end of an operation. Every ticket gets exactly one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "closed: the five ways it can end")]
pub enum Outcome {
    /// It was done, and the module or the server said so.
    Acked(Ack),
    /// A message at QoS 0 was handed to the network. Nobody acknowledges it.
    Sent,
    /// It was refused. Nothing was done: of a publish, nothing has gone out.
    Rejected(Rejection),
    /// It never went out.
    NotSent(NotSent),
    /// It may or may not have been done. If the truth comes to light later, it is reported as
    /// late.
    Unknown(Doubt),
}

/// What was acknowledged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Ack {
    /// The module took the command (`OK`), or the deferred result is 0.
    Done,
    /// The server granted these, one for each topic or one for all; 128 is a refusal (QMT
    /// §3.3.6 `<value>` 128).
    Granted(Values),
}

/// Who refused, and why.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Rejection {
    /// `ERROR`: the module, without a reason.
    Error,
    /// `+CME ERROR: <number>`: the module.
    Cme(CmeCode),
    /// `+CME ERROR: <words>`: the module.
    CmeText(Words),
    /// `+QMTOPEN` with another result than 0.
    Open(OpenResult),
    /// `+QMTCLOSE` with another result than 0.
    Close(CloseResult),
    /// The server refused the connection.
    Connect(ConnectCode),
    /// `+QMTDISC` with another result than 0.
    Disconnect(DisconnectResult),
}

/// Why it is certain that nothing went out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NotSent {
    /// The session was reset before the first byte.
    Aborted,
    /// The transmit buffer is too small for it.
    TooLong,
    /// The payload holds a byte that the module cannot be sent in the form and format of its link.
    PayloadByte,
}

/// Why it is not known whether it was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Doubt {
    /// No answer within the note's maximum response time and margin.
    TimedOut,
    /// Result 2: timed out in the module or its stack was blocked; the server may have it (QMT
    /// §3.3.8 note 5).
    SendFailed,
    /// The link was lost first.
    LinkLost(LinkLossCode),
    /// The module restarted first.
    Restarted,
    /// The line could not be trusted when the answer was due.
    Garbled(Violation),
    /// The line reported an error.
    LineError,
    /// A result that neither the note nor this crate knows.
    UnknownResult(u8),
    /// The session was reset; or the outbox gave a message up that the module refused again and again,
    /// after a try in doubt.
    Aborted,
}

/// The first words of an error text, at most 23 bytes; 5 where a register holds less than 64 bits.
///
/// They are the longest thing that an outcome can hold. With 5 of them it fits two registers of a
/// microcontroller, and is handed on by all that deals with it without a copy in memory.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Words {
    bytes: [u8; WORDS],
    len: u8,
}

const WORDS: usize = if cfg!(target_pointer_width = "64") {
    23
} else {
    5
};

impl Words {
    /// The beginning of `text`.
    pub fn new(text: &[u8]) -> Self {
        let mut bytes = [0; WORDS];
        let mut len = 0;
        for (slot, &byte) in bytes.iter_mut().zip(text) {
            *slot = if byte.is_ascii_graphic() { byte } else { b' ' };
            len += 1;
        }
        Self { bytes, len }
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl Outcome {
    /// Whether it was done as far as anyone can tell.
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Acked(_) | Self::Sent)
    }

    /// The end that a final result code brings (QMT §3.1.2 OK, ERROR; §3.3 errors; §4 `<err>`).
    pub(crate) fn of_final(result: FinalResult<'_>) -> Self {
        match result {
            FinalResult::Ok => Self::Acked(Ack::Done),
            FinalResult::Error => Self::Rejected(Rejection::Error),
            FinalResult::CmeError(code) => Self::Rejected(Rejection::Cme(code)),
            FinalResult::CmeText(text) => Self::Rejected(Rejection::CmeText(Words::new(text))),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Acked(_) => f.write_str("done"),
            Self::Sent => f.write_str("sent"),
            Self::Rejected(rejection) => write!(f, "refused: {rejection}"),
            Self::NotSent(NotSent::Aborted) => f.write_str("not sent: given up before"),
            Self::NotSent(NotSent::TooLong) => f.write_str("not sent: too long for the buffer"),
            Self::NotSent(NotSent::PayloadByte) => {
                f.write_str("not sent: a byte of it cannot be sent in this form")
            }
            Self::Unknown(doubt) => write!(f, "outcome unknown: {doubt}"),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error => f.write_str("the module answered ERROR"),
            Self::Cme(code) => write!(f, "+CME ERROR: {code}"),
            Self::CmeText(words) => write!(f, "+CME ERROR: {}", words.as_str()),
            Self::Open(result) => write!(f, "+QMTOPEN result {result}"),
            Self::Close(result) => write!(f, "+QMTCLOSE result {result}"),
            Self::Connect(code) => write!(f, "+QMTCONN return code {code}"),
            Self::Disconnect(result) => write!(f, "+QMTDISC result {result}"),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("the module did not answer in time"),
            Self::SendFailed => f.write_str("the module could not send the packet (result 2)"),
            Self::LinkLost(code) => write!(f, "the link was lost, +QMTSTAT {code}"),
            Self::Restarted => f.write_str("the module restarted"),
            Self::Garbled(violation) => write!(f, "the line was garbled: {violation}"),
            Self::LineError => f.write_str("the line reported an error"),
            Self::UnknownResult(result) => write!(f, "unknown result {result}"),
            Self::Aborted => f.write_str("given up"),
        }
    }
}
