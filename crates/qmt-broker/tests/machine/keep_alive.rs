//! Deadlines: one and a half keep-alive periods, CONNECT in time, and lingering goodbyes.

use qmt_broker::{Cause, Instant};
use qmt_mqtt::{Connect, Level, Packet};

use crate::bench::Bench;

fn keep_alive(seconds: u16) -> Connect {
    let mut connect = Connect::new(Level::V311, "c");
    connect.keep_alive = seconds;
    connect
}

/// QMT §3.3.1 server's patience.
#[test]
fn silence_ends_after_one_and_a_half_periods_and_not_before() {
    let mut bench = Bench::new();
    let mut peer = bench.connect(keep_alive(10));
    bench.received(&mut peer);
    assert_eq!(
        bench.broker.poll_timeout(),
        Some(Instant::from_millis(15_000))
    );
    bench.wait_until(14_999);
    assert!(bench.broker.is_open(peer.id));
    bench.send(&peer, &Packet::PingReq);
    assert_eq!(bench.received(&mut peer), [Packet::PingResp]);
    assert_eq!(
        bench.broker.poll_timeout(),
        Some(Instant::from_millis(29_999))
    );
    bench.wait_until(29_998);
    assert!(bench.broker.is_open(peer.id));
    bench.wait_until(29_999);
    assert!(!bench.broker.is_open(peer.id));
    assert_eq!(bench.cause(&peer), Some(Cause::KeepAlive));
    assert_eq!(bench.broker.poll_timeout(), None);
}

#[test]
fn half_a_packet_is_no_sign_of_life() {
    let mut bench = Bench::new();
    let mut peer = bench.connect(keep_alive(10));
    bench.received(&mut peer);
    bench.now = 10_000;
    assert_eq!(bench.broker.handle_input(bench.now(), peer.id, b"\xC0"), 1);
    bench.wait_until(15_000);
    assert!(!bench.broker.is_open(peer.id));
}

#[test]
fn keep_alive_zero_never_ends() {
    let mut bench = Bench::new();
    let mut peer = bench.connect(keep_alive(0));
    bench.received(&mut peer);
    assert_eq!(bench.broker.poll_timeout(), None);
    bench.wait_until(u64::MAX);
    assert!(bench.broker.is_open(peer.id));
}

#[test]
fn connect_has_to_come_in_time() {
    let mut bench = Bench::new();
    let now = bench.now();
    let peer = bench.broker.handle_open(now).unwrap();
    let at = bench.broker.poll_timeout().unwrap();
    bench.wait_until(at.as_millis() - 1);
    assert!(bench.broker.is_open(peer));
    bench.wait_until(at.as_millis());
    assert!(!bench.broker.is_open(peer));
}

#[test]
fn a_refused_client_that_does_not_read_is_dropped_all_the_same() {
    let mut bench = Bench::new();
    let peer = bench.connect(Connect::new(Level::V31, ""));
    assert!(
        bench.broker.is_open(peer.id),
        "the CONNACK is still to be read"
    );
    let at = bench.broker.poll_timeout().unwrap().as_millis();
    bench.wait_until(at - 1);
    assert!(bench.broker.is_open(peer.id));
    bench.wait_until(at);
    assert!(!bench.broker.is_open(peer.id));
}
