//! Packet identifiers.

use core::fmt;
use core::num::NonZeroU16;

use crate::MqttError;

/// Packet identifier, never zero (MQTT 3.1.1 §2.3.1; "message ID" in MQTT 3.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PacketId(NonZeroU16);

impl PacketId {
    /// The identifier 1.
    pub const ONE: Self = Self(NonZeroU16::MIN);
    /// The identifier 65535.
    pub const MAX: Self = Self(NonZeroU16::MAX);

    /// Takes a number; zero is no identifier.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        match NonZeroU16::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number, 1 to 65535.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0.get()
    }

    /// The identifier that follows; 65535 is followed by 1.
    #[must_use]
    pub const fn next(self) -> Self {
        match self.0.checked_add(1) {
            Some(number) => Self(number),
            None => Self::ONE,
        }
    }

    pub(crate) fn to_wire(self) -> mqtt_proto::Pid {
        // Never taken: the other crate refuses only zero.
        mqtt_proto::Pid::try_from(self.get()).unwrap_or_default()
    }

    pub(crate) fn from_wire(pid: mqtt_proto::Pid) -> Result<Self, MqttError> {
        Self::new(pid.value()).ok_or(MqttError::PacketIdZero)
    }
}

impl fmt::Debug for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PacketId({})", self.0)
    }
}

impl fmt::Display for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
