//! MQTT 3.1 and 3.1.1 packets, `no_std` with `alloc`, no I/O and no clock.
//!
//! [`Splitter`] cuts a byte stream into frames, [`Packet`] is what a frame means, and
//! [`Receiver`] joins both with the checks that need the order of packets. Everything a peer
//! sends is untrusted: each error is typed and nothing panics.
//!
//! Level 3 is MQTT 3.1 (protocol name `MQIsdp`), level 4 is MQTT 3.1.1 (`MQTT`). The caller
//! chooses packet identifiers and sets DUP; nothing is generated here.
//!
//! ```
//! use qmt_mqtt::{Connect, Level, Packet, Receiver, Role};
//!
//! let mut wire = Vec::new();
//! Packet::Connect(Connect::new(Level::V31, "module")).encode(Level::V31, &mut wire)?;
//! assert_eq!(&wire[..10], b"\x10\x14\x00\x06MQIsdp");
//!
//! let mut receiver = Receiver::broker(65_536);
//! let mut input = wire.as_slice();
//! while let Some(packet) = receiver.next_packet(&mut input).expect("well formed") {
//!     assert_eq!(packet.sender(), Some(Role::Client));
//! }
//! assert_eq!(receiver.level(), Some(Level::V31));
//! # Ok::<(), qmt_mqtt::EncodeError>(())
//! ```

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

extern crate alloc;

mod error;
mod level;
mod packet;
mod packet_id;
mod qos;
mod receiver;
mod secret;
mod splitter;
mod topic;

pub use error::{EncodeError, MqttError};
pub use level::{Level, Role};
pub use packet::Packet;
pub use packet::connect::{ConnAck, ConnAckCode, Connect, Will};
pub use packet::kind::PacketKind;
pub use packet::publish::{Delivery, Publish};
pub use packet::subscribe::{SubAck, SubAckCode, Subscribe, Unsubscribe};
pub use packet_id::PacketId;
pub use qos::QoS;
pub use receiver::{Receiver, TextRule};
pub use secret::Secret;
pub use splitter::{MAX_REMAINING_LENGTH, Splitter};
pub use topic::{TopicError, check_filter, check_topic, matches};
