//! Every report and answer: its exact bytes, and the same value back from them.

extern crate std;

use at_syntax::{Framer, Line};

use super::*;
use crate::hex::Hex;
use crate::{
    AliAuth, ConnectionState, DataFormat, DeviceName, DeviceSecret, FinalResult, HexError, Host,
    KeepAlive, MqttVersion, PacketTimeout, ProductKey, Qos, Response, ResponseDialect, Setting,
    Topic, Will, WillMessage,
};

const LINK: LinkId = LinkId::ALL[2];

fn parse<'a>(line: &'a [u8], expect: Expect, dialect: &ResponseDialect) -> Response<'a> {
    let cut = Framer::responses().next_frame(line, dialect);
    assert_eq!(cut.used, line.len(), "one line, one frame");
    Response::parse(cut.frame.expect("a complete line"), expect)
}

fn read(line: &[u8], expect: Expect) -> Response<'_> {
    parse(line, expect, &ResponseDialect::default())
}

/// `report` is written as `line`, and `line` is read as `report`.
#[track_caller]
fn both_ways(report: Report<'_>, expect: Expect, line: &str) {
    let mut buf = [0; 2048];
    let mut out = Writer::new(&mut buf);
    report.emit(&mut out);
    let bytes = out.finish_info().unwrap();
    assert_eq!(
        core::str::from_utf8(bytes),
        Ok(&*std::format!("\r\n{line}\r\n"))
    );
    assert_eq!(read(bytes, expect), Response::Report(report), "{line}");
}

#[track_caller]
fn unasked(report: Report<'_>, line: &str) {
    both_ways(report, Expect::Nothing, line);
}

#[track_caller]
fn answer(answer: Answer<'_>, expect: Expect, line: &str) {
    both_ways(Report::Answer(answer), expect, line);
    assert_eq!(Report::Answer(answer).link(), None);
}

fn msg_id(id: u16) -> MsgId {
    MsgId::new(id).unwrap()
}

/// QMT §3.3.2 write, `<result>` -1..=5.
#[test]
fn every_open_result_is_reported() {
    for result in [-1, 0, 1, 2, 3, 4, 5, 6, 127, -128] {
        let report = Report::Opened {
            link: LINK,
            result: OpenResult(result),
        };
        unasked(report, &std::format!("+QMTOPEN: 2,{result}"));
        assert_eq!(report.link(), Some(LINK));
    }
}

/// QMT §3.3.3 write, `<result>` -1..=0; §3.3.5 write, `<result>` -1..=0.
#[test]
fn closing_and_disconnecting_are_reported() {
    for result in [-1, 0, 3] {
        let link = LINK;
        let closed = Report::Closed {
            link,
            result: CloseResult(result),
        };
        unasked(closed, &std::format!("+QMTCLOSE: 2,{result}"));
        let disconnected = Report::Disconnected {
            link,
            result: DisconnectResult(result),
        };
        unasked(disconnected, &std::format!("+QMTDISC: 2,{result}"));
        assert_eq!(
            (closed.link(), disconnected.link()),
            (Some(LINK), Some(LINK))
        );
    }
}

/// QMT §3.3.4 write, `<result>`, `<retcode>`.
#[test]
fn a_connect_result_may_lack_its_return_code() {
    for (result, code) in [(0, Some(0)), (0, Some(5)), (0, None), (1, None), (2, None)] {
        let report = Report::Connected {
            link: LINK,
            result: PacketResult(result),
            code: code.map(ConnectCode),
        };
        let tail = code.map_or(std::string::String::new(), |code| std::format!(",{code}"));
        unasked(report, &std::format!("+QMTCONN: 2,{result}{tail}"));
    }
}

