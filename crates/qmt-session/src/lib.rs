#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

/// The layer below, for the types in this crate's signatures.
pub use qmt_proto as proto;

mod buffers;
mod capabilities;
mod client;
mod config;
mod counters;
#[cfg(any(feature = "envelope", feature = "snapshot"))]
mod crc;
mod deferred;
mod dialogue;
mod echo;
#[cfg(feature = "envelope")]
#[cfg_attr(docsrs, doc(cfg(feature = "envelope")))]
pub mod envelope;
mod error;
mod event;
mod exchange;
mod footprint;
mod machine;
mod outcome;
mod per_link;
mod publish;
mod quarantine;
mod receive;
mod session;
mod soonest;
mod span;

pub use buffers::Buffers;
pub use capabilities::{Capabilities, PublishInFlight};
pub use client::{
    Client, ClientConfig, ClientError, ClientEvent, ConnectError, EnqueueError, IfUnknown,
    LinkConfig, LinkPhase, OutboxId, Outgoing, Phase, Refusal, Remedy, Rung, SubscribeError,
};
#[cfg(feature = "snapshot")]
#[cfg_attr(docsrs, doc(cfg(feature = "snapshot")))]
pub use client::{RestoreError, Restored, SNAPSHOT_OVERHEAD, Snapshot, SnapshotBufferFull};
pub use config::{PublishForm, SessionConfig};
pub use counters::Counters;
pub use error::SubmitError;
pub use event::{Event, LineError, Message, Ticket};
pub use machine::Machine;
pub use outcome::{Ack, Doubt, NotSent, Outcome, Rejection, Words};
pub use session::Session;
