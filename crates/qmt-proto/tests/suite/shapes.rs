//! Replays `shapes.jsonl`: shapes of lines seen on real modules or allowed by the note.
//!
//! Each line of the file is one shape: `bytes` (as UTF-8) come from the module while the command
//! `pending` awaits its answer or after `sent` went out in data mode, and mean `expect`. The fields
//! of +QMTRECV are always link, identifier, topic, length or null, payload.

use at_syntax::{Args, Field, Frame, Framer, Line};
use qmt_proto::{
    Command, DataFormat, Expect, FinalResult, Payload, Report, RequestDialect, Response,
    ResponseDialect, hex,
};
use serde_json::{Value, json};

use crate::wire::obeyed;

const SHAPES: &str = include_str!("../shapes.jsonl");

fn text<'v>(shape: &'v Value, key: &str) -> &'v str {
    shape[key].as_str().unwrap_or_default()
}

/// The arguments of a line, without quotes and the blanks around them.
fn fields(mut args: Args<'_>) -> Vec<Value> {
    let mut fields = Vec::new();
    while let Some(field) = args.field().expect("legal arguments") {
        fields.push(match field {
            Field::Omitted => Value::Null,
            Field::Bare(text) | Field::Quoted(text) | Field::Group(text) => {
                json!(String::from_utf8_lossy(text))
            }
            other => panic!("{other:?}"),
        });
    }
    fields
}

fn event(kind: &str, name: &str, fields: Vec<Value>) -> Value {
    json!({"kind": kind, "name": name, "fields": fields})
}

/// What a frame means, in the words of the file.
fn meaning(frame: Frame<'_>, expect: Expect, shape: &Value) -> Value {
    let line = match frame {
        Frame::Line(line) => line,
        _ => b"",
    };
    let list = |line| match Line::parse(line) {
        Line::Info(info) => (
            String::from_utf8_lossy(info.name).into_owned(),
            fields(info.args),
        ),
        _ => (String::from_utf8_lossy(line).into_owned(), Vec::new()),
    };
    match Response::parse(frame, expect) {
        Response::Final(FinalResult::Ok) => event("final_ok", "OK", vec![]),
        Response::Final(FinalResult::Error) => event("final_error", "ERROR", vec![]),
        Response::Final(FinalResult::CmeError(code)) => {
            event("cme_error", "CME ERROR", vec![json!(code.0.to_string())])
        }
        Response::Final(FinalResult::CmeText(words)) => {
            let words = String::from_utf8_lossy(words);
            event("cme_error", "CME ERROR", vec![json!(words)])
        }
        Response::Prompt => event("prompt", ">", vec![]),
        Response::Report(Report::Received(message)) => {
            let payload = match message.payload {
                Payload::Text(bytes) => bytes.to_vec(),
                Payload::Hex(bytes) => bytes.bytes().flat_map(hex::digits_of).collect(),
            };
            let len = message.counted.then(|| message.payload.len().to_string());
            let fields = vec![
                json!(message.link.get().to_string()),
                json!(message.msg_id.to_string()),
                json!(String::from_utf8_lossy(message.topic)),
                json!(len),
                json!(String::from_utf8_lossy(&payload)),
            ];
            event("urc", "QMTRECV", fields)
        }
        Response::Report(Report::Answer(_)) => {
            let (name, fields) = list(line);
            event("info_response", &name, fields)
        }
        Response::Report(_) => {
            let (name, fields) = list(line);
            event("urc", &name, fields)
        }
        Response::Unknown(line) if line == text(shape, "pending").as_bytes() => {
            event("echo", "", vec![json!(text(shape, "pending"))])
        }
        Response::Unknown(line) if line == text(shape, "sent").as_bytes() => {
            event("data", "payload-echo", vec![json!(text(shape, "sent"))])
        }
        Response::Unknown(line) if !line.is_ascii() => event("other", "noise", vec![]),
        other => panic!("{}: {other:?}", shape["id"]),
    }
}

fn replay(shape: &Value, size: usize) -> Vec<Value> {
    let pending = format!("{}\r", text(shape, "pending")).into_bytes();
    let command = (pending != b"\r")
        .then(|| obeyed(&pending, &RequestDialect::default()).expect("a command of this crate"));
    let mut dialect = ResponseDialect {
        prompt_armed: matches!(command, Some(Command::Publish(_))),
        ..ResponseDialect::default()
    };
    if shape["hex"] == true {
        dialect.recv_format = [DataFormat::Hex; 5];
    }
    let expect = command.map_or(Expect::Nothing, |command| command.expect());
    let bytes = text(shape, "bytes").as_bytes();
    let mut framer = Framer::responses();
    let mut found = Vec::new();
    let (mut from, mut to) = (0, 0);
    while to < bytes.len() {
        to = bytes.len().min(to.saturating_add(size));
        loop {
            let cut = framer.next_frame(&bytes[from..to], &dialect);
            from += cut.used;
            let Some(frame) = cut.frame else { break };
            found.push(meaning(frame, expect, shape));
        }
    }
    let cut = framer.flush(&bytes[from..]);
    found.extend(cut.frame.map(|frame| meaning(frame, expect, shape)));
    found
}

#[test]
fn every_shape_is_understood_in_any_pieces() {
    let shapes: Vec<Value> = SHAPES
        .lines()
        .map(|line| serde_json::from_str(line).expect("one JSON object a line"))
        .collect();
    assert_eq!(shapes.len(), 61);
    for shape in &shapes {
        for size in [usize::MAX, 1, 2, 3, 7] {
            assert_eq!(
                json!(replay(shape, size)),
                shape["expect"],
                "{} in pieces of {size}",
                shape["id"]
            );
        }
    }
}
