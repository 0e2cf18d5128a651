//! The fourteen packets, from a frame and to the wire.

use alloc::vec::Vec;

use mqtt_proto::v3 as wire;

use crate::splitter::Extent;
use crate::{
    ConnAck, Connect, EncodeError, Level, MqttError, PacketId, PacketKind, Publish, Role, SubAck,
    Subscribe, TopicError, Unsubscribe, check_filter, check_topic,
};

pub(crate) mod connect;
pub(crate) mod kind;
pub(crate) mod publish;
pub(crate) mod subscribe;

/// DUP in the first byte of a frame (MQTT 3.1 §2.1; MQTT 3.1.1 §2.2.2).
const DUP: u8 = 0b1000;

/// One MQTT packet (MQTT 3.1.1 §2.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "closed by MQTT 3.1.1 §2.2.1")]
pub enum Packet {
    /// Client asks for a connection (MQTT 3.1.1 §3.1).
    Connect(Connect),
    /// Broker answers CONNECT (MQTT 3.1.1 §3.2).
    ConnAck(ConnAck),
    /// A message, either way (MQTT 3.1.1 §3.3).
    Publish(Publish),
    /// Ends a QoS 1 publish (MQTT 3.1.1 §3.4).
    PubAck(PacketId),
    /// Answers a QoS 2 publish (MQTT 3.1.1 §3.5).
    PubRec(PacketId),
    /// Answers PUBREC (MQTT 3.1.1 §3.6).
    PubRel {
        /// Identifier of the publish.
        id: PacketId,
        /// Sent again; MQTT 3.1 only (§3.6 there), always false at 3.1.1.
        dup: bool,
    },
    /// Ends a QoS 2 publish (MQTT 3.1.1 §3.7).
    PubComp(PacketId),
    /// Client asks for topics (MQTT 3.1.1 §3.8).
    Subscribe(Subscribe),
    /// Broker answers SUBSCRIBE (MQTT 3.1.1 §3.9).
    SubAck(SubAck),
    /// Client gives topics up (MQTT 3.1.1 §3.10).
    Unsubscribe(Unsubscribe),
    /// Broker answers UNSUBSCRIBE (MQTT 3.1.1 §3.11).
    UnsubAck(PacketId),
    /// Client asks for a sign of life (MQTT 3.1.1 §3.12).
    PingReq,
    /// Broker gives it (MQTT 3.1.1 §3.13).
    PingResp,
    /// Client leaves in order (MQTT 3.1.1 §3.14).
    Disconnect,
}

impl Packet {
    /// Decodes one whole frame, as [`crate::Splitter`] gives it, for the end `receiver`.
    ///
    /// CONNECT tells its own level; `level` is not looked at for it. Checked here is what one
    /// frame can show: form, direction, strings, topics. The order of packets and the strictness
    /// about control characters are [`crate::Receiver`]'s.
    ///
    /// More lenient at 3.1 than at 3.1.1, as the texts differ: DUP on SUBSCRIBE, UNSUBSCRIBE and
    /// PUBREL is taken, and CONNECT may set header bits and the reserved flag, may set will QoS
    /// and will retain without a will, may leave out a user name or password that its flags
    /// promise (MQTT 3.1 §3.1).
    ///
    /// # Errors
    /// The first rule the frame breaks. [`MqttError::UnknownLevel`] is the one a broker answers.
    pub fn decode(frame: &[u8], level: Level, receiver: Role) -> Result<Self, MqttError> {
        let (first, body) = cut(frame)?;
        let kind = PacketKind::of(first)?;
        if kind.sender() == Some(receiver) {
            return Err(MqttError::Direction { kind });
        }
        if kind == PacketKind::Connect {
            return Connect::decode(first, body).map(Self::Connect);
        }
        let has_dup = kind.may_repeat(level);
        let repeated = has_dup && first & DUP != 0;
        let plain = if has_dup { first & !DUP } else { first };
        let header = wire::Header::new_with(plain, length_of(body), length_of(frame))
            .map_err(|error| of_wire(&error, first))?;
        let mut taken = 0;
        let packet = match kind {
            PacketKind::Publish => {
                let publish = wire::Publish::decode(body, &mut taken, header)
                    .map_err(|error| of_wire(&error, first))?;
                Publish::from_wire(&publish, level, receiver).map(Self::Publish)?
            }
            PacketKind::ConnAck => {
                let ack = ConnAck::clear(body, level);
                let ack = wire::Connack::decode(ack.as_ref().map_or(body, |ack| ack), &mut taken)
                    .map_err(|error| of_wire(&error, first))?;
                ConnAck::from_wire(ack).map(Self::ConnAck)?
            }
            PacketKind::Subscribe => {
                let packet = wire::Subscribe::decode(body, &mut taken, header)
                    .map_err(|error| of_wire(&error, first))?;
                Subscribe::from_wire(&packet, repeated).map(Self::Subscribe)?
            }
            PacketKind::Unsubscribe => {
                let packet = wire::Unsubscribe::decode(body, &mut taken, header)
                    .map_err(|error| of_wire(&error, first))?;
                Unsubscribe::from_wire(&packet, repeated).map(Self::Unsubscribe)?
            }
            PacketKind::SubAck => {
                let packet = wire::Suback::decode(body, &mut taken, header)
                    .map_err(|error| of_wire(&error, first))?;
                SubAck::from_wire(&packet).map(Self::SubAck)?
            }
            PacketKind::PubAck => Self::PubAck(identifier(body, &mut taken)?),
            PacketKind::PubRec => Self::PubRec(identifier(body, &mut taken)?),
            PacketKind::PubRel => Self::PubRel {
                id: identifier(body, &mut taken)?,
                dup: repeated,
            },
            PacketKind::PubComp => Self::PubComp(identifier(body, &mut taken)?),
            PacketKind::UnsubAck => Self::UnsubAck(identifier(body, &mut taken)?),
            PacketKind::PingReq => Self::PingReq,
            PacketKind::PingResp => Self::PingResp,
            PacketKind::Disconnect => Self::Disconnect,
            PacketKind::Connect => return Err(MqttError::Direction { kind }),
        };
        all_taken(body, taken)?;
        Ok(packet)
    }

