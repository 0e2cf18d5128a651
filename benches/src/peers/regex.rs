//! regex: one pattern of bytes for each kind of line, tried in turn.

use regex::bytes::{Captures, Match, Regex};

use super::framers::OfLine;
use crate::Event;

/// The patterns, compiled once.
#[derive(Debug)]
pub(super) struct Patterns {
    cme: Regex,
    message: Regex,
    published: Regex,
    subscribed: Regex,
    connected: Regex,
    lost: Regex,
    registration: Regex,
    power: Regex,
}

impl Patterns {
    pub(super) fn new() -> Self {
        let compile = |pattern| Regex::new(pattern).expect("a legal pattern");
        Self {
            cme: compile(r"^\+CME ERROR: (\d+)$"),
            // `(?s-u)`: a payload may hold any byte.
            message: compile(r#"(?s-u)^\+QMTRECV: (\d+),(\d+),"([^"]*)",(\d+),"(.*)"$"#),
            published: compile(r"^\+QMTPUB: (\d+),(\d+),(\d+)(?:,(\d+))?$"),
            subscribed: compile(r"^\+QMTSUB: (\d+),(\d+),(\d+)(?:,(\d+))?$"),
            connected: compile(r"^\+QMTCONN: (\d+),(\d+)(?:,(\d+))?$"),
            lost: compile(r"^\+QMTSTAT: (\d+),(\d+)$"),
            registration: compile(r#"^\+CEREG: ((\d+),"[0-9A-F]*","[0-9A-F]*",\d+)$"#),
            power: compile(r#"^\+QNBIOTEVENT: "([^"]*)"$"#),
        }
    }

    fn parse<'l>(&self, line: &'l [u8]) -> Option<Event<'l>> {
        if line == b"OK" {
            return Some(Event::Ok);
        }
        if line == b"ERROR" {
            return Some(Event::Error);
        }
        if let Some(found) = self.message.captures(line) {
            let (link, id) = (number(found.get(1))?, number(found.get(2))?);
            return Some(Event::Message(
                link,
                id,
                bytes(&found, 3)?,
                bytes(&found, 5)?,
            ));
        }
        if let Some(found) = self.published.captures(line) {
            let (link, id, result) = head(&found)?;
            return Some(Event::Published(link, id, result, number(found.get(4))));
        }
        if let Some(found) = self.subscribed.captures(line) {
            let (link, id, result) = head(&found)?;
            return Some(Event::Subscribed(link, id, result, number(found.get(4))));
        }
        if let Some(found) = self.connected.captures(line) {
            let (link, result) = (number(found.get(1))?, number(found.get(2))?);
            return Some(Event::Connected(link, result, number(found.get(3))));
        }
        if let Some(found) = self.lost.captures(line) {
            return Some(Event::Lost(number(found.get(1))?, number(found.get(2))?));
        }
        if let Some(found) = self.registration.captures(line) {
            return Some(Event::Registration(
                number(found.get(2))?,
                bytes(&found, 1)?,
            ));
        }
        if let Some(found) = self.power.captures(line) {
            return Some(Event::Power(bytes(&found, 1)?));
        }
        let found = self.cme.captures(line)?;
        Some(Event::Cme(number(found.get(1))?))
    }
}

impl OfLine for Patterns {
    fn tell(&self, line: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        if let Some(event) = self.parse(line) {
            sink(event);
        }
    }
}

fn head(found: &Captures<'_>) -> Option<(u8, u16, u8)> {
    Some((
        number(found.get(1))?,
        number(found.get(2))?,
        number(found.get(3))?,
    ))
}

fn bytes<'l>(found: &Captures<'l>, group: usize) -> Option<&'l [u8]> {
    found.get(group).map(|found| found.as_bytes())
}

fn number<N: core::str::FromStr>(found: Option<Match<'_>>) -> Option<N> {
    core::str::from_utf8(found?.as_bytes()).ok()?.parse().ok()
}
