//! Everything the caller has under way on one connection.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use qmt_mqtt::{Level, PacketId};
use qmt_proto::{Delivery, Instant, LinkLossCode, MsgId, PacketTimeout};

use super::event::{MqttEvent, Packet};
use super::operation::{Operation, Stage};
use super::options::MqttRefusal;
use super::output::Output;

/// Packets under way, oldest first. Identifiers are the caller's, and each is there once
/// (MQTT 3.1.1 §2.3.1).
#[derive(Debug)]
pub(super) struct InFlight {
    /// Packets that wait for an acknowledgement.
    operations: Vec<Operation>,
    /// Publishes at QoS 0 that are not wholly on the wire, in the order of the stream.
    unacknowledged: VecDeque<Unacknowledged>,
    limit: usize,
}

/// A publish at QoS 0: done when it has left.
#[derive(Debug)]
struct Unacknowledged {
    /// Where it ends in the stream.
    ends_at: u64,
    fails_at: Instant,
}

impl InFlight {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            operations: Vec::new(),
            unacknowledged: VecDeque::new(),
            limit,
        }
    }

    /// Checks that one more packet may start (QMT §3.3.6 note).
    ///
    /// # Errors
    /// [`MqttRefusal::Busy`] and [`MqttRefusal::Full`].
    pub(super) fn admit(&self, id: Option<MsgId>) -> Result<(), MqttRefusal> {
        if self.operations.iter().any(|under| Some(under.id()) == id) {
            return Err(MqttRefusal::Busy);
        }
        if self.operations.len() + self.unacknowledged.len() >= self.limit {
            return Err(MqttRefusal::Full);
        }
        Ok(())
    }

    /// Gives up everything; publishes that wait for an acknowledgement are given out.
    pub(super) fn take_publishes(&mut self) -> Vec<Operation> {
        self.unacknowledged.clear();
        let all = core::mem::take(&mut self.operations);
        let publishes = all.into_iter().filter(|under| under.delivery().is_some());
        publishes.collect()
    }

    /// Whether nothing is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.unacknowledged.is_empty()
    }

    /// Adds a packet that was admitted.
    pub(super) fn start(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    /// Adds a publish at QoS 0 that was admitted and ends at `ends_at` in the stream.
    pub(super) fn start_unacknowledged(
        &mut self,
        now: Instant,
        timeout: PacketTimeout,
        ends_at: u64,
    ) {
        self.unacknowledged.push_back(Unacknowledged {
            ends_at,
            fails_at: now.saturating_add(timeout.max_wait()),
        });
    }

    /// Completes what needs no acknowledgement once it has left.
    pub(super) fn handle_transmitted(&mut self, output: &mut Output) {
        while let Some(publish) = self.unacknowledged.front()
            && output.transmit.has_left(publish.ends_at)
        {
            self.unacknowledged.pop_front();
            output.events.push_back(MqttEvent::Published {
                delivery: Delivery::AtMostOnce,
            });
        }
    }

    /// PUBACK, PUBCOMP or UNSUBACK, whichever `owed` names. One that nobody waits for is ignored: it is the
    /// late answer to a copy, or to what has failed.
    pub(super) fn handle_ack(&mut self, id: PacketId, owed: Stage, output: &mut Output) {
        let Some(at) = self.find(id, |stage| stage == owed) else {
            return;
        };
        let done = self.operations.remove(at);
        let event = match done.delivery() {
            Some(delivery) => MqttEvent::Published { delivery },
            None => MqttEvent::Unsubscribed { id: done.id() },
        };
        output.events.push_back(event);
    }

    /// PUBREC: PUBREL follows, always (MQTT 3.1.1 §4.3.3). For an identifier nobody waits for it
    /// frees the broker's, which otherwise would take the caller's next publish under that
    /// identifier for a copy of the one that failed.
    ///
    /// # Errors
    /// The cause with which the link ends, when answers pile up.
    pub(super) fn handle_pubrec(
        &mut self,
        now: Instant,
        level: Level,
        id: PacketId,
        output: &mut Output,
    ) -> Result<(), LinkLossCode> {
        let release = qmt_mqtt::Packet::PubRel { id, dup: false };
        let waits = |stage| matches!(stage, Stage::PubRec | Stage::PubComp);
        let found = self.find(id, waits);
        let Some(publish) = found.and_then(|at| self.operations.get_mut(at)) else {
            return output.answer(now, level, &release);
        };
        if publish.stage() == Stage::PubComp {
            publish.release_again(now, level, &mut output.transmit);
            return Ok(());
        }
        let mut frame = Vec::new();
        // Never taken: PUBREL holds nothing but an identifier.
        release
            .encode(level, &mut frame)
            .map_err(|_| LinkLossCode::SEND_FAILED)?;
        publish.release(now, frame, &mut output.transmit);
        Ok(())
    }

    /// SUBACK, with one code for each topic (MQTT 3.1.1 §3.8.4-5).
    ///
    /// # Errors
    /// The cause with which the link ends, when the number of codes is another.
    pub(super) fn handle_suback(
        &mut self,
        ack: &qmt_mqtt::SubAck,
        output: &mut Output,
    ) -> Result<(), LinkLossCode> {
        let waits = |stage| matches!(stage, Stage::SubAck { .. });
        let Some(at) = self.find(ack.id, waits) else {
            return Ok(());
        };
        let done = self.operations.remove(at);
        let topics = ack.codes.len();
        if done.stage() != (Stage::SubAck { topics }) {
            return Err(LinkLossCode::LINK_DOWN);
        }
        output.events.push_back(MqttEvent::Subscribed {
            id: done.id(),
            codes: ack.codes.iter().map(|code| code.number()).collect(),
        });
        Ok(())
    }

    /// Gives up what has failed, sends again what is due (QMT §2 retransmission).
    pub(super) fn handle_timeout(&mut self, now: Instant, level: Level, output: &mut Output) {
        while let Some(publish) = self.unacknowledged.front()
            && publish.fails_at <= now
        {
            self.unacknowledged.pop_front();
            output.events.push_back(MqttEvent::Failed {
                what: Packet::Publish,
                id: 0,
            });
        }
        self.operations.retain(|under| {
            let failed = under.has_failed(now);
            if failed {
                output.events.push_back(MqttEvent::Failed {
                    what: under.what(),
                    id: under.id().get(),
                });
            }
            !failed
        });
        for under in &mut self.operations {
            under.handle_timeout(now, level, output);
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let acknowledged = self.operations.iter().map(Operation::poll_timeout);
        let others = self.unacknowledged.iter().map(|publish| publish.fails_at);
        acknowledged.chain(others).min()
    }

    fn find(&self, id: PacketId, owed: impl Fn(Stage) -> bool) -> Option<usize> {
        self.operations
            .iter()
            .position(|under| under.id().get() == id.get() && owed(under.stage()))
    }
}
