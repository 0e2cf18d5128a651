//! Golden bytes and the rules of single packets.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::{ConnAckCode, Delivery, QoS, Secret, SubAckCode, Will};

const ID: PacketId = match PacketId::new(0x1234) {
    Some(id) => id,
    None => PacketId::ONE,
};

fn wire(packet: &Packet, level: Level) -> Vec<u8> {
    let mut out = vec![0xEE];
    packet.encode(level, &mut out).unwrap();
    assert_eq!(out.remove(0), 0xEE, "encode appends");
    out
}

fn at_broker(frame: &[u8], level: Level) -> Result<Packet, MqttError> {
    Packet::decode(frame, level, Role::Broker)
}

fn at_client(frame: &[u8], level: Level) -> Result<Packet, MqttError> {
    Packet::decode(frame, level, Role::Client)
}

fn connect(level: Level, flags: u8, rest: &[u8]) -> Vec<u8> {
    let name: &[u8] = match level {
        Level::V31 => b"\0\x06MQIsdp\x03",
        Level::V311 => b"\0\x04MQTT\x04",
    };
    let body = [name, &[flags, 0, 10, 0, 1, b'p'], rest].concat();
    [&[0x10, u8::try_from(body.len()).unwrap()], body.as_slice()].concat()
}

#[test]
fn connect_is_written_byte_by_byte() {
    let packet = Packet::Connect(Connect {
        level: Level::V31,
        client_id: "c".into(),
        clean_session: true,
        keep_alive: 0x0102,
        will: Some(Will {
            topic: "w".into(),
            payload: vec![0],
            qos: QoS::ExactlyOnce,
            retain: true,
        }),
        username: Some("u".into()),
        password: Some(Secret::from("s")),
    });
    let expected = b"\x10\x1b\0\x06MQIsdp\x03\xF6\x01\x02\0\x01c\0\x01w\0\x01\0\0\x01u\0\x01s";
    // The level argument is not looked at for CONNECT.
    assert_eq!(wire(&packet, Level::V311), expected);
    assert_eq!(at_broker(expected, Level::V311), Ok(packet));
}

#[test]
fn a_password_is_not_printed() {
    let mut connect = Connect::new(Level::V311, "c");
    connect.username = Some("name".into());
    connect.password = Some(Secret::from("hunter2"));
    let text = format!("{:?} {:#?}", connect, Packet::Connect(connect.clone()));
    assert!(text.contains("***") && text.contains("name"), "{text}");
    assert!(
        !text.contains("hunter2") && !text.contains("104, 117"),
        "{text}"
    );
}

#[test]
fn a_refused_filter_is_128_on_the_wire() {
    let codes = vec![SubAckCode::Granted(QoS::ExactlyOnce), SubAckCode::Refused];
    let packet = Packet::SubAck(SubAck { id: ID, codes });
    assert_eq!(wire(&packet, Level::V311), b"\x90\x04\x12\x34\x02\x80");
    assert_eq!(
        at_client(b"\x90\x04\x12\x34\x02\x80", Level::V31),
        Ok(packet)
    );
    assert_eq!(
        at_client(b"\x90\x03\x12\x34\x03", Level::V311),
        Err(MqttError::QoS { value: 3 })
    );
    assert_eq!(
        at_client(b"\x90\x02\x12\x34", Level::V311),
        Err(MqttError::NoTopics)
    );
}

#[test]
fn dup_beside_publish_is_for_3_1_only() {
    let filters = vec![(String::from("p"), QoS::AtMostOnce)];
    let names = vec![String::from("p")];
    for (packet, frame) in [
        (
            Packet::PubRel { id: ID, dup: true },
            &b"\x6A\x02\x12\x34"[..],
        ),
        (
            Packet::Subscribe(Subscribe {
                id: ID,
                dup: true,
                filters,
            }),
            b"\x8A\x06\x12\x34\0\x01p\0",
        ),
        (
            Packet::Unsubscribe(Unsubscribe {
                id: ID,
                dup: true,
                filters: names,
            }),
            b"\xAA\x05\x12\x34\0\x01p",
        ),
    ] {
        assert_eq!(wire(&packet, Level::V31), frame);
        assert_eq!(at_broker(frame, Level::V31), Ok(packet.clone()));
        let first = frame[0];
        assert_eq!(
            at_broker(frame, Level::V311),
            Err(MqttError::HeaderFlags { first })
        );
        let mut out = Vec::new();
        assert_eq!(
            packet.encode(Level::V311, &mut out),
            Err(EncodeError::DupAtThisLevel)
        );
        assert!(out.is_empty());
    }
    // Only that bit: PUBACK has none, and retain is not DUP.
    for frame in [
        b"\x48\x02\x12\x34",
        b"\x6B\x02\x12\x34",
        b"\x68\x02\x12\x34",
    ] {
        let first = frame[0];
        assert_eq!(
            at_broker(frame, Level::V31),
            Err(MqttError::HeaderFlags { first })
        );
    }
}

