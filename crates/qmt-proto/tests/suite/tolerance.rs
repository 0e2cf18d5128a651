//! Every tolerance, by name: what real modules print besides the note's own form.

use qmt_proto::{
    Answer, ClientId, Command, Config, ConfigOption, Connect, ConnectCode, DataFormat, Expect,
    Granted, KeepAlive, LinkId, LinkLossCode, Name, Notice, PacketResult, Report, RequestDialect,
    Response, ResponseDialect, Setting, SleepMode, Violation,
};

use crate::wire::{Host, broken, events, obeyed, received, understood};

fn read<'a>(line: &'a [u8], expect: Expect) -> Response<'a> {
    understood(line, expect, &ResponseDialect::default())
}

fn report<'a>(line: &'a [u8]) -> Report<'a> {
    match read(line, Expect::Nothing) {
        Response::Report(report) => report,
        other => panic!("{other:?}"),
    }
}

/// All of `streams` mean the same, in any pieces.
#[track_caller]
fn all_mean(streams: &[&[u8]], meaning: &[&str]) {
    for stream in streams {
        for size in [usize::MAX, 1, 2, 3] {
            assert_eq!(events(stream, size), meaning, "{}", stream.escape_ascii());
        }
    }
}

fn message(payload: &[u8], counted: bool) -> String {
    received((0, 3), b"a/b", counted, "text", payload)
}

#[test]
fn blank_lines_are_nothing() {
    all_mean(
        &[
            b"\r\nOK\r\n",
            b"OK\r\n",
            b"\r\n\r\n\r\nOK\r\n\r\n\r\n",
            b"\n\nOK\n",
            b"\r\r\nOK\r\r\n",
        ],
        &["Final(Ok)"],
    );
    all_mean(&[b"", b"\r\n", b"\r\n\r\n"], &[]);
}

#[test]
fn a_blank_line_before_ok_may_be_missing() {
    let mut host = Host::new();
    host.expect = Expect::Test(Name::Disc);
    host.feed(b"\r\n+QMTDISC: (0-5)\r\nOK\r\n");
    assert_eq!(host.events.len(), 2);
    assert_eq!(host.events[1], "Final(Ok)");
}

#[test]
fn ok_may_lose_its_line_feed_when_silence_follows() {
    let mut host = Host::new();
    host.feed(b"\r\nOK\r");
    assert!(host.events.is_empty());
    host.silence();
    assert_eq!(host.events, ["Final(Ok)"]);
}

#[test]
fn blanks_around_the_colon_may_be_odd() {
    let clean = report(b"+QMTSUB: 0,1,0,2\r\n");
    for line in [
        &b"+QMTSUB:0,1,0,2\r\n"[..],
        b"+QMTSUB : 0,1,0,2\r\n",
        b"+QMTSUB :0,1,0,2\r\n",
        b"+QMTSUB:   0,1,0,2  \r\n",
    ] {
        assert_eq!(report(line), clean);
    }
}

#[test]
fn blanks_around_commas_may_be_odd() {
    let clean = report(b"+QMTPUB: 0,9,1,2\r\n");
    assert_eq!(report(b"+QMTPUB: 0, 9, 1, 2\r\n"), clean);
    assert_eq!(report(b"+QMTPUB: 0 ,9 ,1 ,2 \r\n"), clean);
}

#[test]
fn numbers_may_be_in_quotes() {
    let clean = report(b"+QMTOPEN: 0,-1\r\n");
    assert_eq!(report(b"+QMTOPEN: \"0\",\"-1\"\r\n"), clean);
}

#[test]
fn every_form_of_the_prompt_is_taken() {
    for prompt in [
        &b"\r\n> "[..],
        b"\r\n>",
        b">",
        b"> ",
        b"\r\n>\r\n",
        b"\r\n> \r\n",
    ] {
        for size in [usize::MAX, 1] {
            let mut host = Host::new();
            host.dialect.prompt_armed = true;
            host.feed_in(prompt, size);
            assert_eq!(host.events, ["Prompt"], "{}", prompt.escape_ascii());
            host.feed_in(b"\r\nOK\r\n", size);
            assert_eq!(host.events, ["Prompt", "Final(Ok)"]);
        }
    }
}

#[test]
fn a_prompt_nobody_awaits_is_text() {
    all_mean(&[b"\r\n> x\r\n"], &["unknown > x"]);
    all_mean(&[b"\r\n> ", b">"], &[]);
}

