//! What is wanted, how far it has come, and what is next.

use qmt_proto::{CmeCode, Filter, Granted, Instant, LinkId, SleepMode};

use super::backoff::Jitter;
use super::config::Habits;
use super::ladder::{Ladder, Remedy};
use super::link::{Link, Step};
use super::module::{ALL_LINKS, Module};
use super::outbox::{Outbox, OutboxId};
use super::store::Store;
use super::{ClientConfig, ClientError, ConnectError};
use crate::per_link::{FIRST, PerLink, after, all_from};
use crate::soonest::Soonest;
use crate::span::{Millis, later};
use crate::{Doubt, Event, Outcome, Rejection, Session, Ticket};

/// What is wanted and how far it has come.
#[derive(Debug)]
pub(super) struct Plan<'buf> {
    pub(super) config: Habits,
    pub(super) store: Store<'buf>,
    pub(super) outbox: Outbox<'buf>,
    pub(super) module: Module,
    pub(super) links: PerLink<Link>,
    pub(super) jitter: Jitter,
    pub(super) ladder: Ladder,
    pub(super) now: Instant,
    /// Since when nothing has been pending.
    pub(super) idle_since: Option<Instant>,
    /// The link whose turn it is.
    pub(super) turn: LinkId,
    /// Whether the module may sleep once no link is wanted.
    pub(super) may_rest: bool,
}

/// What to tell the owner, without borrows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tell {
    /// Nothing: the event was for the plan alone.
    Nothing,
    ModuleReady,
    ModuleFailed(ClientError),
    ModuleRestarted,
    Escalated(Remedy),
    Resting,
    Ready(LinkId),
    /// The subscription whose record is at this place.
    Subscribed(LinkId, usize, Granted),
    Unsubscribed(LinkId, usize),
    Message,
    Published(Ticket, Outcome),
    Late(Ticket, Outcome),
    Left(OutboxId, Outcome),
    Republishing(OutboxId, Doubt),
    Retransmitting(Ticket, Option<u8>),
    Down(LinkId, ConnectError, Option<Millis>),
    Closed(LinkId),
    Session,
    /// Nothing, but the session has news.
    Again,
}

impl<'buf> Plan<'buf> {
    pub(super) fn new(config: ClientConfig, store: &'buf mut [u8]) -> Self {
        Self {
            config: Habits::of(&config),
            store: Store::new(store),
            outbox: Outbox::new(&mut []),
            module: Module::new(),
            links: PerLink([Link::IDLE; LinkId::COUNT]),
            jitter: Jitter::new(config.jitter_seed),
            ladder: Ladder::default(),
            now: Instant::ZERO,
            idle_since: None,
            turn: FIRST,
            may_rest: false,
        }
    }

    pub(super) fn link(&self, link: LinkId) -> &Link {
        self.links.of(link)
    }

    /// Acts on news of the session.
    pub(super) fn on_event(&mut self, event: &Event<'_>) -> Tell {
        match *event {
            Event::Done { ticket, outcome } => {
                if self.module.owns(ticket) {
                    return self.on_module_done(outcome);
                }
                for link in LinkId::ALL {
                    if self.link(link).owns(ticket) {
                        return self.on_link_done(link, outcome);
                    }
                }
                if let Outcome::Rejected(Rejection::Error | Rejection::Cme(CmeCode::LINK)) = outcome
                {
                    // The connection may be lost without a word.
                    self.module.recheck();
                }
                match self.outbox.take_sending(ticket) {
                    Some(tried) => self.on_outbox_done(ticket, tried, outcome),
                    None => Tell::Published(ticket, outcome),
                }
            }
            Event::Late { ticket, outcome } => match self.outbox.in_doubt(ticket) {
                Some(id) if outcome.is_success() => {
                    self.outbox.remove(id);
                    Tell::Left(id, outcome)
                }
                // It is published again anyway.
                Some(_) => Tell::Session,
                None if ticket.is_of_publish() => Tell::Late(ticket, outcome),
                // A command of the client, or a message that has left: that was the last word on it.
                None => Tell::Session,
            },
            Event::Retransmitting { ticket, count } => {
                let ours = LinkId::ALL.iter().any(|link| self.link(*link).owns(ticket));
                if ours || self.outbox.owns(ticket) {
                    Tell::Session
                } else {
                    Tell::Retransmitting(ticket, count)
                }
            }
            Event::Answer { ticket, answer } => {
                if self.module.owns(ticket) {
                    self.on_module_answer(&answer);
                } else {
                    self.on_link_answer(ticket, &answer);
                }
                Tell::Session
            }
            Event::Message(message) => {
                let link = self.link(message.link);
                let stranger = link.judges_topics()
                    && !self.store.wishes(message.link).any(|wish| {
                        Filter::new(wish.filter).is_ok_and(|f| f.matches(message.topic))
                    });
                if stranger {
                    Tell::Session
                } else {
                    Tell::Message
                }
            }
            Event::LinkLost { link, cause } => self.on_link_lost(link, ConnectError::Lost(cause)),
            Event::Restarted => {
                self.on_restart();
                Tell::ModuleRestarted
            }
            Event::Resynchronized => {
                self.on_resynchronized();
                Tell::Session
            }
            Event::Untrusted(b"RDY") => {
                self.module.on_untrusted_banner();
                Tell::Session
            }
            Event::Unresponsive => self.on_unresponsive(),
            _ => Tell::Session,
        }
    }

