//! Payloads in hex: what every peer has to do behind its parser.

use crate::{Event, Receiver};

/// Decodes the payload of each message that `R` tells, through a table, two digits a byte: the fastest
/// plain loop that we know.
#[derive(Debug)]
pub(super) struct Decoded<R>(pub(super) R);

/// Longest payload of the module.
const PAYLOAD: usize = 1460;

/// What no digit is worth.
const NONE: u8 = 0xff;

/// The worth of each byte as a digit.
const WORTH: [u8; 256] = {
    let mut worth = [NONE; 256];
    let mut digit = 0;
    while digit < 16 {
        let upper = b"0123456789ABCDEF"[digit as usize];
        worth[upper as usize] = digit;
        worth[upper.to_ascii_lowercase() as usize] = digit;
        digit += 1;
    }
    worth
};

impl<R: Receiver> Receiver for Decoded<R> {
    fn feed(&mut self, chunk: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        self.0.feed(chunk, &mut |event| match event {
            Event::Message(link, id, topic, digits) => {
                let mut buf = [0; PAYLOAD];
                sink(match decode(digits, &mut buf) {
                    Some(payload) => Event::Message(link, id, topic, payload),
                    None => Event::Refused,
                });
            }
            event => sink(event),
        });
    }
}

fn decode<'b>(digits: &[u8], buf: &'b mut [u8; PAYLOAD]) -> Option<&'b [u8]> {
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    let payload = buf.get_mut(..pairs.len())?;
    for (byte, [high, low]) in payload.iter_mut().zip(pairs) {
        let (high, low) = (WORTH[usize::from(*high)], WORTH[usize::from(*low)]);
        if high == NONE || low == NONE {
            return None;
        }
        *byte = high << 4 | low;
    }
    Some(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_become_bytes_and_others_are_refused() {
        let mut buf = [0; PAYLOAD];
        assert_eq!(decode(b"00ffA5", &mut buf), Some(&[0, 255, 0xa5][..]));
        assert_eq!(decode(b"", &mut buf), Some(&[][..]));
        assert_eq!(decode(b"0", &mut buf), None);
        assert_eq!(decode(b"0g", &mut buf), None);
        assert_eq!(decode(&[b'0'; 2 * PAYLOAD + 2], &mut buf), None);
    }
}
