//! What the broker does wrong on command: each fault as a client sees it, and when it acts.

use qmt_broker::{Cause, Event, Fault};
use qmt_mqtt::{ConnAck, ConnAckCode, Connect, Level, Packet, PacketKind, SubAckCode};

use crate::bench::{Bench, Peer, Q0, Q1, Q2, id, publish};

const LEVELS: [Level; 2] = [Level::V31, Level::V311];

fn bench(rules: &[&str]) -> Bench {
    Bench::with(|config| {
        config.faults = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    })
}

/// Everything that waits for the peer, as bytes.
fn bytes(bench: &mut Bench, peer: &Peer) -> Vec<u8> {
    let bytes = bench.broker.poll_transmit(peer.id).unwrap_or_default();
    let bytes = bytes.to_vec();
    bench
        .broker
        .handle_transmitted(bench.now(), peer.id, bytes.len());
    bytes
}

fn counts(bench: &Bench) -> Vec<(&'static str, u64)> {
    bench.broker.faults().collect()
}

#[test]
fn connect_is_refused_with_any_code() {
    for level in LEVELS {
        for code in [1, 2, 3, 4, 5, 6, 255] {
            let mut bench = bench(&[&format!("connack:{code}#1")]);
            let refused = bench.connect(Connect::new(level, "c"));
            assert_eq!(bench.cause(&refused), Some(Cause::Misbehaved));
            assert_eq!(bytes(&mut bench, &refused), [0x20, 2, 0, code]);
            assert!(!bench.broker.is_open(refused.id));
            // The next one is let in.
            bench.join(level, "c", true);
            assert_eq!(counts(&bench), [("connack", 1)]);
        }
    }
}

#[test]
fn subscribe_is_granted_less_or_refused() {
    for level in LEVELS {
        for (code, codes) in [
            (0_u8, [0, 0]),
            (1, [1, 0]),
            (2, [2, 0]),
            (3, [3, 3]),
            (128, [128, 128]),
        ] {
            let mut bench = bench(&[&format!("suback:{code}")]);
            let peer = bench.join(level, "c", true);
            bench.send(&peer, &subscribe());
            let [first, second] = codes;
            assert_eq!(bytes(&mut bench, &peer), [0x90, 4, 0, 99, first, second]);
            // A refused filter selects nothing, a lowered one at its own quality.
            bench.send(&peer, &publish("a", "x", Q2, 7));
            bench.send(
                &peer,
                &Packet::PubRel {
                    id: id(7),
                    dup: false,
                },
            );
            // After PUBREC: the message with its quality, or nothing before PUBCOMP.
            let after = bytes(&mut bench, &peer)[4];
            let heads = [0x30, 0x32, 0x34];
            assert_eq!(after, heads.get(usize::from(code)).copied().unwrap_or(0x70));
        }
    }
}

fn subscribe() -> Packet {
    Packet::Subscribe(qmt_mqtt::Subscribe {
        id: id(99),
        dup: false,
        filters: vec![("a".into(), Q2), ("b".into(), Q0)],
    })
}

#[test]
fn only_the_named_occurrence_is_lost() {
    let mut bench = bench(&["lose@PUBACK#2"]);
    let mut peer = bench.join(Level::V311, "c", true);
    for number in 1..=3 {
        bench.send(&peer, &publish("a", "x", Q1, number));
    }
    let came = bench.received(&mut peer);
    assert_eq!(came, [Packet::PubAck(id(1)), Packet::PubAck(id(3))]);
    // The message itself was taken: only its acknowledgement is missing.
    assert_eq!(bench.broker.counters().published, 3);
    assert_eq!(counts(&bench), [("lose", 1)]);
    let told = bench
        .events()
        .into_iter()
        .find(|event| matches!(event, Event::Misbehaved { .. }));
    let expected = Event::Misbehaved {
        connection: peer.id,
        fault: Fault::Lose,
        packet: PacketKind::PubAck,
    };
    assert_eq!(told, Some(expected));
}

