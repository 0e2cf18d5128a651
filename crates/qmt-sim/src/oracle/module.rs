//! The module's side of the truth: what it heard and said, and what the broker saw.

use qmt_broker::Event;
use qmt_modem::JournalEntry;
use qmt_session::proto::LinkId;

use super::{Wish, digits};

/// Lines that nobody has been told yet are kept up to here.
const KEPT: usize = 256;

/// A message at the broker.
#[derive(Debug)]
pub(super) struct Accepted {
    topic: String,
    payload: Vec<u8>,
    qos: u8,
}

/// What happened behind the serial line.
#[derive(Debug, Default)]
pub(super) struct ModuleSide {
    /// Command lines, in order.
    pub(super) heard: Vec<Vec<u8>>,
    /// Payloads of data mode, in order.
    pub(super) payloads: Vec<Vec<u8>>,
    /// Messages the broker took.
    pub(super) published: Vec<Accepted>,
    /// Lines said that have not yet backed something told.
    said: Vec<Vec<u8>>,
    refusals: usize,
    grants: Vec<(String, u8)>,
    unsubscribed: Vec<String>,
}

impl ModuleSide {
    pub(super) fn on_journal(&mut self, journal: &[JournalEntry]) {
        for entry in journal {
            match entry {
                JournalEntry::Heard(line) => self.heard.push(line.clone()),
                JournalEntry::Payload(payload) => self.payloads.push(payload.clone()),
                JournalEntry::Said(line) => {
                    let is_message = line.starts_with(b"+QMTRECV");
                    // A message may end in anything.
                    let line = if is_message {
                        line
                    } else {
                        line.trim_ascii_end()
                    };
                    let refusal = line == b"ERROR" || line.starts_with(b"+CME ERROR");
                    self.refusals += usize::from(refusal);
                    let news = [
                        &b"+QMTRECV"[..],
                        b"+QMTSTAT",
                        b"+QMTCONN",
                        b"+QMTOPEN",
                        b"RDY",
                    ];
                    if news.iter().any(|name| line.starts_with(name)) {
                        self.said.push(line.to_vec());
                    }
                }
                _ => {}
            }
        }
        if self.said.len() > KEPT {
            self.said.drain(..KEPT / 2);
        }
    }

    pub(super) fn on_events(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Published { message, .. } => self.published.push(Accepted {
                    topic: message.topic.clone(),
                    payload: message.payload.clone(),
                    qos: message.qos as u8,
                }),
                Event::Subscribed { filter, code, .. } => {
                    self.grants.push((filter.clone(), code.number()));
                }
                Event::Unsubscribed { filter, .. } => self.unsubscribed.push(filter.clone()),
                _ => {}
            }
        }
    }

    /// How often the broker has the message of a wish.
    pub(super) fn saw(&self, wish: &Wish) -> usize {
        let same = |message: &&Accepted| {
            message.payload == wish.payload
                && message.topic == wish.topic
                && message.qos == wish.qos.level()
        };
        self.published.iter().filter(same).count()
    }

    /// Whether the module was given the payload of a wish, in data mode or on the command line.
    pub(super) fn was_told(&self, wish: &Wish) -> bool {
        let payload = &wish.payload;
        let in_line = |line: &Vec<u8>| {
            line.starts_with(b"AT+QMTPUB")
                && (line.ends_with(&digits(payload)) || line.ends_with(payload))
        };
        self.payloads.contains(payload) || payload.is_empty() || self.heard.iter().any(in_line)
    }

    /// How many commands the module has refused.
    pub(super) const fn refusals(&self) -> usize {
        self.refusals
    }

    pub(super) fn answers_to(&self, filter: &str) -> Vec<u8> {
        let answers = self.grants.iter().filter(|(asked, _)| asked == filter);
        answers.map(|(_, code)| *code).collect()
    }

    pub(super) fn unsubscribed(&self, filter: &str) -> bool {
        self.unsubscribed.iter().any(|given_up| given_up == filter)
    }

    /// Takes a line that `wanted` picks, if the module has said one.
    pub(super) fn take_line(&mut self, wanted: impl Fn(&[u8]) -> bool) -> bool {
        let found = self.said.iter().position(|line| wanted(line));
        found.map(|at| self.said.remove(at)).is_some()
    }

    /// Takes a line `<name>: <numbers>` that `wanted` picks.
    pub(super) fn take_report(&mut self, name: &str, wanted: impl Fn(&[i64]) -> bool) -> bool {
        self.take_line(|line| {
            let Some(values) = line.strip_prefix(name.as_bytes()) else {
                return false;
            };
            let values = String::from_utf8_lossy(values);
            let numbers: Option<Vec<i64>> = values
                .trim_start_matches([':', ' '])
                .split(',')
                .map(|value| value.trim().parse().ok())
                .collect();
            numbers.is_some_and(|numbers| wanted(&numbers))
        })
    }

    /// Takes a message with exactly this content: with or without a blank before link and
    /// topic, a length, quotes around the payload; as text or in hex.
    pub(super) fn take_message(&mut self, link: LinkId, topic: &[u8], payload: &[u8]) -> bool {
        let names = [&b",\""[..], b", \""].map(|before| [before, topic, b"\","].concat());
        let (link, hex) = (format!("{link},"), digits(payload));
        self.take_line(|line| {
            let Some(values) = line.strip_prefix(b"+QMTRECV:") else {
                return false;
            };
            let body = names.iter().find_map(|name| {
                let at = values.windows(name.len()).position(|part| part == name)?;
                values.get(at + name.len()..)
            });
            let Some(body) = body else {
                return false;
            };
            let digits = body.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let counted = body.get(digits..).and_then(|rest| rest.strip_prefix(b","));
            let starts = |body: &[u8]| {
                let data = body.strip_prefix(b"\"").unwrap_or(body);
                [payload, &hex]
                    .iter()
                    .any(|p| data.starts_with(p) || body.starts_with(p))
            };
            values.trim_ascii_start().starts_with(link.as_bytes())
                && (starts(body) || counted.is_some_and(starts))
        })
    }
}
