//! Outgoing messages at the three qualities of service.

use super::*;

fn published(delivery: Delivery) -> Vec<MqttEvent> {
    vec![MqttEvent::Published { delivery }]
}

#[test]
fn qos_0_is_done_when_its_last_byte_has_left() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 30, 0);
    let now = bench.now;
    for payload in [&b"1"[..], b"2"] {
        bench
            .link
            .publish(now, Delivery::AtMostOnce, true, "t", payload)
            .unwrap();
    }
    assert_eq!(
        bench.link.poll_transmit(),
        b"\x31\x04\0\x01t1\x31\x04\0\x01t2"
    );
    bench.link.handle_transmitted(now, 5);
    assert_eq!(bench.events(), []);
    bench.link.handle_transmitted(now, 1);
    assert_eq!(bench.events(), published(Delivery::AtMostOnce));
    assert_eq!(bench.link.poll_transmit(), b"\x31\x04\0\x01t2");
    // More than there is counts as all there is.
    bench.link.handle_transmitted(now, 100);
    assert_eq!(bench.events(), published(Delivery::AtMostOnce));
    assert_eq!(bench.link.poll_timeout(), None);
}

#[test]
fn qos_1_is_done_with_puback() {
    for level in LEVELS {
        let mut bench = Bench::connected(level, 30, 0);
        let delivery = Delivery::AtLeastOnce(id(0x0102));
        bench
            .link
            .publish(bench.now, delivery, false, "t", b"\0\xFF")
            .unwrap();
        assert_eq!(bench.sent(), b"\x32\x07\0\x01t\x01\x02\0\xFF");
        assert_eq!(bench.events(), []);
        bench.input(b"\x40\x02\x01\x02");
        assert_eq!(bench.events(), published(delivery));
        assert_eq!(bench.link.poll_timeout(), None);
        // The second is late, and means nothing.
        bench.input(b"\x40\x02\x01\x02");
        assert_eq!((bench.events(), bench.sent()), (vec![], vec![]));
    }
}

#[test]
fn qos_2_goes_through_pubrec_pubrel_pubcomp() {
    for level in LEVELS {
        let mut bench = Bench::connected(level, 30, 0);
        let delivery = Delivery::ExactlyOnce(id(9));
        bench
            .link
            .publish(bench.now, delivery, true, "t", b"x")
            .unwrap();
        assert_eq!(bench.sent(), b"\x35\x06\0\x01t\0\x09x");
        bench.input(b"\x50\x02\0\x09");
        assert_eq!(
            (bench.events(), bench.sent()),
            (vec![], b"\x62\x02\0\x09".to_vec())
        );
        bench.input(b"\x70\x02\0\x09");
        assert_eq!(bench.events(), published(delivery));
        assert_eq!(bench.link.poll_timeout(), None);
    }
}

#[test]
fn a_pubrec_that_comes_again_is_answered_again() {
    for (level, again) in LEVELS.into_iter().zip([0x6A, 0x62]) {
        let mut bench = Bench::connected(level, 30, 0);
        bench
            .link
            .publish(bench.now, Delivery::ExactlyOnce(id(9)), false, "t", b"")
            .unwrap();
        bench.sent();
        // Two before the first PUBREL has left: one is enough.
        bench.input(b"\x50\x02\0\x09\x50\x02\0\x09");
        assert_eq!(bench.sent(), b"\x62\x02\0\x09");
        bench.input(b"\x50\x02\0\x09");
        assert_eq!(bench.sent(), [again, 2, 0, 9]);
        bench.input(b"\x70\x02\0\x09");
        assert_eq!(bench.events().len(), 1);
    }
}

