//! Every command in every form: its exact bytes, and the same value back from them.

extern crate std;

use core::num::NonZeroU16;
use std::vec::Vec;

use at_syntax::Framer;

use super::*;
use crate::hex::Hex;
use crate::{
    ClientId, Delivery, DeviceName, DeviceSecret, Filter, Host, Inline, KeepAlive, MsgId, Password,
    Payload, PayloadLen, ProductKey, RegistrationReports, RequestDialect, Topic, Username,
    WillMessage,
};

const LINK: LinkId = LinkId::ALL[2];

/// Reads `line` as a module with `dialect` would.
fn parse_in<'a>(line: &'a [u8], dialect: &RequestDialect) -> Result<Command<'a>, DecodeError> {
    let cut = Framer::requests().next_frame(line, dialect);
    assert_eq!(cut.used, line.len(), "one line, one frame");
    Command::parse(cut.frame.expect("a complete line"))
}

fn parse(line: &[u8]) -> Result<Command<'_>, DecodeError> {
    parse_in(line, &RequestDialect::default())
}

fn printed(command: &Command<'_>) -> Vec<u8> {
    let mut buf = [0; 2048];
    let mut out = Writer::new(&mut buf);
    command.emit(&mut out);
    out.finish_request().unwrap().to_vec()
}

/// `command` is written as `line`, and `line` is read as `command`.
#[track_caller]
fn both_ways(command: Command<'_>, line: &str) {
    assert_eq!(
        core::str::from_utf8(&printed(&command)),
        Ok(&*std::format!("{line}\r"))
    );
    assert_eq!(
        parse(&std::format!("{line}\r").into_bytes()),
        Ok(command),
        "{line}"
    );
}

fn msg_id(id: u16) -> MsgId {
    MsgId::new(id).unwrap()
}

fn topic(text: &str) -> Topic<'_> {
    Topic::new(text).unwrap()
}

fn filter(text: &str) -> Filter<'_> {
    Filter::new(text).unwrap()
}

/// QMT §3.1.2 test, read, execute.
#[test]
fn every_name_has_its_test_read_and_execute_form() {
    for &name in Name::ALL {
        both_ways(Command::Test(name), &std::format!("AT+{name}=?"));
        both_ways(Command::Read(name), &std::format!("AT+{name}?"));
        both_ways(Command::Execute(name), &std::format!("AT+{name}"));
        assert_eq!(Command::Test(name).name(), Some(name));
        assert_eq!(Command::Read(name).link(), None);
    }
}

/// QMT §4 CMEE 0, CMEE 1; §6.1 sleep lock.
#[test]
fn the_neighbouring_commands_have_their_spelling() {
    both_ways(Command::Attention, "AT");
    both_ways(Command::Echo(false), "ATE0");
    both_ways(Command::Echo(true), "ATE1");
    both_ways(Command::Verbose(false), "ATV0");
    both_ways(Command::Verbose(true), "ATV1");
    both_ways(Command::Identify, "ATI");
    both_ways(Command::ErrorFormat(ErrorFormat::Plain), "AT+CMEE=0");
    both_ways(Command::ErrorFormat(ErrorFormat::Numeric), "AT+CMEE=1");
    both_ways(Command::ErrorFormat(ErrorFormat::Verbose), "AT+CMEE=2");
    both_ways(Command::Sleep(SleepMode::Awake), "AT+QSCLK=0");
    both_ways(Command::Sleep(SleepMode::Deep), "AT+QSCLK=1");
    both_ways(Command::Sleep(SleepMode::Light), "AT+QSCLK=2");
    both_ways(Command::Attach(true), "AT+CGATT=1");
    both_ways(Command::Attach(false), "AT+CGATT=0");
    both_ways(
        Command::RegistrationReports(RegistrationReports::new(5).unwrap()),
        "AT+CEREG=5",
    );
    both_ways(Command::BaudRate(115_200), "AT+IPR=115200");
    both_ways(Command::Restart, "AT+QRST=1");
    assert_eq!(parse(b"ATE\r"), Ok(Command::Echo(false)));
    assert_eq!(parse(b"ate1\r"), Ok(Command::Echo(true)));
    assert_eq!(parse(b"ATV\r"), Ok(Command::Verbose(false)));
    assert_eq!(parse(b"ATI0\r"), Ok(Command::Identify));
}

