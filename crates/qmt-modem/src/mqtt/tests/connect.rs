//! From the opening of TCP to CONNACK.

use super::*;

/// QMT §3.3.1 `<version_num>` 0..=1.
#[test]
fn connect_is_written_byte_by_byte_at_both_levels() {
    let full = ConnectRequest {
        client_id: "c",
        username: Some("u"),
        password: Some(b"\xFF"),
        clean_session: false,
        keep_alive_s: 0x0102,
        will: Some(WillRequest {
            qos: Qos::ExactlyOnce,
            retain: true,
            topic: "w",
            message: b"\0",
        }),
        level: MqttVersion::V3_1,
    };
    for (request, frame) in [
        (
            full,
            &b"\x10\x1b\0\x06MQIsdp\x03\xF4\x01\x02\0\x01c\0\x01w\0\x01\0\0\x01u\0\x01\xFF"[..],
        ),
        (
            ConnectRequest {
                level: MqttVersion::V3_1_1,
                ..full
            },
            b"\x10\x19\0\x04MQTT\x04\xF4\x01\x02\0\x01c\0\x01w\0\x01\0\0\x01u\0\x01\xFF",
        ),
        (request(), b"\x10\x0d\0\x04MQTT\x04\x02\0\0\0\x01c"),
        (
            ConnectRequest {
                level: MqttVersion::V3_1,
                client_id: "",
                ..request()
            },
            b"\x10\x0e\0\x06MQIsdp\x03\x02\0\0\0\0",
        ),
    ] {
        let mut bench = Bench::opened(30, 0);
        assert_eq!(bench.link.state(), ConnectionState::INITIALIZING);
        assert_eq!(bench.link.poll_timeout(), None);
        bench.link.connect(bench.now, request).unwrap();
        assert_eq!(bench.link.state(), ConnectionState::CONNECTING);
        assert_eq!(bench.sent(), frame);
        assert_eq!(
            bench.link.connect(bench.now, request),
            Err(MqttRefusal::WrongState)
        );
    }
}

#[test]
fn connack_connects_and_tells_of_a_kept_session() {
    for (level, frame, expected) in [
        (MqttVersion::V3_1_1, b"\x20\x02\x01\0", true),
        (MqttVersion::V3_1_1, b"\x20\x02\0\0", false),
        // A reserved byte at 3.1.
        (MqttVersion::V3_1, b"\x20\x02\x01\0", false),
    ] {
        let mut bench = Bench::opened(30, 0);
        let request = ConnectRequest {
            clean_session: false,
            level,
            ..request()
        };
        bench.link.connect(bench.now, request).unwrap();
        bench.sent();
        bench.input(frame);
        let accepted = MqttEvent::ConnAck {
            code: 0,
            session_present: expected,
        };
        assert_eq!(bench.events(), [accepted]);
        assert_eq!(bench.link.state(), ConnectionState::CONNECTED);
        assert_eq!(bench.link.poll_timeout(), None, "keep-alive 0 never ends");
    }
}

#[test]
fn each_refusal_ends_the_link_with_its_code() {
    for code in 1..=5 {
        let mut bench = Bench::opened(30, 0);
        bench.link.connect(bench.now, request()).unwrap();
        bench.sent();
        // What follows a refusal is not looked at.
        bench.input(&[0x20, 2, 0, code, 0xFF, 0xFF]);
        let refused = MqttEvent::ConnAck {
            code,
            session_present: false,
        };
        assert_eq!(bench.events(), [refused]);
        bench.link.handle_closed(bench.now);
        assert_eq!(bench.events(), []);
        assert_eq!(bench.link.poll_timeout(), None);
        let publish = bench
            .link
            .publish(bench.now, Delivery::AtMostOnce, false, "t", b"");
        assert_eq!(publish, Err(MqttRefusal::WrongState));
    }
}

#[test]
fn a_bad_connack_loses_the_link() {
    for frame in [
        &b"\x20\x02\0\x06"[..],
        b"\x20\x02\x02\0",
        b"\x20\x02\x01\0", // session present after a clean start
        b"\x20\x03\0\0\0",
        b"\x21\x02\0\0",
        b"\xD0\0",
        b"\x30\x03\0\x01t",
        b"\x20\xFF\xFF\xFF\xFF",
        // No MQTT at all; the second byte asks for 84 more.
        &b"HTTP/1.1 400 Bad Request\r\n".repeat(4),
    ] {
        let mut bench = Bench::opened(30, 0);
        bench.link.connect(bench.now, request()).unwrap();
        bench.sent();
        bench.input(frame);
        assert_eq!(bench.events(), lost(LinkLossCode::CONNACK), "{frame:?}");
        assert!(bench.link.poll_transmit().is_empty());
    }
}

/// QMT §2 connect timer.
#[test]
fn connect_is_sent_once_and_times_out_after_pkt_timeout() {
    // Whatever retry_times says: QMT figure 1 closes the link.
    for retry_times in [0, 10] {
        let mut bench = Bench::opened(7, retry_times);
        bench
            .at(1000)
            .link
            .connect(Instant::from_millis(1000), request())
            .unwrap();
        bench.sent();
        assert_eq!(
            bench.fire(),
            (8000, vec![], vec![MqttEvent::ConnectTimedOut])
        );
        bench.input(ACCEPTED);
        assert_eq!(bench.events(), []);
        assert_eq!(bench.link.poll_timeout(), None);
    }
}

/// QMT §5.1 `<err_code>` 3.
#[test]
fn a_connect_that_does_not_leave_fails_as_connect() {
    let mut bench = Bench::opened(7, 2);
    bench.link.connect(bench.now, request()).unwrap();
    let whole = bench.link.poll_transmit().len();
    bench.link.handle_transmitted(bench.now, whole - 1);
    assert_eq!(bench.fire(), (7000, vec![], lost(LinkLossCode::CONNECT)));
}

#[test]
fn a_close_is_told_by_where_it_comes() {
    let mut bench = Bench::opened(30, 0);
    bench.link.handle_closed(bench.now);
    assert_eq!(bench.events(), lost(LinkLossCode::CLOSED_BY_SERVER));

    let mut bench = Bench::opened(30, 0);
    bench.link.connect(bench.now, request()).unwrap();
    bench.sent();
    bench.link.handle_closed(bench.now);
    assert_eq!(bench.events(), lost(LinkLossCode::CONNACK));
}

#[test]
fn a_server_that_speaks_first_is_none() {
    let mut bench = Bench::opened(30, 0);
    bench.input(b"");
    assert_eq!(bench.events(), []);
    bench.input(b"220 ready\r\n");
    assert_eq!(bench.events(), lost(LinkLossCode::LINK_DOWN));
}

#[test]
fn what_no_connect_can_carry_is_refused_and_may_be_corrected() {
    let mut bench = Bench::opened(30, 0);
    let password_alone = ConnectRequest {
        password: Some(b"p"),
        ..request()
    };
    let will = WillRequest {
        qos: Qos::AtMostOnce,
        retain: false,
        topic: "a/#",
        message: b"",
    };
    let wildcard = ConnectRequest {
        will: Some(will),
        ..request()
    };
    for bad in [password_alone, wildcard] {
        let outcome = bench.link.connect(bench.now, bad);
        assert!(matches!(outcome, Err(MqttRefusal::Malformed(_))));
        assert!(bench.link.poll_transmit().is_empty());
    }
    bench.link.connect(bench.now, request()).unwrap();
}