/// QMT §3.3.6 write, `<result>` 0..=2, `<value>`.
#[test]
fn a_subscription_has_one_value_or_one_for_each_topic() {
    let cases: [(u8, &[u8], &str); 6] = [
        (0, &[2], "0,2"),
        (0, &[128], "0,128"),
        (0, &[2, 128, 0], "0,2,128,0"),
        (0, &[0, 1, 2, 128], "0,0,1,2,128"),
        (1, &[3], "1,3"),
        (2, &[], "2"),
    ];
    for (result, values, tail) in cases {
        let report = Report::Subscribed {
            link: LINK,
            msg_id: msg_id(7),
            result: PacketResult(result),
            values: Values::new(values).unwrap(),
        };
        unasked(report, &std::format!("+QMTSUB: 2,7,{tail}"));
    }
    let five = read(b"+QMTSUB: 2,7,0,0,0,0,0,0\r\n", Expect::Nothing);
    assert!(matches!(five, Response::Malformed { .. }));
    assert_eq!(Values::new(&[0; 5]), None);
    let Line::Info(info) = Line::parse(b"+QMTSUB: 2,7,0,1,128") else {
        panic!("no line with a name");
    };
    let values = Values::new(&[1, 128]).unwrap();
    let report = Report::Subscribed {
        link: LINK,
        msg_id: MsgId::new(7).unwrap(),
        result: PacketResult(0),
        values,
    };
    assert_eq!(Report::parse(&info, Expect::Nothing), Ok(report));
    assert_eq!(std::format!("{values:?}"), "[1, 128]");
}

#[test]
fn one_value_for_several_topics_means_all_of_them() {
    let granted = |values: &[u8], index| Values::new(values).unwrap().granted(index);
    assert_eq!(granted(&[1], 0), Some(Granted(1)));
    assert_eq!(granted(&[1], 3), Some(Granted(1)));
    assert_eq!(granted(&[1, 128], 0), Some(Granted(1)));
    assert_eq!(granted(&[1, 128], 1), Some(Granted::REFUSED));
    assert_eq!(granted(&[1, 128], 2), None);
    assert_eq!(granted(&[], 0), None);
}

/// QMT §3.3.7 write; §3.3.8 write, `<value>`.
#[test]
fn unsubscribing_and_publishing_are_reported() {
    let link = LINK;
    for result in [0, 1, 2] {
        let report = Report::Unsubscribed {
            link,
            msg_id: msg_id(65_535),
            result: PacketResult(result),
        };
        unasked(report, &std::format!("+QMTUNS: 2,65535,{result}"));
    }
    for (id, result, value) in [(0, 0, None), (65_535, 1, Some(2)), (9, 2, None)] {
        let report = Report::Published {
            link,
            msg_id: id,
            result: PacketResult(result),
            value,
        };
        let tail = value.map_or(std::string::String::new(), |value| std::format!(",{value}"));
        unasked(report, &std::format!("+QMTPUB: 2,{id},{result}{tail}"));
    }
}

/// QMT §5.1 report, `<err_code>` 1..=7, reserved.
#[test]
fn every_cause_of_a_lost_link_keeps_its_number() {
    for cause in 0..=255 {
        let report = Report::LinkLost {
            link: LINK,
            cause: LinkLossCode(cause),
        };
        unasked(report, &std::format!("+QMTSTAT: 2,{cause}"));
    }
}

fn received<'a>(counted: bool, payload: Payload<'a>) -> Report<'a> {
    Report::Received(Received {
        link: LINK,
        msg_id: 3,
        topic: b"a/\"b",
        counted,
        payload,
    })
}

/// QMT §5.2 report, `<payload_len>`, `<payload>`, note.
#[test]
fn a_message_comes_with_or_without_its_length() {
    let text = Payload::Text(b"l1\r\nOK\r\n\"");
    unasked(
        received(true, text),
        "+QMTRECV: 2,3,\"a/\"b\",9,\"l1\r\nOK\r\n\"\"",
    );
    let plain = Payload::Text(b"x > \"y\"");
    unasked(
        received(false, plain),
        "+QMTRECV: 2,3,\"a/\"b\",\"x > \"y\"\"",
    );
    let empty = Payload::Text(b"");
    unasked(received(true, empty), "+QMTRECV: 2,3,\"a/\"b\",0,\"\"");
    assert!(empty.is_empty());
    assert_eq!(received(true, empty).link(), Some(LINK));
}

