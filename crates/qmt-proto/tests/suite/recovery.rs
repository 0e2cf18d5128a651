//! A damaged line is never another line.

use crate::wire::events;

/// S15. Changes each byte of the fixed part of a line to every other value: the line may become
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
