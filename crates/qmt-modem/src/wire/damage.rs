//! What the faults of a line do to its bytes.

use core::time::Duration;

use qmt_proto::Instant;

use super::LineError;
use super::lane::{Item, Lane};
use crate::fault::{Dice, Direction, Fault, FaultKind, Place, Schedule};

/// Damage of one direction that goes on over several bytes.
#[derive(Debug, Default)]
pub(super) struct Damage {
    /// Bytes that are still to be lost.
    losing: u64,
    /// Bytes that are still to arrive garbled.
    garbling: u64,
}

impl Damage {
    /// Carries one byte, as whole as it gets.
    pub(super) fn carry(
        &mut self,
        now: Instant,
        direction: Direction,
        byte: u8,
        lane: &mut Lane,
        schedule: &mut Schedule,
    ) {
        if self.losing == 0
            && self.garbling == 0
            && let Some(fault) = schedule.strike(direction, |kind| kind.place() == Place::Line)
        {
            self.strike(now, fault, byte, lane, schedule.dice(direction));
        } else {
            self.put(now, byte, lane, schedule.dice(direction));
        }
    }

    fn strike(&mut self, now: Instant, fault: Fault, byte: u8, lane: &mut Lane, dice: &mut Dice) {
        let value = fault.value();
        match fault.kind() {
            FaultKind::Drop => self.losing = value,
            FaultKind::Overrun => {
                lane.put(now, Item::Error(LineError::Overrun));
                self.losing = value;
            }
            FaultKind::Framing => return lane.put(now, Item::Error(LineError::Framing)),
            FaultKind::Parity => return lane.put(now, Item::Error(LineError::Parity)),
            FaultKind::Break => lane.put(now, Item::Error(LineError::Break)),
            FaultKind::WrongBaud => self.garbling = value,
            FaultKind::Stall => lane.stall(now, Duration::from_millis(value)),
            FaultKind::Latency => lane.slow_down(Duration::from_millis(value)),
            FaultKind::Duplicate => {
                for _ in 0..value {
                    lane.put(now, Item::Byte(byte));
                }
            }
            FaultKind::Insert => {
                let other = u8::try_from(value).unwrap_or_else(|_| dice.byte());
                lane.put(now, Item::Byte(other));
            }
            FaultKind::Noise => {
                for _ in 0..value {
                    let noise = dice.byte();
                    lane.put(now, Item::Byte(noise));
                }
            }
            FaultKind::Flip => {
                let bit = match value {
                    0..=7 => value,
                    _ => dice.roll() % 8,
                };
                return lane.put(now, Item::Byte(byte ^ 1 << bit));
            }
            _ => {}
        }
        self.put(now, byte, lane, dice);
    }

    /// Puts a byte on the line, unless it is to be lost or garbled.
    fn put(&mut self, now: Instant, byte: u8, lane: &mut Lane, dice: &mut Dice) {
        if self.losing > 0 {
            self.losing -= 1;
            lane.skip(now);
        } else if self.garbling > 0 {
            self.garbling -= 1;
            let garbled = if dice.happens(500_000) { 0x00 } else { 0xFF };
            lane.put(now, Item::Byte(garbled));
        } else {
            lane.put(now, Item::Byte(byte));
        }
    }
}
