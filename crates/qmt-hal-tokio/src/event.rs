//! What the task tells: owned events.

use core::time::Duration;
use std::sync::Arc;

use qmt_session::envelope::{self, Novelty};
use qmt_session::proto::{Granted, LinkId, LinkLossCode, Qos, Violation};
use qmt_session::{
    ClientError, ClientEvent, ConnectError, Doubt, Event as Dialogue, LineError, Message, OutboxId,
    Outcome, Remedy,
};

use crate::{DriveError, End, OpenError};

/// News from a task.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A message from the server.
    Message(OwnedMessage),
    /// The line is open. Only from a task that opens its line itself, as the next two.
    LineOpened,
    /// The line is gone. What was in flight has ended; everything is set up again by itself once
    /// the line is back.
    LineLost {
        /// How that was noticed.
        error: Arc<DriveError>,
        /// When it is opened again.
        retry_in: Duration,
    },
    /// The line could not be opened.
    LineFailed {
        /// Why.
        error: Arc<OpenError>,
        /// When it is tried again.
        retry_in: Duration,
    },
    /// The module has answered, has a network and no leftover connections.
    ModuleReady,
    /// The module cannot be used. It is tried again by itself.
    ModuleFailed(ClientError),
    /// The module has started anew. Everything is set up again by itself.
    ModuleRestarted,
    /// Nothing has worked for a while and this is done about it. For [`Remedy::HardReset`] it is
    /// you who are asked: reset the module by its pin or its power, and say so with
    /// [`Handle::module_reset`](crate::Handle::module_reset).
    Escalated(Remedy),
    /// The outbox is as the last task has left it. The first event of a task with slots.
    Restored {
        /// Messages in it.
        messages: usize,
        /// Whether one of the slots was damaged: the power went while it was written.
        damaged: bool,
    },
    /// A message has left the outbox: the last word on it.
    Left {
        /// As [`Handle::enqueue`](crate::Handle::enqueue) gave it.
        id: OutboxId,
        /// How it ended.
        outcome: Outcome,
    },
    /// A message of the outbox may or may not have been delivered and is published again.
    Republishing {
        /// As [`Handle::enqueue`](crate::Handle::enqueue) gave it.
        id: OutboxId,
        /// Why it is not known.
        doubt: Doubt,
    },
    /// No link is wanted any more and the module may sleep.
    Resting,
    /// The link is connected and its subscriptions are answered.
    Ready {
        /// The link.
        link: LinkId,
    },
    /// The link is not connected.
    Down {
        /// The link.
        link: LinkId,
        /// Why.
        error: ConnectError,
        /// When it is tried again; `None`: not by itself.
        retry_in: Option<Duration>,
    },
    /// The link has been closed as asked.
    Closed {
        /// The link.
        link: LinkId,
    },
    /// The server has answered a subscription; after every reconnection too.
    Subscribed {
        /// The link.
        link: LinkId,
        /// The filter.
        filter: String,
        /// What was asked for.
        qos: Qos,
        /// What was granted.
        granted: Granted,
    },
    /// The server has confirmed the end of a subscription.
    Unsubscribed {
        /// The link.
        link: LinkId,
        /// The filter.
        filter: String,
    },
    /// The truth about a publish that had ended as unknown.
    Late {
        /// The link.
        link: LinkId,
        /// Its topic.
        topic: String,
        /// How it really ended.
        outcome: Outcome,
    },
    /// The module sends the packet of a publish again.
    Retransmitting {
        /// The link.
        link: LinkId,
        /// How often, if the module says.
        count: Option<u8>,
    },
    /// A message that is damaged, or in no envelope, where payloads travel in
    /// [`Envelopes`](crate::Envelopes). Its payload is as it came.
    Unopened {
        /// The message.
        message: OwnedMessage,
        /// What is wrong.
        error: envelope::OpenError,
    },
    /// So many events were left out here, because nobody took them in time.
    Lagged {
        /// Messages.
        messages: u64,
        /// All others.
        others: u64,
    },
    /// News of the dialogue that was acted on, for logs.
    Log(Log),
    /// The task has ended. Always the last event.
    Ended(End),
}

/// A message from the server, with its own memory.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct OwnedMessage {
    /// The link that received it.
    pub link: LinkId,
    /// The server's identifier, 0 at QoS 0. Messages may be repeated.
    pub msg_id: u16,
    /// Where it was published.
    pub topic: Vec<u8>,
    /// The message, byte for byte.
    pub payload: Vec<u8>,
    /// Whether the payload was cut by its length. If not, it may be cut short, stretched or made up.
    pub exact: bool,
    /// What its envelope said, where payloads travel in [`Envelopes`](crate::Envelopes).
    pub key: Option<MessageKey>,
}

