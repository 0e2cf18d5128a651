//! What can be wrong with a string, a number or a line.

use core::fmt;

use at_syntax::SyntaxError;

/// Why a string may not go onto a command line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TextError {
    /// What is wrong.
    pub kind: TextErrorKind,
    /// Offset in bytes of the first byte that is wrong.
    pub at: usize,
}

/// What is wrong with a string.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum TextErrorKind {
    /// A control character, CR and LF among them.
    Control,
    /// It must not be empty.
    Empty,
    /// Not UTF-8 (MQTT 3.1.1 §1.5.3).
    NotUtf8,
    /// A double quote, for which the note knows no escape.
    Quote,
    /// Longer than `max` bytes.
    TooLong {
        /// Bytes allowed.
        max: usize,
        /// Bytes given.
        len: usize,
    },
    /// `+` or `#` in a topic name, or misplaced in a filter (MQTT 3.1.1 §4.7.1).
    Wildcard,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TextErrorKind::Control => write!(f, "control character at byte {}", self.at),
            TextErrorKind::Empty => f.write_str("must not be empty"),
            TextErrorKind::NotUtf8 => write!(f, "not UTF-8 at byte {}", self.at),
            TextErrorKind::Quote => write!(f, "double quote at byte {}", self.at),
            TextErrorKind::TooLong { max, len } => {
                write!(f, "{len} bytes long, at most {max} are allowed")
            }
            TextErrorKind::Wildcard => write!(f, "misplaced wildcard at byte {}", self.at),
        }
    }
}

impl core::error::Error for TextError {}

/// A field that should be hex is not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(
    clippy::exhaustive_structs,
    reason = "an offset is all there is to say"
)]
pub struct HexError {
    /// Offset of the first byte that is no digit, or the length if that is odd.
    pub at: usize,
}

impl fmt::Display for HexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an even number of hex digits, at byte {}", self.at)
    }
}

impl core::error::Error for HexError {}

/// Why a line with a known name could not be understood.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum DecodeError {
    /// Its arguments are not well-formed or not of the right number or kind.
    Syntax(SyntaxError),
    /// An argument is outside the note's range.
    OutOfRange(Parameter),
    /// A string argument is not legal.
    Text(Parameter, TextError),
    /// A payload is not in the format it should be in.
    Hex(HexError),
    /// The module knows no such command, option or form of it.
    Unknown,
}

/// The note's name of a parameter, for errors.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "a name")]
pub struct Parameter(pub &'static str);

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => error.fmt(f),
            Self::OutOfRange(parameter) => write!(f, "<{}> is out of range", parameter.0),
            Self::Text(parameter, error) => write!(f, "<{}>: {error}", parameter.0),
            Self::Hex(error) => error.fmt(f),
            Self::Unknown => f.write_str("unknown command or option"),
        }
    }
}

impl core::error::Error for DecodeError {}

impl From<SyntaxError> for DecodeError {
    fn from(error: SyntaxError) -> Self {
        Self::Syntax(error)
    }
}

impl From<HexError> for DecodeError {
    fn from(error: HexError) -> Self {
        Self::Hex(error)
    }
}
