//! What codes and errors are called, from a table written a second time by hand.

use at_syntax::{BufferFull, SyntaxErrorKind};
use qmt_proto::{
    CloseResult, CmeCode, ConnectCode, ConnectionState, DecodeError, DisconnectResult, Filter,
    Granted, Host, LinkLossCode, Name, OpenResult, PacketResult, Parameter, Payload, Registration,
    RequestDialect, TooMany, Topic, Violation, hex::Hex,
};

use crate::wire::obeyed;

/// QMT §3.3.2 `<result>` -1..=5, §3.3.3 `<result>` -1..=0, §3.3.4 `<result>` 0..=2, `<retcode>` 0..=5,
/// `<state>` 1..=4, §3.3.5 `<result>` -1..=0, §5.1 `<err_code>` 1..=7.
#[test]
fn every_code_of_the_note_has_its_words() {
    let shown = [
        CmeCode::LINK.to_string(),
        CmeCode::ILLEGAL_PACKET.to_string(),
        CmeCode::ILLEGAL_CHARACTER.to_string(),
        CmeCode::ILLEGAL_UTF8.to_string(),
        CmeCode::INVALID_PARAMETER.to_string(),
        CmeCode::DATA_TOO_LONG.to_string(),
        CmeCode::BUFFER_OVERFLOW.to_string(),
        CmeCode::OUT_OF_MEMORY.to_string(),
        CmeCode::MEMORY.to_string(),
        CmeCode::UNKNOWN.to_string(),
        CmeCode(3).to_string(),
        OpenResult::FAILED.to_string(),
        OpenResult::OPENED.to_string(),
        OpenResult::WRONG_PARAMETER.to_string(),
        OpenResult::OCCUPIED.to_string(),
        OpenResult::PDP_FAILED.to_string(),
        OpenResult::DNS_FAILED.to_string(),
        OpenResult::DISCONNECTED.to_string(),
        CloseResult::FAILED.to_string(),
        CloseResult::CLOSED.to_string(),
        DisconnectResult::FAILED.to_string(),
        DisconnectResult::DISCONNECTED.to_string(),
        PacketResult::DONE.to_string(),
        PacketResult::RETRANSMITTED.to_string(),
        PacketResult::FAILED.to_string(),
        ConnectCode::ACCEPTED.to_string(),
        ConnectCode::PROTOCOL_VERSION.to_string(),
        ConnectCode::IDENTIFIER.to_string(),
        ConnectCode::UNAVAILABLE.to_string(),
        ConnectCode::CREDENTIALS.to_string(),
        ConnectCode::NOT_AUTHORIZED.to_string(),
        ConnectionState::INITIALIZING.to_string(),
        ConnectionState::CONNECTING.to_string(),
        ConnectionState::CONNECTED.to_string(),
        ConnectionState::DISCONNECTING.to_string(),
        LinkLossCode::CLOSED_BY_SERVER.to_string(),
        LinkLossCode::PINGREQ.to_string(),
        LinkLossCode::CONNECT.to_string(),
        LinkLossCode::CONNACK.to_string(),
        LinkLossCode::DISCONNECTED.to_string(),
        LinkLossCode::SEND_FAILED.to_string(),
        LinkLossCode::LINK_DOWN.to_string(),
    ];
    let wanted = [
        "8503 (MQTT link error)",
        "8504 (MQTT illegal packet)",
        "8505 (MQTT illegal character)",
        "8506 (MQTT illegal UTF-8)",
        "8507 (MQTT invalid parameter)",
        "8508 (data exceeds the remaining transmit buffer)",
        "8509 (MQTT buffer overflow)",
        "8510 (MQTT out of memory)",
        "8511 (MQTT memory error)",
        "8600 (MQTT unknown error)",
        "3 (unknown code)",
        "-1 (failed to open the network)",
        "0 (network opened)",
        "1 (wrong parameter)",
        "2 (MQTT identifier is occupied)",
        "3 (failed to activate PDP)",
        "4 (failed to resolve the host name)",
        "5 (network disconnected)",
        "-1 (failed to close the network)",
        "0 (network closed)",
        "-1 (failed to disconnect)",
        "0 (disconnected)",
        "0 (packet sent and acknowledged)",
        "1 (packet retransmitted)",
        "2 (failed to send the packet)",
        "0 (connection accepted)",
        "1 (refused: unacceptable protocol version)",
        "2 (refused: identifier rejected)",
        "3 (refused: server unavailable)",
        "4 (refused: bad user name or password)",
        "5 (refused: not authorized)",
        "1 (MQTT is initializing)",
        "2 (MQTT is connecting)",
        "3 (MQTT is connected)",
        "4 (MQTT is disconnecting)",
        "1 (connection closed or reset by the server)",
        "2 (PINGREQ timed out or failed)",
        "3 (CONNECT timed out or failed)",
        "4 (CONNACK timed out or failed)",
        "5 (client sent DISCONNECT and the server closed)",
        "6 (client closed because sending kept failing)",
        "7 (link down or server unavailable)",
    ];
    assert_eq!(shown, wanted);
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    let refused = |line: &[u8]| {
        obeyed(line, &RequestDialect::default())
            .expect_err("a wrong line")
            .to_string()
    };
    for (line, words) in [
        (&b"AT+QMTX=1\r"[..], "unknown command or option"),
        (b"AT+QMTCLOSE=5\r", "<TCP_connectID> is out of range"),
        (
            b"AT+QMTCLOSE=x\r",
            "not a decimal integer in range at byte 0",
        ),
        (
            b"AT+QMTCLOSE=0,1\r",
            "unexpected further argument at byte 2",
        ),
        (b"AT+QMTOPEN=0,\"h\r", "unbalanced quotes at byte 2"),
        (b"AT+QMTOPEN=0\r", "missing argument at byte 1"),
        (b"AT+=1\r", "not a command or result name at byte 3"),
        (b"AT+QMTCLOSE?1\r", "unexpected further argument at byte 11"),
        (
            b"AT+QMTPUB=0,0,0,0,\"a/+\"\r",
            "<topic>: misplaced wildcard at byte 2",
        ),
        (b"AT+QMTPUB=0,0,0,0,\"\"\r", "<topic>: must not be empty"),
        (
            b"AT+QMTPUB=0,0,0,0,\"a\xff\"\r",
            "<topic>: not UTF-8 at byte 1",
        ),
        (
            b"AT+QMTPUB=0,0,0,0,\"a\x07\"\r",
            "<topic>: control character at byte 1",
        ),
    ] {
        assert_eq!(refused(line), words);
    }
    let long = Host::new(&"h".repeat(101)).unwrap_err();
    assert_eq!(long.to_string(), "101 bytes long, at most 100 are allowed");
    assert_eq!(long.at, 100);
    let odd = Hex::of_digits(b"313").unwrap_err();
    let words = "not an even number of hex digits, at byte 3";
    assert_eq!(odd.to_string(), words);
    assert_eq!(DecodeError::from(odd).to_string(), words);
    let range = DecodeError::OutOfRange(Parameter("qos"));
    assert_eq!(range.to_string(), "<qos> is out of range");
    assert_eq!(TooMany.to_string(), "one command takes at most 4 topics");
}

