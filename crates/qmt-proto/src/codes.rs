//! Result and error codes: open sets, so the number is always kept.

use core::fmt;

mod remedy;

/// A newtype over a code, with a constant and a description for each value the note names.
macro_rules! codes {
    (
        $(#[$doc:meta])*
        $name:ident($raw:ty) {
            $($(#[$value_doc:meta])* $value:ident = $code:literal, $words:literal;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Eq, Hash, PartialEq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[expect(clippy::exhaustive_structs, reason = "the number is all there is to a code")]
        pub struct $name(pub $raw);

        impl $name {
            $($(#[$value_doc])* pub const $value: Self = Self($code);)*

            /// What the code means, if the note says.
            pub const fn description(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($words),)*
                    _ => None,
                }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self.0 {
                    $($code => concat!(stringify!($name), "::", stringify!($value)),)*
                    code => return write!(f, "{}({code})", stringify!($name)),
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} ({})", self.0, self.description().unwrap_or("unknown code"))
            }
        }
    };
}

codes! {
    /// `<err>` of `+CME ERROR` (QMT §4 `<err>` 8503..=8511, `<err>` 8600). Other numbers
    /// belong to TS 27.007 §9.2 (QMT §4 other codes).
    CmeCode(u16) {
        /// 8503.
        LINK = 8503, "MQTT link error";
        /// 8504.
        ILLEGAL_PACKET = 8504, "MQTT illegal packet";
        /// 8505.
        ILLEGAL_CHARACTER = 8505, "MQTT illegal character";
        /// 8506.
        ILLEGAL_UTF8 = 8506, "MQTT illegal UTF-8";
        /// 8507.
        INVALID_PARAMETER = 8507, "MQTT invalid parameter";
        /// 8508.
        DATA_TOO_LONG = 8508, "data exceeds the remaining transmit buffer";
        /// 8509.
        BUFFER_OVERFLOW = 8509, "MQTT buffer overflow";
        /// 8510.
        OUT_OF_MEMORY = 8510, "MQTT out of memory";
        /// 8511.
        MEMORY = 8511, "MQTT memory error";
        /// 8600.
        UNKNOWN = 8600, "MQTT unknown error";
    }
}

codes! {
    /// `<result>` of `+QMTOPEN` (QMT §3.3.2 `<result>` -1..=5).
    OpenResult(i8) {
        /// -1.
        FAILED = -1, "failed to open the network";
        /// 0.
        OPENED = 0, "network opened";
        /// 1.
        WRONG_PARAMETER = 1, "wrong parameter";
        /// 2.
        OCCUPIED = 2, "MQTT identifier is occupied";
        /// 3.
        PDP_FAILED = 3, "failed to activate PDP";
        /// 4.
        DNS_FAILED = 4, "failed to resolve the host name";
        /// 5.
        DISCONNECTED = 5, "network disconnected";
    }
}

codes! {
    /// `<result>` of `+QMTCLOSE` (QMT §3.3.3 `<result>` -1..=0).
    CloseResult(i8) {
        /// -1.
        FAILED = -1, "failed to close the network";
        /// 0.
        CLOSED = 0, "network closed";
    }
}

codes! {
    /// `<result>` of `+QMTDISC` (QMT §3.3.5 `<result>` -1..=0).
    DisconnectResult(i8) {
        /// -1.
        FAILED = -1, "failed to disconnect";
        /// 0.
        DISCONNECTED = 0, "disconnected";
    }
}

codes! {
    /// What became of a packet (QMT §3.3.4 `<result>` 0..=2, §3.3.6 `<result>` 0..=2, §3.3.7
    /// `<result>` 0..=2, §3.3.8 `<result>` 0..=2).
    PacketResult(u8) {
        /// 0. At QoS 0 there is no acknowledgement: the packet was handed to the network.
        DONE = 0, "packet sent and acknowledged";
        /// 1. Progress, never the end: another result follows.
        RETRANSMITTED = 1, "packet retransmitted";
        /// 2. Timed out or stack blocked (QMT §3.3.8 note 5); the server may have it.
        FAILED = 2, "failed to send the packet";
    }
}

codes! {
    /// `<retcode>` of `+QMTCONN` (QMT §3.3.4 `<retcode>` 0..=5, MQTT 3.1.1 §3.2.2.3).
    ConnectCode(u8) {
        /// 0.
        ACCEPTED = 0, "connection accepted";
        /// 1.
        PROTOCOL_VERSION = 1, "refused: unacceptable protocol version";
        /// 2.
        IDENTIFIER = 2, "refused: identifier rejected";
        /// 3.
        UNAVAILABLE = 3, "refused: server unavailable";
        /// 4.
        CREDENTIALS = 4, "refused: bad user name or password";
        /// 5.
        NOT_AUTHORIZED = 5, "refused: not authorized";
    }
}

codes! {
    /// `<state>` of `+QMTCONN` as the answer to `AT+QMTCONN?` (QMT §3.3.4
    /// `<state>` 1..=4).
    ConnectionState(u8) {
        /// 1.
        INITIALIZING = 1, "MQTT is initializing";
        /// 2.
        CONNECTING = 2, "MQTT is connecting";
        /// 3.
        CONNECTED = 3, "MQTT is connected";
        /// 4.
        DISCONNECTING = 4, "MQTT is disconnecting";
    }
}

codes! {
    /// `<err_code>` of `+QMTSTAT` (QMT §5.1 `<err_code>` 1..=7 and reserved: 8 to 255).
    LinkLossCode(u8) {
        /// 1.
        CLOSED_BY_SERVER = 1, "connection closed or reset by the server";
        /// 2.
        PINGREQ = 2, "PINGREQ timed out or failed";
        /// 3.
        CONNECT = 3, "CONNECT timed out or failed";
        /// 4.
        CONNACK = 4, "CONNACK timed out or failed";
        /// 5.
        DISCONNECTED = 5, "client sent DISCONNECT and the server closed";
        /// 6.
        SEND_FAILED = 6, "client closed because sending kept failing";
        /// 7.
        LINK_DOWN = 7, "link down or server unavailable";
    }
}

/// What `+QMTSUB` tells with result 0: the granted QoS, or 128 when the server refused (QMT §3.3.6
/// `<value>` granted and `<value>` 128, MQTT 3.1.1 §3.9.3).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(
    clippy::exhaustive_structs,
    reason = "the number is all there is to a code"
)]
pub struct Granted(pub u8);

impl Granted {
    /// The server refused the subscription.
    pub const REFUSED: Self = Self(128);

    /// The granted quality of service; none when refused or not a known number.
    pub const fn qos(self) -> Option<crate::Qos> {
        crate::Qos::new(self.0)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;

    use super::*;

    #[test]
    fn every_number_is_kept_and_known_ones_have_a_name() {
        assert_eq!(format!("{:?}", CmeCode(8503)), "CmeCode::LINK");
        assert_eq!(format!("{:?}", CmeCode(8512)), "CmeCode(8512)");
        assert_eq!(
            format!("{}", OpenResult(-1)),
            "-1 (failed to open the network)"
        );
        assert_eq!(format!("{}", LinkLossCode(8)), "8 (unknown code)");
        let named = (0..=u16::MAX).filter(|&n| CmeCode(n).description().is_some());
        assert_eq!(named.count(), 10);
        let named = (0..=u8::MAX).filter(|&n| LinkLossCode(n).description().is_some());
        assert_eq!(named.count(), 7);
        assert!((1..=7).all(|n| LinkLossCode(n).remedy().is_some()));
        assert_eq!(LinkLossCode(0).remedy(), None);
    }

    #[test]
    fn a_grant_is_a_qos_or_a_refusal() {
        assert_eq!(Granted(2).qos(), Some(crate::Qos::ExactlyOnce));
        assert_eq!(Granted::REFUSED.qos(), None);
    }
}