#[test]
fn every_option_is_asked_for() {
    let names = [
        "will",
        "timeout",
        "session",
        "keepalive",
        "aliauth",
        "version",
        "showrecvlen",
        "echomode",
        "dataformat",
    ];
    for (option, name) in ConfigOption::ALL.into_iter().zip(names) {
        let config = Config::Query(LINK, option);
        both_ways(
            Command::Config(config),
            &std::format!("AT+QMTCFG=\"{name}\",2"),
        );
        assert_eq!((config.option(), config.link()), (option, LINK));
    }
}

/// QMT §3.3.1 "will" write, "timeout" write, "session" write, "keepalive" write, "aliauth" write,
/// "version" write, "showrecvlen" write, "echomode" write, "dataformat" write.
#[test]
fn every_option_is_set() {
    let set = |setting, values: &str| {
        let config = Config::Set(LINK, setting);
        let name = setting.option().as_str();
        both_ways(
            Command::Config(config),
            &std::format!("AT+QMTCFG=\"{name}\",2,{values}"),
        );
        assert_eq!(Command::Config(config).link(), Some(LINK));
    };
    set(Setting::Will(None), "0");
    let will = Will {
        qos: Qos::ExactlyOnce,
        retain: true,
        topic: topic("last/words"),
        message: WillMessage::new("gone, sadly").unwrap(),
    };
    set(
        Setting::Will(Some(will)),
        "1,2,1,\"last/words\",\"gone, sadly\"",
    );
    let timeout = PacketTimeout::new(60, 10, true).unwrap();
    set(Setting::Timeout(timeout.into()), "60,10,1");
    set(Setting::Timeout(PacketTimeout::default().into()), "30,0,0");
    set(Setting::CleanSession(false), "0");
    set(Setting::KeepAlive(KeepAlive::new(3600).unwrap()), "3600");
    let aliauth = AliAuth {
        product_key: ProductKey::new("key").unwrap(),
        device_name: DeviceName::new("meter 7").unwrap(),
        device_secret: DeviceSecret::new("s3cret").unwrap(),
    };
    set(Setting::AliAuth(aliauth), "\"key\",\"meter 7\",\"s3cret\"");
    set(Setting::Version(MqttVersion::V3_1), "0");
    set(Setting::Version(MqttVersion::V3_1_1), "1");
    set(Setting::ShowRecvLen(true), "1");
    set(Setting::EchoMode(false), "0");
    let (send, recv) = (DataFormat::Text, DataFormat::Hex);
    set(Setting::DataFormat { send, recv }, "0,1");
}

/// QMT §3.1.1 optional.
#[test]
fn a_timeout_may_be_changed_in_part() {
    let current = PacketTimeout::new(20, 3, true).unwrap();
    for (line, pkt, retries, notice) in [
        ("AT+QMTCFG=\"timeout\",2,5", 5, 3, true),
        ("AT+QMTCFG=\"timeout\",2,5,9", 5, 9, true),
        ("AT+QMTCFG=\"timeout\",2,5,,0", 5, 3, false),
        ("AT+QMTCFG=\"timeout\",2,,9", 20, 9, true),
        ("AT+QMTCFG=\"timeout\",2,,,0", 20, 3, false),
        ("AT+QMTCFG=\"timeout\",2,", 20, 3, true),
    ] {
        let bytes = std::format!("{line}\r").into_bytes();
        let Ok(Command::Config(Config::Set(_, Setting::Timeout(update)))) = parse(&bytes) else {
            panic!("{line}");
        };
        let wanted = PacketTimeout::new(pkt, retries, notice).unwrap();
        assert_eq!(update.apply(current), wanted, "{line}");
        let config = Config::Set(LINK, Setting::Timeout(update));
        assert_eq!(printed(&Command::Config(config)), bytes, "{line}");
    }
}

/// QMT §3.1.2 write, §3.3.2 write, §3.3.3 write, §3.3.5 write.
#[test]
fn the_network_is_opened_and_closed() {
    let open = Open {
        link: LINK,
        host: Host::new("broker.example").unwrap(),
        port: NonZeroU16::new(1883).unwrap(),
    };
    both_ways(Command::Open(open), "AT+QMTOPEN=2,\"broker.example\",1883");
    both_ways(Command::Close(LINK), "AT+QMTCLOSE=2");
    both_ways(Command::Disconnect(LINK), "AT+QMTDISC=2");
    for command in [
        Command::Open(open),
        Command::Close(LINK),
        Command::Disconnect(LINK),
    ] {
        assert_eq!(command.link(), Some(LINK));
    }
}

