//! What a frame from the module means.

use at_syntax::{CmeError, DataLine, Frame, Line, Violation};

use crate::{CmeCode, DecodeError, Expect, Notice, Received, Report};

/// A frame, understood. Every frame is one of these; nothing is dropped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Response<'a> {
    /// A final result code: the command before it is done.
    Final(FinalResult<'a>),
    /// The module waits for data (QMT §3.3.8 prompt).
    Prompt,
    /// A line this crate knows.
    Report(Report<'a>),
    /// A line with a known name that could not be understood.
    Malformed {
        /// What is wrong with it.
        error: DecodeError,
        /// The line; of one with free data what is wrong: its first fields, or hex that is none.
        line: &'a [u8],
    },
    /// A line this crate does not know: an information response, an echo, or noise.
    Unknown(&'a [u8]),
    /// The stream broke the rules of framing.
    Violation(Violation),
}

/// `OK`, `ERROR` or `+CME ERROR` (QMT §3.1.2 OK, ERROR; §3.3 errors; §4 `<err>`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(
    clippy::exhaustive_enums,
    reason = "closed by QMT §3.3 and TS 27.007 §9.2"
)]
pub enum FinalResult<'a> {
    /// The command was taken.
    Ok,
    /// It was not, for an unknown reason. Syntax errors come like this in every mode of CMEE.
    Error,
    /// It was not, and this is why.
    CmeError(CmeCode),
    /// It was not, and these are the words of `AT+CMEE=2`.
    CmeText(&'a [u8]),
}

impl<'a> Response<'a> {
    /// Understands a frame cut by [`Framer::responses`](at_syntax::Framer::responses). `expect`
    /// is what the module is answering, if it is.
    pub fn parse(frame: Frame<'a>, expect: Expect) -> Self {
        match frame {
            Frame::Line(line) => Self::parse_line(line, expect),
            Frame::Data(line) => Self::parse_data(&line),
            Frame::Prompt => Self::Prompt,
            Frame::Violation(violation) => Self::Violation(violation),
            // A frame of a later version of at-syntax.
            _ => Self::Unknown(&[]),
        }
    }

    fn parse_line(line: &'a [u8], expect: Expect) -> Self {
        match Line::parse(line) {
            Line::Ok => Self::Final(FinalResult::Ok),
            Line::Error => Self::Final(FinalResult::Error),
            Line::CmeError(CmeError::Code(code)) => {
                Self::Final(FinalResult::CmeError(CmeCode(code)))
            }
            Line::CmeError(CmeError::Text(text)) => Self::Final(FinalResult::CmeText(text)),
            Line::Info(info) => Report::parse_into(&info, expect, |report| match report {
                Ok(report) => Self::Report(report),
                Err(DecodeError::Unknown) => Self::Unknown(line),
                Err(error) => Self::Malformed { error, line },
            }),
            _ => match Notice::parse_text(line) {
                Some(notice) => Self::Report(Report::Notice(notice)),
                None => Self::Unknown(line),
            },
        }
    }

    fn parse_data(line: &DataLine<'a>) -> Self {
        match Received::parse(line) {
            Ok(received) => Self::Report(Report::Received(received)),
            Err(error) => {
                let line = match error {
                    DecodeError::Hex(_) => line.data,
                    _ => line.plain.text,
                };
                Self::Malformed { error, line }
            }
        }
    }
}
