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

#[cfg(test)]
extern crate std;

/// The layer below, for the types in this crate's signatures.
pub use qmt_session as session;

pub mod blocking;
mod clock;
mod driver;
#[cfg(feature = "embassy-time")]
mod embassy;
mod error;
mod select;
#[cfg(test)]
mod testing;
mod transcript;

pub use clock::Clock;
pub use driver::Driver;
#[cfg(feature = "embassy-time")]
pub use embassy::EmbassyClock;
pub use error::DriveError;
