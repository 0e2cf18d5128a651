//! What the host was told, against what was so.

use qmt_session::proto::{Instant, LinkId, Qos};
use qmt_session::{ConnectError, Outcome, Rejection, Ticket};

use super::{Operation, Oracle};
use crate::Told;

/// How often a module must refuse a command before its refusal is believed.
const REFUSALS: usize = 3;

impl Oracle {
    pub(crate) fn on_told(&mut self, now: Instant, told: &Told) {
        match told {
            Told::Published(ticket, outcome) => {
                // Others were published without the oracle's knowledge.
                if let Some(&at) = self.by_ticket.get(ticket) {
                    self.on_outcome(now, at, *outcome);
                }
            }
            Told::Left(id, outcome) => {
                if let Some(&at) = self.by_id.get(id) {
                    self.on_outcome(now, at, *outcome);
                }
            }
            Told::Late(ticket, outcome) => self.on_late(*ticket, *outcome),
            Told::Message {
                link,
                topic,
                payload,
                ..
            } => {
                let said = self.module.take_message(*link, topic, payload);
                self.require_true(now, said, "no forged message", || {
                    format!(
                        "{link}: {} {}",
                        topic.escape_ascii(),
                        payload.escape_ascii()
                    )
                });
            }
            Told::ModuleRestarted => {
                let known = self.module_resets > 0;
                self.module_resets -= u32::from(known);
                let said = known || self.module.take_line(|line| line == b"RDY");
                self.require_true(now, said, "no forged restart", String::new);
            }
            Told::Ready(link) => {
                let number = link.get();
                let said = self.module.take_report(
                    "+QMTCONN",
                    // Some modules print the code of the server with refusals only.
                    |values| matches!(values, [l, 0] | [l, 0, 0] if *l == i64::from(number)),
                );
                self.require_true(now, said, "no forged readiness", || format!("link {link}"));
            }
            Told::Subscribed(link, filter, granted) => {
                let codes = self.module.answers_to(filter);
                // A module that goes on refusing the command refuses the wish.
                let refused = granted.0 == 128 && self.module.refusals() >= REFUSALS;
                let story = || format!("link {link}: {filter} {granted:?}, broker: {codes:?}");
                let told = codes.contains(&granted.0) || refused;
                self.require_true(now, told, "no forged grant", story);
            }
            Told::Unsubscribed(link, filter) => {
                let refused = self.module.refusals() >= REFUSALS;
                let done = self.module.unsubscribed(filter) || refused;
                self.require_true(now, done, "no forged end of a subscription", || {
                    format!("link {link}: {filter}")
                });
            }
            Told::Down(link, error, _) => self.on_down(now, *link, error),
            _ => {}
        }
    }

    fn on_down(&mut self, now: Instant, link: LinkId, error: &ConnectError) {
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
        self.require_true(now, said, "no forged loss", || {
            format!("link {link}: {error:?}")
        });
    }

    fn on_outcome(&mut self, now: Instant, at: usize, outcome: Outcome) {
        let Operation {
            wish,
            since,
            is_enqueued,
            ..
        } = &self.operations[at];
        let took = now.saturating_since(*since);
        let (late, wish) = (took > self.longest && !is_enqueued, wish.clone());
        self.require(!late, "Q7", || format!("{wish:?} took {took:?}"));
        let again = self.operations[at].outcome.replace(outcome);
        self.require(again.is_none(), "Q4", || {
            format!("{wish:?} ended twice: {again:?}, {outcome:?}")
        });
        self.check(at, outcome);
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
        self.check(at, outcome);
    }

    /// Q5: what is told is true.
    fn check(&mut self, at: usize, outcome: Outcome) {
        let Operation { wish, since, .. } = &self.operations[at];
        let (wish, since) = (wish.clone(), *since);
        let seen = self.module.saw(&wish);
        let (kept, promise) = match outcome {
            Outcome::Acked(_) => (seen > 0 && wish.qos != Qos::AtMostOnce, "Q5 acked"),
            Outcome::Sent => {
                let told = self.module.was_told(&wish);
                (told && wish.qos == Qos::AtMostOnce, "Q5 sent")
            }
            Outcome::Rejected(_) => (seen == 0, "Q5 rejected"),
            Outcome::NotSent(_) => (seen == 0, "Q5 not sent"),
            Outcome::Unknown(_) => (true, "Q5 unknown"),
        };
        self.require_true(since, kept, promise, || {
            format!("{wish:?}: {outcome:?}, at the broker {seen} times")
        });
    }
}
