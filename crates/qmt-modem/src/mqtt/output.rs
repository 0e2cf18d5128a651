//! What a link has for its owner: bytes for the wire, and events.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use qmt_mqtt::Level;
use qmt_proto::{Instant, LinkLossCode};

use super::event::MqttEvent;
use super::transmit::Transmit;

/// Answers to the broker may fill this many times the limit for wishes.
const ANSWER_ROOM: usize = 4;

/// Both queues of a link. The owner empties the events after each call, so that one call's input
/// bounds them; the bytes are bounded by [`room`](Self::room) and [`answer`](Self::answer).
#[derive(Debug)]
pub(super) struct Output {
    pub(super) transmit: Transmit,
    pub(super) events: VecDeque<MqttEvent>,
    /// Bytes that may wait before a wish is refused.
    limit: usize,
}

impl Output {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            transmit: Transmit::new(),
            events: VecDeque::new(),
            limit,
        }
    }

    /// Whether a wish of `len` bytes may still wait for the wire.
    pub(super) fn room(&self, len: usize) -> bool {
        self.transmit.waiting().len().saturating_add(len) <= self.limit
    }

    /// Queues an answer to the broker.
    ///
    /// # Errors
    /// The broker asks but does not read: the cause with which the link ends.
    pub(super) fn answer(
        &mut self,
        now: Instant,
        level: Level,
        packet: &qmt_mqtt::Packet,
    ) -> Result<(), LinkLossCode> {
        let mut frame = Vec::new();
        // Never taken: answers hold nothing but an identifier.
        packet
            .encode(level, &mut frame)
            .map_err(|_| LinkLossCode::SEND_FAILED)?;
        let waiting = self.transmit.waiting().len().saturating_add(frame.len());
        if waiting > self.limit.saturating_mul(ANSWER_ROOM) {
            return Err(LinkLossCode::SEND_FAILED);
        }
        self.transmit.push(now, &frame);
        Ok(())
    }
}