#[test]
fn a_late_acknowledgement_comes_to_the_millisecond_and_others_overtake_it() {
    let mut bench = bench(&["delay:1500#1"]);
    let mut peer = bench.join(Level::V31, "c", true);
    bench.send(&peer, &publish("a", "x", Q1, 1));
    bench.send(&peer, &publish("a", "x", Q1, 2));
    assert_eq!(bench.received(&mut peer), [Packet::PubAck(id(2))]);
    bench.wait_until(1_499);
    assert_eq!(bench.received(&mut peer), []);
    assert_eq!(bench.broker.poll_timeout().unwrap().as_millis(), 1_500);
    bench.wait_until(1_500);
    assert_eq!(bench.received(&mut peer), [Packet::PubAck(id(1))]);
}

#[test]
fn an_acknowledgement_comes_twice_or_after_the_next() {
    let mut bench = bench(&["duplicate@PUBREC", "reorder@PUBCOMP#1"]);
    let mut peer = bench.join(Level::V311, "c", true);
    bench.send(&peer, &publish("a", "x", Q2, 1));
    assert_eq!(
        bench.received(&mut peer),
        [Packet::PubRec(id(1)), Packet::PubRec(id(1))]
    );
    bench.send(
        &peer,
        &Packet::PubRel {
            id: id(1),
            dup: false,
        },
    );
    assert_eq!(bench.received(&mut peer), []);
    bench.send(&peer, &Packet::PingReq);
    assert_eq!(
        bench.received(&mut peer),
        [Packet::PingResp, Packet::PubComp(id(1))]
    );
    assert_eq!(counts(&bench), [("duplicate", 1), ("reorder", 1)]);
}

#[test]
fn a_reordered_packet_without_a_next_one_comes_after_a_second() {
    let mut bench = bench(&["reorder@PUBACK"]);
    let mut peer = bench.join(Level::V311, "c", true);
    bench.send(&peer, &publish("a", "x", Q1, 1));
    bench.wait_until(999);
    assert_eq!(bench.received(&mut peer), []);
    bench.wait_until(1_000);
    assert_eq!(bench.received(&mut peer), [Packet::PubAck(id(1))]);
}

#[test]
fn acknowledgements_and_messages_carry_a_foreign_identifier() {
    let mut bench = bench(&["foreign-id", "foreign-id@PUBLISH"]);
    let mut peer = bench.join(Level::V311, "c", true);
    bench.send(&peer, &subscribe());
    let grants = [2, 0];
    assert_eq!(
        bytes(&mut bench, &peer),
        [0x90, 4, 0, 100, grants[0], grants[1]]
    );
    bench.send(&peer, &publish("a", "x", Q1, 0xFFFF));
    let [Packet::Publish(message), Packet::PubAck(ack)] = &*bench.received(&mut peer) else {
        panic!("a message and its acknowledgement");
    };
    assert_eq!(message.delivery.id(), Some(id(2)));
    assert_eq!(*ack, id(1));
}

#[test]
fn a_message_grows_beyond_what_a_module_takes() {
    let mut bench = bench(&["oversize:100000"]);
    let mut peer = bench.join(Level::V311, "c", true);
    bench.subscribe(&mut peer, &[("a", Q0)]);
    bench.send(&peer, &publish("a", "head", Q0, 1));
    let [Packet::Publish(message)] = &*bench.received(&mut peer) else {
        panic!("one message");
    };
    assert_eq!(message.payload.len(), 100_000);
    assert!(message.payload.starts_with(b"headxxx"));
}

#[test]
fn other_bytes_take_the_place_of_a_packet() {
    let mut bench = bench(&["replace:F080808001@PINGRESP"]);
    let peer = bench.join(Level::V311, "c", true);
    bench.send(&peer, &Packet::PingReq);
    assert_eq!(bytes(&mut bench, &peer), [0xF0, 0x80, 0x80, 0x80, 0x01]);
}

