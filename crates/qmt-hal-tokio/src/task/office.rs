//! The desks of all links: wishes go to the client, events to whoever waits for them.

use std::collections::VecDeque;

use qmt_session::proto::{Filter, Granted, Instant, LinkId, Qos, Topic};
use qmt_session::{Client, ClientEvent, LinkPhase, Outcome, Refusal, SubmitError, Ticket};
use tokio::sync::oneshot;

use super::desk::InFlight;
use super::{Desk, Mailroom};
use crate::envelopes::Opener;
use crate::events::EventSender;
use crate::{Event, LinkError, OwnedLinkConfig, PublishError, SubscriptionError};

/// Publishes in doubt whose late truth is told: as many as a session remembers.
const IN_DOUBT: usize = 16;

pub(super) struct Office<'e> {
    /// One for each link, in order.
    pub(super) desks: Vec<Desk>,
    pub(super) mailroom: Mailroom,
    /// Opens the envelopes of messages, if they come in such.
    opener: Option<Opener<'e>>,
    events: &'e EventSender,
    /// The link whose turn it is to publish.
    turn: usize,
    in_doubt: VecDeque<(Ticket, LinkId, String)>,
    resting: bool,
}

impl<'e> Office<'e> {
    pub(super) const fn new(
        desks: Vec<Desk>,
        mailroom: Mailroom,
        opener: Option<Opener<'e>>,
        events: &'e EventSender,
    ) -> Self {
        Self {
            desks,
            mailroom,
            opener,
            events,
            turn: 0,
            in_doubt: VecDeque::new(),
            resting: false,
        }
    }

    /// Whether the module may sleep.
    pub(super) const fn is_resting(&self) -> bool {
        self.resting
    }

    fn desk(&mut self, link: LinkId) -> Option<&mut Desk> {
        self.desks.get_mut(link.index())
    }

    pub(super) fn connect(
        &mut self,
        now: Instant,
        client: &mut Client<'_>,
        link: LinkId,
        config: &OwnedLinkConfig,
        reply: oneshot::Sender<Result<(), LinkError>>,
    ) {
        let Some(desk) = self.desk(link) else { return };
        let taken = match config.validate() {
            _ if desk.leaving => Err(LinkError::Refused(Refusal::NotReady)),
            Ok(config) => client
                .connect(now, link, &config)
                .map_err(LinkError::Refused),
            Err(error) => Err(LinkError::Config(error)),
        };
        match taken {
            Ok(()) => {
                desk.await_connection(reply);
                self.resting = false;
            }
            Err(error) => {
                // Nobody waiting is fine, here and below.
                let _ = reply.send(Err(error));
            }
        }
    }

    pub(super) fn subscribe(
        &mut self,
        now: Instant,
        client: &mut Client<'_>,
        link: LinkId,
        text: String,
        qos: Qos,
        reply: oneshot::Sender<Result<Granted, SubscriptionError>>,
    ) {
        let Some(desk) = self.desk(link) else { return };
        let taken = match Filter::new(&text) {
            _ if desk.leaving => Err(SubscriptionError::Withdrawn),
            Ok(filter) => client
                .subscribe(now, link, filter, qos)
                .map_err(SubscriptionError::Client),
            Err(error) => Err(SubscriptionError::Filter(error)),
        };
        match taken {
            Ok(()) => desk.await_grant(text, reply),
            Err(error) => {
                let _ = reply.send(Err(error));
            }
        }
    }

    pub(super) fn unsubscribe(
        &mut self,
        now: Instant,
        client: &mut Client<'_>,
        link: LinkId,
        text: String,
        reply: oneshot::Sender<Result<(), SubscriptionError>>,
    ) {
        let Some(desk) = self.desk(link) else { return };
        let known = desk.forget(&text);
        if let Ok(filter) = Filter::new(&text) {
            client.unsubscribe(now, link, filter);
        }
        if known && client.link_phase(link) == LinkPhase::Ready {
            desk.await_removal(text, reply);
        } else {
            let _ = reply.send(Ok(()));
        }
    }

    pub(super) fn disconnect(
        &mut self,
        client: &Client<'_>,
        link: LinkId,
        reply: oneshot::Sender<()>,
    ) {
        let Some(desk) = self.desk(link) else { return };
        desk.leaving = true;
        desk.await_closing(reply);
        if client.link_phase(link) == LinkPhase::Idle {
            desk.on_closed();
        }
    }

    /// Everything comes to an end.
    pub(super) fn close(&mut self, now: Instant, client: &mut Client<'_>) {
        for desk in &mut self.desks {
            desk.leaving = true;
            desk.close();
        }
        self.mailroom.close();
        client.rest(now);
    }

    /// Tells the client which links shall be disconnected, when nothing is in flight on them.
    /// Whether there were any.
    pub(super) fn leave(&mut self, now: Instant, client: &mut Client<'_>) -> bool {
        let mut left = false;
        for (link, desk) in LinkId::ALL.into_iter().zip(&mut self.desks) {
            if desk.leaving && desk.in_flight.is_none() {
                desk.leaving = false;
                desk.filters.clear();
                client.disconnect(now, link);
                left = true;
            }
        }
        left
    }

