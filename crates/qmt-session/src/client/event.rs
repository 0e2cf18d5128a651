//! What a client tells its owner.

use core::fmt;
use core::time::Duration;

use qmt_proto::{ConfigOption, ConnectCode, Granted, LinkId, LinkLossCode, Qos};

use crate::{Doubt, Event, Message, OutboxId, Outcome, Rejection, Remedy, SubmitError, Ticket};

/// News from a [`Client`](crate::Client).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ClientEvent<'a> {
    /// The module has answered, has a network and no leftover connections; or it has been woken
    /// from its sleep between two wishes.
    ModuleReady,
    /// The module cannot be used. The client tries again by itself.
    ModuleFailed(ClientError),
    /// The module has started anew. The client sets everything up again by itself.
    ///
    /// Its banner says so. If it came while the line was not trusted, it is believed once the
    /// module has denied every connection; a module that starts without a word shows by that
    /// alone, as [`ConnectError::Forgotten`].
    ModuleRestarted,
    /// The link is connected and its subscriptions are answered: publishing is possible.
    Ready {
        /// The link.
        link: LinkId,
    },
    /// The server has answered a subscription. It does not repeat the filter: if the line has changed
    /// a letter of it, nothing shows that, and what comes to another topic is withheld.
    Subscribed {
        /// The link.
        link: LinkId,
        /// The filter.
        filter: &'a str,
        /// What was asked for.
        qos: Qos,
        /// What was granted; [`Granted::REFUSED`] if nothing.
        granted: Granted,
    },
    /// The server has confirmed the end of a subscription.
    Unsubscribed {
        /// The link.
        link: LinkId,
        /// The filter.
        filter: &'a str,
    },
    /// A message from the server.
    Message(Message<'a>),
    /// A publish has ended.
    Published {
        /// As [`Client::publish`](crate::Client::publish) gave it.
        ticket: Ticket,
        /// How.
        outcome: Outcome,
    },
    /// The truth about a publish that had ended as unknown.
    Late {
        /// As [`Client::publish`](crate::Client::publish) gave it.
        ticket: Ticket,
        /// How it really ended.
        outcome: Outcome,
    },
    /// A message has left the outbox: the last word on it.
    Left {
        /// As [`Client::enqueue`](crate::Client::enqueue) gave it.
        id: OutboxId,
        /// How it ended.
        outcome: Outcome,
    },
    /// A message of the outbox may or may not have been delivered and is published again, as
    /// [`IfUnknown::Republish`](crate::IfUnknown::Republish) asks for.
    Republishing {
        /// As [`Client::enqueue`](crate::Client::enqueue) gave it.
        id: OutboxId,
        /// Why it is not known.
        doubt: Doubt,
    },
    /// The module sends the packet of a publish again.
    Retransmitting {
        /// As [`Client::publish`](crate::Client::publish) gave it.
        ticket: Ticket,
        /// How often, if the module says.
        count: Option<u8>,
    },
    /// The link is not connected.
    Down {
        /// The link.
        link: LinkId,
        /// Why.
        error: ConnectError,
        /// When it is tried again; `None`: not by itself, for trying again would not help.
        retry_in: Option<Duration>,
    },
    /// The link has been closed as asked, or the module has lost it before.
    Closed {
        /// The link.
        link: LinkId,
    },
    /// Nothing has worked for a while, so the next remedy of
    /// [`ClientConfig::ladder`](crate::ClientConfig::ladder) is taken. For
    /// [`Remedy::HardReset`] the application is asked.
    Escalated(Remedy),
    /// No link is wanted and the module may sleep, as [`Client::rest`](crate::Client::rest) asked.
    Resting,
    /// News of the dialogue below that the client has acted on, for logs.
    Session(Event<'a>),
}

/// Why the module cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClientError {
    /// It answers nothing.
    Silent,
    /// It refused one of the first commands.
    Refused(Rejection),
    /// It has found no network in time.
    NoNetwork,
    /// What it answers makes no sense.
    Garbled,
}

/// Why a link is not connected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConnectError {
    /// The module refused an option, or did not keep it.
    Option(ConfigOption),
    /// The module does not tell the length of payloads: messages could be forged.
    UnsafeReceiveMode,
    /// The module refused the command.
    Module(Rejection),
    /// The server refused the connection.
    Refused(ConnectCode),
    /// The connection was lost.
    Lost(LinkLossCode),
    /// An answer did not come.
    Unanswered(Doubt),
    /// The module no longer knew the connection when it was asked.
    Forgotten,
    /// There was no network when the link was to be opened again.
    NoNetwork,
    /// The server has ended several connections in a row soon after they were made: somebody else
    /// probably connects with the same client identifier (QMT §3.3.4).
    TakenOver,
    /// A command did not fit the transmit buffer.
    Submit(SubmitError),
}

/// Why a link cannot take a wish now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The link is not in the state for it.
    NotReady,
    /// The client's store is full.
    StoreFull,
    /// The session could not take it.
    Submit(SubmitError),
}

impl From<SubmitError> for Refusal {
    fn from(error: SubmitError) -> Self {
        Self::Submit(error)
    }
}

/// Why a subscription was not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The client's store is full.
    StoreFull,
    /// A wildcard on a link that receives in text format and is subscribed to something already:
    /// subscribe to wildcards first, or set [`recv_format`](crate::LinkConfig::recv_format).
    NeedsHex,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("the module does not answer"),
            Self::Refused(rejection) => write!(f, "the module refused to start: {rejection}"),
            Self::NoNetwork => f.write_str("the module has found no network"),
            Self::Garbled => f.write_str("the module's answers make no sense"),
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(option) => {
                write!(
                    f,
                    "the module did not take the option \"{}\"",
                    option.as_str()
                )
            }
            Self::UnsafeReceiveMode => {
                f.write_str("the module does not tell the length of messages (\"showrecvlen\")")
            }
            Self::Module(rejection) => rejection.fmt(f),
            Self::Refused(code) => write!(f, "the server answered {code}"),
            Self::Lost(code) => write!(f, "+QMTSTAT {code}"),
            Self::Unanswered(doubt) => doubt.fmt(f),
            Self::Forgotten => f.write_str("the module has forgotten the connection"),
            Self::NoNetwork => f.write_str("there is no network"),
            Self::TakenOver => {
                f.write_str("the server ends every connection: is the client identifier in use?")
            }
            Self::Submit(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReady => f.write_str("the link is not in the state for it"),
            Self::StoreFull => f.write_str("no room for the strings of the link"),
            Self::Submit(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for SubscribeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StoreFull => "no room for another subscription",
            Self::NeedsHex => "a wildcard filter needs the hex receive format",
        })
    }
}

impl ConnectError {
    /// What to do about it; the client itself does what can be done without the owner.
    pub const fn remedy(&self) -> Option<&'static str> {
        Some(match self {
            Self::Module(Rejection::Open(result)) => return result.remedy(),
            Self::Module(Rejection::Cme(code)) => return code.remedy(),
            Self::Refused(code) => return code.remedy(),
            Self::Lost(code) => return code.remedy(),
            Self::Option(_) | Self::UnsafeReceiveMode => {
                "check the option against the module's firmware"
            }
            Self::Submit(_) => "give the client a larger transmit buffer",
            Self::NoNetwork => "check antenna, SIM card and coverage",
            Self::TakenOver => "give every device a client identifier of its own",
            Self::Module(_) | Self::Unanswered(_) | Self::Forgotten => return None,
        })
    }
}

impl core::error::Error for ClientError {}
impl core::error::Error for ConnectError {}
impl core::error::Error for Refusal {}
impl core::error::Error for SubscribeError {}
