//! What one line says: its name, its fields, and the note's table for them.

use at_syntax::Coding;
use qmt_proto::Expect;

use super::answer::answer;
use super::argument::{Argument, fields};
use super::{Meaning, Piece};

/// What a piece means while the module answers `expect`.
pub(super) fn read(piece: &Piece, expect: Expect) -> Meaning {
    match piece {
        Piece::Prompt => Meaning::new("prompt"),
        Piece::Violation(violation) => {
            Meaning::new("violation").bytes(violation.to_string().as_bytes())
        }
        Piece::Message {
            plain,
            topic,
            count,
            data,
            coding,
        } => message(plain, topic, count.is_some(), data, *coding),
        Piece::Line(line) => read_line(line, expect),
    }
}

fn message(plain: &[u8], topic: &[u8], counted: bool, data: &[u8], coding: Coding) -> Meaning {
    let malformed = Meaning::malformed(plain);
    let [link, id] = &fields(plain)[..] else {
        return malformed;
    };
    let (Some(link), Some(id)) = (link.number(0, 4), id.number(0, 65_535)) else {
        return malformed;
    };
    let payload = match coding {
        Coding::Text => data.to_vec(),
        _ => {
            let digits = String::from_utf8_lossy(data).into_owned();
            if digits.len() % 2 == 1 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Meaning::malformed(data);
            }
            let pair = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap_or(0);
            (0..digits.len()).step_by(2).map(pair).collect()
        }
    };
    Meaning::new("message")
        .number(link)
        .number(id)
        .bytes(topic)
        .number(counted.into())
        .number((coding != Coding::Text).into())
        .bytes(&payload)
}

fn read_line(line: &[u8], expect: Expect) -> Meaning {
    if line == b"OK" {
        return Meaning::new("ok");
    }
    if line == b"ERROR" {
        return Meaning::new("error");
    }
    if line == b"RDY" {
        return Meaning::new("ready");
    }
    let unknown = Meaning::new("unknown").bytes(line);
    let Some(body) = line.strip_prefix(b"+") else {
        return unknown;
    };
    let (name, list) = match body.iter().position(|&b| b == b':') {
        Some(at) => (&body[..at], &body[at + 1..]),
        None => (body, &b""[..]),
    };
    if body.contains(&b':') && name.trim_ascii_end() == b"CME ERROR" {
        let text = list.trim_ascii();
        return match &fields(text)[..] {
            [only] if only.number(0, 65_535).is_some() => {
                Meaning::new("cme code").numbers(only.number(0, 65_535))
            }
            _ => Meaning::new("cme text").bytes(text),
        };
    }
    let Ok(name) = core::str::from_utf8(name.trim_ascii_end()) else {
        return unknown;
    };
    let list = list.trim_ascii_start();
    if let Some(verdict) = answer(name, list, expect) {
        return verdict.unwrap_or_else(|| Meaning::malformed(line));
    }
    match report(name, list) {
        Some(Some(meaning)) => meaning,
        Some(None) => Meaning::malformed(line),
        None => unknown,
    }
}

/// What a field of a report may be.
pub(super) enum Kind {
    /// A number that must be there.
    Number(i64, i64),
    /// A number that may be missing.
    Maybe(i64, i64),
    /// Up to four numbers, as many as there are.
    Few(i64, i64),
    /// A number that may be there and says nothing.
    Ignored(i64, i64),
}

use Kind::{Few, Ignored, Maybe, Number};

/// Reports by name. `None`: no such report; `Some(None)`: one that is malformed.
fn report(name: &str, list: &[u8]) -> Option<Option<Meaning>> {
    let link = Number(0, 4);
    let byte = || Number(0, 255);
    let (kind, kinds) = match name {
        "QMTOPEN" => ("opened", vec![link, Number(-128, 127)]),
        "QMTCLOSE" => ("closed", vec![link, Number(-128, 127)]),
        "QMTCONN" => ("connected", vec![link, byte(), Maybe(0, 255)]),
        "QMTDISC" => ("disconnected", vec![link, Number(-128, 127)]),
        "QMTSUB" => (
            "subscribed",
            vec![link, Number(1, 65_535), byte(), Few(0, 255)],
        ),
        "QMTUNS" => (
            "unsubscribed",
            vec![link, Number(1, 65_535), byte(), Ignored(0, 255)],
        ),
        "QMTPUB" => (
            "published",
            vec![link, Number(0, 65_535), byte(), Maybe(0, 255)],
        ),
        "QMTSTAT" => ("link lost", vec![link, byte()]),
        "CFUN" => return Some(first(list, "functionality")),
        "CEREG" => return Some(first(list, "registration")),
        "CPIN" => return Some(Some(Meaning::new("sim").bytes(list))),
        "QIND" => return Some(Some(Meaning::new("indication").bytes(list))),
        "IP" => return Some(Some(Meaning::new("ip").bytes(&unquoted(list)))),
        "QNBIOTEVENT" => return Some(Some(Meaning::new("power").bytes(&unquoted(list)))),
        _ => return None,
    };
    Some(table(Meaning::new(kind), &fields(list), &kinds))
}

/// Reads `fields` as `kinds` says; nothing may be left over.
pub(super) fn table(mut meaning: Meaning, fields: &[Argument], kinds: &[Kind]) -> Option<Meaning> {
    let mut fields = fields.iter();
    for kind in kinds {
        match *kind {
            Number(least, most) => meaning = meaning.number(fields.next()?.number(least, most)?),
            Maybe(least, most) | Ignored(least, most) => {
                let value = match fields.next() {
                    None | Some(Argument::Omitted) => None,
                    Some(field) => Some(field.number(least, most)?),
                };
                if let Maybe(..) = kind {
                    meaning = meaning.numbers(value);
                }
            }
            Few(least, most) => {
                let mut values = Vec::new();
                loop {
                    match fields.next() {
                        None | Some(Argument::Omitted) => break,
                        Some(field) => values.push(field.number(least, most)?),
                    }
                }
                if values.len() > 4 {
                    return None;
                }
                meaning = values.into_iter().fold(meaning, Meaning::number);
            }
        }
    }
    fields.next().is_none().then_some(meaning)
}

/// A report of which only the first number matters.
fn first(list: &[u8], kind: &'static str) -> Option<Meaning> {
    let value = fields(list).first()?.number(0, 255)?;
    Some(Meaning::new(kind).number(value))
}

/// The whole list, without quotes if it is one string.
fn unquoted(list: &[u8]) -> Vec<u8> {
    match &fields(list)[..] {
        [Argument::Value { text, quoted: true }] => text.clone(),
        _ => list.to_vec(),
    }
}

impl Meaning {
    /// A line with a known name that says nothing legal.
    fn malformed(line: &[u8]) -> Self {
        Self::new("malformed").bytes(line)
    }

    fn numbers(self, value: Option<i64>) -> Self {
        match value {
            Some(value) => self.number(value),
            None => self.nothing(),
        }
    }
}
