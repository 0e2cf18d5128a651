//! The hex format of payloads, QMTCFG "dataformat" (QMT §3.3.1).

use core::fmt;

use crate::HexError;

/// A payload on its way through a hex field: bytes to be written as digits, or digits as read.
///
/// Two values are equal when they stand for the same bytes.
#[derive(Clone, Copy)]
pub struct Hex<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Bytes(&'a [u8]),
    /// An even number of hex digits.
    Digits(&'a [u8]),
}

impl<'a> Hex<'a> {
    /// Bytes that will be written as digits.
    pub const fn of_bytes(bytes: &'a [u8]) -> Self {
        Self(Source::Bytes(bytes))
    }

    /// Digits as they stand on the line, in upper or lower case.
    ///
    /// # Errors
    /// [`HexError`] when one is no hex digit or their number is odd.
    pub fn of_digits(digits: &'a [u8]) -> Result<Self, HexError> {
        if let Some(at) = digits.iter().position(|b| !b.is_ascii_hexdigit()) {
            return Err(HexError { at });
        }
        if digits.len() % 2 == 1 {
            return Err(HexError { at: digits.len() });
        }
        Ok(Self(Source::Digits(digits)))
    }

    /// Number of bytes it stands for.
    pub const fn len(&self) -> usize {
        match self.0 {
            Source::Bytes(bytes) => bytes.len(),
            Source::Digits(digits) => digits.len() / 2,
        }
    }

    /// Whether it stands for no bytes.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes it stands for.
    pub fn bytes(self) -> impl Iterator<Item = u8> + 'a {
        let (bytes, digits): (&[u8], &[u8]) = match self.0 {
            Source::Bytes(bytes) => (bytes, &[]),
            Source::Digits(digits) => (&[], digits),
        };
        let pairs = digits.chunks_exact(2).map(pair);
        bytes.iter().copied().chain(pairs)
    }
}

impl PartialEq for Hex<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for Hex<'_> {}

impl fmt::Debug for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hex({} bytes)", self.len())
    }
}

/// The two digits of `byte`, in upper case as modules print them.
pub const fn digits_of(byte: u8) -> [u8; 2] {
    const DIGITS: [u8; 16] = *b"0123456789ABCDEF";
    // Both indices are below 16.
    #[expect(clippy::indexing_slicing, reason = "four bits index sixteen digits")]
    [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]
}

/// Decodes hex digits in place; the bytes are the first half of `digits` afterwards.
///
/// # Errors
/// [`HexError`] when one is no hex digit or their number is odd; `digits` is then unchanged.
pub fn decode_in_place(digits: &mut [u8]) -> Result<usize, HexError> {
    let len = Hex::of_digits(digits)?.len();
    for at in 0..len {
        let byte = digits.get(2 * at..2 * at + 2).map_or(0, pair);
        if let Some(slot) = digits.get_mut(at) {
            *slot = byte;
        }
    }
    Ok(len)
}

/// The byte that two hex digits stand for.
fn pair(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |byte, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            // Letters of both cases differ from their value by the same low bits.
            _ => (digit & 7) + 9,
        };
        byte << 4 | value
    })
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn every_byte_survives_both_cases() {
        let all: Vec<u8> = (0..=255).collect();
        let upper: Vec<u8> = all.iter().flat_map(|&b| digits_of(b)).collect();
        let lower = upper.to_ascii_lowercase();
        for mut digits in [upper, lower] {
            assert_eq!(Hex::of_digits(&digits), Ok(Hex::of_bytes(&all)));
            let len = decode_in_place(&mut digits).unwrap();
            assert_eq!(&digits[..len], &all[..]);
        }
    }

    #[test]
    fn odd_or_foreign_digits_are_refused_and_left_alone() {
        let mut digits = *b"3g31";
        assert_eq!(decode_in_place(&mut digits), Err(HexError { at: 1 }));
        assert_eq!(&digits, b"3g31");
        assert_eq!(Hex::of_digits(b"313"), Err(HexError { at: 3 }));
        assert_eq!(Hex::of_digits(b"").map(|hex| hex.is_empty()), Ok(true));
    }
}
