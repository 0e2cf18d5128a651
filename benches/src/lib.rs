//! What the benchmarks share: the workloads, how they are delivered, who receives them, and how
//! what was received is scored.
//!
//! The workloads are made from seeds, byte for byte the same on every machine; a test holds them
//! to their SHA-256. Nothing here is published.

#![expect(
    clippy::exhaustive_enums,
    reason = "unpublished: whoever matches is in this crate"
)]

mod callgrind;
mod client;
mod correctness;
mod delivery;
mod dialogue;
mod event;
mod paced;
#[cfg(feature = "peers")]
pub mod peers;
mod receiver;
mod rng;
mod score;
mod session;
mod workload;

pub use callgrind::count;
pub use client::ClientReceiver;
pub use correctness::{Row, ours};
pub use delivery::Delivery;
pub use dialogue::{Bare, Module, Script, Simulated, Talk};
pub use event::{Event, Mark};
pub use paced::{Exchanged, PacedModule};
pub use receiver::{Inbox, Ours, Receiver, all_hex};
pub use rng::Rng;
pub use score::Score;
pub use session::SessionReceiver;
pub use workload::{Encode, Encoded, Workload, exact_filters, hostile_topics};
