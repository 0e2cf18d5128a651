//! What the owner of a link chooses, asks for, and may be refused.

use core::fmt;

use qmt_mqtt::{EncodeError, TextRule};
use qmt_proto::{MqttVersion, PacketTimeout, Qos};

/// Settings of one link, fixed while TCP is open.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LinkOptions {
    /// How long to wait for an acknowledgement, and how often to send again (QMT §3.3.1
    /// `<pkttimeout>`, `<retry_times>`).
    pub timeout: PacketTimeout,
    /// Whether CONNECT is sent again as often as any packet. QMT §3.3.4 has a result for it; QMT
    /// figure 1 closes instead, and a server must not take a second CONNECT (MQTT 3.1.1 §3.1.0).
    pub resend_connect: bool,
    /// Whether publishes of a kept session are sent again when it is taken up (MQTT 3.1.1 §4.4).
    pub resend_session: bool,
    /// What bounds the link's memory.
    pub limits: LinkLimits,
}

/// Bounds of one link. The note gives none; these are the virtual modem's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinkLimits {
    /// Largest remaining length taken from the broker, in bytes; a longer packet ends the link
    /// before any of it is held.
    pub packet: u32,
    /// Bytes that may wait for the wire before a wish is refused. Answers to the broker may fill
    /// four times as much, then the link ends: a broker that never reads is not served for ever.
    pub transmit: usize,
    /// Packets of the caller that may be under way at once.
    pub in_flight: usize,
    /// Whether control characters in a topic end the link (MQTT 3.1.1 §1.5.3).
    pub text: TextRule,
}

impl Default for LinkLimits {
    fn default() -> Self {
        Self {
            packet: 262_144,
            transmit: 8192,
            in_flight: 16,
            text: TextRule::Strict,
        }
    }
}

/// Content of CONNECT (MQTT 3.1.1 §3.1).
#[derive(Clone, Copy)]
pub(crate) struct ConnectRequest<'a> {
    /// Client identifier; the broker judges it.
    pub client_id: &'a str,
    /// User name.
    pub username: Option<&'a str>,
    /// Password, only beside a user name.
    pub password: Option<&'a [u8]>,
    /// Forget the session before and after (QMT §3.3.1 `<clean_session>` 0..=1,
    /// note 2).
    pub clean_session: bool,
    /// Keep-alive in seconds, 0 for none (QMT §3.3.1 `<keep-alive_time>` 0).
    pub keep_alive_s: u16,
    /// What the broker publishes when the client is lost.
    pub will: Option<WillRequest<'a>>,
    /// Protocol level (QMT §3.3.1 `<version_num>` 0..=1).
    pub level: MqttVersion,
}

impl fmt::Debug for ConnectRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectRequest")
            .field("client_id", &self.client_id)
            .field("username", &self.username.map(|_| "***"))
            .field("password", &self.password.map(|_| "***"))
            .field("clean_session", &self.clean_session)
            .field("keep_alive_s", &self.keep_alive_s)
            .field("will", &self.will)
            .field("level", &self.level)
            .finish()
    }
}

/// Will message (QMT §3.3.1 `<will_fg>` 0..=1).
#[derive(Clone, Copy)]
pub(crate) struct WillRequest<'a> {
    /// QoS the broker publishes it with (QMT §3.3.1 `<will_qos>` 0..=2).
    pub qos: Qos,
    /// Publish it as retained (QMT §3.3.1 `<will_retain>` 0..=1).
    pub retain: bool,
    /// Topic name (QMT §3.3.1 `<will_topic>`).
    pub topic: &'a str,
    /// Any bytes (QMT §3.3.1 `<will_msg>`).
    pub message: &'a [u8],
}

impl fmt::Debug for WillRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WillRequest")
            .field("qos", &self.qos)
            .field("retain", &self.retain)
            .field("topic", &self.topic)
            .field("message", &"***")
            .finish()
    }
}

/// Why a wish was refused. Nothing of it was sent, and the link is as before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MqttRefusal {
    /// Not connected, or already.
    WrongState,
    /// The identifier belongs to a packet still under way (MQTT 3.1.1 §2.3.1).
    Busy,
    /// Too much under way or waiting for the wire.
    Full,
    /// No MQTT packet can carry it: a topic with a wildcard, a password without a user name.
    Malformed(EncodeError),
}
