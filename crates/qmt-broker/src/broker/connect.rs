//! CONNECT: who is let in, and with which session.

use alloc::format;
use alloc::string::String;
use core::time::Duration;

use qmt_mqtt::{ConnAck, ConnAckCode, Connect, Level, Packet};

use super::Broker;
use crate::connection::{Connected, State};
use crate::session::Session;
use crate::{Cause, ConnectionId, Event, Instant, Message};

impl Broker {
    pub(super) fn handle_connect(
        &mut self,
        now: Instant,
        id: ConnectionId,
        connect: Connect,
    ) -> Result<(), Cause> {
        // What is below belongs to the broker (MQTT 3.1.1 §4.7.2). mosquitto's sequences want the
        // close; 2.0.11 did not yet.
        if connect
            .will
            .as_ref()
            .is_some_and(|will| will.topic.starts_with("$CONTROL/"))
        {
            return Err(Cause::ControlWill);
        }
        if let Err(code) = self.admit(&connect) {
            return Err(self.refuse(id, code));
        }
        let client_id = match connect.client_id {
            client_id if client_id.is_empty() => self.invent_client_id(),
            client_id => client_id,
        };

        // MQTT 3.1.1 §3.1.4-2: the older connection goes, and its will is published.
        let older = self
            .sessions
            .get(&client_id)
            .and_then(|session| session.connection);
        if let Some(older) = older {
            self.end(now, older, Cause::TakenOver);
        }
        // MQTT 3.1.1 §3.1.2.4: a clean session forgets what was before and ends with the connection.
        if connect.clean_session {
            self.sessions.remove(&client_id);
        }
        let kept = self.sessions.contains_key(&client_id);
        if !kept && self.sessions.len() >= self.config.limits.sessions {
            return Err(self.refuse(id, ConnAckCode::ServerUnavailable));
        }
        let session = self
            .sessions
            .entry(client_id.clone())
            .or_insert_with(|| Session::new(connect.clean_session));
        session.connection = Some(id);
        session.resume();

        let level = connect.level;
        if let Some(connection) = self.connections.get_mut(&id) {
            // MQTT 3.1.1 §3.1.2.10: one and a half times the keep-alive; zero means none.
            let patience = match connect.keep_alive {
                0 => None,
                seconds => Some(Duration::from_millis(u64::from(seconds) * 1_500)),
            };
            connection.state = State::Connected(Connected {
                client_id: client_id.clone(),
                level,
                patience,
                silent_at: patience.map(|patience| now + patience),
                will: connect.will.map(Message::from),
            });
        }
        // MQTT 3.1.1 §3.2.2.2; the flag does not exist at 3.1.
        let session_present = kept && level == Level::V311;
        let code = ConnAckCode::Accepted;
        self.send(
            id,
            &Packet::ConnAck(ConnAck {
                session_present,
                code,
            }),
        );
        self.tell(Event::Connected {
            connection: id,
            client_id,
            level,
            session_present: kept,
        });
        self.pump(id);
        Ok(())
    }

    /// Judges identifier and login.
    fn admit(&self, connect: &Connect) -> Result<(), ConnAckCode> {
        // MQTT 3.1 §3.1 wants an identifier; MQTT 3.1.1 §3.1.3-8 only for a session to be kept.
        // The 23 characters of 3.1 are not enforced, as nowhere.
        if connect.client_id.is_empty() && (connect.level == Level::V31 || !connect.clean_session) {
            return Err(ConnAckCode::IdentifierRejected);
        }
        match &connect.username {
            None if self.config.anonymous => Ok(()),
            None => Err(ConnAckCode::NotAuthorized),
            Some(_) if self.config.logins.is_empty() => Ok(()),
            Some(name) => match self.config.logins.get(name) {
                Some(password) if connect.password.as_ref() == Some(password) => Ok(()),
                _ => Err(self.config.wrong_login),
            },
        }
    }

    /// Makes an identifier up (MQTT 3.1.1 §3.1.3-6).
    fn invent_client_id(&mut self) -> String {
        loop {
            let client_id = format!("auto-{}", self.next_client);
            self.next_client += 1;
            if !self.sessions.contains_key(&client_id) {
                return client_id;
            }
        }
    }
}
