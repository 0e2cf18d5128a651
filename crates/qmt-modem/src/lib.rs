#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "runner"), no_std)]
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

extern crate alloc;

mod aliauth;
mod boot;
mod config;
mod console;
mod data_mode;
mod events;
mod execute;
mod link;
mod modem;
mod mqtt;
mod network;
mod operations;
mod output;
mod quirks;
#[cfg(feature = "runner")]
#[cfg_attr(docsrs, doc(cfg(feature = "runner")))]
pub mod runner;
mod settings;
mod system;

pub use config::{BootTimes, ModemConfig};
pub use modem::Modem;
pub use network::{ConnectFailure, NetworkEvent, NetworkRequest};
pub use quirks::{
    CloseAfterDisc, DataTimeoutResult, EscResult, HexLen, Occupied, Oversize, Prompt, Quirks,
    ResultOrder, SubValues, UrcInData,
};
