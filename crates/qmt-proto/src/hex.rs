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
    #[inline(never)]
    pub fn of_digits(digits: &'a [u8]) -> Result<Self, HexError> {
        if let Some(at) = stranger(digits) {
            return Err(HexError { at });
        }
        if digits.len() % 2 == 1 {
            return Err(HexError { at: digits.len() });
        }
        Ok(Self(Source::Digits(digits)))
    }

    /// The data of a line, which the framer has checked while it counted.
    pub(crate) const fn of_counted(data: &'a [u8]) -> Self {
        Self(Source::Digits(data))
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
        let (pairs, _) = digits.as_chunks();
        bytes.iter().copied().chain(pairs.iter().map(byte_of))
    }

    /// Puts the bytes it stands for at the start of `buf` and gives them; `None` if `buf` is too
    /// short. Much cheaper than to take them one by one.
    #[inline(never)]
    pub fn decode(self, buf: &mut [u8]) -> Option<&[u8]> {
        let room = buf.get_mut(..self.len())?;
        match self.0 {
            // Not `copy_from_slice`: that both are as long is not seen where little is inlined.
            Source::Bytes(bytes) => {
                for (slot, byte) in room.iter_mut().zip(bytes) {
                    *slot = *byte;
                }
            }
            Source::Digits(digits) => fill(room, digits),
        }
        Some(room)
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
        let pair = digits.get(2 * at..).and_then(<[u8]>::first_chunk);
        if let (Some(byte), Some(slot)) = (pair.map(byte_of), digits.get_mut(at)) {
            *slot = byte;
        }
    }
    Ok(len)
}

/// Offset of the first byte that is no hex digit.
fn stranger(digits: &[u8]) -> Option<usize> {
    // Without a way out in the middle, this pass is many digits at a time.
    #[cfg(target_pointer_width = "64")]
    if !digits
        .iter()
        .fold(false, |found, b| found | !b.is_ascii_hexdigit())
    {
        return None;
    }
    digits.iter().position(|b| !b.is_ascii_hexdigit())
}

/// Puts the bytes of twice as many digits into `room`.
fn fill(room: &mut [u8], digits: &[u8]) {
    // Eight digits at a time, where a register holds them.
    #[cfg(target_pointer_width = "64")]
    let (room, digits) = {
        let (fours, room) = room.as_chunks_mut();
        let (eights, digits) = digits.as_chunks();
        for (four, eight) in fours.iter_mut().zip(eights) {
            *four = bytes_of(*eight);
        }
        (room, digits)
    };
    let (pairs, _) = digits.as_chunks();
    for (byte, pair) in room.iter_mut().zip(pairs) {
        *byte = byte_of(pair);
    }
}

/// [`byte_of`] four times, in one register: neighbours are joined to bytes, bytes to pairs, pairs to the
/// lower half.
#[cfg(target_pointer_width = "64")]
const fn bytes_of(digits: [u8; 8]) -> [u8; 4] {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let digits = u64::from_be_bytes(digits);
    let nibbles = (digits & (15 * ONES)) + 9 * ((digits >> 6) & ONES);
    let bytes = (nibbles + (nibbles >> 4)) & 0x00ff_00ff_00ff_00ff;
    let pairs = (bytes + (bytes >> 8)) & 0x0000_ffff_0000_ffff;
    let [.., a, b, c, d] = (pairs + (pairs >> 16)).to_be_bytes();
    [a, b, c, d]
}

/// The byte that two hex digits stand for.
const fn byte_of(digits: &[u8; 2]) -> u8 {
    let [high, low] = *digits;
    16 * value_of(high) + value_of(low)
}

/// The value of a hex digit, without a branch: bit 6 tells letters of both cases from figures, and
/// their low bits count from 1.
const fn value_of(digit: u8) -> u8 {
    (digit & 15) + 9 * (digit >> 6 & 1)
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
            assert_ne!(Hex::of_digits(&digits), Ok(Hex::of_bytes(&all[1..])));
            let hex = Hex::of_digits(&digits).unwrap();
            let mut buf = [0; 300];
            assert_eq!(hex.decode(&mut buf), Some(&all[..]));
            assert_eq!(hex.decode(&mut buf[..255]), None);
            assert_eq!(Hex::of_bytes(&all).decode(&mut buf), Some(&all[..]));
            let len = decode_in_place(&mut digits).unwrap();
            assert_eq!(&digits[..len], &all[..]);
        }
    }

    #[test]
    fn every_length_gives_its_bytes() {
        let all: Vec<u8> = (0..=255).map(|byte: u8| byte.wrapping_mul(37)).collect();
        let digits: Vec<u8> = all.iter().flat_map(|&b| digits_of(b)).collect();
        for len in 0..=40 {
            let hex = Hex::of_digits(&digits[..2 * len]).unwrap();
            assert_eq!(hex.decode(&mut [0; 40]), Some(&all[..len]));
        }
    }

    #[test]
    fn odd_or_foreign_digits_are_refused_and_left_alone() {
        let mut digits = *b"3g31";
        assert_eq!(decode_in_place(&mut digits), Err(HexError { at: 1 }));
        assert_eq!(&digits, b"3g31");
        assert_eq!(Hex::of_digits(b"3g3x"), Err(HexError { at: 1 }));
        assert_eq!(Hex::of_digits(b"zz"), Err(HexError { at: 0 }));
        assert_eq!(Hex::of_digits(b"313"), Err(HexError { at: 3 }));
        assert_eq!(Hex::of_digits(b"").map(|hex| hex.is_empty()), Ok(true));
    }
}
