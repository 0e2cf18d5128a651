//! A recording as a script for two: what we say when, and what is to come from the other side.

use core::time::Duration;
use std::collections::VecDeque;
use std::path::Path;

use qmt_trace::{Body, Side};

use crate::error::CliError;
use crate::recorded::Recorded;

/// Sent in place of what was not recorded.
const PLACEHOLDER: u8 = b'*';
/// How much is shown of what differs.
const SHOWN: usize = 60;

/// Both sides of a recording, and how far they have come.
///
/// Each side's bytes are compared as a stream of their own: how they were cut into reads, and what
/// of the other side came in between, does not matter.
#[derive(Debug, Default)]
pub(super) struct Script {
    ours: VecDeque<Part>,
    /// What the other side says; `None` stands for any byte.
    theirs: Vec<Option<u8>>,
    /// How much of `theirs` has come.
    heard: usize,
    said: usize,
}

/// Something we say.
#[derive(Debug)]
struct Part {
    /// How many bytes of the other side come before it.
    after: usize,
    /// How long after what was said before it, by whichever side.
    pause: Duration,
    bytes: Vec<u8>,
}

/// The other side has said something else.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Difference {
    /// The first byte that differs, counted from 0.
    pub(super) at: usize,
    /// From there on.
    pub(super) recorded: Vec<u8>,
    pub(super) came: Vec<u8>,
}

impl Script {
    /// Reads a recording, of which `ours` is the side to play. Damaged records are told, and left
    /// out.
    ///
    /// # Errors
    /// When it cannot be read or is none.
    pub(super) fn read(path: &Path, ours: Side) -> Result<Self, CliError> {
        let mut script = Self::default();
        let mut last = 0;
        Recorded::open(path)?.each(|record| {
            let pause = Duration::from_micros(record.at_us.saturating_sub(last));
            if script.add(ours, pause, &record.body) {
                last = record.at_us;
            }
            Ok(true)
        })?;
        Ok(script)
    }

    /// False: nothing passed.
    fn add(&mut self, ours: Side, pause: Duration, body: &Body<'_>) -> bool {
        let (from, bytes): (Side, Vec<Option<u8>>) = match *body {
            Body::Bytes { from, bytes } => (from, bytes.iter().copied().map(Some).collect()),
            Body::Hidden { from, len } => (from, vec![None; len as usize]),
            _ => return false,
        };
        if from == ours {
            self.ours.push_back(Part {
                after: self.theirs.len(),
                pause,
                bytes: bytes
                    .iter()
                    .map(|byte| byte.unwrap_or(PLACEHOLDER))
                    .collect(),
            });
        } else {
            self.theirs.extend(bytes);
        }
        true
    }

    /// How long to wait before [`say`](Self::say), if it is our turn.
    pub(super) fn due(&self) -> Option<Duration> {
        let part = self.ours.front()?;
        (part.after <= self.heard).then_some(part.pause)
    }

    /// What we say now.
    pub(super) fn say(&mut self) -> Vec<u8> {
        let bytes = self.ours.pop_front().map(|part| part.bytes);
        let bytes = bytes.unwrap_or_default();
        self.said += bytes.len();
        bytes
    }

    /// The other side has said `bytes`.
    ///
    /// # Errors
    /// When that was not recorded.
    pub(super) fn hear(&mut self, bytes: &[u8]) -> Result<(), Difference> {
        let rest = self.theirs.get(self.heard..).unwrap_or_default();
        let same = rest
            .iter()
            .zip(bytes)
            .take_while(|(recorded, came)| recorded.is_none_or(|byte| byte == **came))
            .count();
        self.heard += same;
        if same == bytes.len() {
            return Ok(());
        }
        let recorded = rest.iter().skip(same).take(SHOWN);
        Err(Difference {
            at: self.heard,
            recorded: recorded.map(|byte| byte.unwrap_or(PLACEHOLDER)).collect(),
            came: bytes.iter().skip(same).take(SHOWN).copied().collect(),
        })
    }

    /// Whether both sides have said everything.
    pub(super) fn is_over(&self) -> bool {
        self.ours.is_empty() && self.heard == self.theirs.len()
    }

    /// How many bytes have come, and how many were said.
    pub(super) const fn progress(&self) -> (usize, usize) {
        (self.heard, self.said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(ours: Side, bodies: &[Body<'_>]) -> Script {
        let mut script = Script::default();
        for body in bodies {
            script.add(ours, Duration::ZERO, body);
        }
        script
    }

    const TALK: [Body<'static>; 4] = [
        Body::Bytes {
            from: Side::Host,
            bytes: b"AT\r",
        },
        Body::Bytes {
            from: Side::Module,
            bytes: b"OK",
        },
        Body::Hidden {
            from: Side::Host,
            len: 3,
        },
        Body::Bytes {
            from: Side::Module,
            bytes: b"+X",
        },
    ];

    #[test]
    fn a_module_answers_when_it_was_asked_however_the_question_is_cut() {
        for cut in 0..=3 {
            let mut script = script(Side::Module, &TALK);
            assert_eq!(script.due(), None);
            script.hear(&b"AT\r"[..cut]).unwrap();
            script.hear(&b"AT\r"[cut..]).unwrap();
            assert_eq!(script.due(), Some(Duration::ZERO));
            assert_eq!(script.say(), b"OK");
            assert_eq!(script.due(), None);
            // A secret is any bytes of its length.
            script.hear(b"xyz").unwrap();
            assert_eq!(script.say(), b"+X");
            assert!(script.is_over());
        }
    }

    #[test]
    fn a_host_asks_what_was_asked_with_stars_for_its_secrets() {
        let mut script = script(Side::Host, &TALK);
        assert_eq!(script.say(), b"AT\r");
        // News that comes early is no difference.
        script.hear(b"OK+").unwrap();
        assert_eq!(script.say(), b"***");
        assert!(!script.is_over());
        script.hear(b"X").unwrap();
        assert!(script.is_over());
        assert_eq!(script.progress(), (4, 6));
    }

    #[test]
    fn the_first_byte_that_differs_is_told() {
        let mut script = script(Side::Module, &TALK);
        let difference = script.hear(b"ATI\r").unwrap_err();
        assert_eq!(difference.at, 2);
        assert_eq!(difference.recorded, b"\r***");
        assert_eq!(difference.came, b"I\r");
        // More than was recorded is a difference too.
        let mut script = self::script(Side::Module, &TALK[..1]);
        assert_eq!(script.hear(b"AT\rAT\r").unwrap_err().at, 3);
    }
}
