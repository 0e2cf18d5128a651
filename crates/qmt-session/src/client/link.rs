//! One link: options, open, connect, subscribe, and back to the start after a loss.

use core::num::NonZeroU16;

use qmt_proto::{
    ConfigOption, DataFormat, Instant, KeepAlive, LinkId, MqttVersion, PacketTimeout, Qos,
};

use self::command::command;
use self::options::Settling;
use super::backoff::Backoff;
use super::store::{Kind, WishState};
use super::{ConnectError, Plan, Tell};
use crate::{PublishForm, Session, Ticket};

mod command;
mod failure;
mod news;
mod options;
mod wish;

/// How often a command is given before it is believed that the module will not have it: one
/// damaged line must not keep a link down, or a message away, for ever.
const TRIES: u8 = 3;

/// A link and how far it has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    settings: Settings,
    state: State,
    /// The command of the state, while it is in progress.
    ticket: Option<Ticket>,
    /// Whether the module's answer to a query was what is wanted.
    matched: bool,
    /// Set by a failure that the network may be to blame for: it is looked for first.
    looks_for_network: bool,
    /// Connections in a row that the server has ended soon.
    evictions: u8,
    /// When the outbox may go on, after a message that has not gone out as it should.
    pub(super) publishes_at: Instant,
    /// How long it waits the next time.
    pub(super) publishing: Backoff,
    /// How often the command of the state has been refused.
    tries: u8,
    /// A refusal that would be final, to be confirmed by another try: the line may have changed a
    /// digit of a name, of a password or of the answer.
    refusal: Option<ConnectError>,
    /// Whether it has been closed on the way up, because it was found open.
    cleared: bool,
    /// Whether the link shall be connected.
    wanted: bool,
    /// Receive format of this connection.
    recv: DataFormat,
    /// When the last connection was made, until its loss has been told.
    connected_at: Option<Instant>,
    backoff: Backoff,
}

/// What is not a string of a [`LinkConfig`](crate::LinkConfig).
#[derive(Clone, Copy, Debug)]
struct Settings {
    port: NonZeroU16,
    keep_alive: KeepAlive,
    clean_session: bool,
    version: MqttVersion,
    timeout: PacketTimeout,
    send_format: DataFormat,
    recv_format: Option<DataFormat>,
    echo_data: bool,
    publish_form: PublishForm,
    will: Option<(Qos, bool)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Not wanted.
    Idle,
    /// To be connected then.
    Waiting(Instant),
    /// Is there a network?
    Network,
    /// The option is being settled.
    Options(ConfigOption, Settling),
    /// Closing what occupies the link before opening it again.
    Clearing,
    /// Opening.
    Opening,
    Connecting,
    /// Connected; `told`: its subscriptions were answered and it is in use.
    Connected {
        told: bool,
    },
    /// Connected and not subscribed to anything: messages are to come in hex from now on.
    Reformatting {
        settling: Settling,
        told: bool,
    },
    /// Lost or not to be had; to be told. `close`: the module may still hold it.
    Failing {
        error: ConnectError,
        close: bool,
    },
    /// Being closed, and then this.
    Closing(After),
    Disconnecting,
    /// Given up.
    Failed,
    /// Closed as asked; to be told.
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum After {
    Wait(Instant),
    GiveUp,
    Rest,
}

/// What a look at a link brought.
pub(super) enum Step {
    /// Something to tell.
    Tell(Tell),
    /// A command is on its way.
    Submitted,
    /// Something is in progress or will be due.
    Busy,
    /// Nothing to do.
    Idle,
}

/// The state of a link, for its owner.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LinkPhase {
    /// Not wanted.
    Idle,
    /// On the way to be connected.
    Connecting,
    /// Connected, and its subscriptions are answered.
    Ready,
    /// Waiting before it is tried again.
    Waiting,
    /// On the way to be closed.
    Closing,
    /// Given up: trying again would not help.
    Failed,
}

impl Link {
    pub(super) const IDLE: Self = Self {
        settings: Settings {
            port: NonZeroU16::MIN,
            keep_alive: KeepAlive::NEVER,
            clean_session: true,
            version: MqttVersion::V3_1_1,
            timeout: PacketTimeout::DEFAULT,
            send_format: DataFormat::Text,
            recv_format: None,
            echo_data: false,
            publish_form: PublishForm::Auto,
            will: None,
        },
        state: State::Idle,
        ticket: None,
        matched: false,
        looks_for_network: false,
        evictions: 0,
        publishes_at: Instant::ZERO,
        publishing: Backoff::new(),
        tries: 0,
        refusal: None,
        cleared: false,
        wanted: false,
        recv: DataFormat::Text,
        connected_at: None,
        backoff: Backoff::new(),
    };

    pub(super) const fn phase(&self) -> LinkPhase {
        match self.state {
            State::Idle | State::Closed => LinkPhase::Idle,
            State::Waiting(_) | State::Failing { .. } => LinkPhase::Waiting,
            State::Closing(After::Wait(_)) => LinkPhase::Waiting,
            State::Closing(_) | State::Disconnecting => LinkPhase::Closing,
            State::Failed => LinkPhase::Failed,
            State::Connected { told: true } | State::Reformatting { told: true, .. } => {
                LinkPhase::Ready
            }
            _ => LinkPhase::Connecting,
        }
    }

