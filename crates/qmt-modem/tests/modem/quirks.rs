//! Every quirk in its other values.

use qmt_modem::{
    BadOpen, BootBanner, CloseAfterDisc, CloseUnopened, Cmee, ConfigAnswer, ConnCode,
    ConnectTimeout, DataModeDelay, DataTimeoutResult, EmptyQuery, EscResult, HexLen, InlineQuotes,
    LfBeforeData, Modem, ModemConfig, NoticeForm, Occupied, OkAfterData, Oversize, PacketFailure,
    ParameterError, Prompt, PublishInFlight, Quirks, ResultOrder, ServerClose, SubValues,
    TopicsPerCommand, UrcFraming, UrcInData,
};

use crate::rig::Rig;

fn quiet(change: impl FnOnce(&mut Quirks)) -> Rig {
    let mut config = ModemConfig::new();
    change(&mut config.quirks);
    Rig::quiet(config)
}

fn connected(change: impl FnOnce(&mut Quirks)) -> Rig {
    let mut config = ModemConfig::new();
    change(&mut config.quirks);
    Rig::connected(config)
}

#[test]
fn prompts() {
    for (prompt, bytes) in [
        (Prompt::LineBlank, "\r\n> "),
        (Prompt::Line, "\r\n>"),
        (Prompt::Blank, "> "),
        (Prompt::Bare, ">"),
        (Prompt::OwnLine, "\r\n>\r\n"),
    ] {
        let mut rig = connected(|quirks| quirks.prompt = prompt);
        assert_eq!(rig.send("AT+QMTPUB=0,0,0,0,\"t\"\r"), bytes);
    }
}

#[test]
fn results_before_ok() {
    let mut rig = quiet(|quirks| quirks.result_order = ResultOrder::ResultFirst);
    let open = rig.send("AT+QMTOPEN=0,\"h\",1\r");
    assert_eq!(open, "\r\n+QMTOPEN: 0,0\r\n\r\nOK\r\n");
    let connect = rig.send("AT+QMTCONN=0,\"c\"\rAT+QMTCONN?\r");
    let wanted = "\r\n+QMTCONN: 0,0,0\r\n\r\nOK\r\n\r\n+QMTCONN: 0,3\r\n\r\nOK\r\n";
    assert_eq!(connect, wanted);
    let publish = rig.send("AT+QMTPUB=0,0,0,0,\"t\",1,\"x\"\r");
    assert_eq!(publish, "\r\n+QMTPUB: 0,0,0\r\n\r\nOK\r\n");
    // A link that is lost owes no result, but it owes the OK.
    rig.black_hole = true;
    assert_eq!(rig.send("AT+QMTSUB=0,1,\"t\",0\rAT\r"), "");
    let lost = rig.drop_socket(0);
    assert_eq!(lost, "\r\n+QMTSTAT: 0,1\r\n\r\nOK\r\n\r\nOK\r\n");
}

#[test]
fn escape() {
    for (result, answer) in [
        (EscResult::Ok, "\r\nOK\r\n"),
        (EscResult::Error, "\r\nERROR\r\n"),
        (EscResult::Cancelled, "\r\n+CME ERROR: 571\r\n"),
        (EscResult::Silent, ""),
    ] {
        let mut rig = connected(|quirks| quirks.esc_result = result);
        rig.ok("AT+CMEE=1");
        rig.ok("AT+QMTCFG=\"echomode\",0,0");
        rig.send("AT+QMTPUB=0,0,0,0,\"t\"\r");
        assert_eq!(rig.send("x\x1b"), answer);
        assert_eq!(rig.send("AT\r"), "\r\nOK\r\n");
    }
}

