//! Messages that wait for their link, in the caller's memory.
//!
//! Records one behind the other, oldest first: identifier, link, flags, refusals, ticket, two
//! lengths, topic, payload. Removing one moves the rest together.

use core::fmt;

use qmt_proto::{LinkId, Qos, Topic};

use crate::Ticket;

/// Bytes before the topic of a record.
const HEAD: usize = 13;

/// Bits of the flags, above two for the QoS.
const RETAIN: u8 = 1 << 2;
const REPUBLISH: u8 = 1 << 3;
/// In flight, by the ticket of the record.
const SENDING: u8 = 1 << 4;
/// The outcome of the ticket of the record is not known, and it waits to be sent again.
const IN_DOUBT: u8 = 1 << 5;
/// The outcome of a try is not known, or of one before the power was lost: it may have arrived.
const DOUBTED: u8 = 1 << 6;

/// A message for the outbox.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the caller builds it")]
pub struct Outgoing<'a> {
    /// The link it goes through.
    pub link: LinkId,
    /// Where it is published.
    pub topic: Topic<'a>,
    /// 0..=1460 bytes of any kind.
    pub payload: &'a [u8],
    /// How it is published.
    pub qos: Qos,
    /// Whether the server keeps it for later subscribers.
    pub retain: bool,
    /// What happens when its outcome is not known.
    pub if_unknown: IfUnknown,
}

/// What the outbox does with a message that may or may not have been delivered.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum IfUnknown {
    /// It is over: at most once. Such a message does not survive a loss of power either.
    Drop,
    /// It is published again, and again: at least once. Every time this happens, and every loss
    /// of power, may bring a duplicate.
    Republish,
}

/// Names a message of the outbox until its one [`ClientEvent::Left`](crate::ClientEvent::Left).
///
/// Identifiers go up. They survive a loss of power as the messages do.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct OutboxId(pub(super) u32);

impl OutboxId {
    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EnqueueError {
    /// There is no room now. Try again after a message has [left](crate::ClientEvent::Left).
    Full,
    /// The payload is longer than 1460 bytes, or the message longer than the whole outbox.
    TooLong,
}

impl fmt::Display for EnqueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the outbox is full",
            Self::TooLong => "the message is too long",
        })
    }
}

impl core::error::Error for EnqueueError {}

pub(super) struct Outbox<'buf> {
    buf: &'buf mut [u8],
    /// Records fill `buf[..len]`.
    len: usize,
    #[cfg(feature = "outbox")]
    next_id: u32,
    /// Whether messages that survive have come or gone since the last snapshot; it begins without
    /// one.
    #[cfg(feature = "snapshot")]
    pub(super) changed: bool,
    /// Number of the last snapshot.
    #[cfg(feature = "snapshot")]
    pub(super) sequence: u32,
}

/// A record, read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'o> {
    at: usize,
    pub(super) id: OutboxId,
    pub(super) link: LinkId,
    pub(super) qos: Qos,
    pub(super) retain: bool,
    pub(super) if_unknown: IfUnknown,
    flags: u8,
    ticket: Ticket,
    /// How often the module has refused it.
    pub(super) refusals: u8,
    pub(super) topic: &'o str,
    pub(super) payload: &'o [u8],
}

/// What is known of a message when its publish has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Tried {
    pub(super) id: OutboxId,
    pub(super) link: LinkId,
    pub(super) if_unknown: IfUnknown,
    /// How often the module has refused it before.
    pub(super) refusals: u8,
    /// Whether an earlier try may have arrived, whatever becomes of the last one.
    pub(super) may_have_arrived: bool,
}

impl<'buf> Outbox<'buf> {
    pub(super) const fn new(buf: &'buf mut [u8]) -> Self {
        Self {
            buf,
            len: 0,
            #[cfg(feature = "outbox")]
            next_id: 0,
            #[cfg(feature = "snapshot")]
            changed: true,
            #[cfg(feature = "snapshot")]
            sequence: 0,
        }
    }

