//! The outbox in memory that outlives the power: two slots, written in turn.
//!
//! A slot holds the length of its body, the body and a CRC-32 over both. The body is a head and
//! one record for each message that is to be republished when its outcome is not known. A slot
//! that was not written to its end, or has rotted, does not pass its CRC; then the other one, one
//! snapshot older, is whole.

use core::fmt;

use qmt_proto::{Instant, LinkId, Qos, Topic};
use serde::{Deserialize, Serialize};

use super::Client;
use super::outbox::{EnqueueError, IfUnknown, OutboxId, Outgoing, Record};
use crate::crc::Crc32;

/// The format of what is written here.
const VERSION: u8 = 1;
/// Bytes before the body and behind it.
const LEN: usize = 4;
const CRC: usize = 4;
/// How far message identifiers jump on a restore: past those used since the snapshot, whose
/// outcome nobody knows any more.
const MSG_ID_JUMP: u16 = 4096;

/// What a snapshot takes beside the memory of the outbox, in bytes.
pub const SNAPSHOT_OVERHEAD: usize = 40;

/// The state of an outbox, to be written to one of two slots.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Snapshot<'a> {
    /// Which slot, 0 or 1: the one with the older snapshot. Erase it first where the memory asks
    /// for that.
    pub slot: usize,
    /// What to write at its beginning. What is behind does not matter.
    pub bytes: &'a [u8],
}

/// What a restore has brought back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Restored {
    /// Messages in the outbox.
    pub messages: usize,
    /// Whether a slot was damaged: the power went while it was written, or it has rotted.
    pub damaged: bool,
}

/// Why nothing was restored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RestoreError {
    /// Both slots have been written and none is whole.
    Damaged,
    /// The snapshot was written by a later version of this crate.
    Version(u8),
    /// The outbox is smaller than it was.
    OutboxTooSmall,
    /// Messages have been enqueued already.
    OutboxInUse,
}

/// The buffer is too small for a snapshot: it needs the size of the outbox and
/// [`SNAPSHOT_OVERHEAD`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing more to say")]
pub struct SnapshotBufferFull;

#[derive(Deserialize, Serialize)]
struct Head {
    version: u8,
    sequence: u32,
    next_id: u32,
    msg_ids: [u16; LinkId::COUNT],
    messages: u16,
}

#[derive(Deserialize, Serialize)]
struct Stored<'a> {
    id: u32,
    /// Link, QoS and retain, in 3, 2 and 1 bits.
    flags: u8,
    topic: &'a str,
    payload: &'a [u8],
}

