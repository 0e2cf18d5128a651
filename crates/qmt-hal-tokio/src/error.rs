//! Why a wish was not fulfilled, and how a task ended.

use core::fmt;
use std::sync::Arc;

use qmt_session::proto::TextError;
use qmt_session::{ConnectError, Refusal, SubmitError, SubscribeError};

use crate::{ConfigError, DriveError, OutboxError};

/// How the task of a [`Handle`](crate::Handle) ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum End {
    /// As asked: every link is disconnected and the module may sleep.
    Rested,
    /// As asked, but the module did not get there in time, or its line was away.
    TimedOut,
    /// The line is gone, or reading or writing failed.
    Line(Arc<DriveError>),
    /// The outbox cannot be kept.
    Outbox(Arc<OutboxError>),
    /// The runtime ended first.
    Aborted,
}

/// Why a link could not be connected.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LinkError {
    /// A string must not go to the module. Nothing was sent.
    Config(ConfigError),
    /// The link is connected or closing, or the client's store is full.
    Refused(Refusal),
    /// It is down for good: trying again by itself would not help.
    Down(ConnectError),
    /// It was told to disconnect meanwhile.
    Disconnected,
    /// The task has ended.
    Ended(End),
}

/// Why a message was not published. It never went out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PublishError {
    /// The topic must not go to the module.
    Topic(TextError),
    /// The payload cannot be sent, or not in the link's form.
    Submit(SubmitError),
    /// The link is neither connected nor on its way to be.
    NotConnected,
    /// The task has ended. A message that was on its way then is
    /// [`Outcome::Unknown`](qmt_session::Outcome::Unknown) instead, save after [`End::Aborted`].
    Ended(End),
}

/// Why a message was not put into the outbox.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EnqueueRefusal {
    /// The topic must not go to the module.
    Topic(TextError),
    /// The payload is longer than 1460 bytes, or the message longer than the outbox.
    TooLong,
    /// The task has ended. A message that was about to be written may have survived.
    Ended(End),
}

/// Why a subscription did not come about.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SubscriptionError {
    /// The filter must not go to the module.
    Filter(TextError),
    /// The client did not take it.
    Client(SubscribeError),
    /// The server refused it, or the module refused the command.
    Refused,
    /// The link is down for good.
    Down(ConnectError),
    /// It was withdrawn or the link disconnected meanwhile.
    Withdrawn,
    /// The task has ended.
    Ended(End),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rested => f.write_str("shut down"),
            Self::TimedOut => f.write_str("shut down, but the module did not follow in time"),
            Self::Line(error) => error.fmt(f),
            Self::Outbox(error) => error.fmt(f),
            Self::Aborted => f.write_str("the task was aborted"),
        }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Down(error) => error.fmt(f),
            Self::Disconnected => f.write_str("the link was disconnected meanwhile"),
            Self::Ended(end) => end.fmt(f),
        }
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic(error) => write!(f, "topic: {error}"),
            Self::Submit(error) => error.fmt(f),
            Self::NotConnected => f.write_str("the link is not connected"),
            Self::Ended(end) => end.fmt(f),
        }
    }
}

impl fmt::Display for EnqueueRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic(error) => write!(f, "topic: {error}"),
            Self::TooLong => f.write_str("the message is too long for the outbox"),
            Self::Ended(end) => end.fmt(f),
        }
    }
}

impl fmt::Display for SubscriptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter(error) => write!(f, "filter: {error}"),
            Self::Client(error) => error.fmt(f),
            Self::Refused => f.write_str("the server refused the subscription (128)"),
            Self::Down(error) => error.fmt(f),
            Self::Withdrawn => f.write_str("the subscription was withdrawn meanwhile"),
            Self::Ended(end) => end.fmt(f),
        }
    }
}

impl core::error::Error for EnqueueRefusal {}
impl core::error::Error for LinkError {}
impl core::error::Error for PublishError {}
impl core::error::Error for SubscriptionError {}
