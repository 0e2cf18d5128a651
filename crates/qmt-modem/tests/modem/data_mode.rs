//! Data mode and the inline form, with payloads that look like something else.

use qmt_modem::ModemConfig;

use crate::rig::Rig;

/// Payloads that a careless reader takes for lines, prompts, ends.
fn hostile() -> Vec<Vec<u8>> {
    vec![
        (0..=255).collect(),
        b"\r\nOK\r\n".to_vec(),
        b"\r\nERROR\r\n\r\n> ".to_vec(),
        b"\",3,\"abc\"\r\n\r\n+QMTRECV: 0,0,\"t\",3,\"abc\"\r\n".to_vec(),
        b"AT+QMTCLOSE=0\r".to_vec(),
        b"\x1a\x1b\x1a\r".to_vec(),
        vec![b'"'; 1_460],
    ]
}

/// What link 0 prints for a message of its own.
fn received(payload: &[u8]) -> Vec<u8> {
    let mut line = format!("\r\n+QMTRECV: 0,0,\"t\",{},\"", payload.len()).into_bytes();
    line.extend_from_slice(payload);
    line.extend_from_slice(b"\"\r\n");
    line
}

fn counting() -> Rig {
    let mut rig = Rig::connected(ModemConfig::new());
    rig.ok("AT+QMTCFG=\"showrecvlen\",0,1");
    rig.ok("AT+QMTCFG=\"echomode\",0,0");
    rig
}

#[test]
fn a_counted_payload_is_never_looked_at() {
    for chunk in [1, 7, 2_000] {
        let mut rig = counting();
        rig.chunk = chunk;
        for payload in hostile() {
            let line = format!("AT+QMTPUB=0,0,0,0,\"t\",{}\r", payload.len());
            assert_eq!(rig.send(&line), "\r\n> ");
            let mut wanted = b"\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n".to_vec();
            wanted.extend(received(&payload));
            assert_eq!(rig.send_bytes(&payload), wanted);
        }
    }
}

#[test]
fn an_inline_payload_is_never_looked_at() {
    for chunk in [1, 7, 4_000] {
        let mut rig = counting();
        rig.chunk = chunk;
        for payload in hostile() {
            let mut line = format!("AT+QMTPUB=0,0,0,0,\"t\",{},\"", payload.len()).into_bytes();
            line.extend_from_slice(&payload);
            line.extend_from_slice(b"\"\r");
            let mut wanted = b"\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n".to_vec();
            wanted.extend(received(&payload));
            assert_eq!(rig.send_bytes(&line), wanted);
        }
    }
}

#[test]
fn received_payloads_are_printed_as_they_are() {
    let mut rig = counting();
    for payload in hostile() {
        assert_eq!(rig.publish("t", &payload, 0), received(&payload));
    }
}

/// QMT §3.3.1 `<echo_mode>` 1, note 6.
#[test]
fn every_byte_is_echoed_as_it_is_taken() {
    let mut rig = Rig::connected(ModemConfig::new());
    assert_eq!(rig.send("AT+QMTPUB=0,0,0,0,\"x\",4\r"), "\r\n> ");
    assert_eq!(rig.send("\r\n"), "\r\n");
    assert_eq!(rig.send(">"), ">");
    assert_eq!(rig.send("!"), "!\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n");
}

/// QMT §3.3.8 note 2.
#[test]
fn what_is_over_1460_bytes_is_neither_echoed_nor_sent() {
    let mut rig = counting();
    rig.ok("AT+QMTCFG=\"echomode\",0,1");
    assert_eq!(rig.send("AT+QMTPUB=0,0,0,0,\"t\"\r"), "\r\n> ");
    let kept = [b'k'; 1_460];
    assert_eq!(rig.send_bytes(&kept), kept);
    assert_eq!(rig.send("too much"), "");
    let mut wanted = b"\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n".to_vec();
    wanted.extend(received(&kept));
    assert_eq!(rig.send_bytes(b"\x1a"), wanted);
}

