//! Reads the sequence files: groups of cases, and the mini-language of their payloads.
//!
//! A file that is not as described is a mistake of whoever gave it, and ends the run.

use std::path::Path;
use std::{fs, io};

use serde_json::Value;

/// One case, with what its group sets.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) file: String,
    pub(super) group: String,
    pub(super) name: String,
    /// Protocol level, 3 or 4.
    pub(super) level: u8,
    /// The runner connects before the steps.
    pub(super) connect: bool,
    /// The broker under the runner answers CONNECT; client set only.
    pub(super) connack: bool,
    /// The end under test is to close.
    pub(super) expect_disconnect: bool,
    /// What the client under test does once it is let in; client set only.
    pub(super) command: Option<String>,
    pub(super) steps: Vec<Step>,
}

/// One message of a case.
#[derive(Debug)]
pub(super) enum Step {
    /// To the end under test.
    Send(Vec<u8>),
    /// From the end under test, byte for byte.
    Expect(Vec<u8>),
    /// Another client publishes.
    Publish {
        topic: String,
        payload: String,
        qos: u64,
        retain: bool,
    },
}

/// Reads all cases of levels 3 and 4 from the files of a folder, in the order of their names.
pub(super) fn read_folder(folder: &Path) -> io::Result<Vec<Case>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let groups: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
        let file = path.file_stem().unwrap_or_default().to_string_lossy();
        for group in groups.as_array().into_iter().flatten() {
            cases.extend(read_group(&file, group));
        }
    }
    Ok(cases)
}

fn read_group(file: &str, group: &Value) -> Vec<Case> {
    let tests = group["tests"].as_array().expect("a group has tests");
    let cases = tests.iter().map(|test| {
        let own = |key| test.get(key).or_else(|| group.get(key));
        let flag = |key, default| own(key).and_then(Value::as_bool).unwrap_or(default);
        let level = own("ver").and_then(Value::as_u64).unwrap_or(4);
        if level > 4 || flag("disable", false) {
            return None;
        }
        let steps = [group.get("group_msgs"), test.get("msgs")];
        Some(Case {
            file: file.into(),
            group: text(&group["group"]),
            name: text(&test["name"]),
            level: u8::try_from(level).expect("3 or 4"),
            connect: flag("connect", true),
            connack: flag("connack", true),
            expect_disconnect: flag("expect_disconnect", true),
            command: own("command").and_then(Value::as_str).map(str::to_owned),
            steps: steps
                .into_iter()
                .flatten()
                .flat_map(|steps| steps.as_array().expect("an array of messages"))
                .map(read_step)
                .collect(),
        })
    });
    cases.flatten().collect()
}

fn read_step(step: &Value) -> Step {
    match step["type"].as_str() {
        Some("send") => Step::Send(bytes(&text(&step["payload"]))),
        Some("recv") => Step::Expect(bytes(&text(&step["payload"]))),
        Some("external_publish") => Step::Publish {
            topic: text(&step["topic"]),
            payload: text(&step["payload"]),
            qos: step["qos"].as_u64().unwrap_or(0),
            retain: step["retain"].as_bool().unwrap_or(false),
        },
        other => panic!("unknown message type {other:?}"),
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").into()
}

/// The mini-language: tokens between blanks; a letter and a number, a quoted text, or hex digits.
fn bytes(payload: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for token in payload.split_whitespace() {
        let number = |digits: &str| digits.parse::<u32>().expect("a number");
        let (kind, rest) = token.split_at(1);
        match kind {
            "'" => out.extend_from_slice(rest.trim_end_matches('\'').as_bytes()),
            "r" | "v" => variable(number(rest), &mut out),
            "s" | "k" | "m" | "H" => {
                let value = u16::try_from(number(rest)).expect("16 bits");
                out.extend_from_slice(&value.to_be_bytes());
            }
            "i" => out.push(u8::try_from(number(rest)).expect("8 bits")),
            "L" => out.extend_from_slice(&number(rest).to_be_bytes()),
            _ => out.extend((0..token.len()).step_by(2).map(|at| {
                u8::from_str_radix(&token[at..at + 2], 16).expect("pairs of hex digits")
            })),
        }
    }
    out
}

/// A remaining length, also of five bytes, which no packet may have.
fn variable(mut value: u32, out: &mut Vec<u8>) {
    loop {
        let more = if value > 127 { 0x80 } else { 0 };
        out.push(u8::try_from(value & 0x7F).expect("7 bits") | more);
        value >>= 7;
        if value == 0 {
            break;
        }
    }
}

#[test]
fn the_mini_language_is_understood() {
    assert_eq!(
        bytes("10 r15 s6 'MQIsdp' 03 02 k10 s1 'p'"),
        b"\x10\x0f\0\x06MQIsdp\x03\x02\0\x0a\0\x01p"
    );
    assert_eq!(bytes("F0 r268435456"), b"\xF0\x80\x80\x80\x80\x01");
    assert_eq!(
        bytes("C00100 i7 L1 m1234"),
        b"\xC0\x01\0\x07\0\0\0\x01\x04\xD2"
    );
}
