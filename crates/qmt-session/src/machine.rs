//! The shape all machines of this crate have, for the adapters that run them.

use qmt_proto::Instant;

use crate::LineError;

/// A machine that is told what happened and asked what to do next.
///
/// The loop of every adapter: hand in what happened, take all events, write what
/// [`poll_transmit`](Self::poll_transmit) gives, sleep until bytes come or
/// [`poll_timeout`](Self::poll_timeout) is due. `now` never runs backwards.
pub trait Machine {
    /// Bytes came from the module. Returns how many were taken: at least one unless an event
    /// waits to be polled; hand in the rest after polling.
    fn handle_input(&mut self, now: Instant, bytes: &[u8]) -> usize;

    /// The line lost or damaged bytes.
    fn handle_line_error(&mut self, now: Instant, error: LineError);

    /// The first `len` bytes of [`poll_transmit`](Self::poll_transmit) are on the line.
    fn handle_transmitted(&mut self, now: Instant, len: usize);

    /// Time has passed. Early and late calls are harmless.
    fn handle_timeout(&mut self, now: Instant);

    /// What is to be written, possibly nothing. Peeks: the bytes stay until
    /// [`handle_transmitted`](Self::handle_transmitted), so a cancelled or partial write loses
    /// nothing. May change after every call of another method.
    #[must_use]
    fn poll_transmit(&self) -> &[u8];

    /// When [`handle_timeout`](Self::handle_timeout) is due.
    #[must_use]
    fn poll_timeout(&self) -> Option<Instant>;
}
