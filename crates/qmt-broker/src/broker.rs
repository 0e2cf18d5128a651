//! The machine: connections, bytes and time in, bytes and events out.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use qmt_mqtt::{ConnAck, ConnAckCode, MqttError, Packet, PacketKind};

use crate::connection::{Connection, State};
use crate::faults::Faults;
use crate::session::Session;
use crate::{Cause, Config, ConnectionId, Counters, Event, FaultRule, Instant, Message};

mod connect;
mod misbehave;
mod publish;
mod subscribe;

use misbehave::Conduct;

type Connections = BTreeMap<ConnectionId, Connection>;
/// By client identifier.
type Sessions = BTreeMap<String, Session>;

/// An MQTT 3.1 and 3.1.1 broker without I/O and clock.
///
/// Each `handle_*` may leave bytes for any connection, not only its own, and events; poll both
/// afterwards. A connection for which [`Broker::is_open`] turned false is to be closed.
#[derive(Debug)]
pub struct Broker {
    config: Config,
    connections: Connections,
    sessions: Sessions,
    /// By topic; payloads are not empty.
    retained: BTreeMap<String, Arc<Message>>,
    events: VecDeque<Event>,
    counters: Counters,
    faults: Faults,
    /// Number of the next connection.
    next_connection: u64,
    /// Number of the next client that sends no identifier.
    next_client: u64,
}

/// Why a connection is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// As many as [`crate::Limits::connections`] are open.
    TooManyConnections {
        /// That limit.
        limit: usize,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyConnections { limit } => write!(f, "already {limit} connections"),
        }
    }
}

impl core::error::Error for OpenError {}

impl Broker {
    /// Creates a broker without clients. Limits without which nothing would move are at least 1.
    #[must_use]
    pub fn new(mut config: Config) -> Self {
        let limits = &mut config.limits;
        limits.in_flight = limits.in_flight.max(1);
        limits.output = limits.output.max(1);
        limits.events = limits.events.max(1);
        let faults = Faults::new(core::mem::take(&mut config.faults), config.seed);
        Self {
            faults,
            config,
            connections: BTreeMap::new(),
            sessions: BTreeMap::new(),
            retained: BTreeMap::new(),
            events: VecDeque::new(),
            counters: Counters::default(),
            next_connection: 0,
            next_client: 0,
        }
    }

    /// A peer connected.
    ///
    /// # Errors
    /// [`OpenError::TooManyConnections`]: close it.
    pub fn handle_open(&mut self, now: Instant) -> Result<ConnectionId, OpenError> {
        let limit = self.config.limits.connections;
        if self.connections.len() >= limit {
            return Err(OpenError::TooManyConnections { limit });
        }
        let id = ConnectionId(self.next_connection);
        self.next_connection += 1;
        self.connections.insert(
            id,
            Connection::new(now, &self.config, !self.faults.is_empty()),
        );
        Ok(id)
    }

    /// Bytes came from a peer; gives how many were taken.
    ///
    /// Fewer than all are taken while the peer's own output or the events are over their limit:
    /// transmit, poll events, then offer the rest again. A connection that is over takes all and
    /// drops it.
    pub fn handle_input(&mut self, now: Instant, id: ConnectionId, bytes: &[u8]) -> usize {
        let mut input = bytes;
        loop {
            let Some(connection) = self.connections.get_mut(&id) else {
                return bytes.len();
            };
            if connection.is_closing() || connection.muted {
                return bytes.len();
            }
            if connection.output.len() >= self.config.limits.output
                || self.events.len() >= self.config.limits.events
            {
                break;
            }
            match connection.receiver.next_packet(&mut input) {
                Ok(Some(packet)) => {
                    connection.heard(now);
                    if let Err(cause) = self.handle_packet(now, id, packet) {
                        self.end(now, id, cause);
                    }
                }
                Ok(None) => break,
                Err(error) => self.handle_malformed(now, id, error),
            }
            self.settle(now);
        }
        bytes.len() - input.len()
    }

