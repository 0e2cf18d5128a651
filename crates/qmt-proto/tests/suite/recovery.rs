//! After anything at all, the next clean lines are seen, and nothing is made up.

use proptest::collection::vec;
use proptest::prelude::*;
use qmt_proto::{Violation, limits};

use crate::wire::{Host, broken, events};

/// Bytes that lead the framer into all its states.
fn garbage(pieces: usize) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => prop::sample::select(vec![
            &b"\r\n"[..], b"\r", b"\n", b"OK", b"> ", b"+QMT", b"+QMTRECV: ", b"+QMTRECV: 0,0,\"",
            b"+QMTRECV: 0,0,\"t\",", b"+QMTRECV: 0,0,\"t\",\"", b"+QMTRECV: 0,0,\"t\",1460,\"",
            b"+QMTRECV: 0,0,\"t\",5,\"hello\"\r\n", b"+QMTPUB: 0,1,0\r\n", b"\"", b"\",", b"0,",
            b"1460,", b"\0\xff\x10", b"+CME ERROR: ",
        ]).prop_map(<[u8]>::to_vec),
        2 => vec(any::<u8>(), 0..20),
        1 => vec(any::<u8>(), 0..600),
    ];
    vec(piece, 0..pieces).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn events_do_not_depend_on_how_the_stream_was_cut(stream in garbage(30), size in 2_usize..70) {
        let bytewise = events(&stream, 1);
        prop_assert_eq!(&events(&stream, size), &bytewise);
        prop_assert_eq!(&events(&stream, usize::MAX), &bytewise);
    }

    #[test]
    fn clean_lines_are_seen_again_within_a_frames_length(stream in garbage(40), size in 1_usize..200) {
        let mut host = Host::new();
        host.feed_in(&stream, size);
        let lines = 2048_usize.div_ceil(b"\r\n+CSQ: 20,0\r\n".len());
        host.feed_in(&b"\r\n+CSQ: 20,0\r\n".repeat(lines), size);
        host.feed(b"\r\n+QMTPUB: 4,0,0\r\n");
        let last = host.events.last().map_or("", String::as_str);
        prop_assert!(last.starts_with("Report(Published { link: LinkId(4)"), "{last}");
    }

    #[test]
    fn silence_is_a_line_boundary(stream in garbage(30), size in 1_usize..200) {
        let mut host = Host::new();
        host.feed_in(&stream, size);
        let mid = host.is_mid_frame();
        let before = host.events.len();
        host.silence();
        prop_assert!(!host.is_mid_frame());
        let reported = &host.events[before..];
        prop_assert!(reported.len() <= usize::from(mid), "{reported:?}");
        if !stream.ends_with(b"\r") {
            let truncated = broken(Violation::Truncated);
            prop_assert!(reported.iter().all(|event| *event == truncated), "{reported:?}");
        }
        host.feed(b"\r\nOK\r\n");
        prop_assert_eq!(host.events.last().map(String::as_str), Some("Final(Ok)"));
        prop_assert_eq!(host.events.len(), before + reported_len(before, &host) + 1);
    }

    #[test]
    fn a_line_that_is_too_long_is_reported_once_and_skipped(
        len in limits::TEXT_FRAME..8 * 1024,
        fill in any::<u8>().prop_filter("no line end", |b| !b"\r\n".contains(b)),
        size in 1_usize..3000,
    ) {
        let mut host = Host::new();
        host.feed_in(&vec![fill; len], size);
        prop_assert_eq!(&host.events, &["overflow"]);
        host.feed_in(b"+QMTPUB: 0,1,0\r\n\r\nOK\r\n", size);
        prop_assert_eq!(&host.events, &["overflow", "Final(Ok)"]);
    }

    #[test]
    fn without_a_line_end_nothing_happens(stream in garbage(20), size in 1_usize..40) {
        let stream: Vec<u8> = stream.into_iter().filter(|&b| b != b'\n').collect();
        let found = events(&stream[..stream.len().min(limits::TEXT_FRAME - 1)], size);
        prop_assert!(found.iter().all(|event| event.starts_with("Violation")), "{found:?}");
    }

    #[test]
    fn a_prompt_appears_once_and_only_while_it_is_awaited(stream in garbage(30), size in 1_usize..40) {
        prop_assert!(!events(&stream, size).iter().any(|event| event == "Prompt"));
        let mut host = Host::new();
        host.dialect.prompt_armed = true;
        host.feed_in(&stream, size);
        let prompts = host.events.iter().filter(|event| *event == "Prompt").count();
        prop_assert!(prompts <= 1);
    }
}

/// Events that silence brought: everything between `before` and the final `OK`.
fn reported_len(before: usize, host: &Host) -> usize {
    host.events.len() - before - 1
}

/// Changes each byte of the fixed part of a line to every other value: the line may become
/// unknown, malformed or a violation, but no other report, save for names one letter apart.
#[test]
fn one_wrong_byte_makes_no_other_report() {
    let kind = |event: &str| -> String {
        let word = event.strip_prefix("Report(").unwrap_or(event);
        word.split([' ', '(', '{'])
            .next()
            .unwrap_or_default()
            .into()
    };
    let lines: [(&str, &[&str]); 12] = [
        ("OK", &[]),
        ("ERROR", &[]),
        ("+CME ERROR: 8503", &[]),
        ("+QMTOPEN: 0,-1", &[]),
        ("+QMTCLOSE: 1,0", &[]),
        ("+QMTCONN: 2,0,5", &[]),
        ("+QMTDISC: 3,0", &[]),
        ("+QMTSUB: 4,17,0,128", &["Published"]),
        ("+QMTUNS: 0,17,0", &[]),
        ("+QMTPUB: 0,17,0", &["Subscribed"]),
        ("+QMTSTAT: 0,1", &[]),
        ("+QMTRECV: 0,17,\"a/b\",2,\"hi\"", &[]),
    ];
    for (line, similar) in lines {
        let clean = format!("\r\n{line}\r\n").into_bytes();
        let own = kind(&events(&clean, usize::MAX)[0]);
        let harmless = ["unknown", "malformed", "Violation", "message", &own];
        for at in 2..clean.len() - 2 {
            for byte in 0..=255 {
                let mut damaged = clean.clone();
                damaged[at] = byte;
                for event in events(&damaged, usize::MAX) {
                    let found = kind(&event);
                    let expected = match &*found {
                        "message" => own == "message",
                        other => harmless.contains(&other) || similar.contains(&other),
                    };
                    assert!(expected, "{line}: byte {at} = {byte}: {event}");
                }
            }
        }
    }
}