#[test]
fn errors_of_the_line_below_have_words_too() {
    let mut args = at_syntax::Args::new(b"1,\"x");
    assert_eq!(args.int::<u8>(), Ok(1));
    let error = args.quoted().unwrap_err();
    assert_eq!((error.kind, error.at), (SyntaxErrorKind::Quote, 2));
    let full: BufferFull = at_syntax::Writer::new(&mut [])
        .finish_request()
        .unwrap_err();
    assert_eq!(full.to_string(), "the line needs a buffer of 1 bytes");
    for (violation, words) in [
        (Violation::Head, "a field of the line is damaged"),
        (
            Violation::Control,
            "control character inside a quoted field",
        ),
        (Violation::Count, "impossible length"),
        (Violation::NotHex, "not a hex digit in hex data"),
        (
            Violation::Trailer,
            "the line does not end where its length says",
        ),
        (Violation::Overflow, "the line is longer than the buffer"),
        (Violation::Truncated, "the line stopped in the middle"),
    ] {
        assert_eq!(violation.to_string(), words);
    }
}

#[test]
fn names_are_known_in_any_case() {
    for &name in Name::ALL {
        assert_eq!(Name::new(name.as_str()), Some(name));
        assert_eq!(Name::new(&name.as_str().to_lowercase()), Some(name));
        assert_eq!(name.to_string(), name.as_str());
    }
    assert_eq!(Name::new("QMT"), None);
    assert_eq!(Name::new(""), None);
}

/// MQTT 3.1.1 §4.7: what a filter matches, and what may stand for many topics.
#[test]
fn a_filter_without_wildcards_matches_its_own_topic_only() {
    let topic = Topic::new("a/b").unwrap();
    let exact = Filter::from(topic);
    assert!(!exact.has_wildcard() && exact.matches(b"a/b"));
    for other in [&b"a/b/c"[..], b"a", b"a/", b"A/b", b"", b"a/\"b", b"a/b\0"] {
        assert!(!exact.matches(other));
    }
    for wild in ["#", "+", "a/#", "a/+/c"] {
        assert!(Filter::new(wild).unwrap().has_wildcard());
    }
    let level = Filter::new("a/+/c").unwrap();
    assert!(level.matches(b"a//c") && level.matches(b"a/$b/c"));
    assert!(!level.matches(b"a/c"));
}

