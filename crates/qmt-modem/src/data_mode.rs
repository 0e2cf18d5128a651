//! Data mode: taking a payload after the prompt (QMT §3.3.8).

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use qmt_proto::{DataFormat, Delivery, Instant, LinkId, hex, limits};

use crate::Quirks;
use crate::quirks::{DataModeDelay, LfBeforeData};

/// Sends what was typed (QMT §3.3.8 variable).
const CTRL_Z: u8 = 0x1A;

/// Throws away what was typed (QMT §3.3.8 Esc).
const ESC: u8 = 0x1B;

/// How long a BC660K does not listen after its prompt.
const HALF_SECOND: Duration = Duration::from_millis(500);

/// What is to be published once its payload is complete.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) link: LinkId,
    pub(crate) delivery: Delivery,
    pub(crate) retain: bool,
    pub(crate) topic: String,
}

/// A payload that is being typed.
#[derive(Debug)]
pub(crate) struct DataMode {
    pub(crate) order: Order,
    /// The bytes or digits so far, at most `limit`.
    typed: Vec<u8>,
    /// How many are taken; more are dropped (QMT §3.3.8 note 2).
    limit: usize,
    /// Whether the `limit`th ends it, or only Ctrl+Z and Esc do.
    counted: bool,
    /// Whether Esc cancels.
    escapable: bool,
    /// How they are written.
    format: DataFormat,
    /// Bytes before then are swallowed.
    listens_at: Instant,
    /// Whether the next byte may be a line feed that is none of the payload's.
    line_end: bool,
    /// When the last one came, or the prompt was given.
    last_at: Instant,
}

/// What one byte did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Taken {
    /// It belongs to the payload.
    Kept,
    /// It belongs to the payload and completes it.
    Last,
    /// It is over the limit, or too early, or part of the line end before.
    Dropped,
    /// Ctrl+Z: the payload is complete.
    Sent,
    /// Esc: nothing is to be published.
    Cancelled,
}

impl DataMode {
    /// Waits for a payload: `len` bytes or digits, or up to Ctrl+Z.
    pub(crate) fn new(
        order: Order,
        len: Option<usize>,
        format: DataFormat,
        now: Instant,
        quirks: &Quirks,
    ) -> Self {
        let limit = match format {
            DataFormat::Text => limits::PAYLOAD,
            DataFormat::Hex => 2 * limits::PAYLOAD,
        };
        Self {
            order,
            typed: Vec::new(),
            limit: len.unwrap_or(limit),
            counted: len.is_some(),
            escapable: len.is_none() || quirks.esc_cancels_counted,
            format,
            listens_at: match quirks.data_mode_delay {
                DataModeDelay::None => now,
                DataModeDelay::HalfSecond => now.saturating_add(HALF_SECOND),
            },
            line_end: quirks.lf_before_data == LfBeforeData::Ignored,
            last_at: now,
        }
    }

    /// Takes one byte. In the counted form Ctrl+Z is data, and Esc too unless a quirk says
    /// otherwise.
    pub(crate) fn take(&mut self, now: Instant, byte: u8) -> Taken {
        self.last_at = now;
        if core::mem::take(&mut self.line_end) && byte == b'\n' || now < self.listens_at {
            return Taken::Dropped;
        }
        match byte {
            CTRL_Z if !self.counted => return Taken::Sent,
            ESC if self.escapable => return Taken::Cancelled,
            _ => {}
        }
        if self.typed.len() >= self.limit {
            return Taken::Dropped;
        }
        self.typed.push(byte);
        if self.is_full() {
            Taken::Last
        } else {
            Taken::Kept
        }
    }

    /// Whether everything that was counted has been typed; at once if nothing was.
    pub(crate) fn is_full(&self) -> bool {
        self.counted && self.typed.len() >= self.limit
    }

    /// When the module gives up waiting for the next byte (QMT §3.3.8 note 3).
    pub(crate) fn until(&self) -> Instant {
        self.last_at
            .saturating_add(Duration::from_millis(limits::DATA_MODE_MS))
    }

    /// The order and its payload; no payload when the digits are not hex.
    pub(crate) fn finish(mut self) -> (Order, Option<Vec<u8>>) {
        if self.format == DataFormat::Hex {
            let Ok(len) = hex::decode_in_place(&mut self.typed) else {
                return (self.order, None);
            };
            self.typed.truncate(len);
        }
        (self.order, Some(self.typed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(len: Option<usize>, format: DataFormat) -> DataMode {
        let order = Order {
            link: LinkId::ALL[0],
            delivery: Delivery::AtMostOnce,
            retain: false,
            topic: "t".into(),
        };
        DataMode::new(order, len, format, Instant::ZERO, &Quirks::NOTE)
    }

    fn type_all(data: &mut DataMode, bytes: &[u8]) -> Taken {
        let mut last = Taken::Kept;
        for &byte in bytes {
            last = data.take(Instant::ZERO, byte);
        }
        last
    }

    #[test]
    fn a_counted_payload_may_hold_every_byte() {
        let all: Vec<u8> = (0..=255).collect();
        let mut data = data(Some(256), DataFormat::Text);
        assert_eq!(type_all(&mut data, &all), Taken::Last);
        assert_eq!(data.finish().1, Some(all));
    }

    #[test]
    fn what_is_over_1460_bytes_is_dropped() {
        let mut data = data(None, DataFormat::Text);
        assert_eq!(type_all(&mut data, &[b'x'; 1460]), Taken::Kept);
        assert_eq!(type_all(&mut data, b"yy"), Taken::Dropped);
        assert_eq!(type_all(&mut data, b"\x1a"), Taken::Sent);
        assert_eq!(data.finish().1, Some([b'x'; 1460].to_vec()));
    }

    #[test]
    fn hex_digits_come_in_pairs() {
        let mut good = data(Some(4), DataFormat::Hex);
        type_all(&mut good, b"00fF");
        assert_eq!(good.finish().1, Some([0x00, 0xff].to_vec()));
        let mut odd = data(None, DataFormat::Hex);
        assert_eq!(type_all(&mut odd, b"00f\x1a"), Taken::Sent);
        assert_eq!(odd.finish().1, None);
    }

    #[test]
    fn an_empty_counted_payload_is_complete_at_once() {
        assert!(data(Some(0), DataFormat::Text).is_full());
        assert!(!data(None, DataFormat::Text).is_full());
    }
}
