//! SUBSCRIBE and UNSUBSCRIBE.

use super::*;

#[test]
fn each_topic_gets_its_code() {
    for level in LEVELS {
        let mut bench = Bench::connected(level, 30, 0);
        let topics = [("a/#", Qos::ExactlyOnce), ("+", Qos::AtMostOnce)];
        bench.link.subscribe(bench.now, id(1), &topics).unwrap();
        assert_eq!(bench.sent(), b"\x82\x0c\0\x01\0\x03a/#\x02\0\x01+\0");
        bench.input(b"\x90\x04\0\x01\x01\x80");
        let subscribed = MqttEvent::Subscribed {
            id: id(1),
            codes: vec![1, 128],
        };
        assert_eq!(bench.events(), [subscribed]);
        assert_eq!(bench.link.poll_timeout(), None);
    }
}

#[test]
fn unsubscribe_is_done_with_unsuback() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 30, 0);
    bench
        .link
        .unsubscribe(bench.now, id(2), &["a", "b"])
        .unwrap();
    assert_eq!(bench.sent(), b"\xA2\x08\0\x02\0\x01a\0\x01b");
    bench.input(b"\xB0\x02\0\x02");
    assert_eq!(bench.events(), [MqttEvent::Unsubscribed { id: id(2) }]);
    assert_eq!(bench.link.poll_timeout(), None);
}

#[test]
fn messages_may_come_before_suback() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 30, 0);
    let topics = [("t", Qos::AtMostOnce)];
    bench.link.subscribe(bench.now, id(1), &topics).unwrap();
    bench.sent();
    bench.input(b"\x31\x04\0\x01tx\x90\x03\0\x01\0");
    let events = bench.events();
    assert_eq!(messages(&events), [(0, 0, b"x".to_vec())]);
    assert!(matches!(events[1], MqttEvent::Subscribed { .. }));
}

#[test]
fn a_wrong_number_of_codes_loses_the_link() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 30, 0);
    let topics = [("t", Qos::AtMostOnce)];
    bench.link.subscribe(bench.now, id(1), &topics).unwrap();
    bench.sent();
    bench.input(b"\x90\x04\0\x01\0\0");
    assert_eq!(bench.events(), lost(LinkLossCode::LINK_DOWN));
}

#[test]
fn no_topics_and_filters_that_are_none_are_refused() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 30, 0);
    let now = bench.now;
    let malformed = |outcome| matches!(outcome, Err(MqttRefusal::Malformed(_)));
    assert!(malformed(bench.link.subscribe(now, id(1), &[])));
    assert!(malformed(bench.link.unsubscribe(now, id(1), &[])));
    for filter in ["", "a#", "#/a"] {
        let topics = [(filter, Qos::AtMostOnce)];
        assert!(malformed(bench.link.subscribe(now, id(1), &topics)));
        assert!(malformed(bench.link.unsubscribe(now, id(1), &[filter])));
    }
    assert!(bench.link.poll_transmit().is_empty());
    assert_eq!(bench.link.poll_timeout(), None);
}