/// Snapshots (feature `snapshot`).
///
/// [Restore](Self::restore) first. A message is durable once the snapshot that holds it has been
/// written: write one when [`snapshot_due`](Self::snapshot_due) says so, and tell whoever wanted the
/// message afterwards. Each loss of power may then bring each message that had not left at most one
/// duplicate.
///
/// ```
/// # use qmt_session::proto::{Instant, LinkId, Qos, Topic};
/// # use qmt_session::{Buffers, Client, ClientConfig, IfUnknown, Outgoing, SNAPSHOT_OVERHEAD};
/// const OUTBOX: usize = 1024;
/// // Two sectors of a flash, say. Erased, they are all 0xFF.
/// let mut slots = [[0xFF; 2048]; 2];
///
/// # let now = Instant::ZERO;
/// # let (mut rx, mut tx, mut store, mut outbox) = ([0; 1792], [0; 512], [0; 512], [0; OUTBOX]);
/// # let buffers = Buffers { rx: &mut rx, tx: &mut tx };
/// # let client = Client::new(ClientConfig::new(), buffers, &mut store);
/// let mut client = client.with_outbox(&mut outbox);
/// client.restore(now, [&slots[0], &slots[1]])?;
///
/// let message = Outgoing {
///     link: LinkId::ALL[0],
///     topic: Topic::new("meter/7")?,
///     payload: b"21.5",
///     qos: Qos::AtLeastOnce,
///     retain: false,
///     if_unknown: IfUnknown::Republish,
/// };
/// client.enqueue(now, &message)?;
///
/// // In the run loop, after the events.
/// if client.snapshot_due() {
///     let mut image = [0; OUTBOX + SNAPSHOT_OVERHEAD];
///     let snapshot = client.snapshot(&mut image)?;
///     let slot = &mut slots[snapshot.slot];
///     slot.fill(0xFF);
///     slot[..snapshot.bytes.len()].copy_from_slice(snapshot.bytes);
///     // Now the message is durable.
/// }
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
impl Client<'_> {
    /// Whether messages have come or gone since the last snapshot, or there was none yet.
    pub const fn snapshot_due(&self) -> bool {
        self.plan.outbox.changed
    }

    /// Takes a snapshot into `out`.
    ///
    /// # Errors
    /// [`SnapshotBufferFull`]; then a snapshot is still due.
    pub fn snapshot<'o>(&mut self, out: &'o mut [u8]) -> Result<Snapshot<'o>, SnapshotBufferFull> {
        let outbox = &mut self.plan.outbox;
        let sequence = outbox.sequence.wrapping_add(1);
        let durable = || {
            let records = outbox.records();
            records.filter(|record| record.if_unknown == IfUnknown::Republish)
        };
        let head = Head {
            version: VERSION,
            sequence,
            next_id: outbox.next_id(),
            msg_ids: self.session.msg_ids(),
            // A record takes 13 bytes, so more do not fit 850 kB.
            messages: u16::try_from(durable().count()).map_err(|_| SnapshotBufferFull)?,
        };
        let body = out.get_mut(LEN..).ok_or(SnapshotBufferFull)?;
        let mut len = write(&head, body)?;
        for record in durable() {
            let rest = body.get_mut(len..).ok_or(SnapshotBufferFull)?;
            len += write(&Stored::of(&record), rest)?;
        }
        let length = u32::try_from(len).map_err(|_| SnapshotBufferFull)?;
        let (front, rest) = out.split_at_mut_checked(LEN).ok_or(SnapshotBufferFull)?;
        front.copy_from_slice(&length.to_le_bytes());
        let (body, rest) = rest.split_at_mut_checked(len).ok_or(SnapshotBufferFull)?;
        let crc = Crc32::new().update(front).update(body).finish();
        let behind = rest.get_mut(..CRC).ok_or(SnapshotBufferFull)?;
        behind.copy_from_slice(&crc.to_le_bytes());
        outbox.sequence = sequence;
        outbox.changed = false;
        Ok(Snapshot {
            slot: slot_of(sequence),
            bytes: out.get(..LEN + len + CRC).unwrap_or_default(),
        })
    }

    /// Fills the empty outbox from the newer of the two slots that is whole. Two blank slots (all
    /// bytes 0xFF or all 0) bring nothing, which is no error.
    ///
    /// Unless both are blank, a host before this one may have died while the module was waiting
    /// for the rest of a payload, and what is sent to it now would be published. So if
    /// [`ClientConfig::starts_with_module`](crate::ClientConfig::starts_with_module) does not say
    /// that it cannot be waiting, nothing is sent to it for a minute, or until it says something
    /// final.
    ///
    /// # Errors
    /// [`RestoreError`]; then the outbox is empty.
    pub fn restore(&mut self, now: Instant, slots: [&[u8]; 2]) -> Result<Restored, RestoreError> {
        if !self.plan.outbox.is_empty() {
            return Err(RestoreError::OutboxInUse);
        }
        let read = slots.map(read);
        let damaged = read.iter().any(|slot| matches!(slot, Slot::Damaged));
        let blank = read
            .iter()
            .filter(|slot| matches!(slot, Slot::Blank))
            .count();
        let mut newest: Option<(Head, &[u8])> = None;
        for slot in read {
            match slot {
                Slot::Whole(head, records) => {
                    let newer = newest.as_ref().is_none_or(|(known, _)| {
                        // Numbers run around.
                        head.sequence.wrapping_sub(known.sequence) < u32::MAX / 2
                    });
                    if newer {
                        newest = Some((head, records));
                    }
                }
                Slot::Later(version) => return Err(RestoreError::Version(version)),
                Slot::Blank | Slot::Damaged => {}
            }
        }
        if blank < slots.len() && !self.plan.config.starts_with_module {
            self.session.await_data_mode_end(now);
        }
        let Some((head, records)) = newest else {
            // One slot that was never written and one that is not whole: the power went during
            // the first snapshot, and nothing was durable yet.
            return match blank {
                0 => Err(RestoreError::Damaged),
                _ => Ok(Restored {
                    messages: 0,
                    damaged,
                }),
            };
        };
        if let Err(error) = self.refill(&head, records) {
            self.plan.outbox.clear();
            return Err(error);
        }
        let outbox = &mut self.plan.outbox;
        outbox.set_next_id(head.next_id);
        outbox.sequence = head.sequence;
        outbox.changed = false;
        let jump = |last: u16| last.wrapping_add(MSG_ID_JUMP);
        self.session.set_msg_ids(head.msg_ids.map(jump));
        let messages = usize::from(head.messages);
        Ok(Restored { messages, damaged })
    }

    fn refill(&mut self, head: &Head, records: &[u8]) -> Result<(), RestoreError> {
        let mut rest = records;
        for _ in 0..head.messages {
            let stored;
            (stored, rest) =
                postcard::take_from_bytes::<Stored<'_>>(rest).map_err(|_| RestoreError::Damaged)?;
            let message = stored.message().ok_or(RestoreError::Damaged)?;
            let id = OutboxId(stored.id);
            let added = self.plan.outbox.add(id, &message);
            added.map_err(|error| match error {
                EnqueueError::Full | EnqueueError::TooLong => RestoreError::OutboxTooSmall,
            })?;
            self.plan.outbox.doubt_restored(id);
        }
        Ok(())
    }
}

