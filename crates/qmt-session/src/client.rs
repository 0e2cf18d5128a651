//! Desired state: which links shall be connected to what, and everything it takes to get there.

use qmt_proto::{Delivery, Filter, Instant, LinkId, Qos, Topic, Violation};

use crate::receive::Raw;
use crate::span::duration;
use crate::{
    Buffers, Capabilities, Counters, Event, LineError, Machine, Session, SubmitError, Ticket,
};

mod backoff;
mod config;
mod delivery;
mod event;
mod ladder;
mod link;
mod module;
mod outbox;
mod plan;
#[cfg(feature = "snapshot")]
mod snapshot;
mod store;

pub use config::{ClientConfig, LinkConfig};
pub use event::{ClientError, ClientEvent, ConnectError, Refusal, SubscribeError};

pub use ladder::{Remedy, Rung};
pub use link::LinkPhase;
pub use module::Phase;
#[cfg(feature = "outbox")]
use outbox::Outbox;
pub use outbox::{EnqueueError, IfUnknown, OutboxId, Outgoing};
use plan::{Plan, Tell};
#[cfg(feature = "snapshot")]
pub use snapshot::{RestoreError, Restored, SNAPSHOT_OVERHEAD, Snapshot, SnapshotBufferFull};
use store::WishState;

/// Keeps up to five links of one module connected.
///
/// Tell it what shall be: [`connect`](Self::connect), [`subscribe`](Self::subscribe),
/// [`disconnect`](Self::disconnect). It brings the module up, finds and closes leftover
/// connections, sets every option and reads it back before every open, connects, subscribes, and
/// does all that again after a loss or a restart. [`publish`](Self::publish) is accepted whenever
/// the link is ready and the line is free.
///
/// After every `handle_*` or wish: poll events until there is none, then transmit.
#[derive(Debug)]
pub struct Client<'buf> {
    session: Session<'buf>,
    plan: Plan<'buf>,
}

impl<'buf> Client<'buf> {
    /// A client for a module in any state; begins with the first call of
    /// [`handle_timeout`](Machine::handle_timeout). `store` keeps the strings of the links and
    /// their subscriptions, 5 bytes beyond the length of each.
    pub fn new(config: ClientConfig, buffers: Buffers<'buf>, store: &'buf mut [u8]) -> Self {
        Self {
            session: Session::new(config.session, buffers),
            plan: Plan::new(config, store),
        }
    }
}

/// The outbox.
#[cfg(feature = "outbox")]
#[cfg_attr(docsrs, doc(cfg(feature = "outbox")))]
impl<'buf> Client<'buf> {
    /// Gives the client an outbox of `memory`: each message takes 13 bytes beside its topic and
    /// payload.
    #[must_use]
    pub fn with_outbox(mut self, memory: &'buf mut [u8]) -> Self {
        self.set_outbox(memory);
        self
    }

    /// As [`with_outbox`](Self::with_outbox), for a client that is where it stays: moving it takes
    /// a kilobyte of flash. What was in an outbox before is forgotten.
    pub fn set_outbox(&mut self, memory: &'buf mut [u8]) {
        self.plan.outbox = Outbox::new(memory);
    }

    /// Publishes `message` when its link is ready and the messages before it have left. It ends in
    /// one [`ClientEvent::Left`].
    ///
    /// Messages of a link go out one after the other. One that the module refuses is tried again a
    /// few times, for it may only be late in noticing that the connection is lost. Before a message
    /// is published again, its link waits as it does between connections, longer each time.
    ///
    /// # Errors
    /// [`EnqueueError`]; then nothing has changed.
    pub fn enqueue(
        &mut self,
        now: Instant,
        message: &Outgoing<'_>,
    ) -> Result<OutboxId, EnqueueError> {
        self.plan.now = now;
        self.plan.outbox.push(message)
    }

    /// How many messages are in the outbox.
    pub fn outbox_len(&self) -> usize {
        self.plan.outbox.records().count()
    }
}

