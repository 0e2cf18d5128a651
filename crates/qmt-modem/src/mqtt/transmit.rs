//! Bytes on their way to the wire.

use alloc::vec::Vec;
use core::fmt;

use qmt_proto::Instant;

/// Whole packets, peeked and committed, counted from the first byte of the connection.
pub(super) struct Transmit {
    /// What waits; `push` adds behind, `commit` takes off the front.
    waiting: Vec<u8>,
    /// Position of the first waiting byte in the stream of the connection.
    sent: u64,
    /// When a byte last left, or the first of `waiting` came; the opening of the connection before.
    moved_at: Instant,
}

impl Transmit {
    pub(super) const fn new() -> Self {
        Self {
            waiting: Vec::new(),
            sent: 0,
            moved_at: Instant::ZERO,
        }
    }

    /// Adds a packet; gives the position behind its last byte.
    pub(super) fn push(&mut self, now: Instant, packet: &[u8]) -> u64 {
        if self.waiting.is_empty() {
            self.moved_at = now;
        }
        self.waiting.extend_from_slice(packet);
        self.sent.saturating_add(self.waiting.len() as u64)
    }

    /// Takes `len` bytes off the front, or all there are.
    pub(super) fn commit(&mut self, now: Instant, len: usize) {
        let len = len.min(self.waiting.len());
        if len > 0 {
            self.waiting.drain(..len);
            self.sent = self.sent.saturating_add(len as u64);
            self.moved_at = now;
        }
    }

    /// Drops what waits.
    pub(super) fn abandon(&mut self) {
        self.waiting = Vec::new();
    }

    pub(super) fn waiting(&self) -> &[u8] {
        &self.waiting
    }

    /// Whether the packet that ends at `position` is wholly on the wire.
    pub(super) const fn has_left(&self, position: u64) -> bool {
        position <= self.sent
    }

    /// Since when nothing waits; `None` while something does.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        self.waiting.is_empty().then_some(self.moved_at)
    }

    /// Since when something waits and nothing moves; `None` while nothing waits.
    pub(super) fn stalled_since(&self) -> Option<Instant> {
        (!self.waiting.is_empty()).then_some(self.moved_at)
    }
}

/// Shows how much waits, not what: CONNECT carries the password.
impl fmt::Debug for Transmit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transmit")
            .field("waiting", &self.waiting.len())
            .field("sent", &self.sent)
            .field("moved_at", &self.moved_at)
            .finish()
    }
}