    /// Adds a message with the next identifier.
    #[cfg(feature = "outbox")]
    pub(super) fn push(&mut self, message: &Outgoing<'_>) -> Result<OutboxId, EnqueueError> {
        let id = OutboxId(self.next_id);
        self.add(id, message)?;
        self.next_id = self.next_id.wrapping_add(1);
        Ok(id)
    }

    /// Adds a message that had its identifier before.
    #[cfg(feature = "outbox")]
    pub(super) fn add(&mut self, id: OutboxId, message: &Outgoing<'_>) -> Result<(), EnqueueError> {
        let (topic, payload) = (message.topic.as_str().as_bytes(), message.payload);
        let needed = HEAD + topic.len() + payload.len();
        if payload.len() > qmt_proto::limits::PAYLOAD || needed > self.buf.len() {
            return Err(EnqueueError::TooLong);
        }
        let room = self.buf.get_mut(self.len..self.len + needed);
        let room = room.and_then(|room| room.split_first_chunk_mut::<HEAD>());
        let Some((head, room)) = room else {
            return Err(EnqueueError::Full);
        };
        let mut flags = message.qos.level();
        if message.retain {
            flags |= RETAIN;
        }
        if message.if_unknown == IfUnknown::Republish {
            flags |= REPUBLISH;
        }
        let [i0, i1, i2, i3] = id.0.to_be_bytes();
        // Neither is ever longer than that.
        let [t0, t1] = (topic.len() as u16).to_be_bytes();
        let [p0, p1] = (payload.len() as u16).to_be_bytes();
        let link = message.link.get();
        *head = [i0, i1, i2, i3, link, flags, 0, 0, 0, t0, t1, p0, p1];
        for (slot, byte) in room.iter_mut().zip(topic.iter().chain(payload)) {
            *slot = *byte;
        }
        self.len += needed;
        self.note_change(message.if_unknown);
        Ok(())
    }

