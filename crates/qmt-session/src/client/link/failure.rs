//! A link that is down: what to tell, and what comes next.

use qmt_proto::{ConnectCode, Instant, LinkId, LinkLossCode, OpenResult};

use super::{After, Link, State, TRIES};
use crate::client::module::bit;
use crate::client::{ConnectError, Plan, Tell};
use crate::span::{Millis, later};
use crate::{Outcome, Rejection};

/// A connection that has lasted this long makes the next wait short again.
const STABLE: Millis = 60_000;
/// Connections in a row that the server ends before they are stable, before somebody else is
/// suspected of using the same client identifier.
const EVICTIONS: u8 = 3;

impl Plan<'_> {
    /// All of `links`, one [`bit`] each, that may be up are lost.
    pub(in crate::client) fn lose_links(&mut self, error: ConnectError, links: u8) {
        for (id, link) in self.links.iter_mut() {
            // A link on its way up finds out by itself, unless everything is lost.
            if links & bit(id) != 0
                && (link.is_connected() || link.is_up() && error != ConnectError::Forgotten)
            {
                link.fail(error, false);
            }
        }
    }

    /// The module has closed a link.
    pub(in crate::client) fn on_link_lost(&mut self, id: LinkId, error: ConnectError) -> Tell {
        let link = self.links.of_mut(id);
        if link.is_connected() || link.state == State::Connecting {
            link.fail(error, false);
        }
        Tell::Session
    }

    /// Tells that a link is down or closed, and decides what comes next.
    pub(in crate::client) fn tell_failure(&mut self, id: LinkId) -> Tell {
        let now = self.now;
        let Self {
            links,
            jitter,
            config,
            ladder,
            ..
        } = self;
        let others_work = LinkId::ALL
            .into_iter()
            .zip(&links.0)
            .any(|(other, link)| other != id && link.is_connected());
        let link = links.of_mut(id);
        let is_over = match link.state {
            State::Closed => true,
            State::Waiting(_) | State::Failed => !link.wanted,
            State::Network | State::Options(..) => !link.wanted && link.ticket.is_none(),
            _ => false,
        };
        match link.state {
            _ if is_over => {
                link.state = State::Idle;
                Tell::Closed(id)
            }
            State::Failing { error, close } => {
                let since = link.connected_at.take();
                let stable = since.is_some_and(|since| now >= later(since, STABLE));
                if stable {
                    link.backoff.reset();
                }
                let evicted =
                    error == ConnectError::Lost(LinkLossCode::CLOSED_BY_SERVER) && since.is_some();
                link.evictions = match evicted && !stable {
                    true => link.evictions.saturating_add(1),
                    false => 0,
                };
                let error = match link.evictions >= EVICTIONS {
                    true => ConnectError::TakenOver,
                    false => error,
                };
                match blame(&error) {
                    Blame::Network | Blame::Module if !others_work => {
                        ladder.on_trouble(now, config.ladder);
                    }
                    _ => {}
                }
                if let ConnectError::Refused(_) = error {
                    // Whoever refuses has been reached.
                    ladder.on_relief();
                }
                link.looks_for_network =
                    blame(&error) == Blame::Network && config.network_wait != 0;
                let retry = link.wanted && blame(&error) != Blame::Owner;
                let wait = link.backoff.next(config.backoff, jitter);
                let until = later(now, wait);
                link.state = match (close, retry) {
                    (true, true) => State::Closing(After::Wait(until)),
                    (true, false) => State::Closing(After::GiveUp),
                    (false, true) => State::Waiting(until),
                    (false, false) => State::Failed,
                };
                Tell::Down(id, error, retry.then_some(wait))
            }
            _ => Tell::Nothing,
        }
    }
}

impl Link {
    /// Connecting was refused. What would be final is tried once more, without a word, if
    /// refusals are to be confirmed and this one has not been yet. `close`: the link is open.
    pub(super) fn refuse(&mut self, now: Instant, error: ConnectError, confirm: bool, close: bool) {
        if confirm && blame(&error) == Blame::Owner && self.refusal != Some(error) {
            self.refusal = Some(error);
            self.state = match close {
                true => State::Closing(After::Wait(now)),
                false => State::Waiting(now),
            };
        } else {
            self.fail(error, close);
        }
    }

    /// Whether a command on a connected link was refused by the module and is worth another try.
    pub(super) fn is_refused_again(&mut self, outcome: Outcome) -> bool {
        let refused = matches!(outcome, Outcome::Rejected(_));
        self.tries = if refused { self.tries + 1 } else { 0 };
        let again = refused && self.tries < TRIES;
        if !again {
            self.tries = 0;
        }
        again
    }

    pub(super) const fn fail(&mut self, error: ConnectError, close: bool) {
        self.cleared = false;
        // Another failure in between: the next refusal is the first again.
        self.refusal = None;
        self.state = State::Failing { error, close };
    }
}

/// Who can do something about a failure, by QMT §5.1 table 4 and §3.3.2, §3.3.4, §4.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Blame {
    /// The owner: wrong parameters, names and passwords stay wrong.
    Owner,
    /// The server, or who else uses the client's name: try again later.
    Server,
    /// The network: see whether there is one before opening again.
    Network,
    /// The module or the line: try again, and then something stronger.
    Module,
}

fn blame(error: &ConnectError) -> Blame {
    match *error {
        ConnectError::Option(_) | ConnectError::UnsafeReceiveMode | ConnectError::Submit(_) => {
            Blame::Owner
        }
        ConnectError::Refused(code) => match code {
            ConnectCode::PROTOCOL_VERSION
            | ConnectCode::IDENTIFIER
            | ConnectCode::CREDENTIALS
            | ConnectCode::NOT_AUTHORIZED => Blame::Owner,
            _ => Blame::Server,
        },
        ConnectError::Module(Rejection::Open(result)) => match result {
            OpenResult::WRONG_PARAMETER => Blame::Owner,
            OpenResult::OCCUPIED => Blame::Module,
            _ => Blame::Network,
        },
        ConnectError::Lost(code) => match code {
            LinkLossCode::PINGREQ | LinkLossCode::SEND_FAILED | LinkLossCode::LINK_DOWN => {
                Blame::Network
            }
            // Closed by the server, CONNECT or CONNACK failed: open and connect again.
            _ => Blame::Server,
        },
        ConnectError::NoNetwork => Blame::Network,
        ConnectError::TakenOver => Blame::Server,
        ConnectError::Module(_) | ConnectError::Unanswered(_) | ConnectError::Forgotten => {
            Blame::Module
        }
    }
}