#[test]
fn data_timeout() {
    for (result, answer) in [
        (DataTimeoutResult::Error, "\r\nERROR\r\n"),
        (DataTimeoutResult::Ok, "\r\nOK\r\n"),
        (DataTimeoutResult::TimeoutOk, "\r\nTimeout\r\n\r\nOK\r\n"),
        (DataTimeoutResult::Silent, ""),
    ] {
        let mut rig = connected(|quirks| quirks.data_timeout_result = result);
        rig.send("AT+QMTPUB=0,0,0,0,\"t\"\r");
        assert_eq!(rig.wait(60_000), answer);
        assert_eq!(rig.send("AT\r"), "\r\nOK\r\n");
    }
}

#[test]
fn no_result_at_qos_0() {
    for order in [ResultOrder::OkFirst, ResultOrder::ResultFirst] {
        let mut rig = connected(|quirks| quirks.qos0_result = false);
        rig = match order {
            ResultOrder::OkFirst => rig,
            _ => quiet(|quirks| {
                quirks.qos0_result = false;
                quirks.result_order = order;
            }),
        };
        if order == ResultOrder::ResultFirst {
            rig.send("AT+QMTOPEN=0,\"h\",1\rAT+QMTCONN=0,\"c\"\r");
        }
        for _ in 0..2 {
            let publish = rig.send("AT+QMTPUB=0,0,0,0,\"x\",1,\"x\"\r");
            assert_eq!(publish, "\r\nOK\r\n");
        }
    }
}

/// QMT §5.1 `<err_code>` 5.
#[test]
fn stat_5_after_disconnect() {
    let mut rig = connected(|quirks| quirks.stat5_after_disc = true);
    let answer = rig.send("AT+QMTDISC=0\r");
    assert_eq!(
        answer,
        "\r\nOK\r\n\r\n+QMTDISC: 0,0\r\n\r\n+QMTSTAT: 0,5\r\n"
    );
}

#[test]
fn one_value_for_several_topics() {
    let mut rig = connected(|quirks| quirks.sub_values = SubValues::One);
    let answer = rig.send("AT+QMTSUB=0,2,\"a\",1,\"b\",0\r");
    assert_eq!(answer, "\r\nOK\r\n\r\n+QMTSUB: 0,2,0,1\r\n");
}

#[test]
fn lines_in_the_middle_of_everything() {
    let mut rig = connected(|quirks| quirks.urc_in_data = UrcInData::Interleave);
    let message = b"\r\n+QMTRECV: 0,0,\"t\",\"m\"\r\n";
    assert_eq!(rig.send("AT+QMTPUB=0,0,0,0,\"x\"\r"), "\r\n> ");
    assert_eq!(rig.send("on"), "on");
    assert_eq!(rig.publish("t", b"m", 0), message);
    assert_eq!(rig.send("e\x1a"), "e\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n");
    rig.ok("ATE1");
    assert_eq!(rig.send("A"), "A");
    assert_eq!(rig.publish("t", b"m", 0), message);
    assert_eq!(rig.send("T\r"), "T\r\r\nOK\r\n");
}

#[test]
fn bare_payloads() {
    let mut rig = connected(|quirks| quirks.payload_quoted = false);
    assert_eq!(rig.publish("t", b"m", 0), b"\r\n+QMTRECV: 0,0,\"t\",m\r\n");
    rig.ok("AT+QMTCFG=\"showrecvlen\",0,1");
    assert_eq!(
        rig.publish("t", b"m", 0),
        b"\r\n+QMTRECV: 0,0,\"t\",1,m\r\n"
    );
}

#[test]
fn lengths_in_digits() {
    let mut rig = connected(|quirks| quirks.hex_len = HexLen::Digits);
    rig.ok("AT+QMTCFG=\"dataformat\",0,1,1");
    rig.ok("AT+QMTCFG=\"showrecvlen\",0,1");
    let wanted = "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n\r\n+QMTRECV: 0,0,\"t\",4,\"4F4B\"\r\n";
    assert_eq!(rig.send("AT+QMTPUB=0,0,0,0,\"t\",4,\"4F4B\"\r"), wanted);
    rig.ok("AT+QMTCFG=\"echomode\",0,0");
    rig.send("AT+QMTPUB=0,0,0,0,\"t\",4\r");
    assert_eq!(rig.send("4f4b"), wanted);
    let odd = rig.send("AT+QMTPUB=0,0,0,0,\"t\",3,\"4F4\"\r");
    assert_eq!(odd, "\r\nERROR\r\n");
}

