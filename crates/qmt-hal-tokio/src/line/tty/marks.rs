//! How a terminal marks damaged bytes (PARMRK, POSIX.1-2017 §11.2.2): `FF 00 x` for a byte `x`
//! without its stop bit, `FF 00 00` for a break, and `FF FF` for a sound `FF`.

use core::fmt;
use core::ops::Range;
use std::io;

use qmt_session::LineError;
use rustix::fd::AsFd;
use rustix::termios::{InputModes, OptionalActions, tcgetattr, tcsetattr};
use tokio::io::ReadBuf;

/// Bytes of one read from the system.
const ROOM: usize = 4_096;
const MARK: u8 = 0xFF;

/// Bytes as the terminal gave them, and how far they have been passed on.
pub(super) struct Marks {
    raw: Box<[u8]>,
    /// Bytes of `raw` that have not been passed on.
    unread: Range<usize>,
    seen: Seen,
}

/// How much of a mark has been seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Seen {
    Nothing,
    Mark,
    MarkZero,
}

/// Makes the terminal mark damaged bytes, or pass them on as if nothing were wrong.
pub(super) fn set(terminal: impl AsFd, marked: bool) -> io::Result<()> {
    let terminal = terminal.as_fd();
    let mut mode = tcgetattr(terminal)?;
    // Else they would be dropped in silence, or a break would be a signal.
    let silent = InputModes::IGNPAR | InputModes::IGNBRK | InputModes::BRKINT | InputModes::ISTRIP;
    mode.input_modes.remove(silent);
    let marks = InputModes::INPCK | InputModes::PARMRK;
    mode.input_modes.set(marks, marked);
    tcsetattr(terminal, OptionalActions::Now, &mode)?;
    Ok(())
}

impl Marks {
    pub(super) fn new() -> Self {
        Self {
            raw: vec![0; ROOM].into(),
            unread: 0..0,
            seen: Seen::Nothing,
        }
    }

    /// Where the next bytes of the terminal go; [`filled`](Self::filled) tells how many came. Only
    /// when all before have been given.
    pub(super) fn room(&mut self) -> &mut [u8] {
        &mut self.raw
    }

    pub(super) fn filled(&mut self, len: usize) {
        self.unread = 0..len;
    }

    /// Passes on sound bytes for which there is room, up to the next mark.
    ///
    /// # Errors
    /// What the mark means, once all before it has been passed on.
    pub(super) fn give(&mut self, buf: &mut ReadBuf<'_>) -> io::Result<()> {
        let before = buf.filled().len();
        while buf.remaining() > 0
            && let Some(&byte) = self.raw.get(self.unread.clone()).and_then(<[u8]>::first)
        {
            let (seen, sound) = match (self.seen, byte) {
                (Seen::Nothing, MARK) => (Seen::Mark, None),
                (Seen::Nothing, sound) => (Seen::Nothing, Some(sound)),
                (Seen::Mark, 0) => (Seen::MarkZero, None),
                (Seen::Mark, MARK) => (Seen::Nothing, Some(MARK)),
                // Not doubled: it came before marks were asked for. This byte is looked at again.
                (Seen::Mark, _) => {
                    self.seen = Seen::Nothing;
                    buf.put_slice(&[MARK]);
                    continue;
                }
                (Seen::MarkZero, _) if buf.filled().len() > before => return Ok(()),
                (Seen::MarkZero, damaged) => {
                    self.seen = Seen::Nothing;
                    self.unread.start += 1;
                    let error = match damaged {
                        0 => LineError::Break,
                        _ => LineError::Framing,
                    };
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error));
                }
            };
            self.seen = seen;
            self.unread.start += 1;
            if let Some(sound) = sound {
                buf.put_slice(&[sound]);
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The bytes are not shown: they may hold secrets.
        write!(f, "{} bytes, {:?}", self.unread.len(), self.seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of `raw` when it comes in pieces and is read in pieces.
    fn read(raw: &[u8], piece: usize, room: usize) -> Vec<Result<u8, LineError>> {
        let (mut marks, mut read) = (Marks::new(), Vec::new());
        for piece in raw.chunks(piece) {
            marks.room()[..piece.len()].copy_from_slice(piece);
            marks.filled(piece.len());
            loop {
                let mut memory = vec![0; room];
                let mut buf = ReadBuf::new(&mut memory);
                match marks.give(&mut buf) {
                    Ok(()) if buf.filled().is_empty() => break,
                    Ok(()) => read.extend(buf.filled().iter().copied().map(Ok)),
                    Err(error) => {
                        assert!(buf.filled().is_empty());
                        let error = error.get_ref().unwrap().downcast_ref();
                        read.push(Err(*error.unwrap()));
                    }
                }
            }
        }
        read
    }

    #[test]
    fn damage_is_told_in_its_place_however_the_bytes_are_cut() {
        let raw = b"a\xff\xffb\xff\x00?c\xff\x00\x00\x00d\xff\xff\xff\xffe\xffg";
        let (framing, lost) = (Err(LineError::Framing), Err(LineError::Break));
        let mut expected = vec![Ok(b'a'), Ok(0xFF), Ok(b'b'), framing, Ok(b'c'), lost];
        expected.extend([0, b'd', 0xFF, 0xFF, b'e', 0xFF, b'g'].map(Ok));
        for piece in 1..=raw.len() {
            for room in 1..=raw.len() {
                assert_eq!(read(raw, piece, room), expected, "{piece} {room}");
            }
        }
    }
}
