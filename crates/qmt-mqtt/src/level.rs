//! Protocol levels and the two ends of a connection.

use core::fmt;

/// Protocol level of a connection (MQTT 3.1.1 §3.1.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_enums,
    reason = "this crate speaks exactly these two"
)]
pub enum Level {
    /// MQTT 3.1: level 3, protocol name `MQIsdp`.
    V31,
    /// MQTT 3.1.1: level 4, protocol name `MQTT`.
    V311,
}

impl Level {
    /// The level byte of CONNECT: 3 or 4.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::V31 => 3,
            Self::V311 => 4,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V31 => "3.1",
            Self::V311 => "3.1.1",
        })
    }
}

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "closed by MQTT 3.1.1 §1.2")]
pub enum Role {
    /// The end that sends CONNECT.
    Client,
    /// The end that answers with CONNACK.
    Broker,
}