#[test]
fn the_connection_closes_at_any_packet_a_client_sends() {
    let sent = [
        ("CONNECT", None),
        ("PUBLISH", Some(publish("a", "x", Q1, 1))),
        ("PUBACK", Some(Packet::PubAck(id(1)))),
        ("PUBREC", Some(Packet::PubRec(id(1)))),
        (
            "PUBREL",
            Some(Packet::PubRel {
                id: id(1),
                dup: false,
            }),
        ),
        ("PUBCOMP", Some(Packet::PubComp(id(1)))),
        ("SUBSCRIBE", Some(subscribe())),
        ("PINGREQ", Some(Packet::PingReq)),
        ("DISCONNECT", Some(Packet::Disconnect)),
    ];
    for (name, packet) in sent {
        let mut bench = bench(&[&format!("close@{name}")]);
        let peer = match packet {
            None => bench.connect(Connect::new(Level::V311, "c")),
            Some(packet) => {
                let peer = bench.join(Level::V311, "c", true);
                bench.send(&peer, &packet);
                peer
            }
        };
        assert_eq!(bench.cause(&peer), Some(Cause::Misbehaved), "{name}");
        assert_eq!(bytes(&mut bench, &peer), [], "{name}");
        assert!(!bench.broker.is_open(peer.id), "{name}");
        assert_eq!(bench.broker.counters().published, 0, "{name}");
    }
}

#[test]
fn the_connection_closes_in_place_of_an_answer_and_the_will_goes_out() {
    let mut bench = bench(&["close-instead@PUBACK"]);
    let mut heir = bench.join(Level::V311, "heir", true);
    bench.subscribe(&mut heir, &[("will", Q0)]);
    let mut connect = Connect::new(Level::V311, "c");
    connect.will = Some(qmt_mqtt::Will {
        topic: "will".into(),
        payload: b"gone".to_vec(),
        qos: Q0,
        retain: false,
    });
    let mut mortal = bench.connect(connect);
    bench.received(&mut mortal);
    bench.send(&mortal, &publish("a", "x", Q1, 1));
    assert!(!bench.broker.is_open(mortal.id));
    assert_eq!(bench.broker.counters().published, 2);
    assert!(matches!(&*bench.received(&mut heir), [Packet::Publish(_)]));
}

#[test]
fn a_mute_connection_stays_open_and_outlives_its_keep_alive() {
    let ack = ConnAck {
        session_present: false,
        code: ConnAckCode::Accepted,
    };
    for (at, answers) in [
        ("CONNECT", &[][..]),
        ("PINGREQ", &[Packet::ConnAck(ack), Packet::PubAck(id(1))]),
    ] {
        let mut bench = bench(&[&format!("mute@{at}")]);
        let mut peer = bench.connect(Connect::new(Level::V311, "c"));
        bench.send(&peer, &publish("a", "x", Q1, 1));
        bench.send(&peer, &Packet::PingReq);
        bench.send(&peer, &publish("a", "x", Q1, 2));
        assert_eq!(bench.received(&mut peer), answers, "{at}");
        assert_eq!(bench.broker.poll_timeout(), None);
        bench.wait_until(1_000_000);
        assert!(bench.broker.is_open(peer.id));
        bench.cut(&peer);
    }
}

#[test]
fn chances_follow_the_seed() {
    let run = |seed| {
        let mut bench = Bench::with(|config| {
            config.faults = vec!["lose@PUBACK%30".parse().unwrap()];
            config.seed = seed;
        });
        let mut peer = bench.join(Level::V311, "c", true);
        let mut lost = Vec::new();
        for number in 1..=200 {
            bench.send(&peer, &publish("a", "x", Q1, number));
            if bench.received(&mut peer).is_empty() {
                lost.push(number);
            }
        }
        assert_eq!(counts(&bench), [("lose", lost.len() as u64)]);
        lost
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    assert!((40..=80).contains(&run(1).len()), "{}", run(1).len());
}

#[test]
fn faults_come_and_go_while_clients_are_connected() {
    let mut bench = Bench::new();
    let mut peer = bench.join(Level::V311, "c", true);
    bench.broker.add_fault(Fault::Lose.into());
    bench.send(&peer, &publish("a", "x", Q1, 1));
    assert_eq!(bench.received(&mut peer), []);
    bench.broker.clear_faults();
    bench.send(&peer, &publish("a", "x", Q1, 2));
    assert_eq!(bench.received(&mut peer), [Packet::PubAck(id(2))]);
    assert_eq!(counts(&bench), [("lose", 1)]);
    // Without faults all is as ever.
    let codes = bench.subscribe(&mut peer, &[("a", Q1)]);
    assert_eq!(codes, [SubAckCode::Granted(Q1)]);
}
