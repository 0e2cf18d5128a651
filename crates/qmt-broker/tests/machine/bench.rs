//! A broker, virtual time and clients that speak packets.

use qmt_broker::{Broker, Cause, Config, ConnectionId, Event, Instant};
use qmt_mqtt::{
    ConnAck, ConnAckCode, Connect, Delivery, Level, Packet, PacketId, Publish, QoS, Receiver,
    SubAckCode, Subscribe,
};

pub(crate) const Q0: QoS = QoS::AtMostOnce;
pub(crate) const Q1: QoS = QoS::AtLeastOnce;
pub(crate) const Q2: QoS = QoS::ExactlyOnce;

pub(crate) struct Bench {
    pub(crate) broker: Broker,
    /// Milliseconds.
    pub(crate) now: u64,
}

/// The client's end of one connection.
pub(crate) struct Peer {
    pub(crate) id: ConnectionId,
    level: Level,
    receiver: Receiver,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        change(&mut config);
        Self {
            broker: Broker::new(config),
            now: 0,
        }
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    /// Opens a connection and sends CONNECT.
    pub(crate) fn connect(&mut self, connect: Connect) -> Peer {
        let now = self.now();
        let peer = Peer {
            id: self.broker.handle_open(now).expect("room for a connection"),
            level: connect.level,
            receiver: Receiver::client(1 << 20, connect.level, connect.clean_session),
        };
        self.send(&peer, &Packet::Connect(connect));
        peer
    }

    /// Connects and wants to be let in.
    pub(crate) fn join(&mut self, level: Level, client_id: &str, clean_session: bool) -> Peer {
        let mut connect = Connect::new(level, client_id);
        connect.clean_session = clean_session;
        let mut peer = self.connect(connect);
        // Only the CONNACK: what follows it is for the test.
        let len = self.transmit(&mut peer, 4);
        assert!(
            matches!(
                &*len,
                [Packet::ConnAck(ConnAck {
                    code: ConnAckCode::Accepted,
                    ..
                })]
            ),
            "{len:?}"
        );
        peer
    }

    pub(crate) fn send(&mut self, peer: &Peer, packet: &Packet) {
        let mut bytes = Vec::new();
        packet
            .encode(peer.level, &mut bytes)
            .expect("a packet that can be sent");
        let taken = self.broker.handle_input(self.now(), peer.id, &bytes);
        assert_eq!(taken, bytes.len());
    }

    /// Everything the broker has for this peer.
    pub(crate) fn received(&mut self, peer: &mut Peer) -> Vec<Packet> {
        let mut packets = Vec::new();
        loop {
            let came = self.transmit(peer, usize::MAX);
            if came.is_empty() {
                return packets;
            }
            packets.extend(came);
        }
    }

    /// Up to `len` bytes that the broker has for this peer.
    pub(crate) fn transmit(&mut self, peer: &mut Peer, len: usize) -> Vec<Packet> {
        let bytes = self.broker.poll_transmit(peer.id).unwrap_or_default();
        let len = len.min(bytes.len());
        let mut input = &bytes[..len];
        let mut packets = Vec::new();
        while let Some(packet) = peer
            .receiver
            .next_packet(&mut input)
            .expect("the broker speaks MQTT")
        {
            packets.push(packet);
        }
        self.broker.handle_transmitted(self.now(), peer.id, len);
        packets
    }

    /// Subscribes and gives the codes; wants nothing but SUBACK first.
    pub(crate) fn subscribe(
        &mut self,
        peer: &mut Peer,
        filters: &[(&str, QoS)],
    ) -> Vec<SubAckCode> {
        let filters: Vec<_> = filters
            .iter()
            .map(|(name, qos)| (String::from(*name), *qos))
            .collect();
        let length = 4 + filters.len();
        self.send(
            peer,
            &Packet::Subscribe(Subscribe {
                id: id(99),
                dup: false,
                filters,
            }),
        );
        match &*self.transmit(peer, length) {
            [Packet::SubAck(ack)] if ack.id == id(99) => ack.codes.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Publishes all the way to the last acknowledgement.
    pub(crate) fn publish(&mut self, peer: &mut Peer, topic: &str, payload: &str, qos: QoS) {
        self.send(peer, &publish(topic, payload, qos, 7));
        let answer = match qos {
            QoS::AtMostOnce => return,
            QoS::AtLeastOnce => Packet::PubAck(id(7)),
            QoS::ExactlyOnce => {
                assert!(self.received(peer).contains(&Packet::PubRec(id(7))));
                self.send(
                    peer,
                    &Packet::PubRel {
                        id: id(7),
                        dup: false,
                    },
                );
                Packet::PubComp(id(7))
            }
        };
        assert!(self.received(peer).contains(&answer));
    }

    /// The line breaks.
    pub(crate) fn cut(&mut self, peer: &Peer) {
        self.broker.handle_closed(self.now(), peer.id);
        assert!(!self.broker.is_open(peer.id));
    }

    pub(crate) fn wait_until(&mut self, millis: u64) {
        self.now = millis;
        self.broker.handle_timeout(self.now());
    }

    pub(crate) fn events(&mut self) -> Vec<Event> {
        core::iter::from_fn(|| self.broker.poll_event()).collect()
    }

    /// Why a connection ended, from the events not polled yet.
    pub(crate) fn cause(&mut self, peer: &Peer) -> Option<Cause> {
        self.events().into_iter().find_map(|event| match event {
            Event::Closed { connection, cause } if connection == peer.id => Some(cause),
            _ => None,
        })
    }
}

pub(crate) fn id(number: u16) -> PacketId {
    PacketId::new(number).expect("not zero")
}

pub(crate) fn publish(topic: &str, payload: &str, qos: QoS, number: u16) -> Packet {
    delivered(topic, payload, Delivery::new(qos, id(number), false))
}

pub(crate) fn again(topic: &str, payload: &str, qos: QoS, number: u16) -> Packet {
    delivered(topic, payload, Delivery::new(qos, id(number), true))
}

pub(crate) fn delivered(topic: &str, payload: &str, delivery: Delivery) -> Packet {
    Packet::Publish(Publish {
        delivery,
        retain: false,
        topic: topic.into(),
        payload: payload.into(),
    })
}

pub(crate) fn retained(packet: Packet) -> Packet {
    match packet {
        Packet::Publish(publish) => Packet::Publish(Publish {
            retain: true,
            ..publish
        }),
        other => panic!("{other:?}"),
    }
}