#[test]
fn messages_may_come_before_the_prompt_and_hold_one() {
    let mut host = Host::new();
    host.dialect.prompt_armed = true;
    host.feed_in(b"\r\n+QMTRECV: 0,3,\"a/b\",4,\"\r\n> \"\r\n\r\n> ", 1);
    assert_eq!(host.events, [&*message(b"\r\n> ", true), "Prompt"]);
}

#[test]
fn a_message_may_stand_inside_the_answer_to_a_command() {
    let mut host = Host::new();
    host.expect = Expect::Read(Name::Csq);
    host.feed(b"\r\n+CSQ: 20,0\r\n\r\n+QMTRECV: 0,3,\"a/b\",\"hi\"\r\n\r\nOK\r\n");
    assert_eq!(host.events.len(), 3);
    assert!(host.events[0].contains("Signal { rssi: 20, ber: 0 }"));
    assert_eq!(host.events[1..], [&*message(b"hi", false), "Final(Ok)"]);
}

#[test]
fn an_echo_in_pieces_is_one_line_before_the_answer() {
    let echo = "unknown AT+QMTCONN=0,\\\"c\\\"";
    all_mean(
        &[
            b"AT+QMTCONN=0,\"c\"\r\r\nOK\r\n",
            b"AT+QMTCONN=0,\"c\"\r\n\r\nOK\r\n",
        ],
        &[echo, "Final(Ok)"],
    );
    // The echo of an inline publish is no message.
    all_mean(
        &[b"AT+QMTPUB=0,0,0,0,\"t\",2,\"hi\"\r\r\nOK\r\n"],
        &[
            "unknown AT+QMTPUB=0,0,0,0,\\\"t\\\",2,\\\"hi\\\"",
            "Final(Ok)",
        ],
    );
}

#[test]
fn the_payload_may_be_quoted_or_not_and_counted_or_not() {
    let (counted, not) = (message(b"hi there", true), message(b"hi there", false));
    all_mean(
        &[
            b"+QMTRECV: 0,3,\"a/b\",8,\"hi there\"\r\n",
            b"+QMTRECV: 0,3,\"a/b\",8,hi there\r\n",
            b"+QMTRECV:0,3, \"a/b\", 8,\"hi there\"\r\n",
        ],
        &[&counted],
    );
    all_mean(
        &[
            b"+QMTRECV: 0,3,\"a/b\",\"hi there\"\r\n",
            b"+QMTRECV: 0,3,\"a/b\",hi there\r\n",
            b"+QMTRECV:0,3, \"a/b\", \"hi there\"\r\n",
        ],
        &[&not],
    );
}

#[test]
fn a_payload_without_a_length_is_never_called_counted() {
    for payload in [
        "5,abc",
        "42",
        "21.5",
        "1460,\"\"",
        "\"",
        "say \"hi\"",
        "a\r\nb",
    ] {
        let line = format!("+QMTRECV: 0,3,\"a/b\",\"{payload}\"\r\n").into_bytes();
        assert_eq!(events(&line, 1), [message(payload.as_bytes(), false)]);
    }
    for payload in ["42", "21.5", "-", "{\"k\":1}"] {
        let line = format!("+QMTRECV: 0,3,\"a/b\",{payload}\r\n").into_bytes();
        assert_eq!(events(&line, 1), [message(payload.as_bytes(), false)]);
    }
}

#[test]
fn a_hex_payload_without_a_length_is_hex_too() {
    let mut host = Host::new();
    host.dialect.recv_format[0] = DataFormat::Hex;
    host.feed(b"+QMTRECV: 0,3,\"a/b\",\"4142\"\r\n+QMTRECV: 0,3,\"a/b\",4142\r\n");
    let message = received((0, 3), b"a/b", false, "hex", b"AB");
    assert_eq!(host.events, [&*message, &*message]);
    for strange in ["414", "4x"] {
        host.feed(format!("+QMTRECV: 0,3,\"a/b\",\"{strange}\"\r\n").as_bytes());
        let last = host.events.last().map_or("", String::as_str);
        assert!(last.starts_with("malformed"), "{last}");
    }
}

#[test]
fn the_link_of_a_message_chooses_its_format_in_every_form_of_the_number() {
    let mut host = Host::new();
    host.dialect.recv_format[1] = DataFormat::Hex;
    for link in ["1", " 1", "1 ", "01"] {
        let line = format!("+QMTRECV: {link},3,\"a/b\",2,\"4142\"\r\n");
        host.feed(line.as_bytes());
        let last = host.events.last().unwrap();
        assert_eq!(*last, received((1, 3), b"a/b", true, "hex", b"AB"));
    }
    host.feed(b"+QMTRECV: 0 ,3,\"a/b\",4,\"4142\"\r\n");
    let last = host.events.last().unwrap();
    assert_eq!(*last, message(b"4142", true));
}

