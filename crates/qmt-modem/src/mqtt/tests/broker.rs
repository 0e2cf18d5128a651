//! Links and the loopback broker on one virtual clock.

use alloc::collections::VecDeque;

use qmt_broker::{Broker, Config, ConnectionId};

use super::*;

/// A broker and the links to it. Bytes take no time, and whole packets from the broker may get
/// lost, as a broker that forgets to answer would have it.
struct Net {
    broker: Broker,
    links: Vec<(Bench, ConnectionId)>,
    now: Instant,
    /// First bytes of the broker's next packets to link 0 that get lost.
    to_lose: VecDeque<u8>,
}

impl Net {
    fn new(config: Config) -> Self {
        Self {
            broker: Broker::new(config),
            links: Vec::new(),
            now: Instant::ZERO,
            to_lose: VecDeque::new(),
        }
    }

    fn broker_now(&self) -> qmt_broker::Instant {
        qmt_broker::Instant::from_millis(self.now.as_millis())
    }

    /// Opens a link and connects; gives its number.
    fn connect(&mut self, request: ConnectRequest<'_>) -> usize {
        let mut bench = Bench::opened(10, 5);
        bench.now = self.now;
        bench.link.connect(self.now, request).unwrap();
        let id = self.broker.handle_open(self.broker_now()).unwrap();
        self.links.push((bench, id));
        self.settle();
        self.links.len() - 1
    }

    fn link(&mut self, number: usize) -> &mut MqttLink {
        &mut self.links[number].0.link
    }

    fn events(&mut self, number: usize) -> Vec<MqttEvent> {
        self.links[number].0.events()
    }

    /// Carries bytes until there are none.
    fn settle(&mut self) {
        for _ in 0..1000 {
            let now = self.broker_now();
            let mut moved = false;
            for (number, (bench, id)) in self.links.iter_mut().enumerate() {
                bench.now = self.now;
                let sent = bench.sent();
                moved |= !sent.is_empty();
                if self.broker.is_open(*id) {
                    assert_eq!(self.broker.handle_input(now, *id, &sent), sent.len());
                }
                let bytes = self.broker.poll_transmit(*id).unwrap_or_default().to_vec();
                self.broker.handle_transmitted(now, *id, bytes.len());
                moved |= !bytes.is_empty();
                if number == 0
                    && bytes
                        .first()
                        .is_some_and(|b| self.to_lose.front() == Some(b))
                {
                    self.to_lose.pop_front();
                } else {
                    bench.input(&bytes);
                }
                let over = bench.link.state() == ConnectionState::DISCONNECTING;
                if !self.broker.is_open(*id) && !over {
                    bench.link.handle_closed(self.now);
                }
            }
            while self.broker.poll_event().is_some() {}
            if !moved {
                return;
            }
        }
        panic!("livelock");
    }

    /// Lets time pass, deadline by deadline.
    fn pass(&mut self, ms: u64) {
        let until = self.now.as_millis() + ms;
        for _ in 0..10_000 {
            let links = self.links.iter();
            let ours = links.filter_map(|(bench, _)| bench.link.poll_timeout());
            let broker = self.broker.poll_timeout().map(|at| at.as_millis());
            let next = ours.map(Instant::as_millis).chain(broker).min();
            let Some(next) = next.filter(|&at| at <= until) else {
                self.now = Instant::from_millis(until);
                return;
            };
            self.now = Instant::from_millis(next);
            self.broker.handle_timeout(self.broker_now());
            for (bench, _) in &mut self.links {
                bench.link.handle_timeout(self.now);
            }
            self.settle();
        }
        panic!("livelock");
    }

    fn subscribe(&mut self, number: usize, topic: &str, qos: Qos) {
        let now = self.now;
        self.link(number)
            .subscribe(now, id(1), &[(topic, qos)])
            .unwrap();
        self.settle();
    }
}

fn named(client_id: &str, level: MqttVersion) -> ConnectRequest<'_> {
    ConnectRequest {
        client_id,
        level,
        ..request()
    }
}

#[test]
fn every_byte_arrives_at_every_quality_and_level() {
    let payload: Vec<u8> = (0..=255).cycle().take(1460).collect();
    for level in LEVELS {
        for qos in [0, 1, 2].map(|qos| Qos::new(qos).unwrap()) {
            let mut net = Net::new(Config::default());
            let subscriber = net.connect(named("s", level));
            net.subscribe(subscriber, "a/+", Qos::ExactlyOnce);
            let publisher = net.connect(named("p", level));
            let id = (qos != Qos::AtMostOnce).then(|| id(77));
            let delivery = Delivery::new(qos, id).unwrap();
            let now = net.now;
            net.link(publisher)
                .publish(now, delivery, false, "a/b", &payload)
                .unwrap();
            net.settle();
            assert_eq!(
                net.events(publisher)[1..],
                [MqttEvent::Published { delivery }]
            );
            let events = net.events(subscriber);
            let granted = MqttEvent::Subscribed {
                id: MsgId::new(1).unwrap(),
                codes: vec![2],
            };
            assert_eq!(events[1], granted);
            let came = messages(&events);
            assert_eq!(came.len(), 1);
            assert_eq!((came[0].1, &came[0].2), (qos.level(), &payload));
            assert_eq!(net.link(subscriber).poll_timeout(), None);
        }
    }
}

