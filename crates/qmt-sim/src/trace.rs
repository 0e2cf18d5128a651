//! What happened in a world, and one number for all of it.

use core::fmt::{self, Write as _};

use qmt_session::proto::Instant;

use crate::{Side, Told};

/// The order of what was on the serial line, and a hash of everything with its time.
#[derive(Debug)]
pub struct Trace {
    /// Who hears each piece, and the number of its first byte, in the order of time.
    pieces: Vec<(Side, usize)>,
    hash: u64,
}

impl Default for Trace {
    fn default() -> Self {
        Self {
            pieces: Vec::new(),
            // FNV-1a.
            hash: 0xCBF2_9CE4_8422_2325,
        }
    }
}

impl Trace {
    /// The same for the same run, another for any other.
    pub const fn hash(&self) -> u64 {
        self.hash
    }

    /// Forgets the order of what was on the line, but not the hash.
    pub(crate) fn forget(&mut self) {
        self.pieces.clear();
    }

    pub(crate) fn pieces<'b>(
        &self,
        sent: &'b [u8],
        heard: &'b [u8],
    ) -> Vec<(Side, usize, &'b [u8])> {
        let (mut sent_to, mut heard_to) = (sent.len(), heard.len());
        let backwards = self.pieces.iter().rev().map(|&(side, from)| {
            let (bytes, end) = match side {
                Side::Module => (sent, &mut sent_to),
                Side::Host => (heard, &mut heard_to),
            };
            let to = core::mem::replace(end, from);
            (side, from, &bytes[from..to])
        });
        let mut pieces: Vec<_> = backwards.collect();
        pieces.reverse();
        pieces
    }

    pub(crate) fn piece(&mut self, now: Instant, side: Side, from: usize, bytes: &[u8]) {
        if self.pieces.last().is_none_or(|(last, _)| *last != side) {
            self.pieces.push((side, from));
        }
        let mark = match side {
            Side::Module => b'>',
            Side::Host => b'<',
        };
        self.add(now, mark, bytes);
    }

    pub(crate) fn told(&mut self, now: Instant, told: &Told) {
        self.add(now, b'!', &[]);
        if let Told::Message {
            link,
            topic,
            payload,
            exact,
        } = told
        {
            // Most of what is told, and slow to write.
            self.mix(&[link.get(), u8::from(*exact), b'\n']);
            self.mix(topic);
            self.mix(b"\n");
            return self.mix(payload);
        }
        // Hashed as it is written: a string of its own would cost more than the hash.
        let written = write!(self, "{told:?}");
        debug_assert!(written.is_ok());
    }

    fn add(&mut self, now: Instant, mark: u8, bytes: &[u8]) {
        let time = now.as_millis().to_le_bytes();
        for part in [&time, &[mark][..], bytes] {
            self.mix(part);
        }
    }

    fn mix(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
}

impl fmt::Write for Trace {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.mix(text.as_bytes());
        Ok(())
    }
}
