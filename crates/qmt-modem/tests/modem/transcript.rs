//! Dialogues in text files, byte for byte.
//!
//! `>` host, `<` module, `!` an event, `#` a remark. `\r`, `\n`, `\\` and `\xNN` stand for bytes.
//! Everything the module prints between two other lines is one or more `<` lines, cut after
//! `\r\n`. `UPDATE_EXPECT=1` writes what was printed instead of comparing.

use core::fmt::Write;
use std::path::{Path, PathBuf};

use qmt_broker::Config;
use qmt_modem::{BootTimes, ConnectFailure, Modem, ModemConfig};

use crate::rig::{Network, Rig};

#[test]
fn the_worked_session_of_the_note() {
    check("note_6_1.txt", usize::MAX);
}

#[test]
fn every_test_read_and_write_form() {
    check("forms.txt", usize::MAX);
}

#[test]
fn echo_and_error_formats() {
    check("echo_and_errors.txt", usize::MAX);
}

#[test]
fn neighbours_and_restart() {
    check("neighbours.txt", usize::MAX);
}

#[test]
fn everything_that_fails() {
    check("failures.txt", usize::MAX);
}

#[test]
fn identity_clock_and_result_codes() {
    check("identity.txt", usize::MAX);
}

#[test]
fn radio_and_network() {
    check("network.txt", usize::MAX);
}

#[test]
fn publishing_in_all_forms() {
    check("publish.txt", usize::MAX);
}

#[test]
fn input_in_pieces_gives_the_same_output() {
    for chunk in [1, 2, 3, 7, 64] {
        for file in [
            "note_6_1.txt",
            "forms.txt",
            "echo_and_errors.txt",
            "publish.txt",
        ] {
            check(file, chunk);
        }
    }
}

fn check(file: &str, chunk: usize) {
    let path = path(file);
    let wanted = std::fs::read_to_string(&path).unwrap();
    let found = play(&wanted, chunk);
    if std::env::var_os("UPDATE_EXPECT").is_some() && chunk == usize::MAX {
        std::fs::write(&path, found).unwrap();
        return;
    }
    let mut lines = wanted.lines().zip(found.lines()).enumerate();
    if let Some((at, (wanted, found))) = lines.find(|(_, (wanted, found))| wanted != found) {
        panic!(
            "{file}:{}, in pieces of {chunk}\nwanted {wanted}\n found {found}",
            at + 1
        );
    }
    assert_eq!(wanted.lines().count(), found.lines().count(), "{file}");
}

pub(crate) fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/modem/transcripts")
        .join(file)
}

/// The transcript with what the module really printed.
fn play(transcript: &str, chunk: usize) -> String {
    let mut rig = rig();
    rig.chunk = chunk;
    let mut found = String::new();
    let mut input = Vec::new();
    let mut lines = transcript.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with('<') {
            continue;
        }
        found.push_str(line);
        found.push('\n');
        let output = match line.split_at_checked(2) {
            Some(("> ", text)) => {
                input.extend(unescape(text));
                if lines.peek().is_some_and(|next| next.starts_with('>')) {
                    continue;
                }
                rig.send_bytes(&core::mem::take(&mut input))
            }
            Some(("! ", event)) => happen(&mut rig, event),
            _ => continue,
        };
        for line in split(&output) {
            writeln!(found, "< {}", escape(line)).unwrap();
        }
    }
    found
}

/// A module that needs no time to find its network.
pub(crate) fn rig() -> Rig {
    let mut config = ModemConfig::new();
    config.boot = BootTimes::IMMEDIATE;
    Rig::new(Modem::booted(config), Config::default())
}

pub(crate) fn happen(rig: &mut Rig, event: &str) -> Vec<u8> {
    let (verb, rest) = event.split_once(' ').unwrap_or((event, ""));
    match verb {
        "wait" => rig.wait_bytes(rest.parse().unwrap()),
        "publish" => {
            let (topic, payload) = rest.split_once(' ').unwrap();
            rig.publish(topic, &unescape(payload), 0)
        }
        "network" => {
            rig.network = match rest {
                "good" => Network::Good,
                "dns" => Network::Failing(ConnectFailure::Dns),
                "refused" => Network::Failing(ConnectFailure::Refused),
                "unreachable" => Network::Failing(ConnectFailure::Unreachable),
                other => panic!("{other}"),
            };
            Vec::new()
        }
        "broker" => {
            rig.broker.clear_faults();
            if rest != "good" {
                rig.broker.add_fault(rest.parse().unwrap());
            }
            Vec::new()
        }
        "drop" => rig.drop_socket(rest.parse().unwrap()).into_bytes(),
        "reset" => {
            rig.modem.restart(rig.now);
            rig.wait_bytes(0)
        }
        other => panic!("{other}"),
    }
}

/// Cuts after each CR LF.
fn split(output: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = output;
    while !rest.is_empty() {
        let end = rest.windows(2).position(|pair| pair == b"\r\n");
        let (line, tail) = rest.split_at(end.map_or(rest.len(), |end| end + 2));
        lines.push(line);
        rest = tail;
    }
    lines
}

fn escape(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            // Editors take away blanks at the end of a line.
            b' ' if at + 1 == bytes.len() => text.push_str("\\x20"),
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => write!(text, "\\x{byte:02x}").unwrap(),
        }
    }
    text
}

pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chars = text.bytes();
    while let Some(byte) = chars.next() {
        bytes.push(match byte {
            b'\\' => match chars.next().unwrap() {
                b'r' => b'\r',
                b'n' => b'\n',
                b'x' => {
                    let digits = [chars.next().unwrap(), chars.next().unwrap()];
                    u8::from_str_radix(core::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => other,
            },
            other => other,
        });
    }
    bytes
}
