//! Writing command lines and responses into the caller's buffer.

#[cfg(any(test, not(target_pointer_width = "64")))]
mod paper;

use crate::{BufferFull, Verb};

#[cfg(not(target_pointer_width = "64"))]
use paper::{len_of, tenth};

/// Builds lines in a caller's buffer; commas come by themselves.
///
/// Overflow is remembered, so the only fallible step is the last one: nothing of a line that did
/// not fit is ever given out.
///
/// ```
/// use at_syntax::{Verb, Writer};
/// let mut buf = [0; 64];
/// let mut line = Writer::new(&mut buf);
/// line.request("XOPEN", Verb::Set).int(0).quoted(b"example.org").int(1883);
/// assert_eq!(line.finish_request().unwrap(), b"AT+XOPEN=0,\"example.org\",1883\r");
/// ```
pub struct Writer<'b> {
    buf: &'b mut [u8],
    /// Bytes the line has so far; more than `buf` holds once it has overflowed.
    len: usize,
    /// Set by every argument: the next one is preceded by a comma.
    comma: bool,
}

impl<'b> Writer<'b> {
    /// An empty line in `buf`.
    pub const fn new(buf: &'b mut [u8]) -> Self {
        Self {
            buf,
            len: 0,
            comma: false,
        }
    }

    /// Starts an extended command, `AT+<name>` with the suffix of `verb` (V.250 §5.4.3, §5.4.4).
    pub fn request(&mut self, name: &str, verb: Verb) -> &mut Self {
        self.comma = false;
        self.raw(b"AT+").raw(name.as_bytes());
        match verb {
            Verb::Execute => self,
            Verb::Read => self.byte(b'?'),
            Verb::Set => self.byte(b'='),
            Verb::Test => self.raw(b"=?"),
        }
    }

    /// Starts an information response or unsolicited result code, `CR LF +<name>: `.
    pub fn info(&mut self, name: &str) -> &mut Self {
        self.comma = false;
        self.raw(b"\r\n+").raw(name.as_bytes()).raw(b": ")
    }

    /// Adds a decimal integer.
    #[inline]
    pub fn int(&mut self, value: impl Into<i64>) -> &mut Self {
        self.number(value.into())
    }

    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn number(&mut self, value: i64) -> &mut Self {
        self.separate();
        // Most arguments are a single digit.
        match u8::try_from(value) {
            Ok(digit @ 0..=9) => self.byte(b'0' + digit),
            _ => self.digits(value),
        }
    }

    /// All digits of `value`, from the last to the first in their place.
    fn digits(&mut self, value: i64) -> &mut Self {
        if value < 0 {
            self.byte(b'-');
        }
        let mut left = value.unsigned_abs();
        for slot in self.room(len_of(left)).iter_mut().rev() {
            let (tenth, rest) = tenth(left);
            *slot = b'0' + rest;
            left = tenth;
        }
        self
    }

    /// Adds a string constant: quote, bytes as they are, quote.
    ///
    /// The dialects this crate serves know no escapes; callers pass validated strings.
    pub fn quoted(&mut self, bytes: &[u8]) -> &mut Self {
        self.separate();
        self.byte(b'"').raw(bytes).byte(b'"')
    }

    /// Adds an argument exactly as it is, for example `(0-4)`.
    pub fn bare(&mut self, bytes: &[u8]) -> &mut Self {
        self.separate();
        self.raw(bytes)
    }

