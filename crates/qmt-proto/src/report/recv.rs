//! +QMTRECV: a message from the server (QMT §5.2).

use at_syntax::{Args, Coding, DataLine, Plain, Writer};

use super::link;
use crate::hex::{Hex, digits_of};
use crate::{DecodeError, LinkId};

/// `+QMTRECV: <link>,<msgID>,<topic>[,<payload_len>],<payload>`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "closed by QMT §5.2")]
pub struct Received<'a> {
    /// The client that received it.
    pub link: LinkId,
    /// The server's identifier, 0 at QoS 0 (QMT §5.2 `<msgID>`). Messages may be repeated.
    pub msg_id: u16,
    /// The topic as it came: bytes, not always a legal topic (QMT §5.2 `<topic>`).
    pub topic: &'a [u8],
    /// Whether its length was given (QMT §5.2 `<payload_len>`, note). If not, the payload may have been cut short or
    /// stretched by what it holds, and must not be trusted.
    pub counted: bool,
    /// The message (QMT §5.2 `<payload>`).
    pub payload: Payload<'a>,
}

/// A payload as it stands on the line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(
    clippy::exhaustive_enums,
    reason = "closed by QMT §3.3.1 <recv_format>"
)]
pub enum Payload<'a> {
    /// In text format.
    Text(&'a [u8]),
    /// In hex format.
    Hex(Hex<'a>),
}

impl Payload<'_> {
    /// Length in bytes of the message.
    pub const fn len(&self) -> usize {
        match self {
            Self::Text(bytes) => bytes.len(),
            Self::Hex(hex) => hex.len(),
        }
    }

    /// Whether the message is empty.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the length, of hex in bytes or in digits, and the payload.
    #[inline]
    pub(crate) fn emit_counted(&self, counts_digits: bool, out: &mut Writer<'_>) {
        let len = match self {
            Self::Hex(hex) if counts_digits => 2 * hex.len(),
            other => other.len(),
        };
        out.int(i64::try_from(len).unwrap_or(i64::MAX));
        self.emit(out);
    }

    /// Writes the payload in quotes.
    #[inline]
    fn emit(&self, out: &mut Writer<'_>) {
        match self {
            Self::Text(bytes) => {
                out.quoted(bytes);
            }
            Self::Hex(hex) => emit_hex(hex, out),
        }
    }
}

#[inline(never)]
fn emit_hex(hex: &Hex<'_>, out: &mut Writer<'_>) {
    out.bare(b"\"");
    for byte in hex.bytes() {
        out.raw(&digits_of(byte));
    }
    out.raw(b"\"");
}

impl<'a> Received<'a> {
    /// Understands a line cut by [`ResponseDialect`](crate::ResponseDialect).
    ///
    /// # Errors
    /// [`DecodeError`] when link or message identifier are not numbers in range.
    #[inline]
    pub fn parse(line: &DataLine<'a>) -> Result<Self, DecodeError> {
        let (link, msg_id) = Self::ids(&line.plain)?;
        Ok(Self {
            link,
            msg_id,
            topic: line.quoted,
            counted: line.count.is_some(),
            payload: match line.coding {
                Coding::Text => Payload::Text(line.data),
                _ if line.count.is_some() => Payload::Hex(Hex::of_counted(line.data)),
                Coding::HexCountsBytes | Coding::HexCountsDigits => {
                    Payload::Hex(Hex::of_digits(line.data)?)
                }
            },
        })
    }

    #[inline]
    fn ids(plain: &Plain<'_>) -> Result<(LinkId, u16), DecodeError> {
        if let Some([link, msg_id, ..]) = plain.numbers()
            && let (Ok(link), Ok(msg_id)) = (u8::try_from(link), u16::try_from(msg_id))
            && let Some(link) = LinkId::new(link)
        {
            return Ok((link, msg_id));
        }
        Self::ids_of_text(plain.text)
    }

    /// As [`ids`](Self::ids), for another form of the numbers, or what is wrong with them.
    #[cold]
    #[inline(never)]
    fn ids_of_text(text: &[u8]) -> Result<(LinkId, u16), DecodeError> {
        let mut args = Args::new(text);
        let ids = (link(&mut args)?, args.int()?);
        args.finish()?;
        Ok(ids)
    }

    pub(super) fn emit(&self, counts_digits: bool, out: &mut Writer<'_>) {
        out.info("QMTRECV")
            .int(self.link.get())
            .int(self.msg_id)
            .quoted(self.topic);
        if self.counted {
            self.payload.emit_counted(counts_digits, out);
        } else {
            self.payload.emit(out);
        }
    }
}
