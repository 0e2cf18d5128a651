//! What the benchmarks share: the workloads, how they are delivered, who receives them, and how
//! what was received is scored.
//!
//! The workloads are made from seeds, byte for byte the same on every machine; a test holds them
//! to their SHA-256. Without the feature `host` only the receivers are left, for microcontrollers.
//! Nothing here is published.

#![cfg_attr(not(feature = "host"), no_std)]
#![expect(
    clippy::exhaustive_enums,
    reason = "unpublished: whoever matches is in this crate"
)]

mod event;
#[cfg(feature = "peers-embedded")]
#[cfg_attr(
    not(feature = "peers"),
    expect(
        dead_code,
        reason = "of each peer one receiver is for microcontrollers"
    )
)]
pub mod peers;
mod receiver;

pub use event::{Event, Mark};
pub use receiver::{Inbox, Ours, Receiver, all_hex};

#[cfg(feature = "host")]
mod client;
#[cfg(feature = "host")]
mod correctness;
#[cfg(feature = "host")]
mod delivery;
#[cfg(feature = "host")]
mod dialogue;
#[cfg(feature = "host")]
mod paced;
#[cfg(feature = "host")]
mod process;
#[cfg(feature = "host")]
mod rng;
#[cfg(feature = "host")]
mod score;
#[cfg(feature = "host")]
mod session;
#[cfg(feature = "host")]
mod valgrind;
#[cfg(feature = "host")]
mod workload;

#[cfg(feature = "host")]
pub use {
    client::ClientReceiver,
    correctness::{Row, ours, score},
    delivery::Delivery,
    dialogue::{Bare, Module, Script, Simulated, Talk},
    paced::{Exchanged, PacedModule},
    process::cpu_ms,
    rng::Rng,
    score::Score,
    session::SessionReceiver,
    valgrind::{allocations, count},
    workload::{Encode, Encoded, Workload, exact_filters, hostile_topics},
};
