//! Where a byte stands: in which line, and how far from its beginning.
//!
//! A place outlives a change of the dialogue before it; a number of a byte would not.

use std::collections::{BTreeSet, HashMap};

use crate::dialogue::{Passage, Wrapping};
use crate::{Side, WorldIn};

/// Where a byte of the dialogue stands.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "not published")]
pub struct Place {
    /// Who hears the line.
    pub side: Side,
    /// The line, escaped, or which payload it is.
    pub line: String,
    /// The offset of the byte in it.
    pub at: usize,
}

/// The places of all bytes of the dialogue.
#[derive(Debug)]
pub struct Places(HashMap<(Side, u64), Place>);

impl Places {
    /// Cuts what was sent in the dialogue: each payload is a piece of its own, whatever it holds;
    /// the rest is lines, which end behind each LF or CR, and where the other side begins to speak.
    pub fn of(world: &WorldIn<'_>, passage: &Passage, wrapping: Wrapping) -> Self {
        let [ours, theirs] = wrapping.payloads();
        let sides = [
            (Side::Module, &world.sent, ours, "ours", passage.to_module),
            (Side::Host, &world.heard, theirs, "theirs", passage.to_host),
        ];
        let mut places = Self(HashMap::new());
        for (side, stream, payloads, whose, limit) in sides {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let stream = &stream[..stream.len().min(limit)];
            let mut ends: BTreeSet<usize> = world
                .dialogue()
                .into_iter()
                .filter(|(of, ..)| *of == side)
                .map(|(_, from, _)| from)
                .collect();
            let mut named = HashMap::new();
            for (number, payload) in payloads.iter().enumerate() {
                let at = stream
                    .windows(payload.len())
                    .position(|part| part == payload);
                let Some(at) = at else {
                    continue;
                };
                ends.retain(|end| *end <= at || *end >= at + payload.len());
                ends.extend([at, at + payload.len()]);
                named.insert(at, format!("(payload {number} of {whose})"));
            }
            ends.insert(stream.len());
            let mut from = 0;
            for to in ends {
                let piece = stream.get(from..to).unwrap_or_default();
                match named.remove(&from) {
                    Some(name) => places.add(side, from, piece.len(), &name),
                    None => places.add_lines(side, from, piece),
                }
                from = to;
            }
        }
        places
    }

    fn add_lines(&mut self, side: Side, mut from: usize, piece: &[u8]) {
        let end = match side {
            Side::Module => b'\r',
            Side::Host => b'\n',
        };
        for line in piece.split_inclusive(|byte| *byte == end) {
            self.add(side, from, line.len(), &line.escape_ascii().to_string());
            from += line.len();
        }
    }

    fn add(&mut self, side: Side, from: usize, len: usize, line: &str) {
        for at in 0..len {
            let line = line.to_owned();
            let place = Place { side, line, at };
            self.0.insert((side, (from + at) as u64), place);
        }
    }

    /// The number of the first byte that stands `at` bytes behind the beginning of a line that
    /// begins with `line`, escaped.
    pub fn find(&self, side: Side, line: &str, at: usize) -> Option<u64> {
        let here = |(place, _): &(&(Side, u64), &Place)| place.0 == side;
        let found = self
            .0
            .iter()
            .filter(here)
            .filter(|(_, place)| place.at == at && place.line.starts_with(line));
        found.map(|((_, number), _)| *number).min()
    }

    /// Where the byte with that number stands.
    pub fn get(&self, side: Side, at: u64) -> Option<&Place> {
        self.0.get(&(side, at))
    }
}