    pub(super) fn owns(&self, ticket: Ticket) -> bool {
        self.ticket == Some(ticket)
    }

    pub(super) const fn publish_form(&self) -> PublishForm {
        self.settings.publish_form
    }

    /// Whether the link receives text because nobody wanted it otherwise: then only exact filters
    /// are safe.
    pub(super) fn compares_topics(&self) -> bool {
        self.leaves_format_to_us() && self.recv == DataFormat::Text
    }

    /// Whether a topic that nobody subscribed to shows that the line is damaged. A kept session
    /// may bring topics of an earlier life.
    pub(super) fn judges_topics(&self) -> bool {
        self.compares_topics() || self.leaves_format_to_us() && self.settings.clean_session
    }

    const fn leaves_format_to_us(&self) -> bool {
        let active = !matches!(self.state, State::Idle | State::Failed | State::Closed);
        active && self.settings.recv_format.is_none()
    }

    pub(super) const fn wakes_at(&self) -> Option<Instant> {
        match self.state {
            State::Waiting(until) if self.ticket.is_none() => Some(until),
            _ => None,
        }
    }

    /// Whether the module holds, or may hold, a connection for the link.
    const fn is_up(&self) -> bool {
        !matches!(
            self.state,
            State::Idle | State::Waiting(_) | State::Failing { .. } | State::Failed | State::Closed
        )
    }

    /// Whether the module holds nothing for the link, and all has been told of it.
    const fn is_at_rest(&self) -> bool {
        match self.state {
            State::Idle => true,
            State::Waiting(_) | State::Failed => self.wanted,
            _ => false,
        }
    }

    /// Whether it is connected.
    pub(super) const fn is_connected(&self) -> bool {
        matches!(
            self.state,
            State::Connected { .. } | State::Reformatting { .. }
        )
    }

    /// Whether the result of its opening is awaited.
    pub(super) fn is_opening(&self) -> bool {
        matches!(self.state, State::Opening) && self.ticket.is_some()
    }

    /// Whether nothing is in progress and nothing is due.
    pub(super) fn is_settled(&self) -> bool {
        let settled = matches!(
            self.state,
            State::Idle | State::Failed | State::Connected { told: true }
        );
        settled && self.ticket.is_none()
    }
}

impl Plan<'_> {
    /// Whether a link is to be connected to this server.
    pub(super) fn is_server(&self, id: LinkId, host: &str, port: u16) -> bool {
        self.link(id).settings.port.get() == port && self.store.get(Kind::Host, id) == Some(host)
    }

    /// Takes the next step of a link.
    pub(super) fn pump_link(&mut self, id: LinkId, session: &mut Session<'_>) -> Step {
        let now = self.now;
        let Self { links, store, .. } = self;
        let link = links.of_mut(id);
        if link.ticket.is_some() {
            return Step::Busy;
        }
        if !link.wanted {
            link.state = match link.state {
                State::Connected { .. } | State::Reformatting { .. } => State::Disconnecting,
                State::Opening | State::Connecting | State::Clearing => State::Closing(After::Rest),
                other => other,
            };
        }
        if let State::Waiting(until) = link.state {
            if until > now {
                return Step::Busy;
            }
            store.renew_wishes(id, !link.settings.clean_session);
            let safe = link.settings.clean_session && !store.has_wildcard(id);
            let automatic = if safe {
                DataFormat::Text
            } else {
                DataFormat::Hex
            };
            link.recv = link.settings.recv_format.unwrap_or(automatic);
            link.tries = 0;
            link.state = match link.looks_for_network {
                true => State::Network,
                false => State::Options(options::FIRST, Settling::Asking),
            };
        }
        if let State::Connected { told } = link.state
            && link.compares_topics()
            && store.has_wildcard(id)
        {
            link.recv = DataFormat::Hex;
            link.state = State::Reformatting {
                settling: Settling::Setting,
                told,
            };
        }
        if let State::Connected { told: false } = link.state {
            let waiting = store.first_wish(id, WishState::Wanted).is_some();
            if !waiting && store.first_wish(id, WishState::Unwanted).is_none() {
                link.state = State::Connected { told: true };
                return Step::Tell(Tell::Ready(id));
            }
        }
        while let State::Options(option, _) = link.state {
            if link.desired(option, id, store).is_some() {
                break;
            }
            link.next_option(option);
        }
        // Taken only by a command that needs one: identifiers must not depend on how often
        // somebody looks.
        let msg_id = || session.allocate_msg_id(id).ok();
        let Some((command, wish)) = command(link, id, store, msg_id) else {
            return match link.state {
                State::Idle | State::Failed => Step::Idle,
                _ => Step::Busy,
            };
        };
        link.matched = false;
        match session.submit(now, &command) {
            Ok(ticket) => {
                link.ticket = Some(ticket);
                if let Some((at, state)) = wish {
                    store.set_state(at, state);
                }
                Step::Submitted
            }
            Err(crate::SubmitError::Busy | crate::SubmitError::InFlight) => Step::Busy,
            Err(error) => {
                link.fail(ConnectError::Submit(error), false);
                Step::Tell(self.tell_failure(id))
            }
        }
    }
}
