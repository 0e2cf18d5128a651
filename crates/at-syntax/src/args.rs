//! A cursor over the arguments of a line.

use crate::number;
use crate::{SyntaxError, SyntaxErrorKind, scan};

/// The comma-separated arguments of a command or response, read from left to right.
///
/// Blanks around an argument are skipped; a number may stand in quotes, as some firmware prints
/// it. Parentheses hold commas together, so `(0,1)` is one argument.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Args<'s> {
    list: &'s [u8],
    /// Where the next argument begins; past the end once the last one was taken.
    at: usize,
}

/// One argument as it stands on the line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Field<'s> {
    /// Nothing between two commas: the parameter keeps its value (V.250 §5.4.2.3).
    Omitted,
    /// Neither quoted nor in parentheses, without the blanks around it.
    Bare(&'s [u8]),
    /// A string constant, without its quotes.
    Quoted(&'s [u8]),
    /// A range or list of a test answer with its parentheses, for example `(0-4)`.
    Group(&'s [u8]),
}

impl<'s> Args<'s> {
    /// A cursor before the first argument of `list`. An empty list has no arguments.
    pub const fn new(list: &'s [u8]) -> Self {
        let at = if list.is_empty() { 1 } else { 0 };
        Self { list, at }
    }

    /// Whether all arguments have been read.
    pub const fn is_empty(&self) -> bool {
        self.at > self.list.len()
    }

    /// Everything not yet read, as it stands on the line.
    pub fn rest(self) -> &'s [u8] {
        self.list.get(self.at..).unwrap_or_default()
    }

    /// Takes the next argument, whatever it is; `None` when there are no more.
    ///
    /// # Errors
    /// [`SyntaxErrorKind::Quote`] for a string constant that does not end before a comma or the
    /// end of the line.
    pub fn field(&mut self) -> Result<Option<Field<'s>>, SyntaxError> {
        let Some(rest) = self.list.get(self.at..) else {
            return Ok(None);
        };
        let start = scan::trim_start(rest);
        let field = match start.split_first() {
            Some((b'"', body)) => {
                let closed = scan::byte(body, b'"');
                let Some((string, after)) = closed.and_then(|at| body.split_at_checked(at)) else {
                    return Err(self.error(SyntaxErrorKind::Quote));
                };
                // Behind the quote.
                let after = scan::trim_start(after.get(1..).unwrap_or_default());
                match after.split_first() {
                    None => self.go_to(None),
                    Some((b',', next)) => self.go_to(Some(next)),
                    Some(_) => return Err(self.error(SyntaxErrorKind::Quote)),
                }
                Field::Quoted(string)
            }
            first => {
                let group = matches!(first, Some((b'(', _)));
                let bare = self.take_bare(start, group);
                match bare {
                    [] => Field::Omitted,
                    [b'(', ..] => Field::Group(bare),
                    _ => Field::Bare(bare),
                }
            }
        };
        Ok(Some(field))
    }

    /// Takes an integer of type `T`, bare or in quotes.
    ///
    /// # Errors
    /// [`SyntaxErrorKind::Missing`] when there is no further argument or it is omitted,
    /// [`SyntaxErrorKind::Integer`] when it is not a decimal integer that fits `T`.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub fn int<T: TryFrom<i64>>(&mut self) -> Result<T, SyntaxError> {
        #[cfg(target_pointer_width = "64")]
        if let Some(value) = self.plain_int() {
            return Ok(value);
        }
        let at = self.at;
        let value = self.aside(Self::required)?;
        T::try_from(value).or(Err(SyntaxError::new(SyntaxErrorKind::Integer, at)))
    }

    /// Takes an integer that may be omitted or absent.
    ///
    /// # Errors
    /// [`SyntaxErrorKind::Integer`] when there is an argument that is not a decimal integer that
    /// fits `T`.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub fn optional_int<T: TryFrom<i64>>(&mut self) -> Result<Option<T>, SyntaxError> {
        #[cfg(target_pointer_width = "64")]
        if self.is_empty() {
            return Ok(None);
        } else if let Some(value) = self.plain_int() {
            return Ok(Some(value));
        }
        let at = self.at;
        let Some(value) = self.aside(Self::number)? else {
            return Ok(None);
        };
        match T::try_from(value) {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(SyntaxError::new(SyntaxErrorKind::Integer, at)),
        }
    }

    /// Takes an integer of digits alone, with nothing around them, that fits `T`: nearly all are
    /// like this, and nearly all arguments are integers.
    ///
    /// One look at each byte, where the general form takes several. At each of its callers, which
    /// is more than a microcontroller has room for.
    #[cfg(target_pointer_width = "64")]
    #[inline(always)]
    fn plain_int<T: TryFrom<i64>>(&mut self) -> Option<T> {
        let list = self.list.get(self.at..)?;
        let (value, len) = match list {
            [digit @ b'0'..=b'9', b',', ..] | [digit @ b'0'..=b'9'] => (u32::from(digit - b'0'), 1),
            _ => number::leading(list),
        };
        match list.get(len) {
            _ if len == 0 => None,
            None | Some(b',') => {
                let value = T::try_from(i64::from(value)).ok()?;
                self.at += len + 1;
                Some(value)
            }
            Some(_) => None,
        }
    }

    /// Reads with a copy of the cursor, which is then where the copy is, if there are registers for
    /// one.
    ///
    /// A cursor whose address nobody has can itself stay in registers where the short way is taken.
    #[inline(always)]
    fn aside<R>(&mut self, read: impl FnOnce(&mut Self) -> R) -> R {
        #[cfg(not(target_pointer_width = "64"))]
        return read(self);
        #[cfg(target_pointer_width = "64")]
        {
            let mut copy = *self;
            let value = read(&mut copy);
            *self = copy;
            value
        }
    }

    /// The next argument as a number, which it must be.
    #[cfg_attr(target_pointer_width = "64", cold)]
    #[inline(never)]
    fn required(&mut self) -> Result<i64, SyntaxError> {
        let missing = self.error(SyntaxErrorKind::Missing);
        self.number()?.ok_or(missing)
    }

    /// The next argument as a number, in any form that a number may have.
    #[cfg_attr(target_pointer_width = "64", cold)]
    #[inline(never)]
    fn number(&mut self) -> Result<Option<i64>, SyntaxError> {
        // Where no caller does it at once.
        #[cfg(not(target_pointer_width = "64"))]
        if let Some(list) = self.list.get(self.at..) {
            let (value, len) = number::leading(list);
            if len > 0 && matches!(list.get(len), None | Some(b',')) {
                self.at += len + 1;
                return Ok(Some(value.into()));
            }
        }
        let at = self.at;
        let digits = match self.field()? {
            None | Some(Field::Omitted) => return Ok(None),
            Some(Field::Bare(digits) | Field::Quoted(digits) | Field::Group(digits)) => digits,
        };
        // A group begins with no digit.
        match parse_int(digits) {
            None => Err(SyntaxError::new(SyntaxErrorKind::Integer, at)),
            number => Ok(number),
        }
    }

    /// Takes a string, in quotes or bare.
    ///
    /// # Errors
    /// [`SyntaxErrorKind::Missing`] when there is no further argument or it is omitted,
    /// [`SyntaxErrorKind::Quote`] when its quotes do not match.
    pub fn string(&mut self) -> Result<&'s [u8], SyntaxError> {
        let before = *self;
        match self.field()? {
            None | Some(Field::Omitted) => Err(before.error(SyntaxErrorKind::Missing)),
            Some(Field::Bare(bytes) | Field::Quoted(bytes) | Field::Group(bytes)) => Ok(bytes),
        }
    }

    /// Takes a string that must stand in quotes.
    ///
    /// # Errors
    /// [`SyntaxErrorKind::Missing`] when there is no further argument,
    /// [`SyntaxErrorKind::Quote`] when it is not in matching quotes.
    pub fn quoted(&mut self) -> Result<&'s [u8], SyntaxError> {
        let before = *self;
        match self.field()? {
            None => Err(before.error(SyntaxErrorKind::Missing)),
            Some(Field::Quoted(bytes)) => Ok(bytes),
            Some(_) => Err(before.error(SyntaxErrorKind::Quote)),
        }
    }

    /// Checks that every argument was read.
    ///
    /// # Errors
    /// [`SyntaxErrorKind::Trailing`] when something is left.
    pub fn finish(self) -> Result<(), SyntaxError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.error(SyntaxErrorKind::Trailing))
        }
    }

    /// Takes up to the next comma, or in a group up to the comma after its parenthesis.
    fn take_bare(&mut self, start: &'s [u8], group: bool) -> &'s [u8] {
        let from = if group {
            start.iter().position(|&b| b == b')').unwrap_or(0)
        } else {
            0
        };
        let comma = start
            .iter()
            .skip(from)
            .position(|&b| b == b',')
            .map(|at| at + from);
        let (bare, rest) = match comma.and_then(|at| start.split_at_checked(at)) {
            // Behind the comma.
            Some((bare, rest)) => (bare, Some(rest.get(1..).unwrap_or_default())),
            None => (start, None),
        };
        self.go_to(rest);
        scan::trim_end(bare)
    }

    /// An error at the argument that comes next.
    fn error(&self, kind: SyntaxErrorKind) -> SyntaxError {
        SyntaxError::new(kind, self.at.min(self.list.len()))
    }

    /// Moves on to `next`, the end of the list, or past it after the last argument.
    const fn go_to(&mut self, next: Option<&[u8]>) {
        self.at = match next {
            Some(next) => self.list.len() - next.len(),
            None => self.list.len() + 1,
        };
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Args<'_> {
    /// What has not been read, as it stands on the line.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rest().serialize(serializer)
    }
}