    /// Appends the packet to `out`, which stays as it was on an error.
    ///
    /// CONNECT carries its own level; `level` is not looked at for it.
    ///
    /// # Errors
    /// A mistake of the caller: a field that does not fit, a topic that is none, DUP where the
    /// level has no such bit.
    pub fn encode(&self, level: Level, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        let packet = match self {
            Self::Connect(connect) => wire::Packet::Connect(connect.to_wire()?),
            Self::ConnAck(ack) => wire::Packet::Connack(ack.to_wire(level)?),
            Self::Publish(publish) => wire::Packet::Publish(publish.to_wire()?),
            Self::PubAck(id) => wire::Packet::Puback(id.to_wire()),
            Self::PubRec(id) => wire::Packet::Pubrec(id.to_wire()),
            Self::PubRel { id, .. } => wire::Packet::Pubrel(id.to_wire()),
            Self::PubComp(id) => wire::Packet::Pubcomp(id.to_wire()),
            Self::Subscribe(subscribe) => wire::Packet::Subscribe(subscribe.to_wire()?),
            Self::SubAck(ack) => wire::Packet::Suback(ack.to_wire()?),
            Self::Unsubscribe(unsubscribe) => wire::Packet::Unsubscribe(unsubscribe.to_wire()?),
            Self::UnsubAck(id) => wire::Packet::Unsuback(id.to_wire()),
            Self::PingReq => wire::Packet::Pingreq,
            Self::PingResp => wire::Packet::Pingresp,
            Self::Disconnect => wire::Packet::Disconnect,
        };
        if self.repeated() && !self.kind().may_repeat(level) {
            return Err(EncodeError::DupAtThisLevel);
        }
        // Every field was measured above, so only the sum can be too long.
        let bytes = packet.encode().map_err(|_| EncodeError::PacketTooLong)?;
        out.extend_from_slice(bytes.as_ref());
        if self.repeated()
            && let Some(first) = out.get_mut(start)
        {
            *first |= DUP;
        }
        if let Self::SubAck(ack) = self {
            ack.mend(out);
        }
        Ok(())
    }

    /// The packet's type.
    #[must_use]
    pub const fn kind(&self) -> PacketKind {
        match self {
            Self::Connect(_) => PacketKind::Connect,
            Self::ConnAck(_) => PacketKind::ConnAck,
            Self::Publish(_) => PacketKind::Publish,
            Self::PubAck(_) => PacketKind::PubAck,
            Self::PubRec(_) => PacketKind::PubRec,
            Self::PubRel { .. } => PacketKind::PubRel,
            Self::PubComp(_) => PacketKind::PubComp,
            Self::Subscribe(_) => PacketKind::Subscribe,
            Self::SubAck(_) => PacketKind::SubAck,
            Self::Unsubscribe(_) => PacketKind::Unsubscribe,
            Self::UnsubAck(_) => PacketKind::UnsubAck,
            Self::PingReq => PacketKind::PingReq,
            Self::PingResp => PacketKind::PingResp,
            Self::Disconnect => PacketKind::Disconnect,
        }
    }

