//! What outlives a connection when the host asks for a kept session (MQTT 3.1.1 §4.1).

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use qmt_mqtt::PacketId;

use super::operation::Operation;

/// The client's half of a session.
#[derive(Debug, Default)]
pub(crate) struct Session {
    /// Whose it is.
    pub(crate) client_id: String,
    /// Identifiers of QoS 2 messages that were delivered and await PUBREL: a copy of one of them
    /// is not delivered again (MQTT 3.1.1 §4.3.3).
    pub(super) delivered: BTreeSet<PacketId>,
    /// Publishes without their last acknowledgement, oldest first.
    pub(super) unacknowledged: Vec<Operation>,
}

impl Session {
    /// A session in which nothing has happened.
    pub(crate) fn new(client_id: &str) -> Self {
        Self {
            client_id: client_id.into(),
            ..Self::default()
        }
    }
}
