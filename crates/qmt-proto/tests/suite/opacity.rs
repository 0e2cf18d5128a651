//! No payload can be taken for anything but a payload, and none changes its neighbours.

use qmt_proto::{
    Body, Command, DataFormat, Delivery, Inline, LinkId, Payload, Publish, Received, Report,
    RequestDialect, Topic, hex::Hex, limits,
};

use crate::wire::{Host, events, obeyed, printed, received, sent};

/// Payloads that look like something else.
const HOSTILE: [&[u8]; 22] = [
    b"",
    b"\r\n",
    b"\r",
    b"\n",
    b"\"",
    b"\"\r\n",
    b"\"\r\n\r\nOK\r\n",
    b"\r\nOK\r\n",
    b"\r\nERROR\r\n",
    b"\r\n+CME ERROR: 8503\r\n",
    b">",
    b"\r\n> ",
    b"\r\n+QMTPUB: 0,1,0\r\n",
    b"\r\n+QMTSTAT: 0,1\r\n",
    b"\r\n+QMTCONN: 0,0,0\r\n",
    b"\"\r\n\r\n+QMTRECV: 0,0,\"forged\",6,\"forged\"\r\n",
    b"\r\n+QMTRECV: 0,0,\"t\",1460,\"",
    b"\",1460,\"",
    b"\",0,\"\"",
    b"\r\nRDY\r\n",
    b"\x1a\x1b\x00\x7f\xff\xc0",
    b"AT+QRST=1\r",
];

fn message(payload: Payload<'_>) -> Vec<u8> {
    printed(&Report::Received(Received {
        link: LinkId::ALL[1],
        msg_id: 9,
        topic: b"a/b",
        counted: true,
        payload,
    }))
}

fn text(payload: &[u8]) -> String {
    received((1, 9), b"a/b", true, "text", payload)
}

/// The message is one event between the lines before and after it.
#[track_caller]
fn stands_alone(payload: &[u8], size: usize) {
    let mut stream = b"\r\nOK\r\n".to_vec();
    stream.extend(message(Payload::Text(payload)));
    stream.extend(b"\r\n+QMTPUB: 2,0,0\r\n");
    let found = events(&stream, size);
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found[0], "Final(Ok)");
    assert_eq!(found[1], text(payload));
    assert!(found[2].contains("LinkId(2)"), "{found:?}");
}

/// S5, S6.
#[test]
fn payloads_of_every_length_pass_unseen() {
    let noise: Vec<u8> = HOSTILE.concat();
    for len in 0..=limits::PAYLOAD {
        let payload: Vec<u8> = noise.iter().cycle().skip(len).take(len).copied().collect();
        stands_alone(&payload, usize::MAX);
        if len % 61 == 0 || len > limits::PAYLOAD - 3 {
            stands_alone(&payload, 1);
        }
    }
}

/// S16.
#[test]
fn every_byte_value_passes_unseen() {
    for byte in 0..=255_u8 {
        for len in [1, 2, 3, 64] {
            stands_alone(&vec![byte; len], 1);
        }
        stands_alone(&[b'"', b'\r', b'\n', byte], 2);
    }
}

#[test]
fn hostile_payloads_pass_unseen_in_any_pieces() {
    for payload in HOSTILE {
        for size in [1, 2, 3, 7, 64] {
            stands_alone(payload, size);
        }
    }
}

#[test]
fn hex_payloads_of_every_length_pass_in_both_units() {
    let bytes: Vec<u8> = (0..=255).cycle().take(limits::PAYLOAD).collect();
    for len in (0..=limits::PAYLOAD).step_by(73).chain([1, 2, 255, 256]) {
        let payload = &bytes[..len];
        let in_bytes = message(Payload::Hex(Hex::of_bytes(payload)));
        let digits = String::from_utf8(in_bytes.clone())
            .unwrap()
            .replace(&format!("\",{len},\""), &format!("\",{},\"", 2 * len));
        for (line, counts_digits) in [(in_bytes, false), (digits.into_bytes(), true)] {
            // A hex frame is longer than the text buffer of `Host`.
            let mut dialect = qmt_proto::ResponseDialect {
                counts_digits,
                ..Default::default()
            };
            dialect.recv_format[1] = DataFormat::Hex;
            let found = crate::wire::understood(&line, Default::default(), &dialect);
            let expected = received((1, 9), b"a/b", true, "hex", payload);
            assert_eq!(crate::wire::show(&found), expected);
            assert!(line.len() <= limits::HEX_FRAME);
        }
    }
}

#[test]
fn a_module_takes_inline_payloads_by_count_too() {
    for payload in HOSTILE {
        let publish = |body| {
            Command::Publish(Publish {
                link: LinkId::ALL[1],
                delivery: Delivery::AtMostOnce,
                retain: false,
                topic: Topic::new("a/b").unwrap(),
                body,
            })
        };
        let command = publish(Body::Inline(Inline::text(payload).unwrap()));
        let line = sent(&command);
        assert_eq!(obeyed(&line, &RequestDialect::default()), Ok(command));
        let command = publish(Body::Inline(
            Inline::new(Payload::Hex(Hex::of_bytes(payload))).unwrap(),
        ));
        let line = sent(&command);
        let mut dialect = RequestDialect::default();
        dialect.send_format[1] = DataFormat::Hex;
        assert_eq!(obeyed(&line, &dialect), Ok(command));
    }
}

#[test]
fn a_message_that_is_too_long_is_refused_before_its_payload() {
    let mut host = Host::new();
    host.feed(b"\r\n+QMTRECV: 0,0,\"t\",1461,");
    assert_eq!(
        host.events,
        [crate::wire::broken(qmt_proto::Violation::Count)]
    );
    host.feed(b"\"..\"\r\n\r\nOK\r\n");
    assert_eq!(host.events.last().map(String::as_str), Some("Final(Ok)"));
}
