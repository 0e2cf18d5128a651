//! Five links: their results, the ends they come to, their beginning again.

use qmt_broker::Config;
use qmt_modem::{ConnectFailure, Modem, ModemConfig, Quirks};

use crate::rig::{Network, Rig};

/// QMT §3.3.1 `<TCP_connectID>`.
#[test]
fn five_links_do_not_know_of_each_other() {
    let mut rig = Rig::quiet(ModemConfig::new());
    for link in 0..5 {
        rig.connect(link);
        rig.ok(&format!("AT+QMTSUB={link},1,\"to/{link}\",1"));
    }
    for link in 0..5 {
        let message = rig.publish(&format!("to/{link}"), b"hi", 0);
        let wanted = format!("\r\n+QMTRECV: {link},0,\"to/{link}\",\"hi\"\r\n");
        assert_eq!(message, wanted.as_bytes());
    }
    assert_eq!(rig.drop_socket(2), "\r\n+QMTSTAT: 2,1\r\n");
    let states = rig.send("AT+QMTCONN?\r");
    let wanted =
        "\r\n+QMTCONN: 0,3\r\n+QMTCONN: 1,3\r\n+QMTCONN: 3,3\r\n+QMTCONN: 4,3\r\n\r\nOK\r\n";
    assert_eq!(states, wanted);
    rig.connect(2);
    let publish = rig.send("AT+QMTPUB=2,0,0,0,\"to/4\",2,\"ho\"\r");
    let wanted = "\r\nOK\r\n\r\n+QMTPUB: 2,0,0\r\n\r\n+QMTRECV: 4,0,\"to/4\",\"ho\"\r\n";
    assert_eq!(publish, wanted);
}

/// QMT §3.3.2 `<result>` 4..=5.
#[test]
fn an_open_that_fails_tells_why_and_frees_the_link() {
    let mut rig = Rig::quiet(ModemConfig::new());
    for (cause, result) in [
        (ConnectFailure::Dns, "4"),
        (ConnectFailure::Refused, "-1"),
        (ConnectFailure::Unreachable, "5"),
        (ConnectFailure::TimedOut, "-1"),
    ] {
        rig.network = Network::Failing(cause);
        let answer = rig.send("AT+QMTOPEN=4,\"h\",1\r");
        assert_eq!(answer, format!("\r\nOK\r\n\r\n+QMTOPEN: 4,{result}\r\n"));
    }
    rig.network = Network::Good;
    rig.connect(4);
}

#[test]
fn an_open_can_be_given_up() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.network = Network::Hanging;
    assert_eq!(rig.send("AT+QMTOPEN=0,\"h\",1\r"), "\r\nOK\r\n");
    assert_eq!(rig.send("AT+QMTOPEN=0,\"h\",1\r"), "\r\nERROR\r\n");
    assert_eq!(rig.send("AT+QMTOPEN?\r"), "\r\nOK\r\n");
    assert_eq!(rig.send("AT+QMTCONN=0,\"c\"\r"), "\r\nERROR\r\n");
    let closed = "\r\nOK\r\n\r\n+QMTCLOSE: 0,0\r\n";
    assert_eq!(rig.send("AT+QMTCLOSE=0\r"), closed);
    rig.network = Network::Good;
    rig.connect(0);
}

/// QMT §5.1 `<err_code>` 1.
#[test]
fn a_server_that_closes_before_connect_is_told() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    assert_eq!(rig.drop_socket(0), "\r\n+QMTSTAT: 0,1\r\n");
    assert_eq!(rig.send("AT+QMTCONN=0,\"c\"\r"), "\r\nERROR\r\n");
}

/// QMT §3.3.4 `<retcode>` 1..=5, §5.1 `<err_code>` 4.
#[test]
fn a_refused_connect_gives_the_code_then_stat_4() {
    let mut config = Config::default();
    config.anonymous = false;
    config.logins.insert("user".into(), "right".into());
    let mut rig = Rig::new(Modem::booted(ModemConfig::new()), config);
    rig.send("ATE0\r");
    for (line, code) in [
        ("AT+QMTCONN=0,\"c\"\r", 5),
        ("AT+QMTCONN=0,\"c\",\"user\",\"wrong\"\r", 4),
    ] {
        rig.ok("AT+QMTOPEN=0,\"h\",1");
        let wanted = format!("\r\nOK\r\n\r\n+QMTCONN: 0,0,{code}\r\n\r\n+QMTSTAT: 0,4\r\n");
        assert_eq!(rig.send(line), wanted);
    }
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    let accepted = rig.send("AT+QMTCONN=0,\"c\",\"user\",\"right\"\r");
    assert_eq!(accepted, "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n");
}

