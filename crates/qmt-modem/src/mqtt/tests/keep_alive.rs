//! Timer T2: PINGREQ when idle, the wait for PINGRESP.

use super::*;

const PINGREQ: &[u8] = b"\xC0\0";
const PINGRESP: &[u8] = b"\xD0\0";

fn keeping(keep_alive_s: u16, pkt_timeout: u8) -> Bench {
    Bench::opened(pkt_timeout, 0).accepted(ConnectRequest {
        keep_alive_s,
        ..request()
    })
}

/// QMT §2 keep-alive.
#[test]
fn pingreq_goes_out_when_nothing_else_did() {
    let mut bench = keeping(120, 30);
    assert_eq!(bench.fire(), (120_000, PINGREQ.to_vec(), vec![]));
    bench.at(120_500).input(PINGRESP);
    assert_eq!(bench.fire(), (240_000, PINGREQ.to_vec(), vec![]));
}

#[test]
fn what_is_sent_puts_it_off_and_what_comes_does_not() {
    let mut bench = keeping(120, 30);
    bench.at(100_000);
    bench
        .link
        .publish(bench.now, Delivery::AtMostOnce, false, "t", b"")
        .unwrap();
    bench.sent();
    bench.events();
    bench.at(150_000).input(b"\x30\x03\0\x01t");
    bench.events();
    assert_eq!(bench.fire(), (220_000, PINGREQ.to_vec(), vec![]));
}

#[test]
fn without_pingresp_the_link_is_lost_after_pkt_timeout() {
    let mut bench = keeping(120, 30);
    bench.fire();
    // Other packets are no PINGRESP.
    bench.at(130_000).input(b"\x30\x03\0\x01t");
    bench.events();
    assert_eq!(bench.fire(), (150_000, vec![], lost(LinkLossCode::PINGREQ)));
    assert_eq!(bench.link.poll_timeout(), None);
}

#[test]
fn a_short_interval_keeps_pinging_but_waits_no_longer() {
    let mut bench = keeping(10, 30);
    for at in [10_000, 20_000, 30_000] {
        assert_eq!(bench.fire(), (at, PINGREQ.to_vec(), vec![]));
    }
    assert_eq!(bench.fire(), (40_000, vec![], lost(LinkLossCode::PINGREQ)));
}

#[test]
fn a_pingreq_that_does_not_leave_fails_as_pingreq() {
    let mut bench = keeping(10, 30);
    bench
        .at(10_000)
        .link
        .handle_timeout(Instant::from_millis(10_000));
    assert_eq!(bench.link.poll_transmit(), PINGREQ);
    // Nothing is added while it waits.
    assert_eq!(
        bench.link.poll_timeout(),
        Some(Instant::from_millis(40_000))
    );
    bench.link.handle_timeout(Instant::from_millis(30_000));
    assert_eq!(bench.link.poll_transmit(), PINGREQ);
    bench.link.handle_timeout(Instant::from_millis(40_000));
    assert_eq!(bench.events(), lost(LinkLossCode::PINGREQ));
}

/// QMT §3.3.1 `<keep-alive_time>` 0.
#[test]
fn keep_alive_zero_never_pings() {
    let mut bench = keeping(0, 30);
    bench.link.handle_timeout(Instant::from_millis(u64::MAX));
    assert_eq!((bench.link.poll_timeout(), bench.sent()), (None, vec![]));
}

#[test]
fn a_pingresp_nobody_asked_for_is_ignored() {
    let mut bench = keeping(120, 30);
    bench.input(PINGRESP);
    assert_eq!((bench.events(), bench.sent()), (vec![], vec![]));
    assert_eq!(bench.fire(), (120_000, PINGREQ.to_vec(), vec![]));
}
