//! One packet of the caller's on its way to an acknowledgement.

use alloc::vec::Vec;
use core::time::Duration;

use qmt_mqtt::Level;
use qmt_proto::{Delivery, Instant, MsgId, PacketTimeout};

use super::event::{MqttEvent, Packet};
use super::output::Output;
use super::transmit::Transmit;

/// DUP in the first byte of a packet (MQTT 3.1.1 §2.2.2, MQTT 3.1 §2.1).
const DUP: u8 = 0x08;

/// What the broker owes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stage {
    /// PUBACK, for a publish at QoS 1.
    PubAck,
    /// PUBREC, for a publish at QoS 2.
    PubRec,
    /// PUBCOMP, for the PUBREL that followed PUBREC.
    PubComp,
    /// SUBACK with so many codes.
    SubAck { topics: usize },
    /// UNSUBACK.
    UnsubAck,
}

/// A packet with its identifier, its copy to send again, and timer T1 (QMT figure 1).
#[derive(Debug)]
pub(super) struct Operation {
    id: MsgId,
    stage: Stage,
    /// The last packet sent, for the next time. `release` puts PUBREL in place of PUBLISH.
    frame: Vec<u8>,
    /// Where the last copy ends in the stream; `send` sets it.
    ends_at: u64,
    /// When the copy is due; `send` and `handle_timeout` set it.
    resend_at: Instant,
    /// When the whole command has failed; set once (QMT §3.3.1 note 3).
    fails_at: Instant,
    timeout: PacketTimeout,
    /// Copies so far, 0 to retry_times; `handle_timeout` counts.
    resent: u8,
}

impl Operation {
    /// Queues `frame` for the first time. What is left of pkt_timeout x (retry_times + 1) bounds
    /// the command as a whole, both halves of QoS 2 together: that is the response time the note
    /// gives (QMT §3.3.8).
    pub(super) fn start(
        now: Instant,
        timeout: PacketTimeout,
        id: MsgId,
        stage: Stage,
        frame: Vec<u8>,
        transmit: &mut Transmit,
    ) -> Self {
        Self {
            id,
            stage,
            ends_at: transmit.push(now, &frame),
            frame,
            resend_at: now.saturating_add(pkt_timeout(timeout)),
            fails_at: now.saturating_add(timeout.max_wait()),
            timeout,
            resent: 0,
        }
    }

    pub(super) const fn id(&self) -> MsgId {
        self.id
    }

    pub(super) const fn stage(&self) -> Stage {
        self.stage
    }

    /// The command it belongs to.
    pub(super) const fn what(&self) -> Packet {
        match self.stage {
            Stage::PubAck | Stage::PubRec => Packet::Publish,
            Stage::PubComp => Packet::Release,
            Stage::SubAck { .. } => Packet::Subscribe,
            Stage::UnsubAck => Packet::Unsubscribe,
        }
    }

    /// As the caller asked for it, if it is a publish.
    pub(super) const fn delivery(&self) -> Option<Delivery> {
        match self.stage {
            Stage::PubAck => Some(Delivery::AtLeastOnce(self.id)),
            Stage::PubRec | Stage::PubComp => Some(Delivery::ExactlyOnce(self.id)),
            Stage::SubAck { .. } | Stage::UnsubAck => None,
        }
    }

    /// PUBREC came for a publish at QoS 2: PUBREL goes out, and PUBCOMP is owed.
    pub(super) fn release(&mut self, now: Instant, pubrel: Vec<u8>, transmit: &mut Transmit) {
        self.stage = Stage::PubComp;
        self.frame = pubrel;
        self.send(now, transmit);
    }

    /// PUBREC came once more: PUBREL goes out once more, unless it still waits for the wire.
    pub(super) fn release_again(&mut self, now: Instant, level: Level, transmit: &mut Transmit) {
        if transmit.has_left(self.ends_at) {
            self.mark(level);
            self.send(now, transmit);
        }
    }

    /// Sends the packet over a new connection, as if it were the first time but for DUP.
    pub(super) fn resume(
        &mut self,
        now: Instant,
        timeout: PacketTimeout,
        level: Level,
        transmit: &mut Transmit,
    ) {
        self.timeout = timeout;
        self.resent = 0;
        self.fails_at = now.saturating_add(timeout.max_wait());
        self.mark(level);
        self.send(now, transmit);
    }

    /// Whether the command has failed by now.
    pub(super) fn has_failed(&self, now: Instant) -> bool {
        self.fails_at <= now
    }

    /// Sends the packet again when that is due.
    pub(super) fn handle_timeout(&mut self, now: Instant, level: Level, output: &mut Output) {
        if self.resend_at().is_none_or(|at| at > now) {
            return;
        }
        // A copy behind a packet that has not left says nothing new and fills the queue.
        if !output.transmit.has_left(self.ends_at) {
            self.resend_at = now.saturating_add(pkt_timeout(self.timeout));
            return;
        }
        self.mark(level);
        self.send(now, &mut output.transmit);
        self.resent = self.resent.saturating_add(1);
        output.events.push_back(MqttEvent::Retransmitted {
            what: self.what(),
            id: self.id,
            count: self.resent,
        });
    }

    pub(super) fn poll_timeout(&self) -> Instant {
        self.resend_at()
            .map_or(self.fails_at, |at| at.min(self.fails_at))
    }

    /// When the next copy is due, if there may be one.
    fn resend_at(&self) -> Option<Instant> {
        (self.resent < self.timeout.retry_times() && self.resend_at < self.fails_at)
            .then_some(self.resend_at)
    }

    /// A copy says so: a PUBLISH at either level (MQTT 3.1.1 §3.3.1.1), the others at 3.1 only,
    /// where 3.1.1 has reserved bits (MQTT 3.1 §2.1, MQTT 3.1.1 §2.2.2).
    fn mark(&mut self, level: Level) {
        let is_publish = matches!(self.stage, Stage::PubAck | Stage::PubRec);
        if (is_publish || level == Level::V31)
            && let Some(first) = self.frame.first_mut()
        {
            *first |= DUP;
        }
    }

    fn send(&mut self, now: Instant, transmit: &mut Transmit) {
        self.ends_at = transmit.push(now, &self.frame);
        self.resend_at = now.saturating_add(pkt_timeout(self.timeout));
    }
}

/// Timer T1.
pub(super) const fn pkt_timeout(timeout: PacketTimeout) -> Duration {
    Duration::from_secs(timeout.pkt_timeout_s() as u64)
}
