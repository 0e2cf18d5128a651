//! Wills: published when a client vanishes in whatever way, forgotten when it says goodbye.

use qmt_broker::Event;
use qmt_mqtt::{Connect, Level, Packet, QoS, Will};

use crate::bench::{Bench, Peer, Q0, Q1, Q2, publish, retained};

fn with_will(level: Level, qos: QoS, retain: bool) -> Connect {
    let mut connect = Connect::new(level, "mortal");
    connect.keep_alive = 10;
    let (topic, payload) = ("will".into(), b"gone".to_vec());
    connect.will = Some(Will {
        topic,
        payload,
        qos,
        retain,
    });
    connect
}

fn watched() -> (Bench, Peer) {
    let mut bench = Bench::new();
    let mut watcher = bench.join(Level::V311, "watcher", true);
    bench.subscribe(&mut watcher, &[("will", Q2)]);
    (bench, watcher)
}

#[test]
fn a_will_is_published_however_the_client_vanishes() {
    for level in [Level::V31, Level::V311] {
        for way in ["cut", "silence", "takeover", "malformed"] {
            let (mut bench, mut watcher) = watched();
            let mortal = bench.connect(with_will(level, Q1, false));
            bench.events();
            let now = bench.now();
            match way {
                "cut" => bench.cut(&mortal),
                "silence" => bench.wait_until(15_000),
                "takeover" => drop(bench.connect(Connect::new(level, "mortal"))),
                _ => {
                    bench.broker.handle_input(now, mortal.id, b"\xF0\0");
                }
            }
            assert_eq!(
                bench.received(&mut watcher),
                [publish("will", "gone", Q1, 1)],
                "{way}"
            );
            let from = |event: &Event| matches!(event, Event::Published { connection, .. } if *connection == mortal.id);
            assert_eq!(
                bench.events().iter().filter(|event| from(event)).count(),
                1,
                "{way}"
            );
        }
    }
}

#[test]
fn a_goodbye_forgets_the_will() {
    let (mut bench, mut watcher) = watched();
    let mortal = bench.connect(with_will(Level::V311, Q1, false));
    bench.send(&mortal, &Packet::Disconnect);
    bench.cut(&mortal);
    bench.wait_until(100_000);
    let came = bench.received(&mut watcher);
    assert!(came.is_empty(), "{came:?}");
}

#[test]
fn a_will_may_be_retained() {
    let (mut bench, _watcher) = watched();
    let mortal = bench.connect(with_will(Level::V31, Q0, true));
    bench.cut(&mortal);
    let mut late = bench.join(Level::V311, "late", true);
    bench.subscribe(&mut late, &[("will", Q1)]);
    assert_eq!(
        bench.received(&mut late),
        [retained(publish("will", "gone", Q0, 1))]
    );
}

#[test]
fn no_will_for_control_topics() {
    let mut bench = Bench::new();
    let mut connect = with_will(Level::V311, Q0, false);
    if let Some(will) = &mut connect.will {
        will.topic = "$CONTROL/dynamic-security/v1".into();
    }
    let peer = bench.connect(connect);
    assert!(!bench.broker.is_open(peer.id));
}
