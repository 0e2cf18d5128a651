//! The one thing a framer cannot know by itself: which lines end in free data.

use crate::Plain;

/// What a command set adds to plain AT framing.
///
/// A line ends at its line end, unless its name is among the [`data_lines`](Self::data_lines).
/// Such a line reads `<name>: <plain>,..,"<quoted>",<count>,<data>`, and the `<data>` is taken by
/// count, whatever bytes it holds.
pub trait Dialect {
    /// The lines that end in free data: one or two in a command set, looked for in every line.
    fn data_lines(&self) -> &[DataLayout];

    /// How the data of a line is written, given its plain fields.
    fn coding(&self, plain: &Plain<'_>) -> Coding {
        let _ = plain;
        Coding::Text
    }

    /// Whether a `>` at the start of a line is the prompt for data now.
    ///
    /// A prompt that nobody waits for is text: it may be a payload's.
    fn prompt_armed(&self) -> bool {
        false
    }
}

/// Shape of a line that ends in free data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a dialect builds it; a new field would be a new syntax"
)]
pub struct DataLayout {
    /// Name without `+` or `AT+`. A command may be written in small letters, a response may not.
    pub name: &'static str,
    /// Number of fields before the quoted one.
    pub plain: u8,
    /// Largest legal length of the data in bytes; of hex data, of what it stands for. A count
    /// above it is a violation, found before a byte of the data is waited for.
    pub limit: u32,
}

/// How counted data is written on the line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(
    clippy::exhaustive_enums,
    reason = "closed: text, or hex counted in one of two units"
)]
pub enum Coding {
    /// Bytes as they are; the count is in bytes.
    Text,
    /// Two hex digits for each byte; the count is in bytes, half the digits.
    HexCountsBytes,
    /// Two hex digits for each byte; the count is in digits.
    HexCountsDigits,
}

impl Coding {
    /// Length on the line of data with this `count`; `None` for a count that cannot be, or is
    /// above `limit` bytes.
    #[inline]
    pub(crate) fn len_on_line(self, count: u32, limit: u32) -> Option<usize> {
        let (bytes, len) = match self {
            Self::Text => (count, count),
            Self::HexCountsBytes => (count, count.checked_mul(2)?),
            Self::HexCountsDigits if count % 2 == 1 => return None,
            Self::HexCountsDigits => (count / 2, count),
        };
        usize::try_from(len).ok().filter(|_| bytes <= limit)
    }
}

/// Plain AT syntax: every line ends at its line end and no prompt is awaited.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(clippy::exhaustive_structs, reason = "a unit")]
pub struct NoDialect;

impl Dialect for NoDialect {
    fn data_lines(&self) -> &[DataLayout] {
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_in_bytes_or_in_digits_and_limited_in_bytes() {
        let len = |coding: Coding, count| coding.len_on_line(count, 10);
        assert_eq!(len(Coding::Text, 10), Some(10));
        assert_eq!(len(Coding::Text, 11), None);
        assert_eq!(len(Coding::HexCountsBytes, 10), Some(20));
        assert_eq!(len(Coding::HexCountsBytes, 11), None);
        assert_eq!(len(Coding::HexCountsDigits, 20), Some(20));
        assert_eq!(len(Coding::HexCountsDigits, 6), Some(6));
        assert_eq!(len(Coding::HexCountsDigits, 7), None, "half a byte");
        assert_eq!(len(Coding::HexCountsDigits, 22), None);
        assert_eq!(Coding::HexCountsBytes.len_on_line(u32::MAX, u32::MAX), None);
    }
}
