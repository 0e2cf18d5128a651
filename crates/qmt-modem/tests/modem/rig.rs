//! A modem, a broker and nothing in between, on one virtual clock.

use core::time::Duration;

use qmt_broker::{Broker, Config, ConnectionId};
use qmt_modem::{ConnectFailure, Modem, ModemConfig, NetworkEvent, NetworkRequest};
use qmt_mqtt::{Connect, Delivery, Level, Packet, PacketId, Publish};
use qmt_proto::{Instant, LinkId};

/// How the network treats the modem.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Network {
    /// Every name leads to the broker.
    Good,
    /// Connecting fails.
    Failing(ConnectFailure),
    /// Connecting never ends.
    Hanging,
}

pub(crate) struct Rig {
    pub(crate) modem: Modem,
    pub(crate) broker: Broker,
    pub(crate) network: Network,
    /// Whether the network takes nothing from the modem.
    pub(crate) stalled: bool,
    /// Whether what the modem sends to the broker is lost.
    pub(crate) black_hole: bool,
    /// What was lost so, with its time in ms.
    pub(crate) lost: Vec<(u64, Vec<u8>)>,
    /// Length of the pieces in which the modem gets its input.
    pub(crate) chunk: usize,
    pub(crate) now: Instant,
    sockets: [Option<ConnectionId>; LinkId::COUNT],
    peer: Option<ConnectionId>,
    output: Vec<u8>,
}

impl Rig {
    /// A modem that has been running for a while, echo off and sleep locked.
    pub(crate) fn quiet(config: ModemConfig) -> Self {
        let mut rig = Self::new(Modem::booted(config), Config::default());
        assert_eq!(rig.send("ATE0\r"), "ATE0\r\r\nOK\r\n");
        rig.ok("AT+QSCLK=0");
        rig
    }

    /// As [`quiet`](Self::quiet), with link 0 connected at 3.1.1 and subscribed to `t`.
    pub(crate) fn connected(config: ModemConfig) -> Self {
        let mut rig = Self::quiet(config);
        rig.connect(0);
        rig.ok("AT+QMTSUB=0,1,\"t\",2");
        rig
    }

    pub(crate) fn new(modem: Modem, broker: Config) -> Self {
        Self {
            modem,
            broker: Broker::new(broker),
            network: Network::Good,
            black_hole: false,
            stalled: false,
            lost: Vec::new(),
            chunk: usize::MAX,
            now: Instant::from_millis(1_000),
            sockets: [None; LinkId::COUNT],
            peer: None,
            output: Vec::new(),
        }
    }

    /// Opens and connects `link`.
    pub(crate) fn connect(&mut self, link: u8) {
        self.ok(&format!("AT+QMTCFG=\"version\",{link},1"));
        let opened = self.send(&format!("AT+QMTOPEN={link},\"h\",1883\r"));
        assert_eq!(opened, format!("\r\nOK\r\n\r\n+QMTOPEN: {link},0\r\n"));
        let connected = self.send(&format!("AT+QMTCONN={link},\"client{link}\"\r"));
        assert_eq!(connected, format!("\r\nOK\r\n\r\n+QMTCONN: {link},0,0\r\n"));
    }

    /// Sends a line that must be taken.
    pub(crate) fn ok(&mut self, line: &str) {
        let answer = self.send(&format!("{line}\r"));
        assert!(answer.starts_with("\r\nOK\r\n"), "{line}: {answer:?}");
    }

    /// As [`ok`](Self::ok), with echo on.
    pub(crate) fn ok_echoed(&mut self, line: &str) {
        let answer = self.send(&format!("{line}\r"));
        assert_eq!(answer, format!("{line}\r\r\nOK\r\n"));
    }

    /// Sends text, gives all that comes back in no time.
    pub(crate) fn send(&mut self, text: &str) -> String {
        String::from_utf8(self.send_bytes(text.as_bytes())).unwrap()
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) -> Vec<u8> {
        for piece in bytes.chunks(self.chunk.min(bytes.len()).max(1)) {
            self.modem.handle_input(self.now, piece);
            self.settle();
        }
        self.take()
    }

    /// Lets `ms` milliseconds pass, stopping wherever something is due.
    pub(crate) fn wait(&mut self, ms: u64) -> String {
        String::from_utf8(self.wait_bytes(ms)).unwrap()
    }

    pub(crate) fn wait_bytes(&mut self, ms: u64) -> Vec<u8> {
        let until = self.now.saturating_add(Duration::from_millis(ms));
        for _ in 0..10_000 {
            let due = [self.modem.poll_timeout(), self.broker_due()];
            let Some(next) = due
                .into_iter()
                .flatten()
                .min()
                .filter(|next| *next <= until)
            else {
                break;
            };
            self.now = next.max(self.now);
            self.modem.handle_timeout(self.now);
            self.broker.handle_timeout(broker_time(self.now));
            self.settle();
        }
        self.now = until;
        self.modem.handle_timeout(self.now);
        self.settle();
        self.take()
    }

