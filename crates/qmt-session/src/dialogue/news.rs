//! What the dialogue has to tell besides what it received.

use qmt_proto::{LinkId, LinkLossCode, Violation};

use super::Dialogue;
use crate::deferred::Kind;
use crate::exchange::Exchange;
use crate::per_link::PerLink;
use crate::{Doubt, LineError, Outcome, Ticket};

/// What happened and has not been told, besides the ends of operations.
#[derive(Debug, Default)]
pub(super) struct News {
    /// A bit for each thing to tell, first that of link 0: one look says that there is none.
    waiting: u16,
    lost: PerLink<Option<LinkLossCode>>,
    violation: Option<Violation>,
    line_error: Option<LineError>,
}

/// Bits of [`News::waiting`] behind those of the links, in the order of telling.
const RESTARTED: u32 = LinkId::COUNT as u32;
const VIOLATION: u32 = RESTARTED + 1;
const LINE_ERROR: u32 = RESTARTED + 2;
const RESYNCHRONIZED: u32 = RESTARTED + 3;
const BAUD_SUSPECT: u32 = RESTARTED + 4;
const UNRESPONSIVE: u32 = RESTARTED + 5;

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
        let ended =
            self.exchange.is_some_and(|exchange| exchange.over) || self.deferred.has_ended();
        if ended || self.news.waiting != 0 {
            self.take_waiting()
        } else {
            None
        }
    }

    /// Apart, so that the receive path does not prepare in each round for what comes seldom.
    #[inline(never)]
    fn take_waiting(&mut self) -> Option<Note> {
        if let Some(Exchange {
            over: true,
            outcome: Some(outcome),
            key,
            ticket,
            ..
        }) = self.exchange
        {
            self.exchange = None;
            self.dialect.prompt_armed = false;
            if let (Outcome::Unknown(_), Some(key)) = (outcome, key) {
                self.deferred.give_up(key, ticket);
            }
            return Some(Note::Done(ticket, outcome));
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
        self.news.take()
    }
}

impl News {
    /// Something to tell. If the same is waiting already, the two are told as one.
    pub(super) fn add(&mut self, note: Note) {
        let bit = match note {
            Note::LinkLost(link, cause) => {
                *self.lost.of_mut(link) = Some(cause);
                u32::from(link.get())
            }
            Note::Restarted => RESTARTED,
            Note::Violation(violation) => {
                self.violation = Some(violation);
                VIOLATION
            }
            Note::LineError(error) => {
                self.line_error = Some(error);
                LINE_ERROR
            }
            Note::Resynchronized => RESYNCHRONIZED,
            Note::BaudSuspect => BAUD_SUSPECT,
            Note::Unresponsive => UNRESPONSIVE,
            // Kept by the exchange and among the deferred results.
            Note::Done(..) => return,
        };
        self.waiting |= 1 << bit;
    }

    fn take(&mut self) -> Option<Note> {
        let bit = self.waiting.trailing_zeros();
        self.waiting &= self.waiting.wrapping_sub(1);
        match bit {
            RESTARTED => Some(Note::Restarted),
            VIOLATION => self.violation.map(Note::Violation),
            LINE_ERROR => self.line_error.map(Note::LineError),
            RESYNCHRONIZED => Some(Note::Resynchronized),
            BAUD_SUSPECT => Some(Note::BaudSuspect),
            UNRESPONSIVE => Some(Note::Unresponsive),
            link => {
                let link = LinkId::ALL.into_iter().nth(link as usize)?;
                let cause = *self.lost.of(link);
                cause.map(|cause| Note::LinkLost(link, cause))
            }
        }
    }
}
