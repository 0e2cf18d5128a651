//! The fields of a data line before its quoted one.

#[cfg(target_pointer_width = "64")]
use crate::number;

/// How many fields are read as numbers: as many as any known data line has.
const NUMBERS: usize = 4;

/// The plain fields of a data line, read once for everybody.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Plain<'s> {
    /// The fields as they stand on the line, with the commas between them, for example `0,15`.
    pub text: &'s [u8],
    #[cfg(target_pointer_width = "64")]
    numbers: Option<[u32; NUMBERS]>,
}

impl<'s> Plain<'s> {
    /// The fields in `text`, a comma between any two.
    pub fn new(text: &'s [u8]) -> Self {
        Self {
            text,
            #[cfg(target_pointer_width = "64")]
            numbers: Self::all_numbers(text),
        }
    }

    /// The fields as numbers, and 0 for those that the line has not: nearly always there.
    ///
    /// `None` when one is anything else than one to nine digits, or there are more of them, and
    /// always where a register holds less than 64 bits: there it costs flash and saves little.
    /// [`Args`](crate::Args) read `text` whatever it holds.
    #[inline]
    pub const fn numbers(&self) -> Option<[u32; NUMBERS]> {
        #[cfg(target_pointer_width = "64")]
        return self.numbers;
        #[cfg(not(target_pointer_width = "64"))]
        None
    }

    #[cfg(target_pointer_width = "64")]
    fn all_numbers(text: &[u8]) -> Option<[u32; NUMBERS]> {
        let mut numbers = [0; NUMBERS];
        let mut rest = text;
        for slot in &mut numbers {
            let (number, len) = number::leading(rest);
            *slot = number;
            match rest.split_at_checked(len)? {
                ([_, ..], []) => return Some(numbers),
                ([_, ..], [b',', after @ ..]) => rest = after,
                _ => return None,
            }
        }
        None
    }

    /// As many numbers as there are `fields` at the start of `line`, each with a comma after it, and
    /// what follows.
    ///
    /// `None` where [`new`](Self::new) would not find them all, and for no field at all.
    #[cfg(target_pointer_width = "64")]
    #[inline(always)]
    pub(super) fn leading(line: &'s [u8], fields: u8) -> Option<(Self, &'s [u8])> {
        let mut numbers = [0; NUMBERS];
        let mut rest = line;
        for slot in numbers.get_mut(..usize::from(fields))? {
            (*slot, rest) = number::before_comma(rest)?;
        }
        let text = line.get(..(line.len() - rest.len()).checked_sub(1)?)?;
        let numbers = Some(numbers);
        Some((Self { text, numbers }, rest))
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;

    #[test]
    fn up_to_four_fields_are_read_as_numbers() {
        let numbers = |text: &'static [u8]| Plain::new(text).numbers();
        assert_eq!(numbers(b"1,22,333,4444"), Some([1, 22, 333, 4444]));
        assert_eq!(numbers(b"7"), Some([7, 0, 0, 0]));
        assert_eq!(numbers(b"1,2,3,4,5"), None);
        assert_eq!(numbers(b"1,2,3,4,"), None);
        assert_eq!(numbers(b"1 ,2"), None);
        assert_eq!(numbers(b""), None);
    }
}
