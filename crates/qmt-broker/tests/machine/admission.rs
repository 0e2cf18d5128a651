//! Who is let in: the CONNACK codes 0 to 5, made-up identifiers, and takeover.

use qmt_broker::{Cause, Event};
use qmt_mqtt::{ConnAck, ConnAckCode, Connect, Level, Packet, Secret};

use crate::bench::Bench;

fn answer(bench: &mut Bench, connect: Connect) -> ConnAckCode {
    let mut peer = bench.connect(connect);
    match &*bench.received(&mut peer) {
        [Packet::ConnAck(ConnAck { code, .. })] => {
            let accepted = *code == ConnAckCode::Accepted;
            assert_eq!(
                bench.broker.is_open(peer.id),
                accepted,
                "a refusal ends the connection"
            );
            *code
        }
        other => panic!("{other:?}"),
    }
}

fn login(level: Level, name: &str, password: Option<&str>) -> Connect {
    let mut connect = Connect::new(level, name);
    connect.username = Some(name.into());
    connect.password = password.map(Secret::from);
    connect
}

#[test]
fn logins_are_checked_at_both_levels() {
    for level in [Level::V31, Level::V311] {
        let mut bench = Bench::with(|config| {
            config.anonymous = false;
            config.logins.insert("ann".into(), Secret::from("secret"));
        });
        let cases = [
            (login(level, "ann", Some("secret")), ConnAckCode::Accepted),
            (
                login(level, "ann", Some("guess")),
                ConnAckCode::BadCredentials,
            ),
            (login(level, "ann", None), ConnAckCode::BadCredentials),
            (
                login(level, "bob", Some("secret")),
                ConnAckCode::BadCredentials,
            ),
            (Connect::new(level, "c"), ConnAckCode::NotAuthorized),
        ];
        for (connect, code) in cases {
            assert_eq!(answer(&mut bench, connect.clone()), code, "{connect:?}");
        }
        let mut as_mosquitto = Bench::with(|config| {
            config.logins.insert("ann".into(), Secret::from("secret"));
            config.wrong_login = ConnAckCode::NotAuthorized;
        });
        let wrong = login(level, "ann", Some("guess"));
        assert_eq!(answer(&mut as_mosquitto, wrong), ConnAckCode::NotAuthorized);
        let anonymous = Connect::new(level, "c");
        assert_eq!(answer(&mut as_mosquitto, anonymous), ConnAckCode::Accepted);
    }
}

#[test]
fn without_a_table_any_login_will_do() {
    let mut bench = Bench::new();
    let connect = login(Level::V31, "who", Some("ever"));
    assert_eq!(answer(&mut bench, connect), ConnAckCode::Accepted);
}

#[test]
fn an_empty_identifier_is_for_clean_sessions_of_3_1_1() {
    let mut bench = Bench::new();
    let mut connect = Connect::new(Level::V31, "");
    assert_eq!(
        answer(&mut bench, connect.clone()),
        ConnAckCode::IdentifierRejected
    );
    connect.level = Level::V311;
    connect.clean_session = false;
    assert_eq!(
        answer(&mut bench, connect.clone()),
        ConnAckCode::IdentifierRejected
    );
    connect.clean_session = true;
    bench.events();
    assert_eq!(answer(&mut bench, connect.clone()), ConnAckCode::Accepted);
    assert_eq!(answer(&mut bench, connect), ConnAckCode::Accepted);
    let names: Vec<_> = bench
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::Connected { client_id, .. } => Some(client_id),
            _ => None,
        })
        .collect();
    assert_eq!(names.len(), 2);
    assert!(!names[0].is_empty() && names[0] != names[1], "{names:?}");
}

#[test]
fn long_identifiers_are_taken_at_3_1_too() {
    let mut bench = Bench::new();
    for length in [23, 24, 100] {
        let connect = Connect::new(Level::V31, &"c".repeat(length));
        assert_eq!(
            answer(&mut bench, connect),
            ConnAckCode::Accepted,
            "{length}"
        );
    }
}

#[test]
fn an_unknown_level_is_answered_with_code_1() {
    let mut bench = Bench::new();
    let now = bench.now();
    let peer = bench.broker.handle_open(now).unwrap();
    bench
        .broker
        .handle_input(now, peer, b"\x10\x0d\0\x04MQTT\x05\x02\0\x3c\0\x01c");
    assert_eq!(
        bench.broker.poll_transmit(peer),
        Some(&b"\x20\x02\0\x01"[..])
    );
    bench.broker.handle_transmitted(now, peer, 4);
    assert!(!bench.broker.is_open(peer));
}

#[test]
fn the_younger_connection_takes_over() {
    let mut bench = Bench::new();
    let older = bench.join(Level::V311, "same", true);
    let other = bench.join(Level::V311, "other", true);
    bench.events();
    let younger = bench.join(Level::V31, "same", true);
    assert!(!bench.broker.is_open(older.id));
    assert!(bench.broker.is_open(younger.id) && bench.broker.is_open(other.id));
    assert_eq!(bench.cause(&older), Some(Cause::TakenOver));
}

#[test]
fn a_second_connect_ends_the_connection() {
    let mut bench = Bench::new();
    let peer = bench.join(Level::V311, "c", true);
    bench.send(&peer, &Packet::Connect(Connect::new(Level::V311, "c")));
    assert!(!bench.broker.is_open(peer.id));
}