    /// The oldest message of a link on which none is in flight.
    pub(super) fn next(&self, link: LinkId) -> Option<Record<'_>> {
        let mut of_link = self.records().filter(|record| record.link == link);
        let first = of_link.next()?;
        let busy = first.is(SENDING) || of_link.any(|record| record.is(SENDING));
        (!busy).then_some(first)
    }

    /// The publish of a message has begun.
    pub(super) fn begin(&mut self, ticket: Ticket, id: OutboxId) {
        self.mark(id, ticket, SENDING);
    }

    /// The outcome of `ticket` is not known and its message waits to be sent again.
    pub(super) fn doubt(&mut self, ticket: Ticket, id: OutboxId) {
        self.mark(id, ticket, IN_DOUBT | DOUBTED);
    }

    /// Nobody knows whether the message was sent before the power was lost.
    #[cfg(feature = "snapshot")]
    pub(super) fn doubt_restored(&mut self, id: OutboxId) {
        self.mark(id, Ticket(0), DOUBTED);
    }

    /// The message that `ticket` has published. It is not in flight any more.
    pub(super) fn take_sending(&mut self, ticket: Ticket) -> Option<Tried> {
        let record = self.sending(ticket)?;
        let tried = Tried {
            id: record.id,
            link: record.link,
            if_unknown: record.if_unknown,
            refusals: record.refusals,
            may_have_arrived: record.is(DOUBTED),
        };
        self.mark(tried.id, ticket, 0);
        Some(tried)
    }

    /// The message that `ticket` has left in doubt, unless it is in flight again.
    pub(super) fn in_doubt(&self, ticket: Ticket) -> Option<OutboxId> {
        let mut records = self.records();
        let record = records.find(|record| record.is(IN_DOUBT) && record.ticket == ticket)?;
        Some(record.id)
    }

    /// Whether `ticket` is in flight for the outbox.
    pub(super) fn owns(&self, ticket: Ticket) -> bool {
        self.sending(ticket).is_some()
    }

    /// The payload that `ticket` publishes.
    pub(super) fn payload(&self, ticket: Ticket) -> &[u8] {
        let record = self.sending(ticket);
        record.map(|record| record.payload).unwrap_or_default()
    }

    fn sending(&self, ticket: Ticket) -> Option<Record<'_>> {
        let mut records = self.records();
        records.find(|record| record.is(SENDING) && record.ticket == ticket)
    }

    /// Notes how far a message has come, and by which ticket.
    fn mark(&mut self, id: OutboxId, ticket: Ticket, state: u8) {
        let [high, low] = ticket.0.to_be_bytes();
        if let Some([_, _, _, _, _, flags, _, t0, t1, ..]) = self.head_mut(id) {
            *flags = *flags & !(SENDING | IN_DOUBT) | state;
            (*t0, *t1) = (high, low);
        }
    }

    fn head_mut(&mut self, id: OutboxId) -> Option<&mut [u8; HEAD]> {
        let at = self.record(id)?.at;
        self.buf.get_mut(at..)?.first_chunk_mut()
    }

    pub(super) fn record(&self, id: OutboxId) -> Option<Record<'_>> {
        self.records().find(|record| record.id == id)
    }

    /// The module has refused the message once more.
    pub(super) fn count_refusal(&mut self, id: OutboxId) {
        if let Some([_, _, _, _, _, _, refusals, ..]) = self.head_mut(id) {
            *refusals = refusals.saturating_add(1);
        }
    }

    pub(super) fn remove(&mut self, id: OutboxId) {
        let Some(record) = self.record(id) else {
            return;
        };
        let (at, end, if_unknown) = (record.at, record.end(), record.if_unknown);
        self.note_change(if_unknown);
        self.buf.copy_within(end..self.len, at);
        self.len -= end - at;
    }

    /// All messages, oldest first.
    pub(super) fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let mut at = 0;
        core::iter::from_fn(move || {
            let record = self.record_at(at)?;
            at = record.end();
            Some(record)
        })
    }

    fn record_at(&self, at: usize) -> Option<Record<'_>> {
        if cfg!(not(feature = "outbox")) {
            return None;
        }
        let rest = self.buf.get(at..self.len)?;
        let (head, body) = rest.split_first_chunk::<HEAD>()?;
        let &[
            i0,
            i1,
            i2,
            i3,
            link,
            flags,
            refusals,
            k0,
            k1,
            t0,
            t1,
            p0,
            p1,
        ] = head;
        let topic_len = usize::from(u16::from_be_bytes([t0, t1]));
        let payload_len = usize::from(u16::from_be_bytes([p0, p1]));
        let (topic, rest) = body.split_at_checked(topic_len)?;
        Some(Record {
            at,
            id: OutboxId(u32::from_be_bytes([i0, i1, i2, i3])),
            link: LinkId::new(link)?,
            qos: Qos::new(flags & 3)?,
            retain: flags & RETAIN != 0,
            flags,
            ticket: Ticket(u16::from_be_bytes([k0, k1])),
            if_unknown: if flags & REPUBLISH != 0 {
                IfUnknown::Republish
            } else {
                IfUnknown::Drop
            },
            refusals,
            topic: core::str::from_utf8(topic).ok()?,
            payload: rest.get(..payload_len)?,
        })
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// For snapshots.
#[cfg(feature = "snapshot")]
impl Outbox<'_> {
    /// A message has come or gone; only some survive a loss of power.
    fn note_change(&mut self, if_unknown: IfUnknown) {
        self.changed |= if_unknown == IfUnknown::Republish;
    }

    pub(super) const fn next_id(&self) -> u32 {
        self.next_id
    }

    pub(super) const fn set_next_id(&mut self, next_id: u32) {
        self.next_id = next_id;
    }

    pub(super) const fn clear(&mut self) {
        self.len = 0;
    }
}

#[cfg(not(feature = "snapshot"))]
impl Outbox<'_> {
    #[expect(clippy::unused_self, reason = "nobody asks without snapshots")]
    const fn note_change(&self, _: IfUnknown) {}
}

impl Record<'_> {
    const fn is(&self, state: u8) -> bool {
        self.flags & state != 0
    }

    const fn end(&self) -> usize {
        self.at + HEAD + self.topic.len() + self.payload.len()
    }
}

impl fmt::Debug for Outbox<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outbox({} of {} bytes)", self.len, self.buf.len())
    }
}

