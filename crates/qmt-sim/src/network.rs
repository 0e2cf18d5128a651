//! A module and the broker it talks to, with nothing between them but function calls.

use qmt_broker::{Broker, ConnectionId};
use qmt_modem::{Modem, NetworkEvent, NetworkRequest};
use qmt_session::proto::{Instant, LinkId};

/// Everything behind the serial line.
#[derive(Debug)]
pub struct Network {
    /// The module.
    pub modem: Modem,
    /// The broker.
    pub broker: Broker,
    sockets: [Option<ConnectionId>; LinkId::COUNT],
}

impl Network {
    /// A module and a broker that have not met.
    pub const fn new(modem: Modem, broker: Broker) -> Self {
        Self {
            modem,
            broker,
            sockets: [None; LinkId::COUNT],
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

    /// When something behind the line is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let broker = self.broker.poll_timeout();
        let broker = broker.map(|at| Instant::from_millis(at.as_millis()));
        self.modem.poll_timeout().into_iter().chain(broker).min()
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.modem.handle_timeout(now);
        self.broker.handle_timeout(broker_time(now));
    }

    /// Moves what can move now between module and broker. Whether anything did.
    ///
    /// # Panics
    /// When the broker has no room for another connection.
    pub fn step(&mut self, now: Instant) -> bool {
        let at_broker = broker_time(now);
        let mut moved = false;
        while let Some(request) = self.modem.poll_network() {
            moved = true;
            match request {
                NetworkRequest::Connect { link, .. } => {
                    let connection = self.broker.handle_open(at_broker).expect("room");
                    self.sockets[link.index()] = Some(connection);
                    self.modem
                        .handle_network(now, NetworkEvent::Connected { link });
                }
                NetworkRequest::Close { link } => {
                    if let Some(connection) = self.sockets[link.index()].take() {
                        self.broker.handle_closed(at_broker, connection);
                    }
                    self.modem
                        .handle_network(now, NetworkEvent::Closed { link });
                }
                other => panic!("unknown request {other:?}"),
            }
        }
        for link in LinkId::ALL {
            let Some(connection) = self.sockets[link.index()] else {
                continue;
            };
            let bytes = self.modem.poll_socket(link).to_vec();
            if !bytes.is_empty() {
                let taken = self.broker.handle_input(at_broker, connection, &bytes);
                self.modem.handle_socket_transmitted(now, link, taken);
                moved |= taken > 0;
            }
            let answer = self.broker.poll_transmit(connection).unwrap_or_default();
            if !answer.is_empty() {
                let bytes = answer.to_vec();
                self.broker
                    .handle_transmitted(at_broker, connection, bytes.len());
                let event = NetworkEvent::Received {
                    link,
                    bytes: &bytes,
                };
                self.modem.handle_network(now, event);
                moved = true;
            } else if !self.broker.is_open(connection) {
                self.sockets[link.index()] = None;
                self.broker.handle_closed(at_broker, connection);
                self.modem
                    .handle_network(now, NetworkEvent::Closed { link });
                moved = true;
            }
        }
        while self.broker.poll_event().is_some() {}
        moved
    }
}

/// The same time, in the broker's words.
pub(crate) const fn broker_time(now: Instant) -> qmt_broker::Instant {
    qmt_broker::Instant::from_millis(now.as_millis())
}