/// A decimal integer with an optional sign, all of `digits`; `None` on anything else or overflow.
fn parse_int(digits: &[u8]) -> Option<i64> {
    let (negative, digits) = match digits.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, digits),
    };
    // No larger before the next digit, so that it cannot wrap.
    const LIMIT: u64 = u64::MAX / 10;
    let mut value = 0_u64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 || value >= LIMIT {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    // Of the two's complements, the smallest has no positive counterpart.
    let bound = i64::MAX as u64 + u64::from(negative);
    let value = Some(value).filter(|value| !digits.is_empty() && *value <= bound)?;
    Some(if negative {
        value.wrapping_neg()
    } else {
        value
    } as i64)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn fields_of_every_kind_are_told_apart() {
        assert_eq!(Args::new(b"()").field(), Ok(Some(Field::Group(b"()"))));
        assert_eq!(Args::new(b"(0,1").field(), Ok(Some(Field::Group(b"(0"))));
        let mut args = Args::new(b"0, \"a,b\" ,,(0,1),x y ,");
        assert_eq!(args.field(), Ok(Some(Field::Bare(b"0"))));
        assert_eq!(args.field(), Ok(Some(Field::Quoted(b"a,b"))));
        assert_eq!(args.field(), Ok(Some(Field::Omitted)));
        assert_eq!(args.field(), Ok(Some(Field::Group(b"(0,1)"))));
        assert_eq!(args.field(), Ok(Some(Field::Bare(b"x y"))));
        assert!(
            !args.is_empty(),
            "a comma at the end has an argument behind it"
        );
        assert_eq!(args.field(), Ok(Some(Field::Omitted)));
        assert_eq!(args.field(), Ok(None));
        assert_eq!(args.finish(), Ok(()));
    }

    #[test]
    fn an_integer_must_fit_its_type() {
        assert_eq!(Args::new(b"255").int::<u8>(), Ok(255));
        assert_eq!(Args::new(b" \"7\" ").int::<u8>(), Ok(7));
        assert_eq!(Args::new(b"-1").int::<i8>(), Ok(-1));
        for end in [i64::MIN, i64::MAX] {
            let digits = std::format!("{end}");
            assert_eq!(Args::new(digits.as_bytes()).int::<i64>(), Ok(end));
            let beyond = std::format!("{digits}0");
            assert!(Args::new(beyond.as_bytes()).int::<i64>().is_err());
        }
        for list in [
            &b"256"[..],
            b"-1",
            b"",
            b"1x",
            b"+",
            b"1:",
            b"1/",
            b"99999999999999999999999999",
            b"(1)",
        ] {
            assert!(Args::new(list).int::<u8>().is_err(), "{list:?}");
        }
    }

    #[test]
    fn an_error_names_the_offset_of_its_argument() {
        let mut args = Args::new(b"1,x,3");
        assert_eq!(args.int::<u8>(), Ok(1));
        let error = args.int::<u8>().unwrap_err();
        assert_eq!((error.kind, error.at), (SyntaxErrorKind::Integer, 2));
        assert_eq!(args.int::<u8>(), Ok(3));
        let error = args.int::<u8>().unwrap_err();
        assert_eq!((error.kind, error.at), (SyntaxErrorKind::Missing, 5));
    }

    #[test]
    fn quotes_must_close_before_the_comma() {
        assert!(Args::new(b"\"abc").quoted().is_err());
        assert!(Args::new(b"\"abc\"d,1").quoted().is_err());
        assert!(Args::new(b"abc").quoted().is_err());
        let missing = Args::new(b"").quoted().unwrap_err();
        assert_eq!(missing.kind, SyntaxErrorKind::Missing);
        assert_eq!(Args::new(b"abc").string(), Ok(&b"abc"[..]));
        assert_eq!(Args::new(b"\"\"").quoted(), Ok(&b""[..]));
    }

    #[test]
    fn what_is_left_over_is_an_error() {
        let mut args = Args::new(b"1,2");
        assert_eq!(args.int::<u8>(), Ok(1));
        assert_eq!(args.rest(), b"2");
        assert_eq!(args.finish().unwrap_err().kind, SyntaxErrorKind::Trailing);
    }
}