#[test]
fn messages_that_are_too_long() {
    let long = [b'x'; 1_461];
    let mut rig = connected(|quirks| quirks.oversize = Oversize::Truncate);
    let line = rig.publish("t", &long, 0);
    assert_eq!(
        line.len(),
        b"\r\n+QMTRECV: 0,0,\"t\",\"\"\r\n".len() + 1_460
    );
    let mut rig = connected(|quirks| quirks.oversize = Oversize::Drop);
    assert_eq!(rig.publish("t", &long, 0), b"");
    assert_eq!(rig.publish("t", &long[1..], 0), line);
    let mut rig = connected(|quirks| quirks.oversize = Oversize::Whole);
    assert_eq!(rig.publish("t", &long, 0).len(), line.len() + 1);
}

/// QMT §3.3.2 `<result>` 2.
#[test]
fn an_occupied_link() {
    let mut rig = connected(|quirks| quirks.occupied = Occupied::Result);
    let answer = rig.send("AT+QMTOPEN=0,\"h\",1\r");
    assert_eq!(answer, "\r\nOK\r\n\r\n+QMTOPEN: 0,2\r\n");
    rig.ok("AT+QMTPUB=0,0,0,0,\"x\",1,\"x\"");
}

#[test]
fn no_blank_after_the_colon() {
    let mut config = ModemConfig::new();
    config.quirks.blank_after_colon = false;
    let mut rig = Rig::quiet(config);
    rig.ok("AT+CMEE=1");
    let open = rig.send("AT+QMTOPEN=0,\"h: h\",1\r");
    assert_eq!(open, "\r\nOK\r\n\r\n+QMTOPEN:0,0\r\n");
    let clients = rig.send("AT+QMTOPEN?\r");
    assert_eq!(clients, "\r\n+QMTOPEN:0,\"h: h\",1\r\n\r\nOK\r\n");
    assert_eq!(rig.send("AT+QMTCLOSE=3\r"), "\r\n+CME ERROR:3\r\n");
}

#[test]
fn settings_that_do_not_survive() {
    let mut rig = connected(|quirks| quirks.settings_survive_close = false);
    assert_eq!(
        rig.send("AT+QMTCFG=\"version\",0\r"),
        "\r\n+QMTCFG: 1\r\n\r\nOK\r\n"
    );
    rig.ok("AT+QMTDISC=0");
    assert_eq!(
        rig.send("AT+QMTCFG=\"version\",0\r"),
        "\r\n+QMTCFG: 0\r\n\r\nOK\r\n"
    );
}

#[test]
fn close_after_disconnect() {
    for (answer, wanted) in [
        (CloseAfterDisc::Result, "\r\nOK\r\n\r\n+QMTCLOSE: 0,0\r\n"),
        (CloseAfterDisc::Error, "\r\nERROR\r\n"),
        (CloseAfterDisc::Silent, "\r\nOK\r\n"),
    ] {
        let mut rig = connected(|quirks| quirks.close_after_disc = answer);
        rig.ok("AT+QMTDISC=0");
        assert_eq!(rig.send("AT+QMTCLOSE=0\r"), wanted);
        rig.connect(0);
    }
}

#[test]
fn no_error_codes() {
    let mut rig = quiet(|quirks| quirks.cme_errors = false);
    for mode in 0..=2 {
        rig.ok(&format!("AT+CMEE={mode}"));
        assert_eq!(rig.send("AT+QMTCLOSE=0\r"), "\r\nERROR\r\n");
    }
}

#[test]
fn echo_of_the_end_of_data() {
    let mut rig = connected(|quirks| quirks.echo_terminator = true);
    rig.send("AT+QMTPUB=0,0,0,0,\"x\"\r");
    assert_eq!(rig.send("a\x1b"), "a\x1b\r\nOK\r\n");
    rig.send("AT+QMTPUB=0,0,0,0,\"x\"\r");
    assert_eq!(rig.send("a\x1a"), "a\x1a\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n");
}

