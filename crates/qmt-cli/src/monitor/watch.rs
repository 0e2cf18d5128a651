//! What has passed, understood: entries of the log, states of the links, counts.

use core::fmt;
use core::time::Duration;
use std::collections::VecDeque;

use at_syntax::Args;
use qmt_proto::{LinkId, RequestDialect};
use serde_json::{Value, json};

use crate::decode::{Frame, Kind, Listener, escaped};
use crate::dialogue::Request;
use crate::lang::tr;
use crate::links::State;
use crate::trace::Direction;

/// Entries that are kept.
const KEPT: usize = 5_000;
/// Bytes of a line that are kept.
const LONGEST: usize = 2_048;
/// Column behind which meanings stand in a log.
const COLUMN: usize = 32;

/// What has passed.
#[derive(Debug)]
pub(super) struct Watch {
    listener: Listener,
    entries: VecDeque<Entry>,
    /// Number of the first entry that is kept.
    first: u64,
    /// Number of the first entry that no log has.
    untold: u64,
    pub(super) counts: Counts,
    pub(super) links: [Link; LinkId::COUNT],
    /// What the link of the last command was before it: a refusal changes nothing.
    before: Option<(LinkId, State)>,
}

/// A line of either side, or a note of the monitor.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) at: Duration,
    /// Who said it; a note has nobody.
    pub(super) direction: Option<Direction>,
    /// Without secrets and line end.
    pub(super) bytes: Vec<u8>,
    /// How many more bytes there were.
    pub(super) left_out: usize,
    /// What it means, and what to do about it.
    pub(super) meaning: String,
    pub(super) remedy: Option<&'static str>,
    pub(super) is_bad: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// From the host, from the module.
    pub(super) bytes: [u64; 2],
    pub(super) commands: u64,
    pub(super) failures: u64,
    pub(super) damaged: u64,
}

/// One of the module's five links.
#[derive(Clone, Debug, Default)]
pub(super) struct Link {
    pub(super) state: State,
    /// `host:port`, once it was opened.
    pub(super) server: String,
    pub(super) published: u64,
    pub(super) received: u64,
}

impl Watch {
    pub(super) fn new(mask: bool) -> Self {
        Self {
            listener: Listener::new(mask),
            entries: VecDeque::new(),
            first: 0,
            untold: 0,
            counts: Counts::default(),
            links: Default::default(),
            before: None,
        }
    }

    /// `bytes` passed, `at` after the start.
    pub(super) fn hear(&mut self, at: Duration, direction: Direction, bytes: &[u8]) {
        let side = usize::from(direction == Direction::FromModule);
        self.counts.bytes[side] += bytes.len() as u64;
        self.listener.hear(microseconds(at), direction, bytes);
        self.take();
    }

    /// It is `now`.
    pub(super) fn wait(&mut self, now: Duration) {
        self.listener.wait(microseconds(now));
        self.take();
    }

    /// No more will come.
    pub(super) fn end(&mut self) {
        self.listener.end();
        self.take();
    }

    /// Something that neither side has said.
    pub(super) fn note(&mut self, at: Duration, words: &str, is_bad: bool) {
        self.push(Entry {
            at,
            direction: None,
            bytes: tr(words).as_bytes().to_vec(),
            left_out: 0,
            meaning: String::new(),
            remedy: None,
            is_bad,
        });
    }

    /// The numbers of the entries that are kept.
    pub(super) fn numbers(&self) -> core::ops::Range<u64> {
        self.first..self.first + self.entries.len() as u64
    }

    pub(super) fn entry(&self, number: u64) -> Option<&Entry> {
        let index = number.checked_sub(self.first)?;
        self.entries.get(usize::try_from(index).ok()?)
    }

    /// The entries that were not given yet.
    pub(super) fn untold(&mut self) -> impl Iterator<Item = &Entry> {
        let numbers = self.numbers();
        let from = self.untold.max(numbers.start) - numbers.start;
        self.untold = numbers.end;
        self.entries
            .iter()
            .skip(usize::try_from(from).unwrap_or(usize::MAX))
    }

    /// What has begun to pass, and is no line yet.
    pub(super) fn begun(&self) -> Option<(Direction, Vec<u8>)> {
        self.listener.begun()
    }

    fn take(&mut self) {
        while let Some((at_us, frame)) = self.listener.next() {
            self.learn(&frame);
            let mut bytes = frame.bytes;
            let left_out = bytes.len().saturating_sub(LONGEST);
            bytes.truncate(LONGEST);
            let is_bad = matches!(frame.kind, Kind::Error | Kind::Cme)
                || frame.remedy.is_some()
                || frame.damage.is_some();
            let mut meaning = frame.meaning;
            if let Some(damage) = &frame.damage {
                self.counts.damaged += 1;
                let comma = if meaning.is_empty() { "" } else { &tr(", ") };
                meaning.push_str(&format!("{comma}{}", tr(&format!("damaged: {damage}"))));
            }
            self.counts.failures += u64::from(is_bad);
            self.push(Entry {
                at: Duration::from_micros(at_us),
                direction: frame.direction,
                bytes,
                left_out,
                meaning,
                remedy: frame.remedy,
                is_bad,
            });
        }
    }

