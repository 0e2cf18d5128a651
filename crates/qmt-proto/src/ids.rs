//! Link, message identifier, quality of service.

use core::fmt;
use core::num::NonZeroU16;

use crate::limits;

/// `<TCP_connectID>`: one of the module's five MQTT clients, 0..=4 (QMT §3.3.1
/// `<TCP_connectID>`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LinkId(u8);

impl LinkId {
    /// Number of links.
    pub const COUNT: usize = limits::LINKS;
    /// All links in order.
    pub const ALL: [Self; Self::COUNT] = [Self(0), Self(1), Self(2), Self(3), Self(4)];

    /// The link `id`, if there is one.
    pub const fn new(id: u8) -> Option<Self> {
        if (id as usize) < Self::COUNT {
            Some(Self(id))
        } else {
            None
        }
    }

    /// The number on the line.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The number as an index below [`COUNT`](Self::COUNT).
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `<msgID>` of a packet that is acknowledged: 1..=65535 (QMT §3.3.6 `<msgID>`, §3.3.7
/// `<msgID>`, §3.3.8 `<msgID>`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MsgId(NonZeroU16);

impl MsgId {
    /// The identifier `id`; 0 is none.
    pub const fn new(id: u16) -> Option<Self> {
        match NonZeroU16::new(id) {
            Some(id) => Some(Self(id)),
            None => None,
        }
    }

    /// The number on the line.
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

/// Quality of service (QMT §3.3.1 `<will_qos>` 0..=2, §3.3.6 `<qos>` 0..=2, §3.3.8 `<qos>` 0..=2,
/// MQTT 3.1.1 §4.3).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(
    clippy::exhaustive_enums,
    reason = "closed by QMT §3.3.6 and MQTT 3.1.1 §4.3"
)]
pub enum Qos {
    /// 0: sent once, acknowledged by nobody.
    #[default]
    AtMostOnce,
    /// 1: acknowledged, may come more than once.
    AtLeastOnce,
    /// 2: acknowledged in two steps.
    ExactlyOnce,
}

impl Qos {
    /// The level `level`, 0..=2.
    pub const fn new(level: u8) -> Option<Self> {
        match level {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }

    /// The number on the line.
    pub const fn level(self) -> u8 {
        self as u8
    }
}

/// QoS and message identifier of a publish, which go together: `<msgID>` is 0 exactly at QoS 0
/// (QMT §3.3.8 `<msgID>` 0).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(
    clippy::exhaustive_enums,
    reason = "closed by QMT §3.3.8 and MQTT 3.1.1 §4.3"
)]
pub enum Delivery {
    /// QoS 0.
    AtMostOnce,
    /// QoS 1.
    AtLeastOnce(MsgId),
    /// QoS 2.
    ExactlyOnce(MsgId),
}

impl Delivery {
    /// The combination of `qos` and `id`, if it is legal.
    pub const fn new(qos: Qos, id: Option<MsgId>) -> Option<Self> {
        match (qos, id) {
            (Qos::AtMostOnce, None) => Some(Self::AtMostOnce),
            (Qos::AtLeastOnce, Some(id)) => Some(Self::AtLeastOnce(id)),
            (Qos::ExactlyOnce, Some(id)) => Some(Self::ExactlyOnce(id)),
            _ => None,
        }
    }

    /// The quality of service.
    pub const fn qos(self) -> Qos {
        match self {
            Self::AtMostOnce => Qos::AtMostOnce,
            Self::AtLeastOnce(_) => Qos::AtLeastOnce,
            Self::ExactlyOnce(_) => Qos::ExactlyOnce,
        }
    }

    /// The message identifier; none at QoS 0.
    pub const fn msg_id(self) -> Option<MsgId> {
        match self {
            Self::AtMostOnce => None,
            Self::AtLeastOnce(id) | Self::ExactlyOnce(id) => Some(id),
        }
    }

    /// `<msgID>` as it stands on the line, 0 at QoS 0.
    pub const fn wire_id(self) -> u16 {
        match self.msg_id() {
            Some(id) => id.get(),
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_ranges_of_the_note() {
        assert!((0..=4).all(|id| LinkId::new(id).is_some()));
        assert!((5..=255).all(|id| LinkId::new(id).is_none()));
        assert_eq!(LinkId::ALL.map(LinkId::index), [0, 1, 2, 3, 4]);
        assert_eq!(MsgId::new(0), None);
        assert_eq!(MsgId::new(65_535).map(MsgId::get), Some(65_535));
        assert!((3..=255).all(|level| Qos::new(level).is_none()));
    }

    #[test]
    fn an_identifier_goes_with_qos_1_and_2_only() {
        let id = MsgId::new(7);
        for level in 0..=2 {
            let qos = Qos::new(level).unwrap();
            assert_eq!(Delivery::new(qos, id).is_some(), level > 0);
            assert_eq!(Delivery::new(qos, None).is_some(), level == 0);
        }
        assert_eq!(Delivery::AtMostOnce.wire_id(), 0);
        assert_eq!(Delivery::ExactlyOnce(id.unwrap()).wire_id(), 7);
    }
}
