//! `qmt decode` from the outside: the 61 shapes, golden logs, any bytes.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

const SHAPES: &str = include_str!("../../qmt-proto/tests/shapes.jsonl");

/// Runs `qmt decode`, gives its output and demands that it ends well.
fn decode(arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_qmt"))
        .arg("decode")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("qmt runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // Elsewhere: it answers while it reads.
    let feeding = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("its end");
    feeding.join().unwrap().expect("it reads everything");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stderr, b"");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn objects(arguments: &[&str], input: &[u8]) -> Vec<Value> {
    let arguments = [arguments, &["--format", "json"]].concat();
    decode(&arguments, input)
        .lines()
        .map(|line| serde_json::from_str(line).expect("one object a line"))
        .collect()
}

/// What shapes.jsonl expects, in the words of this tool.
fn wanted(expected: &Value) -> Value {
    let name = expected["name"].as_str().unwrap();
    let (kind, name) = match expected["kind"].as_str().unwrap() {
        "final_ok" => ("ok", ""),
        "final_error" => ("error", ""),
        "cme_error" => ("cme", name),
        "info_response" => ("info", name),
        "urc" => ("report", name),
        "echo" => ("echo", ""),
        "prompt" => ("prompt", ""),
        "data" | "other" => ("text", ""),
        kind => panic!("{kind}"),
    };
    json!({"kind": kind, "name": name, "fields": expected["fields"]})
}

fn essence(object: &Value) -> Value {
    json!({"kind": object["kind"], "name": object["name"], "fields": object["fields"]})
}

#[test]
fn every_shape_is_decoded_as_it_should_be() {
    let mut count = 0;
    for line in SHAPES.lines() {
        let shape: Value = serde_json::from_str(line).unwrap();
        let expected: Vec<Value> = shape["expect"]
            .as_array()
            .unwrap()
            .iter()
            .map(wanted)
            .collect();
        let bytes = shape["bytes"].as_str().unwrap();
        let before = match (shape["pending"].as_str(), shape["sent"].as_str()) {
            (Some(command), _) if !bytes.starts_with(command) => format!("{command}\r"),
            (None, Some(sent)) => format!("AT+QMTPUB=0,0,0,0,\"t\"\r\r\n> {sent}\u{1a}"),
            _ => String::new(),
        };
        let before_frames = objects(&["--input", "raw"], before.as_bytes()).len();
        let capture = format!("{before}{bytes}");
        let hex: String = capture.bytes().map(|b| format!("{b:02x} ")).collect();
        let mut options = vec![];
        if shape["hex"] == true {
            options = vec!["--recv-format", "hex"];
        }
        for (input, capture) in [("raw", capture.as_bytes()), ("hex", hex.as_bytes())] {
            let arguments = [options.as_slice(), &["--input", input]].concat();
            let found: Vec<Value> = objects(&arguments, capture)
                .iter()
                .skip(before_frames)
                .map(essence)
                .collect();
            assert_eq!(found, expected, "{} {input}", shape["id"]);
        }
        count += 1;
    }
    assert_eq!(count, 61);
}

#[test]
fn shapes_mean_the_same_without_the_command() {
    // Without it, only the read of a state is taken for a result.
    let shifted = ["conn-state"];
    for line in SHAPES.lines() {
        let shape: Value = serde_json::from_str(line).unwrap();
        let mut expected: Vec<Value> = shape["expect"]
            .as_array()
            .unwrap()
            .iter()
            .map(wanted)
            .collect();
        if shifted.contains(&shape["id"].as_str().unwrap()) {
            expected[0]["kind"] = json!("report");
        }
        let found = objects(
            &["--input", "raw"],
            shape["bytes"].as_str().unwrap().as_bytes(),
        );
        let found: Vec<Value> = found.iter().map(essence).collect();
        assert_eq!(found, expected, "{}", shape["id"]);
    }
}

/// The logs in tests/decode, each with what is printed of it beside it.
const LOGS: [&str; 9] = [
    "tio.log",
    "minicom.log",
    "arduino.log",
    "picocom.log",
    "escaped.log",
    "both.bin",
    "xxd.dump",
    "hexdump.dump",
    "plain.hex",
];

#[test]
fn logs_are_explained_as_before() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/decode");
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    for log in LOGS {
        let path = folder.join(log);
        let stem = log.split('.').next().unwrap();
        for (format, extension) in [("text", "txt"), ("json", "jsonl")] {
            let shown = decode(&["--format", format, path.to_str().unwrap()], b"");
            let golden = folder.join(stem).with_extension(extension);
            if update {
                std::fs::write(&golden, &shown).unwrap();
            }
            let expected = std::fs::read_to_string(&golden).unwrap_or_default();
            assert_eq!(shown, expected, "{log}, {format}");
            assert!(
                !shown.contains("hunter2") && !shown.contains("wN9Y6"),
                "{log}"
            );
        }
    }
}

#[test]
fn a_dump_says_what_its_capture_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/decode");
    let shown = |name: &str| decode(&["--format", "text", &format!("{folder}/{name}")], b"");
    assert_eq!(shown("xxd.dump"), shown("hexdump.dump"));
    assert_eq!(shown("xxd.dump"), shown("plain.hex"));
}
