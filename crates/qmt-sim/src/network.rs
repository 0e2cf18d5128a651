//! A module and the broker it talks to, with a network between them that takes time.

use core::time::Duration;
use std::collections::VecDeque;

use qmt_broker::{Broker, ConnectionId};
use qmt_modem::{ConnectFailure, Modem, NetworkEvent, NetworkRequest};
use qmt_session::proto::{Instant, LinkId};

/// Everything behind the serial line.
#[derive(Debug)]
pub struct Network {
    /// The module.
    pub modem: Modem,
    /// The broker.
    pub broker: Broker,
    /// How long everything takes, each way.
    pub delay: Duration,
    /// What becomes of connections that the module asks for.
    pub reach: Reach,
    /// Whether what either side of a link sends is lost on the way, without a word.
    pub lost: [bool; LinkId::COUNT],
    sockets: [Option<ConnectionId>; LinkId::COUNT],
    /// Under way, in the order it will arrive.
    transit: VecDeque<(Instant, Parcel)>,
    events: Vec<qmt_broker::Event>,
}

/// Whether the module can reach the broker.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Reach {
    /// It can.
    Good,
    /// Connecting fails.
    Fails(ConnectFailure),
    /// Connecting never ends.
    Hangs,
}

/// Something on its way through the network.
#[derive(Debug)]
enum Parcel {
    Connect(LinkId),
    ToBroker(ConnectionId, Vec<u8>),
    BrokerClosed(ConnectionId),
    ToModem(LinkId, ConnectionId, Vec<u8>),
    ModemClosed(LinkId, ConnectionId),
}

impl Network {
    /// A module and a broker that have not met, at no distance.
    pub const fn new(modem: Modem, broker: Broker) -> Self {
        Self {
            modem,
            broker,
            delay: Duration::ZERO,
            reach: Reach::Good,
            lost: [false; LinkId::COUNT],
            sockets: [None; LinkId::COUNT],
            transit: VecDeque::new(),
            events: Vec::new(),
        }
    }

    /// The broker ends the connection of a link.
    pub fn drop_connection(&mut self, now: Instant, link: LinkId) {
        if let Some(connection) = self.sockets[link.index()].take() {
            self.broker.handle_closed(broker_time(now), connection);
            self.modem
                .handle_network(now, NetworkEvent::Closed { link });
        }
    }

    /// What the broker has seen since the last call.
    pub fn take_events(&mut self) -> Vec<qmt_broker::Event> {
        core::mem::take(&mut self.events)
    }

