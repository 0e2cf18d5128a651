//! What can be wrong with the syntax of a line or with the caller's buffer.

use core::fmt;

/// Where and why an argument could not be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SyntaxError {
    /// What was expected.
    pub kind: SyntaxErrorKind,
    /// Offset in bytes from the start of the arguments.
    pub at: usize,
}

/// What an argument list or a command line failed to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum SyntaxErrorKind {
    /// The command or result name is missing or holds a character outside V.250 §5.4.1.
    Name,
    /// Not a decimal integer, or one outside the wanted type.
    Integer,
    /// A string constant (V.250 §5.4.2.2) without its opening or closing quote.
    Quote,
    /// A required argument is missing.
    Missing,
    /// Arguments are left over.
    Trailing,
}

impl SyntaxError {
    pub(crate) const fn new(kind: SyntaxErrorKind, at: usize) -> Self {
        Self { kind, at }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            SyntaxErrorKind::Name => "not a command or result name",
            SyntaxErrorKind::Integer => "not a decimal integer in range",
            SyntaxErrorKind::Quote => "unbalanced quotes",
            SyntaxErrorKind::Missing => "missing argument",
            SyntaxErrorKind::Trailing => "unexpected further argument",
        };
        write!(f, "{what} at byte {}", self.at)
    }
}

impl core::error::Error for SyntaxError {}

/// The caller's buffer is too small; nothing of the line may be sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct BufferFull {
    /// Bytes the whole line needs.
    pub needed: usize,
}

impl fmt::Display for BufferFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the line needs a buffer of {} bytes", self.needed)
    }
}

impl core::error::Error for BufferFull {}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString as _;

    use super::*;

    #[test]
    fn errors_say_what_and_where() {
        let error = SyntaxError::new(SyntaxErrorKind::Quote, 7);
        assert_eq!(error.to_string(), "unbalanced quotes at byte 7");
        let error = BufferFull { needed: 40 };
        assert_eq!(error.to_string(), "the line needs a buffer of 40 bytes");
    }
}
