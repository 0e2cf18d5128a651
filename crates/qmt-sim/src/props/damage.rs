//! S15: a damaged line is never another line.

use qmt_proto::{Expect, ResponseDialect};

use super::ear::understood;

/// Lines, and the kinds of others that are one letter apart from them.
pub const LINES: [(&str, &[&str]); 12] = [
    ("OK", &[]),
    ("ERROR", &[]),
    ("+CME ERROR: 8503", &["cme text"]),
    ("+QMTOPEN: 0,-1", &[]),
    ("+QMTCLOSE: 1,0", &[]),
    ("+QMTCONN: 2,0,5", &[]),
    ("+QMTDISC: 3,0", &[]),
    ("+QMTSUB: 4,17,0,128", &["published"]),
    ("+QMTUNS: 0,17,0", &[]),
    ("+QMTPUB: 0,17,0", &["subscribed"]),
    ("+QMTSTAT: 0,1", &[]),
    ("+QMTRECV: 0,17,\"a/b\",2,\"hi\"", &[]),
];

/// S15: with the byte at `at` of a line changed to `byte`, the line may become unknown, malformed, a
/// violation or one of its own kind, but no other, save for names one letter apart.
///
/// # Panics
/// When it becomes another, or there is no such line in [`LINES`].
pub fn a_wrong_byte_makes_no_other_report(line: usize, at: usize, byte: u8) {
    let (line, similar) = LINES[line];
    let clean = format!("\r\n{line}\r\n").into_bytes();
    let kinds = |stream: &[u8]| -> Vec<&'static str> {
        let heard = understood(stream, ResponseDialect::default(), 0, Expect::Nothing);
        heard.iter().map(|meaning| meaning.kind()).collect()
    };
    let own = kinds(&clean)[0];
    let mut damaged = clean.clone();
    damaged[2 + at % line.len()] = byte;
    for kind in kinds(&damaged) {
        let harmless = ["unknown", "malformed", "violation", own].contains(&kind);
        assert!(
            harmless || similar.contains(&kind),
            "{kind}: {}",
            damaged.escape_ascii()
        );
    }
}
