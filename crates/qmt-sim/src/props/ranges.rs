//! P6 to P9, P11: what a number and a string may be, from tables written a second time by hand.

use at_syntax::Framer;
use qmt_proto::{
    ClientId, CmeCode, Command, Delivery, DeviceName, DeviceSecret, Expect, Filter, FinalResult,
    Granted, Host, Inline, KeepAlive, LinkId, LinkLossCode, MsgId, PacketTimeout, Password,
    Payload, PayloadLen, ProductKey, Qos, RegistrationReports, Report, RequestDialect, Response,
    ResponseDialect, Topic, Username, WillMessage, hex::Hex,
};

use super::wire::understood;

/// A command line with `{}` for one parameter, and that parameter's smallest and largest value.
///
/// QMT §3.3.1 `<TCP_connectID>`, `<will_fg>` 0..=1, `<will_qos>` 0..=2, `<will_retain>` 0..=1, note 1,
/// `<pkttimeout>`, `<retry_times>`, `<timeout_notice>` 0..=1, `<clean_session>`, `<keep-alive_time>`,
/// `<version_num>`, `<show_flag>`, `<echo_mode>`, `<send_format>`, `<recv_format>`; §3.3.2 `<port>`;
/// §3.3.6 `<msgID>`, `<qos>` 0..=2; §3.3.7 `<msgID>`; §3.3.8 `<msgID>`, `<msgID>` 0, `<retain>` 0..=1,
/// `<msglen>`; §6.1 sleep lock.
pub const NUMBERS: [(&str, i64, i64); 36] = [
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
    ("AT+QMTPUB=0,7,{},0,\"t\"", 1, 2),
    ("AT+QMTPUB=0,0,0,{},\"t\"", 0, 1),
    ("AT+QMTPUB=0,0,0,0,\"t\",{}", 0, 1460),
    ("AT+CMEE={}", 0, 2),
    ("AT+QSCLK={}", 0, 2),
    ("AT+CGATT={}", 0, 1),
    ("AT+CEREG={}", 0, 5),
    ("AT+QRST={}", 1, 1),
];

/// Strings: name, constructor, shortest and longest in bytes, and what a wildcard may do in it.
///
/// QMT §3.3.1 `<will_topic>`, `<will_msg>`, `<product_key>`, `<device_name>`, `<device_secret>`; §3.3.2
/// `<host_name>`; §3.3.4 `<clientID>`, `<username>`, `<password>`; §3.3.6 `<topic>`; §3.3.7 `<topic>`;
/// §3.3.8 `<topic>`.
const STRINGS: [(&str, Constructor, usize, usize, Wildcards); 10] = [
    (
        "host_name",
        |s| Host::new(s).is_ok(),
        1,
        100,
        Wildcards::Plain,
    ),
    (
        "topic",
        |s| Topic::new(s).is_ok(),
        1,
        256,
        Wildcards::Forbidden,
    ),
    (
        "filter",
        |s| Filter::new(s).is_ok(),
        1,
        256,
        Wildcards::Levels,
    ),
    (
        "clientID",
        |s| ClientId::new(s).is_ok(),
        0,
        256,
        Wildcards::Plain,
    ),
    (
        "username",
        |s| Username::new(s).is_ok(),
        1,
        256,
        Wildcards::Plain,
    ),
    (
        "password",
        |s| Password::new(s).is_ok(),
        1,
        256,
        Wildcards::Plain,
    ),
    (
        "will_msg",
        |s| WillMessage::new(s).is_ok(),
        0,
        256,
        Wildcards::Plain,
    ),
    (
        "product_key",
        |s| ProductKey::new(s).is_ok(),
        1,
        64,
        Wildcards::Plain,
    ),
    (
        "device_name",
        |s| DeviceName::new(s).is_ok(),
        1,
        64,
        Wildcards::Plain,
    ),
    (
        "device_secret",
        |s| DeviceSecret::new(s).is_ok(),
        1,
        64,
        Wildcards::Plain,
    ),
];

type Constructor = fn(&str) -> bool;

/// What `+` and `#` are in a string.
#[derive(Clone, Copy)]
enum Wildcards {
    /// Characters like others.
    Plain,
    /// Not allowed.
    Forbidden,
    /// Alone in their level, `#` in the last (MQTT 3.1.1 §4.7.1).
    Levels,
}

