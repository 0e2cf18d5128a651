//! What values tell about themselves.

use core::num::NonZeroU16;

use at_syntax::{DataLayout, Dialect, Framer};
use qmt_proto::{
    Answer, Body, ClientId, Command, Config, ConfigOption, Connect, DecodeError, Delivery,
    ErrorFormat, Expect, Few, Filter, Host, KeepAlive, LinkId, MsgId, Open, PacketTimeout,
    Parameter, Publish, Qos, Registration, Report, Response, ResponseDialect, Setting, SleepMode,
    Subscribe, Subscription, Topic, Unsubscribe, hex::Hex,
};

use crate::wire::understood;

const LINK: LinkId = LinkId::ALL[3];

#[test]
fn every_command_for_a_link_tells_it() {
    let filter = Filter::new("a").unwrap();
    let msg_id = MsgId::new(1).unwrap();
    let qos = Qos::AtMostOnce;
    for command in [
        Command::Config(Config::Query(LINK, ConfigOption::Will)),
        Command::Config(Config::Set(LINK, Setting::EchoMode(false))),
        Command::Open(Open {
            link: LINK,
            host: Host::new("h").unwrap(),
            port: NonZeroU16::MIN,
        }),
        Command::Close(LINK),
        Command::Connect(Connect {
            link: LINK,
            client_id: ClientId::new("c").unwrap(),
            credentials: None,
        }),
        Command::Disconnect(LINK),
        Command::Subscribe(Subscribe {
            link: LINK,
            msg_id,
            topics: Few::one(Subscription { filter, qos }),
        }),
        Command::Unsubscribe(Unsubscribe {
            link: LINK,
            msg_id,
            topics: Few::one(filter),
        }),
        Command::Publish(Publish {
            link: LINK,
            delivery: Delivery::AtMostOnce,
            retain: false,
            topic: Topic::new("t").unwrap(),
            body: Body::Prompt,
        }),
    ] {
        assert_eq!(command.link(), Some(LINK), "{command:?}");
    }
    assert_eq!(Command::Attention.link(), None);
}

#[test]
fn an_option_is_told_whether_asked_or_set() {
    let asked = Config::Query(LINK, ConfigOption::Version);
    assert_eq!(asked.option(), ConfigOption::Version);
    let set = Config::Set(LINK, Setting::KeepAlive(KeepAlive::default()));
    assert_eq!(set.option(), ConfigOption::KeepAlive);
    assert_eq!(KeepAlive::default().seconds(), 120);
}

#[test]
fn formats_and_modes_have_the_numbers_of_their_answers() {
    let formats = [0, 1, 2, 3].map(ErrorFormat::new);
    let wanted = [
        ErrorFormat::Plain,
        ErrorFormat::Numeric,
        ErrorFormat::Verbose,
    ]
    .map(Some);
    assert_eq!(formats[..3], wanted);
    assert_eq!(formats[3], None);
    let modes = [0, 1, 2, 3].map(SleepMode::new);
    let wanted = [SleepMode::Awake, SleepMode::Deep, SleepMode::Light].map(Some);
    assert_eq!(modes[..3], wanted);
    assert_eq!(modes[3], None);
}

#[test]
fn what_is_long_or_a_number_is_shown_short() {
    assert_eq!(format!("{:?}", Hex::of_bytes(b"abc")), "Hex(3 bytes)");
    assert_eq!(format!("{LINK}"), "3");
    let home = format!("{:?}", Registration::HOME);
    assert_eq!(home, "Registration(1: registered, home network)");
    assert_eq!(
        format!("{:?}", Registration(77)),
        "Registration(77: unknown)"
    );
}

/// Data where this crate knows of none.
struct Strange;

impl Dialect for Strange {
    fn data_lines(&self) -> &[DataLayout] {
        const fn layout(name: &'static str) -> DataLayout {
            let (plain, limit) = (1, 9);
            DataLayout { name, plain, limit }
        }
        const LINES: [DataLayout; 2] = [layout("QMTSUB"), layout("X")];
        &LINES
    }
}

#[test]
fn data_of_another_command_is_no_publish() {
    for line in [
        &b"AT+QMTSUB=0,\"t\",1,\"x\"\r"[..],
        b"AT+X=0,\"t\",1,\"x\"\r",
    ] {
        let cut = Framer::requests().next_frame(line, &Strange);
        let command = Command::parse(cut.frame.expect("a complete line"));
        assert_eq!(command, Err(DecodeError::Unknown));
    }
}

#[test]
fn a_product_key_may_be_spelled_like_its_option() {
    let line = b"+QMTCFG: \"aliauth\",\"d\",\"s\"\r\n";
    let expect = Expect::Config(ConfigOption::AliAuth);
    let answer = understood(line, expect, &ResponseDialect::default());
    let Response::Report(Report::Answer(Answer::Setting(Setting::AliAuth(auth)))) = answer else {
        panic!("{answer:?}");
    };
    let told = (auth.product_key.expose(), auth.device_secret.expose());
    assert_eq!(told, ("aliauth", "s"));
}

#[test]
fn another_option_is_not_spelled_like_its_value() {
    let line = b"+QMTCFG: \"keepalive\",3601\r\n";
    let expect = Expect::Config(ConfigOption::KeepAlive);
    let answer = understood(line, expect, &ResponseDialect::default());
    let error = DecodeError::OutOfRange(Parameter("keep-alive_time"));
    assert!(matches!(answer, Response::Malformed { error: e, .. } if e == error));
}

#[test]
fn numbers_of_a_message_that_are_too_large_are_malformed() {
    for (line, wrong) in [
        (&b"+QMTRECV: 0,65536,\"t\",1,\"x\"\r\n"[..], &b"0,65536"[..]),
        (b"+QMTRECV: 256,0,\"t\",1,\"x\"\r\n", b"256,0"),
        (b"+QMTRECV: 5,0,\"t\",1,\"x\"\r\n", b"5,0"),
    ] {
        let response = understood(line, Expect::Nothing, &ResponseDialect::default());
        assert!(
            matches!(response, Response::Malformed { line, .. } if line == wrong),
            "{response:?}"
        );
    }
}

#[test]
fn a_packet_timeout_tells_its_parts() {
    for (seconds, retries, notice) in [(60, 10, true), (7, 3, false)] {
        let timeout = PacketTimeout::new(seconds, retries, notice).unwrap();
        assert_eq!(timeout.pkt_timeout_s(), seconds);
        assert_eq!(timeout.retry_times(), retries);
        assert_eq!(timeout.notice(), notice);
    }
}