#[test]
fn what_is_over_the_count_is_the_next_command() {
    let mut rig = counting();
    assert_eq!(rig.send("AT+QMTPUB=0,0,0,0,\"x\",3\r"), "\r\n> ");
    let answer = rig.send("abcAT\r");
    assert_eq!(answer, "\r\nOK\r\n\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n");
}

#[test]
fn messages_wait_while_a_payload_is_typed() {
    let mut rig = counting();
    assert_eq!(rig.send("AT+QMTPUB=0,0,0,0,\"x\",2\r"), "\r\n> ");
    assert_eq!(rig.publish("t", b"m", 0), b"");
    assert_eq!(rig.send("a"), "");
    let answer = rig.send("b");
    let wanted = "\r\nOK\r\n\r\n+QMTRECV: 0,0,\"t\",1,\"m\"\r\n\r\n+QMTPUB: 0,0,0\r\n";
    assert_eq!(answer, wanted);
}

#[test]
fn messages_that_wait_are_a_reason_not_to_read_more() {
    let mut rig = counting();
    assert_eq!(rig.send("AT+QMTPUB=0,0,0,0,\"x\"\r"), "\r\n> ");
    let mut messages = 0;
    while !rig.modem.is_congested() {
        assert_eq!(rig.publish("t", &[b'm'; 1_460], 0), b"");
        messages += 1;
    }
    let all = rig.send("\x1a");
    assert_eq!(all.matches("+QMTRECV").count(), messages);
    assert!(!rig.modem.is_congested());
}

#[test]
fn messages_wait_while_a_command_is_echoed() {
    let mut rig = counting();
    rig.ok("ATE1");
    assert_eq!(rig.send("AT+C"), "AT+C");
    assert_eq!(rig.publish("t", b"m", 0), b"");
    let wanted = "SQ\r\r\n+CSQ: 20,0\r\n\r\nOK\r\n\r\n+QMTRECV: 0,0,\"t\",1,\"m\"\r\n";
    assert_eq!(rig.send("SQ\r"), wanted);
    // A line that is never ended keeps nothing back for ever.
    assert_eq!(rig.send("x"), "x");
    assert_eq!(rig.publish("t", b"m", 0), b"");
    assert_eq!(rig.wait(4_999), "");
    assert_eq!(rig.wait(1), "\r\n+QMTRECV: 0,0,\"t\",1,\"m\"\r\n");
}

#[test]
fn a_link_that_is_lost_while_a_payload_is_typed_refuses_it() {
    let mut rig = counting();
    rig.ok("AT+CMEE=1");
    assert_eq!(rig.send("AT+QMTPUB=0,0,0,0,\"x\",2\r"), "\r\n> ");
    assert_eq!(rig.drop_socket(0), "");
    let wanted = "\r\n+CME ERROR: 8503\r\n\r\n+QMTSTAT: 0,1\r\n";
    assert_eq!(rig.send("ab"), wanted);
}

/// QMT §3.3.8 note 1, §4 `<err>` 8508.
#[test]
fn one_publish_at_a_time_for_each_link() {
    let mut rig = counting();
    rig.connect(1);
    rig.ok("AT+CMEE=1");
    rig.black_hole = true;
    let publish = |link, id| format!("AT+QMTPUB={link},{id},1,0,\"t\",1,\"x\"\r");
    assert_eq!(rig.send(&publish(0, 1)), "\r\nOK\r\n");
    assert_eq!(rig.send(&publish(0, 2)), "\r\n+CME ERROR: 8508\r\n");
    assert_eq!(
        rig.send("AT+QMTPUB=0,3,1,0,\"t\"\r"),
        "\r\n+CME ERROR: 8508\r\n"
    );
    assert_eq!(rig.send(&publish(1, 1)), "\r\nOK\r\n");
}