#[test]
fn a_quote_in_the_topic_is_part_of_it() {
    let found = events(b"+QMTRECV: 0,3,\"a\"/\"b\",2,\"hi\"\r\n", 1);
    assert_eq!(found, [received((0, 3), b"a\"/\"b", true, "text", b"hi")]);
}

#[test]
fn a_control_byte_in_the_topic_breaks_the_frame_and_nothing_else() {
    for topic in ["a\r\nOK\r\n", "a\nOK\n", "a\0b", "\x1b"] {
        let stream = format!("\r\n+QMTRECV: 0,3,\"{topic}\",2,\"hi\"\r\n\r\n+QMTPUB: 0,0,0\r\n");
        let found = events(stream.as_bytes(), 1);
        assert_eq!(found[0], broken(Violation::Control));
        let last = found.last().unwrap();
        assert!(last.starts_with("Report(Published"), "{found:?}");
    }
}

#[test]
fn option_names_are_known_in_any_case_and_without_quotes() {
    let query = Command::Config(Config::Query(LinkId::ALL[1], ConfigOption::AliAuth));
    for line in [
        &b"AT+QMTCFG=\"aliauth\",1\r"[..],
        b"AT+QMTCFG=\"ALIAUTH\",1\r",
        b"AT+QMTCFG=AliAuth,1\r",
        b"at+qmtcfg=\"aliauth\",1\r",
        b"AT+QMTCFG = \"aliauth\" , 1 \r",
    ] {
        assert_eq!(obeyed(line, &RequestDialect::default()), Ok(query));
    }
}

#[test]
fn the_answer_to_a_query_may_name_its_option() {
    let expect = Expect::Config(ConfigOption::KeepAlive);
    let answer = Response::Report(Report::Answer(Answer::Setting(Setting::KeepAlive(
        KeepAlive::DEFAULT,
    ))));
    for line in [
        &b"+QMTCFG: 120\r\n"[..],
        b"+QMTCFG: \"keepalive\",120\r\n",
        b"+QMTCFG: \"KEEPALIVE\",120\r\n",
        b"+QMTCFG: keepalive,120\r\n",
    ] {
        assert_eq!(read(line, expect), answer);
    }
    let other = read(b"+QMTCFG: \"session\",1\r\n", expect);
    assert!(matches!(other, Response::Malformed { .. }));
}

#[test]
fn command_names_are_known_in_any_case() {
    let publish = |line: &'static [u8]| match obeyed(line, &RequestDialect::default()) {
        Ok(Command::Publish(publish)) => publish.body,
        other => panic!("{other:?}"),
    };
    let body = publish(b"AT+QMTPUB=0,0,0,0,\"t\",3,\"a\rb\"\r");
    assert_eq!(publish(b"at+qmtpub=0,0,0,0,\"t\",3,\"a\rb\"\r"), body);
    let close = Ok(Command::Close(LinkId::ALL[0]));
    assert_eq!(
        obeyed(b"at+QmtClose=0\r", &RequestDialect::default()),
        close
    );
}

#[test]
fn a_numeric_client_identifier_may_lack_its_quotes() {
    let connect = Command::Connect(Connect {
        link: LinkId::ALL[0],
        client_id: ClientId::new("0").unwrap(),
        credentials: None,
    });
    for line in [&b"AT+QMTCONN=0,0\r"[..], b"AT+QMTCONN=0,\"0\"\r"] {
        assert_eq!(obeyed(line, &RequestDialect::default()), Ok(connect));
    }
}

#[test]
fn blanks_around_the_equals_sign_are_taken() {
    let awake = Command::Sleep(SleepMode::Awake);
    for line in [&b"AT+QSCLK = 0\r"[..], b"AT+QSCLK=0 \r", b" AT+QSCLK=0\r"] {
        assert_eq!(obeyed(line, &RequestDialect::default()), Ok(awake));
    }
}

#[test]
fn a_connect_result_may_lack_its_return_code() {
    let link = LinkId::ALL[0];
    let result = PacketResult::DONE;
    let connected = |code| Report::Connected { link, result, code };
    assert_eq!(report(b"+QMTCONN: 0,0\r\n"), connected(None));
    let refused = connected(Some(ConnectCode::NOT_AUTHORIZED));
    assert_eq!(report(b"+QMTCONN: 0,0,5\r\n"), refused);
}