/// P6, P11: a number is taken where the table has it, however it is written. The oracle compares
/// decimal strings, so it knows no overflow.
///
/// # Panics
/// When the parser judges otherwise, or there is no such row in [`NUMBERS`].
pub fn a_number_is_judged_like_a_big_one(row: usize, number: &str) {
    let (line, least, most) = NUMBERS[row];
    let trimmed = number.trim();
    // An omitted number is another matter.
    if trimmed.is_empty() {
        return;
    }
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
    let line = line.replace("{}", number);
    let stream = format!("{line}\r");
    let cut = Framer::requests().next_frame(stream.as_bytes(), &RequestDialect::default());
    assert_eq!(
        cut.frame.map(|frame| Command::parse(frame).is_ok()),
        Some(legal),
        "{line}"
    );
}

/// P11: a string is taken by each constructor where the table has it.
///
/// # Panics
/// When a constructor judges otherwise.
pub fn a_string_is_taken_where_the_table_has_it(text: &str) {
    let dangerous = |c: char| c == '"' || matches!(u32::from(c), 0..=0x1f | 0x7f..=0x9f);
    for (name, constructor, least, most, wildcards) in STRINGS {
        let has_wildcard = |part: &str| part.contains(['+', '#']);
        let levels = text.split('/').count();
        let placed = match wildcards {
            Wildcards::Plain => true,
            Wildcards::Forbidden => !has_wildcard(text),
            Wildcards::Levels => text.split('/').enumerate().all(|(at, level)| {
                !has_wildcard(level) || level == "+" || level == "#" && at + 1 == levels
            }),
        };
        let legal = (least..=most).contains(&text.len()) && !text.chars().any(dangerous) && placed;
        assert_eq!(constructor(text), legal, "{name} {text:?}");
    }
}

/// P11: a number is taken by each constructor where the table has it.
///
/// # Panics
/// When a constructor judges otherwise.
pub fn a_number_is_taken_where_the_table_has_it(number: u16) {
    let byte = number as u8;
    let holds = |made: Option<u16>, legal: bool, value: u16, name: &str| {
        assert_eq!(made, legal.then_some(value), "{name} {value}");
    };
    let wide = u16::from(byte);
    holds(
        LinkId::new(byte).map(|id| id.get().into()),
        byte <= 4,
        wide,
        "link",
    );
    holds(
        Qos::new(byte).map(|qos| qos.level().into()),
        byte <= 2,
        wide,
        "QoS",
    );
    let reports = RegistrationReports::new(byte).map(|reports| reports.get().into());
    holds(reports, byte <= 5, wide, "reports");
    holds(
        MsgId::new(number).map(MsgId::get),
        number >= 1,
        number,
        "msgID",
    );
    let keep_alive = KeepAlive::new(number).map(KeepAlive::seconds);
    holds(keep_alive, number <= 3600, number, "keep-alive");
    let len = PayloadLen::new(number.into()).map(PayloadLen::get);
    holds(len, number <= 1460, number, "msglen");
    let payload = vec![b'x'; number.into()];
    for payload in [
        Payload::Text(&payload),
        Payload::Hex(Hex::of_bytes(&payload)),
    ] {
        let inline = Inline::new(payload);
        assert_eq!(inline.map(Inline::get), (number <= 1460).then_some(payload));
    }
    for retries in [0, 10, 11, byte] {
        let made = PacketTimeout::new(byte, retries, retries == 0);
        let values = made.map(|t| (t.pkt_timeout_s(), t.retry_times(), t.notice()));
        let legal = (1..=60).contains(&byte) && retries <= 10;
        assert_eq!(values, legal.then_some((byte, retries, retries == 0)));
    }
    // QMT §3.3.8 `<msgID>` 0: no identifier at QoS 0, one otherwise.
    for qos in [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce] {
        let made = Delivery::new(qos, MsgId::new(number));
        let legal = (qos == Qos::AtMostOnce) == (number == 0);
        let wanted = legal.then_some((qos, number));
        assert_eq!(made.map(|made| (made.qos(), made.wire_id())), wanted);
    }
}