    /// Another client publishes, QoS 2 with its release.
    pub(crate) fn publish(&mut self, topic: &str, payload: &[u8], qos: u8) -> Vec<u8> {
        let now = broker_time(self.now);
        let peer = match self.peer {
            Some(peer) => peer,
            None => {
                let peer = self.broker.handle_open(now).unwrap();
                self.peer = Some(peer);
                self.speak(peer, Packet::Connect(Connect::new(Level::V311, "peer")));
                peer
            }
        };
        let id = PacketId::ONE;
        self.speak(
            peer,
            Packet::Publish(Publish {
                delivery: match qos {
                    0 => Delivery::AtMostOnce,
                    1 => Delivery::AtLeastOnce { id, dup: false },
                    _ => Delivery::ExactlyOnce { id, dup: false },
                },
                retain: false,
                topic: topic.into(),
                payload: payload.into(),
            }),
        );
        if qos == 2 {
            self.speak(peer, Packet::PubRel { id, dup: false });
        }
        self.settle();
        self.take()
    }

    /// The broker's end of a link's socket is closed.
    pub(crate) fn drop_socket(&mut self, link: u8) -> String {
        let link = LinkId::new(link).unwrap();
        let id = self.sockets[link.index()].take().unwrap();
        self.broker.handle_closed(broker_time(self.now), id);
        self.modem
            .handle_network(self.now, NetworkEvent::Closed { link });
        self.settle();
        String::from_utf8(self.take()).unwrap()
    }

    /// What the modem has printed.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.drain();
        core::mem::take(&mut self.output)
    }

    fn broker_due(&self) -> Option<Instant> {
        let due = self.broker.poll_timeout()?;
        Some(Instant::from_millis(due.as_millis()))
    }

    fn speak(&mut self, peer: ConnectionId, packet: Packet) {
        let mut bytes = Vec::new();
        packet.encode(Level::V311, &mut bytes).unwrap();
        let now = broker_time(self.now);
        assert_eq!(self.broker.handle_input(now, peer, &bytes), bytes.len());
        let len = self.broker.poll_transmit(peer).map_or(0, <[u8]>::len);
        self.broker.handle_transmitted(now, peer, len);
    }

    fn drain(&mut self) {
        let len = self.modem.poll_transmit().len();
        self.output.extend_from_slice(self.modem.poll_transmit());
        self.modem.handle_transmitted(self.now, len);
    }

    /// Carries bytes and requests until nothing moves.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            self.drain();
            let mut moved = self.requests();
            for link in LinkId::ALL {
                moved |= self.carry(link);
            }
            while self.broker.poll_event().is_some() {}
            if !moved {
                return;
            }
        }
        panic!("livelock");
    }

    fn requests(&mut self) -> bool {
        let mut moved = false;
        while let Some(request) = self.modem.poll_network() {
            moved = true;
            let link = request.link();
            let event = match (request, self.network) {
                (NetworkRequest::Connect { .. }, Network::Hanging) => continue,
                (NetworkRequest::Connect { .. }, Network::Failing(cause)) => {
                    NetworkEvent::ConnectFailed { link, cause }
                }
                (NetworkRequest::Connect { .. }, Network::Good) => {
                    let id = self.broker.handle_open(broker_time(self.now)).unwrap();
                    assert_eq!(self.sockets[link.index()].replace(id), None);
                    NetworkEvent::Connected { link }
                }
                (NetworkRequest::Close { .. }, _) => {
                    if let Some(id) = self.sockets[link.index()].take() {
                        self.broker.handle_closed(broker_time(self.now), id);
                    }
                    NetworkEvent::Closed { link }
                }
                _ => unreachable!(),
            };
            self.modem.handle_network(self.now, event);
        }
        moved
    }

    fn carry(&mut self, link: LinkId) -> bool {
        let Some(id) = self.sockets[link.index()] else {
            return false;
        };
        let now = broker_time(self.now);
        let up = match self.stalled {
            true => Vec::new(),
            false => self.modem.poll_socket(link).to_vec(),
        };
        if !up.is_empty() {
            if self.black_hole {
                self.lost.push((self.now.as_millis(), up.clone()));
            } else {
                assert_eq!(self.broker.handle_input(now, id, &up), up.len());
            }
            self.modem
                .handle_socket_transmitted(self.now, link, up.len());
        }
        let down = self.broker.poll_transmit(id).unwrap_or_default().to_vec();
        if !down.is_empty() {
            let bytes = &down;
            self.modem
                .handle_network(self.now, NetworkEvent::Received { link, bytes });
            self.broker.handle_transmitted(now, id, down.len());
        }
        let closed = !self.broker.is_open(id);
        if closed && self.sockets[link.index()].take().is_some() {
            self.modem
                .handle_network(self.now, NetworkEvent::Closed { link });
        }
        !up.is_empty() || !down.is_empty() || closed
    }
}

fn broker_time(now: Instant) -> qmt_broker::Instant {
    qmt_broker::Instant::from_millis(now.as_millis())
}