#[test]
fn silence_about_what_is_no_command() {
    let mut rig = quiet(|quirks| quirks.stray_line_error = false);
    assert_eq!(rig.send("noise\rAT+NOISE\r"), "\r\nERROR\r\n");
}

#[test]
fn no_stat_4_after_a_refusal() {
    let mut config = qmt_broker::Config::default();
    config.anonymous = false;
    let mut modem = ModemConfig::new();
    modem.quirks.stat4_after_refusal = false;
    let mut rig = Rig::new(Modem::booted(modem), config);
    rig.send("ATE0\r");
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    let answer = rig.send("AT+QMTCONN=0,\"c\"\r");
    assert_eq!(answer, "\r\nOK\r\n\r\n+QMTCONN: 0,0,5\r\n");
}

#[test]
fn ok_late_after_data() {
    let mut rig = connected(|quirks| quirks.ok_after_data = OkAfterData::Late);
    rig.ok("AT+QMTCFG=\"echomode\",0,0");
    rig.send("AT+QMTPUB=0,0,0,0,\"t\",1\r");
    assert_eq!(rig.send("xAT\r"), "");
    assert_eq!(rig.wait(999), "");
    let late = "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n\r\n+QMTRECV: 0,0,\"t\",\"x\"\r\n\r\nOK\r\n";
    assert_eq!(rig.wait(1), late);
    // Nothing was typed here.
    let inline = rig.send("AT+QMTPUB=0,0,0,0,\"x\",1,\"x\"\r");
    assert_eq!(inline, "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n");
}

#[test]
fn escape_in_the_counted_form() {
    let mut rig = connected(|quirks| quirks.esc_cancels_counted = true);
    rig.ok("AT+QMTCFG=\"echomode\",0,0");
    rig.send("AT+QMTPUB=0,0,0,0,\"t\",3\r");
    assert_eq!(rig.send("a\x1b"), "\r\nOK\r\n");
    assert_eq!(rig.send("AT\r"), "\r\nOK\r\n");
}

#[test]
fn data_before_the_module_listens() {
    let mut rig = connected(|quirks| quirks.data_mode_delay = DataModeDelay::HalfSecond);
    rig.ok("AT+QMTCFG=\"echomode\",0,0");
    rig.send("AT+QMTPUB=0,0,0,0,\"t\"\r");
    assert_eq!(rig.wait(499), "");
    assert_eq!(rig.send("early"), "");
    assert_eq!(rig.wait(1), "");
    let sent = rig.send("late\x1a");
    assert!(
        sent.ends_with("+QMTRECV: 0,0,\"t\",\"late\"\r\n"),
        "{sent:?}"
    );
}

#[test]
fn a_line_feed_before_data() {
    for (lf, payload) in [(LfBeforeData::Data, "\nx"), (LfBeforeData::Ignored, "x")] {
        let mut rig = connected(|quirks| quirks.lf_before_data = lf);
        rig.ok("AT+QMTCFG=\"echomode\",0,0");
        let sent = rig.send("AT+QMTPUB=0,0,0,0,\"t\"\r\nx\x1a");
        let end = format!("+QMTRECV: 0,0,\"t\",\"{payload}\"\r\n");
        assert!(sent.ends_with(&end), "{sent:?}");
    }
}

#[test]
fn quotes_around_a_message_on_the_line() {
    for (quotes, taken) in [
        (InlineQuotes::Either, [true, true]),
        (InlineQuotes::Required, [true, false]),
        (InlineQuotes::Bare, [false, true]),
    ] {
        let mut rig = connected(|quirks| quirks.inline_quotes = quotes);
        for (message, taken) in ["\"a\"\"", "ab"].into_iter().zip(taken) {
            let answer = rig.send(&format!("AT+QMTPUB=0,0,0,0,\"x\",2,{message}\r"));
            let wanted = if taken {
                "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n"
            } else {
                "\r\nERROR\r\n"
            };
            assert_eq!(answer, wanted, "{quotes:?} {message}");
        }
        assert_eq!(rig.send("AT\r"), "\r\nOK\r\n");
    }
}

