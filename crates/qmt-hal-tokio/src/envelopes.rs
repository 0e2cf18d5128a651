//! Envelopes around payloads: the handle seals, the task opens.

use core::sync::atomic::{AtomicU32, Ordering};

use qmt_session::Message;
use qmt_session::envelope::{Envelope, Novelty, OVERHEAD, SealError, Seen, Source};
use qmt_session::proto::limits;

use crate::{Event, Log, MessageKey, OwnedMessage};

/// Payloads between ends of ours travel in [envelopes](qmt_session::envelope): damage shows, which
/// neither a serial line nor the module would notice, and so do duplicates.
///
/// All that a [`Handle`](crate::Handle) publishes or enqueues is sealed, which takes
/// [`OVERHEAD`] bytes of the 1460; a message of the outbox that is published again keeps its
/// envelope. Of what comes, what is undamaged and has not come before is an
/// [`Event::Message`]; the rest is [`Event::Unopened`] or [`Log::Duplicate`]. Wills
/// are not sealed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Envelopes {
    /// The name of this sender: a number of its own for each.
    pub source: u32,
    /// The number of its first message. Later ones must have higher numbers, over restarts too, up
    /// to running around: the seconds since 1970 do for a sender of less than one message a
    /// second.
    pub first: u32,
    /// How many other senders are remembered, each with its last 64 messages.
    pub senders: usize,
}

impl Envelopes {
    /// As `source`, with messages from `first` on; 64 other senders are remembered.
    pub const fn new(source: u32, first: u32) -> Self {
        Self {
            source,
            first,
            senders: 64,
        }
    }
}

/// Seals what goes out.
#[derive(Debug)]
pub(crate) struct Sealer {
    source: u32,
    next: AtomicU32,
}

impl Sealer {
    pub(crate) const fn new(config: &Envelopes) -> Self {
        Self {
            source: config.source,
            next: AtomicU32::new(config.first),
        }
    }

    /// `payload` in an envelope with the next number.
    ///
    /// # Errors
    /// [`SealError::TooLong`]; then no number has been taken.
    pub(crate) fn seal(&self, topic: &str, payload: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut sealed = vec![0; OVERHEAD + payload.len()];
        if sealed.len() > limits::PAYLOAD {
            return Err(SealError::TooLong);
        }
        let envelope = Envelope {
            source: self.source,
            // Nothing else is told by it.
            sequence: self.next.fetch_add(1, Ordering::Relaxed),
            payload,
        };
        envelope.seal(topic, &mut sealed)?;
        Ok(sealed)
    }
}

/// Opens what comes.
#[derive(Debug)]
pub(crate) struct Opener<'s> {
    seen: Seen<'s>,
}

impl<'s> Opener<'s> {
    /// One that remembers as many senders as there are places.
    pub(crate) const fn new(places: &'s mut [Source]) -> Self {
        Self {
            seen: Seen::new(places),
        }
    }

    /// What to tell of a message.
    pub(crate) fn open(&mut self, message: &Message<'_>) -> Event {
        let mut owned = OwnedMessage::of(message);
        let envelope = match Envelope::open(message.topic, message.payload) {
            Ok(envelope) => envelope,
            Err(error) => {
                return Event::Unopened {
                    message: owned,
                    error,
                };
            }
        };
        let novelty = self.seen.note(envelope.source, envelope.sequence);
        owned.payload = envelope.payload.to_vec();
        owned.key = Some(MessageKey {
            source: envelope.source,
            sequence: envelope.sequence,
            novelty,
        });
        match novelty {
            Novelty::Duplicate => Event::Log(Log::Duplicate(owned)),
            Novelty::New | Novelty::Old => Event::Message(owned),
        }
    }
}
