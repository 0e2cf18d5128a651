//! From a byte stream to whole frames.

use alloc::vec::Vec;
use core::fmt;

use crate::MqttError;

/// Greatest remaining length four length bytes can hold (MQTT 3.1.1 §2.2.3).
pub const MAX_REMAINING_LENGTH: u32 = 268_435_455;

/// Cuts a byte stream into frames: one packet each, with its fixed header.
///
/// Any cutting of the stream into chunks gives the same frames. At most one frame is held, and
/// a remaining length over the limit is refused before any of it is. An error is final: the
/// place where the next frame would begin is not known, so every later call repeats it.
#[derive(Clone)]
pub struct Splitter {
    /// Largest remaining length taken; set once.
    limit: u32,
    /// The frame so far; `next_frame` fills it and empties it when the next one begins.
    held: Vec<u8>,
    /// `held` is a whole frame that was given out.
    whole: bool,
    /// The error that ended the stream.
    refused: Option<MqttError>,
}

impl Splitter {
    /// Creates a splitter that takes remaining lengths up to `limit` bytes.
    #[must_use]
    pub const fn new(limit: u32) -> Self {
        Self {
            limit,
            held: Vec::new(),
            whole: false,
            refused: None,
        }
    }

    /// Takes bytes off the front of `input` until a frame is whole, and gives that frame; `None`
    /// when `input` is used up first.
    ///
    /// # Errors
    /// [`MqttError::LengthUnending`] and [`MqttError::TooLong`], as soon as the length byte that
    /// shows it has come.
    pub fn next_frame(&mut self, input: &mut &[u8]) -> Result<Option<&[u8]>, MqttError> {
        if let Some(error) = self.refused {
            return Err(error);
        }
        if self.whole {
            self.held.clear();
            self.whole = false;
        }
        loop {
            let wanted = match Extent::of(&self.held) {
                Ok(Extent::Unknown) => 1,
                Ok(Extent::Known { header, remaining }) if remaining <= self.limit => {
                    (header + remaining as usize).saturating_sub(self.held.len())
                }
                Ok(Extent::Known { remaining, .. }) => {
                    return Err(self.refuse(MqttError::TooLong {
                        remaining,
                        limit: self.limit,
                    }));
                }
                Err(error) => return Err(self.refuse(error)),
            };
            if wanted == 0 {
                self.whole = true;
                return Ok(Some(&self.held));
            }
            if input.is_empty() {
                return Ok(None);
            }
            let (taken, rest) = input.split_at(wanted.min(input.len()));
            self.held.extend_from_slice(taken);
            *input = rest;
        }
    }

    /// Bytes held of a frame that is not whole yet.
    #[must_use]
    pub const fn pending(&self) -> usize {
        if self.whole { 0 } else { self.held.len() }
    }

    fn refuse(&mut self, error: MqttError) -> MqttError {
        self.refused = Some(error);
        self.held = Vec::new();
        error
    }
}

/// Tells how much is held, not what: it may be a CONNECT with a password.
impl fmt::Debug for Splitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Splitter")
            .field("limit", &self.limit)
            .field("held", &self.held.len())
            .field("whole", &self.whole)
            .field("refused", &self.refused)
            .finish()
    }
}

/// How far a frame reaches, as its fixed header tells (MQTT 3.1.1 §2.2).
pub(crate) enum Extent {
    /// The length is not complete.
    Unknown,
    /// `header` bytes of fixed header, 2 to 5, then `remaining` bytes.
    Known { header: usize, remaining: u32 },
}

impl Extent {
    /// Reads the first up to five bytes of a frame.
    pub(crate) fn of(frame: &[u8]) -> Result<Self, MqttError> {
        let mut remaining = 0;
        for (index, byte) in frame.iter().skip(1).take(4).enumerate() {
            remaining |= u32::from(byte & 0x7F) << (7 * index);
            if byte & 0x80 == 0 {
                return Ok(Self::Known {
                    header: index + 2,
                    remaining,
                });
            }
            // MQTT 3.1.1 §2.2.3: at most four bytes. Waiting for a fifth would let a peer hang us.
            if index == 3 {
                return Err(MqttError::LengthUnending);
            }
        }
        Ok(Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_whole_and_in_order() {
        let mut splitter = Splitter::new(100);
        let mut input: &[u8] = &[0xC0, 0, 0xE0, 0, 0x40, 2, 0];
        assert_eq!(splitter.next_frame(&mut input), Ok(Some(&[0xC0, 0][..])));
        assert_eq!(splitter.next_frame(&mut input), Ok(Some(&[0xE0, 0][..])));
        assert_eq!(splitter.next_frame(&mut input), Ok(None));
        assert_eq!(splitter.pending(), 3);
        let mut input: &[u8] = &[1];
        assert_eq!(
            splitter.next_frame(&mut input),
            Ok(Some(&[0x40, 2, 0, 1][..]))
        );
        assert_eq!(splitter.pending(), 0);
    }

    #[test]
    fn fourth_length_byte_with_bit_7_is_refused_at_once_and_for_good() {
        let mut splitter = Splitter::new(MAX_REMAINING_LENGTH);
        let mut input: &[u8] = &[0x30, 0x80, 0x80, 0x80];
        assert_eq!(splitter.next_frame(&mut input), Ok(None));
        let mut input: &[u8] = &[0x80];
        assert_eq!(
            splitter.next_frame(&mut input),
            Err(MqttError::LengthUnending)
        );
        let mut input: &[u8] = &[0xC0, 0];
        assert_eq!(
            splitter.next_frame(&mut input),
            Err(MqttError::LengthUnending)
        );
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_the_body_comes() {
        let mut splitter = Splitter::new(127);
        let mut input: &[u8] = &[0x30, 0x80, 0x01];
        assert_eq!(
            splitter.next_frame(&mut input),
            Err(MqttError::TooLong {
                remaining: 128,
                limit: 127
            })
        );
        assert_eq!(splitter.pending(), 0);
    }

    #[test]
    fn what_is_held_is_not_printed() {
        let mut splitter = Splitter::new(100);
        assert_eq!(
            splitter.next_frame(&mut &[0x10, 20, 115, 101, 99][..]),
            Ok(None)
        );
        let text = alloc::format!("{splitter:?}");
        assert!(text.contains("held: 5") && !text.contains("115"), "{text}");
    }

    #[test]
    fn a_length_may_be_written_longer_than_needed() {
        let mut splitter = Splitter::new(10);
        let mut input: &[u8] = &[0x40, 0x82, 0x80, 0x00, 0, 7];
        assert_eq!(
            splitter.next_frame(&mut input),
            Ok(Some(&[0x40, 0x82, 0x80, 0, 0, 7][..]))
        );
    }
}
