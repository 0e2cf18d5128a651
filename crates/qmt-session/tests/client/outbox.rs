//! Messages of the outbox that cannot be sent as they are, or whose results come late.

use qmt_session::proto::DataFormat;
use qmt_session::{IfUnknown, PublishForm};

use super::{Bench, LINK, Made};

#[test]
fn a_message_that_cannot_be_sent_leaves_and_does_not_stop_the_next_one() {
    let mut made = Made::new();
    made.tx = 48;
    let mut bench = made.bench();
    bench.connect(LINK, |config| config.publish_form = PublishForm::Terminated);
    bench.enqueue(&"long/".repeat(10), b"x", IfUnknown::Republish);
    bench.enqueue("t", b"a\x1ab", IfUnknown::Republish);
    bench.wait("Ready");
    assert!(bench.wait("Left").contains("NotSent(TooLong)"));
    assert!(bench.wait("Left").contains("NotSent(PayloadByte)"));
    assert_eq!(bench.client.outbox_len(), 0);
    assert_eq!(bench.heard("AT+QMTPUB="), 0);
}

/// What stays in the outbox needs no room elsewhere: a command line does.
#[test]
fn a_payload_that_is_short_enough_for_the_module_but_not_for_the_buffer_is_counted() {
    let counted = "AT+QMTPUB=0,1,1,0,\"t\",40";
    let inline = format!("{counted},\"{}\"", "x".repeat(40));
    for (tx, form) in [
        (48, counted),
        (inline.len(), counted),
        (inline.len() + 1, &*inline),
    ] {
        let mut made = Made::new();
        made.tx = tx;
        made.config.session.capabilities.inline_up_to = 100;
        let mut bench = made.bench();
        bench.module.says(&["OK", "+QMTPUB: 0,1,0"], &inline, 1);
        bench.connect(LINK, |_| {});
        bench.enqueue("t", &[b'x'; 40], IfUnknown::Drop);
        let left = bench.wait("Left");
        assert!(left.contains("Acked"), "{left}");
        assert_eq!(bench.module.heard.last().unwrap(), form);
    }
}

#[test]
fn in_hex_the_message_is_written_into_the_buffer() {
    let mut bench = Bench::new();
    bench.connect(LINK, |config| config.send_format = DataFormat::Hex);
    bench.enqueue("t", b"\x00\xFF", IfUnknown::Drop);
    bench.run_to_line("00FF");
    assert!(bench.wait("Left").contains("Acked"));
}

/// QMT §3.3.8 note 3: the module has given the payload up; it goes out again anyway.
#[test]
fn a_late_refusal_of_a_message_in_doubt_is_not_its_end() {
    let mut bench = Bench::new();
    bench.connect(LINK, |_| {});
    bench.wait("Ready");
    bench.module.silent_payloads = 1;
    bench.enqueue("t", b"x", IfUnknown::Republish);
    assert!(bench.wait("Republishing").contains("TimedOut"));
    bench.hear(&["ERROR"]);
    assert!(!bench.told.iter().any(|told| told.starts_with("Left")));
    assert!(bench.wait("Left").contains("Acked"));
    assert_eq!(bench.heard("AT+QMTPUB="), 2);
}

/// QMT §3.3.8 `<result>` 1: of a message of the outbox it is no news for its owner, who has no ticket.
#[test]
fn a_retransmission_is_told_for_a_publish_and_not_for_a_message() {
    let progress = ["OK", "+QMTPUB: 0,1,1,1"];
    for outbox in [true, false] {
        let mut bench = Bench::ready();
        bench.module.silent_payloads = 1;
        match outbox {
            true => bench.enqueue("t", b"x", IfUnknown::Republish),
            false => bench.publish(b"x"),
        }
        while bench.module.silent_payloads > 0 {
            if !bench.step() {
                bench.pass();
            }
        }
        bench.hear(&progress);
        let told = bench
            .told
            .iter()
            .any(|told| told.starts_with("Retransmitting"));
        assert_eq!(told, !outbox, "{:?}", bench.told);
        bench.hear(&["+QMTPUB: 0,1,0"]);
        let end = bench.wait(if outbox { "Left" } else { "Published" });
        assert!(end.contains("Acked"), "{end}");
    }
}