    /// The first `len` bytes of [`Self::poll_transmit`] went out.
    pub fn handle_transmitted(&mut self, now: Instant, id: ConnectionId, len: usize) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        connection.output.transmitted(len);
        if connection.is_closing() {
            self.remove_if_done(id);
        } else {
            self.pump(id);
            self.settle(now);
        }
    }

    /// The peer ended the stream, or it broke.
    pub fn handle_closed(&mut self, now: Instant, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.output.discard();
            self.end(now, id, Cause::PeerClosed);
            // Also one that was over already and only waited for its last bytes.
            self.remove_if_done(id);
            self.settle(now);
        }
    }

    /// Time passed. Early or late calls do no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        for connection in self.connections.values_mut() {
            connection.output.handle_timeout(now);
        }
        let due: Vec<_> = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.deadline().is_some_and(|at| at <= now))
            .map(|(id, connection)| {
                let cause = match connection.state {
                    State::Opening { .. } => Some(Cause::ConnectTimeout),
                    State::Connected(_) => Some(Cause::KeepAlive),
                    State::Closing { .. } => None,
                };
                (*id, cause)
            })
            .collect();
        for (id, cause) in due {
            match cause {
                Some(cause) => self.end(now, id, cause),
                None => {
                    self.connections.remove(&id);
                }
            }
        }
        self.settle(now);
    }

    /// Bytes to transmit to a peer; [`Self::handle_transmitted`] commits them.
    #[must_use]
    pub fn poll_transmit(&self, id: ConnectionId) -> Option<&[u8]> {
        self.connections.get(&id)?.output.peek()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Self::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.connections
            .values()
            .flat_map(|connection| [connection.deadline(), connection.output.poll_timeout()])
            .flatten()
            .min()
    }

    /// Tells whether the connection is to be kept: it is in use or has bytes to go out.
    #[must_use]
    pub fn is_open(&self, id: ConnectionId) -> bool {
        self.connections.contains_key(&id)
    }

    /// Connections that are open, in the order they came.
    pub fn connections(&self) -> impl Iterator<Item = ConnectionId> {
        self.connections.keys().copied()
    }

    /// What was counted so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// From now on the broker also does this wrong.
    pub fn add_fault(&mut self, rule: FaultRule) {
        self.faults.add(rule);
        for connection in self.connections.values_mut() {
            connection.output.stage();
        }
    }

    /// From now on the broker does nothing wrong. What is kept back and who is answered no more
    /// stay so.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// How often each kind of fault was done, by its name; those that were not are left out.
    pub fn faults(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.faults.counts()
    }

    /// The message a topic retains.
    #[must_use]
    pub fn retained(&self, topic: &str) -> Option<&Message> {
        self.retained.get(topic).map(|message| &**message)
    }

    /// Every packet of a client passes here.
    fn handle_packet(
        &mut self,
        now: Instant,
        id: ConnectionId,
        packet: Packet,
    ) -> Result<(), Cause> {
        let code = match self.misbehave(id, packet.kind()) {
            Some(Conduct::Ignore) => return Ok(()),
            Some(Conduct::Close) => return Err(Cause::Misbehaved),
            Some(Conduct::Code(code)) => Some(code),
            None => None,
        };
        if let (Packet::Connect(_), Some(code)) = (&packet, code) {
            return Err(self.refuse_with(id, code));
        }
        match packet {
            Packet::Connect(connect) => self.handle_connect(now, id, connect),
            Packet::Publish(publish) => self.handle_publish(id, publish),
            Packet::PubAck(message) => self.handle_ack(id, PacketKind::PubAck, message),
            Packet::PubRec(message) => self.handle_ack(id, PacketKind::PubRec, message),
            Packet::PubComp(message) => self.handle_ack(id, PacketKind::PubComp, message),
            Packet::PubRel { id: message, .. } => {
                self.handle_release(id, message);
                Ok(())
            }
            Packet::Subscribe(subscribe) => {
                self.handle_subscribe(id, &subscribe, code);
                Ok(())
            }
            Packet::Unsubscribe(unsubscribe) => {
                self.handle_unsubscribe(id, unsubscribe);
                Ok(())
            }
            Packet::PingReq => {
                self.send(id, &Packet::PingResp);
                Ok(())
            }
            Packet::Disconnect => Err(Cause::Disconnected),
            // The receiver refuses what only a broker sends.
            Packet::ConnAck(_) | Packet::SubAck(_) | Packet::UnsubAck(_) | Packet::PingResp => {
                Err(Cause::Malformed(MqttError::Direction {
                    kind: packet.kind(),
                }))
            }
        }
    }

    fn handle_malformed(&mut self, now: Instant, id: ConnectionId, error: MqttError) {
        let cause = match error {
            // MQTT 3.1.1 §3.1.2.2-2: the one malformed packet that is answered.
            MqttError::UnknownLevel { .. } => self.refuse(id, ConnAckCode::UnacceptableProtocol),
            error => Cause::Malformed(error),
        };
        self.end(now, id, cause);
    }

    fn refuse(&mut self, id: ConnectionId, code: ConnAckCode) -> Cause {
        self.send(
            id,
            &Packet::ConnAck(ConnAck {
                session_present: false,
                code,
            }),
        );
        Cause::Refused(code)
    }

    fn send(&mut self, id: ConnectionId, packet: &Packet) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.send(packet);
        }
    }

    /// Input waits when the events are over their limit; what one packet adds beyond twice that is
    /// only counted.
    fn tell(&mut self, event: Event) {
        if self.events.len() < self.config.limits.events.saturating_mul(2) {
            self.events.push_back(event);
        } else {
            self.counters.untold += 1;
        }
    }

    /// Lets the client's session write what it may.
    fn pump(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let State::Connected(connected) = &connection.state else {
            return;
        };
        if let Some(session) = self.sessions.get_mut(&connected.client_id) {
            let limits = &self.config.limits;
            session.pump(
                connected.level,
                &mut connection.output,
                limits,
                &mut self.counters,
            );
        }
    }

    /// Ends a connection: publishes its will unless it said goodbye, and lets its session go or
    /// rest.
    fn end(&mut self, now: Instant, id: ConnectionId, cause: Cause) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        if connection.is_closing() {
            return;
        }
        let connected = connection.end(now);
        self.tell(Event::Closed {
            connection: id,
            cause,
        });
        if let Some(connected) = connected {
            if let Some(session) = self.sessions.get_mut(&connected.client_id) {
                if session.clean {
                    self.sessions.remove(&connected.client_id);
                } else {
                    session.suspend();
                }
            }
            // MQTT 3.1.1 §3.1.2.5, §3.14.4-3.
            if let Some(will) = connected.will
                && cause != Cause::Disconnected
            {
                self.route(id, will);
            }
        }
        self.remove_if_done(id);
    }

    fn remove_if_done(&mut self, id: ConnectionId) {
        let done =
            |connection: &Connection| connection.is_closing() && connection.output.is_written();
        if self.connections.get(&id).is_some_and(done) {
            self.connections.remove(&id);
        }
    }
}