#[test]
fn a_whole_frame_that_wants_more_is_malformed() {
    for frame in [
        &b"\x40\x00"[..],
        b"\x40\x01\x01",
        b"\x82\x00",
        b"\x82\x03\x12\x34\0",
        b"\x82\x05\x12\x34\0\x01p",
        b"\xA2\x04\x12\x34\0\x01",
        b"\x30\x01\0",
        b"\x32\x07\0\x05topic",
        b"\x10\x00",
        b"\x10\x06\0\x04MQTT",
        b"\x30\x09\0\x05to",
        b"\x30",
        b"",
    ] {
        assert_eq!(
            at_broker(frame, Level::V311),
            Err(MqttError::Truncated),
            "{frame:?}"
        );
    }
}

#[test]
fn bytes_left_over_are_malformed() {
    for frame in [
        &b"\xC0\x01\0"[..],
        b"\x40\x03\0\x01\0",
        b"\xE0\x01\0",
        b"\xC0\0\0",
    ] {
        assert_eq!(
            at_broker(frame, Level::V311),
            Err(MqttError::LeftOver { unread: 1 }),
            "{frame:?}"
        );
    }
    let long = connect(Level::V311, 0x02, b"\0\x01x");
    assert_eq!(
        at_broker(&long, Level::V311),
        Err(MqttError::LeftOver { unread: 3 })
    );
    assert_eq!(
        at_client(b"\x20\x03\0\0\0", Level::V31),
        Err(MqttError::LeftOver { unread: 1 })
    );
    // A length written with a needless byte is no error (MQTT 3.1.1 §2.2.3).
    assert_eq!(
        at_broker(b"\x40\x82\0\x12\x34", Level::V311),
        Ok(Packet::PubAck(ID))
    );
}

#[test]
fn each_end_refuses_its_own_packets() {
    for frame in [
        &b"\x20\x02\0\0"[..],
        b"\x90\x03\0\x01\0",
        b"\xB0\x02\0\x01",
        b"\xD0\0",
    ] {
        assert!(matches!(
            at_broker(frame, Level::V311),
            Err(MqttError::Direction { .. })
        ));
        assert!(at_client(frame, Level::V311).is_ok());
    }
    for frame in [
        &b"\xC0\0"[..],
        b"\xE0\0",
        b"\x82\x06\0\x01\0\x01p\0",
        b"\xA2\x05\0\x01\0\x01p",
    ] {
        assert!(matches!(
            at_client(frame, Level::V311),
            Err(MqttError::Direction { .. })
        ));
        assert!(at_broker(frame, Level::V311).is_ok());
    }
    for first in [0x00, 0x0F, 0xF0, 0xF8] {
        assert_eq!(
            at_broker(&[first, 0], Level::V311),
            Err(MqttError::Reserved { first })
        );
    }
}

