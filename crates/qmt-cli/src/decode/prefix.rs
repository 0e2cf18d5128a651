//! What terminal programs print before a line: the time, and who sent it.
//!
//! | program | prints |
//! |---|---|
//! | tio | `[12:34:56.789] `, `[2024-05-06T12:34:56.789Z] `, `[1714998896.789] ` |
//! | minicom | `[2024-05-06 12:34:56] ` |
//! | Arduino monitor | `12:34:56.789 -> ` |
//! | picocom | nothing |
//! | QCOM | `[2024-05-06_12:34:56:789]` |
//! | SSCOM | `[12:34:56.789]发→◇`, `[12:34:56.789]收←◆` |
//! | `qmt demo`, `--trace` | `  0.123 -> `, `   0.123 > `, in both directions |
//! | others | `TX: `, `RX: `, `>> `, `<< ` and the like |

use crate::trace::Direction;
use Direction::{FromModule, ToModule};

/// Marks that name a direction by themselves, in upper case.
const WORDS: [(&[u8], Direction); 22] = [
    (b"TX:", ToModule),
    (b"RX:", FromModule),
    (b"[TX]", ToModule),
    (b"[RX]", FromModule),
    (b"(TX)", ToModule),
    (b"(RX)", FromModule),
    (b"TX ", ToModule),
    (b"RX ", FromModule),
    (b"TX>", ToModule),
    (b"RX<", FromModule),
    (b"TX ->", ToModule),
    (b"RX <-", FromModule),
    (b"SEND:", ToModule),
    (b"RECV:", FromModule),
    (b"SENT:", ToModule),
    (b"RECEIVED:", FromModule),
    (b"OUT:", ToModule),
    (b"IN:", FromModule),
    (b"WRITE:", ToModule),
    (b"READ:", FromModule),
    ("发→◇".as_bytes(), ToModule),
    ("收←◆".as_bytes(), FromModule),
];

/// Marks that mean a direction when both ways are marked so; `>` alone is the prompt.
const ARROWS: [(&[u8], Direction); 10] = [
    (b"-->", ToModule),
    (b"<--", FromModule),
    (b">>>", ToModule),
    (b"<<<", FromModule),
    (b"->", ToModule),
    (b"<-", FromModule),
    (b">>", ToModule),
    (b"<<", FromModule),
    (b"> ", ToModule),
    (b"< ", FromModule),
];

/// Which prefixes a log has.
#[derive(Debug, Default)]
pub(crate) struct Prefixes {
    stamped: bool,
    words: bool,
    arrows: bool,
    /// Lines end in `   # what it means`, as `qmt demo` prints them.
    comments: bool,
}

impl Prefixes {
    /// Those of the lines of a sample: a prefix is one if most lines have it.
    pub(crate) fn of<'l>(lines: impl Iterator<Item = &'l [u8]>) -> Self {
        let (mut all, mut stamps, mut words) = (0, 0, 0);
        let (mut to, mut from, mut comments) = (0, 0, 0);
        for line in lines.filter(|line| !line.is_empty()) {
            let line = super::log::without_colours(line);
            all += 1;
            let rest = without_stamp(&line);
            stamps += usize::from(rest.is_some());
            let rest = rest.unwrap_or(&line);
            words += usize::from(direction(rest, &WORDS).is_some());
            match direction(rest, &ARROWS) {
                Some((ToModule, _)) => to += 1,
                Some((FromModule, _)) => from += 1,
                None => {}
            }
            comments += usize::from(line.windows(5).any(|part| part == b"   # "));
        }
        let arrows = to > 0 && from > 0 && 2 * (to + from) > all;
        Self {
            stamped: stamps > 0 && 2 * stamps >= all,
            words: words > 0 && 2 * words >= all,
            arrows,
            comments: comments > 0 && arrows,
        }
    }

    pub(crate) fn any(&self) -> bool {
        self.stamped || self.words || self.arrows
    }

    /// The line without what stands before it, and who sent it, if that was said.
    pub(crate) fn strip<'l>(&self, line: &'l [u8]) -> (Option<Direction>, &'l [u8]) {
        let mut rest = line;
        if self.stamped {
            rest = without_stamp(rest).unwrap_or(rest);
        }
        let found = if self.words {
            direction(rest, &WORDS)
        } else if self.arrows {
            direction(rest, &ARROWS)
        } else {
            None
        };
        let found_direction = found.map(|(direction, _)| direction);
        if let Some((_, after)) = found {
            rest = after.strip_prefix(b" ").unwrap_or(after);
        } else if self.stamped && !self.arrows && rest.len() < line.len() {
            // The Arduino monitor's arrow.
            rest = match rest {
                b"->" => b"",
                rest => rest.strip_prefix(b"-> ").unwrap_or(rest),
            };
        }
        if self.comments
            && let Some(at) = rest.windows(5).rposition(|part| part == b"   # ")
        {
            rest = &rest[..at];
        }
        (found_direction, rest)
    }
}

fn direction<'l>(line: &'l [u8], marks: &[(&[u8], Direction)]) -> Option<(Direction, &'l [u8])> {
    let (mark, direction) = marks.iter().find(|(mark, _)| {
        let start = line.get(..mark.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(mark))
    })?;
    Some((*direction, &line[mark.len()..]))
}

/// What follows a time stamp and the blank after it.
fn without_stamp(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim_ascii_start();
    let rest = match line.first()? {
        open @ (b'[' | b'(') => {
            let close = if *open == b'[' { b']' } else { b')' };
            let end = line.iter().take(48).position(|&b| b == close)?;
            let inner = &line[1..end];
            is_time(inner).then_some(&line[end + 1..])?
        }
        b'0'..=b'9' => {
            // A date may stand before the time.
            let end = |from: usize| {
                let blank = line.iter().skip(from).position(|&b| b == b' ');
                blank.map_or(line.len(), |at| from + at)
            };
            let first = end(0);
            let second = end((first + 1).min(line.len()));
            [second, first]
                .into_iter()
                .find(|&end| end <= 40 && is_time(&line[..end]))
                .map(|end| &line[end..])?
        }
        _ => return None,
    };
    Some(rest.strip_prefix(b" ").unwrap_or(rest))
}

/// Whether all of `text` is a time of day, with or without a date, or seconds with a fraction.
fn is_time(text: &[u8]) -> bool {
    let legal = |b: &u8| b.is_ascii_digit() || b" :.,-/+_TZ".contains(b);
    if text.len() < 5 || !text.iter().all(legal) {
        return false;
    }
    let colons = text.iter().filter(|&&b| b == b':').count();
    let seconds = text
        .split(|&b| b == b'.')
        .all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit));
    let points = text.iter().filter(|&&b| b == b'.').count();
    (colons >= 2 && text.iter().any(u8::is_ascii_digit)) || (seconds && points == 1)
}