/// QMT §3.3.4 write, `<username>`, `<password>`.
#[test]
fn a_client_connects_with_what_it_has() {
    let mut connect = Connect {
        link: LINK,
        client_id: ClientId::new("meter-7").unwrap(),
        credentials: None,
    };
    both_ways(Command::Connect(connect), "AT+QMTCONN=2,\"meter-7\"");
    let mut credentials = Credentials {
        username: Username::new("user").unwrap(),
        password: None,
    };
    connect.credentials = Some(credentials);
    both_ways(
        Command::Connect(connect),
        "AT+QMTCONN=2,\"meter-7\",\"user\"",
    );
    credentials.password = Some(Password::new("pass,word").unwrap());
    connect.credentials = Some(credentials);
    both_ways(
        Command::Connect(connect),
        "AT+QMTCONN=2,\"meter-7\",\"user\",\"pass,word\"",
    );
    connect.client_id = ClientId::new("").unwrap();
    connect.credentials = None;
    both_ways(Command::Connect(connect), "AT+QMTCONN=2,\"\"");
}

/// QMT §3.3.6 write, §3.3.7 write.
#[test]
fn one_to_four_topics_go_into_one_command() {
    let item = |text, level| Subscription {
        filter: filter(text),
        qos: Qos::new(level).unwrap(),
    };
    let mut subscribe = Subscribe {
        link: LINK,
        msg_id: msg_id(1),
        topics: Few::one(item("a/#", 0)),
    };
    both_ways(Command::Subscribe(subscribe), "AT+QMTSUB=2,1,\"a/#\",0");
    for (text, level) in [("b/+/c", 1), ("c", 2), ("d,d", 0)] {
        subscribe.topics.push(item(text, level)).unwrap();
    }
    both_ways(
        Command::Subscribe(subscribe),
        "AT+QMTSUB=2,1,\"a/#\",0,\"b/+/c\",1,\"c\",2,\"d,d\",0",
    );
    assert_eq!(subscribe.topics.push(item("e", 0)), Err(TooMany));

    let mut unsubscribe = Unsubscribe {
        link: LINK,
        msg_id: msg_id(65_535),
        topics: Few::one(filter("#")),
    };
    both_ways(Command::Unsubscribe(unsubscribe), "AT+QMTUNS=2,65535,\"#\"");
    unsubscribe.topics.push(filter("a b")).unwrap();
    both_ways(
        Command::Unsubscribe(unsubscribe),
        "AT+QMTUNS=2,65535,\"#\",\"a b\"",
    );
    let five = b"AT+QMTUNS=2,1,\"a\",\"b\",\"c\",\"d\",\"e\"\r";
    assert_eq!(
        parse(five),
        Err(DecodeError::OutOfRange(Parameter("topic")))
    );
}

fn publish(delivery: Delivery, body: Body<'_>) -> Command<'_> {
    Command::Publish(Publish {
        link: LINK,
        delivery,
        retain: true,
        topic: topic("t/1"),
        body,
    })
}

fn inline(payload: &[u8]) -> Body<'_> {
    Body::Inline(Inline::text(payload).unwrap())
}

#[test]
fn a_payload_is_published_in_three_forms() {
    let once = Delivery::AtMostOnce;
    both_ways(publish(once, Body::Prompt), "AT+QMTPUB=2,0,0,1,\"t/1\"");
    let exactly = Delivery::ExactlyOnce(msg_id(9));
    both_ways(
        publish(exactly, Body::PromptCounted(PayloadLen::new(1460).unwrap())),
        "AT+QMTPUB=2,9,2,1,\"t/1\",1460",
    );
    let at_least = Delivery::AtLeastOnce(msg_id(65_535));
    both_ways(
        publish(at_least, inline(b"{\"a\":\"b\"}")),
        "AT+QMTPUB=2,65535,1,1,\"t/1\",9,\"{\"a\":\"b\"}\"",
    );
    both_ways(
        publish(once, inline(b"\"\r\nAT\r")),
        "AT+QMTPUB=2,0,0,1,\"t/1\",6,\"\"\r\nAT\r\"",
    );
    both_ways(
        publish(once, inline(b"")),
        "AT+QMTPUB=2,0,0,1,\"t/1\",0,\"\"",
    );
}

