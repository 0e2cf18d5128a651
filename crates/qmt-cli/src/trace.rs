//! Prints what passes over the line, without the secrets in it.

use core::fmt::Write as _;
use core::time::Duration;
use std::io::{IsTerminal, Write};

/// Which way bytes went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Direction {
    ToModule,
    FromModule,
}

impl Direction {
    /// From the host's point of view.
    pub(crate) const fn arrow(self) -> char {
        match self {
            Self::ToModule => '>',
            Self::FromModule => '<',
        }
    }
}

/// Prints pieces of traffic to standard error: seconds since the start, direction, bytes.
///
/// A secret is printed as `***` even if it comes in pieces: bytes that may be the beginning of
/// one are held back until more have come.
#[derive(Debug)]
pub(crate) struct Trace {
    secrets: Vec<Vec<u8>>,
    /// Bytes held back, one buffer for each direction.
    held: [Vec<u8>; 2],
    coloured: bool,
}

impl Trace {
    /// A trace that shows none of `secrets`.
    pub(crate) fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut trace = Self {
            secrets: Vec::new(),
            held: [Vec::new(), Vec::new()],
            coloured: std::io::stderr().is_terminal() && !has_no_color(),
        };
        for secret in secrets {
            trace.hide(secret.as_bytes());
        }
        trace
    }

    /// Shows `secret` no more.
    pub(crate) fn hide(&mut self, secret: &[u8]) {
        if !secret.is_empty() && !self.secrets.iter().any(|known| known == secret) {
            self.secrets.push(secret.to_vec());
            // Of two secrets that begin alike the longer one is to be found.
            self.secrets
                .sort_by_key(|secret| core::cmp::Reverse(secret.len()));
        }
    }

    /// Prints `bytes`, which passed `at` after the start.
    pub(crate) fn show(&mut self, at: Duration, direction: Direction, bytes: &[u8]) {
        let text = self.masked(direction, bytes);
        if text.is_empty() {
            return;
        }
        let (colour, plain) = match (self.coloured, direction) {
            (false, _) => ("", ""),
            (true, Direction::ToModule) => ("\x1b[36m", "\x1b[0m"),
            (true, Direction::FromModule) => ("\x1b[32m", "\x1b[0m"),
        };
        let (s, ms) = (at.as_secs(), at.subsec_millis());
        let arrow = direction.arrow();
        // A trace that nobody reads any more is no reason to stop.
        let _ = writeln!(
            std::io::stderr().lock(),
            "{s:4}.{ms:03} {colour}{arrow} {text}{plain}"
        );
    }

    /// `bytes` and what was held back before them, escaped and without secrets.
    pub(crate) fn masked(&mut self, direction: Direction, bytes: &[u8]) -> String {
        let Self { secrets, held, .. } = self;
        let held = match direction {
            Direction::ToModule => &mut held[0],
            Direction::FromModule => &mut held[1],
        };
        held.extend_from_slice(bytes);
        let mut text = String::new();
        let mut rest = held.as_slice();
        while let Some((&byte, after)) = rest.split_first() {
            if secrets
                .iter()
                .any(|secret| rest.len() < secret.len() && secret.starts_with(rest))
            {
                break;
            }
            let found = secrets.iter().find(|secret| rest.starts_with(secret));
            if let Some(secret) = found {
                text.push_str("***");
                rest = &rest[secret.len()..];
            } else {
                escape(byte, &mut text);
                rest = after;
            }
        }
        *held = rest.to_vec();
        text
    }
}

/// Writes a byte so that a line of a terminal can hold it.
fn escape(byte: u8, text: &mut String) {
    match byte {
        b'\r' => text.push_str("\\r"),
        b'\n' => text.push_str("\\n"),
        b'\\' => text.push_str("\\\\"),
        b' '..=b'~' => text.push(char::from(byte)),
        _ => {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
}

/// Whether the user wants no colours (no-color.org).
pub(crate) fn has_no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(secrets: &[&str], pieces: &[&str]) -> String {
        let mut trace = Trace::new(secrets.iter().map(|secret| (*secret).to_owned()));
        pieces
            .iter()
            .map(|piece| trace.masked(Direction::ToModule, piece.as_bytes()))
            .collect()
    }

    #[test]
    fn a_secret_is_masked_however_it_is_cut() {
        let line = "AT+QMTCONN=0,\"c\",\"u\",\"hunter2\"\r";
        let masked = "AT+QMTCONN=0,\"c\",\"u\",\"***\"\\r";
        assert_eq!(shown(&["hunter2"], &[line]), masked);
        for at in 1..line.len() {
            let (head, tail) = line.split_at(at);
            assert_eq!(shown(&["hunter2"], &[head, tail]), masked, "cut at {at}");
        }
    }

    #[test]
    fn a_beginning_of_a_secret_is_not_shown() {
        assert_eq!(shown(&["hunter2"], &["x hunter"]), "x ");
        assert_eq!(shown(&["hunter2"], &["x hunt", "ing"]), "x hunting");
    }

    #[test]
    fn the_longer_of_two_secrets_is_masked_whole() {
        assert_eq!(shown(&["ab", "abc"], &["1abc2ab3"]), "1***2***3");
        assert_eq!(shown(&["ab", "abc"], &["1ab", "c2"]), "1***2");
    }

    #[test]
    fn a_line_of_trace_stays_one_line() {
        assert_eq!(
            shown(&[], &["a\r\n\\\u{1a}é"]),
            "a\\r\\n\\\\\\x1a\\xc3\\xa9"
        );
    }
}
