//! Prints what passes over the line, without the secrets in it.

use core::fmt::Write as _;
use core::time::Duration;
use std::io::{IsTerminal, Write};

use qmt_trace::{Escaped, Piece, Redactor, Side};

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
/// A secret is printed as `***` even if it comes in pieces.
#[derive(Debug)]
pub(crate) struct Trace {
    redactor: Redactor,
    coloured: bool,
}

impl Trace {
    /// A trace that shows nothing of what `redactor` knows.
    pub(crate) fn new(redactor: Redactor) -> Self {
        Self {
            redactor,
            coloured: std::io::stderr().is_terminal() && !has_no_color(),
        }
    }

    /// Shows `secret` no more.
    pub(crate) fn hide(&mut self, secret: &[u8]) {
        self.redactor.hide(secret);
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
        let mut text = String::new();
        self.redactor.push(direction.into(), bytes, |piece| {
            // Writing to a string cannot fail.
            let _ = match piece {
                Piece::Shown(bytes) => write!(text, "{}", Escaped(bytes)),
                Piece::Hidden(_) => write!(text, "***"),
            };
        });
        text
    }
}

impl From<qmt_hal_tokio::Direction> for Direction {
    fn from(direction: qmt_hal_tokio::Direction) -> Self {
        match direction {
            qmt_hal_tokio::Direction::ToModule => Self::ToModule,
            qmt_hal_tokio::Direction::FromModule => Self::FromModule,
        }
    }
}

impl From<Direction> for Side {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::ToModule => Self::Host,
            Direction::FromModule => Self::Module,
        }
    }
}

/// A redactor that knows `secrets`.
pub(crate) fn redactor(secrets: impl IntoIterator<Item = String>) -> Redactor {
    let mut redactor = Redactor::new();
    for secret in secrets {
        redactor.hide(secret.as_bytes());
    }
    redactor
}

/// Whether the user wants no colours (no-color.org).
pub(crate) fn has_no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(secrets: &[&str], pieces: &[&str]) -> String {
        let secrets = secrets.iter().map(|secret| (*secret).to_owned());
        let mut trace = Trace::new(redactor(secrets));
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