#[test]
fn a_hex_message_is_read_and_written_in_either_unit() {
    let mut dialect = ResponseDialect::default();
    dialect.recv_format[2] = DataFormat::Hex;
    let report = received(true, Payload::Hex(Hex::of_bytes(b"1\x002")));
    let mut buf = [0; 64];
    let mut out = Writer::new(&mut buf);
    report.emit(&mut out);
    let line = out.finish_info().unwrap();
    assert_eq!(line, b"\r\n+QMTRECV: 2,3,\"a/\"b\",3,\"310032\"\r\n");
    assert_eq!(
        parse(line, Expect::Nothing, &dialect),
        Response::Report(report)
    );
    dialect.counts_digits = true;
    let line = b"\r\n+QMTRECV: 2,3,\"a/\"b\",6,\"310032\"\r\n";
    let mut buf = [0; 64];
    let mut out = Writer::new(&mut buf);
    report.emit_in(&dialect, &mut out);
    assert_eq!(out.finish_info().unwrap(), line);
    assert_eq!(
        parse(line, Expect::Nothing, &dialect),
        Response::Report(report)
    );
    // The format belongs to the link in the line.
    let other = b"+QMTRECV: 1,3,\"a/\"b\",6,\"310032\"\r\n";
    let Response::Report(Report::Received(message)) = parse(other, Expect::Nothing, &dialect)
    else {
        panic!();
    };
    assert_eq!(message.payload, Payload::Text(b"310032"));
}

/// QMT §3.3.1 "will" query, "timeout" query, "session" query, "keepalive" query, "aliauth" query,
/// "version" query, "showrecvlen" query, "echomode" query, "dataformat" query.
#[test]
fn every_option_is_answered_bare_or_after_its_name() {
    let will = Will {
        qos: Qos::AtLeastOnce,
        retain: false,
        topic: Topic::new("last").unwrap(),
        message: WillMessage::new("").unwrap(),
    };
    let aliauth = AliAuth {
        product_key: ProductKey::new("aliauth").unwrap(),
        device_name: DeviceName::new("d").unwrap(),
        device_secret: DeviceSecret::new("s").unwrap(),
    };
    let timeout = PacketTimeout::new(10, 3, false).unwrap();
    let (send, recv) = (DataFormat::Hex, DataFormat::Text);
    for (setting, values) in [
        (Setting::Will(None), "0"),
        (Setting::Will(Some(will)), "1,1,0,\"last\",\"\""),
        (Setting::Timeout(timeout.into()), "10,3,0"),
        (Setting::CleanSession(true), "1"),
        (Setting::KeepAlive(KeepAlive::NEVER), "0"),
        (Setting::AliAuth(aliauth), "\"aliauth\",\"d\",\"s\""),
        (Setting::Version(MqttVersion::V3_1_1), "1"),
        (Setting::ShowRecvLen(false), "0"),
        (Setting::EchoMode(true), "1"),
        (Setting::DataFormat { send, recv }, "1,0"),
    ] {
        let option = setting.option();
        let expect = Expect::Config(option);
        answer(
            Answer::Setting(setting),
            expect,
            &std::format!("+QMTCFG: {values}"),
        );
        let named = std::format!("+QMTCFG: \"{}\",{values}\r\n", option.as_str());
        assert_eq!(
            read(named.as_bytes(), expect),
            Response::Report(Report::Answer(Answer::Setting(setting))),
            "{named}"
        );
    }
    let wrong = read(
        b"+QMTCFG: 61,0,0\r\n",
        Expect::Config(ConfigOption::Timeout),
    );
    assert!(matches!(wrong, Response::Malformed { .. }));
}

/// QMT §3.1.2 read, §3.3.2 read, §3.3.4 read.
#[test]
fn read_commands_are_answered() {
    let client = Answer::Client {
        link: LINK,
        host: Host::new("h.example").unwrap(),
        port: 1883,
    };
    answer(
        client,
        Expect::Read(Name::Open),
        "+QMTOPEN: 2,\"h.example\",1883",
    );
    for state in 0..=5 {
        let state_of = Answer::State {
            link: LINK,
            state: ConnectionState(state),
        };
        answer(
            state_of,
            Expect::Read(Name::Conn),
            &std::format!("+QMTCONN: 2,{state}"),
        );
    }
    answer(Answer::ErrorFormat(2), Expect::Read(Name::Cmee), "+CMEE: 2");
    answer(Answer::Sleep(1), Expect::Read(Name::Qsclk), "+QSCLK: 1");
    answer(
        Answer::Attached(true),
        Expect::Read(Name::Cgatt),
        "+CGATT: 1",
    );
    answer(
        Answer::Attached(false),
        Expect::Read(Name::Cgatt),
        "+CGATT: 0",
    );
    assert_eq!(
        read(b"+CGATT: 2\r\n", Expect::Read(Name::Cgatt)),
        Response::Report(Report::Answer(Answer::Attached(false)))
    );
    let registration = Answer::Registration {
        reports: 0,
        status: Registration::HOME,
    };
    answer(registration, Expect::Read(Name::Cereg), "+CEREG: 0,1");
    let signal = Answer::Signal { rssi: 20, ber: 99 };
    answer(signal, Expect::Read(Name::Csq), "+CSQ: 20,99");
    answer(
        Answer::BaudRate(9600),
        Expect::Read(Name::Ipr),
        "+IPR: 9600",
    );
    for (address, tail) in [(Some("10.0.0.1"), ",\"10.0.0.1\""), (None, "")] {
        answer(
            Answer::Address { cid: 0, address },
            Expect::Read(Name::Cgpaddr),
            &std::format!("+CGPADDR: 0{tail}"),
        );
    }
}