/// P9.
#[test]
fn a_subscription_may_have_a_value_for_each_topic() {
    let Report::Subscribed { values, .. } = report(b"+QMTSUB: 0,7,0,2,128,0\r\n") else {
        panic!();
    };
    assert_eq!(values.granted(1), Some(Granted::REFUSED));
    assert!(values.iter().eq([2, 128, 0]));
}

#[test]
fn an_unsubscription_may_have_a_fourth_field() {
    let clean = report(b"+QMTUNS: 0,2,0\r\n");
    assert_eq!(report(b"+QMTUNS: 0,2,0,1\r\n"), clean);
}

#[test]
fn results_may_come_before_their_ok() {
    let orders: [&[u8]; 2] = [
        b"\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n",
        b"\r\n+QMTOPEN: 0,0\r\n\r\nOK\r\n",
    ];
    for (at, stream) in orders.into_iter().enumerate() {
        let found = events(stream, 1);
        assert_eq!(found.len(), 2);
        assert_eq!(found[at], "Final(Ok)");
    }
}

#[test]
fn unknown_codes_keep_their_number() {
    let cause = LinkLossCode(8);
    let link = LinkId::ALL[0];
    assert_eq!(
        report(b"+QMTSTAT: 0,8\r\n"),
        Report::LinkLost { link, cause }
    );
    assert_eq!(cause.description(), None);
}

#[test]
fn errors_may_be_numbers_or_words() {
    all_mean(
        &[b"\r\n+CME ERROR: 8503\r\n", b"\r\n+CME ERROR:8503\r\n"],
        &["Final(CmeError(CmeCode::LINK))"],
    );
    let words = format!("Final(CmeText({:?}))", b"operation not allowed");
    all_mean(&[b"\r\n+CME ERROR: operation not allowed\r\n"], &[&words]);
}

#[test]
fn lines_of_start_and_sleep_are_known() {
    fn notice(line: &[u8]) -> Notice<'_> {
        match report(line) {
            Report::Notice(notice) => notice,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(notice(b"RDY\r\n"), Notice::Ready);
    assert_eq!(notice(b"+CFUN: 1\r\n"), Notice::Functionality(1));
    assert_eq!(notice(b"+CPIN: READY\r\n"), Notice::Sim(b"READY"));
    assert_eq!(notice(b"+IP: 10.0.0.1\r\n"), Notice::Address(b"10.0.0.1"));
    assert_eq!(
        notice(b"+IP: \"10.0.0.1\"\r\n"),
        Notice::Address(b"10.0.0.1")
    );
    assert_eq!(
        notice(b"+QIND: \"FOTA\",\"END\",0\r\n"),
        Notice::Indication(b"\"FOTA\",\"END\",0")
    );
    for event in [
        "ENTER PSM",
        "EXIT PSM",
        "ENTER DEEPSLEEP",
        "ENTER DEEP SLEEP",
    ] {
        let line = format!("+QNBIOTEVENT: \"{event}\"\r\n").into_bytes();
        assert_eq!(notice(&line), Notice::Power(event.as_bytes()));
    }
    assert!(
        matches!(notice(b"+CEREG: 5\r\n"), Notice::Registration(status) if status.is_registered())
    );
}

#[test]
fn an_address_may_be_quoted_or_not() {
    let expect = Expect::Read(Name::Cgpaddr);
    let clean = read(b"+CGPADDR: 0,\"10.0.0.1\"\r\n", expect);
    assert!(matches!(clean, Response::Report(Report::Answer(_))));
    assert_eq!(read(b"+CGPADDR: 0,10.0.0.1\r\n", expect), clean);
    let none = Answer::Address {
        cid: 0,
        address: None,
    };
    let none = Response::Report(Report::Answer(none));
    assert_eq!(read(b"+CGPADDR: 0\r\n", expect), none);
}

#[test]
fn lines_nobody_knows_are_kept_as_they_are() {
    all_mean(
        &[b"\0\xff\x10\r\n\r\n+CSCON: 1\r\n\r\n+QATWAKEUP\r\nTimeout\r\n"],
        &[
            "unknown \\x00\\xff\\x10",
            "unknown +CSCON: 1",
            "unknown +QATWAKEUP",
            "unknown Timeout",
        ],
    );
}