/// What the owner wants.
impl Client<'_> {
    /// The link shall be connected. Replaces what it was told before, but for subscriptions.
    ///
    /// # Errors
    /// [`Refusal::NotReady`] while the link is connected or being disconnected, and while its end
    /// has not been told: poll the events first;
    /// [`Refusal::StoreFull`] when the strings do not fit the store.
    pub fn connect(
        &mut self,
        now: Instant,
        link: LinkId,
        config: &LinkConfig<'_>,
    ) -> Result<(), Refusal> {
        self.plan.now = now;
        self.plan.may_rest = false;
        self.plan.want(link, config)
    }

    /// The link shall be disconnected and its subscriptions forgotten; [`ClientEvent::Closed`]
    /// follows.
    pub fn disconnect(&mut self, now: Instant, link: LinkId) {
        self.plan.now = now;
        self.plan.unwant(link);
    }

    /// Messages that match `filter` are wanted at up to `qos`, now and after every reconnection.
    ///
    /// # Errors
    /// [`SubscribeError`]; then nothing has changed.
    pub fn subscribe(
        &mut self,
        now: Instant,
        link: LinkId,
        filter: Filter<'_>,
        qos: Qos,
    ) -> Result<(), SubscribeError> {
        self.plan.now = now;
        let Plan { store, links, .. } = &mut self.plan;
        let known = links.of(link);
        let in_text = filter.has_wildcard() && known.compares_topics();
        if in_text && known.is_connected() && store.is_subscribed(link) {
            return Err(SubscribeError::NeedsHex);
        }
        store
            .add_wish(link, filter.as_str(), qos)
            .map_err(|_| SubscribeError::StoreFull)
    }

    /// Messages that match `filter` are not wanted any more. [`ClientEvent::Unsubscribed`] follows
    /// when the server has confirmed it. False: they were not wanted.
    pub fn unsubscribe(&mut self, now: Instant, link: LinkId, filter: Filter<'_>) -> bool {
        self.plan.now = now;
        let store = &mut self.plan.store;
        let mut wishes = store.wishes(link);
        let wish = wishes.find(|w| w.filter == filter.as_str() && w.state != WishState::Gone);
        let Some(at) = wish.map(|wish| wish.at) else {
            return false;
        };
        drop(wishes);
        store.set_state(at, WishState::Unwanted);
        true
    }

    /// Publishes `payload`, 0..=1460 bytes of any kind. The ticket ends in one
    /// [`ClientEvent::Published`].
    ///
    /// # Errors
    /// [`Refusal::NotReady`] unless the link is ready; [`Refusal::Submit`] when the line is busy,
    /// a publish is in flight on the link, or the payload cannot be sent. Nothing is queued: try
    /// again after the next event.
    pub fn publish(
        &mut self,
        now: Instant,
        link: LinkId,
        qos: Qos,
        retain: bool,
        topic: Topic<'_>,
        payload: &[u8],
    ) -> Result<Ticket, Refusal> {
        self.plan.now = now;
        if self.plan.link(link).phase() != LinkPhase::Ready {
            return Err(Refusal::NotReady);
        }
        if self.plan.module.is_dozing() {
            self.plan.module.wake();
            return Err(Refusal::Submit(SubmitError::Busy));
        }
        if !self.plan.module.is_ready() {
            return Err(Refusal::NotReady);
        }
        // Identifiers must not depend on how often somebody tries.
        self.session.admits_publish(link)?;
        let delivery = match qos {
            Qos::AtMostOnce => Delivery::AtMostOnce,
            Qos::AtLeastOnce => Delivery::AtLeastOnce(self.session.allocate_msg_id(link)?),
            Qos::ExactlyOnce => Delivery::ExactlyOnce(self.session.allocate_msg_id(link)?),
        };
        let form = self.plan.link(link).publish_form();
        self.session
            .publish(now, link, delivery, retain, topic, payload, form)
            .map_err(Refusal::from)
    }

    /// The module may sleep once every link is disconnected and nothing is in flight any more;
    /// [`ClientEvent::Resting`] tells when its sleep lock is off. The next
    /// [`connect`](Self::connect) wakes it.
    ///
    /// A publish whose outcome is not known keeps nobody awake. Nor do messages of the outbox: they
    /// wait for their link to be connected again.
    pub fn rest(&mut self, now: Instant) {
        self.plan.now = now;
        self.plan.may_rest = true;
        self.plan.module.wake_from_doze();
    }

    /// The line has vanished: everything in flight ends, and as links are still wanted, the module
    /// is brought up anew.
    ///
    /// If it may be waiting for the rest of a payload, not before it has given that up: bytes sent
    /// earlier would be published. To be silent, [`disconnect`](Self::disconnect) first.
    pub fn abort(&mut self, now: Instant) {
        self.plan.now = now;
        self.session.abort(now);
        self.plan.on_restart();
    }
}

/// What happened besides the line.
impl Client<'_> {
    /// The application has reset the module by its pin or its power, as
    /// [`Remedy::HardReset`] asks: as if its banner had come. [`ClientEvent::ModuleRestarted`]
    /// follows, and all is set up again.
    pub fn handle_reset(&mut self, now: Instant) {
        self.plan.now = now;
        self.session.handle_reset(now);
    }
}