    fn push(&mut self, entry: Entry) {
        if self.entries.len() == KEPT {
            self.entries.pop_front();
            self.first += 1;
        }
        self.entries.push_back(entry);
    }

    fn learn(&mut self, frame: &Frame) {
        match (frame.kind, frame.direction) {
            (Kind::Echo, Some(Direction::ToModule)) => self.command(&frame.bytes),
            (Kind::Error | Kind::Cme, _) => {
                if let Some((link, state)) = self.before.take() {
                    self.enter(link, state);
                }
            }
            (Kind::Report, _) if frame.name == "RDY" => {
                for link in &mut self.links {
                    if link.state != State::Closed {
                        link.state = State::Lost;
                    }
                }
            }
            (Kind::Report, _) => {
                let fields: Vec<&str> = frame
                    .fields
                    .iter()
                    .map(|field| field.as_deref().unwrap_or_default())
                    .collect();
                self.change(false, &frame.name, &fields);
                if frame.name == "QMTRECV"
                    && let Some(link) = self.link(fields.first().copied().unwrap_or_default())
                {
                    link.received += 1;
                }
            }
            _ => {}
        }
    }

    fn command(&mut self, line: &[u8]) {
        self.counts.commands += 1;
        self.before = None;
        let request = Request::new(line, &RequestDialect::default());
        if !request.is_deferred() {
            return;
        }
        let equals = line.iter().position(|&byte| byte == b'=');
        let list = line.get(equals.map_or(line.len(), |at| at + 1)..);
        let mut args = Args::new(list.unwrap_or_default());
        let Ok(id) = args.int::<u8>() else {
            return;
        };
        let id = id.to_string();
        let label = request.label();
        let name = label.strip_prefix("AT+").unwrap_or_default();
        self.change(true, name, &[&id]);
        let server = args.string().ok().zip(args.int::<u16>().ok());
        let Some(link) = self.link(&id) else {
            return;
        };
        match (name, server) {
            ("QMTOPEN", Some((host, port))) => {
                link.server = format!("{}:{port}", String::from_utf8_lossy(host));
            }
            ("QMTPUB", _) => link.published += 1,
            _ => {}
        }
    }

    fn change(&mut self, is_command: bool, name: &str, fields: &[&str]) {
        if let Some((link, state)) = State::after(is_command, name, fields) {
            let before = self.enter(link, state);
            self.before = is_command.then_some((link, before));
        }
    }

    /// Gives what it was.
    fn enter(&mut self, link: LinkId, state: State) -> State {
        let link = &mut self.links[usize::from(link.get())];
        core::mem::replace(&mut link.state, state)
    }

    fn link(&mut self, id: &str) -> Option<&mut Link> {
        let id: usize = id.trim().parse().ok()?;
        self.links.get_mut(id)
    }
}

impl Entry {
    /// For people: who spoke.
    pub(super) const fn sign(&self) -> char {
        match self.direction {
            Some(direction) => direction.arrow(),
            None => '*',
        }
    }

    /// The line, escaped.
    pub(super) fn text(&self) -> String {
        self.whole(escaped(&self.bytes))
    }

    /// The line as hex digits.
    pub(super) fn hex(&self) -> String {
        let digits: Vec<String> = self
            .bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        match self.direction {
            Some(_) => self.whole(digits.join(" ")),
            None => self.text(),
        }
    }

    fn whole(&self, shown: String) -> String {
        match self.left_out {
            0 => shown,
            left_out => tr(&format!("{shown}.. (and {left_out} bytes)")).into_owned(),
        }
    }

    /// Its meaning and what to do about it.
    pub(super) fn words(&self) -> String {
        match self.remedy {
            Some(remedy) => format!("{}{}{remedy}", self.meaning, tr("; ")),
            None => self.meaning.clone(),
        }
    }

    /// For programs.
    pub(super) fn object(&self) -> Value {
        let at_us = microseconds(self.at);
        let from = match self.direction {
            Some(Direction::ToModule) => "host",
            Some(Direction::FromModule) => "module",
            None => return json!({"at_us": at_us, "note": self.text(), "bad": self.is_bad}),
        };
        json!({
            "at_us": at_us,
            "from": from,
            "text": self.text(),
            "meaning": self.meaning,
            "remedy": self.remedy,
            "bad": self.is_bad,
        })
    }
}

/// A line of the log.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (s, ms, sign) = (self.at.as_secs(), self.at.subsec_millis(), self.sign());
        write!(f, "{s:4}.{ms:03} {sign} ")?;
        let (text, words) = (self.text(), self.words());
        match words.as_str() {
            "" => f.write_str(&text),
            words => write!(f, "{text:<COLUMN$}  # {words}"),
        }
    }
}

fn microseconds(at: Duration) -> u64 {
    u64::try_from(at.as_micros()).unwrap_or(u64::MAX)
}
