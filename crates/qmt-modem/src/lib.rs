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
mod control;
mod data_mode;
mod events;
mod execute;
mod fault;
mod hole;
mod journal;
mod link;
mod modem;
mod mqtt;
mod neighbour;
mod network;
mod operations;
mod output;
mod quirks;
mod registration;
mod render;
#[cfg(feature = "runner")]
#[cfg_attr(docsrs, doc(cfg(feature = "runner")))]
pub mod runner;
mod settings;
mod sleep;
mod system;
mod usage;
mod wire;

pub use aliauth::{AliAuthStyle, AliCredentials};
pub use config::{BootTimes, ModemConfig};
pub use control::{LinkSnapshot, LinkState, PowerState, Snapshot};
pub use fault::{
    Direction, Fault, FaultCounts, FaultError, FaultKind, Parameter, Place, Plan, Trigger,
};
pub use journal::JournalEntry;
pub use modem::Modem;
pub use network::{ConnectFailure, NetworkEvent, NetworkRequest};
pub use quirks::{
    AliAuthSign, BadOpen, BootBanner, CloseAfterDisc, CloseUnopened, Cmee, ConfigAnswer, ConnCode,
    ConnectTimeout, DataModeDelay, DataTimeoutResult, EmptyQuery, EscResult, HexLen, InlineQuotes,
    LfBeforeData, NoticeForm, Occupied, OkAfterData, Oversize, PacketFailure, ParameterError,
    Profile, Prompt, PublishInFlight, Quirk, QuirkError, QuirkValue, Quirks, ResultOrder,
    ServerClose, SleepWords, SubValues, TopicsPerCommand, UnknownProfile, UrcFraming, UrcInData,
    WakeAnswer,
};
pub use usage::{Answers, Usage};
pub use wire::{Arrival, LineError, Wire, WireConfig};
