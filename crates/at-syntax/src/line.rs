//! Lines from the module: result codes, information responses, unsolicited result codes.

use crate::{Args, scan};

/// A line the module printed, by its outer form (V.250 §5.7.1, TS 27.007 §9.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Line<'s> {
    /// `OK`: final result code.
    Ok,
    /// `ERROR`: final result code.
    Error,
    /// `+CME ERROR: <err>`: final result code.
    CmeError(CmeError<'s>),
    /// `+<name>: <args>`: information response or unsolicited result code.
    Info(Info<'s>),
    /// Anything else, for example `RDY`.
    Text(&'s [u8]),
}

/// What follows `+CME ERROR:`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(
    clippy::exhaustive_enums,
    reason = "closed by TS 27.007 §9.2: numeric or verbose"
)]
pub enum CmeError<'s> {
    /// The number, as printed with `AT+CMEE=1`.
    Code(u16),
    /// The words, as printed with `AT+CMEE=2`, or a number that no code can be.
    Text(&'s [u8]),
}

/// A line that starts with `+<name>`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Info<'s> {
    /// Name without the `+`: letters, digits and `!%-./_` (V.250 §5.4.1).
    pub name: &'s [u8],
    /// What follows the colon.
    pub args: Args<'s>,
}

impl<'s> Line<'s> {
    /// Reads a line without its line end. Total: what fits nothing is [`Line::Text`].
    ///
    /// Blanks before and after the colon are tolerated or may be missing.
    pub fn parse(line: &'s [u8]) -> Self {
        match line {
            b"OK" => return Self::Ok,
            b"ERROR" => return Self::Error,
            _ => {}
        }
        let Some((b'+', body)) = line.split_first() else {
            return Self::Text(line);
        };
        #[cfg(target_pointer_width = "64")]
        if let Some(info) = Info::of_usual_form(body) {
            return Self::Info(info);
        }
        let end = body.iter().position(|byte| !is_of_name(*byte));
        let end = end.unwrap_or(body.len());
        let (name, rest) = body.split_at_checked(end).unwrap_or((body, &[]));
        if name == b"CME"
            && let Some(rest) = rest.strip_prefix(b" ERROR")
            && let Some((b':', err)) = scan::trim_start(rest).split_first()
        {
            return Self::CmeError(CmeError::parse(scan::trim_start(scan::trim_end(err))));
        }
        let args = match scan::trim_start(rest).split_first() {
            _ if name.is_empty() => return Self::Text(line),
            None => &[],
            Some((b':', args)) => scan::trim_start(args),
            Some(_) => return Self::Text(line),
        };
        Self::Info(Info {
            name,
            args: Args::new(args),
        })
    }
}

impl<'s> Info<'s> {
    /// A name of capital letters, a colon, one blank, arguments: so nearly all of them stand on the
    /// line. The general form takes the same for the same.
    #[cfg(target_pointer_width = "64")]
    #[inline]
    fn of_usual_form(body: &'s [u8]) -> Option<Self> {
        let (name, rest) = body.split_at_checked(scan::capitals(body))?;
        let [b':', b' ', args @ ..] = rest else {
            return None;
        };
        let is_usual = !name.is_empty() && args.first().is_some_and(u8::is_ascii_graphic);
        let args = Args::new(args);
        is_usual.then_some(Self { name, args })
    }
}

impl<'s> CmeError<'s> {
    fn parse(err: &'s [u8]) -> Self {
        let mut args = Args::new(err);
        match args.int() {
            Ok(code) if args.is_empty() => Self::Code(code),
            _ => Self::Text(err),
        }
    }
}

/// Whether a command name may hold `byte` (V.250 §5.4.1); the colon, which also ends names, left
/// out.
const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'!' | b'%' | b'-' | b'.' | b'/' | b'_')
}

/// `name` as text if it may be a command name.
pub(crate) fn name_of(name: &[u8]) -> Option<&str> {
    if name.is_empty() || !name.iter().all(|b| is_of_name(*b)) {
        return None;
    }
    core::str::from_utf8(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_result_codes_are_whole_lines() {
        assert_eq!(Line::parse(b"OK"), Line::Ok);
        assert_eq!(Line::parse(b"ERROR"), Line::Error);
        assert_eq!(Line::parse(b"OK!"), Line::Text(b"OK!"));
        assert_eq!(Line::parse(b"ok"), Line::Text(b"ok"));
        assert_eq!(Line::parse(b" OK"), Line::Text(b" OK"));
    }

    #[test]
    fn a_line_without_a_name_is_text() {
        for line in [&b"+: 1"[..], b"+:1", b"+", b"+ X: 1", b": 1"] {
            assert_eq!(Line::parse(line), Line::Text(line));
        }
    }

    #[test]
    fn cme_errors_come_as_number_or_text() {
        let code = |line| match Line::parse(line) {
            Line::CmeError(error) => error,
            other => panic!("{other:?}"),
        };
        assert_eq!(code(b"+CME ERROR: 8503"), CmeError::Code(8503));
        assert_eq!(code(b"+CME ERROR:3"), CmeError::Code(3));
        assert_eq!(
            code(b"+CME ERROR: operation not allowed"),
            CmeError::Text(b"operation not allowed")
        );
        assert_eq!(code(b"+CME ERROR: 70000"), CmeError::Text(b"70000"));
        assert_eq!(code(b"+CME ERROR: 3, busy"), CmeError::Text(b"3, busy"));
        assert_eq!(code(b"+CME ERROR:"), CmeError::Text(b""));
    }

    #[test]
    fn blanks_around_the_colon_do_not_matter() {
        for line in [
            &b"+XSUB: 1,2"[..],
            b"+XSUB:1,2",
            b"+XSUB : 1,2",
            b"+XSUB :1,2",
        ] {
            let Line::Info(info) = Line::parse(line) else {
                panic!("{line:?}");
            };
            assert_eq!(info.name, b"XSUB");
            assert_eq!(info.args, Args::new(b"1,2"));
        }
    }

    #[test]
    fn a_name_alone_has_no_arguments() {
        let Line::Info(info) = Line::parse(b"+QATWAKEUP") else {
            panic!();
        };
        assert!(info.args.is_empty());
        assert_eq!(Line::parse(b"+"), Line::Text(b"+"));
        assert_eq!(Line::parse(b"+a b: 1"), Line::Text(b"+a b: 1"));
    }
}
