//! Another client of the broker: who publishes to the module and hears what it publishes.

use qmt_broker::{Broker, ConnectionId, Instant};
use qmt_mqtt::{Connect, Delivery, Level, Packet, PacketId, Publish, QoS, Receiver, Subscribe};

/// A client connected to the broker by nothing but function calls.
#[derive(Debug)]
pub struct Peer {
    connection: ConnectionId,
    receiver: Receiver,
    next_id: PacketId,
    /// Messages received, topic and payload, in order.
    pub received: Vec<(String, Vec<u8>)>,
}

impl Peer {
    /// Connects as `client_id` with a clean session.
    ///
    /// # Panics
    /// When the broker does not take it.
    pub fn connect(broker: &mut Broker, now: Instant, client_id: &str) -> Self {
        let connection = broker.handle_open(now).expect("the broker has room");
        let mut peer = Self {
            connection,
            receiver: Receiver::client(1 << 20, Level::V311, true),
            next_id: PacketId::ONE,
            received: Vec::new(),
        };
        let mut connect = Connect::new(Level::V311, client_id);
        connect.keep_alive = 0;
        peer.send(broker, now, &Packet::Connect(connect));
        peer.run(broker, now);
        peer
    }

    /// Subscribes.
    pub fn subscribe(&mut self, broker: &mut Broker, now: Instant, filter: &str, qos: QoS) {
        let id = self.id();
        let subscribe = Subscribe {
            id,
            dup: false,
            filters: vec![(filter.to_owned(), qos)],
        };
        self.send(broker, now, &Packet::Subscribe(subscribe));
        self.run(broker, now);
    }

    /// Publishes.
    pub fn publish(
        &mut self,
        broker: &mut Broker,
        now: Instant,
        topic: &str,
        payload: &[u8],
        qos: QoS,
        retain: bool,
    ) {
        let id = self.id();
        let publish = Publish {
            delivery: Delivery::new(qos, id, false),
            retain,
            topic: topic.to_owned(),
            payload: payload.to_vec(),
        };
        self.send(broker, now, &Packet::Publish(publish));
        self.run(broker, now);
    }

    /// Takes what the broker has sent and acknowledges it. Whether there was anything.
    pub fn run(&mut self, broker: &mut Broker, now: Instant) -> bool {
        let mut moved = false;
        while let Some(bytes) = broker.poll_transmit(self.connection) {
            if bytes.is_empty() {
                break;
            }
            moved = true;
            let bytes = bytes.to_vec();
            broker.handle_transmitted(now, self.connection, bytes.len());
            let mut input = &bytes[..];
            while let Some(packet) = self
                .receiver
                .next_packet(&mut input)
                .expect("valid packets")
            {
                self.on_packet(broker, now, packet);
            }
        }
        moved
    }

    fn on_packet(&mut self, broker: &mut Broker, now: Instant, packet: Packet) {
        let answer = match packet {
            Packet::Publish(publish) => {
                self.received.push((publish.topic, publish.payload));
                match publish.delivery {
                    Delivery::AtMostOnce => return,
                    Delivery::AtLeastOnce { id, .. } => Packet::PubAck(id),
                    Delivery::ExactlyOnce { id, .. } => Packet::PubRec(id),
                }
            }
            Packet::PubRec(id) => Packet::PubRel { id, dup: false },
            Packet::PubRel { id, .. } => Packet::PubComp(id),
            _ => return,
        };
        self.send(broker, now, &answer);
    }

    fn send(&mut self, broker: &mut Broker, now: Instant, packet: &Packet) {
        let mut bytes = Vec::new();
        packet
            .encode(Level::V311, &mut bytes)
            .expect("a legal packet");
        let taken = broker.handle_input(now, self.connection, &bytes);
        assert_eq!(taken, bytes.len(), "the broker takes all of it");
    }

    fn id(&mut self) -> PacketId {
        self.next_id = self.next_id.next();
        self.next_id
    }
}