    /// Begins the next publish that can. Whether there was one.
    pub(super) fn start_publish(&mut self, now: Instant, client: &mut Client<'_>) -> bool {
        for offset in 0..LinkId::COUNT {
            let turn = (self.turn + offset) % LinkId::COUNT;
            let (Some(&link), Some(desk)) = (LinkId::ALL.get(turn), self.desks.get_mut(turn))
            else {
                continue;
            };
            let Some(job) = desk.next_job() else { continue };
            let gone = matches!(
                client.link_phase(link),
                LinkPhase::Idle | LinkPhase::Failed | LinkPhase::Closing
            );
            if desk.leaving || gone {
                let _ = job.reply.send(Err(PublishError::NotConnected));
                continue;
            }
            if desk.in_flight.is_some() || !client.can_publish(link) {
                desk.put_back(job);
                continue;
            }
            let publish = &job.publish;
            let topic = match Topic::new(&publish.topic) {
                Ok(topic) => topic,
                Err(error) => {
                    let _ = job.reply.send(Err(PublishError::Topic(error)));
                    continue;
                }
            };
            let (qos, retain) = (publish.qos, publish.retain);
            match client.publish(now, link, qos, retain, topic, &publish.payload) {
                Ok(ticket) => {
                    desk.in_flight = Some(InFlight { ticket, job });
                    self.turn = turn + 1;
                    return true;
                }
                Err(Refusal::Submit(SubmitError::Busy | SubmitError::InFlight)) => {
                    desk.put_back(job);
                }
                Err(Refusal::Submit(error)) => {
                    let _ = job.reply.send(Err(PublishError::Submit(error)));
                }
                Err(_) => desk.put_back(job),
            }
        }
        false
    }

    pub(super) fn on_event(&mut self, event: &ClientEvent<'_>) {
        match *event {
            ClientEvent::Published { ticket, outcome } => self.on_published(ticket, outcome),
            ClientEvent::Late { ticket, outcome } => {
                let doubt = self.in_doubt.iter().position(|(t, ..)| *t == ticket);
                if let Some((_, link, topic)) = doubt.and_then(|at| self.in_doubt.remove(at)) {
                    self.events.send(Event::Late {
                        link,
                        topic,
                        outcome,
                    });
                }
            }
            ClientEvent::Retransmitting { ticket, count } => {
                let sending = LinkId::ALL.into_iter().zip(&self.desks).find(|(_, desk)| {
                    let in_flight = desk.in_flight.as_ref();
                    in_flight.is_some_and(|in_flight| in_flight.ticket == ticket)
                });
                if let Some((link, _)) = sending {
                    self.events.send(Event::Retransmitting { link, count });
                }
            }
            _ => {
                self.answer(event);
                let told = match (event, &mut self.opener) {
                    (ClientEvent::Message(message), Some(opener)) => Some(opener.open(message)),
                    _ => Event::of_client(event),
                };
                if let Some(event) = told {
                    self.events.send(event);
                }
            }
        }
    }

    fn on_published(&mut self, ticket: Ticket, outcome: Outcome) {
        for (link, desk) in LinkId::ALL.into_iter().zip(&mut self.desks) {
            let ours = |in_flight: &mut InFlight| in_flight.ticket == ticket;
            let Some(InFlight { job, .. }) = desk.in_flight.take_if(ours) else {
                continue;
            };
            if let Outcome::Unknown(_) = outcome {
                if self.in_doubt.len() == IN_DOUBT {
                    self.in_doubt.pop_front();
                }
                self.in_doubt.push_back((ticket, link, job.publish.topic));
            }
            let _ = job.reply.send(Ok(outcome));
            return;
        }
    }

    /// Tells those who wait for what has happened.
    fn answer(&mut self, event: &ClientEvent<'_>) {
        match *event {
            ClientEvent::Resting => self.resting = true,
            ClientEvent::Ready { link } => {
                if let Some(desk) = self.desk(link) {
                    desk.on_ready();
                }
            }
            ClientEvent::Down {
                link,
                error,
                retry_in,
            } => {
                if let Some(desk) = self.desk(link) {
                    desk.on_down(error, retry_in.is_none());
                }
            }
            ClientEvent::Closed { link } => {
                if let Some(desk) = self.desk(link) {
                    desk.on_closed();
                }
            }
            ClientEvent::Subscribed {
                link,
                filter,
                granted,
                ..
            } => {
                if let Some(desk) = self.desk(link) {
                    desk.on_granted(filter, granted);
                }
            }
            ClientEvent::Unsubscribed { link, filter } => {
                if let Some(desk) = self.desk(link) {
                    desk.on_removed(filter);
                }
            }
            _ => {}
        }
    }
}
