//! A recording, understood: rows of the dialogue, times, states of links.

use std::collections::BTreeMap;

use at_syntax::Args;
use qmt_proto::{LinkId, RequestDialect};

use super::latency::Times;
use super::spans::Links;
use crate::decode::{Frame, Kind, Listener, escaped};
use crate::dialogue::Request;
use crate::lang::tr;
use crate::trace::Direction;

/// Longest line that is shown whole, in characters.
const SHOWN: usize = 400;

/// A line of the dialogue.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) at_us: u64,
    pub(super) direction: Direction,
    pub(super) kind: Kind,
    /// Escaped, and cut short where it is too long.
    pub(super) text: String,
    /// The command that a final result code belongs to, in the same way.
    pub(super) command: Option<String>,
    pub(super) meaning: String,
    pub(super) section: Option<&'static str>,
    pub(super) remedy: Option<&'static str>,
    pub(super) damage: Option<String>,
}

/// Everything that the page tells.
#[derive(Debug)]
pub(super) struct Analysis {
    pub(super) title: String,
    pub(super) started_ms: u64,
    pub(super) duration_us: u64,
    /// From the host, from the module.
    pub(super) bytes: [u64; 2],
    pub(super) rows: Vec<Row>,
    pub(super) links: Links,
    /// By what was waited for: `AT+QMTPUB` to its OK, `+QMTPUB` to the result.
    pub(super) latencies: BTreeMap<String, Times>,
    pub(super) commands: u64,
    pub(super) published: u64,
    pub(super) received: u64,
    listener: Listener,
    /// The command that waits for its final result code.
    asked: Option<Asked>,
    /// Operations that wait for their deferred result.
    deferred: Vec<(u64, Request)>,
}

/// A command on its way.
#[derive(Debug)]
struct Asked {
    at_us: u64,
    label: String,
    text: String,
    /// The link whose state it is to change.
    link: Option<LinkId>,
}

/// Bytes as the page shows them.
fn shown(bytes: &[u8]) -> String {
    let mut text = escaped(bytes);
    if let Some((cut, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(cut);
        let more = format!(".. ({} bytes)", bytes.len());
        text.push_str(&tr(&more));
    }
    text
}

impl Analysis {
    pub(super) fn new(title: &str, started_ms: u64) -> Self {
        Self {
            title: title.to_owned(),
            started_ms,
            duration_us: 0,
            bytes: [0; 2],
            rows: Vec::new(),
            links: Links::default(),
            latencies: BTreeMap::new(),
            commands: 0,
            published: 0,
            received: 0,
            listener: Listener::new(true),
            asked: None,
            deferred: Vec::new(),
        }
    }

    /// `bytes` passed.
    pub(super) fn hear(&mut self, at_us: u64, direction: Direction, bytes: &[u8]) {
        let side = usize::from(direction == Direction::FromModule);
        self.bytes[side] += bytes.len() as u64;
        self.duration_us = self.duration_us.max(at_us);
        self.listener.hear(at_us, direction, bytes);
        self.take();
    }

    /// No more will come.
    pub(super) fn end(&mut self) {
        self.listener.end();
        self.take();
    }

    /// Rows that say that something went wrong.
    pub(super) fn failures(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.is_failure())
    }

    fn take(&mut self) {
        while let Some((at, frame)) = self.listener.next() {
            let is_final = matches!(frame.kind, Kind::Ok | Kind::Error | Kind::Cme);
            let command = self.asked.as_ref().filter(|_| is_final);
            let command = command.map(|asked| asked.text.clone());
            self.learn(at, &frame);
            let text = shown(&frame.bytes);
            self.rows.push(Row {
                at_us: at,
                direction: frame.direction.unwrap_or(Direction::FromModule),
                kind: frame.kind,
                text,
                command,
                meaning: frame.meaning,
                section: frame.section,
                remedy: frame.remedy,
                damage: frame.damage,
            });
        }
    }

    fn learn(&mut self, at: u64, frame: &Frame) {
        match (frame.kind, frame.direction) {
            (Kind::Echo, Some(Direction::ToModule)) => self.command(at, &frame.bytes),
            (Kind::Ok | Kind::Error | Kind::Cme, _) => {
                if let Some(asked) = self.asked.take() {
                    let times = self.latencies.entry(asked.label);
                    times.or_default().add(at.saturating_sub(asked.at_us));
                    if frame.kind != Kind::Ok {
                        if let Some(link) = asked.link {
                            self.links.refused(at, link);
                        }
                        // What was refused has no result.
                        self.deferred.retain(|(since, _)| *since != asked.at_us);
                    }
                }
            }
            (Kind::Report, _) => self.report(at, frame),
            _ => {}
        }
    }

    fn command(&mut self, at: u64, line: &[u8]) {
        let request = Request::new(line, &RequestDialect::default());
        self.commands += 1;
        let name = request.label();
        self.asked = Some(Asked {
            at_us: at,
            label: name.clone(),
            text: shown(line),
            link: None,
        });
        let name = name.strip_prefix("AT+").unwrap_or_default().to_owned();
        if request.is_deferred() {
            let equals = line.iter().position(|&byte| byte == b'=');
            let list = line.get(equals.map_or(line.len(), |at| at + 1)..);
            let link = Args::new(list.unwrap_or_default()).int::<u8>();
            if let Ok(link) = link {
                self.links.learn(at, true, &name, &[&link.to_string()]);
                if let Some(asked) = &mut self.asked {
                    asked.link = LinkId::new(link);
                }
            }
            self.published += u64::from(name == "QMTPUB");
            self.deferred.push((at, request));
        }
    }

    fn report(&mut self, at: u64, frame: &Frame) {
        let fields = frame.fields.iter().map(|field| field.as_deref());
        let fields: Vec<&str> = fields.map(Option::unwrap_or_default).collect();
        self.received += u64::from(frame.name == "QMTRECV");
        if frame.name == "RDY" {
            self.links.restart(at);
            self.asked = None;
            self.deferred.clear();
        }
        self.links.learn(at, false, &frame.name, &fields);
        let ended = self
            .deferred
            .iter()
            .position(|(_, request)| request.is_ended_by(&frame.bytes));
        if let Some(index) = ended {
            let (since, _) = self.deferred.remove(index);
            let times = self.latencies.entry(format!("+{}", frame.name));
            times.or_default().add(at.saturating_sub(since));
        }
    }
}

impl Row {
    pub(super) fn is_failure(&self) -> bool {
        let failed = matches!(self.kind, Kind::Error | Kind::Cme);
        failed || self.remedy.is_some() || self.damage.is_some()
    }
}
