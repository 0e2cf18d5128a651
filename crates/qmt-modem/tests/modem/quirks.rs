//! Every quirk in its other values.

use qmt_modem::{
    CloseAfterDisc, DataTimeoutResult, EscResult, HexLen, ModemConfig, Occupied, Oversize, Prompt,
    Quirks, ResultOrder, SubValues, UrcInData,
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
    let mut rig = Rig::new(qmt_modem::Modem::booted(modem), config);
    rig.send("ATE0\r");
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    let answer = rig.send("AT+QMTCONN=0,\"c\"\r");
    assert_eq!(answer, "\r\nOK\r\n\r\n+QMTCONN: 0,0,5\r\n");
}