    /// Submits the next command that is due, if the line is free. Tells what cannot be done.
    pub(super) fn pump(&mut self, session: &mut Session<'_>) -> Tell {
        for link in LinkId::ALL {
            let tell = self.tell_failure(link);
            if tell != Tell::Nothing {
                return tell;
            }
        }
        if let Some(remedy) = self.escalate() {
            return Tell::Escalated(remedy);
        }
        // A command about the module itself, such as the one that lets it sleep, keeps nobody up.
        let quiet = session.is_idle() || self.module.is_busy();
        let settled = self.is_settled() && quiet;
        if !settled {
            self.idle_since = None;
            self.module.wake_from_doze();
        }
        if !session.is_free() {
            return Tell::Nothing;
        }
        if !self.module.is_ready() {
            return self.pump_module(session);
        }
        let mut all_idle = true;
        for link in all_from(self.turn) {
            match self.pump_link(link, session) {
                Step::Tell(tell) => return tell,
                Step::Submitted => {
                    self.turn = after(link);
                    return Tell::Nothing;
                }
                Step::Busy => all_idle = false,
                Step::Idle => {}
            }
        }
        match self.pump_outbox(session) {
            Step::Tell(tell) => return tell,
            Step::Submitted => return Tell::Nothing,
            Step::Busy => all_idle = false,
            Step::Idle => {}
        }
        if all_idle && self.may_rest && session.is_idle() {
            return self.pump_rest(session);
        }
        if settled && self.config.idle_sleep != SleepMode::Awake {
            let since = *self.idle_since.get_or_insert(self.now);
            if self.now >= later(since, self.config.idle_after) {
                self.idle_since = None;
                self.doze_off();
                return self.pump_module(session);
            }
        }
        Tell::Nothing
    }

    /// Whether nothing is in progress or due on any link.
    fn is_settled(&self) -> bool {
        LinkId::ALL.into_iter().all(|id| {
            let link = self.link(id);
            let pending = || self.store.has_pending_wish(id) || self.outbox.next(id).is_some();
            link.is_settled() && (!link.is_connected() || !pending())
        })
    }

    /// The next remedy, if nothing has worked for long enough.
    fn escalate(&mut self) -> Option<Remedy> {
        let works = self.links.0.iter().any(Link::is_connected);
        if works || self.module.is_ready() && self.is_settled() {
            self.ladder.on_relief();
        }
        let remedy = self.ladder.climb(self.now, self.config.ladder)?;
        if remedy != Remedy::HardReset {
            self.lose_links(ConnectError::Unanswered(Doubt::Aborted), ALL_LINKS);
            self.module.remedy(remedy);
        }
        Some(remedy)
    }

    /// When [`pump`](Self::pump) has something to do that no event announces.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        // What was due before waits for an event of the session, not for time.
        let mut soonest = Soonest::after(self.now);
        for link in &self.links.0 {
            soonest.note(link.wakes_at());
            soonest.note(Some(link.publishes_at));
        }
        let idle = self.idle_since.filter(|_| self.module.is_ready());
        soonest.note(idle.map(|since| later(since, self.config.idle_after)));
        soonest.note(self.module.wakes_at());
        soonest.note(self.ladder.poll_timeout());
        soonest.get()
    }
}