    /// When something behind the line is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let broker = self.broker.poll_timeout();
        let broker = broker.map(|at| Instant::from_millis(at.as_millis()));
        let parcel = self.transit.front().map(|(due, _)| *due);
        let modem = self.modem.poll_timeout();
        modem.into_iter().chain(broker).chain(parcel).min()
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.modem.handle_timeout(now);
        let (due, now) = (self.broker.poll_timeout(), broker_time(now));
        if due.is_some_and(|due| due <= now) {
            self.broker.handle_timeout(now);
        }
    }

    /// Moves what can move now between module and broker. Whether anything did.
    ///
    /// # Panics
    /// When the broker has no room for another connection.
    pub fn step(&mut self, now: Instant) -> bool {
        let mut moved = false;
        while let Some(request) = self.modem.poll_network() {
            moved = true;
            self.on_request(now, &request);
        }
        for link in LinkId::ALL {
            moved |= self.move_link(now, link);
        }
        while self.transit.front().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, parcel)) = self.transit.pop_front() {
                moved = true;
                self.deliver(now, parcel);
            }
        }
        while let Some(event) = self.broker.poll_event() {
            self.events.push(event);
        }
        moved
    }

    fn on_request(&mut self, now: Instant, request: &NetworkRequest) {
        match *request {
            NetworkRequest::Connect { link, .. } => match self.reach {
                Reach::Good => self.send(now, Parcel::Connect(link)),
                Reach::Fails(cause) => {
                    let event = NetworkEvent::ConnectFailed { link, cause };
                    self.modem.handle_network(now, event);
                }
                Reach::Hangs => {}
            },
            NetworkRequest::Close { link } => {
                if let Some(connection) = self.sockets[link.index()].take() {
                    self.send(now, Parcel::BrokerClosed(connection));
                }
                self.transit.retain(|(_, parcel)| {
                    !matches!(parcel, Parcel::Connect(to) | Parcel::ModemClosed(to, _) if *to == link)
                });
                self.modem
                    .handle_network(now, NetworkEvent::Closed { link });
            }
            ref other => panic!("unknown request {other:?}"),
        }
    }

    fn move_link(&mut self, now: Instant, link: LinkId) -> bool {
        let Some(connection) = self.sockets[link.index()] else {
            return false;
        };
        let at_broker = broker_time(now);
        let mut moved = false;
        let bytes = self.modem.poll_socket(link);
        if !bytes.is_empty() {
            let bytes = bytes.to_vec();
            self.modem.handle_socket_transmitted(now, link, bytes.len());
            if !self.lost[link.index()] {
                self.send(now, Parcel::ToBroker(connection, bytes));
            }
            moved = true;
        }
        let answer = self.broker.poll_transmit(connection).unwrap_or_default();
        if !answer.is_empty() && !self.modem.is_congested() {
            let bytes = answer.to_vec();
            self.broker
                .handle_transmitted(at_broker, connection, bytes.len());
            if !self.lost[link.index()] {
                self.send(now, Parcel::ToModem(link, connection, bytes));
            }
            moved = true;
        } else if answer.is_empty() && !self.broker.is_open(connection) {
            self.broker.handle_closed(at_broker, connection);
            self.sockets[link.index()] = None;
            let parcel = Parcel::ModemClosed(link, connection);
            self.send(now, parcel);
            moved = true;
        }
        moved
    }

    fn send(&mut self, now: Instant, parcel: Parcel) {
        let due = now.saturating_add(self.delay);
        // Nothing overtakes what was sent when the network was slower.
        let due = self.transit.back().map_or(due, |(last, _)| due.max(*last));
        self.transit.push_back((due, parcel));
    }

    fn deliver(&mut self, now: Instant, parcel: Parcel) {
        let at_broker = broker_time(now);
        match parcel {
            Parcel::Connect(link) => {
                let connection = self.broker.handle_open(at_broker).expect("room");
                self.sockets[link.index()] = Some(connection);
                self.modem
                    .handle_network(now, NetworkEvent::Connected { link });
            }
            Parcel::ToBroker(connection, bytes) => {
                let taken = self.broker.handle_input(at_broker, connection, &bytes);
                if taken < bytes.len() && self.broker.is_open(connection) {
                    // Its output is full: the rest waits until some of it has left.
                    let rest = Parcel::ToBroker(connection, bytes[taken..].to_vec());
                    let later = now.saturating_add(Duration::from_millis(1));
                    self.transit.push_front((later, rest));
                }
            }
            Parcel::BrokerClosed(connection) => self.broker.handle_closed(at_broker, connection),
            Parcel::ToModem(link, connection, bytes) => {
                if self.sockets[link.index()] == Some(connection) {
                    let bytes = &bytes;
                    self.modem
                        .handle_network(now, NetworkEvent::Received { link, bytes });
                }
            }
            Parcel::ModemClosed(link, connection) => {
                let current = self.sockets[link.index()];
                if current.is_none() || current == Some(connection) {
                    self.modem
                        .handle_network(now, NetworkEvent::Closed { link });
                }
            }
        }
    }
}

/// The same time, in the broker's words.
pub(crate) const fn broker_time(now: Instant) -> qmt_broker::Instant {
    qmt_broker::Instant::from_millis(now.as_millis())
}