/// QMT §3.1.2 test, §3.3.6 test.
#[test]
fn test_commands_are_answered_as_the_line_says() {
    for &name in Name::ALL {
        answer(
            Answer::Test {
                name,
                values: b"(0-4),<topic>,(0,1)",
            },
            Expect::Test(name),
            &std::format!("+{name}: (0-4),<topic>,(0,1)"),
        );
    }
}

/// QMT §3.3.4 read, `<state>`.
#[test]
fn a_two_field_qmtconn_line_depends_on_what_was_asked() {
    let line = b"+QMTCONN: 0,2\r\n";
    let failed = Report::Connected {
        link: LinkId::ALL[0],
        result: PacketResult::FAILED,
        code: None,
    };
    let connecting = Answer::State {
        link: LinkId::ALL[0],
        state: ConnectionState::CONNECTING,
    };
    for expect in [
        Expect::Nothing,
        Expect::Read(Name::Open),
        Expect::Test(Name::Conn),
    ] {
        assert_eq!(read(line, expect), Response::Report(failed), "{expect:?}");
    }
    assert_eq!(
        read(line, Expect::Read(Name::Conn)),
        Response::Report(Report::Answer(connecting))
    );
    let accepted = read(b"+QMTCONN: 0,0,0\r\n", Expect::Read(Name::Conn));
    assert!(matches!(
        accepted,
        Response::Report(Report::Connected { .. })
    ));
}

#[test]
fn a_deferred_result_is_no_answer_to_a_command_of_its_name() {
    for (line, name) in [
        (&b"+QMTOPEN: 1,0\r\n"[..], Name::Open),
        (b"+QMTCLOSE: 1,0\r\n", Name::Close),
        (b"+QMTCONN: 1,0,0\r\n", Name::Conn),
        (b"+QMTDISC: 1,0\r\n", Name::Disc),
        (b"+QMTSUB: 1,1,0,1\r\n", Name::Sub),
        (b"+QMTUNS: 1,1,0\r\n", Name::Uns),
        (b"+QMTPUB: 1,0,0\r\n", Name::Pub),
    ] {
        let Response::Report(report) = read(line, Expect::Test(name)) else {
            panic!("{name}");
        };
        assert_eq!(report.link(), LinkId::new(1), "{name}");
    }
    // A command without such a result may answer its test with numbers.
    let contexts = read(b"+CGPADDR: 0,1\r\n", Expect::Test(Name::Cgpaddr));
    assert!(matches!(contexts, Response::Report(Report::Answer(_))));
    let opened = read(b"+QMTOPEN: 1,0\r\n", Expect::Read(Name::Open));
    assert!(matches!(opened, Response::Report(Report::Opened { .. })));
}

#[test]
fn a_registration_report_is_no_answer_to_its_read_command() {
    for line in [
        &b"+CEREG: 5\r\n"[..],
        b"+CEREG: 5,\"0017\",\"0A5B1203\",9\r\n",
    ] {
        let roaming = Report::Notice(Notice::Registration(Registration::ROAMING));
        assert_eq!(
            read(line, Expect::Read(Name::Cereg)),
            Response::Report(roaming)
        );
        assert_eq!(read(line, Expect::Nothing), Response::Report(roaming));
    }
    let answered = Answer::Registration {
        reports: 2,
        status: Registration::HOME,
    };
    let line = b"+CEREG: 2,1,\"0017\",\"0A5B1203\",9\r\n";
    assert_eq!(
        read(line, Expect::Read(Name::Cereg)),
        Response::Report(Report::Answer(answered))
    );
}

