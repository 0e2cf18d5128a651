//! PUBLISH.

use alloc::string::String;
use alloc::vec::Vec;

use mqtt_proto::QosPid;
use mqtt_proto::v3 as wire;

use crate::{EncodeError, Level, MqttError, PacketId, QoS, Role, TopicError, check_topic};

/// PUBLISH (MQTT 3.1.1 §3.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Publish {
    /// Quality of service, with identifier and DUP where there are such.
    pub delivery: Delivery,
    /// To be kept by the broker; from the broker: was kept (MQTT 3.1.1 §3.3.1.3).
    pub retain: bool,
    /// Topic name.
    pub topic: String,
    /// Application message, any bytes.
    pub payload: Vec<u8>,
}

impl Publish {
    pub(super) fn from_wire(
        publish: &wire::Publish,
        level: Level,
        receiver: Role,
    ) -> Result<Self, MqttError> {
        let topic = String::from(&*publish.topic_name);
        check_topic(&topic).map_err(MqttError::Topic)?;
        let dup = publish.dup;
        let delivery = match publish.qos_pid {
            // MQTT 3.1.1 §3.3.1.1-2 forbids it, and mosquitto's sequences want a broker to close
            // and a client to read on. MQTT 3.1 has no such rule.
            QosPid::Level0 if dup && level == Level::V311 && receiver == Role::Broker => {
                return Err(MqttError::DupAtMostOnce);
            }
            QosPid::Level0 => Delivery::AtMostOnce,
            QosPid::Level1(id) => Delivery::AtLeastOnce {
                id: PacketId::from_wire(id)?,
                dup,
            },
            QosPid::Level2(id) => Delivery::ExactlyOnce {
                id: PacketId::from_wire(id)?,
                dup,
            },
        };
        Ok(Self {
            delivery,
            retain: publish.retain,
            topic,
            payload: publish.payload.to_vec(),
        })
    }

    pub(super) fn to_wire(&self) -> Result<wire::Publish, EncodeError> {
        check_topic(&self.topic).map_err(EncodeError::Topic)?;
        Ok(wire::Publish {
            dup: self.delivery.dup(),
            retain: self.retain,
            qos_pid: match self.delivery {
                Delivery::AtMostOnce => QosPid::Level0,
                Delivery::AtLeastOnce { id, .. } => QosPid::Level1(id.to_wire()),
                Delivery::ExactlyOnce { id, .. } => QosPid::Level2(id.to_wire()),
            },
            topic_name: mqtt_proto::TopicName::try_from(self.topic.as_str())
                .map_err(|_| EncodeError::Topic(TopicError::Empty))?,
            payload: self.payload.clone().into(),
        })
    }
}

/// Quality of service of a publish, with what it needs on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "closed by MQTT 3.1.1 §4.3")]
pub enum Delivery {
    /// QoS 0.
    AtMostOnce,
    /// QoS 1.
    AtLeastOnce {
        /// Identifier until PUBACK.
        id: PacketId,
        /// May have been sent before (MQTT 3.1.1 §3.3.1.1).
        dup: bool,
    },
    /// QoS 2.
    ExactlyOnce {
        /// Identifier until PUBCOMP.
        id: PacketId,
        /// May have been sent before (MQTT 3.1.1 §3.3.1.1).
        dup: bool,
    },
}

impl Delivery {
    /// Joins the three; identifier and DUP have no meaning at QoS 0.
    #[must_use]
    pub const fn new(qos: QoS, id: PacketId, dup: bool) -> Self {
        match qos {
            QoS::AtMostOnce => Self::AtMostOnce,
            QoS::AtLeastOnce => Self::AtLeastOnce { id, dup },
            QoS::ExactlyOnce => Self::ExactlyOnce { id, dup },
        }
    }

    /// The quality of service.
    #[must_use]
    pub const fn qos(self) -> QoS {
        match self {
            Self::AtMostOnce => QoS::AtMostOnce,
            Self::AtLeastOnce { .. } => QoS::AtLeastOnce,
            Self::ExactlyOnce { .. } => QoS::ExactlyOnce,
        }
    }

    /// The identifier, absent at QoS 0.
    #[must_use]
    pub const fn id(self) -> Option<PacketId> {
        match self {
            Self::AtMostOnce => None,
            Self::AtLeastOnce { id, .. } | Self::ExactlyOnce { id, .. } => Some(id),
        }
    }

    /// DUP, false at QoS 0.
    #[must_use]
    pub const fn dup(self) -> bool {
        match self {
            Self::AtMostOnce => false,
            Self::AtLeastOnce { dup, .. } | Self::ExactlyOnce { dup, .. } => dup,
        }
    }
}
