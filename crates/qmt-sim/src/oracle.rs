//! Who knows what the broker saw, what the module heard and said, and what the host was told, and
//! compares: outcomes are true, events are not made up, every accepted operation ends once and in
//! time (Q4, Q5, Q7).
//!
//! The module's side is its own journal and the broker's own events. No reader of the serial line
//! has a part in it, so a mistake of ours in reading cannot excuse itself.

use core::fmt;
use core::time::Duration;
use std::collections::{HashMap, HashSet};

use qmt_broker::Event;
use qmt_modem::JournalEntry;
use qmt_session::proto::{Instant, LinkId, Qos, hex};
use qmt_session::{Doubt, OutboxId, Outcome, Ticket};

mod module;
mod told;

use module::{ModuleSide, digest};

/// Longest time an operation may take with the default time-outs: the longest response time of the
/// note for packets, 30 s x (3 + 1), its margin, and a command in front of it (Q7).
const LONGEST: Duration = Duration::from_secs(30 * 4 + 5 + 36);

/// How long a changed byte, or a lie of the module, may make what the host tells untrue: longer
/// than any answer takes.
const LIE: Duration = Duration::from_secs(300);

/// How long a module may go on taking what it hears for the payload of a host that is no more
/// (QMT §3.3.8 note 3), and how long that may take on the line.
const DATA_MODE: Duration = Duration::from_secs(60 + 5);

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
    /// Whether it is a message of an outbox, which waits as long as its link is away.
    is_enqueued: bool,
}

/// Watches one world.
#[derive(Debug)]
pub struct Oracle {
    /// How long an operation may take.
    pub longest: Duration,
    /// Whether what may be untrue because of a [lie](Self::on_lie) is only counted.
    pub forgives: bool,
    /// Whether every publish is made with the oracle's knowledge, so that a payload that nobody
    /// wished is one too many (Q2).
    pub knows_all: bool,
    operations: Vec<Operation>,
    by_ticket: HashMap<Ticket, usize>,
    by_id: HashMap<OutboxId, usize>,
    /// Digests of all payloads that were wished.
    wished: HashSet<u64>,
    module: ModuleSide,
    /// Command lines and payloads of the module that have been looked at.
    looked: (usize, usize),
    leftovers_closed: u32,
    set_again: u32,
    /// Options set since a network was last opened.
    settings: HashSet<u64>,
    lied_at: Option<Instant>,
    host_reset_at: Option<Instant>,
    /// Resets of the module that the application has made and told the host of.
    module_resets: u32,
    /// Whether the host has opened nothing since it was reset.
    host_is_new: bool,
    forgiven: u64,
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
            forgives: false,
            knows_all: false,
            operations: Vec::new(),
            by_ticket: HashMap::new(),
            by_id: HashMap::new(),
            wished: HashSet::new(),
            module: ModuleSide::default(),
            looked: (0, 0),
            leftovers_closed: 0,
            set_again: 0,
            settings: HashSet::new(),
            lied_at: None,
            host_reset_at: None,
            module_resets: 0,
            host_is_new: false,
            forgiven: 0,
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

