//! Understands a line while both directions pass over it.

use std::collections::VecDeque;

use super::{Cutter, Explainer, Frame, Secrets, Tape};
use crate::trace::Direction;

/// How long the other direction waits for the end of a line that has begun.
const PATIENCE_US: u64 = 1_000_000;

/// Explains what passes, line by line, with its time.
///
/// While one direction is in the middle of a line, bytes of the other wait: a report that comes
/// while the host writes is a line of its own.
#[derive(Debug)]
pub(crate) struct Listener {
    tape: Tape,
    cutter: Cutter,
    explainer: Explainer,
    /// Whose bytes came to the tape last.
    last: Option<Direction>,
    waiting: VecDeque<(u64, Direction, Vec<u8>)>,
    /// Time of what passed last.
    now_us: u64,
    ended: bool,
}

impl Listener {
    /// Knows nothing of the dialogue yet; `mask`s secrets or not.
    pub(crate) fn new(mask: bool) -> Self {
        Self {
            tape: Tape::default(),
            cutter: Cutter::default(),
            explainer: Explainer::masking(mask),
            last: None,
            waiting: VecDeque::new(),
            now_us: 0,
            ended: false,
        }
    }

    /// `bytes` passed.
    pub(crate) fn hear(&mut self, at_us: u64, direction: Direction, bytes: &[u8]) {
        self.wait(at_us);
        self.waiting.push_back((at_us, direction, bytes.to_vec()));
    }

    /// It is later, and nothing has passed.
    pub(crate) fn wait(&mut self, now_us: u64) {
        self.now_us = self.now_us.max(now_us);
    }

    /// No more will come.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// The next line that has come to its end, and when it began, in microseconds.
    pub(crate) fn next(&mut self) -> Option<(u64, Frame)> {
        loop {
            if let Some(piece) = self.cutter.next(&mut self.tape, &self.explainer.context) {
                // The tape's lines are times.
                let at_us = piece.place.line.unwrap_or(self.now_us);
                return Some((at_us, self.explainer.explain(piece)));
            }
            let (at_us, direction, _) = self.waiting.front()?;
            let patient = !self.ended && self.now_us.saturating_sub(*at_us) < PATIENCE_US;
            let mut next = 0;
            if self.last != Some(*direction) && self.is_mid_line() {
                // The rest of the line comes before what waits for it.
                let rest = |(_, direction, _): &(_, _, _)| self.last == Some(*direction);
                match self.waiting.iter().position(rest) {
                    Some(rest) => next = rest,
                    None if patient => return None,
                    None => {}
                }
            }
            self.take(next);
            if self.ended && self.waiting.is_empty() {
                self.tape.end();
            }
        }
    }

    /// What has begun and not come to its end, and whose it is; without the secrets that are
    /// known.
    pub(crate) fn begun(&self) -> Option<(Direction, Vec<u8>)> {
        let rest = self.tape.rest().trim_ascii();
        let last = self.last.filter(|_| !rest.is_empty())?;
        // Half a secret is none to remember.
        let (shown, _) = Secrets::new(self.explainer.secrets.show()).masked(rest);
        Some((last, self.explainer.secrets.without_seen(&shown)))
    }

    fn take(&mut self, index: usize) {
        if let Some((at_us, direction, bytes)) = self.waiting.remove(index) {
            self.tape.mark(at_us, Some(direction));
            self.tape.push(&bytes);
            self.last = Some(direction);
        }
    }

    /// Whether a line on the tape has begun and not ended. A prompt and data want the other side's
    /// answer.
    fn is_mid_line(&self) -> bool {
        let rest = self.tape.rest();
        match rest.trim_ascii() {
            b"" | b">" => false,
            _ => !self.cutter.is_at_data() && !rest.ends_with(b"\n") && !rest.ends_with(b"\r"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: Direction = Direction::ToModule;
    const MODULE: Direction = Direction::FromModule;

    fn told(pieces: &[(u64, Direction, &str)], end: bool) -> Vec<(u64, Option<Direction>, String)> {
        let mut listener = Listener::new(true);
        let mut told = Vec::new();
        for (at_us, direction, bytes) in pieces {
            listener.hear(*at_us, *direction, bytes.as_bytes());
            told.extend(core::iter::from_fn(|| listener.next()));
        }
        if end {
            listener.end();
            told.extend(core::iter::from_fn(|| listener.next()));
        }
        let text = |frame: &Frame| String::from_utf8_lossy(&frame.bytes).into_owned();
        told.iter()
            .map(|(at_us, frame)| (*at_us, frame.direction, text(frame)))
            .collect()
    }

    #[test]
    fn a_line_has_the_time_of_its_beginning_and_the_side_it_came_from() {
        let told = told(
            &[
                (5, HOST, "A"),
                (6, HOST, "T\r"),
                (7, MODULE, "\r\nO"),
                (9, MODULE, "K\r\n"),
            ],
            false,
        );
        assert_eq!(
            told,
            [
                (5, Some(HOST), "AT".to_owned()),
                (7, Some(MODULE), "OK".to_owned())
            ]
        );
    }

    #[test]
    fn a_report_in_the_middle_of_a_command_is_a_line_of_its_own() {
        let pieces = [
            (1, HOST, "AT+C"),
            (2, MODULE, "\r\n+QMTSTAT: 0,1\r\n"),
            (3, HOST, "SQ\r"),
        ];
        let told = told(&pieces, false);
        let texts: Vec<_> = told.iter().map(|(.., text)| text.as_str()).collect();
        assert_eq!(texts, ["AT+CSQ", "+QMTSTAT: 0,1"]);
    }

    #[test]
    fn a_line_that_never_ends_does_not_hold_up_the_other_side_for_ever() {
        let mut pieces = vec![(1, HOST, "noise"), (2, MODULE, "\r\nRDY\r\n")];
        assert_eq!(told(&pieces, false), []);
        pieces.push((2 + PATIENCE_US, MODULE, "\r\n+CPIN: READY\r\n"));
        let told = told(&pieces, false);
        let texts: Vec<_> = told.iter().map(|(.., text)| text.as_str()).collect();
        assert_eq!(texts, ["noise", "RDY", "+CPIN: READY"]);
    }

    #[test]
    fn data_after_a_prompt_does_not_wait_for_the_blank_that_some_modules_print() {
        let pieces = [
            (1, HOST, "AT+QMTPUB=0,1,1,0,\"a\",2\r"),
            (2, MODULE, "\r\n>"),
            (3, HOST, "hi"),
            (4, MODULE, "\r\nOK\r\n"),
        ];
        let told = told(&pieces, false);
        let texts: Vec<_> = told.iter().map(|(.., text)| text.as_str()).collect();
        assert_eq!(texts[1..], [">", "hi", "OK"]);
    }

    #[test]
    fn a_secret_that_has_only_begun_is_not_shown() {
        let mut listener = Listener::new(true);
        listener.hear(1, HOST, b"AT+QMTCONN=0,\"c\",\"u\",\"topsec");
        assert!(listener.next().is_none());
        let (_, begun) = listener.begun().unwrap();
        let begun = String::from_utf8(begun).unwrap();
        assert!(begun.starts_with("AT+QMTCONN=0"), "{begun}");
        assert!(!begun.contains("topsec"), "{begun}");
    }
}
