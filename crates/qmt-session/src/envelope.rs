//! An envelope around payloads between two ends that are both ours.
//!
//! A UART has no check of integrity, and the module acknowledges what it has understood, not what
//! was meant. And what is published again after an unknown outcome may come twice. An envelope
//! shows both: a CRC-32 over topic and payload shows damage, also of the topic, and a key of
//! source and sequence number shows duplicates.
//!
//! ```text
//! 0xE1 | source, 4 bytes | sequence, 4 bytes | CRC-32, 4 bytes | payload
//! ```
//!
//! Numbers are big-endian. The CRC is taken over the topic, a zero byte, the nine bytes before it
//! and the payload. It finds every damage of up to 32 bits in a row and all but one in 2^32 of the
//! others; it protects against accidents, not against forgers.
//!
//! ```
//! use qmt_session::envelope::{Envelope, Novelty, Seen, Source};
//!
//! // The sender: the sequence number goes up with every message, over restarts too.
//! let mut out = [0; 64];
//! let envelope = Envelope { source: 7, sequence: 1, payload: b"21.5" };
//! let sealed = envelope.seal("t/kitchen", &mut out)?;
//!
//! // The receiver.
//! let mut sources = [Source::default(); 4];
//! let mut seen = Seen::new(&mut sources);
//! for _ in 0..2 {
//!     let envelope = Envelope::open(b"t/kitchen", sealed).expect("undamaged");
//!     match seen.note(envelope.source, envelope.sequence) {
//!         Novelty::New => assert_eq!(envelope.payload, b"21.5"),
//!         Novelty::Duplicate | Novelty::Old => {} // it was republished
//!     }
//! }
//! # Ok::<(), qmt_session::envelope::SealError>(())
//! ```

use core::fmt;

use qmt_proto::limits;

use crate::crc::Crc32;

/// Bytes an envelope takes beside the payload.
pub const OVERHEAD: usize = HEAD + CRC;
/// First byte: the format of what follows.
const MARK: u8 = 0xE1;
/// Mark, source and sequence.
const HEAD: usize = 9;
const CRC: usize = 4;
/// Sequence numbers that a window looks back.
const WINDOW: u32 = u64::BITS;

/// A payload with its key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the format has no more")]
pub struct Envelope<'a> {
    /// Who sent it: a number of its own for each sender.
    pub source: u32,
    /// Which of its messages it is.
    pub sequence: u32,
    /// The payload.
    pub payload: &'a [u8],
}

/// Why a payload was not sealed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SealError {
    /// With its envelope it would be longer than 1460 bytes (QMT §3.3.8 `<msglen>`).
    TooLong,
    /// The buffer has no room for it.
    BufferFull {
        /// Bytes it needs.
        needed: usize,
    },
}

/// Why nothing was found in an envelope.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum OpenError {
    /// It is no envelope of this format, or its first byte is damaged.
    NotSealed,
    /// Topic, key or payload are not as they were sealed.
    Damaged,
}

impl<'a> Envelope<'a> {
    /// Writes the envelope for a message to `topic` into `out`.
    ///
    /// # Errors
    /// [`SealError`]; then `out` is as it was.
    pub fn seal<'o>(&self, topic: &str, out: &'o mut [u8]) -> Result<&'o [u8], SealError> {
        let needed = OVERHEAD + self.payload.len();
        if needed > limits::PAYLOAD {
            return Err(SealError::TooLong);
        }
        let full = SealError::BufferFull { needed };
        let out = out.get_mut(..needed).ok_or(full)?;
        let (head, rest) = out.split_first_chunk_mut::<HEAD>().ok_or(full)?;
        let (crc, body) = rest.split_first_chunk_mut::<CRC>().ok_or(full)?;
        let ([a, b, c, d], [e, f, g, h]) = (self.source.to_be_bytes(), self.sequence.to_be_bytes());
        *head = [MARK, a, b, c, d, e, f, g, h];
        *crc = check(topic.as_bytes(), head, self.payload).to_be_bytes();
        body.copy_from_slice(self.payload);
        Ok(out)
    }

    /// Opens the envelope that came with `topic`.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(topic: &[u8], sealed: &'a [u8]) -> Result<Self, OpenError> {
        let (head, rest) = sealed
            .split_first_chunk::<HEAD>()
            .ok_or(OpenError::NotSealed)?;
        let (crc, payload) = rest
            .split_first_chunk::<CRC>()
            .ok_or(OpenError::NotSealed)?;
        let &[mark, a, b, c, d, e, f, g, h] = head;
        if mark != MARK {
            return Err(OpenError::NotSealed);
        }
        if u32::from_be_bytes(*crc) != check(topic, head, payload) {
            return Err(OpenError::Damaged);
        }
        Ok(Self {
            source: u32::from_be_bytes([a, b, c, d]),
            sequence: u32::from_be_bytes([e, f, g, h]),
            payload,
        })
    }
}

