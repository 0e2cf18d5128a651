//! What the faults of replies do to them.

use alloc::vec::Vec;
use core::time::Duration;

use super::{Fault, FaultKind, Place};

/// What becomes of a reply.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    Said,
    Lost,
    Late(Duration),
}

impl FaultKind {
    /// Whether this fault can strike `line`, which is about to be said.
    pub(crate) fn hits(self, place: Place, line: &[u8]) -> bool {
        let is = |names: &[&[u8]]| {
            let line = line.trim_ascii_start();
            names.iter().any(|name| line.starts_with(name))
        };
        self.place() == place
            && match self {
                Self::WrongId => is(&[b"+QMTSUB", b"+QMTUNS", b"+QMTPUB"]),
                Self::FailedClose => is(&[b"+QMTCLOSE", b"+QMTDISC"]),
                _ => true,
            }
    }

    /// Whether a reply is said a second time.
    pub(crate) const fn repeats(self) -> bool {
        matches!(
            self,
            Self::DuplicateFinal | Self::DuplicateResult | Self::DuplicateReport
        )
    }
}

impl Fault {
    /// Does to `line` what the fault does.
    pub(crate) fn alter(self, line: &mut Vec<u8>) -> Fate {
        let late = Fate::Late(Duration::from_millis(self.value));
        match self.kind {
            FaultKind::LostPrompt
            | FaultKind::LostFinal
            | FaultKind::LostResult
            | FaultKind::LostReport => return Fate::Lost,
            FaultKind::LatePrompt | FaultKind::LateFinal | FaultKind::LateResult => return late,
            kind if kind.repeats() => line.extend_from_within(..),
            FaultKind::BareLf => line.retain(|byte| *byte != b'\r'),
            FaultKind::DoubleCr => {
                *line = line
                    .iter()
                    .flat_map(|byte| match byte {
                        b'\r' => &b"\r\r"[..],
                        byte => core::slice::from_ref(byte),
                    })
                    .copied()
                    .collect();
            }
            FaultKind::CutResult | FaultKind::CutReport => self.cut(line),
            FaultKind::WrongLink => replace(line, 0, |link| (link + 1) % 5),
            FaultKind::WrongId => replace(line, 1, |id| id % 65_535 + 1),
            FaultKind::FailedClose => {
                let end = line.trim_ascii_end().len();
                if let Some(comma) = line.iter().rposition(|byte| *byte == b',') {
                    line.splice(comma + 1..end, *b"-1");
                }
            }
            _ => {}
        }
        Fate::Said
    }

    /// Keeps so many bytes of the line, counted from its `+`, and never its end.
    fn cut(self, line: &mut Vec<u8>) {
        let start = line.len() - line.trim_ascii_start().len();
        let kept = usize::try_from(self.value).unwrap_or(usize::MAX);
        line.truncate(line.trim_ascii_end().len().min(start.saturating_add(kept)));
    }
}

/// Replaces the number at `index` of the list behind the colon.
fn replace(line: &mut Vec<u8>, index: usize, other: impl Fn(u32) -> u32) {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return;
    };
    let mut start = colon + 1;
    let list = line.get(start..).unwrap_or_default();
    if list.first() == Some(&b' ') {
        start += 1;
    }
    let list = line.get(start..).unwrap_or_default();
    let Some(number) = list.trim_ascii_end().split(|byte| *byte == b',').nth(index) else {
        return;
    };
    let before: usize = list
        .split(|byte| *byte == b',')
        .take(index)
        .map(|n| n.len() + 1)
        .sum();
    let span = start + before..start + before + number.len();
    let number = core::str::from_utf8(number)
        .ok()
        .and_then(|text| text.parse().ok());
    if let Some(number) = number {
        line.splice(span, alloc::format!("{}", other(number)).into_bytes());
    }
}
