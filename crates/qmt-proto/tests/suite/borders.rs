//! Every range of the note at its borders, from a table written a second time by hand.

use core::num::NonZeroU16;

use proptest::prelude::*;
use qmt_proto::{
    ClientId, CmeCode, Command, DeviceName, DeviceSecret, Expect, Filter, FinalResult, Host,
    LinkId, LinkLossCode, MsgId, Open, PacketTimeout, Password, ProductKey, Report, RequestDialect,
    Response, ResponseDialect, TextError, Topic, Username, WillMessage, limits,
};

use crate::wire::{obeyed, understood};

/// A command line with `{}` for one parameter, and that parameter's smallest and largest value.
///
/// QMT §3.3.1 `<TCP_connectID>`, `<will_fg>` 0..=1, `<will_qos>` 0..=2, `<will_retain>` 0..=1, note 1,
/// `<pkttimeout>`, `<retry_times>`, `<timeout_notice>` 0..=1, `<clean_session>`, `<keep-alive_time>`,
/// `<version_num>`, `<show_flag>`, `<echo_mode>`, `<send_format>`, `<recv_format>`; §3.3.2 `<port>`;
/// §3.3.6 `<msgID>`, `<qos>` 0..=2; §3.3.7 `<msgID>`; §3.3.8 `<msgID>`, `<msgID>` 0, `<retain>` 0..=1,
/// `<msglen>`; §6.1 sleep lock.
const RANGES: [(&str, i64, i64); 35] = [
    ("AT+QMTOPEN={},\"h\",1883", 0, 4),
    ("AT+QMTCLOSE={}", 0, 4),
    ("AT+QMTCONN={},\"c\"", 0, 4),
    ("AT+QMTDISC={}", 0, 4),
    ("AT+QMTSUB={},1,\"t\",0", 0, 4),
    ("AT+QMTUNS={},1,\"t\"", 0, 4),
    ("AT+QMTPUB={},0,0,0,\"t\"", 0, 4),
    ("AT+QMTCFG=\"session\",{}", 0, 4),
    ("AT+QMTCFG=\"will\",0,{},0,0,\"t\",\"m\"", 1, 1),
    ("AT+QMTCFG=\"will\",0,{}", 0, 0),
    ("AT+QMTCFG=\"will\",0,1,{},0,\"t\",\"m\"", 0, 2),
    ("AT+QMTCFG=\"will\",0,1,0,{},\"t\",\"m\"", 0, 1),
    ("AT+QMTCFG=\"timeout\",0,{}", 1, 60),
    ("AT+QMTCFG=\"timeout\",0,30,{}", 0, 10),
    ("AT+QMTCFG=\"timeout\",0,30,0,{}", 0, 1),
    ("AT+QMTCFG=\"session\",0,{}", 0, 1),
    ("AT+QMTCFG=\"keepalive\",0,{}", 0, 3600),
    ("AT+QMTCFG=\"version\",0,{}", 0, 1),
    ("AT+QMTCFG=\"showrecvlen\",0,{}", 0, 1),
    ("AT+QMTCFG=\"echomode\",0,{}", 0, 1),
    ("AT+QMTCFG=\"dataformat\",0,{},0", 0, 1),
    ("AT+QMTCFG=\"dataformat\",0,0,{}", 0, 1),
    ("AT+QMTOPEN=0,\"h\",{}", 1, 65_535),
    ("AT+QMTSUB=0,{},\"t\",0", 1, 65_535),
    ("AT+QMTSUB=0,1,\"t\",{}", 0, 2),
    ("AT+QMTUNS=0,{},\"t\"", 1, 65_535),
    ("AT+QMTPUB=0,{},1,0,\"t\"", 1, 65_535),
    ("AT+QMTPUB=0,{},0,0,\"t\"", 0, 0),
    ("AT+QMTPUB=0,0,0,{},\"t\"", 0, 1),
    ("AT+QMTPUB=0,0,0,0,\"t\",{}", 0, 1460),
    ("AT+CMEE={}", 0, 2),
    ("AT+QSCLK={}", 0, 2),
    ("AT+CGATT={}", 0, 1),
    ("AT+CEREG={}", 0, 5),
    ("AT+QRST={}", 1, 1),
];

fn is_taken(line: &str, value: &str) -> bool {
    let line = format!("{}\r", line.replace("{}", value)).into_bytes();
    obeyed(&line, &RequestDialect::default()).is_ok()
}