/// P7: a code is named, kept as it is, or no code at all (QMT §4 `<err>` 8503..=8511, `<err>` 8600,
/// other codes; §5.1 `<err_code>` 1..=7, reserved).
///
/// # Panics
/// When it becomes another.
pub fn a_code_keeps_its_number(code: u32) {
    let text = ResponseDialect::default();
    let line = format!("+QMTSTAT: 0,{code}\r\n");
    let kept = match understood(line.as_bytes(), Expect::Nothing, &text) {
        Response::Report(Report::LinkLost { cause, .. }) => Some(u32::from(cause.0)),
        Response::Malformed { .. } => None,
        other => panic!("{line}: {other:?}"),
    };
    assert_eq!(kept, (code <= 255).then_some(code));
    let line = format!("+CME ERROR: {code}\r\n");
    let kept = match understood(line.as_bytes(), Expect::Nothing, &text) {
        Response::Final(FinalResult::CmeError(kept)) => Some(u32::from(kept.0)),
        Response::Final(FinalResult::CmeText(text)) => {
            assert_eq!(text, code.to_string().as_bytes());
            None
        }
        other => panic!("{line}: {other:?}"),
    };
    assert_eq!(kept, (code <= 65_535).then_some(code));
    if let Ok(code) = u8::try_from(code) {
        let named = LinkLossCode(code).description().is_some();
        assert_eq!(named, (1..=7).contains(&code), "{code}");
    }
    if let Ok(code) = u16::try_from(code) {
        let named = CmeCode(code).description().is_some();
        assert_eq!(named, matches!(code, 8503..=8511 | 8600), "{code}");
    }
}

/// P8, P9: which results may be negative, and which values may follow each, as the note's tables
/// have it (QMT §3.3.2 `<result>` -1, §3.3.3 `<result>` -1, §3.3.5 `<result>` -1, §3.3.6 `<value>`, §3.3.8
/// `<value>`); firmware may add a value to QMTUNS, and one to QMTSUB for each topic.
///
/// # Panics
/// When a line is judged otherwise, or loses a value.
pub fn results_come_with_their_values(result: i8, values: &[u8]) {
    let tail: String = values.iter().map(|value| format!(",{value}")).collect();
    let few = |most: usize| result >= 0 && values.len() <= most;
    let table: [(&str, bool); 8] = [
        ("+QMTOPEN: 0", values.is_empty()),
        ("+QMTCLOSE: 1", values.is_empty()),
        ("+QMTDISC: 2", values.is_empty()),
        ("+QMTCONN: 3", few(1)),
        ("+QMTSUB: 4,7", few(4)),
        ("+QMTUNS: 0,7", few(1)),
        ("+QMTPUB: 1,7", few(1)),
        ("+QMTSTAT: 2", few(0)),
    ];
    let dialect = ResponseDialect::default();
    for (head, legal) in table {
        let line = format!("{head},{result}{tail}\r\n");
        let response = understood(line.as_bytes(), Expect::Nothing, &dialect);
        let (kept_result, kept) = match response {
            Response::Report(report) => kept(&report),
            Response::Malformed { .. } if !legal => continue,
            other => panic!("{line}: {other:?}"),
        };
        assert!(legal, "{line}");
        assert_eq!(kept_result, i64::from(result), "{line}");
        let wanted = if head.starts_with("+QMTUNS") {
            &[]
        } else {
            values
        };
        assert_eq!(kept, wanted, "{line}");
    }
    for &value in values {
        let qos = Granted(value).qos().map(Qos::level);
        assert_eq!(qos, (value <= 2).then_some(value));
        assert_eq!(Granted(value) == Granted::REFUSED, value == 128);
    }
}

/// The result and the values of a report that has them.
fn kept(report: &Report<'_>) -> (i64, Vec<u8>) {
    match *report {
        Report::Opened { result, .. } => (result.0.into(), vec![]),
        Report::Closed { result, .. } => (result.0.into(), vec![]),
        Report::Disconnected { result, .. } => (result.0.into(), vec![]),
        Report::Connected { result, code, .. } => {
            (result.0.into(), code.iter().map(|code| code.0).collect())
        }
        Report::Subscribed { result, values, .. } => (result.0.into(), values.iter().collect()),
        Report::Unsubscribed { result, .. } => (result.0.into(), vec![]),
        Report::Published { result, value, .. } => (result.0.into(), value.into_iter().collect()),
        Report::LinkLost { cause, .. } => (cause.0.into(), vec![]),
        ref other => panic!("no result in {other:?}"),
    }
}
