//! Packet types and who may send them.

use core::fmt;

use crate::{Level, MqttError, Role};

/// Type of a packet (MQTT 3.1.1 §2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "closed by MQTT 3.1.1 §2.2.1")]
#[expect(missing_docs, reason = "each names the variant of Packet")]
pub enum PacketKind {
    Connect,
    ConnAck,
    Publish,
    PubAck,
    PubRec,
    PubRel,
    PubComp,
    Subscribe,
    SubAck,
    Unsubscribe,
    UnsubAck,
    PingReq,
    PingResp,
    Disconnect,
}

impl PacketKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::Connect,
        Self::ConnAck,
        Self::Publish,
        Self::PubAck,
        Self::PubRec,
        Self::PubRel,
        Self::PubComp,
        Self::Subscribe,
        Self::SubAck,
        Self::Unsubscribe,
        Self::UnsubAck,
        Self::PingReq,
        Self::PingResp,
        Self::Disconnect,
    ];

    /// Reads the type from the first byte of a frame.
    pub(super) const fn of(first: u8) -> Result<Self, MqttError> {
        Ok(match first >> 4 {
            1 => Self::Connect,
            2 => Self::ConnAck,
            3 => Self::Publish,
            4 => Self::PubAck,
            5 => Self::PubRec,
            6 => Self::PubRel,
            7 => Self::PubComp,
            8 => Self::Subscribe,
            9 => Self::SubAck,
            10 => Self::Unsubscribe,
            11 => Self::UnsubAck,
            12 => Self::PingReq,
            13 => Self::PingResp,
            14 => Self::Disconnect,
            _ => return Err(MqttError::Reserved { first }),
        })
    }

    /// The only end that may send such a packet; `None` when both may.
    #[must_use]
    pub const fn sender(self) -> Option<Role> {
        match self {
            Self::Publish | Self::PubAck | Self::PubRec | Self::PubRel | Self::PubComp => None,
            Self::ConnAck | Self::SubAck | Self::UnsubAck | Self::PingResp => Some(Role::Broker),
            Self::Connect
            | Self::Subscribe
            | Self::Unsubscribe
            | Self::PingReq
            | Self::Disconnect => Some(Role::Client),
        }
    }

    /// DUP beside PUBLISH: MQTT 3.1 §3.6, §3.8 and §3.10; gone with MQTT 3.1.1 §2.2.2.
    pub(super) const fn may_repeat(self, level: Level) -> bool {
        matches!(level, Level::V31)
            && matches!(self, Self::PubRel | Self::Subscribe | Self::Unsubscribe)
    }
}

impl fmt::Display for PacketKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "CONNECT",
            Self::ConnAck => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::PubAck => "PUBACK",
            Self::PubRec => "PUBREC",
            Self::PubRel => "PUBREL",
            Self::PubComp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::SubAck => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::UnsubAck => "UNSUBACK",
            Self::PingReq => "PINGREQ",
            Self::PingResp => "PINGRESP",
            Self::Disconnect => "DISCONNECT",
        })
    }
}