    /// Adds bytes with no separator before them.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        let room = self.room(bytes.len());
        if room.len() == bytes.len() {
            room.copy_from_slice(bytes);
        }
        self
    }

    /// Ends a command line with CR (V.250 §5.2.1) and gives its bytes.
    ///
    /// # Errors
    /// [`BufferFull`] when the buffer is smaller than the line.
    pub fn finish_request(mut self) -> Result<&'b [u8], BufferFull> {
        self.byte(b'\r');
        self.finish()
    }

    /// Ends a response with CR LF (V.250 §5.7.1) and gives its bytes.
    ///
    /// # Errors
    /// [`BufferFull`] when the buffer is smaller than the line.
    pub fn finish_info(mut self) -> Result<&'b [u8], BufferFull> {
        self.raw(b"\r\n");
        self.finish()
    }

    /// Gives the bytes written so far, with no line end.
    ///
    /// # Errors
    /// [`BufferFull`] when the buffer is smaller than the line.
    pub fn finish(self) -> Result<&'b [u8], BufferFull> {
        let needed = self.len;
        let buf: &'b [u8] = self.buf;
        buf.get(..needed).ok_or(BufferFull { needed })
    }

    /// Where the next `len` bytes go; nowhere if they do not fit.
    #[inline]
    fn room(&mut self, len: usize) -> &mut [u8] {
        match self.buf.get_mut(self.len..) {
            Some(rest) if len <= rest.len() => {
                self.len += len;
                // As long as it was just seen to be.
                rest.get_mut(..len).unwrap_or_default()
            }
            _ => {
                self.len = self.len.saturating_add(len);
                &mut []
            }
        }
    }

    #[inline]
    fn separate(&mut self) {
        if self.comma {
            self.byte(b',');
        }
        self.comma = true;
    }

    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn byte(&mut self, byte: u8) -> &mut Self {
        match self.buf.get_mut(self.len) {
            Some(room) => {
                *room = byte;
                self.len += 1;
            }
            None => self.len = self.len.saturating_add(1),
        }
        self
    }
}

/// How many digits `number` has.
#[cfg(target_pointer_width = "64")]
fn len_of(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// A tenth of `number`, and the last digit.
#[cfg(target_pointer_width = "64")]
const fn tenth(number: u64) -> (u64, u8) {
    (number / 10, (number % 10) as u8)
}

/// Not the bytes: a password may be among them.
impl core::fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Writer({} bytes)", self.len)
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Writer<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Writer({=usize} bytes)", self.len);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn what_is_written_is_not_shown() {
        let mut buf = [0; 9];
        let mut out = Writer::new(&mut buf);
        out.quoted(b"secret");
        assert_eq!(std::format!("{out:?}"), "Writer(8 bytes)");
    }

    #[test]
    fn integers_of_every_length_are_written() {
        for value in [0, 7, -1, 1460, 65_535, i64::MAX, i64::MIN] {
            let mut buf = [0; 24];
            let mut out = Writer::new(&mut buf);
            out.int(value);
            let written = core::str::from_utf8(out.finish().unwrap()).unwrap();
            assert_eq!(written.parse::<i64>(), Ok(value));
        }
    }

    #[test]
    fn a_line_that_does_not_fit_gives_its_length_and_no_bytes() {
        let mut buf = [0; 9];
        let mut out = Writer::new(&mut buf);
        out.request("COPS", Verb::Set).int(4);
        assert_eq!(out.finish_request(), Err(BufferFull { needed: 10 }));
        let mut buf = [0; 10];
        let mut out = Writer::new(&mut buf);
        out.request("COPS", Verb::Set).int(4);
        assert_eq!(out.finish_request().unwrap(), b"AT+COPS=4\r");
    }

    #[test]
    fn a_second_line_in_the_same_buffer_starts_without_a_comma() {
        let mut buf = [0; 32];
        let mut out = Writer::new(&mut buf);
        out.info("A").int(1).raw(b"\r\n").info("B").int(2);
        assert_eq!(out.finish_info().unwrap(), b"\r\n+A: 1\r\n\r\n+B: 2\r\n");
    }

    #[test]
    fn responses_have_their_line_ends() {
        let mut buf = [0; 32];
        let mut out = Writer::new(&mut buf);
        out.info("COPS").bare(b"(0-4)");
        assert_eq!(out.finish_info().unwrap(), b"\r\n+COPS: (0-4)\r\n");
    }
}
