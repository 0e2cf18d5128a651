//! Incoming messages and how they are answered.

use super::*;

#[test]
fn each_quality_is_delivered_and_answered() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 30, 0);
    bench.input(b"\x31\x05\0\x01thi");
    let message = MqttEvent::Message {
        id: 0,
        qos: Qos::AtMostOnce,
        retain: true,
        dup: false,
        topic: b"t".to_vec(),
        payload: b"hi".to_vec(),
    };
    assert_eq!((bench.events(), bench.sent()), (vec![message], vec![]));

    bench.input(b"\x3A\x06\0\x01t\x12\x34x");
    let message = MqttEvent::Message {
        id: 0x1234,
        qos: Qos::AtLeastOnce,
        retain: false,
        dup: true,
        topic: b"t".to_vec(),
        payload: b"x".to_vec(),
    };
    assert_eq!(
        (bench.events(), bench.sent()),
        (vec![message], b"\x40\x02\x12\x34".to_vec())
    );

    bench.input(b"\x34\x05\0\x01t\0\x07");
    assert_eq!(messages(&bench.events()), [(7, 2, vec![])]);
    assert_eq!(bench.sent(), b"\x50\x02\0\x07");
    bench.input(b"\x62\x02\0\x07");
    assert_eq!(
        (bench.events(), bench.sent()),
        (vec![], b"\x70\x02\0\x07".to_vec())
    );
    assert_eq!(bench.link.poll_timeout(), None);
}

#[test]
fn qos_2_is_delivered_once_until_released() {
    for level in LEVELS {
        let mut bench = Bench::connected(level, 30, 0);
        bench.input(b"\x34\x06\0\x01t\0\x07a");
        assert_eq!(messages(&bench.events()).len(), 1);
        // Copies, with DUP and without, are answered only.
        for first in [0x3C, 0x34] {
            bench.input(&[first, 6, 0, 1, b't', 0, 7, b'a']);
            assert_eq!(bench.events(), []);
        }
        assert_eq!(bench.sent(), b"\x50\x02\0\x07".repeat(3));
        // Another identifier is another message, and so is another quality.
        bench.input(b"\x34\x06\0\x01t\0\x08b\x32\x06\0\x01t\0\x07c");
        assert_eq!(messages(&bench.events()).len(), 2);
        bench.sent();
        // Every PUBREL gets its PUBCOMP, known or not.
        bench.input(b"\x62\x02\0\x07\x62\x02\0\x07");
        assert_eq!(
            (bench.events(), bench.sent()),
            (vec![], b"\x70\x02\0\x07".repeat(2))
        );
        bench.input(b"\x34\x06\0\x01t\0\x07d");
        assert_eq!(messages(&bench.events()), [(7, 2, b"d".to_vec())]);
    }
}

#[test]
fn qos_1_copies_are_delivered_each_time() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 30, 0);
    bench.input(b"\x32\x05\0\x01t\0\x07\x3A\x05\0\x01t\0\x07");
    assert_eq!(messages(&bench.events()).len(), 2);
    assert_eq!(bench.sent(), b"\x40\x02\0\x07".repeat(2));
}

#[test]
fn both_directions_have_their_own_identifiers() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 30, 0);
    let delivery = Delivery::ExactlyOnce(id(7));
    bench
        .link
        .publish(bench.now, delivery, false, "t", b"")
        .unwrap();
    bench.sent();
    bench.input(b"\x34\x05\0\x01t\0\x07\x50\x02\0\x07\x62\x02\0\x07\x70\x02\0\x07");
    assert_eq!(bench.sent(), b"\x50\x02\0\x07\x62\x02\0\x07\x70\x02\0\x07");
    let events = bench.events();
    assert_eq!(messages(&events).len(), 1);
    assert_eq!(events[1], MqttEvent::Published { delivery });
}

#[test]
fn pubrel_may_say_dup_at_3_1_only() {
    for (level, expected) in LEVELS.into_iter().zip([true, false]) {
        let mut bench = Bench::connected(level, 30, 0);
        bench.input(b"\x34\x05\0\x01t\0\x07\x6A\x02\0\x07");
        let answered = bench.link.poll_transmit() == b"\x50\x02\0\x07\x70\x02\0\x07";
        assert_eq!(answered, expected);
        let is_lost = bench
            .events()
            .contains(&MqttEvent::Lost(LinkLossCode::LINK_DOWN));
        assert_eq!(is_lost, !expected);
    }
}

#[test]
fn long_topics_and_payloads_are_delivered_as_they_are() {
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 30, 0);
    let topic = "t".repeat(300);
    let payload = vec![b'\r'; 100_000];
    let packet = MqttPacket::Publish(qmt_mqtt::Publish {
        delivery: qmt_mqtt::Delivery::AtMostOnce,
        retain: false,
        topic: topic.clone(),
        payload: payload.clone(),
    });
    let mut frame = Vec::new();
    packet.encode(Level::V311, &mut frame).unwrap();
    bench.input(&frame);
    let message = MqttEvent::Message {
        id: 0,
        qos: Qos::AtMostOnce,
        retain: false,
        dup: false,
        topic: topic.into_bytes(),
        payload,
    };
    assert_eq!(bench.events(), [message]);
}

#[test]
fn control_characters_in_a_topic_are_a_switch() {
    let frame = b"\x30\x06\0\x03a\r\nx";
    let mut bench = Bench::connected(MqttVersion::V3_1_1, 30, 0);
    bench.input(frame);
    assert_eq!(bench.events(), lost(LinkLossCode::LINK_DOWN));

    let mut options = LinkOptions::default();
    options.limits.text = qmt_mqtt::TextRule::Lenient;
    let mut bench = Bench::with(options).accepted(request());
    bench.input(frame);
    assert_eq!(messages(&bench.events()), [(0, 0, b"x".to_vec())]);
}