#[test]
fn qos_2_arrives_once_whatever_answers_get_lost() {
    for level in LEVELS {
        // PUBREC is 0x50, PUBCOMP 0x70.
        for lost in [
            &[0x50_u8][..],
            &[0x70],
            &[0x50, 0x50],
            &[0x50, 0x70],
            &[0x70, 0x70],
        ] {
            let mut config = Config::default();
            config.identical_publishes = None;
            let mut net = Net::new(config);
            let publisher = net.connect(named("p", level));
            let subscriber = net.connect(named("s", level));
            net.subscribe(subscriber, "t", Qos::ExactlyOnce);
            net.events(publisher);
            let now = net.now;
            let delivery = Delivery::ExactlyOnce(id(9));
            net.to_lose.extend(lost);
            net.link(publisher)
                .publish(now, delivery, false, "t", b"once")
                .unwrap();
            net.settle();
            net.pass(60_000);
            let mut expected: Vec<_> = (1..)
                .zip(lost)
                .map(|(count, &lost)| MqttEvent::Retransmitted {
                    // Without PUBREC it is PUBLISH that is sent again, afterwards PUBREL.
                    what: match lost {
                        0x50 => Packet::Publish,
                        _ => Packet::Release,
                    },
                    id: id(9),
                    count,
                })
                .collect();
            expected.push(MqttEvent::Published { delivery });
            assert_eq!(net.events(publisher), expected);
            assert_eq!(messages(&net.events(subscriber)).len(), 1);
        }
    }
}

#[test]
fn a_second_client_of_that_name_takes_over() {
    let mut net = Net::new(Config::default());
    let first = net.connect(request());
    net.events(first);
    let second = net.connect(request());
    assert_eq!(net.events(first), lost(LinkLossCode::CLOSED_BY_SERVER));
    assert_eq!(net.link(second).state(), ConnectionState::CONNECTED);
}

#[test]
fn keep_alive_holds_an_idle_link_for_an_hour() {
    let mut net = Net::new(Config::default());
    let idle = net.connect(ConnectRequest {
        keep_alive_s: 10,
        ..request()
    });
    net.events(idle);
    net.pass(3_600_000);
    assert_eq!(net.events(idle), []);
    assert_eq!(net.link(idle).state(), ConnectionState::CONNECTED);
    // A broker that has gone quiet is noticed.
    net.to_lose.extend([0xD0; 9]);
    net.pass(30_000);
    assert_eq!(net.events(idle), lost(LinkLossCode::PINGREQ));
}

/// QMT §3.3.1 `<clean_session>` 0..=1.
#[test]
fn a_kept_session_is_told_and_brings_what_was_missed() {
    for (level, told) in LEVELS.into_iter().zip([false, true]) {
        let mut net = Net::new(Config::default());
        let kept = ConnectRequest {
            clean_session: false,
            ..named("k", level)
        };
        let away = net.connect(kept);
        net.subscribe(away, "t", Qos::AtLeastOnce);
        let now = net.now;
        net.link(away).disconnect(now).unwrap();
        net.settle();
        assert_eq!(net.events(away).last(), Some(&MqttEvent::Disconnected));
        let publisher = net.connect(named("p", level));
        let delivery = Delivery::AtLeastOnce(id(1));
        net.link(publisher)
            .publish(now, delivery, false, "t", b"missed")
            .unwrap();
        net.settle();
        let back = net.connect(kept);
        let events = net.events(back);
        let accepted = MqttEvent::ConnAck {
            code: 0,
            session_present: told,
        };
        assert_eq!(events[0], accepted);
        assert_eq!(messages(&events)[0].2, b"missed");
    }
}

#[test]
fn a_will_is_published_for_a_client_that_vanishes() {
    let mut net = Net::new(Config::default());
    let heir = net.connect(named("h", MqttVersion::V3_1_1));
    net.subscribe(heir, "w", Qos::AtMostOnce);
    let will = WillRequest {
        qos: Qos::AtLeastOnce,
        retain: false,
        topic: "w",
        message: b"gone",
    };
    net.connect(ConnectRequest {
        will: Some(will),
        ..named("v", MqttVersion::V3_1)
    });
    let (_, connection) = net.links.pop().unwrap();
    let now = net.broker_now();
    net.broker.handle_closed(now, connection);
    net.settle();
    assert_eq!(messages(&net.events(heir)), [(0, 0, b"gone".to_vec())]);
}

#[test]
fn refusals_are_told_with_their_numbers() {
    let mut config = Config::default();
    config.denied_filters.push("no".into());
    let mut net = Net::new(config);
    let link = net.connect(request());
    net.subscribe(link, "no", Qos::AtMostOnce);
    let refused = MqttEvent::Subscribed {
        id: id(1),
        codes: vec![128],
    };
    assert_eq!(net.events(link)[1..], [refused]);

    let mut config = Config::default();
    config.anonymous = false;
    let mut net = Net::new(config);
    let link = net.connect(request());
    let refused = MqttEvent::ConnAck {
        code: 5,
        session_present: false,
    };
    assert_eq!(net.events(link), [refused]);
}