/// Which message it is, among all that come in envelopes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct MessageKey {
    /// The name of its sender.
    pub source: u32,
    /// Its number among those of the sender.
    pub sequence: u32,
    /// Whether it has come before. [`Novelty::Old`]: nobody remembers so far back.
    pub novelty: Novelty,
}

/// News of the dialogue with the module, for logs.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Log {
    /// The module closed a client.
    LinkLost {
        /// The client.
        link: LinkId,
        /// Why.
        cause: LinkLossCode,
    },
    /// Other news of the module, as it is debugged.
    Notice(String),
    /// A line that belongs to nothing known.
    Stray(Vec<u8>),
    /// A message to a topic nobody subscribed to: the line may be damaged.
    Stranger(OwnedMessage),
    /// A message that has come before, by its envelope: it was published again.
    Duplicate(OwnedMessage),
    /// A line that came while the line was not trusted. Nothing was done about it.
    Untrusted(Vec<u8>),
    /// The stream broke the rules of framing. Nothing is trusted until `Resynchronized`.
    Violation(Violation),
    /// The line reported an error.
    LineError(LineError),
    /// The line is trusted again.
    Resynchronized,
    /// The module has not answered several probes.
    Unresponsive,
    /// What comes looks like no text at all: the baud rate may be wrong.
    BaudSuspect,
}

/// What an event counts as when there is no room for all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Class {
    Message,
    Control,
    Log,
}

impl Event {
    pub(crate) const fn class(&self) -> Class {
        match self {
            Self::Message(_) | Self::Unopened { .. } => Class::Message,
            Self::Log(_) | Self::Retransmitting { .. } => Class::Log,
            _ => Class::Control,
        }
    }

    /// The event as it is told; `None` for the ends of operations, which are told to whoever
    /// awaits them, and what is known from others.
    pub(crate) fn of_client(event: &ClientEvent<'_>) -> Option<Self> {
        Some(match *event {
            ClientEvent::ModuleReady => Self::ModuleReady,
            ClientEvent::ModuleFailed(error) => Self::ModuleFailed(error),
            ClientEvent::ModuleRestarted => Self::ModuleRestarted,
            ClientEvent::Left { id, outcome } => Self::Left { id, outcome },
            ClientEvent::Republishing { id, doubt } => Self::Republishing { id, doubt },
            ClientEvent::Escalated(remedy) => Self::Escalated(remedy),
            ClientEvent::Resting => Self::Resting,
            ClientEvent::Ready { link } => Self::Ready { link },
            ClientEvent::Down {
                link,
                error,
                retry_in,
            } => Self::Down {
                link,
                error,
                retry_in,
            },
            ClientEvent::Closed { link } => Self::Closed { link },
            ClientEvent::Subscribed {
                link,
                filter,
                qos,
                granted,
            } => Self::Subscribed {
                link,
                filter: filter.to_owned(),
                qos,
                granted,
            },
            ClientEvent::Unsubscribed { link, filter } => Self::Unsubscribed {
                link,
                filter: filter.to_owned(),
            },
            ClientEvent::Message(ref message) => Self::Message(OwnedMessage::of(message)),
            ClientEvent::Session(ref event) => Self::Log(Log::of_session(event)?),
            _ => return None,
        })
    }
}

impl OwnedMessage {
    pub(crate) fn of(message: &Message<'_>) -> Self {
        Self {
            link: message.link,
            msg_id: message.msg_id,
            topic: message.topic.to_vec(),
            payload: message.payload.to_vec(),
            exact: message.exact,
            key: None,
        }
    }
}

impl Log {
    fn of_session(event: &Dialogue<'_>) -> Option<Self> {
        Some(match *event {
            Dialogue::LinkLost { link, cause } => Self::LinkLost { link, cause },
            Dialogue::Notice(ref notice) => Self::Notice(format!("{notice:?}")),
            Dialogue::Stray(line) if !line.is_empty() => Self::Stray(line.to_vec()),
            Dialogue::Message(ref message) => Self::Stranger(OwnedMessage::of(message)),
            Dialogue::Untrusted(line) => Self::Untrusted(line.to_vec()),
            Dialogue::Violation(violation) => Self::Violation(violation),
            Dialogue::LineError(error) => Self::LineError(error),
            Dialogue::Resynchronized => Self::Resynchronized,
            Dialogue::Unresponsive => Self::Unresponsive,
            Dialogue::BaudSuspect => Self::BaudSuspect,
            _ => return None,
        })
    }
}
