//! The outbox and its links: what goes out next, and what becomes of it.

use qmt_proto::{Delivery, LinkId, Qos, Topic};

use super::LinkPhase;
use super::link::Step;
use super::outbox::{IfUnknown, Tried};
use super::plan::{Plan, Tell};
use crate::per_link::{after, all_from};
use crate::publish::Publication;
use crate::span::later;
use crate::{Doubt, NotSent, Outcome, Session, SubmitError, Ticket};

/// How often the module may refuse a message before it is taken at its word.
const REFUSALS: u8 = 5;

impl Plan<'_> {
    /// The payload of the outbox that is being published.
    pub(super) fn lent_payload(&self, session: &Session<'_>) -> &[u8] {
        let ticket = session.lender();
        ticket
            .map(|ticket| self.outbox.payload(ticket))
            .unwrap_or_default()
    }

    /// Begins the next publish that can.
    pub(super) fn pump_outbox(&mut self, session: &mut Session<'_>) -> Step {
        if self.outbox.is_empty() {
            return Step::Idle;
        }
        let mut step = Step::Idle;
        for link in all_from(self.turn) {
            if self.outbox.next(link).is_none() || self.link(link).phase() != LinkPhase::Ready {
                continue;
            }
            step = Step::Busy;
            if self.link(link).publishes_at > self.now {
                continue;
            }
            match self.publish_next(link, session) {
                Ok(()) => {
                    self.turn = after(link);
                    return Step::Submitted;
                }
                Err(Some(tell)) => return Step::Tell(tell),
                Err(None) => {}
            }
        }
        step
    }

    /// Begins the publish of the oldest message of a link. An error: not now, or what to tell.
    fn publish_next(
        &mut self,
        link: LinkId,
        session: &mut Session<'_>,
    ) -> Result<(), Option<Tell>> {
        let record = self.outbox.next(link).ok_or(None)?;
        let id = record.id;
        let msg_id = |session: &mut Session<'_>| session.allocate_msg_id(link).map_err(|_| None);
        if !session.can_publish(link) {
            return Err(None);
        }
        let publication = Publication {
            link,
            delivery: match record.qos {
                Qos::AtMostOnce => Delivery::AtMostOnce,
                Qos::AtLeastOnce => Delivery::AtLeastOnce(msg_id(session)?),
                Qos::ExactlyOnce => Delivery::ExactlyOnce(msg_id(session)?),
            },
            retain: record.retain,
            // It was a topic when it came.
            topic: Topic::new(record.topic).map_err(|_| None)?,
            payload: record.payload,
        };
        let form = self.link(link).publish_form();
        match session.publish_outside(self.now, &publication, form) {
            Ok(ticket) => {
                self.outbox.begin(ticket, id);
                Ok(())
            }
            Err(SubmitError::Busy | SubmitError::InFlight | SubmitError::MsgIdTaken) => Err(None),
            Err(error) => {
                self.outbox.remove(id);
                let why = match error {
                    SubmitError::PayloadByte { .. } => NotSent::PayloadByte,
                    _ => NotSent::TooLong,
                };
                Err(Some(Tell::Left(id, Outcome::NotSent(why))))
            }
        }
    }

    /// The publish of a message has ended.
    pub(super) fn on_outbox_done(
        &mut self,
        ticket: Ticket,
        tried: Tried,
        outcome: Outcome,
    ) -> Tell {
        let id = tried.id;
        let again = match outcome {
            Outcome::Acked(_) | Outcome::Sent => None,
            Outcome::NotSent(_) => Some(Tell::Session),
            Outcome::Rejected(_) if tried.refusals + 1 >= REFUSALS => None,
            Outcome::Rejected(_) => {
                self.outbox.count_refusal(id);
                Some(Tell::Session)
            }
            Outcome::Unknown(doubt) => match tried.if_unknown {
                IfUnknown::Drop => None,
                IfUnknown::Republish => {
                    self.outbox.doubt(ticket, id);
                    Some(Tell::Republishing(id, doubt))
                }
            },
        };
        let link = self.links.of_mut(tried.link);
        // Whoever refuses at once, or says at once that it could not send, is not pressed.
        let wait = match again {
            Some(_) => link.publishing.next(self.config.backoff, &mut self.jitter),
            None => {
                link.publishing.reset();
                0
            }
        };
        link.publishes_at = later(self.now, wait);
        again.unwrap_or_else(|| {
            self.outbox.remove(id);
            // The last refusal says nothing of a try before it.
            let outcome = match outcome {
                Outcome::Rejected(_) if tried.may_have_arrived => Outcome::Unknown(Doubt::Aborted),
                outcome => outcome,
            };
            Tell::Left(id, outcome)
        })
    }
}
