//! Every row of the application note with every echo and every form of errors.
//!
//! The transcripts of the note were recorded with ATE0 and AT+CMEE=1. With other settings they
//! differ by the echo of command lines and by the final result code of failures, byte for byte by
//! nothing else.

use crate::transcript::{happen, path, rig, unescape};

/// One line of a host or one event, and what the module prints then.
#[derive(Debug)]
struct Step {
    line: String,
    output: Vec<u8>,
}

/// The words of AT+CMEE=2 (QMT §4 table 2, TS 27.007 §9.2).
const WORDS: [(&str, &str); 5] = [
    ("3", "operation not allowed"),
    ("8503", "MQTT link error"),
    ("8504", "MQTT illegal packet"),
    ("8507", "MQTT invalid parameter"),
    (
        "8508",
        "The length of transmitted data exceeds that of remaining transmitted buffer",
    ),
];

/// QMT §3.1.2, §3.3 errors, §4 CMEE 0, CMEE 1.
#[test]
fn echo_and_error_format_change_nothing_else() {
    for file in ["forms.txt", "publish.txt", "failures.txt"] {
        let steps = steps(&std::fs::read_to_string(path(file)).unwrap());
        for echo in [false, true] {
            for format in 0..=2 {
                check(file, &steps, echo, format);
            }
        }
    }
}

fn check(file: &str, steps: &[Step], echo: bool, format: u8) {
    let mut rig = rig();
    let mut is_data = false;
    for step in steps {
        let line = match &*step.line {
            "> ATE0\\r" => format!("> ATE{}\\r", u8::from(echo)),
            "> AT+CMEE=1\\r" => format!("> AT+CMEE={format}\\r"),
            other => other.to_owned(),
        };
        let (found, mut wanted) = match line.split_at_checked(2) {
            Some(("> ", text)) => {
                let sent = unescape(text);
                // A payload is echoed as "echomode" says, whatever ATE does.
                let echoed = echo && !is_data && !line.starts_with("> ATE");
                let wanted = if echoed { sent.clone() } else { Vec::new() };
                (rig.send_bytes(&sent), wanted)
            }
            Some(("! ", event)) => (happen(&mut rig, event), Vec::new()),
            _ => panic!("{line}"),
        };
        wanted.extend(in_format(&step.output, format));
        if line.starts_with("> ATE1") {
            wanted = b"ATE1\r\r\nOK\r\n".to_vec();
        }
        assert_eq!(
            found.escape_ascii().to_string(),
            wanted.escape_ascii().to_string(),
            "{file}: {line}, echo {echo}, CMEE {format}"
        );
        is_data = step.output.ends_with(b"\r\n> ");
    }
}

fn fails(output: &[u8]) -> bool {
    output.starts_with(b"\r\n+CME ERROR: ")
}

/// A failure that was told as a number, told otherwise.
fn in_format(output: &[u8], format: u8) -> Vec<u8> {
    if !fails(output) || format == 1 {
        return output.to_vec();
    }
    let text = String::from_utf8(output.to_vec()).unwrap();
    let code = text.trim().trim_start_matches("+CME ERROR: ");
    let (_, words) = WORDS
        .iter()
        .find(|(known, _)| *known == code)
        .unwrap_or_else(|| panic!("{text:?}"));
    match format {
        0 => b"\r\nERROR\r\n".to_vec(),
        _ => format!("\r\n+CME ERROR: {words}\r\n").into_bytes(),
    }
}

fn steps(transcript: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in transcript.lines() {
        match line.split_at_checked(2) {
            Some(("< ", text)) => steps.last_mut().unwrap().output.extend(unescape(text)),
            Some(("> " | "! ", _)) => steps.push(Step {
                line: line.to_owned(),
                output: Vec::new(),
            }),
            _ => {}
        }
    }
    steps
}
