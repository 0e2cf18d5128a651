//! Command lines from the host, without their line end.

use crate::line::name_of;
use crate::{Args, SyntaxError, SyntaxErrorKind};

/// A command line (V.250 §5.2): basic, such as `ATE0`, or extended, such as `AT+CMEE=1`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Request<'s> {
    /// Extended syntax: the name without `+`, in the host's spelling. Basic syntax: the letter,
    /// with its `&` if it has one, or nothing for a bare `AT`.
    pub name: &'s str,
    /// Whether this is extended syntax, `AT+<name>`.
    pub extended: bool,
    /// What is asked of the command.
    pub verb: Verb,
    /// Arguments of a [`Verb::Set`]; a basic command's number.
    pub args: Args<'s>,
}

/// The four types of commands (V.250 §5.4.3 and §5.4.4).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_enums, reason = "closed by V.250 §5.4.3 and §5.4.4")]
pub enum Verb {
    /// `AT+X` or a basic command: acts or returns a value.
    Execute,
    /// `AT+X?`: returns the current values.
    Read,
    /// `AT+X=..`: sets values. Quectel's documents call it a write command.
    Set,
    /// `AT+X=?`: tells the values it takes.
    Test,
}

impl<'s> Request<'s> {
    /// Reads one command line without its CR. Blanks around the name are tolerated.
    ///
    /// # Errors
    /// [`SyntaxErrorKind::Name`] when the line does not start with `AT` or `at`, or no command
    /// name follows.
    pub fn parse(line: &'s [u8]) -> Result<Self, SyntaxError> {
        let body = Self::body(line).ok_or(SyntaxError::new(SyntaxErrorKind::Name, 0))?;
        match body.split_first() {
            Some((b'+', rest)) => Self::extended(rest),
            _ => Self::basic(body),
        }
    }

    /// What follows the prefix `AT` or `at` of a command line, if it has one (V.250 §5.2.1).
    pub fn body(line: &'s [u8]) -> Option<&'s [u8]> {
        let line = line.trim_ascii();
        line.strip_prefix(b"AT")
            .or_else(|| line.strip_prefix(b"at"))
            .map(|body| body.trim_ascii_start())
    }

    /// Whether this is the extended command `name`, in upper or lower case.
    pub fn is(&self, name: &str) -> bool {
        self.extended && self.name.eq_ignore_ascii_case(name)
    }

    fn extended(rest: &'s [u8]) -> Result<Self, SyntaxError> {
        let stop = rest.iter().position(|&b| b == b'=' || b == b'?');
        let (name, suffix) = stop
            .and_then(|at| rest.split_at_checked(at))
            .unwrap_or((rest, &[]));
        let name =
            name_of(name.trim_ascii_end()).ok_or(SyntaxError::new(SyntaxErrorKind::Name, 3))?;
        let none: &[u8] = &[];
        let (verb, args) = match suffix {
            [] => (Verb::Execute, none),
            [b'?'] => (Verb::Read, none),
            [b'=', rest @ ..] => match rest.trim_ascii() {
                b"?" => (Verb::Test, none),
                args => (Verb::Set, args),
            },
            _ => {
                return Err(SyntaxError::new(SyntaxErrorKind::Trailing, 3 + name.len()));
            }
        };
        Ok(Self {
            name,
            extended: true,
            verb,
            args: Args::new(args),
        })
    }

    fn basic(body: &'s [u8]) -> Result<Self, SyntaxError> {
        let letters = match body {
            [] => 0,
            [b'&', letter, ..] if letter.is_ascii_alphabetic() => 2,
            [letter, ..] if letter.is_ascii_alphabetic() => 1,
            _ => {
                return Err(SyntaxError::new(SyntaxErrorKind::Name, 2));
            }
        };
        let (name, number) = body.split_at_checked(letters).unwrap_or((body, &[]));
        Ok(Self {
            // Only ASCII letters and `&` were let through.
            name: core::str::from_utf8(name).unwrap_or_default(),
            extended: false,
            verb: Verb::Execute,
            args: Args::new(number),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> (&str, Verb, &[u8]) {
        let request = Request::parse(line.as_bytes()).unwrap();
        (request.name, request.verb, request.args.rest())
    }

    #[test]
    fn the_four_types_of_commands_are_told_apart() {
        assert_eq!(parse("AT+CSQ"), ("CSQ", Verb::Execute, &b""[..]));
        assert_eq!(parse("AT+CMEE?"), ("CMEE", Verb::Read, &b""[..]));
        assert_eq!(parse("at+cmee=?"), ("cmee", Verb::Test, &b""[..]));
        assert_eq!(parse("AT+CMEE=1"), ("CMEE", Verb::Set, &b"1"[..]));
        assert_eq!(parse("AT+CMEE = 1 "), ("CMEE", Verb::Set, &b"1"[..]));
    }

    #[test]
    fn basic_commands_keep_their_number() {
        assert_eq!(parse("AT"), ("", Verb::Execute, &b""[..]));
        assert_eq!(parse("ATE0"), ("E", Verb::Execute, &b"0"[..]));
        assert_eq!(parse("ATI"), ("I", Verb::Execute, &b""[..]));
        assert_eq!(parse("AT&F"), ("&F", Verb::Execute, &b""[..]));
    }

    #[test]
    fn names_compare_without_case() {
        let request = Request::parse(b"at+csq").unwrap();
        assert!(request.is("CSQ"));
        assert!(!Request::parse(b"ATI").unwrap().is("I"));
    }

    #[test]
    fn an_error_names_its_offset() {
        let error = |line| Request::parse(line).unwrap_err();
        assert_eq!(error(b"AT+CMEE?1").kind, SyntaxErrorKind::Trailing);
        assert_eq!(error(b"AT+CMEE?1").at, 7);
        assert_eq!(error(b"AT+=1").at, 3);
        assert_eq!(error(b"AT1").at, 2);
        assert_eq!(error(b"CSQ").at, 0);
    }

    #[test]
    fn what_is_no_command_line_is_refused() {
        for line in [
            &b""[..],
            b"OK",
            b"aT",
            b"AT+",
            b"AT+=1",
            b"AT?",
            b"AT&1",
            b"AT&",
            b"AT+X?1",
            b"AT+X Y=1",
        ] {
            assert!(Request::parse(line).is_err(), "{line:?}");
        }
    }
}
