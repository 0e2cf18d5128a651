//! The outbox of a task: messages that wait for room in it, and its state on the slots.

use std::collections::VecDeque;

use qmt_session::proto::{Instant, LinkId, Topic};
use qmt_session::{
    Client, EnqueueError, IfUnknown, OutboxId, Outgoing, Restored, SNAPSHOT_OVERHEAD,
};
use tokio::sync::oneshot;

use crate::{EnqueueRefusal, OutboxError, OwnedPublish, Slots};

type Reply = oneshot::Sender<Result<OutboxId, EnqueueRefusal>>;

pub(super) struct Mailroom {
    /// Messages for which there was no room yet, oldest first.
    waiting: VecDeque<Letter>,
    /// Messages that are in the outbox, and not yet on the slots.
    accepted: Vec<(OutboxId, Reply)>,
    slots: Option<Box<dyn Slots>>,
    snapshot: Vec<u8>,
}

/// A message for the outbox.
pub(crate) struct Letter {
    pub(crate) link: LinkId,
    pub(crate) publish: OwnedPublish,
    pub(crate) if_unknown: IfUnknown,
    pub(crate) reply: Reply,
}

impl Mailroom {
    /// For an outbox of so many bytes.
    pub(super) fn new(outbox: usize, slots: Option<Box<dyn Slots>>) -> Self {
        let snapshot = match slots {
            Some(_) => vec![0; outbox + SNAPSHOT_OVERHEAD],
            None => Vec::new(),
        };
        Self {
            waiting: VecDeque::new(),
            accepted: Vec::new(),
            slots,
            snapshot,
        }
    }

    /// Brings back what is on the slots; `None` if there are none.
    pub(super) fn restore(
        &mut self,
        now: Instant,
        client: &mut Client<'_>,
    ) -> Result<Option<Restored>, OutboxError> {
        let Some(slots) = &mut self.slots else {
            return Ok(None);
        };
        let [first, second] = slots.load().map_err(OutboxError::Load)?;
        let restored = client.restore(now, [&first, &second]);
        restored.map(Some).map_err(OutboxError::Restore)
    }

    pub(super) fn take(&mut self, letter: Letter) {
        self.waiting.push_back(letter);
    }

    /// Puts what waits into the outbox, as far as there is room, and the outbox onto the slots. Then
    /// whoever wanted a message is told. Whether there is anything new in it.
    pub(super) fn tidy(
        &mut self,
        now: Instant,
        client: &mut Client<'_>,
    ) -> Result<bool, OutboxError> {
        while let Some(letter) = self.waiting.pop_front() {
            if letter.reply.is_closed() {
                continue;
            }
            let publish = &letter.publish;
            let Ok(topic) = Topic::new(&publish.topic) else {
                // The handle has looked.
                continue;
            };
            let outgoing = Outgoing {
                link: letter.link,
                topic,
                payload: &publish.payload,
                qos: publish.qos,
                retain: publish.retain,
                if_unknown: letter.if_unknown,
            };
            match client.enqueue(now, &outgoing) {
                Ok(id) => self.accepted.push((id, letter.reply)),
                Err(EnqueueError::Full) => {
                    self.waiting.push_front(letter);
                    break;
                }
                Err(_) => {
                    // Nobody waiting is fine, here and below.
                    let _ = letter.reply.send(Err(EnqueueRefusal::TooLong));
                }
            }
        }
        if let Some(slots) = &mut self.slots
            && client.snapshot_due()
            && let Ok(snapshot) = client.snapshot(&mut self.snapshot)
        {
            let saved = slots.save(snapshot.slot, snapshot.bytes);
            saved.map_err(OutboxError::Save)?;
        }
        let news = !self.accepted.is_empty();
        for (id, reply) in self.accepted.drain(..) {
            let _ = reply.send(Ok(id));
        }
        Ok(news)
    }

    /// No message that waits for room will have any.
    pub(super) fn close(&mut self) {
        // Dropping the replies is the answer.
        self.waiting.clear();
    }
}
