//! AT+QMTPUB: publishing (QMT §3.3.8).

use at_syntax::{Args, Coding, DataLine, Writer};

use super::{flag, link, qos, ranged, text};
use crate::hex::Hex;
use crate::{DecodeError, Delivery, LinkId, MsgId, Parameter, Payload, Topic, limits};

/// `AT+QMTPUB=<link>,<msgID>,<qos>,<retain>,<topic>[,<msglen>[,<msg>]]`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "closed by QMT §3.3.8")]
pub struct Publish<'a> {
    /// The client.
    pub link: LinkId,
    /// QoS and message identifier.
    pub delivery: Delivery,
    /// Whether the server keeps the message (QMT §3.3.8 `<retain>` 0..=1).
    pub retain: bool,
    /// Where it is published.
    pub topic: Topic<'a>,
    /// How the payload follows.
    pub body: Body<'a>,
}

/// The three ways a payload reaches the module.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_enums, reason = "closed by QMT §3.3.8")]
pub enum Body<'a> {
    /// After the prompt, ended by Ctrl+Z (0x1A); Esc (0x1B) cancels (QMT §3.3.8 variable and Esc).
    Prompt,
    /// After the prompt, so many bytes (QMT §3.3.8 fixed).
    PromptCounted(PayloadLen),
    /// On the command line (QMT §3.3.8 inline).
    Inline(Inline<'a>),
}

/// Length of a payload as it stands on the line, 0..=1460 (QMT §3.3.8 `<msglen>`): bytes of text; in
/// hex format bytes or digits, of which the note does not say.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PayloadLen(u16);

/// A payload on a command line, at most 1460 bytes (QMT §3.3.8 `<msg>`). Any bytes: they are cut by
/// count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Inline<'a>(Payload<'a>);

impl<'a> Publish<'a> {
    /// The forms with data mode.
    pub(super) fn parse(args: &mut Args<'a>) -> Result<Self, DecodeError> {
        let mut publish = Self::parse_plain(args, |args| text(args, "topic", Topic::from_bytes))?;
        if !args.is_empty() {
            let len = |len| usize::try_from(len).ok().and_then(PayloadLen::new);
            publish.body = Body::PromptCounted(ranged(args, "msglen", len)?);
        }
        Ok(publish)
    }

    /// The form with everything on the line, cut by count.
    pub(super) fn parse_inline(line: &DataLine<'a>) -> Result<Self, DecodeError> {
        let mut args = Args::new(line.plain.text);
        let publish = Self::parse_plain(&mut args, |_| {
            Topic::from_bytes(line.quoted)
                .map_err(|error| DecodeError::Text(Parameter("topic"), error))
        })?;
        args.finish()?;
        let inline = Inline::new(match line.coding {
            Coding::Text => Payload::Text(line.data),
            Coding::HexCountsBytes | Coding::HexCountsDigits => {
                Payload::Hex(Hex::of_digits(line.data)?)
            }
        });
        let body = Body::Inline(inline.ok_or(DecodeError::OutOfRange(Parameter("msglen")))?);
        Ok(Self { body, ..publish })
    }

    fn parse_plain(
        args: &mut Args<'a>,
        topic: impl Fn(&mut Args<'a>) -> Result<Topic<'a>, DecodeError>,
    ) -> Result<Self, DecodeError> {
        let link = link(args)?;
        let id = ranged(args, "msgID", |id| u16::try_from(id).ok())?;
        let delivery = Delivery::new(qos(args)?, MsgId::new(id))
            .ok_or(DecodeError::OutOfRange(Parameter("msgID")))?;
        Ok(Self {
            link,
            delivery,
            retain: ranged(args, "retain", flag)?,
            topic: topic(args)?,
            body: Body::Prompt,
        })
    }

    pub(super) fn emit(&self, counts_digits: bool, out: &mut Writer<'_>) {
        out.int(self.link.get())
            .int(self.delivery.wire_id())
            .int(self.delivery.qos().level())
            .int(self.retain)
            .quoted(self.topic.as_str().as_bytes());
        match self.body {
            Body::Prompt => {}
            Body::PromptCounted(len) => {
                out.int(len.get());
            }
            // The outer quotes are not counted and inner ones are not escaped: that is how this
            // module's socket commands and its sibling's QMTPUB take it.
            Body::Inline(inline) => inline.get().emit_counted(counts_digits, out),
        }
    }
}

impl PayloadLen {
    /// The length `len`, if that is 0..=1460.
    pub const fn new(len: usize) -> Option<Self> {
        if len <= limits::PAYLOAD {
            // It fits: the limit does.
            Some(Self(len as u16))
        } else {
            None
        }
    }

    /// The number on the line.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl<'a> Inline<'a> {
    /// The payload `payload`, if it is no longer than 1460 bytes.
    pub const fn new(payload: Payload<'a>) -> Option<Self> {
        if payload.len() <= limits::PAYLOAD {
            Some(Self(payload))
        } else {
            None
        }
    }

    /// The payload `bytes`, to be written as they are.
    pub const fn text(bytes: &'a [u8]) -> Option<Self> {
        Self::new(Payload::Text(bytes))
    }

    /// The payload.
    pub const fn get(self) -> Payload<'a> {
        self.0
    }
}
