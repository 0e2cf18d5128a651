//! SUBSCRIBE, SUBACK and UNSUBSCRIBE.

use alloc::string::String;
use alloc::vec::Vec;

use mqtt_proto::TopicFilter;
use mqtt_proto::v3 as wire;

use crate::{EncodeError, MqttError, PacketId, QoS, TopicError, check_filter};

/// SUBACK code of a refused filter (MQTT 3.1.1 §3.9.3).
const REFUSED: u8 = 0x80;

/// SUBSCRIBE (MQTT 3.1.1 §3.8).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subscribe {
    /// Identifier until SUBACK.
    pub id: PacketId,
    /// Sent again; MQTT 3.1 only (§3.8 there), always false at 3.1.1.
    pub dup: bool,
    /// Topic filters, each with the quality of service asked for; at least one.
    pub filters: Vec<(String, QoS)>,
}

impl Subscribe {
    pub(super) fn from_wire(packet: &wire::Subscribe, dup: bool) -> Result<Self, MqttError> {
        let mut filters = Vec::with_capacity(packet.topics.len());
        for (filter, qos) in &packet.topics {
            check_filter(filter).map_err(MqttError::Filter)?;
            filters.push((String::from(&**filter), QoS::from_wire(*qos)));
        }
        Ok(Self {
            id: PacketId::from_wire(packet.pid)?,
            dup,
            filters,
        })
    }

    pub(super) fn to_wire(&self) -> Result<wire::Subscribe, EncodeError> {
        let mut topics = Vec::with_capacity(self.filters.len());
        for (filter, qos) in &self.filters {
            topics.push((filter_to_wire(filter)?, qos.to_wire()));
        }
        if topics.is_empty() {
            return Err(EncodeError::NoTopics);
        }
        Ok(wire::Subscribe::new(self.id.to_wire(), topics))
    }
}

/// SUBACK (MQTT 3.1.1 §3.9).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SubAck {
    /// Identifier of the SUBSCRIBE.
    pub id: PacketId,
    /// One code per filter, in the order of the SUBSCRIBE.
    pub codes: Vec<SubAckCode>,
}

impl SubAck {
    pub(super) fn from_wire(packet: &wire::Suback) -> Result<Self, MqttError> {
        if packet.topics.is_empty() {
            return Err(MqttError::NoTopics);
        }
        let codes = packet
            .topics
            .iter()
            .map(|code| SubAckCode::from_wire(*code))
            .collect();
        Ok(Self {
            id: PacketId::from_wire(packet.pid)?,
            codes,
        })
    }

    pub(super) fn to_wire(&self) -> Result<wire::Suback, EncodeError> {
        if self.codes.is_empty() {
            return Err(EncodeError::NoTopics);
        }
        let topics = self.codes.iter().map(|code| code.to_wire()).collect();
        Ok(wire::Suback::new(self.id.to_wire(), topics))
    }

    /// The other crate writes a refusal as 3, its place in an enum: writes the codes again over
    /// the end of `out`.
    pub(super) fn mend(&self, out: &mut [u8]) {
        for (byte, code) in out.iter_mut().rev().zip(self.codes.iter().rev()) {
            *byte = code.number();
        }
    }
}

/// What the broker decided on one filter (MQTT 3.1.1 §3.9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "closed by MQTT 3.1.1 §3.9.3")]
pub enum SubAckCode {
    /// 0 to 2: subscribed, up to this quality of service.
    Granted(QoS),
    /// 128: not subscribed. New in 3.1.1; a 3.1 broker can only grant.
    Refused,
}

impl SubAckCode {
    /// The number on the wire: 0, 1, 2 or 128.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Granted(qos) => qos.number(),
            Self::Refused => REFUSED,
        }
    }

    const fn from_wire(code: wire::SubscribeReturnCode) -> Self {
        match code {
            wire::SubscribeReturnCode::MaxLevel0 => Self::Granted(QoS::AtMostOnce),
            wire::SubscribeReturnCode::MaxLevel1 => Self::Granted(QoS::AtLeastOnce),
            wire::SubscribeReturnCode::MaxLevel2 => Self::Granted(QoS::ExactlyOnce),
            wire::SubscribeReturnCode::Failure => Self::Refused,
        }
    }

    const fn to_wire(self) -> wire::SubscribeReturnCode {
        match self {
            Self::Granted(QoS::AtMostOnce) => wire::SubscribeReturnCode::MaxLevel0,
            Self::Granted(QoS::AtLeastOnce) => wire::SubscribeReturnCode::MaxLevel1,
            Self::Granted(QoS::ExactlyOnce) => wire::SubscribeReturnCode::MaxLevel2,
            Self::Refused => wire::SubscribeReturnCode::Failure,
        }
    }
}

/// UNSUBSCRIBE (MQTT 3.1.1 §3.10).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unsubscribe {
    /// Identifier until UNSUBACK.
    pub id: PacketId,
    /// Sent again; MQTT 3.1 only (§3.10 there), always false at 3.1.1.
    pub dup: bool,
    /// Topic filters, compared character by character with those subscribed; at least one.
    pub filters: Vec<String>,
}

impl Unsubscribe {
    pub(super) fn from_wire(packet: &wire::Unsubscribe, dup: bool) -> Result<Self, MqttError> {
        let mut filters = Vec::with_capacity(packet.topics.len());
        for filter in &packet.topics {
            check_filter(filter).map_err(MqttError::Filter)?;
            filters.push(String::from(&**filter));
        }
        Ok(Self {
            id: PacketId::from_wire(packet.pid)?,
            dup,
            filters,
        })
    }

    pub(super) fn to_wire(&self) -> Result<wire::Unsubscribe, EncodeError> {
        let mut topics = Vec::with_capacity(self.filters.len());
        for filter in &self.filters {
            topics.push(filter_to_wire(filter)?);
        }
        if topics.is_empty() {
            return Err(EncodeError::NoTopics);
        }
        Ok(wire::Unsubscribe::new(self.id.to_wire(), topics))
    }
}

fn filter_to_wire(filter: &str) -> Result<TopicFilter, EncodeError> {
    check_filter(filter).map_err(EncodeError::Filter)?;
    TopicFilter::try_from(filter).map_err(|_| EncodeError::Filter(TopicError::Share))
}