#[test]
fn connect_flags_are_judged_by_level() {
    let flags = |flags| Err(MqttError::ConnectFlags { flags });
    for (byte, rest) in [
        (0x03, &b""[..]),
        (0x22, b""),
        (0x0A, b""),
        (0x42, b"\0\x01s"),
    ] {
        let frame = connect(Level::V311, byte, rest);
        assert_eq!(at_broker(&frame, Level::V311), flags(byte), "{byte:#x}");
    }
    // Measured at mosquitto 2.0.11: 3.1 forgives the bits it calls unused, not a lone password.
    for byte in [0x03, 0x22, 0x0A] {
        assert!(
            at_broker(&connect(Level::V31, byte, b""), Level::V311).is_ok(),
            "{byte:#x}"
        );
    }
    let lone = connect(Level::V31, 0x42, b"\0\x01s");
    assert_eq!(at_broker(&lone, Level::V311), flags(0x42));
    let will_qos_3 = connect(Level::V311, 0x1E, b"\0\x01w\0\x01m");
    assert_eq!(
        at_broker(&will_qos_3, Level::V311),
        Err(MqttError::QoS { value: 3 })
    );
    let mut header = connect(Level::V31, 0x02, b"");
    header[0] = 0x1F;
    assert!(at_broker(&header, Level::V311).is_ok());
    let mut header = connect(Level::V311, 0x02, b"");
    header[0] = 0x11;
    assert_eq!(
        at_broker(&header, Level::V311),
        Err(MqttError::HeaderFlags { first: 0x11 })
    );
}

#[test]
fn a_3_1_connect_may_leave_out_what_its_flags_promise() {
    for (flags, rest, name) in [
        (0xC2, &b"\0\x01u"[..], Some("u")),
        (0xC2, b"", None),
        (0x82, b"", None),
    ] {
        let Ok(Packet::Connect(packet)) = at_broker(&connect(Level::V31, flags, rest), Level::V31)
        else {
            panic!("{flags:#x}");
        };
        assert_eq!((packet.username.as_deref(), packet.password), (name, None));
        assert_eq!(
            at_broker(&connect(Level::V311, flags, rest), Level::V31),
            Err(MqttError::Truncated)
        );
    }
    let cut_short = connect(Level::V31, 0x82, b"\0\x05ab");
    assert_eq!(at_broker(&cut_short, Level::V31), Err(MqttError::Truncated));
}

#[test]
fn protocol_name_and_level_belong_together() {
    let level = |level| Err(MqttError::UnknownLevel { level });
    let with = |name: &str, level: u8| {
        let mut body = vec![0, u8::try_from(name.len()).unwrap()];
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(&[level, 2, 0, 10, 0, 1, b'p']);
        let mut frame = vec![0x10, u8::try_from(body.len()).unwrap()];
        frame.extend_from_slice(&body);
        at_broker(&frame, Level::V311)
    };
    for (name, byte) in [
        ("MQIsdp", 4),
        ("MQIsdp", 2),
        ("MQTT", 3),
        ("MQTT", 5),
        ("MQTT", 6),
    ] {
        assert_eq!(with(name, byte), level(byte), "{name} {byte}");
    }
    for name in ["MQT", "", "MQTTT", "MQTU", "mqtt", "MQIsdP"] {
        assert_eq!(with(name, 4), Err(MqttError::ProtocolName), "{name}");
    }
    // The bridge bit, measured at mosquitto 2.0.11.
    assert!(with("MQIsdp", 0x83).is_ok() && with("MQTT", 0x84).is_ok());
}

#[test]
fn strings_are_utf8_without_nul() {
    let nul = connect(Level::V311, 0x82, b"\0\x02a\0");
    assert_eq!(at_broker(&nul, Level::V311), Err(MqttError::Nul));
    let surrogate = connect(Level::V311, 0x82, b"\0\x03\xED\xA0\x80");
    assert_eq!(at_broker(&surrogate, Level::V311), Err(MqttError::NotUtf8));
    let nul = b"\x30\x04\0\x02a\0";
    assert_eq!(
        at_broker(nul, Level::V311),
        Err(MqttError::Topic(TopicError::Nul { at: 1 }))
    );
    assert_eq!(
        at_broker(b"\x30\x02\0\0", Level::V311),
        Err(MqttError::Topic(TopicError::Empty))
    );
    assert_eq!(
        at_broker(b"\x82\x0a\0\x01\0\x05ab/+e\0", Level::V311),
        Err(MqttError::Filter(TopicError::Wildcard { at: 3 }))
    );
    let will = connect(Level::V311, 0x06, b"\0\0\0\x01m");
    assert_eq!(
        at_broker(&will, Level::V311),
        Err(MqttError::Topic(TopicError::Empty))
    );
}