/// QMT §3.3.6 `<value>` 128.
#[test]
fn a_refused_subscription_is_128() {
    let mut config = Config::default();
    config.denied_filters.push("secret/#".into());
    let mut rig = Rig::new(Modem::booted(ModemConfig::new()), config);
    rig.send("ATE0\r");
    rig.connect(0);
    let answer = rig.send("AT+QMTSUB=0,7,\"open\",1,\"secret/#\",2\r");
    assert_eq!(answer, "\r\nOK\r\n\r\n+QMTSUB: 0,7,0,1,128\r\n");
}

/// QMT §3.3.4 note 1.
#[test]
fn a_takeover_ends_the_first_client() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.connect(0);
    rig.ok("AT+QMTOPEN=1,\"h\",1");
    let answer = rig.send("AT+QMTCONN=1,\"client0\"\r");
    assert!(answer.contains("\r\n+QMTCONN: 1,0,0\r\n"), "{answer}");
    assert!(answer.contains("\r\n+QMTSTAT: 0,1\r\n"), "{answer}");
}

/// QMT §3.3.1 `<will_fg>` 1.
#[test]
fn closing_needs_no_disconnect_and_then_the_will_is_published() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.ok("AT+QMTCFG=\"will\",1,1,0,0,\"will\",\"gone\"");
    rig.connect(0);
    rig.ok("AT+QMTSUB=0,1,\"will\",0");
    rig.connect(1);
    let answer = rig.send("AT+QMTCLOSE=1\r");
    let wanted = "\r\nOK\r\n\r\n+QMTCLOSE: 1,0\r\n\r\n+QMTRECV: 0,0,\"will\",\"gone\"\r\n";
    assert_eq!(answer, wanted);
    rig.connect(1);
    let answer = rig.send("AT+QMTDISC=1\r");
    assert_eq!(answer, "\r\nOK\r\n\r\n+QMTDISC: 1,0\r\n");
}

/// QMT §2 close after disconnect.
#[test]
fn a_disconnected_link_opens_again_with_or_without_close() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.connect(0);
    rig.ok("AT+QMTDISC=0");
    rig.connect(0);
    rig.ok("AT+QMTDISC=0");
    rig.ok("AT+QMTCLOSE=0");
    rig.connect(0);
}

/// QMT §3.3.1 `<clean_session>` 0, note 2.
#[test]
fn a_kept_session_brings_what_came_meanwhile() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.ok("AT+QMTCFG=\"session\",0,0");
    rig.connect(0);
    rig.ok("AT+QMTSUB=0,1,\"t\",1");
    rig.ok("AT+QMTDISC=0");
    assert_eq!(rig.publish("t", b"kept", 1), b"");
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    let answer = rig.send("AT+QMTCONN=0,\"client0\"\r");
    let wanted = "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n\r\n+QMTRECV: 0,1,\"t\",\"kept\"\r\n";
    assert_eq!(answer, wanted);
}

/// Link 0 with a kept session, subscribed to `t`, and nothing of what it sends arrives any more.
fn cut_off(change: impl FnOnce(&mut Quirks)) -> Rig {
    let mut config = ModemConfig::new();
    change(&mut config.quirks);
    let mut rig = Rig::quiet(config);
    rig.ok("AT+QMTCFG=\"session\",0,0");
    rig.connect(0);
    rig.ok("AT+QMTSUB=0,1,\"t\",2");
    rig.black_hole = true;
    rig
}

/// MQTT 3.1.1 §4.3.3: what was delivered is known by its identifier, over connections too.
#[test]
fn a_message_of_a_kept_session_is_reported_once_at_qos_2() {
    let mut rig = cut_off(|_| {});
    let message = b"\r\n+QMTRECV: 0,1,\"t\",\"once\"\r\n";
    assert_eq!(rig.publish("t", b"once", 2), message);
    rig.drop_socket(0);
    rig.black_hole = false;
    rig.connect(0);
    // A session that is clean has forgotten it, and the server has too.
    rig.ok("AT+QMTDISC=0");
    rig.ok("AT+QMTCFG=\"session\",0,1");
    rig.connect(0);
    rig.ok("AT+QMTSUB=0,1,\"t\",2");
    assert_eq!(rig.publish("t", b"once", 2), message);
}

/// MQTT 3.1.1 §4.4.
#[test]
fn publishes_of_a_kept_session_go_out_again_or_not() {
    for qos in [1, 2] {
        for resend in [false, true] {
            let mut rig = cut_off(|quirks| quirks.session_resend = resend);
            rig.ok(&format!("AT+QMTPUB=0,7,{qos},0,\"t\",4,\"kept\""));
            assert_eq!(rig.drop_socket(0), "\r\n+QMTSTAT: 0,1\r\n");
            rig.black_hole = false;
            rig.ok("AT+QMTOPEN=0,\"h\",1");
            let mut answer = rig.send("AT+QMTCONN=0,\"client0\"\r");
            answer.push_str(&rig.wait(1_000));
            let came = answer.contains("\r\n+QMTPUB: 0,7,0\r\n") && answer.contains("\"kept\"");
            assert_eq!(came, resend, "{answer}");
        }
    }
}

