//! Desired state: which links shall be connected to what, and everything it takes to get there.

use core::time::Duration;

use qmt_proto::{Delivery, Filter, Granted, Instant, LinkId, Qos, Topic, Violation};

use crate::receive::Raw;
use crate::{Buffers, Event, LineError, Machine, Outcome, Session, Ticket};

mod backoff;
mod config;
mod event;
mod link;
mod module;
mod store;

pub use config::{ClientConfig, LinkConfig};
pub use event::{ClientError, ClientEvent, ConnectError, Refusal, SubscribeError};

use backoff::Jitter;
pub use link::LinkPhase;
use link::{Link, Step};
use module::Module;
pub use module::Phase;
use store::{Store, WishState};

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

/// What is wanted and how far it has come.
#[derive(Debug)]
struct Plan<'buf> {
    config: ClientConfig,
    store: Store<'buf>,
    module: Module,
    links: [Link; LinkId::COUNT],
    jitter: Jitter,
    now: Instant,
    /// The link whose turn it is.
    turn: usize,
    /// Whether the module may sleep once no link is wanted.
    may_rest: bool,
}

/// What to tell the owner, without borrows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Tell {
    /// Nothing: the event was for the plan alone.
    Nothing,
    ModuleReady,
    ModuleFailed(ClientError),
    ModuleRestarted,
    Resting,
    Ready(LinkId),
    /// The subscription whose record is at this place.
    Subscribed(LinkId, usize, Granted),
    Unsubscribed(LinkId, usize),
    Message,
    Published(Ticket, Outcome),
    Late(Ticket, Outcome),
    Retransmitting(Ticket, Option<u8>),
    Down(LinkId, ConnectError, Option<Duration>),
    Closed(LinkId),
    Session,
}

impl<'buf> Client<'buf> {
    /// A client for a module in any state; begins with the first call of
    /// [`handle_timeout`](Machine::handle_timeout). `store` keeps the strings of the links and
    /// their subscriptions, 5 bytes beyond the length of each.
    pub fn new(config: ClientConfig, buffers: Buffers<'buf>, store: &'buf mut [u8]) -> Self {
        Self {
            session: Session::new(config.session, buffers),
            plan: Plan {
                config,
                store: Store::new(store),
                module: Module::new(),
                links: [Link::IDLE; LinkId::COUNT],
                jitter: Jitter::new(config.jitter_seed),
                now: Instant::ZERO,
                turn: 0,
                may_rest: false,
            },
        }
    }
}

/// What the owner wants.
impl Client<'_> {
    /// The link shall be connected. Replaces what it was told before, but for subscriptions.
    ///
    /// # Errors
    /// [`Refusal::NotReady`] while the link is connected or being disconnected,
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
        if filter.has_wildcard() && self.plan.link(link).compares_topics() {
            return Err(SubscribeError::NeedsHex);
        }
        let store = &mut self.plan.store;
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
        if self.plan.link(link).phase() != LinkPhase::Ready || !self.plan.module.is_ready() {
            return Err(Refusal::NotReady);
        }
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

    /// The module may sleep once every link is disconnected; [`ClientEvent::Resting`] tells when
    /// its sleep lock is off. The next [`connect`](Self::connect) wakes it.
    pub fn rest(&mut self, now: Instant) {
        self.plan.now = now;
        self.plan.may_rest = true;
    }

    /// The device has vanished: everything in flight ends, and the module is brought up anew.
    pub fn abort(&mut self, now: Instant) {
        self.plan.now = now;
        self.session.abort(now);
        self.plan.on_restart();
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
        self.session.handle_input(now, bytes)
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
        self.session.poll_transmit()
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
            let Some(raw) = session.next_raw() else {
                match plan.pump(session) {
                    Tell::Nothing => return None,
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
            Tell::Retransmitting(ticket, count) => ClientEvent::Retransmitting { ticket, count },
            Tell::Down(link, error, retry_in) => ClientEvent::Down {
                link,
                error,
                retry_in,
            },
            Tell::Closed(link) => ClientEvent::Closed { link },
            Tell::Message => match session() {
                Some(Event::Message(message)) => ClientEvent::Message(message),
                other => ClientEvent::Session(other.unwrap_or(Event::Stray(&[]))),
            },
            Tell::Nothing | Tell::Session => {
                ClientEvent::Session(session().unwrap_or(Event::Stray(&[])))
            }
        }
    }
}

impl Plan<'_> {
    fn link(&self, link: LinkId) -> &Link {
        // A link is an index below the number of links.
        self.links.get(link.index()).unwrap_or(&Link::IDLE)
    }

    /// Acts on news of the session.
    fn on_event(&mut self, event: &Event<'_>) -> Tell {
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
                Tell::Published(ticket, outcome)
            }
            Event::Late { ticket, outcome } => Tell::Late(ticket, outcome),
            Event::Retransmitting { ticket, count } => {
                let ours = LinkId::ALL.iter().any(|link| self.link(*link).owns(ticket));
                if ours {
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
                let stranger = link.compares_topics()
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
            Event::Unresponsive => self.on_unresponsive(),
            _ => Tell::Session,
        }
    }

    /// Submits the next command that is due, if the line is free. Tells what cannot be done.
    fn pump(&mut self, session: &mut Session<'_>) -> Tell {
        for link in LinkId::ALL {
            let tell = self.tell_failure(link);
            if tell != Tell::Nothing {
                return tell;
            }
        }
        if !session.is_free() {
            return Tell::Nothing;
        }
        if !self.module.is_ready() {
            return self.pump_module(session);
        }
        let mut all_idle = true;
        for offset in 0..LinkId::COUNT {
            let turn = (self.turn + offset) % LinkId::COUNT;
            let Some(&link) = LinkId::ALL.get(turn) else {
                continue;
            };
            match self.pump_link(link, session) {
                Step::Tell(tell) => return tell,
                Step::Submitted => {
                    self.turn = turn + 1;
                    return Tell::Nothing;
                }
                Step::Busy => all_idle = false,
                Step::Idle => {}
            }
        }
        if all_idle && self.may_rest {
            self.pump_rest(session)
        } else {
            Tell::Nothing
        }
    }

    /// When [`pump`](Self::pump) has something to do that no event announces.
    fn poll_timeout(&self) -> Option<Instant> {
        let links = self.links.iter().filter_map(Link::wakes_at);
        let wakes = self.module.wakes_at().into_iter().chain(links);
        // What was due before waits for an event of the session, not for time.
        wakes.filter(|at| *at > self.now).min()
    }
}
