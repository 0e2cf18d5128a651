//! Wishes that cannot be taken.

use core::fmt;

/// Why a command was not accepted. Nothing was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SubmitError {
    /// Another command awaits its final result code, the line is being checked, or no more results
    /// can be awaited. Try again
    /// after the next event.
    Busy,
    /// An operation of the same kind is in flight on that link (QMT §3.3.8 note 1), or on another
    /// one of a module that takes [one publish at a time](crate::PublishInFlight::Module).
    InFlight,
    /// The message identifier is in flight or in doubt on that link (MQTT 3.1.1 §2.3.1).
    MsgIdTaken,
    /// The transmit buffer is too small.
    BufferFull {
        /// Bytes the command and its payload need.
        needed: usize,
    },
    /// The payload is longer than 1460 bytes (QMT §3.3.8 `<msglen>`).
    PayloadTooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// The payload holds a byte that the chosen form of QMTPUB cannot carry: 0x1A or 0x1B before
    /// Ctrl+Z, a control byte or a quote on the command line, 0x1B as text for a module that
    /// [cancels at it](crate::Capabilities::esc_cancels).
    PayloadByte {
        /// Offset of the byte.
        at: usize,
    },
    /// A publish goes through [`Session::publish`](crate::Session::publish), with its payload.
    NeedsPayload,
}

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("another command is in progress"),
            Self::InFlight => f.write_str("an operation of that kind is in flight"),
            Self::MsgIdTaken => f.write_str("the message identifier is still in use on the link"),
            Self::BufferFull { needed } => write!(f, "the command needs {needed} bytes of buffer"),
            Self::PayloadTooLong { len } => {
                write!(
                    f,
                    "the payload is {len} bytes long, at most 1460 are allowed"
                )
            }
            Self::PayloadByte { at } => {
                write!(
                    f,
                    "the chosen form of publish cannot carry the payload's byte {at}"
                )
            }
            Self::NeedsPayload => f.write_str("a publish needs its payload"),
        }
    }
}

impl core::error::Error for SubmitError {}
