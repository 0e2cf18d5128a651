//! Every single-byte fault of the canonical dialogue (must-show 3, M3): each byte lost, doubled,
//! with each bit flipped, with every other byte before it, and the module reset in front of it.
//!
//! A serial line has no checksum, so some changes spell another valid line: they cannot be seen,
//! and what is told then is not true. All of those are in a committed list, and nothing else may
//! be told wrongly.

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;

use crate::dialogue::{self, Passage, Wrapping};
use crate::{Act, Change, Memory, Side, Told, WorldIn};

mod list;
mod place;

pub use list::{Effects, HEADING, parse};
pub use place::{Place, Places};

/// No wait of the application may be longer, whatever the fault. The longest is for the lost
/// result of QMTOPEN: 176 s (QMT §3.3.2) and the session's margin of 5 s, then a wait of a second
/// before the link is opened again, and the dialogue up to the subscription.
pub const BOUND: Duration = Duration::from_secs(176 + 5 + 1 + 3);

/// Faults at each byte.
pub const KINDS: u64 = 2 + 8 + 1 + 256;

/// One fault.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "not published")]
pub struct Fault {
    /// Whose end of the line hears it.
    pub side: Side,
    /// The number of the byte it happens to, or in front of.
    pub at: u64,
    /// What happens.
    pub kind: Kind,
}

/// What can happen to, or in front of, a byte.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Kind {
    /// The line changes it.
    Change(Change),
    /// The module is reset.
    Reset,
}

/// How a dialogue with one fault ended.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "not published")]
pub struct Verdict {
    /// What did not happen in time, or a panic.
    pub failed: Option<String>,
    /// The promises that were not kept.
    pub broken: Vec<&'static str>,
    /// The longest wait of the application.
    pub longest_wait: Duration,
}

impl Fault {
    /// The fault with a number below [`total`], each once.
    pub fn numbered(passage: &Passage, number: u64) -> Self {
        let (byte, kind) = (number / KINDS, number % KINDS);
        let (side, at) = match byte.checked_sub(passage.to_module) {
            None => (Side::Module, byte),
            Some(at) => (Side::Host, at),
        };
        let kind = match kind {
            0 => Kind::Change(Change::Drop),
            1 => Kind::Change(Change::Duplicate),
            2 => Kind::Reset,
            3..=10 => Kind::Change(Change::Flip((kind - 3) as u8)),
            _ => Kind::Change(Change::Insert((kind - 11) as u8)),
        };
        Self { side, at, kind }
    }
}

/// The number of faults.
pub const fn total(passage: &Passage) -> u64 {
    (passage.to_module + passage.to_host) * KINDS
}

/// The dialogue without a fault, and where its bytes stand.
///
/// # Panics
/// When it does not come to its end.
pub fn baseline(wrapping: Wrapping) -> (Passage, Places) {
    let mut memory = Memory::new(1);
    let mut world = WorldIn::within(dialogue::world_config(), &mut memory);
    let passage = dialogue::run_wrapped(&mut world, BOUND, wrapping).expect("nothing is wrong");
    world.oracle.assert_kept();
    let places = Places::of(&world, &passage, wrapping);
    (passage, places)
}

/// The world of a dialogue with one fault, before its beginning.
pub fn world(fault: Fault, memory: &mut Memory) -> WorldIn<'_> {
    let mut world = WorldIn::within(dialogue::world_config(), memory);
    match (fault.kind, fault.side) {
        (Kind::Change(change), Side::Module) => world.to_module.damage(fault.at, change),
        (Kind::Change(change), Side::Host) => world.to_host.damage(fault.at, change),
        (Kind::Reset, side) => world.trigger(side, fault.at, Act::ResetModule),
    }
    world
}

/// Runs the dialogue with one fault.
///
/// With [`Wrapping::Sealed`] the only promise is the one that a serial line without a checksum can
/// keep: no damaged payload passes for a message, at the application or at the broker (G14).
pub fn run(fault: Fault, wrapping: Wrapping, memory: &mut Memory) -> Verdict {
    let mut verdict = Verdict {
        failed: None,
        broken: Vec::new(),
        longest_wait: Duration::ZERO,
    };
    let result = catch_unwind(AssertUnwindSafe(|| {
        let mut world = world(fault, memory);
        let passage = dialogue::run_wrapped(&mut world, BOUND, wrapping);
        world.oracle.at_rest();
        let broken = match wrapping {
            Wrapping::Bare => {
                let broken = world.oracle.broken().iter();
                broken.map(|broken| broken.promise).collect()
            }
            Wrapping::Sealed => damage_that_passes(&world),
        };
        (passage, broken)
    }));
    match result {
        Ok((passage, broken)) => {
            verdict.broken = broken;
            match passage {
                Ok(passage) => verdict.longest_wait = passage.longest_wait,
                Err(stuck) => verdict.failed = Some(stuck.0.to_owned()),
            }
        }
        Err(_) => verdict.failed = Some("panic".to_owned()),
    }
    verdict.broken.sort_unstable();
    verdict.broken.dedup();
    verdict
}

/// Damaged payloads that passed for messages.
fn damage_that_passes(world: &WorldIn<'_>) -> Vec<&'static str> {
    let received = world.told.iter().filter_map(|told| match told {
        Told::Message { topic, payload, .. } => Some((&topic[..], &payload[..])),
        _ => None,
    });
    let passes = |(topic, payload): (&[u8], &[u8])| dialogue::is_damaged_and_passes(topic, payload);
    let at_host = received.into_iter().any(passes);
    let at_broker = world.oracle.at_broker().any(passes);
    let broken = [
        at_host.then_some("damage passes at the host"),
        at_broker.then_some("damage passes at the broker"),
    ];
    broken.into_iter().flatten().collect()
}
