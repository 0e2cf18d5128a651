//! Bounds: what happens at each of the limits.

use qmt_broker::{Cause, OpenError};
use qmt_mqtt::{ConnAck, ConnAckCode, Connect, Level, MqttError, Packet, SubAckCode};

use crate::bench::{Bench, Q0, Q1, Q2, publish, retained};

#[test]
fn connections_over_the_limit_are_not_taken() {
    let mut bench = Bench::with(|config| config.limits.connections = 1);
    let now = bench.now();
    let first = bench.broker.handle_open(now).unwrap();
    let error = OpenError::TooManyConnections { limit: 1 };
    assert_eq!(bench.broker.handle_open(now), Err(error));
    bench.broker.handle_closed(now, first);
    assert!(bench.broker.handle_open(now).is_ok());
}

#[test]
fn sessions_over_the_limit_get_code_3() {
    let mut bench = Bench::with(|config| config.limits.sessions = 1);
    let keeper = bench.join(Level::V311, "keeper", false);
    bench.cut(&keeper);
    let mut other = bench.connect(Connect::new(Level::V31, "other"));
    let refusal = ConnAck {
        session_present: false,
        code: ConnAckCode::ServerUnavailable,
    };
    assert_eq!(bench.received(&mut other), [Packet::ConnAck(refusal)]);
    assert!(!bench.broker.is_open(other.id));
    bench.join(Level::V311, "keeper", true);
}

#[test]
fn a_packet_over_the_limit_ends_the_connection_before_it_is_read() {
    let mut bench = Bench::with(|config| config.limits.packet = 200);
    let peer = bench.join(Level::V311, "c", true);
    let now = bench.now();
    bench.broker.handle_input(now, peer.id, b"\x30\xC9\x01");
    let error = MqttError::TooLong {
        remaining: 201,
        limit: 200,
    };
    assert_eq!(bench.cause(&peer), Some(Cause::Malformed(error)));
}

#[test]
fn subscriptions_over_the_limit_are_refused() {
    let mut bench = Bench::with(|config| config.limits.subscriptions = 1);
    let mut client = bench.join(Level::V311, "c", true);
    let codes = bench.subscribe(&mut client, &[("a", Q0), ("b", Q0), ("a", Q1)]);
    assert_eq!(
        codes,
        [
            SubAckCode::Granted(Q0),
            SubAckCode::Refused,
            SubAckCode::Granted(Q1)
        ]
    );
}

#[test]
fn retained_topics_over_the_limit_are_not_kept() {
    let mut bench = Bench::with(|config| config.limits.retained = 1);
    let client = bench.join(Level::V311, "c", true);
    for (topic, payload) in [("a", "1"), ("b", "2"), ("a", "3")] {
        bench.send(&client, &retained(publish(topic, payload, Q0, 1)));
    }
    assert_eq!(bench.broker.retained("a").unwrap().payload, b"3");
    assert_eq!(bench.broker.retained("b"), None);
    assert_eq!(bench.broker.counters().not_retained, 1);
}

#[test]
fn held_messages_over_the_limit_end_the_connection() {
    let mut bench = Bench::with(|config| config.limits.held = 1);
    let client = bench.join(Level::V311, "c", true);
    bench.send(&client, &publish("t", "1", Q2, 1));
    bench.send(&client, &publish("t", "other", Q2, 1));
    bench.send(&client, &publish("t", "2", Q2, 2));
    assert_eq!(bench.cause(&client), Some(Cause::TooManyHeld));
}

#[test]
fn a_client_that_does_not_read_gets_no_more_and_loses_nothing_queued() {
    let mut bench = Bench::with(|config| config.limits.output = 100);
    let mut client = bench.join(Level::V311, "c", true);
    bench.subscribe(&mut client, &[("t", Q0)]);
    let mut sender = bench.join(Level::V311, "sender", true);
    let payload = "p".repeat(60);
    for _ in 0..50 {
        bench.publish(&mut sender, "t", &payload, Q0);
        let waiting = bench.broker.poll_transmit(client.id).map_or(0, <[u8]>::len);
        assert!(waiting < 100 + 70, "{waiting}");
    }
    assert_eq!(bench.received(&mut client).len(), 50);
}

#[test]
fn the_input_of_a_client_that_does_not_read_waits() {
    let mut bench = Bench::with(|config| config.limits.output = 100);
    let mut client = bench.join(Level::V311, "c", true);
    let pings = b"\xC0\0".repeat(1_000);
    let now = bench.now();
    let mut offered = &pings[..];
    let mut answers = 0;
    for _ in 0..100 {
        let taken = bench.broker.handle_input(now, client.id, offered);
        offered = &offered[taken..];
        assert!(bench.broker.poll_transmit(client.id).map_or(0, <[u8]>::len) <= 100);
        assert_eq!(bench.broker.handle_input(now, client.id, offered), 0);
        answers += bench.received(&mut client).len();
        if offered.is_empty() {
            break;
        }
    }
    assert_eq!(answers, 1_000);
}

#[test]
fn input_waits_for_events_to_be_polled() {
    let mut bench = Bench::with(|config| config.limits.events = 10);
    let client = bench.join(Level::V311, "c", true);
    bench.events();
    let mut one = Vec::new();
    publish("t", "x", Q0, 1)
        .encode(Level::V311, &mut one)
        .unwrap();
    let many = one.repeat(25);
    let now = bench.now();
    let mut offered = &many[..];
    let mut events = Vec::new();
    while !offered.is_empty() {
        let taken = bench.broker.handle_input(now, client.id, offered);
        assert!(taken > 0);
        offered = &offered[taken..];
        events.push(bench.events().len());
    }
    assert_eq!(events, [10, 10, 5]);
    assert_eq!(bench.broker.counters().untold, 0);
}

#[test]
fn events_nobody_polls_are_counted_at_last() {
    let mut bench = Bench::with(|config| config.limits.events = 2);
    let mut client = bench.join(Level::V311, "c", true);
    let filters = [("1", Q0), ("2", Q0), ("3", Q0), ("4", Q0), ("5", Q0)];
    bench.subscribe(&mut client, &filters);
    assert_eq!(bench.events().len(), 4);
    assert_eq!(bench.broker.counters().untold, 2);
}