/// P6, P11.
#[test]
fn every_number_is_taken_from_its_smallest_to_its_largest() {
    for (line, least, most) in RANGES {
        for value in [
            i64::MIN,
            -1,
            least - 1,
            least,
            most,
            most + 1,
            most + 256,
            most + 65_536,
            i64::MAX,
        ] {
            let legal = (least..=most).contains(&value);
            assert_eq!(is_taken(line, &value.to_string()), legal, "{line} {value}");
        }
        for value in ["x", "1x", "0x1", "1.0", "-", "\"\"", "(0)", "1 1"] {
            assert!(!is_taken(line, value), "{line} {value}");
        }
    }
}

/// P11. Lengths in bytes that each string may have (QMT §3.3.1 `<will_topic>`, `<will_msg>`,
/// `<product_key>`, `<device_name>`, `<device_secret>`; §3.3.2 `<host_name>`; §3.3.4 `<clientID>`,
/// `<username>`, `<password>`; §3.3.6 `<topic>`; §3.3.7 `<topic>`; §3.3.8 `<topic>`).
#[test]
fn every_string_is_taken_from_its_shortest_to_its_longest() {
    type Check = fn(&str) -> Result<(), TextError>;
    let table: [(&str, Check, usize, usize); 10] = [
        ("host_name", |s| Host::new(s).map(drop), 1, 100),
        ("topic", |s| Topic::new(s).map(drop), 1, 256),
        ("filter", |s| Filter::new(s).map(drop), 1, 256),
        ("clientID", |s| ClientId::new(s).map(drop), 0, 256),
        ("username", |s| Username::new(s).map(drop), 1, 256),
        ("password", |s| Password::new(s).map(drop), 1, 256),
        ("will_msg", |s| WillMessage::new(s).map(drop), 0, 256),
        ("product_key", |s| ProductKey::new(s).map(drop), 1, 64),
        ("device_name", |s| DeviceName::new(s).map(drop), 1, 64),
        ("device_secret", |s| DeviceSecret::new(s).map(drop), 1, 64),
    ];
    for (name, check, shortest, longest) in table {
        for len in 0..=longest + 2 {
            let legal = (shortest..=longest).contains(&len);
            assert_eq!(check(&"x".repeat(len)).is_ok(), legal, "{name} {len}");
        }
        // Two bytes each: the limit counts bytes.
        let wide = "é".repeat(longest / 2);
        assert!(check(&wide).is_ok(), "{name}");
        assert!(check(&format!("{wide}é")).is_err(), "{name}");
        for control in (0..=0x1f).chain(0x7f..=0x9f) {
            let text = format!("a{}", char::from(control));
            assert_eq!(
                check(&text).map_err(|e| e.at),
                Err(1),
                "{name} {control:#x}"
            );
        }
        assert_eq!(check("ab\"c").map_err(|e| e.at), Err(2), "{name}");
        assert!(check("a b,c;d'e\\f").is_ok(), "{name}");
    }
}

/// P11.
#[test]
fn constructors_hold_the_same_ranges_as_the_parser() {
    for id in 0..=255 {
        assert_eq!(LinkId::new(id).is_some(), id <= 4);
    }
    assert_eq!(LinkId::ALL.map(LinkId::get), [0, 1, 2, 3, 4]);
    assert_eq!(MsgId::new(0), None);
    for seconds in 0..=255 {
        for retries in [0, 10, 11, 255] {
            let made = PacketTimeout::new(seconds, retries, false);
            let legal = (1..=60).contains(&seconds) && retries <= 10;
            assert_eq!(made.is_some(), legal, "{seconds} {retries}");
        }
    }
    let most = PacketTimeout::new(60, 10, true).unwrap();
    let values = (most.pkt_timeout_s(), most.retry_times(), most.notice());
    assert_eq!(values, (60, 10, true));
}

/// P5.
#[test]
fn the_longest_lines_fit_the_stated_capacities() {
    let topic = "t".repeat(256);
    let quoted = format!("\"{topic}\"");
    let lines = [
        format!(
            "AT+QMTSUB=4,65535,{}",
            vec![format!("{quoted},2"); 4].join(",")
        ),
        format!("AT+QMTUNS=4,65535,{}", vec![quoted.clone(); 4].join(",")),
        format!("AT+QMTCONN=4,{quoted},{quoted},{quoted}"),
        format!("AT+QMTCFG=\"will\",4,1,2,1,{quoted},{quoted}"),
        format!("AT+QMTPUB=4,65535,2,1,{quoted},1460"),
    ];
    for line in lines {
        let line = format!("{line}\r").into_bytes();
        let command = obeyed(&line, &RequestDialect::default()).unwrap();
        assert_eq!(crate::wire::sent(&command), line);
        assert!(line.len() <= limits::COMMAND_LINE, "{}", line.len());
    }
    let payload = "x".repeat(1460);
    for line in [
        format!("AT+QMTPUB=4,65535,2,1,{quoted},1460,\"{payload}\"\r"),
        format!("\r\n+QMTRECV : 4, 65535, {quoted}, 1460,\"{payload}\"\r\n"),
    ] {
        assert!(line.len() <= limits::TEXT_FRAME, "{}", line.len());
        assert!(line.len() + payload.len() <= limits::HEX_FRAME);
    }
}

