//! How a connected link ends.

use super::*;

fn connected() -> Bench {
    Bench::connected(MqttVersion::V3_1_1, 10, 1)
}

#[test]
fn disconnect_follows_what_waits_and_is_told_when_it_has_left() {
    let mut bench = connected();
    let now = bench.now;
    bench
        .link
        .publish(now, Delivery::AtMostOnce, false, "t", b"")
        .unwrap();
    bench.link.disconnect(now).unwrap();
    assert_eq!(bench.link.state(), ConnectionState::DISCONNECTING);
    assert_eq!(bench.link.disconnect(now), Err(MqttRefusal::WrongState));
    assert_eq!(bench.link.poll_transmit(), b"\x30\x03\0\x01t\xE0\0");
    bench.link.handle_transmitted(now, 6);
    assert_eq!(bench.events(), []);
    bench.link.handle_transmitted(now, 1);
    assert_eq!(bench.events(), [MqttEvent::Disconnected]);
    assert_eq!(bench.link.poll_timeout(), None);
}

#[test]
fn nothing_is_answered_after_disconnect() {
    let mut bench = connected();
    let delivery = Delivery::AtLeastOnce(id(1));
    bench
        .link
        .publish(bench.now, delivery, false, "t", b"")
        .unwrap();
    bench.sent();
    bench.link.disconnect(bench.now).unwrap();
    assert_eq!(bench.sent(), b"\xE0\0");
    assert_eq!(bench.events(), [MqttEvent::Disconnected]);
    bench.input(b"\x40\x02\0\x01\x32\x05\0\x01t\0\x07\xFF");
    bench.link.handle_timeout(Instant::from_millis(99_000));
    assert_eq!((bench.events(), bench.sent()), (vec![], vec![]));
    // The broker closes too: the normal end (QMT §5.1, code 5).
    bench.link.handle_closed(bench.now);
    assert_eq!(bench.events(), lost(LinkLossCode::DISCONNECTED));
}

#[test]
fn a_disconnect_that_does_not_leave_ends_too() {
    let mut bench = connected();
    bench.link.disconnect(bench.now).unwrap();
    assert_eq!(
        bench.link.poll_timeout(),
        Some(Instant::from_millis(20_000))
    );
    bench.link.handle_timeout(Instant::from_millis(20_000));
    assert_eq!(bench.events(), lost(LinkLossCode::SEND_FAILED));

    let mut bench = connected();
    bench.link.disconnect(bench.now).unwrap();
    bench.link.handle_closed(bench.now);
    assert_eq!(bench.events(), lost(LinkLossCode::CLOSED_BY_SERVER));
}

#[test]
fn a_takeover_closes_the_link_and_ends_what_is_under_way() {
    let mut bench = connected();
    let topics = [("t", Qos::AtMostOnce)];
    bench.link.subscribe(bench.now, id(1), &topics).unwrap();
    bench.sent();
    // The last message still counts.
    bench.input(b"\x30\x04\0\x01tx");
    bench.link.handle_closed(bench.now);
    let events = bench.events();
    assert_eq!(messages(&events).len(), 1);
    assert_eq!(events[1..], lost(LinkLossCode::CLOSED_BY_SERVER));
    assert_eq!(bench.link.poll_timeout(), None);
    bench.link.handle_closed(bench.now);
    bench.link.handle_timeout(Instant::from_millis(99_000));
    assert_eq!(bench.events(), []);
}

#[test]
fn what_breaks_mqtt_loses_the_link() {
    for frame in [
        &b"\x20\x02\0\0"[..],
        b"\x10\x0d\0\x04MQTT\x04\x02\0\0\0\x01c",
        b"\xC0\0",
        b"\xE0\0",
        b"\x82\x06\0\x01\0\x01t\0",
        b"\x40\x02\0\0",
        b"\x40\x03\0\x01\0",
        b"\x42\x02\0\x01",
        b"\x36\x05\0\x01t\0\x01",
        b"\x30\x03\0\x01+",
        b"\x30\x02\0\0",
        b"\x30\x04\0\x02\xC3\x28",
        b"\x90\x02\0\x01",
        b"\xF0\0",
        b"\0\0",
        b"\x30\xFF\xFF\xFF\x80",
        // Longer than the link takes, and not held.
        b"\x30\xFF\xFF\xFF\x7F",
    ] {
        let mut bench = connected();
        bench.input(frame);
        assert_eq!(bench.events(), lost(LinkLossCode::LINK_DOWN), "{frame:?}");
        // Nothing after it is looked at.
        bench.input(b"\x30\x04\0\x01tx");
        assert_eq!((bench.events(), bench.sent()), (vec![], vec![]));
    }
}

#[test]
fn a_broker_that_asks_and_does_not_read_is_dropped() {
    let mut bench = connected();
    let mut most = 0;
    for _ in 0..20_000 {
        bench.input(b"\x32\x05\0\x01t\0\x07");
        most = most.max(bench.link.poll_transmit().len());
    }
    let events = bench.events();
    assert_eq!(
        events.last(),
        Some(&MqttEvent::Lost(LinkLossCode::SEND_FAILED))
    );
    assert_eq!(most, 4 * LinkLimits::default().transmit);
}