#[cfg(all(test, feature = "outbox"))]
mod tests {
    use super::*;

    const LINK: LinkId = LinkId::ALL[0];

    fn message(payload: &[u8]) -> Outgoing<'_> {
        Outgoing {
            link: LINK,
            topic: Topic::new("t").unwrap(),
            payload,
            qos: Qos::AtLeastOnce,
            retain: true,
            if_unknown: IfUnknown::Republish,
        }
    }

    #[test]
    fn messages_leave_in_order_and_their_room_is_used_again() {
        let mut buf = [0; 3 * (HEAD + 3)];
        let mut outbox = Outbox::new(&mut buf);
        let [a, b, c] = [b"aa", b"bb", b"cc"].map(|p| outbox.push(&message(p)).unwrap());
        assert!(a < b && b < c);
        assert_eq!(outbox.push(&message(b"dd")), Err(EnqueueError::Full));
        assert_eq!(outbox.push(&message(&[0; 36])), Err(EnqueueError::TooLong));
        outbox.remove(b);
        let d = outbox.push(&message(b"dd")).unwrap();
        let left: Vec<_> = outbox.records().map(|r| (r.id, r.payload)).collect();
        assert_eq!(left, [(a, &b"aa"[..]), (c, b"cc"), (d, b"dd")]);
        let first = outbox.next(LINK).unwrap();
        assert!(first.retain && first.qos == Qos::AtLeastOnce && first.topic == "t");
        outbox.begin(Ticket(7), a);
        assert!(outbox.next(LINK).is_none(), "one at a time");
        assert_eq!(outbox.payload(Ticket(7)), b"aa");
        assert_eq!(outbox.take_sending(Ticket(7)).map(|it| it.id), Some(a));
        outbox.count_refusal(a);
        assert_eq!(outbox.next(LINK).unwrap().refusals, 1);
    }

    #[test]
    fn a_message_in_doubt_is_not_taken_for_delivered_while_it_is_in_flight_again() {
        let mut buf = [0; 64];
        let mut outbox = Outbox::new(&mut buf);
        let id = outbox.push(&message(b"x")).unwrap();
        outbox.doubt(Ticket(1), id);
        assert_eq!(outbox.in_doubt(Ticket(1)), Some(id));
        outbox.begin(Ticket(2), id);
        assert_eq!(outbox.in_doubt(Ticket(1)), None);
        assert!(outbox.owns(Ticket(2)) && !outbox.owns(Ticket(1)));
        outbox.take_sending(Ticket(2));
        outbox.doubt(Ticket(2), id);
        assert_eq!(outbox.in_doubt(Ticket(2)), Some(id));
        outbox.begin(Ticket(3), id);
        outbox.take_sending(Ticket(3));
        outbox.begin(Ticket(4), id);
        let tried = outbox.take_sending(Ticket(4)).unwrap();
        assert!(tried.may_have_arrived, "for good");
    }

    #[test]
    fn what_has_left_cannot_be_changed_any_more() {
        let mut buf = [0; 64];
        let mut outbox = Outbox::new(&mut buf);
        let [gone, stays] = [b"x", b"y"].map(|p| outbox.push(&message(p)).unwrap());
        outbox.remove(gone);
        outbox.begin(Ticket(1), gone);
        outbox.count_refusal(gone);
        outbox.remove(gone);
        assert!(!outbox.owns(Ticket(1)));
        let left = outbox.next(LINK).unwrap();
        assert_eq!(
            (left.id, left.refusals, left.flags & SENDING),
            (stays, 0, 0)
        );
        assert_eq!(outbox.records().count(), 1);
    }

    #[test]
    fn a_payload_that_no_module_takes_is_refused_though_there_is_room() {
        let mut buf = [0; 2_000];
        let mut outbox = Outbox::new(&mut buf);
        let longest = [b'x'; qmt_proto::limits::PAYLOAD + 1];
        let refused = outbox.push(&message(&longest));
        assert_eq!(refused, Err(EnqueueError::TooLong));
        assert!(outbox.push(&message(&longest[1..])).is_ok());
    }

    extern crate std;
    use std::vec::Vec;
}
