//! Sessions: what is kept for an absent client, and what is sent again when it is back.

use qmt_broker::{Cause, Event};
use qmt_mqtt::{ConnAck, ConnAckCode, Connect, Level, Packet, PacketKind};

use crate::bench::{Bench, Peer, Q0, Q1, Q2, again, id, publish};

/// A kept session subscribed to `#` at QoS 2, and somebody who publishes.
fn pair(level: Level) -> (Bench, Peer, Peer) {
    let mut bench = Bench::new();
    let mut keeper = bench.join(level, "keeper", false);
    bench.subscribe(&mut keeper, &[("#", Q2)]);
    let sender = bench.join(Level::V311, "sender", true);
    (bench, keeper, sender)
}

fn kept(level: Level) -> Connect {
    let mut connect = Connect::new(level, "keeper");
    connect.clean_session = false;
    connect
}

#[test]
fn messages_wait_in_order_for_an_absent_client() {
    for level in [Level::V31, Level::V311] {
        let (mut bench, keeper, mut sender) = pair(level);
        bench.cut(&keeper);
        for (payload, qos) in [("1", Q1), ("0", Q0), ("2", Q2), ("3", Q1)] {
            bench.publish(&mut sender, "t", payload, qos);
        }
        let mut keeper = bench.connect(kept(level));
        let session_present = level == Level::V311;
        assert_eq!(
            bench.received(&mut keeper),
            [
                Packet::ConnAck(ConnAck {
                    session_present,
                    code: ConnAckCode::Accepted
                }),
                publish("t", "1", Q1, 1),
                publish("t", "2", Q2, 2),
                publish("t", "3", Q1, 3),
            ]
        );
    }
}

#[test]
fn what_was_not_acknowledged_comes_again_with_dup() {
    for level in [Level::V31, Level::V311] {
        let (mut bench, mut keeper, mut sender) = pair(level);
        for (payload, qos) in [("a", Q2), ("b", Q1), ("c", Q2), ("d", Q1), ("e", Q0)] {
            bench.publish(&mut sender, "t", payload, qos);
        }
        assert_eq!(bench.received(&mut keeper).len(), 5);
        bench.send(&keeper, &Packet::PubRec(id(1)));
        bench.send(&keeper, &Packet::PubAck(id(4)));
        assert_eq!(
            bench.received(&mut keeper),
            [Packet::PubRel {
                id: id(1),
                dup: false
            }]
        );
        bench.cut(&keeper);
        let mut keeper = bench.join(level, "keeper", false);
        assert_eq!(
            bench.received(&mut keeper),
            [
                Packet::PubRel {
                    id: id(1),
                    dup: level == Level::V31
                },
                again("t", "b", Q1, 2),
                again("t", "c", Q2, 3),
            ]
        );
        assert_eq!(bench.broker.counters().resent, 3);
        bench.send(&keeper, &Packet::PubComp(id(1)));
        bench.send(&keeper, &Packet::PubAck(id(2)));
        bench.send(&keeper, &Packet::PubRec(id(3)));
        bench.received(&mut keeper);
        bench.send(&keeper, &Packet::PubComp(id(3)));
        // Nothing is owed any more; identifiers go on where they were.
        bench.publish(&mut sender, "t", "f", Q1);
        assert_eq!(bench.received(&mut keeper), [publish("t", "f", Q1, 5)]);
    }
}

#[test]
fn a_clean_session_forgets_what_was_before() {
    let (mut bench, keeper, mut sender) = pair(Level::V311);
    bench.cut(&keeper);
    bench.publish(&mut sender, "t", "x", Q1);
    let mut keeper = bench.join(Level::V311, "keeper", true);
    assert_eq!(bench.received(&mut keeper), []);
    bench.publish(&mut sender, "t", "y", Q1);
    assert_eq!(
        bench.received(&mut keeper),
        [],
        "the subscription is gone too"
    );
    bench.cut(&keeper);
    // And leaves nothing behind.
    let mut keeper = bench.connect(kept(Level::V311));
    let none = ConnAck {
        session_present: false,
        code: ConnAckCode::Accepted,
    };
    assert_eq!(bench.received(&mut keeper), [Packet::ConnAck(none)]);
}

#[test]
fn a_takeover_keeps_a_kept_session() {
    let (mut bench, keeper, mut sender) = pair(Level::V311);
    bench.publish(&mut sender, "t", "x", Q1);
    let mut younger = bench.join(Level::V311, "keeper", false);
    assert_eq!(bench.cause(&keeper), Some(Cause::TakenOver));
    assert_eq!(bench.received(&mut younger), [again("t", "x", Q1, 1)]);
}

