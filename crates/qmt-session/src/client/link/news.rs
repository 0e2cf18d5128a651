//! What the ends of a link's commands, and answers to its queries, bring about.

use qmt_proto::{Answer, ConfigOption, Granted, Instant, LinkId, OpenResult};

use super::options::FIRST;
use super::{After, Link, Settling, State};
use crate::client::store::{Store, WishState};
use crate::client::{ConnectError, Plan, Tell};
use crate::{Ack, Doubt, Outcome, Rejection, Ticket};

impl Plan<'_> {
    /// A line of an answer to a query.
    pub(in crate::client) fn on_link_answer(&mut self, ticket: Ticket, answer: &Answer<'_>) {
        let Self { links, store, .. } = self;
        for (id, link) in links.iter_mut() {
            if !link.owns(ticket) {
                continue;
            }
            let queried = match link.state {
                State::Options(option, _) => Some(option),
                State::Reformatting { .. } => Some(ConfigOption::DataFormat),
                _ => None,
            };
            match answer {
                Answer::Setting(setting) => {
                    let desired = queried.and_then(|option| link.desired(option, id, store));
                    link.matched = desired == Some(*setting);
                }
                Answer::Registration { status, .. } => link.matched |= status.is_registered(),
                _ => {}
            }
        }
    }

    /// A command of the link has ended.
    pub(in crate::client) fn on_link_done(&mut self, id: LinkId, outcome: Outcome) -> Tell {
        let now = self.now;
        let Self {
            links,
            store,
            ladder,
            config,
            ..
        } = self;
        let confirm = config.confirm_refusals;
        let link = links.of_mut(id);
        link.ticket = None;
        let doubt = match outcome {
            Outcome::Unknown(doubt) => Some(doubt),
            Outcome::NotSent(_) => Some(Doubt::Aborted),
            _ => None,
        };
        match (link.state, doubt) {
            // However closing and disconnecting end, the link is over (QMT §2 close after disconnect).
            (State::Disconnecting, _) => link.state = State::Closing(After::Rest),
            (State::Closing(after), _) => {
                link.state = match after {
                    After::Wait(until) => State::Waiting(until),
                    After::GiveUp => State::Failed,
                    After::Rest => State::Closed,
                }
            }
            // Some modules forget the options of a link that is closed.
            (State::Clearing, _) => {
                link.cleared = true;
                link.state = State::Options(FIRST, Settling::Asking);
            }
            (State::Network | State::Options(..), Some(doubt)) => {
                link.fail(ConnectError::Unanswered(doubt), false);
            }
            // A module that cannot tell is taken to have one.
            (State::Network, None) if link.matched || !outcome.is_success() => {
                link.state = State::Options(FIRST, Settling::Asking);
            }
            (State::Network, None) => link.fail(ConnectError::NoNetwork, false),
            (State::Options(option, settling), None) => {
                link.on_option(now, (option, settling), outcome.is_success(), confirm);
            }
            (State::Opening, None) => link.on_opened(now, outcome, confirm),
            (State::Connecting, None) => {
                link.on_connected(now, outcome, confirm);
                if link.is_connected() {
                    ladder.on_relief();
                }
            }
            (State::Reformatting { settling, told }, None) => {
                link.on_reformatted(settling, told, outcome.is_success());
            }
            (State::Connected { .. }, None) => {
                let again = link.is_refused_again(outcome);
                return on_wish_done(id, store, outcome, again);
            }
            (state, Some(doubt))
                if matches!(state, State::Opening | State::Connecting) || link.is_connected() =>
            {
                link.fail(ConnectError::Unanswered(doubt), true);
            }
            _ => {}
        }
        Tell::Nothing
    }
}

impl Link {
    fn on_opened(&mut self, now: Instant, outcome: Outcome, confirm: bool) {
        let cleared = core::mem::take(&mut self.cleared);
        let Outcome::Rejected(rejection) = outcome else {
            self.state = State::Connecting;
            return;
        };
        let occupied = match rejection {
            Rejection::Open(result) => result == OpenResult::OCCUPIED,
            // Firmware refuses to open what is open.
            _ => true,
        };
        if occupied && !cleared {
            self.state = State::Clearing;
        } else {
            self.refuse(now, ConnectError::Module(rejection), confirm, true);
        }
    }

    fn on_connected(&mut self, now: Instant, outcome: Outcome, confirm: bool) {
        match outcome {
            Outcome::Rejected(Rejection::Connect(code)) => {
                self.refuse(now, ConnectError::Refused(code), confirm, true);
            }
            Outcome::Rejected(rejection) => self.fail(ConnectError::Module(rejection), true),
            _ => {
                self.connected_at = Some(now);
                self.refusal = None;
                self.tries = 0;
                self.state = State::Connected { told: false };
            }
        }
    }
}

/// A SUBSCRIBE or UNSUBSCRIBE has ended, or is tried `again`. A module that goes on refusing the
/// command refuses the wish.
fn on_wish_done(id: LinkId, store: &mut Store<'_>, outcome: Outcome, again: bool) -> Tell {
    let asked = store.first_wish(id, WishState::Asked).map(|wish| wish.at);
    if let Some(at) = asked {
        if again {
            store.set_state(at, WishState::Wanted);
            return Tell::Nothing;
        }
        store.set_state(at, WishState::Answered);
        let granted = match outcome {
            Outcome::Acked(Ack::Granted(values)) => values.granted(0),
            _ => None,
        };
        return Tell::Subscribed(id, at, granted.unwrap_or(Granted::REFUSED));
    }
    let leaving = store.first_wish(id, WishState::Leaving).map(|wish| wish.at);
    leaving.map_or(Tell::Nothing, |at| {
        if again {
            store.set_state(at, WishState::Unwanted);
            return Tell::Nothing;
        }
        store.set_state(at, WishState::Gone);
        Tell::Unsubscribed(id, at)
    })
}