/// What a slot holds.
enum Slot<'a> {
    /// Nothing was ever written.
    Blank,
    /// Its end is missing, or some bits are wrong.
    Damaged,
    /// A later version of this format.
    Later(u8),
    Whole(Head, &'a [u8]),
}

fn read(slot: &[u8]) -> Slot<'_> {
    if slot.iter().all(|&b| b == 0xFF) || slot.iter().all(|&b| b == 0) {
        return Slot::Blank;
    }
    let Some(body) = body(slot) else {
        return Slot::Damaged;
    };
    match (postcard::take_from_bytes::<Head>(body), body.first()) {
        (_, Some(&version)) if version > VERSION => Slot::Later(version),
        (Ok((head, records)), _) => Slot::Whole(head, records),
        _ => Slot::Damaged,
    }
}

/// The body of a slot, if it is as it was written.
fn body(slot: &[u8]) -> Option<&[u8]> {
    let (front, rest) = slot.split_first_chunk::<LEN>()?;
    let len = usize::try_from(u32::from_le_bytes(*front)).ok()?;
    let (body, behind) = rest.split_at_checked(len)?;
    let crc = behind.first_chunk::<CRC>()?;
    let right = Crc32::new().update(front).update(body).finish();
    (u32::from_le_bytes(*crc) == right).then_some(body)
}

const fn slot_of(sequence: u32) -> usize {
    (sequence & 1) as usize
}

fn write(value: &impl Serialize, out: &mut [u8]) -> Result<usize, SnapshotBufferFull> {
    let written = postcard::to_slice(value, out).map_err(|_| SnapshotBufferFull)?;
    Ok(written.len())
}

impl<'a> Stored<'a> {
    fn of(record: &Record<'a>) -> Self {
        let flags = record.link.get() << 3 | record.qos.level() << 1 | u8::from(record.retain);
        Self {
            id: record.id.get(),
            flags,
            topic: record.topic,
            payload: record.payload,
        }
    }

    fn message(&self) -> Option<Outgoing<'a>> {
        Some(Outgoing {
            link: LinkId::new(self.flags >> 3)?,
            topic: Topic::new(self.topic).ok()?,
            payload: self.payload,
            qos: Qos::new(self.flags >> 1 & 3)?,
            retain: self.flags & 1 == 1,
            if_unknown: IfUnknown::Republish,
        })
    }
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged => f.write_str("no snapshot is whole"),
            Self::Version(version) => write!(f, "the snapshot has the later format {version}"),
            Self::OutboxTooSmall => f.write_str("the outbox is too small for the snapshot"),
            Self::OutboxInUse => f.write_str("the outbox is in use already"),
        }
    }
}

impl fmt::Display for SnapshotBufferFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the buffer is too small for a snapshot")
    }
}

impl core::error::Error for RestoreError {}
impl core::error::Error for SnapshotBufferFull {}

#[cfg(test)]
mod tests;
