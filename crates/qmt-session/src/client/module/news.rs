//! What the ends of the module's commands, and news of the module, bring about.

use qmt_proto::Answer;

use super::{ALL_LINKS, Step, asks_for_words, bit};
use crate::client::link::Link;
use crate::client::plan::{Plan, Tell};
use crate::client::{ClientError, ConnectError, Remedy};
use crate::quarantine::data_mode;
use crate::span::{Millis, later};
use crate::{Doubt, Outcome};

/// Time between two looks for the network.
const NETWORK_POLL: Millis = 1_000;
/// Anomalies in a row before the module is given up for a while.
const PATIENCE: u8 = 5;

impl Plan<'_> {
    /// A line of an answer to the module's command.
    pub(in crate::client) fn on_module_answer(&mut self, answer: &Answer<'_>) {
        match *answer {
            Answer::Registration { status, .. } => {
                self.module.registered |= status.is_registered();
            }
            Answer::State { link, .. } => self.module.known |= bit(link),
            Answer::Client { link, host, port } => {
                let settling = self.module.step == Step::FindOpened;
                if !settling || self.is_server(link, host.as_str(), port) {
                    self.module.known |= bit(link);
                }
            }
            _ => {}
        }
    }

    /// The module's command has ended.
    pub(in crate::client) fn on_module_done(&mut self, outcome: Outcome) -> Tell {
        self.module.ticket = None;
        let refused = match outcome {
            Outcome::Rejected(rejection) => Some(rejection),
            Outcome::Acked(_) | Outcome::Sent => None,
            Outcome::NotSent(_) | Outcome::Unknown(_) => return self.on_module_silence(),
        };
        self.module.anomalies = 0;
        self.module.step = match self.module.step {
            // An ERROR may belong to the rest of a line that was there before.
            Step::Attention(tries) if refused.is_some() => {
                Step::Attention(tries + u8::from(asks_for_words(tries)))
            }
            Step::Attention(_) if self.module.waking => Step::Awake,
            Step::Attention(_) => Step::Probe,
            Step::Echo => match refused {
                Some(rejection) => return self.fail(ClientError::Refused(rejection)),
                None => Step::Errors,
            },
            Step::Errors => Step::Awake,
            Step::Awake if self.module.waking => Step::Recheck,
            Step::Awake => match self.module.remedy {
                Some(remedy @ (Remedy::Reattach | Remedy::Restart)) => {
                    // Once is enough, however it ends.
                    self.module.remedy = Some(Remedy::CloseAll);
                    match remedy {
                        Remedy::Reattach => Step::Detaching,
                        _ => Step::Restarting,
                    }
                }
                _ => self.network_or_find(),
            },
            // Whether the module knows these commands or not, the next thing is the same.
            Step::Detaching => Step::Attaching,
            Step::Attaching => self.network_or_find(),
            Step::Restarting => {
                self.module.restart();
                return Tell::Nothing;
            }
            // A module that cannot tell is taken to have one.
            Step::Network if refused.is_some() || self.module.registered => Step::FindConnected,
            Step::Network => {
                let limit = later(self.now, self.config.network_wait);
                let until = *self.module.network_until.get_or_insert(limit);
                if self.now >= until {
                    return self.fail(ClientError::NoNetwork);
                }
                Step::NetworkLater(later(self.now, NETWORK_POLL))
            }
            Step::Relock => Step::Recheck,
            Step::FindConnected => Step::FindOpen,
            Step::FindOpen => {
                if self
                    .module
                    .remedy
                    .take()
                    .is_some_and(|r| r != Remedy::Resync)
                {
                    self.module.known = ALL_LINKS;
                }
                Step::CloseLeftovers
            }
            Step::CloseLeftovers => {
                self.forget_first_known();
                return Tell::Nothing;
            }
            Step::Recheck => return self.on_rechecked(),
            Step::FindOpened => Step::Settle,
            // A lock that cannot be released stays.
            Step::DozingOff if refused.is_some() => Step::Ready,
            Step::DozingOff => Step::Dozing,
            Step::Releasing => {
                self.module.step = Step::Resting;
                return Tell::Resting;
            }
            other => other,
        };
        Tell::Nothing
    }

    /// Which links are connected is known.
    fn on_rechecked(&mut self) -> Tell {
        self.module.step = Step::Ready;
        let known = core::mem::take(&mut self.module.known);
        let banner = core::mem::take(&mut self.module.banner);
        if banner && known == 0 {
            self.module.step = Step::Unheard;
            return Tell::Nothing;
        }
        self.lose_links(ConnectError::Forgotten, !known);
        let woken = core::mem::take(&mut self.module.waking);
        if self.links.0.iter().any(Link::is_opening) {
            self.module.step = Step::FindOpened;
        } else if known == 0 {
            // It may have restarted unheard: then its echo is on and its sleep lock off.
            self.module.restart();
        } else if woken {
            return Tell::ModuleReady;
        }
        Tell::Nothing
    }

    fn network_or_find(&self) -> Step {
        if self.config.network_wait == 0 {
            Step::FindConnected
        } else {
            Step::Network
        }
    }

    /// The module's command got no answer that counts.
    fn on_module_silence(&mut self) -> Tell {
        match self.module.step {
            Step::Attention(tries) => {
                let tries = tries.saturating_add(1);
                self.module.step = Step::Attention(tries);
                if tries >= self.config.sync_tries {
                    return self.fail(ClientError::Silent);
                }
            }
            // What is left over is closed, or opening will find it.
            Step::CloseLeftovers => self.forget_first_known(),
            _ => {
                self.module.anomalies = self.module.anomalies.saturating_add(1);
                if self.module.anomalies >= PATIENCE {
                    return self.fail(ClientError::Garbled);
                }
                match self.module.step {
                    // Asked again when the line is trusted: links live on meanwhile.
                    Step::Relock => {}
                    Step::Recheck | Step::FindOpened => self.module.step = Step::Recheck,
                    _ if self.module.waking || self.module.is_dozing() => self.module.wake_again(),
                    _ => self.module.restart(),
                }
            }
        }
        Tell::Nothing
    }

    pub(super) fn forget_first_known(&mut self) {
        self.module.known &= self.module.known.wrapping_sub(1);
    }

    /// The line is trusted again.
    pub(in crate::client) fn on_resynchronized(&mut self) {
        match self.module.step {
            Step::Probing => self.module.step = Step::Echo,
            // Results and losses may have been missed.
            Step::Ready => self.module.step = Step::Relock,
            // It answers again.
            Step::Failed(_) => self.module.restart(),
            _ => {}
        }
    }

    /// Probes get no answer.
    pub(in crate::client) fn on_unresponsive(&mut self) -> Tell {
        self.fail(ClientError::Silent)
    }

    /// The module has started anew, or the line has been taken away: its links and their options
    /// are gone (QMT §3.3.1 volatile).
    pub(in crate::client) fn on_restart(&mut self) {
        self.module.restart();
        self.lose_links(ConnectError::Unanswered(Doubt::Restarted), ALL_LINKS);
    }

    /// Gives the module up for a while, and all links with it: bringing it up will close what is
    /// left of them. If it waits for the rest of a payload, only silence for
    /// as long as its own time-out will free it (QMT §3.3.8 note 3).
    fn fail(&mut self, error: ClientError) -> Tell {
        self.lose_links(ConnectError::Unanswered(Doubt::TimedOut), ALL_LINKS);
        self.ladder.on_trouble(self.now, self.config.ladder);
        let backoff = &mut self.module.backoff;
        let mut wait = backoff.next(self.config.backoff, &mut self.jitter);
        if error == ClientError::Silent {
            wait = wait.max(data_mode(self.config.margin));
        }
        self.module.restart();
        self.module.anomalies = 0;
        self.module.step = Step::Failed(later(self.now, wait));
        Tell::ModuleFailed(error)
    }
}
