//! AT+QMTSUB and AT+QMTUNS: subscribing and unsubscribing (QMT §3.3.6, §3.3.7).

use at_syntax::{Args, Writer};

use super::{link, qos, ranged, text};
use crate::{DecodeError, Filter, LinkId, MsgId, Parameter, Qos, limits};

/// `AT+QMTSUB=<link>,<msgID>,<topic1>,<qos1>[,<topic2>,<qos2>..]` (QMT §3.3.6 write).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "closed by QMT §3.3.6")]
pub struct Subscribe<'a> {
    /// The client.
    pub link: LinkId,
    /// Identifier of the packet.
    pub msg_id: MsgId,
    /// What to subscribe to.
    pub topics: Few<Subscription<'a>>,
}

/// `AT+QMTUNS=<link>,<msgID>,<topic1>[,<topic2>..]` (QMT §3.3.7 write).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "closed by QMT §3.3.7")]
pub struct Unsubscribe<'a> {
    /// The client.
    pub link: LinkId,
    /// Identifier of the packet.
    pub msg_id: MsgId,
    /// What to unsubscribe from.
    pub topics: Few<Filter<'a>>,
}

/// A topic filter and the largest QoS its messages should come with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "closed by QMT §3.3.6")]
pub struct Subscription<'a> {
    /// `<topic>`
    pub filter: Filter<'a>,
    /// `<qos>`
    pub qos: Qos,
}

/// One to four items, as many topics as one command takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Few<T> {
    first: T,
    others: [Option<T>; limits::TOPICS_PER_COMMAND - 1],
}

/// One command cannot hold another topic.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "a unit")]
pub struct TooMany;

impl<T: Copy> Few<T> {
    /// Just `first`.
    pub const fn one(first: T) -> Self {
        Self {
            first,
            others: [None; limits::TOPICS_PER_COMMAND - 1],
        }
    }

    /// Adds `item` at the end.
    ///
    /// # Errors
    /// [`TooMany`] when there are four already.
    pub fn push(&mut self, item: T) -> Result<(), TooMany> {
        let free = self.others.iter_mut().find(|slot| slot.is_none());
        *free.ok_or(TooMany)? = Some(item);
        Ok(())
    }

    /// The items in order.
    pub fn iter(&self) -> impl Iterator<Item = T> {
        core::iter::once(self.first).chain(self.others.iter().flatten().copied())
    }

    fn parse<'a>(
        args: &mut Args<'a>,
        item: impl Fn(&mut Args<'a>) -> Result<T, DecodeError>,
    ) -> Result<Self, DecodeError> {
        let mut few = Self::one(item(args)?);
        while !args.is_empty() {
            let next = item(args)?;
            few.push(next)
                .map_err(|TooMany| DecodeError::OutOfRange(Parameter("topic")))?;
        }
        Ok(few)
    }
}

impl core::fmt::Display for TooMany {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "one command takes at most {} topics",
            limits::TOPICS_PER_COMMAND
        )
    }
}

impl core::error::Error for TooMany {}

impl<'a> Subscribe<'a> {
    pub(super) fn parse(args: &mut Args<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            link: link(args)?,
            msg_id: msg_id(args)?,
            topics: Few::parse(args, |args| {
                Ok(Subscription {
                    filter: filter(args)?,
                    qos: qos(args)?,
                })
            })?,
        })
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) {
        out.int(self.link.get()).int(self.msg_id.get());
        for topic in self.topics.iter() {
            out.quoted(topic.filter.as_str().as_bytes())
                .int(topic.qos.level());
        }
    }
}

impl<'a> Unsubscribe<'a> {
    pub(super) fn parse(args: &mut Args<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            link: link(args)?,
            msg_id: msg_id(args)?,
            topics: Few::parse(args, filter)?,
        })
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) {
        out.int(self.link.get()).int(self.msg_id.get());
        for topic in self.topics.iter() {
            out.quoted(topic.as_str().as_bytes());
        }
    }
}

fn filter<'a>(args: &mut Args<'a>) -> Result<Filter<'a>, DecodeError> {
    text(args, "topic", Filter::from_bytes)
}

fn msg_id(args: &mut Args<'_>) -> Result<MsgId, DecodeError> {
    ranged(args, "msgID", |id| {
        u16::try_from(id).ok().and_then(MsgId::new)
    })
}
