//! AT+QMTPUB: publishing (QMT §3.3.8).

use at_syntax::{Args, Coding, DataLine, Writer};

use super::{flag, link, qos, ranged, text};
use crate::hex::{Hex, digits_of};
use crate::{DecodeError, Delivery, LinkId, MsgId, Parameter, Topic, limits};

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
    /// After the prompt, exactly this many bytes of payload, 0..=1460 (QMT §3.3.8 fixed, `<msglen>`).
    PromptCounted(u16),
    /// On the command line, as text (QMT §3.3.8 inline, `<msg>`).
    Inline(&'a [u8]),
    /// On the command line, as hex digits.
    InlineHex(Hex<'a>),
}

impl<'a> Publish<'a> {
    /// The forms with data mode.
    pub(super) fn parse(args: &mut Args<'a>) -> Result<Self, DecodeError> {
        let mut publish = Self::parse_plain(args, |args| text(args, "topic", Topic::from_bytes))?;
        if !args.is_empty() {
            let len = |len| {
                u16::try_from(len)
                    .ok()
                    .filter(|n| usize::from(*n) <= limits::PAYLOAD)
            };
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
        let body = match line.coding {
            Coding::Text => Body::Inline(line.data),
            Coding::HexCountsBytes | Coding::HexCountsDigits => {
                Body::InlineHex(Hex::of_digits(line.data)?)
            }
        };
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

    pub(super) fn emit(&self, out: &mut Writer<'_>) {
        out.int(self.link.get())
            .int(self.delivery.wire_id())
            .int(self.delivery.qos().level())
            .int(self.retain)
            .quoted(self.topic.as_str().as_bytes());
        self.body.emit(out);
    }
}

impl Body<'_> {
    fn emit(&self, out: &mut Writer<'_>) {
        match self {
            Self::Prompt => {}
            Self::PromptCounted(len) => {
                out.int(*len);
            }
            // The outer quotes are not counted and inner ones are not escaped: that is how this
            // module's socket commands and its sibling's QMTPUB take it.
            Self::Inline(payload) => {
                out.int(count(payload.len())).quoted(payload);
            }
            Self::InlineHex(hex) => {
                out.int(count(hex.len())).bare(b"\"");
                for byte in hex.bytes() {
                    out.raw(&digits_of(byte));
                }
                out.raw(b"\"");
            }
        }
    }
}

fn count(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}
