#![doc = include_str!("../README.md")]
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
pub use qmt_session as session;

mod clock;
mod driver;
mod envelopes;
mod error;
mod event;
mod events;
mod handle;
mod line;
mod link_config;
mod slots;
mod task;

pub use clock::TokioClock;
pub use driver::{Direction, DriveError, Driver, Tap};
pub use envelopes::Envelopes;
pub use error::{End, EnqueueRefusal, LinkError, PublishError, SubscriptionError};
pub use event::{Event, Log, MessageKey, OwnedMessage};
pub use events::Events;
pub use handle::{Handle, TaskConfig, spawn, spawn_on, spawn_with};
pub use line::{Line, LineSpec, LineSpecError, OpenError, open};
pub use link_config::{ConfigError, OwnedAliAuth, OwnedLinkConfig, OwnedPublish, OwnedWill};
pub use slots::{FileSlots, OutboxError, Slots};
