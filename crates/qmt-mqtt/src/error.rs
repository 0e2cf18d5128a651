//! What can be wrong with bytes from a peer, and with a packet to send.

use core::fmt;

use crate::{PacketKind, TopicError};

/// Why bytes from a peer were refused. The connection is to be closed (MQTT 3.1.1 §4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MqttError {
    /// The fourth length byte announces a fifth (MQTT 3.1.1 §2.2.3).
    LengthUnending,
    /// The remaining length is over the receiver's limit; nothing of it was buffered.
    TooLong {
        /// Remaining length announced, in bytes.
        remaining: u32,
        /// What the receiver takes, in bytes.
        limit: u32,
    },
    /// The frame ends before its content does.
    Truncated,
    /// The content ends before the frame does.
    LeftOver {
        /// Bytes that belong to nothing.
        unread: u32,
    },
    /// Packet type 0 or 15, reserved (MQTT 3.1.1 §2.2.1).
    Reserved {
        /// First byte of the frame.
        first: u8,
    },
    /// Flag bits of the fixed header are not what the type asks for (MQTT 3.1.1 §2.2.2).
    HeaderFlags {
        /// First byte of the frame.
        first: u8,
    },
    /// This end never receives such a packet.
    Direction {
        /// What came.
        kind: PacketKind,
    },
    /// A packet other than CONNECT came first (MQTT 3.1.1 §3.1.0-1).
    BeforeConnect {
        /// What came.
        kind: PacketKind,
    },
    /// A second CONNECT on one connection (MQTT 3.1.1 §3.1.0-2).
    SecondConnect,
    /// A packet other than CONNACK came first (MQTT 3.1.1 §3.2.0-1).
    BeforeConnAck {
        /// What came.
        kind: PacketKind,
    },
    /// A second CONNACK on one connection.
    SecondConnAck,
    /// The protocol name is neither `MQTT` nor `MQIsdp` (MQTT 3.1.1 §3.1.2.1).
    ProtocolName,
    /// Name known, level not: the one CONNECT a broker answers, with code 1, before it closes
    /// (MQTT 3.1.1 §3.1.2.2).
    UnknownLevel {
        /// Level byte as it came.
        level: u8,
    },
    /// Connect flags contradict each other or set the reserved bit (MQTT 3.1.1 §3.1.2.3).
    ConnectFlags {
        /// Flag byte as it came.
        flags: u8,
    },
    /// Acknowledge flags other than 0 and 1 (MQTT 3.1.1 §3.2.2.1).
    ConnAckFlags {
        /// Flag byte as it came.
        flags: u8,
    },
    /// Reserved return code (MQTT 3.1.1 §3.2.2.3).
    ConnAckCode {
        /// Code as it came.
        code: u8,
    },
    /// Session present after a clean start or beside a refusal (MQTT 3.1.1 §3.2.2.2).
    SessionPresent,
    /// Packet identifier zero (MQTT 3.1.1 §2.3.1).
    PacketIdZero,
    /// No such quality of service, or no such SUBACK code.
    QoS {
        /// Value as it came.
        value: u8,
    },
    /// DUP on a QoS 0 publish at 3.1.1 (MQTT 3.1.1 §3.3.1.1).
    DupAtMostOnce,
    /// SUBSCRIBE or UNSUBSCRIBE without a filter, SUBACK without a code.
    NoTopics,
    /// A string is not UTF-8 (MQTT 3.1.1 §1.5.3).
    NotUtf8,
    /// A string holds U+0000 (MQTT 3.1.1 §1.5.3-2).
    Nul,
    /// A string holds a control character or a non-character, refused by [`crate::TextRule::Strict`].
    ControlCharacter,
    /// Topic name of a publish or a will.
    Topic(TopicError),
    /// Topic filter of a subscription.
    Filter(TopicError),
}

impl fmt::Display for MqttError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LengthUnending => f.write_str("remaining length has a fifth byte"),
            Self::TooLong { remaining, limit } => {
                write!(f, "remaining length {remaining} is over the limit {limit}")
            }
            Self::Truncated => f.write_str("frame ends before its content"),
            Self::LeftOver { unread } => write!(f, "{unread} bytes left over in the frame"),
            Self::Reserved { first } => write!(f, "reserved packet type, first byte {first:#04x}"),
            Self::HeaderFlags { first } => write!(f, "header flags, first byte {first:#04x}"),
            Self::Direction { kind } => write!(f, "{kind} in the wrong direction"),
            Self::BeforeConnect { kind } => write!(f, "{kind} before CONNECT"),
            Self::SecondConnect => f.write_str("second CONNECT"),
            Self::BeforeConnAck { kind } => write!(f, "{kind} before CONNACK"),
            Self::SecondConnAck => f.write_str("second CONNACK"),
            Self::ProtocolName => f.write_str("unknown protocol name"),
            Self::UnknownLevel { level } => write!(f, "unknown protocol level {level}"),
            Self::ConnectFlags { flags } => write!(f, "connect flags {flags:#04x}"),
            Self::ConnAckFlags { flags } => write!(f, "acknowledge flags {flags:#04x}"),
            Self::ConnAckCode { code } => write!(f, "reserved CONNACK code {code}"),
            Self::SessionPresent => f.write_str("session present where there can be none"),
            Self::PacketIdZero => f.write_str("packet identifier zero"),
            Self::QoS { value } => write!(f, "no quality of service {value}"),
            Self::DupAtMostOnce => f.write_str("DUP on a QoS 0 publish"),
            Self::NoTopics => f.write_str("empty list of topics"),
            Self::NotUtf8 => f.write_str("string is not UTF-8"),
            Self::Nul => f.write_str("string holds U+0000"),
            Self::ControlCharacter => f.write_str("string holds a control character"),
            Self::Topic(error) => write!(f, "topic name: {error}"),
            Self::Filter(error) => write!(f, "topic filter: {error}"),
        }
    }
}

impl core::error::Error for MqttError {}

/// Why a packet cannot be sent: a mistake of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// A string or binary field over 65535 bytes (MQTT 3.1.1 §1.5.3).
    FieldTooLong,
    /// The whole packet is over 268435455 bytes of remaining length (MQTT 3.1.1 §2.2.3).
    PacketTooLong,
    /// A client identifier or user name holds U+0000.
    Nul,
    /// A password without a user name, which 3.1.1 forbids (MQTT 3.1.1 §3.1.2.9).
    PasswordWithoutUsername,
    /// DUP on SUBSCRIBE, UNSUBSCRIBE or PUBREL at 3.1.1 (MQTT 3.1.1 §2.2.2).
    DupAtThisLevel,
    /// SUBSCRIBE or UNSUBSCRIBE without a filter, SUBACK without a code.
    NoTopics,
    /// Session present beside a refusal, or at 3.1, which has no such flag.
    SessionPresent,
    /// Topic name of a publish or a will.
    Topic(TopicError),
    /// Topic filter of a subscription.
    Filter(TopicError),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldTooLong => f.write_str("field over 65535 bytes"),
            Self::PacketTooLong => f.write_str("packet over 268435455 bytes"),
            Self::Nul => f.write_str("string holds U+0000"),
            Self::PasswordWithoutUsername => f.write_str("password without a user name"),
            Self::DupAtThisLevel => f.write_str("DUP is for PUBLISH only at 3.1.1"),
            Self::NoTopics => f.write_str("empty list of topics"),
            Self::SessionPresent => f.write_str("session present where there can be none"),
            Self::Topic(error) => write!(f, "topic name: {error}"),
            Self::Filter(error) => write!(f, "topic filter: {error}"),
        }
    }
}

impl core::error::Error for EncodeError {}
