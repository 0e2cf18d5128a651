//! `qmt decode` from the outside: the 61 shapes, golden logs, any bytes.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

const SHAPES: &str = include_str!("../../qmt-proto/tests/shapes.jsonl");

/// Runs `qmt decode`, gives its output and demands that it ends well.
fn decode(arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_qmt"))
        .env("QMT_LANG", "en")
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
        let hex_input = if capture.len() > 1 { "auto" } else { "hex" };
        for (input, capture) in [
            ("raw", capture.as_bytes()),
            ("auto", capture.as_bytes()),
            (hex_input, hex.as_bytes()),
        ] {
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
        let found = objects(&[], shape["bytes"].as_str().unwrap().as_bytes());
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

#[test]
fn fields_of_a_message_are_always_five() {
    for (line, fields) in [
        (
            &b"+QMTRECV: 0,0,t,\"hi\"\r\n"[..],
            json!(["0", "0", "t", null, "hi"]),
        ),
        (b"+QMTRECV: 0\r\n", json!(["0", null, null, null, null])),
        (b"+QMTRECV\r\n", json!([null, null, null, null, null])),
        (
            b"+QMTRECV: 0,0,\"t\",2,\"hi\"",
            json!(["0", "0", "t", "2", "hi"]),
        ),
        (
            b"+QMTRECV: 0,0,\"t\",\"cut",
            json!(["0", "0", "t", null, "cut"]),
        ),
        (
            b"+QMTRECV: 0,0,\"t\",9999,\"hi\"\r\n",
            json!(["0", "0", "t", "9999", "hi"]),
        ),
        (
            b"+QMTRECV: 0,0,\"t\",2,\"\xff\xfe\"\r\n",
            json!(["0", "0", "t", "2", null]),
        ),
    ] {
        let found = objects(&["--input", "raw"], line);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["fields"], fields, "{found:?}");
        assert_eq!(found[0]["kind"], "report");
        let binary = line.contains(&0xFF).then(|| json!("FFFE"));
        assert_eq!(found[0].get("payload_hex"), binary.as_ref());
    }
}

#[test]
fn the_receive_format_is_told_or_shown() {
    let message = b"\r\n+QMTRECV: 1,0,\"t\",4,\"30313233\"\r\n";
    let set = b"AT+QMTCFG=\"dataformat\",1,0,1\r\r\nOK\r\n";
    let meaning = |arguments: &[&str], input: &[u8]| {
        let last = objects(arguments, input).pop().unwrap();
        assert_eq!(last["fields"], json!(["1", "0", "t", "4", "30313233"]));
        last["meaning"].as_str().unwrap().to_owned()
    };
    let hex = "link 1: a message of 4 bytes, in hex: \"0123\"";
    assert_eq!(meaning(&["--recv-format", "hex"], message), hex);
    assert_eq!(
        meaning(&["--recv-format", "hex", "--link", "1"], message),
        hex
    );
    assert_eq!(meaning(&[], &[set, &message[..]].concat()), hex);
    let lost = b"\r\nRDY\r\n";
    let text = b"\r\n+QMTRECV: 1,0,\"t\",8,\"30313233\"\r\n";
    let all = [set, &lost[..], text].concat();
    let last = objects(&[], &all).pop().unwrap();
    assert_eq!(last["meaning"], "link 1: a message of 8 bytes");
}

#[test]
fn secrets_are_shown_on_request_only() {
    let line = b"AT+QMTCONN=0,\"c\",\"u\",\"hunter2\"\r\r\nOK\r\n";
    for format in ["text", "json"] {
        assert!(!decode(&["--format", format], line).contains("hunter2"));
        let shown = decode(&["--format", format, "--show-secrets"], line);
        assert!(shown.contains("hunter2"));
    }
}

#[test]
fn a_long_line_is_shortened_unless_it_is_wanted_whole() {
    let line = format!("\r\n+QMTRECV: 0,0,\"t\",300,\"{}\"\r\n", "x".repeat(300));
    assert!(!decode(&[], line.as_bytes()).contains(&"x".repeat(101)));
    assert!(decode(&["--full"], line.as_bytes()).contains(&"x".repeat(300)));
}

#[test]
fn only_its_command_line_and_its_file_can_be_wrong() {
    for (arguments, code) in [
        (&["decode", "/nowhere/at/all"][..], 66),
        (&["decode", "--link", "1"], 64),
        (&["decode", "--recv-format", "hex", "--link", "5"], 64),
        (&["decode", "--input", "pcap"], 64),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_qmt"))
            .env("QMT_LANG", "en")
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert_eq!(output.stdout, b"");
    }
    assert_eq!(decode(&["-"], b""), "");
}