#[test]
fn a_full_queue_drops_counts_and_tells() {
    let mut bench = Bench::with(|config| config.limits.queue = 2);
    let mut keeper = bench.join(Level::V311, "keeper", false);
    bench.subscribe(&mut keeper, &[("t", Q1)]);
    bench.cut(&keeper);
    let mut sender = bench.join(Level::V311, "sender", true);
    bench.events();
    for payload in ["1", "2", "3"] {
        bench.publish(&mut sender, "t", payload, Q1);
    }
    assert_eq!(bench.broker.counters().dropped, 1);
    let dropped: Vec<_> = bench
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::Dropped { client_id, message } => Some((client_id, message.payload.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(dropped, [("keeper".into(), b"3".to_vec())]);
    let mut keeper = bench.join(Level::V311, "keeper", false);
    assert_eq!(
        bench.received(&mut keeper),
        [publish("t", "1", Q1, 1), publish("t", "2", Q1, 2)]
    );
}

#[test]
fn the_window_holds_messages_back_but_not_qos_0() {
    let mut bench = Bench::with(|config| config.limits.in_flight = 2);
    let mut client = bench.join(Level::V31, "client", true);
    bench.subscribe(&mut client, &[("t", Q2)]);
    let mut sender = bench.join(Level::V311, "sender", true);
    for (payload, qos) in [("1", Q1), ("2", Q2), ("3", Q1), ("0", Q0), ("4", Q2)] {
        bench.publish(&mut sender, "t", payload, qos);
    }
    assert_eq!(
        bench.received(&mut client),
        [
            publish("t", "1", Q1, 1),
            publish("t", "2", Q2, 2),
            publish("t", "0", Q0, 1)
        ]
    );
    bench.send(&client, &Packet::PubRec(id(2)));
    assert_eq!(
        bench.received(&mut client),
        [Packet::PubRel {
            id: id(2),
            dup: false
        }]
    );
    bench.send(&client, &Packet::PubComp(id(2)));
    assert_eq!(bench.received(&mut client), [publish("t", "3", Q1, 3)]);
    bench.send(&client, &Packet::PubAck(id(1)));
    assert_eq!(bench.received(&mut client), [publish("t", "4", Q2, 4)]);
}

#[test]
fn a_repeated_qos_2_publish_is_accepted_once() {
    let (mut bench, mut keeper, mut sender) = pair(Level::V31);
    bench.send(&sender, &publish("t", "x", Q2, 9));
    bench.send(&sender, &again("t", "x", Q2, 9));
    assert_eq!(bench.received(&mut keeper), [], "only PUBREL passes it on");
    for _ in 0..2 {
        bench.send(
            &sender,
            &Packet::PubRel {
                id: id(9),
                dup: false,
            },
        );
    }
    assert_eq!(bench.received(&mut keeper), [publish("t", "x", Q2, 1)]);
    let (record, complete) = (Packet::PubRec(id(9)), Packet::PubComp(id(9)));
    assert_eq!(
        bench.received(&mut sender),
        [record.clone(), record, complete.clone(), complete]
    );
}

#[test]
fn the_third_identical_qos_2_publish_ends_the_connection_unless_told_otherwise() {
    for limit in [Some(2), None] {
        let mut bench = Bench::with(|config| config.identical_publishes = limit);
        let sender = bench.join(Level::V311, "sender", true);
        bench.send(&sender, &publish("t", "x", Q2, 9));
        bench.send(&sender, &again("t", "x", Q2, 9));
        assert!(bench.broker.is_open(sender.id));
        bench.send(&sender, &again("t", "x", Q2, 9));
        let expected = limit.map(|_| Cause::Repeated { id: id(9) });
        assert_eq!(bench.cause(&sender), expected);
    }
}

#[test]
fn a_qos_2_publish_survives_the_line_between_publish_and_pubrel() {
    let (mut bench, mut keeper, _sender) = pair(Level::V311);
    let mut other = bench.join(Level::V311, "other", false);
    bench.send(&other, &publish("t", "x", Q2, 9));
    assert_eq!(bench.received(&mut other), [Packet::PubRec(id(9))]);
    bench.cut(&other);
    let mut other = bench.join(Level::V311, "other", false);
    bench.send(&other, &again("t", "x", Q2, 9));
    bench.send(
        &other,
        &Packet::PubRel {
            id: id(9),
            dup: false,
        },
    );
    assert_eq!(
        bench.received(&mut other),
        [Packet::PubRec(id(9)), Packet::PubComp(id(9))]
    );
    assert_eq!(bench.received(&mut keeper), [publish("t", "x", Q2, 1)]);
}

#[test]
fn an_acknowledgement_of_the_wrong_kind_ends_the_connection() {
    let id1 = id(1);
    let cases = [
        (Q1, vec![Packet::PubRec(id1)], PacketKind::PubRec),
        (Q1, vec![Packet::PubComp(id1)], PacketKind::PubComp),
        (Q2, vec![Packet::PubAck(id1)], PacketKind::PubAck),
        (Q2, vec![Packet::PubComp(id1)], PacketKind::PubComp),
        (
            Q2,
            vec![Packet::PubRec(id1), Packet::PubAck(id1)],
            PacketKind::PubAck,
        ),
    ];
    for (qos, answers, kind) in cases {
        let (mut bench, mut keeper, mut sender) = pair(Level::V311);
        bench.publish(&mut sender, "t", "x", qos);
        bench.received(&mut keeper);
        for answer in &answers {
            bench.send(&keeper, answer);
        }
        let expected = Cause::UnexpectedAck { kind, id: id(1) };
        assert_eq!(bench.cause(&keeper), Some(expected), "{answers:?}");
    }
}