/// Where things stand.
impl Client<'_> {
    /// The state of a link.
    pub fn link_phase(&self, link: LinkId) -> LinkPhase {
        self.plan.link(link).phase()
    }

    /// The state of the module.
    pub const fn phase(&self) -> Phase {
        self.plan.module.phase()
    }

    /// What is known of the module: what was loaded, and what has been learned.
    pub const fn capabilities(&self) -> &Capabilities {
        self.session.capabilities()
    }

    /// What has come in so far.
    pub const fn counters(&self) -> &Counters {
        self.session.counters()
    }

    /// Whether a publish on `link` would be taken now, if its payload is legal.
    pub fn can_publish(&self, link: LinkId) -> bool {
        self.plan.module.is_ready()
            && self.plan.link(link).phase() == LinkPhase::Ready
            && self.session.can_publish(link)
    }
}

impl Machine for Client<'_> {
    fn handle_input(&mut self, now: Instant, bytes: &[u8]) -> usize {
        self.plan.now = now;
        let outside = self.plan.lent_payload(&self.session);
        self.session.take_input(now, bytes, outside)
    }

    fn handle_line_error(&mut self, now: Instant, error: LineError) {
        self.plan.now = now;
        self.session.handle_line_error(now, error);
    }

    fn handle_transmitted(&mut self, now: Instant, len: usize) {
        self.plan.now = now;
        self.session.handle_transmitted(now, len);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.plan.now = now;
        self.session.handle_timeout(now);
    }

    fn poll_transmit(&self) -> &[u8] {
        self.session.unsent(self.plan.lent_payload(&self.session))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.session
            .poll_timeout()
            .into_iter()
            .chain(self.plan.poll_timeout())
            .min()
    }
}

/// What is to be told.
impl Client<'_> {
    /// The next event. It borrows the buffers: use it before the next call.
    ///
    /// Also does what is due: it is from here that commands are submitted.
    pub fn poll_event(&mut self) -> Option<ClientEvent<'_>> {
        loop {
            let Self { session, plan } = self;
            let Some(raw) = session.next_raw(plan.lent_payload(session)) else {
                match plan.pump(session) {
                    Tell::Nothing => return None,
                    Tell::Again => continue,
                    // A command was refused or a link became ready: there may be more to do.
                    tell => return Some(self.event(tell, None)),
                }
            };
            let tell = plan.on_event(&session.event(&raw));
            if let (Tell::Session, Raw::Message { .. }) = (tell, &raw) {
                // A topic nobody subscribed to: the frame may have been shifted by its own topic.
                session.distrust(Violation::Head);
            }
            if tell != Tell::Nothing {
                return Some(self.event(tell, Some(&raw)));
            }
        }
    }

    fn event(&self, tell: Tell, raw: Option<&Raw>) -> ClientEvent<'_> {
        let session = || raw.map(|raw| self.session.event(raw));
        let wish = |at| self.plan.store.wish(at).unwrap_or_default();
        match tell {
            Tell::ModuleReady => ClientEvent::ModuleReady,
            Tell::ModuleFailed(error) => ClientEvent::ModuleFailed(error),
            Tell::ModuleRestarted => ClientEvent::ModuleRestarted,
            Tell::Escalated(remedy) => ClientEvent::Escalated(remedy),
            Tell::Resting => ClientEvent::Resting,
            Tell::Ready(link) => ClientEvent::Ready { link },
            Tell::Subscribed(link, at, granted) => {
                let (filter, qos) = wish(at);
                ClientEvent::Subscribed {
                    link,
                    filter,
                    qos,
                    granted,
                }
            }
            Tell::Unsubscribed(link, at) => ClientEvent::Unsubscribed {
                link,
                filter: wish(at).0,
            },
            Tell::Published(ticket, outcome) => ClientEvent::Published { ticket, outcome },
            Tell::Late(ticket, outcome) => ClientEvent::Late { ticket, outcome },
            Tell::Left(id, outcome) => ClientEvent::Left { id, outcome },
            Tell::Republishing(id, doubt) => ClientEvent::Republishing { id, doubt },
            Tell::Retransmitting(ticket, count) => ClientEvent::Retransmitting { ticket, count },
            Tell::Down(link, error, retry_in) => ClientEvent::Down {
                link,
                error,
                retry_in: retry_in.map(duration),
            },
            Tell::Closed(link) => ClientEvent::Closed { link },
            Tell::Message | Tell::Nothing | Tell::Again | Tell::Session => match session() {
                Some(Event::Message(message)) if tell == Tell::Message => {
                    ClientEvent::Message(message)
                }
                other => ClientEvent::Session(other.unwrap_or(Event::Stray(&[]))),
            },
        }
    }
}
