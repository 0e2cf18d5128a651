//! Who knows what the broker saw, what the module heard and said, and what the host was told, and
//! compares: outcomes are true, events are not made up, every accepted operation ends once and in
//! time (Q4, Q5, Q7).
//!
//! The module's side is its own journal and the broker's own events. No reader of the serial line
//! has a part in it, so a mistake of ours in reading cannot excuse itself.

use core::fmt;
use core::time::Duration;
use std::collections::HashMap;

use qmt_broker::Event;
use qmt_modem::JournalEntry;
use qmt_session::proto::{Instant, LinkId, Qos, hex};
use qmt_session::{ConnectError, Outcome, Rejection, Ticket};

use crate::Told;

mod module;

use module::ModuleSide;

/// Longest time an operation may take with the default time-outs: the longest response time of the
/// note for packets, 30 s x (3 + 1), its margin, and a command in front of it (Q7).
const LONGEST: Duration = Duration::from_secs(30 * 4 + 5 + 36);

/// How often a module must refuse a command before its refusal is believed.
const REFUSALS: usize = 3;

/// A publish as the application meant it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wish {
    link: LinkId,
    qos: Qos,
    topic: String,
    payload: Vec<u8>,
}

/// A promise that was not kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Broken {
    /// What was promised, in the words of RELIABILITY.md.
    pub promise: &'static str,
    /// What happened instead.
    pub story: String,
}

/// A wish and how it went.
#[derive(Debug)]
struct Operation {
    wish: Wish,
    since: Instant,
    outcome: Option<Outcome>,
}

/// Watches one world.
#[derive(Debug)]
pub struct Oracle {
    /// How long an operation may take.
    pub longest: Duration,
    operations: Vec<Operation>,
    by_ticket: HashMap<Ticket, usize>,
    module: ModuleSide,
    broken: Vec<Broken>,
}

impl Wish {
    /// A publish that is not retained.
    pub fn new(link: LinkId, qos: Qos, topic: &str, payload: &[u8]) -> Self {
        Self {
            link,
            qos,
            topic: topic.to_owned(),
            payload: payload.to_vec(),
        }
    }
}

impl Default for Oracle {
    fn default() -> Self {
        Self {
            longest: LONGEST,
            operations: Vec::new(),
            by_ticket: HashMap::new(),
            module: ModuleSide::default(),
            broken: Vec::new(),
        }
    }
}

/// What there is to know.
impl Oracle {
    /// What was not kept so far.
    pub fn broken(&self) -> &[Broken] {
        &self.broken
    }

    /// Wishes accepted, and how many of them have ended.
    pub fn operations(&self) -> (usize, usize) {
        let ended = self.operations.iter().filter(|op| op.outcome.is_some());
        (self.operations.len(), ended.count())
    }

    /// How often an outcome was told that `wanted` picks.
    pub fn count(&self, wanted: impl Fn(&Outcome) -> bool) -> usize {
        let ends = self.operations.iter().filter_map(|op| op.outcome.as_ref());
        ends.filter(|outcome| wanted(outcome)).count()
    }

    /// Every command line the module has taken, as it took it.
    pub fn commands(&self) -> &[Vec<u8>] {
        &self.module.heard
    }

    /// Every payload the module has taken in data mode.
    pub fn payloads(&self) -> &[Vec<u8>] {
        &self.module.payloads
    }

    /// Messages the broker has taken.
    pub fn published(&self) -> usize {
        self.module.published.len()
    }

    /// Topics and payloads of the messages the broker has taken.
    pub fn at_broker(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let published = self.module.published.iter();
        published.map(|message| (message.topic.as_bytes(), &message.payload[..]))
    }

    /// Once nothing moves any more: every operation has ended, and what was said never to have
    /// gone out is not at the broker.
    pub fn at_rest(&mut self) {
        for at in 0..self.operations.len() {
            let Operation { wish, outcome, .. } = &self.operations[at];
            let seen = self.module.saw(wish);
            let story = match outcome {
                None => format!("{wish:?} has not ended"),
                Some(Outcome::Rejected(_) | Outcome::NotSent(_)) if seen > 0 => {
                    format!("{wish:?} ended as {outcome:?} and the broker has it")
                }
                _ => continue,
            };
            let promise = if outcome.is_none() { "Q4" } else { "Q5" };
            self.broken.push(Broken { promise, story });
        }
    }

    /// Fails unless everything was kept.
    ///
    /// # Panics
    /// When a promise was broken.
    pub fn assert_kept(&self) {
        assert!(self.broken.is_empty(), "{:#?}", self.broken);
    }
}

/// What happens.
impl Oracle {
    pub(crate) fn on_truth(&mut self, now: Instant, journal: &[JournalEntry], events: &[Event]) {
        self.module.on_journal(now, journal);
        self.module.on_events(events);
    }

    pub(crate) fn on_wish(&mut self, now: Instant, ticket: Ticket, wish: Wish) {
        let operation = Operation {
            wish,
            since: now,
            outcome: None,
        };
        self.by_ticket.insert(ticket, self.operations.len());
        self.operations.push(operation);
    }

    /// A new host knows nothing of the tickets of the old one.
    pub(crate) fn on_host_reset(&mut self) {
        for operation in &mut self.operations {
            operation
                .outcome
                .get_or_insert(Outcome::Unknown(qmt_session::Doubt::Aborted));
        }
        self.by_ticket.clear();
    }

