//! The module's side of the truth: what it heard and said, and what the broker saw.

use core::hash::{Hash, Hasher};
use core::time::Duration;
use std::collections::{HashMap, HashSet, VecDeque, hash_map::DefaultHasher};

use qmt_broker::Event;
use qmt_modem::JournalEntry;
use qmt_session::proto::{Instant, LinkId};

use super::{Wish, digits};

/// How long what was said can still be told: longer than any fault holds a line back.
const KEPT: Duration = Duration::from_secs(3600);

/// A message at the broker.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
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
    /// How often it took each, by its [`digest`].
    copies: HashMap<u64, usize>,
    /// The digests of `payloads`.
    given: HashSet<u64>,
    /// Lines said that have not yet backed something told, with the time.
    said: VecDeque<(Instant, Vec<u8>)>,
    refusals: usize,
    grants: Vec<(String, u8)>,
    unsubscribed: Vec<String>,
}

impl ModuleSide {
    pub(super) fn on_journal(&mut self, now: Instant, journal: Vec<JournalEntry>) {
        for entry in journal {
            match entry {
                JournalEntry::Heard(line) => self.heard.push(line),
                JournalEntry::Payload(payload) => {
                    self.given.insert(digest(&payload));
                    self.payloads.push(payload);
                }
                JournalEntry::Said(line) => {
                    let is_message = line.starts_with(b"+QMTRECV");
                    // A message may end in anything.
                    let line = if is_message {
                        &line[..]
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
                        self.said.push_back((now, line.to_vec()));
                    }
                }
                _ => {}
            }
        }
        while let Some((at, _)) = self.said.front()
            && now.saturating_since(*at) > KEPT
        {
            self.said.pop_front();
        }
    }

    pub(super) fn on_events(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Published { message, .. } => {
                    let topic = message.topic.as_str();
                    let copy = digest(&(topic, &message.payload[..], message.qos as u8));
                    *self.copies.entry(copy).or_default() += 1;
                    self.published.push(Accepted {
                        topic: message.topic.clone(),
                        payload: message.payload.clone(),
                    });
                }
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
        let copy = digest(&(wish.topic.as_str(), &wish.payload[..], wish.qos.level()));
        self.copies.get(&copy).copied().unwrap_or_default()
    }

    /// Whether the module was given the payload of a wish, in data mode or on the command line.
    pub(super) fn was_told(&self, wish: &Wish) -> bool {
        let payload = &wish.payload;
        let hex = digits(payload);
        let in_line = |line: &Vec<u8>| {
            line.starts_with(b"AT+QMTPUB") && (line.ends_with(&hex) || line.ends_with(payload))
        };
        self.given.contains(&digest(payload))
            || payload.is_empty()
            || self.heard.iter().rev().any(in_line)
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
        let found = self.said.iter().position(|(_, line)| wanted(line));
        found.and_then(|at| self.said.remove(at)).is_some()
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

    /// Takes a message with exactly this content, in any of the forms of the quirks.
    pub(super) fn take_message(&mut self, link: LinkId, topic: &[u8], payload: &[u8]) -> bool {
        let hex = digits(payload);
        self.take_line(|line| is_message(line, link, topic, [payload, &hex]))
    }
}

/// Whether `line`, up to its end, is the message: with or without a blank before link and topic, a
/// length, quotes around the payload and an empty line after it; as text or in hex.
fn is_message(line: &[u8], link: LinkId, topic: &[u8], forms: [&[u8]; 2]) -> bool {
    let body = || {
        let rest = line.strip_prefix(b"+QMTRECV:")?;
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        let rest = rest.strip_prefix(&[b'0' + link.get(), b','][..])?;
        let (_, rest) = number(rest)?;
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        let rest = rest.strip_prefix(b"\"")?.strip_prefix(topic)?;
        rest.strip_prefix(b"\",")
    };
    let Some(body) = body() else {
        return false;
    };
    let ends = |body: &[u8], data: &[u8]| {
        let quoted = body.strip_prefix(b"\"").and_then(|b| b.strip_prefix(data));
        let rests = [
            body.strip_prefix(data),
            quoted.and_then(|b| b.strip_prefix(b"\"")),
        ];
        let end = |rest: &[u8]| rest == b"\r\n" || rest == b"\r\n\r\n";
        rests.into_iter().flatten().any(end)
    };
    if forms.iter().any(|data| ends(body, data)) {
        return true;
    }
    number(body).is_some_and(|(count, body)| {
        let this =
            |data: &&[u8]| (count == forms[0].len() || count == data.len()) && ends(body, data);
        forms.iter().any(this)
    })
}

/// A number at the beginning, and what stands behind its comma.
fn number(text: &[u8]) -> Option<(usize, &[u8])> {
    let comma = text.iter().position(|byte| *byte == b',')?;
    let (digits, rest) = text.split_at(comma);
    let number = core::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((number, &rest[1..]))
}

/// A number that stands for `value`, the same in every run.
pub(super) fn digest(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_whole_line() {
        let is = |line: &[u8], payload: &[u8]| {
            let hex = digits(payload);
            is_message(line, LinkId::ALL[1], b"t", [payload, &hex])
        };
        for line in [
            &b"+QMTRECV: 1,0,\"t\",2,\"ab\"\r\n"[..],
            b"+QMTRECV:1,7, \"t\",2,ab\r\n\r\n",
            b"+QMTRECV: 1,0,\"t\",\"ab\"\r\n",
            b"+QMTRECV: 1,0,\"t\",4,\"6162\"\r\n",
            b"+QMTRECV: 1,0,\"t\",2,\"6162\"\r\n",
        ] {
            assert!(is(line, b"ab"), "{}", line.escape_ascii());
            for other in [&b"a"[..], b"abc", b"b", b"", b"ab\r\n", b"\"ab"] {
                let shown = other.escape_ascii();
                assert!(!is(line, other), "{}: {shown}", line.escape_ascii());
            }
        }
        assert!(is(b"+QMTRECV: 1,0,\"t\",3,\"1,2\"\r\n", b"1,2"));
        assert!(!is(b"+QMTRECV: 2,0,\"t\",2,\"ab\"\r\n", b"ab"));
        assert!(!is(b"+QMTRECV: 1,0,\"tt\",2,\"ab\"\r\n", b"ab"));
        assert!(!is(b"+QMTRECV: 1,0,\"t\",3,\"ab\"\r\n", b"ab"));
    }
}
