//! Between CONNECT and CONNACK.

use alloc::vec::Vec;
use core::fmt;

use qmt_mqtt::{Connect, Level, Packet, Receiver, Secret, Will};
use qmt_proto::Instant;

use super::online::qos_to_mqtt;
use super::options::ConnectRequest;

/// What there is between CONNECT and CONNACK.
pub(super) struct Connecting {
    pub(super) receiver: Receiver,
    pub(super) level: Level,
    pub(super) keep_alive_s: u16,
    /// CONNECT, for the next time.
    pub(super) frame: Vec<u8>,
    /// Where it ends in the stream.
    pub(super) ends_at: u64,
    /// Timer T1 (QMT §2 connect timer).
    pub(super) fails_at: Instant,
    /// How often CONNECT may be sent again, and how often it was.
    pub(super) resends: u8,
    pub(super) resent: u8,
}

/// Not the packet: it holds the password.
impl fmt::Debug for Connecting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connecting")
            .field("level", &self.level)
            .field("keep_alive_s", &self.keep_alive_s)
            .field("fails_at", &self.fails_at)
            .field("resent", &self.resent)
            .finish_non_exhaustive()
    }
}

pub(super) fn connect_packet(request: &ConnectRequest<'_>, level: Level) -> Packet {
    Packet::Connect(Connect {
        level,
        client_id: request.client_id.into(),
        clean_session: request.clean_session,
        keep_alive: request.keep_alive_s,
        will: request.will.map(|will| Will {
            topic: will.topic.into(),
            payload: will.message.into(),
            qos: qos_to_mqtt(will.qos),
            retain: will.retain,
        }),
        username: request.username.map(Into::into),
        password: request
            .password
            .map(|password| Secret::new(password.into())),
    })
}