#[test]
fn news_of_the_module_need_no_command() {
    unasked(Report::Notice(Notice::Ready), "RDY");
    unasked(Report::Notice(Notice::Functionality(1)), "+CFUN: 1");
    unasked(
        Report::Notice(Notice::Sim(b"NOT READY")),
        "+CPIN: NOT READY",
    );
    unasked(
        Report::Notice(Notice::Address(b"10.0.0.1")),
        "+IP: 10.0.0.1",
    );
    unasked(
        Report::Notice(Notice::Registration(Registration(2))),
        "+CEREG: 2",
    );
    unasked(
        Report::Notice(Notice::Power(b"ENTER PSM")),
        "+QNBIOTEVENT: \"ENTER PSM\"",
    );
    unasked(
        Report::Notice(Notice::Address(b"\"10.0.0.1\",\"::1\"")),
        "+IP: \"10.0.0.1\",\"::1\"",
    );
    let indication = Notice::Indication(b"\"FOTA\",\"END\",0");
    unasked(Report::Notice(indication), "+QIND: \"FOTA\",\"END\",0");
    assert!(Registration::HOME.is_registered() && Registration::ROAMING.is_registered());
    let registered = (0..=255).filter(|&n| Registration(n).is_registered());
    assert_eq!(registered.count(), 2);
    let described = (0..=255).filter(|&n| Registration(n).description().is_some());
    assert_eq!(described.count(), 6);
}

/// QMT §3.1.2 OK, ERROR; §4 `<err>`.
#[test]
fn a_line_is_final_known_malformed_or_unknown() {
    let none = Expect::Nothing;
    assert_eq!(read(b"OK\r\n", none), Response::Final(FinalResult::Ok));
    assert_eq!(
        read(b"ERROR\r\n", none),
        Response::Final(FinalResult::Error)
    );
    assert_eq!(
        read(b"+CME ERROR: no network\r\n", none),
        Response::Final(FinalResult::CmeText(b"no network"))
    );
    assert_eq!(
        read(b"+QATWAKEUP\r\n", none),
        Response::Unknown(b"+QATWAKEUP")
    );
    assert_eq!(
        read(b"+CSQ: 20,0\r\n", none),
        Response::Unknown(b"+CSQ: 20,0")
    );
    for line in [
        &b"+QMTOPEN: 5,0\r\n"[..],
        b"+QMTOPEN: 0\r\n",
        b"+QMTOPEN: 0,0,0\r\n",
        b"+QMTCONN: 0,-1\r\n",
        b"+QMTSUB: 0,0,0,0\r\n",
        b"+QMTPUB: 0,65536,0\r\n",
        b"+QMTSTAT: 0,256\r\n",
        b"+QMTSTAT: 0\r\n",
        b"+QMTUNS: 0,1,0,1,1\r\n",
    ] {
        let text = line.trim_ascii_end();
        match read(line, none) {
            Response::Malformed { line, .. } => assert_eq!(line, text),
            other => panic!("{other:?}"),
        }
    }
    let stranger = read(b"+QMTRECV: 7,0,\"t\",1,\"x\"\r\n", none);
    assert!(matches!(stranger, Response::Malformed { line: b"7,0", .. }));
    let mut dialect = ResponseDialect::default();
    dialect.recv_format[0] = DataFormat::Hex;
    let no_hex = parse(b"+QMTRECV: 0,0,\"t\",\"4x\"\r\n", none, &dialect);
    let error = DecodeError::Hex(HexError { at: 1 });
    assert_eq!(no_hex, Response::Malformed { error, line: b"4x" });
}

#[test]
fn notices_are_debugged_as_text() {
    let shown = [
        Notice::Ready,
        Notice::Functionality(1),
        Notice::Sim(b"READY"),
        Notice::Address(b"10.0.0.1"),
        Notice::Registration(Registration::HOME),
        Notice::Power(b"ENTER PSM\r"),
        Notice::Indication(b"\"FOTA\""),
    ]
    .map(|notice| std::format!("{notice:?}"));
    assert_eq!(
        shown,
        [
            "Ready",
            "Functionality(1)",
            "Sim(\"READY\")",
            "Address(\"10.0.0.1\")",
            "Registration(1: registered, home network)",
            "Power(\"ENTER PSM\\r\")",
            "Indication(\"\\\"FOTA\\\"\")",
        ]
    );
}
