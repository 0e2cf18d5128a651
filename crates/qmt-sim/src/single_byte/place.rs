//! Where a byte stands: in which line, and how far from its beginning.
//!
//! A place outlives a change of the dialogue before it; a number of a byte would not.

use std::collections::HashMap;

use crate::Side;
use crate::dialogue::Passage;

/// Where a byte of the dialogue stands.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "not published")]
pub struct Place {
    /// Who hears the line.
    pub side: Side,
    /// The line, escaped.
    pub line: String,
    /// The offset of the byte in it.
    pub at: usize,
}

/// The places of all bytes of the dialogue.
#[derive(Debug)]
pub struct Places(HashMap<(Side, u64), Place>);

impl Places {
    /// Cuts what was sent in the dialogue into lines: behind each LF or CR, and where the other
    /// side begins to speak.
    pub fn of(dialogue: &[(Side, usize, &[u8])], passage: &Passage) -> Self {
        let mut places = HashMap::new();
        for &(side, from, piece) in dialogue {
            let (end, limit) = match side {
                Side::Module => (b'\r', passage.to_module),
                Side::Host => (b'\n', passage.to_host),
            };
            let mut number = from as u64;
            for line in piece.split_inclusive(|byte| *byte == end) {
                let text = line.escape_ascii().to_string();
                for at in 0..line.len() {
                    if number < limit {
                        let line = text.clone();
                        places.insert((side, number), Place { side, line, at });
                    }
                    number += 1;
                }
            }
        }
        Self(places)
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
