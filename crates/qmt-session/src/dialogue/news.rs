//! What the dialogue has to tell besides what it received.

use qmt_proto::{LinkId, LinkLossCode, Violation};

use super::Dialogue;
use crate::deferred::Kind;
use crate::{Doubt, LineError, Outcome, Ticket};

/// What happened and has not been told, besides the ends of operations.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) lost: [Option<LinkLossCode>; LinkId::COUNT],
    pub(super) restarted: bool,
    pub(super) violation: Option<Violation>,
    pub(super) line_error: Option<LineError>,
    pub(super) resynchronized: bool,
    pub(super) unresponsive: bool,
    pub(super) baud_suspect: bool,
}

/// An event that carries no received bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Note {
    Done(Ticket, Outcome),
    LinkLost(LinkId, LinkLossCode),
    Restarted,
    Violation(Violation),
    LineError(LineError),
    Resynchronized,
    Unresponsive,
    BaudSuspect,
}

impl Dialogue<'_> {
    /// Takes the next thing to tell: ends of operations before what ended them.
    pub(crate) fn take_note(&mut self) -> Option<Note> {
        if let Some(exchange) = self.exchange
            && exchange.over
            && let Some(outcome) = exchange.outcome
        {
            self.exchange = None;
            self.dialect.prompt_armed = false;
            if let (Outcome::Unknown(_), Some(key)) = (outcome, exchange.key) {
                self.deferred.give_up(key, exchange.ticket);
            }
            return Some(Note::Done(exchange.ticket, outcome));
        }
        if let Some((ticket, key, outcome)) = self.deferred.take_ended() {
            let silent_publish = key.kind == Kind::Publish
                && key.msg_id == 0
                && outcome == Outcome::Unknown(Doubt::TimedOut);
            let result = &mut self.config.capabilities.qos0_result;
            if silent_publish && *result != Some(true) {
                // QMT fig. 1 shows no result at QoS 0: the OK was the last word.
                *result = Some(false);
                self.deferred.resolve(ticket);
                return Some(Note::Done(ticket, Outcome::Sent));
            }
            return Some(Note::Done(ticket, outcome));
        }
        let news = &mut self.news;
        for (link, lost) in LinkId::ALL.into_iter().zip(&mut news.lost) {
            if let Some(cause) = lost.take() {
                return Some(Note::LinkLost(link, cause));
            }
        }
        if core::mem::take(&mut news.restarted) {
            return Some(Note::Restarted);
        }
        if let Some(violation) = news.violation.take() {
            return Some(Note::Violation(violation));
        }
        if let Some(error) = news.line_error.take() {
            return Some(Note::LineError(error));
        }
        if core::mem::take(&mut news.resynchronized) {
            return Some(Note::Resynchronized);
        }
        if core::mem::take(&mut news.baud_suspect) {
            return Some(Note::BaudSuspect);
        }
        core::mem::take(&mut news.unresponsive).then_some(Note::Unresponsive)
    }
}
