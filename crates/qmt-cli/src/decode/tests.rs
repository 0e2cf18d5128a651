//! The decoder, fed in pieces: what it prints does not depend on them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::*;

/// What is printed of `input`, fed in pieces of `size` bytes.
fn decoded(format: InputFormat, input: &[u8], size: usize) -> String {
    let mut decoder = Decoder {
        input: Input::new(format),
        tape: Tape::default(),
        cutter: Cutter::default(),
        explainer: Explainer::new(Context::default(), Secrets::new(false)),
        printer: Printer {
            out: Vec::new(),
            json: true,
            full: true,
            coloured: false,
        },
    };
    for piece in input.chunks(size) {
        decoder.push(piece).unwrap();
    }
    decoder.push(&[]).unwrap();
    String::from_utf8(decoder.printer.out).unwrap()
}

/// Checks what must hold for any input.
fn check(input: &[u8], sizes: &[usize]) {
    for format in [
        InputFormat::Auto,
        InputFormat::Raw,
        InputFormat::Hex,
        InputFormat::Text,
    ] {
        let whole = decoded(format, input, usize::MAX);
        for &size in sizes {
            let pieces = decoded(format, input, size);
            assert_eq!(pieces, whole, "{format:?} in pieces of {size}");
        }
        let mut before = None;
        for line in whole.lines() {
            let object: Value = serde_json::from_str(line).unwrap();
            let offset = object["offset"].as_u64().unwrap();
            assert!(offset < input.len() as u64, "{object}");
            assert!(before.is_none_or(|before| before < offset), "{object}");
            before = Some(offset);
        }
    }
}

const TOKENS: [&[u8]; 42] = [
    b"\r\n",
    b"\r",
    b"\n",
    b"OK",
    b"ERROR",
    b"\r\nOK\r\n",
    b"AT",
    b"at+csq\r",
    b"AT+QMTPUB=0,0,0,0,\"t\"\r",
    b"AT+QMTPUB=0,1,1,0,\"t\",4\r",
    b"AT+QMTPUB=0,0,0,0,\"t\",6,\"a\r\nb\r\n\"\r",
    b"AT+QMTCFG=\"dataformat\",0,1,1\r",
    b"AT+QMTCONN=0,\"c\",\"u\",\"password\"\r",
    b"> ",
    b">",
    b"\x1a",
    b"\x1b",
    b"data",
    b"+QMTRECV: 0,0,\"t\",",
    b"+QMTRECV: 0,0,\"t\",4,\"",
    b"+QMTRECV: 0,0,\"t\",9999,\"",
    b"4,",
    b"\"",
    b"\"\r\n",
    b"abcd",
    b"30313233",
    b"\x00",
    b"\xff",
    b" ",
    b"+",
    b"+CME ERROR: 8503",
    b"+QMTSTAT: 0,1\r\n",
    b"+QMTOPEN: 0,",
    b"[12:00:00.000] ",
    b"12:00:00.000 -> ",
    b"TX: ",
    b"<- ",
    b"-> ",
    b"\\r\\n\n",
    b"^Z\n",
    b"00000000: ",
    b"*\n",
];

proptest! {
    #[test]
    fn any_tokens_in_any_pieces_give_the_same_objects(
        tokens in vec(select(&TOKENS[..]), 0..24)
    ) {
        check(&tokens.concat(), &[1, 2, 3, 7, 64]);
    }

    #[test]
    fn any_bytes_in_any_pieces_give_the_same_objects(input in vec(any::<u8>(), 0..300)) {
        check(&input, &[1, 3, 64]);
    }

    #[test]
    fn any_text_in_any_pieces_gives_the_same_objects(input in "[A-Z0-9+:,\"> \\\\rnx\r\n]{0,200}") {
        check(input.as_bytes(), &[1, 3, 64]);
    }
}

#[test]
fn long_lines_come_in_parts_and_secrets_stay_hidden_in_them() {
    let mut input = b"AT+QMTCONN=0,\"c\",\"u\",\"".to_vec();
    input.extend([b'x'; 70_000]);
    input.extend(b"\"\r\r\nOK\r\n+QMTRECV: 0,0,\"t\",\"");
    input.extend(b"never closed\r\nOK\r\n".repeat(500));
    check(&input, &[999, 4096]);
    let shown = decoded(InputFormat::Raw, &input, 1000);
    assert!(!shown.contains("xxxx"));
    // The next long line holds no secret.
    input.extend([b'y'; 40_000]);
    assert!(decoded(InputFormat::Raw, &input, 1000).contains("yyyy"));
    assert!(shown.lines().count() > 1000);
}