#[test]
fn one_publish_in_the_whole_module() {
    let mut rig = connected(|quirks| quirks.publish_in_flight = PublishInFlight::Module);
    rig.connect(1);
    rig.black_hole = true;
    rig.ok("AT+QMTPUB=0,1,1,0,\"x\",1,\"x\"");
    assert_eq!(
        rig.send("AT+QMTPUB=1,1,1,0,\"x\",1,\"x\"\r"),
        "\r\nERROR\r\n"
    );
    assert_eq!(rig.wait(30_000), "\r\n+QMTPUB: 0,1,2\r\n");
    rig.ok("AT+QMTPUB=1,1,1,0,\"x\",1,\"x\"");
}

#[test]
fn one_topic_in_a_command() {
    let mut rig = connected(|quirks| quirks.topics_per_command = TopicsPerCommand::One);
    let two = rig.send("AT+QMTSUB=0,2,\"a\",1,\"b\",0\rAT+QMTUNS=0,2,\"a\",\"b\"\r");
    assert_eq!(two, "\r\nERROR\r\n\r\nERROR\r\n");
    rig.ok("AT+QMTSUB=0,2,\"a\",1");
}

#[test]
fn a_link_that_ends_with_a_packet() {
    let mut rig = connected(|quirks| quirks.packet_failure = PacketFailure::ResultThenStat);
    rig.black_hole = true;
    rig.ok("AT+QMTSUB=0,7,\"x\",0");
    let failed = "\r\n+QMTSUB: 0,7,2\r\n\r\n+QMTSTAT: 0,6\r\n";
    assert_eq!(rig.wait(30_000), failed);
    assert_eq!(rig.send("AT+QMTCONN?\r"), "\r\nOK\r\n");
}

#[test]
fn notices_in_another_form() {
    let mut rig = connected(|quirks| quirks.notice_form = NoticeForm::Bc660k);
    rig.ok("AT+QMTCFG=\"timeout\",1,10,1,1");
    rig.connect(1);
    rig.black_hole = true;
    for (command, notice) in [
        ("AT+QMTPUB=1,9,2,0,\"x\",1,\"x\"", "+QMTPUB: 1,1,9"),
        ("AT+QMTSUB=1,8,\"x\",0", "+QMTSUB: 1,1,8"),
        ("AT+QMTUNS=1,7,\"x\"", "+QMTUNS: 1,1,7"),
    ] {
        rig.ok(command);
        assert_eq!(rig.wait(10_000), format!("\r\n{notice}\r\n"));
        rig.wait(10_000);
    }
}

#[test]
fn lines_with_empty_lines_around_them() {
    let mut rig = quiet(|quirks| quirks.urc_framing = UrcFraming::Double);
    let opened = "\r\nOK\r\n\r\n\r\n+QMTOPEN: 0,0\r\n\r\n";
    assert_eq!(rig.send("AT+QMTOPEN=0,\"h\",1\r"), opened);
    assert_eq!(rig.send("AT+CEREG?\r"), "\r\n+CEREG: 0,1\r\n\r\nOK\r\n");
}

#[test]
fn a_blank_before_the_topic() {
    let mut rig = connected(|quirks| quirks.recv_blank = true);
    let line = b"\r\n+QMTRECV: 0,0, \"t\",\"m\"\r\n";
    assert_eq!(rig.publish("t", b"m", 0), line);
}

#[test]
fn no_empty_line_before_ok() {
    let mut rig = quiet(|quirks| quirks.blank_before_ok = false);
    for (command, answer) in [
        ("AT+QMTCLOSE=?", "+QMTCLOSE: (0-4)"),
        ("AT+CSQ", "+CSQ: 20,0"),
    ] {
        let found = rig.send(&format!("{command}\r"));
        assert_eq!(found, format!("\r\n{answer}\r\nOK\r\n"));
    }
}

