//! SUBSCRIBE and UNSUBSCRIBE.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use qmt_mqtt::{Level, Packet, QoS, SubAck, SubAckCode, Subscribe, Unsubscribe, matches};

use super::Broker;
use super::publish::session_of;
use crate::connection::Connection;
use crate::{ConnectionId, Event};

impl Broker {
    /// Answers first, then sends what the topics retain, filter by filter, also for a filter that
    /// was held before (MQTT 3.1.1 §3.8.4-3). `ordered`: the code that a fault wants.
    pub(super) fn handle_subscribe(
        &mut self,
        id: ConnectionId,
        subscribe: &Subscribe,
        ordered: Option<u8>,
    ) {
        let most = match ordered {
            None => Some(self.config.max_qos),
            // Any other code refuses.
            Some(code) => QoS::from_number(code),
        };
        let mut codes = Vec::with_capacity(subscribe.filters.len());
        let mut taken = Vec::new();
        for (filter, asked) in &subscribe.filters {
            let granted = most.map(|most| (*asked).min(most));
            let code = match granted {
                Some(granted) if self.subscribe(id, filter, granted) => {
                    taken.push((filter.as_str(), granted));
                    SubAckCode::Granted(granted)
                }
                Some(granted) => self.denial(id, granted),
                None => SubAckCode::Refused,
            };
            codes.push(code);
            self.tell(Event::Subscribed {
                connection: id,
                filter: filter.clone(),
                code,
            });
        }
        let answer = Packet::SubAck(SubAck {
            id: subscribe.id,
            codes,
        });
        match ordered.filter(|_| most.is_none()) {
            Some(code) => self.send_with_code(id, answer, code),
            None => self.send(id, &answer),
        }
        for (filter, granted) in taken {
            self.send_retained(id, filter, granted);
        }
        self.pump(id);
    }

    pub(super) fn handle_unsubscribe(&mut self, id: ConnectionId, unsubscribe: Unsubscribe) {
        for filter in unsubscribe.filters {
            if let Some(session) = session_of(&self.connections, &mut self.sessions, id) {
                session.subscriptions.remove(&filter);
            }
            self.tell(Event::Unsubscribed {
                connection: id,
                filter,
            });
        }
        self.send(id, &Packet::UnsubAck(unsubscribe.id));
    }

    /// Enters a filter; `false` when it is denied or there are too many.
    fn subscribe(&mut self, id: ConnectionId, filter: &str, granted: QoS) -> bool {
        let denied = |denied: &String| denied == filter || matches(denied, filter);
        if self.config.denied_filters.iter().any(denied) {
            return false;
        }
        let Some(session) = session_of(&self.connections, &mut self.sessions, id) else {
            return false;
        };
        let room = session.subscriptions.len() < self.config.limits.subscriptions
            || session.subscriptions.contains_key(filter);
        if room {
            session.subscriptions.insert(filter.into(), granted);
        }
        room
    }

    /// MQTT 3.1.1 §3.9.3 has a code for it. MQTT 3.1 has none: mosquitto then grants in words only.
    fn denial(&self, id: ConnectionId, granted: QoS) -> SubAckCode {
        match self
            .connections
            .get(&id)
            .and_then(|connection| connection.receiver.level())
        {
            Some(Level::V31) => SubAckCode::Granted(granted),
            _ => SubAckCode::Refused,
        }
    }

    fn send_retained(&mut self, id: ConnectionId, filter: &str, granted: QoS) {
        let Some(client_id) = self.connections.get(&id).and_then(Connection::client_id) else {
            return;
        };
        let client_id = String::from(client_id);
        let limits = &self.config.limits;
        let selected = self
            .retained
            .values()
            .filter(|message| matches(filter, &message.topic));
        let mut dropped = Vec::new();
        if let Some(session) = session_of(&self.connections, &mut self.sessions, id) {
            for message in selected {
                if !session.enqueue(message, granted, true, limits) {
                    dropped.push(Arc::clone(message));
                }
            }
        }
        for message in dropped {
            self.drop_message(client_id.clone(), message);
        }
    }
}