#[test]
fn acknowledgements_nobody_waits_for_are_ignored() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 30, 0);
    for (number, delivery) in [
        (1, Delivery::AtLeastOnce(id(1))),
        (2, Delivery::ExactlyOnce(id(2))),
    ] {
        bench
            .link
            .publish(bench.now, delivery, false, "t", b"")
            .unwrap();
        assert_eq!(delivery.wire_id(), number);
    }
    bench.sent();
    for frame in [
        &b"\x40\x02\0\x07"[..],
        b"\x70\x02\0\x07",
        b"\xB0\x02\0\x07",
        b"\x90\x03\0\x07\0",
        // Known identifiers, another packet.
        b"\x40\x02\0\x02",
        b"\x70\x02\0\x02",
        b"\x70\x02\0\x01",
        b"\xB0\x02\0\x01",
        b"\x90\x03\0\x01\0",
    ] {
        bench.input(frame);
        assert_eq!(
            (bench.events(), bench.sent()),
            (vec![], vec![]),
            "{frame:?}"
        );
    }
    // An unknown PUBREC frees the broker's identifier.
    for number in [7, 1] {
        bench.input(&[0x50, 2, 0, number]);
        assert_eq!(
            (bench.events(), bench.sent()),
            (vec![], vec![0x62, 2, 0, number])
        );
    }
    bench.input(b"\x40\x02\0\x01\x50\x02\0\x02\x70\x02\0\x02");
    assert_eq!(bench.events().len(), 2);
}

/// QMT §3.3.6 note.
#[test]
fn an_identifier_is_used_once_at_a_time() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 30, 0);
    let now = bench.now;
    let delivery = Delivery::AtLeastOnce(id(5));
    bench.link.publish(now, delivery, false, "t", b"").unwrap();
    let busy = Err(MqttRefusal::Busy);
    let twice = Delivery::ExactlyOnce(id(5));
    assert_eq!(bench.link.publish(now, twice, false, "t", b""), busy);
    let topics = [("t", Qos::AtMostOnce)];
    assert_eq!(bench.link.subscribe(now, id(5), &topics), busy);
    assert_eq!(bench.link.unsubscribe(now, id(5), &["t"]), busy);
    bench.link.subscribe(now, id(6), &topics).unwrap();
    bench.sent();
    bench.input(b"\x40\x02\0\x05");
    bench.link.publish(now, twice, false, "t", b"").unwrap();
}

#[test]
fn too_much_at_once_is_refused_and_leaves_nothing_behind() {
    let limits = LinkLimits {
        transmit: 100,
        in_flight: 3,
        ..LinkLimits::default()
    };
    let options = LinkOptions {
        limits,
        ..LinkOptions::default()
    };
    let mut bench = Bench::with(options).accepted(request());
    let now = bench.now;
    let full = Err(MqttRefusal::Full);
    let long = [0; 98];
    let delivery = Delivery::AtLeastOnce(id(1));
    assert_eq!(bench.link.publish(now, delivery, false, "t", &long), full);
    assert!(bench.link.poll_transmit().is_empty());
    // The refused identifier is free.
    bench.link.publish(now, delivery, false, "t", b"").unwrap();
    bench.link.unsubscribe(now, id(2), &["t"]).unwrap();
    bench
        .link
        .publish(now, Delivery::AtMostOnce, false, "t", b"")
        .unwrap();
    let third = Delivery::AtMostOnce;
    assert_eq!(bench.link.publish(now, third, false, "t", b""), full);
    bench.sent();
    assert_eq!(bench.events(), published(Delivery::AtMostOnce));
    bench.link.publish(now, third, false, "t", b"").unwrap();
}

#[test]
fn a_topic_that_is_none_is_refused() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 30, 0);
    for topic in ["", "a/+", "#", "a\0"] {
        let outcome = bench
            .link
            .publish(bench.now, Delivery::AtMostOnce, false, topic, b"");
        assert!(
            matches!(outcome, Err(MqttRefusal::Malformed(_))),
            "{topic:?}"
        );
    }
    assert_eq!((bench.sent(), bench.events()), (vec![], vec![]));
}
