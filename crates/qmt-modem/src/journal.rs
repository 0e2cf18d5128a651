//! What the module was told and what it said, in its own words: evidence that no reader of the
//! serial line has touched.

use alloc::vec::Vec;

/// One thing the module heard or said.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum JournalEntry {
    /// A command line was carried out, or refused; as it came, without its CR.
    Heard(Vec<u8>),
    /// Data mode ended with this payload for a publish, decoded from hex if it came so.
    Payload(Vec<u8>),
    /// A line, an answer, a result code or a prompt as the module means it, without the CR LF
    /// before it; twice where a fault repeats it. It may still be waiting, and another fault of the
    /// module may make something else of it.
    Said(Vec<u8>),
}

/// The entries that nobody has taken yet. Keeps nothing until it is switched on.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Option<Vec<JournalEntry>>,
}

impl Journal {
    pub(crate) fn switch_on(&mut self) {
        self.entries.get_or_insert_default();
    }

    pub(crate) fn take(&mut self) -> Vec<JournalEntry> {
        self.entries
            .as_mut()
            .map(core::mem::take)
            .unwrap_or_default()
    }

    pub(crate) fn heard(&mut self, line: &[u8]) {
        self.add(
            line.strip_suffix(b"\r").unwrap_or(line),
            JournalEntry::Heard,
        );
    }

    pub(crate) fn payload(&mut self, payload: &[u8]) {
        if let Some(entries) = &mut self.entries {
            entries.push(JournalEntry::Payload(payload.to_vec()));
        }
    }

    pub(crate) fn said(&mut self, line: &[u8]) {
        self.add(line, JournalEntry::Said);
    }

    /// A line end before a line is not part of it; of a blank line nothing is left.
    fn add(&mut self, line: &[u8], entry: fn(Vec<u8>) -> JournalEntry) {
        let start = line.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
        let line = line.get(start.count()..).unwrap_or_default();
        if let Some(entries) = &mut self.entries
            && !line.is_empty()
        {
            entries.push(entry(line.to_vec()));
        }
    }
}
