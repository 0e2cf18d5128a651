//! A small MQTT 3.1 and 3.1.1 loopback broker for tests, demos and simulation.
//!
//! **Not a production broker**: no TLS, no persistence, no access control worth the name, and
//! routing compares each message with every subscription.
//!
//! [`Broker`] is sans-IO: connections and bytes go in through `handle_*`, bytes and events come
//! out through `poll_*`, and time is an argument. It does QoS 0 to 2 both ways, retained
//! messages, wills, wildcards, clean and kept sessions, keep-alive and takeover, in bounded
//! memory ([`Limits`]). Where the specification leaves a choice it does as mosquitto 2.0.11 does.
//! On command it does things wrong ([`FaultRule`]): refusals, lost, late, doubled, reordered and
//! foreign acknowledgements, closed and silent connections.
//!
//! ```
//! use qmt_broker::{Broker, Config, Instant};
//!
//! let mut broker = Broker::new(Config::default());
//! let now = Instant::from_millis(0);
//! let client = broker.handle_open(now)?;
//! broker.handle_input(now, client, b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01c");
//! assert_eq!(broker.poll_transmit(client), Some(&b"\x20\x02\x00\x00"[..]));
//! # Ok::<(), qmt_broker::OpenError>(())
//! ```
//!
//! # Features
//! `runner`: the broker behind a TCP socket, on tokio.

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

mod broker;
mod config;
mod connection;
mod event;
mod fault;
mod faults;
mod instant;
mod message;
mod output;
#[cfg(feature = "runner")]
mod runner;
mod session;

pub use broker::{Broker, OpenError};
pub use config::{Config, Limits};
pub use connection::ConnectionId;
pub use event::{Cause, Counters, Event};
pub use fault::{Fault, FaultRule, FaultRuleError, Occurrence};
pub use instant::Instant;
pub use message::Message;
#[cfg(feature = "runner")]
#[cfg_attr(docsrs, doc(cfg(feature = "runner")))]
pub use runner::{Observer, Server};
