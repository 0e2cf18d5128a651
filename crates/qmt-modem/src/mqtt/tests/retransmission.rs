//! Timer T1: copies on time, then failure on time (QMT §3.3.1 note 3).

use super::*;

fn copy(what: Packet, number: u16, count: u8) -> Vec<MqttEvent> {
    vec![MqttEvent::Retransmitted {
        what,
        id: id(number),
        count,
    }]
}

fn failed(what: Packet, id: u16) -> Vec<MqttEvent> {
    vec![MqttEvent::Failed { what, id }]
}

/// Asks for one packet of each kind.
type Wish = fn(&mut Bench);

fn publish_1(bench: &mut Bench) {
    let delivery = Delivery::AtLeastOnce(id(3));
    bench
        .link
        .publish(bench.now, delivery, false, "t", b"x")
        .unwrap();
}

fn publish_2(bench: &mut Bench) {
    let delivery = Delivery::ExactlyOnce(id(3));
    bench
        .link
        .publish(bench.now, delivery, false, "t", b"x")
        .unwrap();
}

fn subscribe(bench: &mut Bench) {
    let topics = [("t", Qos::AtLeastOnce)];
    bench.link.subscribe(bench.now, id(3), &topics).unwrap();
}

fn unsubscribe(bench: &mut Bench) {
    bench.link.unsubscribe(bench.now, id(3), &["t"]).unwrap();
}

const PUBLISH_1: &[u8] = b"\x32\x06\0\x01t\0\x03x";
const PUBLISH_2: &[u8] = b"\x34\x06\0\x01t\0\x03x";
const SUBSCRIBE: &[u8] = b"\x82\x06\0\x03\0\x01t\x01";
const UNSUBSCRIBE: &[u8] = b"\xA2\x05\0\x03\0\x01t";

#[test]
fn every_packet_is_sent_again_at_each_deadline_and_then_fails() {
    let kinds: [(Wish, &[u8], Packet, [u8; 2]); 4] = [
        (publish_1, PUBLISH_1, Packet::Publish, [0x3A, 0x3A]),
        (publish_2, PUBLISH_2, Packet::Publish, [0x3C, 0x3C]),
        (subscribe, SUBSCRIBE, Packet::Subscribe, [0x8A, 0x82]),
        (unsubscribe, UNSUBSCRIBE, Packet::Unsubscribe, [0xAA, 0xA2]),
    ];
    for (wish, frame, what, firsts) in kinds {
        for (level, first) in LEVELS.into_iter().zip(firsts) {
            let mut bench = Bench::connected(level, 5, 2);
            bench.at(100);
            wish(&mut bench);
            assert_eq!(bench.sent(), frame);
            let mut again = frame.to_vec();
            again[0] = first;
            assert_eq!(bench.fire(), (5100, again.clone(), copy(what, 3, 1)));
            assert_eq!(bench.fire(), (10_100, again, copy(what, 3, 2)));
            assert_eq!(bench.fire(), (15_100, vec![], failed(what, 3)));
            assert_eq!(bench.link.poll_timeout(), None);
            assert_eq!(bench.link.state(), ConnectionState::CONNECTED);
            // The identifier is free again.
            wish(&mut bench);
        }
    }
}

#[test]
fn without_retries_only_failure_comes() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 60, 0);
    publish_1(&mut bench);
    bench.sent();
    assert_eq!(bench.fire(), (60_000, vec![], failed(Packet::Publish, 3)));
    // The late answer changes nothing.
    bench.input(b"\x40\x02\0\x03");
    assert_eq!((bench.events(), bench.sent()), (vec![], vec![]));
}

#[test]
fn an_acknowledgement_of_a_copy_ends_it() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 5, 10);
    publish_1(&mut bench);
    bench.sent();
    assert_eq!(bench.fire().0, 5000);
    bench.at(6000).input(b"\x40\x02\0\x03");
    assert_eq!(bench.events().len(), 1);
    assert_eq!(bench.link.poll_timeout(), None);
}

