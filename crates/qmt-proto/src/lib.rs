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

pub use at_syntax::Violation;

mod codes;
mod command;
mod dialect;
mod error;
#[cfg(any(feature = "defmt", feature = "serde"))]
mod features;
pub mod hex;
mod ids;
pub mod limits;
mod name;
mod report;
mod response;
mod section;
mod text;
mod time;

pub use codes::{
    CloseResult, CmeCode, ConnectCode, ConnectionState, DisconnectResult, Granted, LinkLossCode,
    OpenResult, PacketResult,
};
pub use command::{
    AliAuth, Body, Command, Config, ConfigOption, Connect, Credentials, DataFormat, ErrorFormat,
    Few, Inline, KeepAlive, MqttVersion, Open, PacketTimeout, PayloadLen, Publish,
    RegistrationReports, Setting, SleepMode, Subscribe, Subscription, TimeoutUpdate, TooMany,
    Unsubscribe, Will,
};
pub use dialect::{RequestDialect, ResponseDialect};
pub use error::{DecodeError, HexError, Parameter, TextError, TextErrorKind};
pub use ids::{Delivery, LinkId, MsgId, Qos};
pub use name::Name;
pub use report::{Answer, Expect, Notice, Payload, Received, Registration, Report, Values};
pub use response::{FinalResult, Response};
pub use text::{
    ClientId, DeviceName, DeviceSecret, Filter, Host, Password, ProductKey, Topic, Username,
    WillMessage,
};
pub use time::Instant;
