//! Prints frames: a line of text for people, an object for programs.

use core::fmt::Write as _;
use std::io::{self, Write};

use super::frame::{Frame, Kind};
use crate::lang::tr;
use crate::trace::Direction;

/// Longest payload or line that is shown whole without `--full`.
const SHORT: usize = 100;

/// Where and how frames are printed.
#[derive(Debug)]
pub(crate) struct Printer<W> {
    pub(crate) out: W,
    pub(crate) json: bool,
    pub(crate) full: bool,
    pub(crate) coloured: bool,
}

impl<W: Write> Printer<W> {
    pub(crate) fn print(&mut self, frame: &Frame) -> io::Result<()> {
        match self.json {
            true => writeln!(self.out, "{}", object(frame)),
            false => {
                let line = self.line(frame);
                writeln!(self.out, "{line}")
            }
        }
    }

    fn line(&self, frame: &Frame) -> String {
        let mut shown = escaped(&frame.bytes);
        if !self.full && shown.chars().count() > SHORT {
            let left = frame.bytes.len();
            let start: String = shown.chars().take(SHORT).collect();
            shown = tr(&format!("{start}.. ({left} bytes)")).into_owned();
        }
        let arrow = match frame.direction {
            Some(Direction::ToModule) => '>',
            Some(Direction::FromModule) => '<',
            None => ' ',
        };
        let (colour, plain) = match (self.coloured, frame.kind) {
            (false, _) | (_, Kind::Text) => ("", ""),
            (_, Kind::Error | Kind::Cme) => ("\x1b[31m", "\x1b[0m"),
            (_, Kind::Report) if frame.remedy.is_some() => ("\x1b[31m", "\x1b[0m"),
            (_, Kind::Echo) => ("\x1b[36m", "\x1b[0m"),
            (_, _) => ("\x1b[32m", "\x1b[0m"),
        };
        let width = 36_usize.saturating_sub(shown.chars().count());
        let mut line = format!(
            "{:>8} {arrow} {colour}{shown}{plain}{:width$}  # {}",
            frame.place.offset,
            "",
            frame.kind.as_str(),
        );
        // Writing to a string cannot fail.
        if !frame.meaning.is_empty() {
            let _ = write!(line, ": {}", frame.meaning);
        }
        if let Some(section) = frame.section {
            let _ = write!(line, " [{section}]");
        }
        if let Some(damage) = &frame.damage {
            let _ = write!(line, "{}", tr(&format!("; damaged: {damage}")));
        }
        if let Some(remedy) = frame.remedy {
            let _ = write!(line, "{}", tr(&format!("; remedy: {remedy}")));
        }
        line
    }
}

/// The frame as an object, keys in the order that `--help` promises.
fn object(frame: &Frame) -> String {
    let value = |text: &str| serde_json::Value::from(text).to_string();
    let fields = serde_json::Value::from(frame.fields.clone());
    let mut object = format!(
        "{{\"offset\":{},\"kind\":\"{}\",\"name\":{},\"fields\":{fields},\"text\":{}",
        frame.place.offset,
        frame.kind.as_str(),
        value(&frame.name),
        value(&String::from_utf8_lossy(&frame.bytes)),
    );
    let direction = frame.direction.map(|direction| match direction {
        Direction::ToModule => "to_module",
        Direction::FromModule => "from_module",
    });
    let meaning = (!frame.meaning.is_empty()).then_some(frame.meaning.as_str());
    for (key, text) in [
        ("payload_hex", frame.payload_hex.as_deref()),
        ("direction", direction),
        ("meaning", meaning),
        ("section", frame.section),
        ("remedy", frame.remedy),
        ("damage", frame.damage.as_deref()),
    ] {
        if let Some(text) = text {
            let _ = write!(object, ",\"{key}\":{}", value(text));
        }
    }
    if let Some(line) = frame.place.line {
        let _ = write!(object, ",\"line\":{line}");
    }
    object.push('}');
    object
}

/// Bytes as a line of a terminal can hold them: text as it is, everything else escaped.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\r' => out.push_str("\\r"),
                '\n' => out.push_str("\\n"),
                '\\' => out.push_str("\\\\"),
                c if c.is_control() => {
                    for byte in c.to_string().bytes() {
                        let _ = write!(out, "\\x{byte:02x}");
                    }
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}