    pub(crate) fn complain(&mut self, story: &str) {
        self.require(false, "Q17", || story.to_owned());
    }

    pub(crate) fn on_told(&mut self, now: Instant, told: &Told) {
        match told {
            Told::Published(ticket, outcome) => self.on_outcome(now, *ticket, *outcome),
            Told::Late(ticket, outcome) => self.on_late(*ticket, *outcome),
            Told::Message {
                link,
                topic,
                payload,
                ..
            } => {
                let said = self.module.take_message(*link, topic, payload);
                self.require(said, "no forged message", || {
                    format!(
                        "{link}: {} {}",
                        topic.escape_ascii(),
                        payload.escape_ascii()
                    )
                });
            }
            Told::ModuleRestarted => {
                let said = self.module.take_line(|line| line == b"RDY");
                self.require(said, "no forged restart", String::new);
            }
            Told::Ready(link) => {
                let number = link.get();
                let said = self.module.take_report(
                    "+QMTCONN",
                    // Some modules print the code of the server with refusals only.
                    |values| matches!(values, [l, 0] | [l, 0, 0] if *l == i64::from(number)),
                );
                self.require(said, "no forged readiness", || format!("link {link}"));
            }
            Told::Subscribed(link, filter, granted) => {
                let codes = self.module.answers_to(filter);
                // A module that goes on refusing the command refuses the wish.
                let refused = granted.0 == 128 && self.module.refusals() >= REFUSALS;
                let story = || format!("link {link}: {filter} {granted:?}, broker: {codes:?}");
                let told = codes.contains(&granted.0) || refused;
                self.require(told, "no forged grant", story);
            }
            Told::Unsubscribed(link, filter) => {
                let refused = self.module.refusals() >= REFUSALS;
                let done = self.module.unsubscribed(filter) || refused;
                self.require(done, "no forged end of a subscription", || {
                    format!("link {link}: {filter}")
                });
            }
            Told::Down(link, error, _) => self.on_down(*link, error),
            _ => {}
        }
    }

    fn on_down(&mut self, link: LinkId, error: &ConnectError) {
        let number = i64::from(link.get());
        let said = match error {
            ConnectError::Lost(code) => {
                let code = i64::from(code.0);
                let this = |values: &[i64]| *values == [number, code];
                self.module.take_report("+QMTSTAT", this)
            }
            ConnectError::Refused(code) => {
                let code = i64::from(code.0);
                let this =
                    |values: &[i64]| matches!(values, [l, _, c] if (*l, *c) == (number, code));
                self.module.take_report("+QMTCONN", this)
            }
            ConnectError::Module(Rejection::Open(result)) => {
                let result = i64::from(result.0);
                let this = |values: &[i64]| *values == [number, result];
                self.module.take_report("+QMTOPEN", this)
            }
            ConnectError::Module(_) => self.module.refusals() > 0,
            _ => true,
        };
        self.require(said, "no forged loss", || format!("link {link}: {error:?}"));
    }

    fn on_outcome(&mut self, now: Instant, ticket: Ticket, outcome: Outcome) {
        let Some(&at) = self.by_ticket.get(&ticket) else {
            // Published without the oracle's knowledge.
            return;
        };
        let Operation { wish, since, .. } = &self.operations[at];
        let took = now.saturating_since(*since);
        let (late, wish) = (took > self.longest, wish.clone());
        self.require(!late, "Q7", || format!("{wish:?} took {took:?}"));
        let again = self.operations[at].outcome.replace(outcome);
        self.require(again.is_none(), "Q4", || {
            format!("{wish:?} ended twice: {again:?}, {outcome:?}")
        });
        self.check(&wish, outcome);
    }

    fn on_late(&mut self, ticket: Ticket, outcome: Outcome) {
        let Some(&at) = self.by_ticket.get(&ticket) else {
            return;
        };
        let Operation {
            wish,
            outcome: told,
            ..
        } = &self.operations[at];
        let (wish, told) = (wish.clone(), *told);
        let doubted = matches!(told, Some(Outcome::Unknown(_)));
        self.require(doubted, "late truth only after doubt", || {
            format!("{wish:?}: {told:?}, then {outcome:?}")
        });
        self.check(&wish, outcome);
    }

    /// Q5: what is told is true.
    fn check(&mut self, wish: &Wish, outcome: Outcome) {
        let seen = self.module.saw(wish);
        let told = self.module.was_told(wish);
        let (kept, promise) = match outcome {
            Outcome::Acked(_) => (seen > 0 && wish.qos != Qos::AtMostOnce, "Q5 acked"),
            Outcome::Sent => (told && wish.qos == Qos::AtMostOnce, "Q5 sent"),
            Outcome::Rejected(_) => (seen == 0, "Q5 rejected"),
            Outcome::NotSent(_) => (seen == 0, "Q5 not sent"),
            Outcome::Unknown(_) => (true, "Q5 unknown"),
        };
        self.require(kept, promise, || {
            format!("{wish:?}: {outcome:?}, at the broker {seen} times")
        });
    }

    fn require(&mut self, kept: bool, promise: &'static str, story: impl FnOnce() -> String) {
        if !kept {
            let story = story();
            self.broken.push(Broken { promise, story });
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.promise, self.story)
    }
}

/// The digits of a payload as the module prints them in hex.
fn digits(payload: &[u8]) -> Vec<u8> {
    payload
        .iter()
        .flat_map(|&byte| hex::digits_of(byte))
        .collect()
}
