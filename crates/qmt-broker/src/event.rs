//! What happened, for whoever watches the broker.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use qmt_mqtt::{ConnAckCode, Level, MqttError, PacketId, PacketKind, SubAckCode};

use crate::{ConnectionId, Fault, Message};

/// Something that happened in the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A client was let in.
    Connected {
        /// Its connection.
        connection: ConnectionId,
        /// Its identifier, made up by the broker if it sent none.
        client_id: String,
        /// Its protocol level.
        level: Level,
        /// A kept session was found.
        session_present: bool,
    },
    /// A connection ended, for this reason. Bytes may still be waiting to go out.
    Closed {
        /// Which.
        connection: ConnectionId,
        /// Why.
        cause: Cause,
    },
    /// A filter was answered.
    Subscribed {
        /// Who asked.
        connection: ConnectionId,
        /// The filter.
        filter: String,
        /// The answer.
        code: SubAckCode,
    },
    /// A filter was given up, held or not.
    Unsubscribed {
        /// Who asked.
        connection: ConnectionId,
        /// The filter.
        filter: String,
    },
    /// A message was accepted: QoS 0 and 1 when it came, QoS 2 at its PUBREL, a will when its
    /// client vanished.
    Published {
        /// Whose message.
        connection: ConnectionId,
        /// The message.
        message: Arc<Message>,
    },
    /// A message was not queued for a client whose queue is full.
    Dropped {
        /// Who misses it.
        client_id: String,
        /// The message.
        message: Arc<Message>,
    },
    /// The broker did something wrong, as told by [`crate::Config::faults`].
    Misbehaved {
        /// To whom.
        connection: ConnectionId,
        /// What.
        fault: Fault,
        /// The packet that came or was to be sent.
        packet: PacketKind,
    },
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The client sent DISCONNECT; its will is forgotten (MQTT 3.1.1 §3.14.4).
    Disconnected,
    /// The peer ended the stream without DISCONNECT.
    PeerClosed,
    /// Another connection came with the same client identifier (MQTT 3.1.1 §3.1.4-2).
    TakenOver,
    /// No CONNECT in time (MQTT 3.1.1 §3.1.4).
    ConnectTimeout,
    /// Nothing for one and a half keep-alive periods (MQTT 3.1.1 §3.1.2.10).
    KeepAlive,
    /// CONNECT was answered with this code.
    Refused(ConnAckCode),
    /// The bytes were no MQTT.
    Malformed(MqttError),
    /// An acknowledgement of the wrong kind for its message.
    UnexpectedAck {
        /// What came.
        kind: PacketKind,
        /// For which message.
        id: PacketId,
    },
    /// The same QoS 2 publish once too often, see [`crate::Config::identical_publishes`].
    Repeated {
        /// Its identifier.
        id: PacketId,
    },
    /// More QoS 2 messages without PUBREL than [`crate::Limits::held`].
    TooManyHeld,
    /// A will for a topic below `$CONTROL/`.
    ControlWill,
    /// By a fault: `connack`, `close` or `close-instead`.
    Misbehaved,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnected => f.write_str("client disconnected"),
            Self::PeerClosed => f.write_str("peer closed the stream"),
            Self::TakenOver => f.write_str("taken over by the same client identifier"),
            Self::ConnectTimeout => f.write_str("no CONNECT in time"),
            Self::KeepAlive => f.write_str("keep-alive ran out"),
            Self::Refused(code) => write!(f, "refused with CONNACK {}", code.number()),
            Self::Malformed(error) => write!(f, "malformed: {error}"),
            Self::UnexpectedAck { kind, id } => write!(f, "unexpected {kind} for message {id}"),
            Self::Repeated { id } => write!(f, "message {id} repeated too often"),
            Self::TooManyHeld => f.write_str("too many messages without PUBREL"),
            Self::ControlWill => f.write_str("will for a $CONTROL topic"),
            Self::Misbehaved => f.write_str("closed by a fault"),
        }
    }
}

/// What a broker counted since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Messages accepted from clients, wills included.
    pub published: u64,
    /// Messages written to subscribers, repetitions not counted.
    pub sent: u64,
    /// Messages and PUBRELs written again after a reconnect.
    pub resent: u64,
    /// Messages not queued because a queue was full.
    pub dropped: u64,
    /// Retained messages not kept because there were too many.
    pub not_retained: u64,
    /// Events not kept because nobody polled them.
    pub untold: u64,
}