    /// How the operation with that number has ended, in the order in which they were accepted.
    pub fn outcome(&self, number: usize) -> Option<Outcome> {
        self.operations.get(number)?.outcome
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
    pub const fn published(&self) -> usize {
        self.module.published.len()
    }

    /// How often something untrue was told that a lie explains.
    pub const fn forgiven(&self) -> u64 {
        self.forgiven
    }

    /// How often a new host has closed what an old one had left open.
    pub const fn leftovers_closed(&self) -> u32 {
        self.leftovers_closed
    }

    /// How often the module was given an option twice for the same opening.
    pub const fn set_again(&self) -> u32 {
        self.set_again
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
            let Operation {
                wish,
                outcome,
                since,
                ..
            } = &self.operations[at];
            let seen = self.module.saw(wish);
            let since = *since;
            match outcome {
                None => {
                    let story = format!("{wish:?} has not ended");
                    self.require(false, "Q4", || story);
                }
                Some(Outcome::Rejected(_) | Outcome::NotSent(_)) if seen > 0 => {
                    let story = format!("{wish:?} ended as {outcome:?} and the broker has it");
                    self.require_true(since, false, "Q5", || story);
                }
                _ => {}
            }
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
    /// What the host hears from now on may be untrue through no fault of its own: bytes of the
    /// line were changed, or the module says what is not so.
    pub const fn on_lie(&mut self, now: Instant) {
        self.lied_at = Some(now);
    }

    pub(crate) fn on_truth(&mut self, now: Instant, journal: Vec<JournalEntry>, events: &[Event]) {
        if !journal.is_empty() {
            self.module.on_journal(now, journal);
            self.on_heard();
            self.on_payloads(now);
        }
        self.module.on_events(events);
    }

    /// What the module was told shows what the host is doing.
    fn on_heard(&mut self) {
        let lines = self.module.heard.get(self.looked.0..).unwrap_or_default();
        for line in lines {
            if line.starts_with(b"AT+QMTOPEN=") {
                self.settings.clear();
                self.host_is_new = false;
            } else if line.starts_with(b"AT+QMTCFG=") {
                let values = line.iter().filter(|byte| **byte == b',').count();
                let again = values > 1 && !self.settings.insert(digest(line));
                self.set_again += u32::from(again);
            } else if line.starts_with(b"AT+QMTCLOSE=") && line.last() != Some(&b'?') {
                self.leftovers_closed += u32::from(self.host_is_new);
            }
        }
        self.looked.0 = self.module.heard.len();
    }

    /// Q2: in data mode the module gets nothing but payloads, each whole.
    fn on_payloads(&mut self, now: Instant) {
        while let Some(payload) = self.module.payloads.get(self.looked.1) {
            self.looked.1 += 1;
            let wished = self.wished.contains(&digest(payload));
            let is_old = self
                .host_reset_at
                .is_some_and(|at| now.saturating_since(at) <= DATA_MODE);
            if self.knows_all && !wished && !is_old {
                let story = format!("nobody wished {}", payload.escape_ascii());
                self.require_true(now, false, "Q2", || story);
            }
        }
    }

    pub(crate) fn on_wish(&mut self, now: Instant, ticket: Ticket, wish: Wish) {
        self.by_ticket.insert(ticket, self.operations.len());
        self.accept(now, wish, false);
    }

    /// A message is in the outbox of the host.
    pub fn on_enqueued(&mut self, now: Instant, id: OutboxId, wish: Wish) {
        self.by_id.insert(id, self.operations.len());
        self.accept(now, wish, true);
    }

    fn accept(&mut self, now: Instant, wish: Wish, is_enqueued: bool) {
        if self.knows_all {
            self.wished.insert(digest(&wish.payload));
        }
        self.operations.push(Operation {
            wish,
            since: now,
            outcome: None,
            is_enqueued,
        });
    }

    /// A new host knows nothing of the tickets of the old one; of its outbox, if that is restored.
    pub(crate) fn on_host_reset(&mut self, now: Instant, restored: bool) {
        for operation in &mut self.operations {
            if !(restored && operation.is_enqueued) {
                let doubt = Outcome::Unknown(Doubt::Aborted);
                operation.outcome.get_or_insert(doubt);
            }
        }
        self.by_ticket.clear();
        if !restored {
            self.by_id.clear();
        }
        self.host_reset_at = Some(now);
        self.host_is_new = true;
    }

    /// The application has reset the module and tells the host.
    pub(crate) const fn on_module_reset(&mut self) {
        self.module_resets += 1;
    }

    /// The host did nothing for so long: its operations have that much more time.
    pub(crate) fn on_host_away(&mut self, time: Duration) {
        self.lied_at = self.lied_at.map(|at| at.saturating_add(time));
        for operation in &mut self.operations {
            if operation.outcome.is_none() {
                operation.since = operation.since.saturating_add(time);
            }
        }
    }

    pub(crate) fn complain(&mut self, story: &str) {
        self.require(false, "Q17", || story.to_owned());
    }

    /// What was told of something that began at `since` is true, or a lie explains it.
    fn require_true(
        &mut self,
        since: Instant,
        kept: bool,
        promise: &'static str,
        story: impl FnOnce() -> String,
    ) {
        let near = |lied: Instant| lied.saturating_add(LIE) >= since;
        if !kept && self.forgives && self.lied_at.is_some_and(near) {
            self.forgiven += 1;
        } else {
            self.require(kept, promise, story);
        }
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

#[cfg(test)]
mod tests;
