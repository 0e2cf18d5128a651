//! One direction of a line: bytes with the time at which they arrive.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use qmt_proto::Instant;

use super::{Arrival, LineError};

/// One direction.
pub(super) struct Lane {
    /// How long a byte takes, in microseconds.
    byte_us: u64,
    /// How much longer each byte takes, in microseconds.
    latency_us: u64,
    /// When the sender may put the next byte on the line, in microseconds.
    free_at: u64,
    /// What is under way, in order, with its time of arrival in microseconds.
    queue: VecDeque<(u64, Item)>,
    /// What has arrived and not been taken; at most one error, and then nothing else.
    arrived: Vec<u8>,
    error: Option<LineError>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Item {
    Byte(u8),
    Error(LineError),
}

impl Lane {
    pub(super) fn new(byte_us: u64, latency: Duration) -> Self {
        Self {
            byte_us,
            latency_us: micros(latency),
            free_at: 0,
            queue: VecDeque::new(),
            arrived: Vec::new(),
            error: None,
        }
    }

    /// Puts `item` on the line behind everything before it.
    pub(super) fn put(&mut self, now: Instant, item: Item) {
        let now = now.as_millis().saturating_mul(1_000);
        let took = match item {
            Item::Byte(_) => self.byte_us,
            Item::Error(_) => 0,
        };
        self.free_at = self.free_at.max(now).saturating_add(took);
        let arrives = self.free_at.saturating_add(self.latency_us);
        self.queue.push_back((arrives, item));
    }

    /// The line takes its time for a byte that will not arrive.
    pub(super) fn skip(&mut self, now: Instant) {
        let now = now.as_millis().saturating_mul(1_000);
        self.free_at = self.free_at.max(now).saturating_add(self.byte_us);
    }

    /// Nothing moves for `span`.
    pub(super) fn stall(&mut self, now: Instant, span: Duration) {
        let now = now.as_millis().saturating_mul(1_000);
        self.free_at = self.free_at.max(now).saturating_add(micros(span));
    }

    /// From now on every byte takes `span` longer.
    pub(super) fn slow_down(&mut self, span: Duration) {
        self.latency_us = self.latency_us.saturating_add(micros(span));
    }

    pub(super) fn poll_arrived(&mut self, now: Instant) -> Option<Arrival<'_>> {
        let now = now.as_millis().saturating_mul(1_000);
        while self.error.is_none()
            && let Some(&(at, item)) = self.queue.front()
            && at <= now
        {
            match item {
                Item::Byte(byte) => self.arrived.push(byte),
                // Behind bytes that have not been taken.
                Item::Error(_) if !self.arrived.is_empty() => break,
                Item::Error(error) => self.error = Some(error),
            }
            self.queue.pop_front();
        }
        match self.error {
            Some(error) => Some(Arrival::Error(error)),
            None if self.arrived.is_empty() => None,
            None => Some(Arrival::Bytes(&self.arrived)),
        }
    }

    pub(super) fn handle_taken(&mut self, len: usize) {
        if self.error.take().is_none() {
            let len = len.min(self.arrived.len());
            self.arrived.drain(..len);
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.arrived.len() + self.queue.len()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        // What has arrived is not waited for.
        let (at, _) = self.queue.front()?;
        Some(Instant::from_millis(at.div_ceil(1_000)))
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