/// P7 (QMT §4 `<err>` 8503..=8511, `<err>` 8600, other codes; §5.1 `<err_code>` 1..=7, reserved).
#[test]
fn codes_keep_their_number_as_far_as_the_type_goes() {
    let read = |line: &str| {
        let line = format!("{line}\r\n").into_bytes();
        match understood(&line, Expect::Nothing, &ResponseDialect::default()) {
            Response::Report(Report::LinkLost { cause, .. }) => Some(u32::from(cause.0)),
            Response::Final(FinalResult::CmeError(code)) => Some(u32::from(code.0)),
            Response::Malformed { .. } | Response::Final(FinalResult::CmeText(_)) => None,
            other => panic!("{other:?}"),
        }
    };
    for code in (0..=65_535).step_by(7).chain([255, 256, 8503, 65_535]) {
        let kept = (code <= 255).then_some(code);
        assert_eq!(read(&format!("+QMTSTAT: 0,{code}")), kept);
        assert_eq!(read(&format!("+CME ERROR: {code}")), Some(code));
    }
    assert_eq!(read("+CME ERROR: 65536"), None);
    let named = (0..=u16::MAX).filter(|&code| CmeCode(code).description().is_some());
    assert!(named.eq((8503..=8511).chain([8600])));
    let named = (0..=255).filter(|&code| LinkLossCode(code).description().is_some());
    assert!(named.eq(1..=7));
}

/// P8 (QMT §3.3.2 `<result>` -1, §3.3.3 `<result>` -1, §3.3.5 `<result>` -1).
#[test]
fn minus_one_is_a_result_of_open_close_and_disconnect_only() {
    for (line, legal) in [
        ("+QMTOPEN: 0,-1", true),
        ("+QMTCLOSE: 0,-1", true),
        ("+QMTDISC: 0,-1", true),
        ("+QMTCONN: 0,-1", false),
        ("+QMTCONN: 0,0,-1", false),
        ("+QMTSUB: 0,1,-1", false),
        ("+QMTSUB: 0,1,0,-1", false),
        ("+QMTUNS: 0,1,-1", false),
        ("+QMTPUB: 0,0,-1", false),
        ("+QMTSTAT: 0,-1", false),
        ("+QMTOPEN: -1,0", false),
    ] {
        let bytes = format!("{line}\r\n").into_bytes();
        let response = understood(&bytes, Expect::Nothing, &ResponseDialect::default());
        let read = matches!(response, Response::Report(_));
        assert_eq!(read, legal, "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// P6. The oracle compares decimal strings, so it knows no overflow.
    #[test]
    fn numbers_of_any_length_are_judged_like_big_ones(
        number in "[ ]{0,2}[+-]{0,2}(0{0,36}[0-9]{1,4}|[0-9 +-]{1,8}|[0-9]{1,40})[ ]{0,2}",
        row in prop::sample::select(RANGES.to_vec()),
    ) {
        let (line, least, most) = row;
        let trimmed = number.trim();
        // An omitted number is another matter.
        prop_assume!(!trimmed.is_empty());
        let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
        let magnitude = digits.trim_start_matches('0');
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let negative = trimmed.starts_with('-') && !magnitude.is_empty();
        let reaches = |bound: i64| {
            let bound = bound.to_string();
            let bound = bound.trim_start_matches('0');
            (magnitude.len(), magnitude) >= (bound.len(), bound)
        };
        let legal = is_number && !negative && reaches(least) && !reaches(most + 1);
        prop_assert_eq!(is_taken(line, &number), legal, "{}", line.replace("{}", &number));
    }
}

#[test]
fn a_port_is_any_but_zero() {
    let line = b"AT+QMTOPEN=4,\"h\",65535\r";
    let open = Open {
        link: LinkId::ALL[4],
        host: Host::new("h").unwrap(),
        port: NonZeroU16::MAX,
    };
    assert_eq!(
        obeyed(line, &RequestDialect::default()),
        Ok(Command::Open(open))
    );
}
