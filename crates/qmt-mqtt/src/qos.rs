//! Quality of service.

/// Quality of service (MQTT 3.1.1 §4.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "closed by MQTT 3.1.1 §4.3")]
pub enum QoS {
    /// QoS 0: at most once, not acknowledged.
    #[default]
    AtMostOnce,
    /// QoS 1: at least once, ended by PUBACK.
    AtLeastOnce,
    /// QoS 2: exactly once, PUBREC, PUBREL, PUBCOMP.
    ExactlyOnce,
}

impl QoS {
    /// The number on the wire, 0 to 2.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::AtMostOnce => 0,
            Self::AtLeastOnce => 1,
            Self::ExactlyOnce => 2,
        }
    }

    /// Takes the number on the wire; 3 and above name no quality (MQTT 3.1.1 §3.3.1.2).
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }

    pub(crate) const fn to_wire(self) -> mqtt_proto::QoS {
        match self {
            Self::AtMostOnce => mqtt_proto::QoS::Level0,
            Self::AtLeastOnce => mqtt_proto::QoS::Level1,
            Self::ExactlyOnce => mqtt_proto::QoS::Level2,
        }
    }

    pub(crate) const fn from_wire(qos: mqtt_proto::QoS) -> Self {
        match qos {
            mqtt_proto::QoS::Level0 => Self::AtMostOnce,
            mqtt_proto::QoS::Level1 => Self::AtLeastOnce,
            mqtt_proto::QoS::Level2 => Self::ExactlyOnce,
        }
    }
}
