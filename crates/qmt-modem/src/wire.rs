//! A serial line between a host and a modem: its speed, its delays and what damages its bytes.

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use qmt_proto::Instant;

use crate::fault::{Direction, FaultCounts, Place, Plan, Schedule};

mod damage;
mod lane;
#[cfg(test)]
mod tests;

use damage::Damage;
use lane::Lane;

/// Bits on the line for a byte: start, eight of data, stop (8N1; FACTS §2.1).
const BITS_PER_BYTE: u64 = 10;

/// A serial line, sans-IO. Between a host and a [`Modem`](crate::Modem) it takes what one side
/// sends and gives it to the other when and as it arrives.
///
/// ```
/// use qmt_modem::{Arrival, Direction, Fault, FaultKind, Plan, Trigger, Wire, WireConfig};
/// use qmt_proto::Instant;
///
/// let mut config = WireConfig::default();
/// config.baud = Some(9_600);
/// config.plans.push(Plan::once(Fault::new(FaultKind::Drop), Trigger::Byte(2)));
/// let mut wire = Wire::new(&config);
/// wire.handle_sent(Instant::ZERO, Direction::FromHost, b"AT\r");
/// // Three bytes of ten bits at 9600 bit/s, of which the second gets lost.
/// let end = Instant::from_millis(4);
/// assert_eq!(wire.poll_arrived(end, Direction::FromHost), Some(Arrival::Bytes(b"A\r")));
/// ```
pub struct Wire {
    lanes: [Lane; 2],
    schedule: Schedule,
    damage: [Damage; 2],
}

/// How a [`Wire`] is built. The default is a line without faults that takes no time.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the caller sets it up")]
pub struct WireConfig {
    /// What goes wrong. Plans for other places than [`Place::Line`] are none of the line's.
    pub plans: Vec<Plan>,
    /// What chance follows from.
    pub seed: u64,
    /// Bit/s; `None` for a line that takes no time.
    pub baud: Option<u32>,
    /// How much longer every byte takes.
    pub latency: Duration,
}

/// What arrives at an end of a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a receiver has nothing else to tell"
)]
pub enum Arrival<'a> {
    /// Bytes, at least one.
    Bytes(&'a [u8]),
    /// The receiver found the line in error.
    Error(LineError),
}

/// What a UART finds wrong with its line.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "what a UART can tell")]
pub enum LineError {
    /// Bytes came faster than they were read.
    Overrun,
    /// A byte had no stop bit.
    Framing,
    /// A byte had the wrong parity.
    Parity,
    /// The line was held low.
    Break,
}

impl Wire {
    /// A line on which nothing has been sent.
    #[must_use]
    pub fn new(config: &WireConfig) -> Self {
        let byte_us = config.baud.map_or(0, |baud| {
            (BITS_PER_BYTE * 1_000_000).div_ceil(u64::from(baud.max(1)))
        });
        let ours = config.plans.iter().copied();
        let ours: Vec<Plan> = ours
            .filter(|plan| plan.fault.kind().place() == Place::Line)
            .collect();
        Self {
            lanes: [(); 2].map(|()| Lane::new(byte_us, config.latency)),
            schedule: Schedule::new(&ours, config.seed),
            damage: Default::default(),
        }
    }

    /// Plans one more fault, if it is the line's.
    pub fn plan(&mut self, plan: Plan) {
        if plan.fault.kind().place() == Place::Line {
            self.schedule.add(plan);
        }
    }

    /// One side has sent `bytes`.
    pub fn handle_sent(&mut self, now: Instant, direction: Direction, bytes: &[u8]) {
        self.schedule.handle_time(now);
        let index = direction.index();
        let Some(lane) = self.lanes.get_mut(index) else {
            return;
        };
        let Some(damage) = self.damage.get_mut(index) else {
            return;
        };
        for &byte in bytes {
            self.schedule.handle_byte(direction);
            if direction == Direction::FromHost && byte == b'\r' {
                self.schedule.handle_command();
            }
            damage.carry(now, direction, byte, lane, &mut self.schedule);
        }
    }

    /// What has arrived at the end of the line by now; the same again until it is
    /// [taken](Self::handle_taken).
    pub fn poll_arrived(&mut self, now: Instant, direction: Direction) -> Option<Arrival<'_>> {
        self.lanes.get_mut(direction.index())?.poll_arrived(now)
    }

    /// The first `len` bytes of what has arrived were taken, or the error was.
    pub fn handle_taken(&mut self, direction: Direction, len: usize) {
        if let Some(lane) = self.lanes.get_mut(direction.index()) {
            lane.handle_taken(len);
        }
    }

    /// How many bytes are under way or have not been taken. A sender that waits while these are
    /// many sends no faster than the line.
    #[must_use]
    pub fn waiting(&self, direction: Direction) -> usize {
        self.lanes.get(direction.index()).map_or(0, Lane::waiting)
    }

    /// When the next byte arrives, on either end.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.lanes.iter().filter_map(Lane::poll_timeout).min()
    }

    /// When the next byte arrives on one end; what has arrived and was not taken is not waited for.
    #[must_use]
    pub fn next_arrival(&self, direction: Direction) -> Option<Instant> {
        self.lanes
            .get(direction.index())
            .and_then(Lane::poll_timeout)
    }

    /// How often each fault was done.
    #[must_use]
    pub const fn faults(&self) -> &FaultCounts {
        self.schedule.counts()
    }
}

/// Shows how much is under way, not what: commands hold secrets.
impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("from_host", &self.waiting(Direction::FromHost))
            .field("to_host", &self.waiting(Direction::ToHost))
            .finish_non_exhaustive()
    }
}
