//! However often the lines break: QoS 1 arrives at least once, QoS 2 exactly once, in order.

use proptest::prelude::*;
use qmt_mqtt::{Delivery, Level, Packet, PacketId, QoS};

use crate::bench::{Bench, Peer, Q1, Q2, again, id, publish};

/// What the world does next.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// The publisher moves its oldest unfinished message on.
    Publish,
    /// The subscriber reads up to so many bytes and acknowledges what it got.
    Read(usize),
    /// A line breaks, and with it what is on it.
    CutPublisher,
    CutSubscriber,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Publish),
        6 => (1_usize..60).prop_map(Act::Read),
        1 => Just(Act::CutPublisher),
        1 => Just(Act::CutSubscriber),
    ]
}

/// Publishes the payloads 0, 1, 2, .. one after the other, each until its last acknowledgement.
struct Publisher {
    qos: QoS,
    level: Level,
    peer: Peer,
    finished: usize,
    /// PUBLISH of the current message went out at least once.
    started: bool,
    /// PUBREC came for it.
    recorded: bool,
}

impl Publisher {
    fn step(&mut self, bench: &mut Bench) {
        let number = self.number();
        let payload = self.finished.to_string();
        let packet = match (self.recorded, self.started) {
            (true, _) => Packet::PubRel {
                id: id(number),
                dup: false,
            },
            (false, true) => again("t", &payload, self.qos, number),
            (false, false) => publish("t", &payload, self.qos, number),
        };
        self.started = true;
        bench.send(&self.peer, &packet);
        for answer in bench.received(&mut self.peer) {
            match answer {
                Packet::PubRec(_) => self.recorded = true,
                Packet::PubAck(_) | Packet::PubComp(_) => {
                    self.finished += 1;
                    (self.started, self.recorded) = (false, false);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// The same packet, but the answer is lost with the line.
    fn cut(&mut self, bench: &mut Bench) {
        bench.cut(&self.peer);
        self.peer = bench.join(self.level, "publisher", false);
    }

    fn number(&self) -> u16 {
        u16::try_from(self.finished % 5 + 1).expect("small")
    }
}

/// Keeps what it got, as MQTT 3.1.1 §4.3 asks of a receiver.
struct Subscriber {
    level: Level,
    peer: Peer,
    got: Vec<usize>,
    recorded: Vec<PacketId>,
}

impl Subscriber {
    fn read(&mut self, bench: &mut Bench, len: usize) {
        for packet in bench.transmit(&mut self.peer, len) {
            let answer = match packet {
                Packet::Publish(publish) => {
                    let number = String::from_utf8(publish.payload).expect("a number");
                    let number = number.parse().expect("a number");
                    match publish.delivery {
                        Delivery::AtLeastOnce { id, .. } => {
                            self.got.push(number);
                            Packet::PubAck(id)
                        }
                        Delivery::ExactlyOnce { id, .. } => {
                            if !self.recorded.contains(&id) {
                                self.recorded.push(id);
                                self.got.push(number);
                            }
                            Packet::PubRec(id)
                        }
                        Delivery::AtMostOnce => panic!("nothing was sent at QoS 0"),
                    }
                }
                Packet::PubRel { id, .. } => {
                    self.recorded.retain(|known| *known != id);
                    Packet::PubComp(id)
                }
                other => panic!("{other:?}"),
            };
            bench.send(&self.peer, &answer);
        }
    }

    fn cut(&mut self, bench: &mut Bench) {
        bench.cut(&self.peer);
        self.peer = bench.join(self.level, "subscriber", false);
    }
}

fn run(level: Level, qos: QoS, acts: &[Act]) -> (usize, Vec<usize>) {
    let mut bench = Bench::with(|config| {
        config.limits.in_flight = 3;
        config.limits.output = 64;
        config.identical_publishes = None;
    });
    let mut peer = bench.join(level, "subscriber", false);
    bench.subscribe(&mut peer, &[("t", qos)]);
    let mut subscriber = Subscriber {
        level,
        peer,
        got: Vec::new(),
        recorded: Vec::new(),
    };
    let peer = bench.join(level, "publisher", false);
    let mut publisher = Publisher {
        qos,
        level,
        peer,
        finished: 0,
        started: false,
        recorded: false,
    };
    for act in acts {
        match *act {
            Act::Publish => publisher.step(&mut bench),
            Act::Read(len) => subscriber.read(&mut bench, len),
            Act::CutPublisher => publisher.cut(&mut bench),
            Act::CutSubscriber => subscriber.cut(&mut bench),
        }
        bench.events();
    }
    // The faults stop: everything comes to rest.
    while publisher.started {
        publisher.step(&mut bench);
    }
    while bench.broker.poll_transmit(subscriber.peer.id).is_some() {
        subscriber.read(&mut bench, usize::MAX);
    }
    assert_eq!(bench.broker.counters().dropped, 0);
    (publisher.finished, subscriber.got)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn qos_2_arrives_exactly_once_and_in_order(acts in prop::collection::vec(act(), 0..200), old in any::<bool>()) {
        let level = if old { Level::V31 } else { Level::V311 };
        let (finished, got) = run(level, Q2, &acts);
        prop_assert_eq!(got, (0..finished).collect::<Vec<_>>());
    }

    #[test]
    fn qos_1_arrives_at_least_once_and_first_copies_in_order(acts in prop::collection::vec(act(), 0..200), old in any::<bool>()) {
        let level = if old { Level::V31 } else { Level::V311 };
        let (finished, got) = run(level, Q1, &acts);
        let mut first = Vec::new();
        for number in got {
            if !first.contains(&number) {
                first.push(number);
            }
        }
        prop_assert_eq!(first, (0..finished).collect::<Vec<_>>());
    }

    /// Any bytes from any number of connections, in any cutting: no panic, no growth.
    #[test]
    fn any_bytes_are_survived(
        inputs in prop::collection::vec((0_usize..3, prop::collection::vec(any::<u8>(), 0..80)), 0..30),
    ) {
        let mut bench = Bench::with(|config| config.limits.output = 500);
        let mut peers: Vec<_> =
            ["a", "b", "c"].map(|name| bench.join(Level::V31, name, name == "a")).into();
        for (at, bytes) in inputs {
            let now = bench.now();
            bench.broker.handle_input(now, peers[at].id, &bytes);
            prop_assert!(bench.events().len() < 1_000);
            if !bench.broker.is_open(peers[at].id) {
                peers[at] = bench.join(Level::V311, ["a", "b", "c"][at], at == 0);
            }
            bench.received(&mut peers[at]);
        }
    }
}