#[test]
fn control_characters_are_seen_in_every_string() {
    for rough in [
        "\u{1}",
        "\u{1f}",
        "\u{7f}",
        "\u{80}",
        "\u{9f}",
        "\u{fdd0}",
        "\u{ffff}",
        "\u{1fffe}",
    ] {
        let mut packet = Connect::new(Level::V311, rough);
        assert!(
            Packet::Connect(packet.clone()).has_control_characters(),
            "{rough:?}"
        );
        packet.client_id = "plain".into();
        assert!(!Packet::Connect(packet.clone()).has_control_characters());
        packet.username = Some(rough.into());
        assert!(Packet::Connect(packet).has_control_characters());
        let filters = vec![(format!("a/{rough}"), QoS::AtMostOnce)];
        let subscribe = Packet::Subscribe(Subscribe {
            id: ID,
            dup: false,
            filters,
        });
        assert!(subscribe.has_control_characters());
    }
    let publish = Publish {
        delivery: Delivery::AtMostOnce,
        retain: false,
        topic: "A\u{2a6d4}".into(),
        payload: vec![1, 0x7F],
    };
    assert!(!Packet::Publish(publish).has_control_characters());
}

#[test]
fn dup_at_qos_0_ends_only_a_3_1_1_client() {
    let frame = b"\x38\x04\0\x01t!";
    assert_eq!(at_broker(frame, Level::V311), Err(MqttError::DupAtMostOnce));
    assert!(at_broker(frame, Level::V31).is_ok());
    assert!(at_client(frame, Level::V311).is_ok());
    assert_eq!(
        at_broker(b"\x36\x04\0\x01t!", Level::V311),
        Err(MqttError::QoS { value: 3 })
    );
}

#[test]
fn connack_is_judged_by_level() {
    let accepted = Packet::ConnAck(ConnAck {
        session_present: false,
        code: ConnAckCode::Accepted,
    });
    assert_eq!(at_client(b"\x20\x02\x02\0", Level::V31), Ok(accepted));
    assert_eq!(
        at_client(b"\x20\x02\x02\0", Level::V311),
        Err(MqttError::ConnAckFlags { flags: 2 })
    );
    assert_eq!(
        at_client(b"\x20\x02\x01\x05", Level::V311),
        Err(MqttError::SessionPresent)
    );
    assert_eq!(
        at_client(b"\x20\x02\0\x06", Level::V311),
        Err(MqttError::ConnAckCode { code: 6 })
    );
    let present = Packet::ConnAck(ConnAck {
        session_present: true,
        code: ConnAckCode::Accepted,
    });
    assert_eq!(wire(&present, Level::V311), b"\x20\x02\x01\0");
    let mut out = Vec::new();
    assert_eq!(
        present.encode(Level::V31, &mut out),
        Err(EncodeError::SessionPresent)
    );
}

#[test]
fn what_does_not_fit_is_not_sent() {
    let refused = |packet: Packet, level| {
        let mut out = Vec::new();
        let error = packet.encode(level, &mut out).unwrap_err();
        assert!(out.is_empty());
        error
    };
    let mut connect = Connect::new(Level::V311, &"c".repeat(65_536));
    assert_eq!(
        refused(Packet::Connect(connect.clone()), Level::V311),
        EncodeError::FieldTooLong
    );
    connect.client_id = "c".into();
    connect.password = Some(Secret::from("s"));
    assert_eq!(
        refused(Packet::Connect(connect), Level::V311),
        EncodeError::PasswordWithoutUsername
    );
    let publish = |topic: &str, payload| {
        let (delivery, topic) = (Delivery::AtMostOnce, topic.into());
        Packet::Publish(Publish {
            delivery,
            retain: false,
            topic,
            payload,
        })
    };
    assert_eq!(
        refused(publish("a/#", vec![]), Level::V311),
        EncodeError::Topic(TopicError::Wildcard { at: 2 })
    );
    assert_eq!(
        refused(publish("a", vec![0; 268_435_453]), Level::V311),
        EncodeError::PacketTooLong
    );
    let none = Packet::Unsubscribe(Unsubscribe {
        id: ID,
        dup: false,
        filters: vec![],
    });
    assert_eq!(refused(none, Level::V31), EncodeError::NoTopics);
    let filters = vec![("$share/g".into(), QoS::AtMostOnce)];
    let share = Packet::Subscribe(Subscribe {
        id: ID,
        dup: false,
        filters,
    });
    assert_eq!(
        refused(share, Level::V31),
        EncodeError::Filter(TopicError::Share)
    );
}
