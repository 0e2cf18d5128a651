//! Events of a client, owned.

use qmt_session::proto::{Granted, LinkId};
use qmt_session::{
    ClientError, ClientEvent, ConnectError, Event, OutboxId, Outcome, Remedy, Ticket,
};

/// What a [`Client`](qmt_session::Client) has told, without borrows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Told {
    /// [`ClientEvent::ModuleReady`]
    ModuleReady,
    /// [`ClientEvent::ModuleFailed`]
    ModuleFailed(ClientError),
    /// [`ClientEvent::ModuleRestarted`]
    ModuleRestarted,
    /// [`ClientEvent::Ready`]
    Ready(LinkId),
    /// [`ClientEvent::Subscribed`]
    Subscribed(LinkId, String, Granted),
    /// [`ClientEvent::Unsubscribed`]
    Unsubscribed(LinkId, String),
    /// [`ClientEvent::Message`]
    Message {
        /// The link.
        link: LinkId,
        /// The topic.
        topic: Vec<u8>,
        /// The payload.
        payload: Vec<u8>,
        /// Whether it was cut by its length.
        exact: bool,
    },
    /// [`ClientEvent::Published`]
    Published(Ticket, Outcome),
    /// [`ClientEvent::Late`]
    Late(Ticket, Outcome),
    /// [`ClientEvent::Left`]
    Left(OutboxId, Outcome),
    /// [`ClientEvent::Republishing`]
    Republishing(OutboxId),
    /// [`ClientEvent::Retransmitting`]
    Retransmitting(Ticket),
    /// [`ClientEvent::Down`]; whether it is tried again.
    Down(LinkId, ConnectError, bool),
    /// [`ClientEvent::Closed`]
    Closed(LinkId),
    /// [`ClientEvent::Escalated`]
    Escalated(Remedy),
    /// [`ClientEvent::Resting`]
    Resting,
    /// [`ClientEvent::Session`]: what the dialogue below told, in words.
    Session(String),
}

impl From<ClientEvent<'_>> for Told {
    fn from(event: ClientEvent<'_>) -> Self {
        match event {
            ClientEvent::ModuleReady => Self::ModuleReady,
            ClientEvent::ModuleFailed(error) => Self::ModuleFailed(error),
            ClientEvent::ModuleRestarted => Self::ModuleRestarted,
            ClientEvent::Ready { link } => Self::Ready(link),
            ClientEvent::Subscribed {
                link,
                filter,
                granted,
                ..
            } => Self::Subscribed(link, filter.to_owned(), granted),
            ClientEvent::Unsubscribed { link, filter } => {
                Self::Unsubscribed(link, filter.to_owned())
            }
            ClientEvent::Message(message) => Self::Message {
                link: message.link,
                topic: message.topic.to_vec(),
                payload: message.payload.to_vec(),
                exact: message.exact,
            },
            ClientEvent::Published { ticket, outcome } => Self::Published(ticket, outcome),
            ClientEvent::Late { ticket, outcome } => Self::Late(ticket, outcome),
            ClientEvent::Left { id, outcome } => Self::Left(id, outcome),
            ClientEvent::Republishing { id, .. } => Self::Republishing(id),
            ClientEvent::Retransmitting { ticket, .. } => Self::Retransmitting(ticket),
            ClientEvent::Down {
                link,
                error,
                retry_in,
            } => Self::Down(link, error, retry_in.is_some()),
            ClientEvent::Closed { link } => Self::Closed(link),
            ClientEvent::Escalated(remedy) => Self::Escalated(remedy),
            ClientEvent::Resting => Self::Resting,
            ClientEvent::Session(event) => Self::Session(match event {
                Event::Stray(line) => format!("stray {:?}", String::from_utf8_lossy(line)),
                Event::Untrusted(line) => format!("untrusted {:?}", String::from_utf8_lossy(line)),
                other => format!("{other:?}"),
            }),
            other => Self::Session(format!("{other:?}")),
        }
    }
}
