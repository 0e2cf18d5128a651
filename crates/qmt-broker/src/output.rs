//! Bytes on their way to one peer.

use alloc::vec::Vec;

use qmt_mqtt::{Level, Packet};

/// Encoded packets that wait to be transmitted. Every packet the broker sends passes [`Self::push`].
#[derive(Debug, Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    /// `0 <= sent <= bytes.len()`; moved on by `transmitted`.
    sent: usize,
}

impl Output {
    /// Appends a packet.
    pub(crate) fn push(&mut self, packet: &Packet, level: Level) {
        let encoded = packet.encode(level, &mut self.bytes);
        // Topics and payloads passed the decoder, and the rest is small: they fit.
        debug_assert_eq!(encoded, Ok(()));
    }

    /// Bytes not transmitted yet, if any.
    pub(crate) fn peek(&self) -> Option<&[u8]> {
        self.bytes.get(self.sent..).filter(|rest| !rest.is_empty())
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

    /// Forgets everything.
    pub(crate) fn discard(&mut self) {
        *self = Self::default();
    }
}