/// QMT §5.1 `<err_code>` 1..=7 with the remedies of table 4, and ours for the other codes.
#[test]
fn every_failure_of_the_note_has_a_remedy_that_names_what_to_do() {
    let told: [(Option<&str>, &[&str]); 30] = [
        (LinkLossCode(1).remedy(), &["open", "again"]),
        (LinkLossCode(2).remedy(), &["network", "open again"]),
        (
            LinkLossCode(3).remedy(),
            &["user name", "password", "client ID", "connect"],
        ),
        (
            LinkLossCode(4).remedy(),
            &["user name", "password", "client ID", "connect"],
        ),
        (LinkLossCode(5).remedy(), &["none", "normal"]),
        (LinkLossCode(6).remedy(), &["data", "open again"]),
        (LinkLossCode(7).remedy(), &["link", "server"]),
        (CmeCode::LINK.remedy(), &["AT+QMTCONN?", "open"]),
        (
            CmeCode::ILLEGAL_PACKET.remedy(),
            &["payload", "close and open"],
        ),
        (
            CmeCode::ILLEGAL_CHARACTER.remedy(),
            &["control characters", "quotes"],
        ),
        (CmeCode::ILLEGAL_UTF8.remedy(), &["UTF-8"]),
        (CmeCode::INVALID_PARAMETER.remedy(), &["ranges"]),
        (CmeCode::DATA_TOO_LONG.remedy(), &["wait", "shorter"]),
        (CmeCode::BUFFER_OVERFLOW.remedy(), &["shorter", "less"]),
        (CmeCode::OUT_OF_MEMORY.remedy(), &["close", "restart"]),
        (CmeCode::MEMORY.remedy(), &["close", "restart"]),
        (CmeCode::UNKNOWN.remedy(), &["close and open", "restart"]),
        (OpenResult::FAILED.remedy(), &["server", "open again"]),
        (
            OpenResult::WRONG_PARAMETER.remedy(),
            &["100 bytes", "65535"],
        ),
        (OpenResult::OCCUPIED.remedy(), &["AT+QMTCLOSE"]),
        (OpenResult::PDP_FAILED.remedy(), &["SIM", "APN"]),
        (OpenResult::DNS_FAILED.remedy(), &["host name", "address"]),
        (
            OpenResult::DISCONNECTED.remedy(),
            &["AT+CEREG?", "open again"],
        ),
        (CloseResult::FAILED.remedy(), &["not open"]),
        (DisconnectResult::FAILED.remedy(), &["AT+QMTCLOSE"]),
        (PacketResult::RETRANSMITTED.remedy(), &["wait"]),
        (PacketResult::FAILED.remedy(), &["network", "may have"]),
        (ConnectCode::PROTOCOL_VERSION.remedy(), &["version"]),
        (ConnectCode::IDENTIFIER.remedy(), &["client ID", "23"]),
        (Granted::REFUSED.remedy(), &["filter", "subscribe"]),
    ];
    for (remedy, words) in told {
        let remedy = remedy.unwrap_or_else(|| panic!("no remedy that names {words:?}"));
        for word in words {
            assert!(remedy.contains(word), "{word}: {remedy}");
        }
    }
    for (code, words) in [(3, "later"), (4, "password"), (5, "may do")] {
        let remedy = ConnectCode(code).remedy().expect("a remedy");
        assert!(remedy.contains(words), "{remedy}");
    }
}

#[test]
fn success_and_unknown_codes_have_no_remedy() {
    assert!(
        (0..=u16::MAX)
            .filter(|&n| CmeCode(n).remedy().is_some())
            .count()
            == 10
    );
    assert!(
        (0..=u8::MAX)
            .filter(|&n| LinkLossCode(n).remedy().is_some())
            .eq(1..=7)
    );
    let all = || i8::MIN..=i8::MAX;
    assert!(
        all()
            .filter(|&n| OpenResult(n).remedy().is_some())
            .eq([-1, 1, 2, 3, 4, 5])
    );
    assert!(
        all()
            .filter(|&n| CloseResult(n).remedy().is_some())
            .eq([-1])
    );
    assert!(
        all()
            .filter(|&n| DisconnectResult(n).remedy().is_some())
            .eq([-1])
    );
    let all = || 0..=u8::MAX;
    assert!(
        all()
            .filter(|&n| PacketResult(n).remedy().is_some())
            .eq([1, 2])
    );
    assert!(
        all()
            .filter(|&n| ConnectCode(n).remedy().is_some())
            .eq(1..=5)
    );
    assert!(all().filter(|&n| Granted(n).remedy().is_some()).eq([128]));
}

/// TS 27.007 §10.1.22.
#[test]
fn every_status_of_registration_has_its_words() {
    let words = [
        "not searching",
        "home network",
        ", searching",
        "denied",
        "coverage",
        "roaming",
    ];
    for (status, words) in (0..).zip(words) {
        let told = Registration(status).description().expect("words");
        assert!(told.contains(words), "{told}");
    }
    assert!((6..=u8::MAX).all(|status| Registration(status).description().is_none()));
    let registered = (0..=u8::MAX).filter(|&status| Registration(status).is_registered());
    assert!(registered.eq([1, 5]));
}

#[test]
fn a_payload_is_empty_when_it_stands_for_no_bytes() {
    for (bytes, empty) in [(&b""[..], true), (b"x", false)] {
        let hex = Hex::of_bytes(bytes);
        assert_eq!(hex.is_empty(), empty);
        assert_eq!(Payload::Hex(hex).is_empty(), empty);
        assert_eq!(Payload::Text(bytes).is_empty(), empty);
    }
}