fn check(topic: &[u8], head: &[u8], payload: &[u8]) -> u32 {
    let crc = Crc32::new().update(topic).update(&[0]);
    crc.update(head).update(payload).finish()
}

/// What has been seen of some sources: the last 64 sequence numbers of each.
#[derive(Debug)]
pub struct Seen<'buf> {
    sources: &'buf mut [Source],
    /// Messages noted; says which source has been silent for longest.
    notes: u32,
}

/// What has been seen of one source.
#[derive(Clone, Copy, Debug, Default)]
pub struct Source(Option<Window>);

#[derive(Clone, Copy, Debug)]
struct Window {
    source: u32,
    /// The highest sequence number seen.
    highest: u32,
    /// Bit n: `highest - n` has been seen.
    seen: u64,
    /// When it was heard last, in messages noted.
    heard: u32,
}

/// Whether a message has been seen before.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth case")]
pub enum Novelty {
    /// It has not.
    New,
    /// It has.
    Duplicate,
    /// Its number is more than 64 before the highest one of its source: nobody knows any more. A
    /// source that begins again with low numbers needs a new name.
    Old,
}

impl<'buf> Seen<'buf> {
    /// Has seen nothing. Where there are more sources than places, the one that has been silent
    /// for longest is forgotten.
    pub const fn new(sources: &'buf mut [Source]) -> Self {
        Self { sources, notes: 0 }
    }

    /// Notes that a message has come. Numbers may run around.
    pub fn note(&mut self, source: u32, sequence: u32) -> Novelty {
        self.notes = self.notes.wrapping_add(1);
        let notes = self.notes;
        let known = |slot: &&mut Source| slot.0.is_some_and(|window| window.source == source);
        if let Some(Source(Some(window))) = self.sources.iter_mut().find(known) {
            window.heard = notes;
            return window.note(sequence);
        }
        let silence = |slot: &&mut Source| slot.0.map(|window| notes.wrapping_sub(window.heard));
        let place = self.sources.iter_mut().max_by_key(|slot| {
            // A free place before any other.
            silence(slot).unwrap_or(u32::MAX)
        });
        if let Some(place) = place {
            place.0 = Some(Window {
                source,
                highest: sequence,
                seen: 1,
                heard: notes,
            });
        }
        Novelty::New
    }
}

impl Window {
    fn note(&mut self, sequence: u32) -> Novelty {
        let ahead = sequence.wrapping_sub(self.highest);
        if ahead != 0 && ahead < u32::MAX / 2 {
            self.seen = self.seen.checked_shl(ahead).unwrap_or_default() | 1;
            self.highest = sequence;
            return Novelty::New;
        }
        let behind = self.highest.wrapping_sub(sequence);
        if behind >= WINDOW {
            return Novelty::Old;
        }
        let bit = 1 << behind;
        let known = self.seen & bit != 0;
        self.seen |= bit;
        if known {
            Novelty::Duplicate
        } else {
            Novelty::New
        }
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("the payload is too long for an envelope"),
            Self::BufferFull { needed } => write!(f, "the envelope needs {needed} bytes"),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSealed => "the payload is not in an envelope",
            Self::Damaged => "the payload is damaged",
        })
    }
}

impl core::error::Error for SealError {}
impl core::error::Error for OpenError {}

#[cfg(test)]
mod tests;
