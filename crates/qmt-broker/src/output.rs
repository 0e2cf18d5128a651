//! Bytes on their way to one peer.

use alloc::vec::Vec;
use core::time::Duration;

use qmt_mqtt::{Delivery, Level, Packet};

use crate::{Fault, Instant};

/// Encoded packets that wait to be transmitted. Every packet the broker sends passes [`Self::push`].
#[derive(Debug, Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    /// `0 <= sent <= bytes.len()`; moved on by `transmitted`.
    sent: usize,
    /// Set while the broker has faults: packets are staged before they are written.
    staging: bool,
    /// Packets on which the faults have not been asked yet.
    staged: Vec<Staged>,
    /// Packets kept back by a fault.
    held: Vec<Held>,
}

/// A packet before it is written.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) packet: Packet,
    level: Level,
    /// Written over the codes at the end of a CONNACK or SUBACK: also those that MQTT has not.
    code: Option<u8>,
}

/// A packet kept back.
#[derive(Debug)]
struct Held {
    until: Instant,
    /// The next packet that is written lets it go.
    overtaken: bool,
    bytes: Vec<u8>,
}

impl Output {
    pub(crate) fn new(staging: bool) -> Self {
        Self {
            staging,
            ..Self::default()
        }
    }

    /// From now on, packets are staged.
    pub(crate) fn stage(&mut self) {
        self.staging = true;
    }

    /// Appends a packet.
    pub(crate) fn push(&mut self, packet: &Packet, level: Level) {
        if self.staging {
            self.staged.push(Staged {
                packet: packet.clone(),
                level,
                code: None,
            });
            return;
        }
        let encoded = packet.encode(level, &mut self.bytes);
        // Topics and payloads passed the decoder, and the rest is small: they fit.
        debug_assert_eq!(encoded, Ok(()));
    }

    /// Appends a CONNACK or SUBACK that shows this number in place of its codes.
    pub(crate) fn push_with_code(&mut self, packet: Packet, level: Level, code: u8) {
        self.staged.push(Staged {
            packet,
            level,
            code: Some(code),
        });
    }

    pub(crate) fn has_staged(&self) -> bool {
        !self.staged.is_empty()
    }

    pub(crate) fn take_staged(&mut self) -> Vec<Staged> {
        core::mem::take(&mut self.staged)
    }

    /// Writes a staged packet, as `fault` wants it.
    pub(crate) fn write(&mut self, now: Instant, mut staged: Staged, fault: Option<&Fault>) {
        let mut bytes = Vec::new();
        match fault {
            Some(Fault::Lose | Fault::CloseInstead) => return,
            Some(Fault::Replace(other)) => bytes.clone_from(other),
            Some(Fault::ForeignId) => renumber(&mut staged.packet),
            Some(Fault::Oversize(len)) => {
                if let Packet::Publish(publish) = &mut staged.packet {
                    let len = usize::try_from(*len).unwrap_or(usize::MAX);
                    publish.payload.resize(len.max(publish.payload.len()), b'x');
                }
            }
            _ => {}
        }
        if bytes.is_empty() {
            staged.encode(&mut bytes);
        }
        if let Some((span, overtaken)) = fault.and_then(Fault::keeps_back) {
            self.hold(now, span, overtaken, bytes);
            return;
        }
        self.bytes.extend_from_slice(&bytes);
        if fault == Some(&Fault::Duplicate) {
            self.bytes.extend_from_slice(&bytes);
        }
        self.let_go(|held| held.overtaken);
    }

    fn hold(&mut self, now: Instant, span: Duration, overtaken: bool, bytes: Vec<u8>) {
        self.held.push(Held {
            until: now + span,
            overtaken,
            bytes,
        });
    }

    /// Writes what was kept back until now.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.let_go(|held| held.until <= now);
    }

    /// When something kept back is to be written.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.held.iter().map(|held| held.until).min()
    }

    fn let_go(&mut self, which: impl Fn(&Held) -> bool) {
        for held in self.held.extract_if(.., |held| which(held)) {
            self.bytes.extend_from_slice(&held.bytes);
        }
    }

    /// Bytes not transmitted yet, if any.
    pub(crate) fn peek(&self) -> Option<&[u8]> {
        self.bytes.get(self.sent..).filter(|rest| !rest.is_empty())
    }

    /// Whether nothing is left but what a fault keeps back.
    pub(crate) fn is_written(&self) -> bool {
        self.peek().is_none() && self.staged.is_empty()
    }

    /// Number of bytes not transmitted yet.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len().saturating_sub(self.sent)
    }

    /// Forgets the first `len` bytes of [`Self::peek`].
    pub(crate) fn transmitted(&mut self, len: usize) {
        self.sent = self.sent.saturating_add(len).min(self.bytes.len());
        // Moving the rest down only when it is the smaller part keeps the cost linear.
        if self.sent >= self.bytes.len() - self.sent {
            self.bytes.drain(..self.sent);
            self.sent = 0;
        }
    }

    /// Forgets what is not yet written.
    pub(crate) fn discard_unwritten(&mut self) {
        self.staged.clear();
        self.held.clear();
    }

    /// Forgets everything.
    pub(crate) fn discard(&mut self) {
        *self = Self::new(self.staging);
    }
}

impl Staged {
    fn encode(&self, out: &mut Vec<u8>) {
        let encoded = self.packet.encode(self.level, out);
        debug_assert_eq!(encoded, Ok(()));
        let Some(code) = self.code else {
            return;
        };
        let codes = match &self.packet {
            Packet::SubAck(ack) => ack.codes.len(),
            _ => 1,
        };
        for byte in out.iter_mut().rev().take(codes) {
            *byte = code;
        }
    }
}

/// Gives a packet the identifier after its own.
fn renumber(packet: &mut Packet) {
    match packet {
        Packet::Publish(publish) => match &mut publish.delivery {
            Delivery::AtMostOnce => {}
            Delivery::AtLeastOnce { id, .. } | Delivery::ExactlyOnce { id, .. } => *id = id.next(),
        },
        Packet::SubAck(ack) => ack.id = ack.id.next(),
        Packet::PubAck(id)
        | Packet::PubRec(id)
        | Packet::PubRel { id, .. }
        | Packet::PubComp(id)
        | Packet::UnsubAck(id) => *id = id.next(),
        _ => {}
    }
}