/// A server may take the third identical PUBLISH at QoS 2 for an attack and close, as mosquitto
/// 2.0.11 does: a module that repeats itself has to live with it.
#[test]
fn a_server_that_counts_copies_closes_on_a_module_that_repeats_itself() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.ok("AT+QMTCFG=\"timeout\",0,5,3,1");
    rig.connect(0);
    rig.broker.add_fault("lose@PUBREC".parse().unwrap());
    rig.ok("AT+QMTPUB=0,7,2,0,\"t\",1,\"x\"");
    assert_eq!(rig.wait(5_000), "\r\n+QMTPUB: 0,7,1,1\r\n");
    let end = rig.wait(5_000);
    assert_eq!(end, "\r\n+QMTPUB: 0,7,1,2\r\n\r\n+QMTSTAT: 0,1\r\n");
    // No result follows (FACTS §7.4).
    assert_eq!(rig.wait(60_000), "");
}

/// QMT §3.3.1 note 5.
#[test]
fn aliauth_gives_user_name_and_password() {
    let mut config = Config::default();
    config.anonymous = false;
    // HMAC-SHA256 with the key `secret` over `clientIdcdeviceNamenameproductKeykey`.
    let password = concat!(
        "1E9E27F112E677CA380BA37288A16F99",
        "A4FAEAAC39E3988DABB62BB1318568D3"
    );
    config.logins.insert("name&key".into(), password.into());
    let mut rig = Rig::new(Modem::booted(ModemConfig::new()), config);
    rig.send("ATE0\r");
    rig.ok("AT+QMTCFG=\"aliauth\",0,\"key\",\"name\",\"secret\"");
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    let answer = rig.send("AT+QMTCONN=0,\"c\"\r");
    assert_eq!(answer, "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n");
}

/// QMT §3.3.4 `<retcode>` 1..=5; a code that nobody has defined breaks MQTT (MQTT 3.1.1 §3.2.2.3).
#[test]
fn every_code_of_a_refusal_is_passed_on() {
    for code in 1..=7 {
        let mut rig = Rig::quiet(ModemConfig::new());
        rig.broker
            .add_fault(format!("connack:{code}").parse().unwrap());
        rig.ok("AT+QMTOPEN=0,\"h\",1");
        let answer = rig.send("AT+QMTCONN=0,\"c\"\r");
        let wanted = match code {
            1..=5 => format!("\r\nOK\r\n\r\n+QMTCONN: 0,0,{code}\r\n\r\n+QMTSTAT: 0,4\r\n"),
            _ => "\r\nOK\r\n\r\n+QMTSTAT: 0,4\r\n".to_owned(),
        };
        assert_eq!(answer, wanted);
        assert_eq!(rig.send("AT+QMTOPEN?\r"), "\r\nOK\r\n");
    }
}

/// QMT §5.1 `<err_code>` 1..=7, each from its own cause.
#[test]
fn every_stat_comes_from_its_cause() {
    let stat = |code: u8| format!("\r\n+QMTSTAT: 0,{code}\r\n");
    let mut config = ModemConfig::new();
    config.quirks.stat5_after_disc = true;
    let connected = || Rig::connected(config.clone());

    assert_eq!(connected().drop_socket(0), stat(1));

    let mut rig = connected();
    rig.black_hole = true;
    assert_eq!(rig.wait(150_000), stat(2));

    let mut rig = Rig::quiet(config.clone());
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    rig.stalled = true;
    rig.ok("AT+QMTCONN=0,\"c\"");
    assert_eq!(
        rig.wait(30_000),
        format!("\r\n+QMTCONN: 0,2\r\n{}", stat(3))
    );

    let mut rig = Rig::quiet(config.clone());
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    rig.broker.add_fault("close".parse().unwrap());
    assert_eq!(
        rig.send("AT+QMTCONN=0,\"c\"\r"),
        format!("\r\nOK\r\n{}", stat(4))
    );

    let answer = connected().send("AT+QMTDISC=0\r");
    assert_eq!(
        answer,
        format!("\r\nOK\r\n\r\n+QMTDISC: 0,0\r\n{}", stat(5))
    );

    let mut rig = connected();
    rig.stalled = true;
    rig.ok("AT+QMTPUB=0,1,1,0,\"t\",1,\"x\"");
    let told = rig.wait(30_000);
    assert_eq!(told, format!("\r\n+QMTPUB: 0,1,2\r\n{}", stat(6)));

    let mut rig = connected();
    rig.broker.add_fault("replace:f000@SUBACK".parse().unwrap());
    assert_eq!(
        rig.send("AT+QMTSUB=0,2,\"u\",1\r"),
        format!("\r\nOK\r\n{}", stat(7))
    );
}
