//! Shows both directions of the line, line by line: time, direction, bytes, meaning.

use core::time::Duration;
use std::io::{self, Write};

use at_syntax::{Frame, Framer, Requests};
use qmt_hal_tokio::Direction;
use qmt_proto::{Body, Command, Expect, RequestDialect, Response, ResponseDialect};

use crate::lang::tr;
use crate::words;

/// How the transcript looks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Style {
    Columns,
    Json,
}

/// Cuts the traffic of a line into lines and prints each with its meaning.
///
/// It is given what it needs to know of the dialogue by the dialogue itself: what was asked last,
/// and whether data was asked for.
#[derive(Debug)]
pub(crate) struct Transcript {
    style: Style,
    /// What must not be shown.
    secret: &'static str,
    requests: Framer<Requests>,
    responses: Framer,
    /// Bytes of unfinished lines.
    to_module: Vec<u8>,
    from_module: Vec<u8>,
    dialect: ResponseDialect,
    /// What the module is answering.
    expect: Expect,
    /// The last command line, whose echo may come.
    command: Vec<u8>,
    /// Whether what goes to the module is data now.
    data_mode: bool,
    /// The data, whose echo may come.
    data: Vec<u8>,
}

impl Transcript {
    pub(crate) fn new(style: Style, secret: &'static str) -> Self {
        Self {
            style,
            secret,
            requests: Framer::requests(),
            responses: Framer::responses(),
            to_module: Vec::new(),
            from_module: Vec::new(),
            dialect: ResponseDialect::default(),
            expect: Expect::Nothing,
            command: Vec::new(),
            data_mode: false,
            data: Vec::new(),
        }
    }

    /// Shows `bytes`, which passed `at` after the start.
    pub(crate) fn show(&mut self, at: Duration, direction: Direction, bytes: &[u8]) {
        match direction {
            Direction::ToModule => self.host(at, bytes),
            Direction::FromModule => self.module(at, bytes),
        }
    }

    fn host(&mut self, at: Duration, bytes: &[u8]) {
        self.to_module.extend_from_slice(bytes);
        if self.data_mode {
            let Some(end) = self.to_module.iter().position(|&b| b == 0x1A) else {
                return;
            };
            let shown: Vec<u8> = self.to_module.drain(..=end).collect();
            self.data_mode = false;
            self.print(at, Direction::ToModule, &shown, "the data; Ctrl+Z sends it");
            self.data = shown;
            self.data.pop();
        }
        loop {
            let cut = self
                .requests
                .next_frame(&self.to_module, &RequestDialect::default());
            let Some(frame) = cut.frame else {
                self.to_module.drain(..cut.used);
                return;
            };
            let mut meaning = String::new();
            if let Ok(command) = Command::parse(frame) {
                meaning = tr(&words::command(&command)).into_owned();
                self.expect = command.expect();
                self.dialect.prompt_armed = matches!(
                    command,
                    Command::Publish(publish)
                        if matches!(publish.body, Body::Prompt | Body::PromptCounted(_))
                );
            }
            let shown: Vec<u8> = self.to_module.drain(..cut.used).collect();
            self.print(at, Direction::ToModule, &shown, &meaning);
            self.command = shown.trim_ascii().to_vec();
        }
    }

    fn module(&mut self, at: Duration, bytes: &[u8]) {
        self.from_module.extend_from_slice(bytes);
        loop {
            let cut = self.responses.next_frame(&self.from_module, &self.dialect);
            let Some(frame) = cut.frame else {
                // Keeps the blanks of the unfinished line: they are shown with it.
                return;
            };
            let words = self.words(frame);
            if frame == Frame::Prompt {
                self.data_mode = true;
                self.dialect.prompt_armed = false;
            }
            let mut used = cut.used;
            if self.data_mode && self.from_module.get(used) == Some(&b' ') {
                used += 1;
            }
            let shown: Vec<u8> = self.from_module.drain(..used).collect();
            self.print(at, Direction::FromModule, &shown, &words);
        }
    }

    fn words(&self, frame: Frame<'_>) -> String {
        match frame {
            Frame::Line(line) if line.trim_ascii() == self.command => "echo of the command".into(),
            Frame::Line(line) if !line.is_empty() && line == self.data => "echo of the data".into(),
            frame => tr(&words::response(&Response::parse(frame, self.expect))).into_owned(),
        }
    }

    fn print(&self, at: Duration, direction: Direction, bytes: &[u8], words: &str) {
        let text = bytes.escape_ascii().to_string();
        let text = text.replace("\\\"", "\"").replace(self.secret, "***");
        // Nobody reads any more: the demo goes on and says so by its status.
        let mut out = io::stdout().lock();
        let _ = match self.style {
            Style::Columns => {
                let (s, ms) = (at.as_secs(), at.subsec_millis());
                let arrow = match direction {
                    Direction::ToModule => "->",
                    Direction::FromModule => "<-",
                };
                let separator = if words.is_empty() { "" } else { "   # " };
                writeln!(out, "{s:3}.{ms:03} {arrow} {text}{separator}{words}")
            }
            Style::Json => {
                let object = serde_json::json!({
                    "ms": u64::try_from(at.as_millis()).unwrap_or(u64::MAX),
                    "direction": match direction {
                        Direction::ToModule => "to_module",
                        Direction::FromModule => "from_module",
                    },
                    "bytes": text,
                    "meaning": words,
                });
                writeln!(out, "{object}")
            }
        };
    }
}
