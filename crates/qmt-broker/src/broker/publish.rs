//! PUBLISH and its acknowledgements, and the way of a message to its subscribers.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use qmt_mqtt::{Delivery, Packet, PacketId, PacketKind, Publish};

use super::Broker;
use crate::connection::State;
use crate::session::Session;
use crate::{Cause, ConnectionId, Event, Message};

impl Broker {
    pub(super) fn handle_publish(
        &mut self,
        id: ConnectionId,
        publish: Publish,
    ) -> Result<(), Cause> {
        match publish.delivery {
            Delivery::AtMostOnce => self.route(id, publish.into()),
            // The message goes out before its acknowledgement, also to the sender itself.
            Delivery::AtLeastOnce { id: message, .. } => {
                self.route(id, publish.into());
                self.send(id, &Packet::PubAck(message));
            }
            // Passed on at PUBREL, so that a repetition changes nothing (MQTT 3.1.1 §4.3.3).
            Delivery::ExactlyOnce { id: message, .. } => {
                if let Some(session) = session_of(&self.connections, &mut self.sessions, id) {
                    session.hold(message, publish.into(), &self.config)?;
                }
                self.send(id, &Packet::PubRec(message));
            }
        }
        Ok(())
    }

    /// PUBREL of a known message passes it on; of an unknown one it is answered all the same,
    /// since the first PUBCOMP may be lost (MQTT 3.1.1 §4.3.3).
    pub(super) fn handle_release(&mut self, id: ConnectionId, message: PacketId) {
        let released = session_of(&self.connections, &mut self.sessions, id)
            .and_then(|session| session.release(message));
        if let Some(message) = released {
            self.route(id, message);
        }
        self.send(id, &Packet::PubComp(message));
    }

    /// PUBACK, PUBREC or PUBCOMP.
    pub(super) fn handle_ack(
        &mut self,
        id: ConnectionId,
        kind: PacketKind,
        message: PacketId,
    ) -> Result<(), Cause> {
        if let Some(session) = session_of(&self.connections, &mut self.sessions, id)
            && let Some(answer) = session.acknowledge(kind, message)?
        {
            self.send(id, &answer);
        }
        self.pump(id);
        Ok(())
    }

    /// Keeps a retained message and gives the message to everybody whose filters select it.
    pub(super) fn route(&mut self, from: ConnectionId, message: Message) {
        let message = Arc::new(message);
        self.counters.published += 1;
        self.tell(Event::Published {
            connection: from,
            message: Arc::clone(&message),
        });
        // As mosquitto: accepted and forgotten (MQTT 3.1.1 §4.7.2: not for clients).
        if message.topic.starts_with("$SYS/") || message.topic.starts_with("$CONTROL/") {
            return;
        }
        if message.retain {
            self.keep(&message);
        }
        let mut present = Vec::new();
        let mut missed = Vec::new();
        for (client_id, session) in &mut self.sessions {
            let Some(granted) = session.granted(&message.topic) else {
                continue;
            };
            // MQTT 3.1.1 §3.3.1-9: retain is clear for those who subscribed before.
            if session.enqueue(&message, granted, false, &self.config.limits) {
                present.extend(session.connection);
            } else {
                missed.push(client_id.clone());
            }
        }
        for id in present {
            self.pump(id);
        }
        for client_id in missed {
            self.drop_message(client_id, Arc::clone(&message));
        }
    }

    /// A queue was full.
    pub(super) fn drop_message(&mut self, client_id: String, message: Arc<Message>) {
        self.counters.dropped += 1;
        self.tell(Event::Dropped { client_id, message });
    }

    /// MQTT 3.1.1 §3.3.1.3: the last one is kept, an empty one clears.
    fn keep(&mut self, message: &Arc<Message>) {
        if message.payload.is_empty() {
            self.retained.remove(&message.topic);
        } else if self.retained.contains_key(&message.topic)
            || self.retained.len() < self.config.limits.retained
        {
            self.retained
                .insert(message.topic.clone(), Arc::clone(message));
        } else {
            self.counters.not_retained += 1;
        }
    }
}

/// The session of a connected client.
pub(super) fn session_of<'a>(
    connections: &super::Connections,
    sessions: &'a mut super::Sessions,
    id: ConnectionId,
) -> Option<&'a mut Session> {
    match &connections.get(&id)?.state {
        State::Connected(connected) => sessions.get_mut(&connected.client_id),
        State::Opening { .. } | State::Closing { .. } => None,
    }
}