#[test]
fn pubrel_is_sent_again_within_the_time_of_the_command() {
    for (level, first) in LEVELS.into_iter().zip([0x6A, 0x62]) {
        let mut bench = Bench::connected(level, 10, 2);
        publish_2(&mut bench);
        bench.sent();
        assert_eq!(bench.fire().2, copy(Packet::Publish, 3, 1));
        bench.at(12_000).input(b"\x50\x02\0\x03");
        assert_eq!(bench.sent(), b"\x62\x02\0\x03");
        let pubrel = vec![first, 2, 0, 3];
        assert_eq!(bench.fire(), (22_000, pubrel, copy(Packet::Release, 3, 2)));
        // Not 32 s: both halves share pkt_timeout x (retry_times + 1).
        assert_eq!(bench.fire(), (30_000, vec![], failed(Packet::Release, 3)));
    }
}

#[test]
fn a_late_pubrec_of_a_failed_publish_frees_the_identifier() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 10, 0);
    publish_2(&mut bench);
    bench.sent();
    assert_eq!(bench.fire().2, failed(Packet::Publish, 3));
    bench.input(b"\x50\x02\0\x03");
    assert_eq!(bench.sent(), b"\x62\x02\0\x03");
    bench.input(b"\x70\x02\0\x03");
    assert_eq!(bench.events(), []);
    publish_2(&mut bench);
}

#[test]
fn each_packet_has_its_own_timer() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 10, 1);
    publish_1(&mut bench);
    bench.sent();
    bench.at(4000);
    bench.link.unsubscribe(bench.now, id(4), &["t"]).unwrap();
    bench.sent();
    assert_eq!((bench.fire().0, bench.fire().0), (10_000, 14_000));
    assert_eq!(bench.fire(), (20_000, vec![], failed(Packet::Publish, 3)));
    assert_eq!(
        bench.fire(),
        (24_000, vec![], failed(Packet::Unsubscribe, 4))
    );
}

#[test]
fn a_late_timer_sends_one_copy_and_a_later_one_only_fails() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 10, 5);
    publish_1(&mut bench);
    bench.sent();
    bench
        .at(35_000)
        .link
        .handle_timeout(Instant::from_millis(35_000));
    bench.link.handle_timeout(bench.now);
    assert_eq!(bench.events(), copy(Packet::Publish, 3, 1));
    assert_eq!(bench.sent().len(), PUBLISH_1.len());
    assert_eq!(
        bench.link.poll_timeout(),
        Some(Instant::from_millis(45_000))
    );
    bench
        .at(99_000)
        .link
        .handle_timeout(Instant::from_millis(99_000));
    assert_eq!(
        (bench.events(), bench.sent()),
        (failed(Packet::Publish, 3), vec![])
    );
}

#[test]
fn a_packet_that_has_not_left_is_not_copied() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 10, 2);
    publish_1(&mut bench);
    let whole = bench.link.poll_transmit().len();
    for at in [10_000, 20_000] {
        // One byte each ten seconds: slow, not stalled.
        bench
            .at(at)
            .link
            .handle_transmitted(Instant::from_millis(at), 1);
        bench.link.handle_timeout(bench.now);
    }
    assert_eq!(bench.link.poll_transmit().len(), whole - 2);
    assert_eq!(bench.events(), []);
    bench
        .at(30_000)
        .link
        .handle_timeout(Instant::from_millis(30_000));
    assert_eq!(bench.events(), failed(Packet::Publish, 3));
}

/// QMT §5.1 `<err_code>` 6.
#[test]
fn a_wire_that_takes_nothing_fails_the_packet_and_then_the_link() {
    for (retry_times, at) in [(0, 10_000), (2, 30_000)] {
        let mut bench = Bench::connected(MqttVersion::V3_1_1, 10, retry_times);
        publish_1(&mut bench);
        bench
            .link
            .publish(bench.now, Delivery::AtMostOnce, false, "t", b"")
            .unwrap();
        let mut events = vec![];
        while let Some(next) = bench.link.poll_timeout() {
            bench.now = next;
            bench.link.handle_timeout(next);
            events.append(&mut bench.events());
        }
        let mut expected = failed(Packet::Publish, 0);
        expected.append(&mut failed(Packet::Publish, 3));
        expected.append(&mut lost(LinkLossCode::SEND_FAILED));
        assert_eq!((bench.now.as_millis(), events), (at, expected));
        assert!(bench.link.poll_transmit().is_empty());
    }
}