#[test]
fn hex_payloads_are_read_and_written_in_either_unit() {
    let mut dialect = RequestDialect::default();
    dialect.send_format[2] = DataFormat::Hex;
    let command = publish(
        Delivery::AtMostOnce,
        Body::Inline(Inline::new(Payload::Hex(Hex::of_bytes(b"\x00\xfe1"))).unwrap()),
    );
    let line = b"AT+QMTPUB=2,0,0,1,\"t/1\",3,\"00FE31\"\r";
    assert_eq!(printed(&command), line);
    assert_eq!(parse_in(line, &dialect), Ok(command));
    dialect.counts_digits = true;
    let line = b"AT+QMTPUB=2,0,0,1,\"t/1\",6,\"00fe31\"\r";
    assert_eq!(parse_in(line, &dialect), Ok(command));
    let mut buf = [0; 64];
    let mut out = Writer::new(&mut buf);
    command.emit_in(&dialect, &mut out);
    let written = out.finish_request().unwrap();
    assert!(written.eq_ignore_ascii_case(line), "{written:?}");
}

/// QMT §3.3.8 `<msgID>` 0, `<qos>` 0..=2.
#[test]
fn a_message_identifier_goes_with_qos_1_and_2_only() {
    for (line, legal) in [
        (&b"AT+QMTPUB=0,0,0,0,\"t\"\r"[..], true),
        (b"AT+QMTPUB=0,1,0,0,\"t\"\r", false),
        (b"AT+QMTPUB=0,0,1,0,\"t\"\r", false),
        (b"AT+QMTPUB=0,1,1,0,\"t\"\r", true),
        (b"AT+QMTPUB=0,0,2,0,\"t\"\r", false),
        (b"AT+QMTPUB=0,65535,2,0,\"t\"\r", true),
        (b"AT+QMTPUB=0,1,0,0,\"t\",1,\"x\"\r", false),
    ] {
        assert_eq!(parse(line).is_ok(), legal, "{line:?}");
    }
}

#[test]
fn what_the_module_has_no_form_for_is_refused() {
    for line in [
        &b"AT+QMTX=1\r"[..],
        b"AT+QSCCLK=0\r",
        b"AT+QMTCFG=\"ssl\",0\r",
        b"AT+CSQ=1\r",
        b"ATE2\r",
        b"ATI1\r",
        b"ATZ\r",
        b"AT&F\r",
        b"AT+QRST=2\r",
        b"AT+QMTOPEN=0,\"h\",1883,1\r",
        b"AT+QMTOPEN=0,\"h\"\r",
        b"AT+QMTCONN=0,\"c\",\"u\",\"p\",1\r",
        b"AT+QMTCONN=0,\"c\",,\"p\"\r",
        b"AT+QMTCFG=\"will\",0,0,0,0,\"t\",\"m\"\r",
        b"AT+QMTCFG=\"will\",0,1,0,0,\"t\"\r",
        b"AT+QMTCFG=\"dataformat\",0,1\r",
        b"AT+QMTCFG=\"aliauth\",0,\"k\",\"d\"\r",
        b"AT+QMTSUB=0,1,\"t\"\r",
        b"AT+QMTSUB=0,1\r",
        b"AT+QMTPUB=0,0,0,0,\"t\",\"payload\"\r",
    ] {
        let cut = Framer::requests().next_frame(line, &RequestDialect::default());
        assert!(Command::parse(cut.frame.unwrap()).is_err(), "{line:?}");
    }
    assert_eq!(Command::parse(Frame::Prompt), Err(DecodeError::Unknown));
}

/// QMT §3.3.2 time, §3.3.3 time, §3.3.4 time, §3.3.5 time, §3.3.6 time, §3.3.7 time, §3.3.8 time;
/// §3.3.1 note 3.
#[test]
fn deferred_results_have_the_notes_deadlines() {
    let timeout = PacketTimeout::new(60, 10, false).unwrap();
    let within = |line: &[u8]| {
        let found = parse(line).unwrap().deferred_within(&timeout);
        found.map(|time| time.as_millis())
    };
    assert_eq!(within(b"AT+QMTOPEN=0,\"h\",1\r"), Some(176_000));
    for line in [&b"AT+QMTCLOSE=0\r"[..], b"AT+QMTDISC=0\r"] {
        assert_eq!(within(line), Some(300), "{line:?}");
    }
    for line in [
        &b"AT+QMTCONN=0,\"c\"\r"[..],
        b"AT+QMTSUB=0,1,\"t\",0\r",
        b"AT+QMTUNS=0,1,\"t\"\r",
        b"AT+QMTPUB=0,0,0,0,\"t\"\r",
    ] {
        assert_eq!(within(line), Some(660_000), "{line:?}");
    }
    assert_eq!(within(b"AT+QMTCFG=\"session\",0,1\r"), None);
    assert_eq!(within(b"AT+QMTOPEN?\r"), None);
    assert_eq!(PacketTimeout::default().max_wait().as_secs(), 30);
}