#[test]
fn an_address_without_quotes() {
    let mut rig = quiet(|quirks| quirks.address_quoted = false);
    let answer = "\r\n+CGPADDR: 0,10.90.35.36\r\n\r\nOK\r\n";
    assert_eq!(rig.send("AT+CGPADDR\r"), answer);
}

#[test]
fn options_with_their_names() {
    let mut rig = quiet(|quirks| {
        quirks.config_answer = ConfigAnswer::Named;
        quirks.blank_after_colon = false;
    });
    let mut ask = |option: &str| rig.send(&format!("AT+QMTCFG=\"{option}\",0\r"));
    assert_eq!(
        ask("timeout"),
        "\r\n+QMTCFG:\"timeout\",30,0,0\r\n\r\nOK\r\n"
    );
    assert_eq!(ask("aliauth"), "\r\nOK\r\n");
}

#[test]
fn error_where_there_is_nothing_to_show() {
    let mut rig = quiet(|quirks| quirks.empty_query = EmptyQuery::Error);
    for query in ["QMTOPEN?", "QMTCONN?", "QMTCFG=\"aliauth\",0"] {
        assert_eq!(rig.send(&format!("AT+{query}\r")), "\r\nERROR\r\n");
    }
    rig.connect(0);
    rig.ok("AT+QMTCFG=\"aliauth\",0,\"p\",\"d\",\"s\"");
    for query in ["QMTOPEN?", "QMTCONN?", "QMTCFG=\"aliauth\",0"] {
        let answer = rig.send(&format!("AT+{query}\r"));
        assert!(answer.ends_with("\r\n\r\nOK\r\n"), "{answer}");
    }
}

#[test]
fn a_wrong_parameter_as_a_result() {
    let mut rig = quiet(|quirks| quirks.bad_open = BadOpen::Result);
    let wrong = "\r\nOK\r\n\r\n+QMTOPEN: 2,1\r\n";
    for arguments in ["2,\"h\",0", "2,\"h\",65536", "2,\"\",1", "2"] {
        assert_eq!(rig.send(&format!("AT+QMTOPEN={arguments}\r")), wrong);
    }
    assert_eq!(rig.send("AT+QMTOPEN=5,\"h\",1\r"), "\r\nERROR\r\n");
}

#[test]
fn closing_what_is_not_open() {
    let mut rig = quiet(|quirks| quirks.close_unopened = CloseUnopened::Result);
    let closed = "\r\nOK\r\n\r\n+QMTCLOSE: 3,0\r\n";
    assert_eq!(rig.send("AT+QMTCLOSE=3\r"), closed);
}

#[test]
fn no_code_when_the_server_accepts() {
    let mut rig = quiet(|quirks| quirks.conn_code = ConnCode::Refusals);
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    let connected = "\r\nOK\r\n\r\n+QMTCONN: 0,0\r\n";
    assert_eq!(rig.send("AT+QMTCONN=0,\"c\"\r"), connected);
}

#[test]
fn a_server_that_does_not_answer_connect() {
    let (result, stat) = ("\r\n+QMTCONN: 0,2\r\n", "\r\n+QMTSTAT: 0,4\r\n");
    for (form, lines) in [
        (ConnectTimeout::ResultThenStat, format!("{result}{stat}")),
        (ConnectTimeout::StatThenResult, format!("{stat}{result}")),
        (ConnectTimeout::Result, result.to_owned()),
    ] {
        let mut rig = quiet(|quirks| quirks.connect_timeout = form);
        rig.ok("AT+QMTOPEN=0,\"h\",1");
        rig.black_hole = true;
        rig.ok("AT+QMTCONN=0,\"c\"");
        assert_eq!(rig.wait(30_000), lines);
        assert_eq!(rig.send("AT+QMTOPEN?\r"), "\r\nOK\r\n");
    }
}