    /// The only end that may send such a packet; `None` when both may.
    #[must_use]
    pub const fn sender(&self) -> Option<Role> {
        self.kind().sender()
    }

    /// Tells whether a string of the packet holds a control character (U+0001 to U+001F, U+007F
    /// to U+009F) or a non-character, for which a receiver may close (MQTT 3.1.1 §1.5.3).
    #[must_use]
    pub fn has_control_characters(&self) -> bool {
        match self {
            Self::Connect(connect) => connect.texts().any(is_rough),
            Self::Publish(publish) => is_rough(&publish.topic),
            Self::Subscribe(packet) => packet.filters.iter().any(|(filter, _)| is_rough(filter)),
            Self::Unsubscribe(packet) => packet.filters.iter().any(|filter| is_rough(filter)),
            _ => false,
        }
    }

    /// DUP of those packets that carry it at 3.1 only; PUBLISH keeps its own.
    const fn repeated(&self) -> bool {
        match self {
            Self::PubRel { dup, .. } => *dup,
            Self::Subscribe(subscribe) => subscribe.dup,
            Self::Unsubscribe(unsubscribe) => unsubscribe.dup,
            _ => false,
        }
    }
}

/// Takes a frame apart into first byte and body, and refuses any other length.
fn cut(frame: &[u8]) -> Result<(u8, &[u8]), MqttError> {
    let Extent::Known { header, remaining } = Extent::of(frame)? else {
        return Err(MqttError::Truncated);
    };
    let (Some(first), Some(body)) = (frame.first(), frame.get(header..)) else {
        return Err(MqttError::Truncated);
    };
    let remaining = remaining as usize;
    if body.len() < remaining {
        return Err(MqttError::Truncated);
    }
    all_taken(body, remaining)?;
    Ok((*first, body))
}

/// The other crate stops where its packet ends; what follows in the frame is malformed.
fn all_taken(body: &[u8], taken: usize) -> Result<(), MqttError> {
    match body.len().saturating_sub(taken) {
        0 => Ok(()),
        unread => Err(MqttError::LeftOver {
            unread: u32::try_from(unread).unwrap_or(u32::MAX),
        }),
    }
}

fn identifier(body: &[u8], taken: &mut usize) -> Result<PacketId, MqttError> {
    let Some(&[high, low]) = body.first_chunk() else {
        return Err(MqttError::Truncated);
    };
    *taken = 2;
    PacketId::new(u16::from_be_bytes([high, low])).ok_or(MqttError::PacketIdZero)
}

fn length_of(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// Our name for an error of the other crate. "More bytes needed" is an error here, since the
/// frame is whole.
fn of_wire(error: &mqtt_proto::Error, first: u8) -> MqttError {
    use mqtt_proto::Error;
    match error {
        Error::InvalidRemainingLength | Error::IoError(_) => MqttError::Truncated,
        Error::EmptySubscription => MqttError::NoTopics,
        Error::ZeroPid => MqttError::PacketIdZero,
        Error::InvalidQos(value) => MqttError::QoS { value: *value },
        Error::InvalidConnectFlags(flags) => MqttError::ConnectFlags { flags: *flags },
        Error::InvalidConnackFlags(flags) => MqttError::ConnAckFlags { flags: *flags },
        Error::InvalidConnectReturnCode(code) => MqttError::ConnAckCode { code: *code },
        Error::InvalidProtocol(_, level) => MqttError::UnknownLevel { level: *level },
        Error::UnexpectedProtocol(protocol) => MqttError::UnknownLevel {
            level: *protocol as u8,
        },
        Error::InvalidHeader => MqttError::HeaderFlags { first },
        Error::InvalidVarByteInt => MqttError::LengthUnending,
        Error::InvalidTopicName(name) => {
            MqttError::Topic(check_topic(name).err().unwrap_or(TopicError::Empty))
        }
        Error::InvalidTopicFilter(filter) => {
            MqttError::Filter(check_filter(filter).err().unwrap_or(TopicError::Share))
        }
        Error::InvalidString => MqttError::NotUtf8,
    }
}

/// U+0001 to U+001F, U+007F to U+009F, and the non-characters (MQTT 3.1.1 §1.5.3).
fn is_rough(text: &str) -> bool {
    text.chars().any(|c| {
        let code = u32::from(c);
        c.is_control() || (0xFDD0..=0xFDEF).contains(&code) || code & 0xFFFE == 0xFFFE
    })
}

#[cfg(test)]
mod tests;