#[test]
fn connect_sent_again() {
    let mut rig = quiet(|quirks| quirks.connect_resend = true);
    rig.ok("AT+QMTCFG=\"timeout\",0,5,2,1");
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    rig.black_hole = true;
    rig.ok("AT+QMTCONN=0,\"c\"");
    for wanted in [
        "\r\n+QMTCONN: 0,1\r\n",
        "\r\n+QMTCONN: 0,1\r\n",
        "\r\n+QMTCONN: 0,2\r\n\r\n+QMTSTAT: 0,4\r\n",
    ] {
        assert_eq!(rig.wait(4_999), "");
        assert_eq!(rig.wait(1), wanted);
    }
}

#[test]
fn an_empty_password() {
    let mut rig = quiet(|quirks| quirks.parameter_error = ParameterError::Incorrect);
    rig.ok("AT+CMEE=2");
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    let refused = "\r\n+CME ERROR: Incorrect parameters\r\n";
    assert_eq!(rig.send("AT+QMTCONN=0,\"c\",\"u\",\"\"\r"), refused);
    rig.ok("AT+QMTCONN=0,\"c\",\"u\"");
}

#[test]
fn another_cause_when_the_server_closes() {
    let mut rig = connected(|quirks| quirks.server_close = ServerClose::Seven);
    assert_eq!(rig.drop_socket(0), "\r\n+QMTSTAT: 0,7\r\n");
}

#[test]
fn wrong_arguments_with_a_code() {
    for (form, [mqtt, other]) in [
        (
            ParameterError::Incorrect,
            ["+CME ERROR: 50", "+CME ERROR: 50"],
        ),
        (ParameterError::Mqtt, ["+CME ERROR: 8507", "+CME ERROR: 50"]),
    ] {
        let mut rig = quiet(|quirks| quirks.parameter_error = form);
        rig.ok("AT+CMEE=1");
        for (line, answer) in [
            ("AT+QMTCLOSE=5", mqtt),
            ("AT+QMTPUB=0,1,0,0,\"t\",1,\"x\"", mqtt),
            ("AT+QSCLK=3", other),
            ("AT+NOISE=1", "ERROR"),
        ] {
            assert_eq!(rig.send(&format!("{line}\r")), format!("\r\n{answer}\r\n"));
        }
    }
}

#[test]
fn error_codes_from_the_start() {
    for (cmee, answer) in [
        (Cmee::Plain, "ERROR"),
        (Cmee::Numeric, "+CME ERROR: 3"),
        (Cmee::Verbose, "+CME ERROR: operation not allowed"),
    ] {
        let mut rig = quiet(|quirks| quirks.cmee = cmee);
        assert_eq!(rig.send("AT+QMTCLOSE=0\r"), format!("\r\n{answer}\r\n"));
    }
}

#[test]
fn banners() {
    for (banner, start) in [
        (BootBanner::Full, "\r\nRDY\r\n\r\n+CFUN: 1\r\n"),
        (BootBanner::WithoutRdy, "\r\n+CFUN: 1\r\n"),
        (BootBanner::Silent, ""),
    ] {
        let mut config = ModemConfig::new();
        config.quirks.boot_banner = banner;
        let mut rig = Rig::new(Modem::new(config), qmt_broker::Config::default());
        rig.modem.power_on(rig.now);
        let lines = rig.wait(5_000);
        assert!(lines.starts_with(start), "{lines}");
        assert_eq!(lines.is_empty(), start.is_empty());
        assert_eq!(
            rig.send("AT+CGATT?\r"),
            "AT+CGATT?\r\r\n+CGATT: 1\r\n\r\nOK\r\n"
        );
    }
}

#[test]
fn echo_that_is_saved() {
    let mut rig = quiet(|quirks| quirks.echo_saved = true);
    rig.modem.restart(rig.now);
    rig.wait(5_000);
    assert_eq!(rig.send("AT\r"), "\r\nOK\r\n");
}
