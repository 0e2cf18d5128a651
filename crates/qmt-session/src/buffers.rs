//! The caller's memory: what has come in, what goes out.

use core::ops::Range;

/// Memory of a machine, owned by the caller.
///
/// `rx` must hold the longest line: 1792 bytes for text payloads, 3264 for hex payloads of full
/// size ([`limits::TEXT_FRAME`](qmt_proto::limits::TEXT_FRAME),
/// [`limits::HEX_FRAME`](qmt_proto::limits::HEX_FRAME)); a longer line is reported as an overflow.
/// `tx` must hold the longest command with its payload, in the format it is sent in.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "the caller builds it")]
pub struct Buffers<'buf> {
    /// For what comes from the module.
    pub rx: &'buf mut [u8],
    /// For what goes to the module.
    pub tx: &'buf mut [u8],
}

/// Bytes received and not yet done with: `start <= end <= buf.len()`.
#[derive(Debug)]
pub(crate) struct Rx<'buf> {
    buf: &'buf mut [u8],
    /// First byte that has not been consumed.
    start: usize,
    /// End of what has been received.
    end: usize,
}

impl<'buf> Rx<'buf> {
    pub(crate) const fn new(buf: &'buf mut [u8]) -> Self {
        Self {
            buf,
            start: 0,
            end: 0,
        }
    }

    /// Takes as many of `bytes` as there is room for.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> usize {
        if self.buf.len() - self.end < bytes.len() && self.start > 0 {
            self.buf.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let room = self.buf.get_mut(self.end..).unwrap_or_default();
        let taken = room.len().min(bytes.len());
        for (slot, byte) in room.iter_mut().zip(bytes) {
            *slot = *byte;
        }
        self.end += taken;
        taken
    }

    /// What has not been consumed.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.buf.get(self.start..self.end).unwrap_or_default()
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.start == 0 && self.end == self.buf.len()
    }

    /// The first `len` bytes are done with. They stay readable by [`get`](Self::get) until the
    /// next push.
    pub(crate) fn consume(&mut self, len: usize) {
        self.start = self.start.saturating_add(len).min(self.end);
    }

    /// All of them are. How many they were.
    pub(crate) fn clear(&mut self) -> usize {
        let len = self.end - self.start;
        self.start = self.end;
        len
    }

    /// Where `part`, a slice of [`bytes`](Self::bytes), lies in the whole buffer.
    pub(crate) fn range_of(&self, part: &[u8]) -> Range<usize> {
        // Slices of one buffer: the difference of their addresses is an offset.
        let start = part.as_ptr().addr().wrapping_sub(self.buf.as_ptr().addr());
        start..start.wrapping_add(part.len())
    }

    /// The bytes at a place found by [`range_of`](Self::range_of).
    pub(crate) fn get(&self, range: Range<usize>) -> &[u8] {
        self.buf.get(range).unwrap_or_default()
    }

    pub(crate) fn get_mut(&mut self, range: Range<usize>) -> &mut [u8] {
        self.buf.get_mut(range).unwrap_or_default()
    }
}

/// One command with its payload: `command <= buf.len()`, `sent <= command + data`.
///
/// The payload stands behind the command line, or stays with its owner, who hands it in where it
/// is needed: `outside`, empty otherwise.
#[derive(Debug)]
pub(crate) struct Tx<'buf> {
    buf: &'buf mut [u8],
    /// Length of the command line, CR included.
    command: usize,
    /// Length of the payload.
    data: usize,
    /// Whether the payload is not in `buf`.
    is_outside: bool,
    /// How much has been handed to the line.
    sent: usize,
}

impl<'buf> Tx<'buf> {
    pub(crate) const fn new(buf: &'buf mut [u8]) -> Self {
        Self {
            buf,
            command: 0,
            data: 0,
            is_outside: false,
            sent: 0,
        }
    }

    /// The whole buffer, for the next command. Forgets the last one.
    pub(crate) fn clear(&mut self) -> &mut [u8] {
        self.command = 0;
        self.data = 0;
        self.is_outside = false;
        self.sent = 0;
        self.buf
    }

    /// A command line of `len` bytes has been written to the buffer.
    pub(crate) fn set_command(&mut self, len: usize) {
        self.command = len.min(self.buf.len());
    }

    /// Adds a piece of payload after the command line. False: no room.
    pub(crate) fn push_data(&mut self, bytes: &[u8]) -> bool {
        let start = self.command + self.data;
        let Some(room) = self.buf.get_mut(start..start + bytes.len()) else {
            return false;
        };
        room.copy_from_slice(bytes);
        self.data += bytes.len();
        true
    }

    /// The payload, of `len` bytes, stays with its owner.
    pub(crate) fn lend_data(&mut self, len: usize) {
        self.data = len;
        self.is_outside = true;
    }

    /// Whether the payload is with its owner.
    pub(crate) const fn is_outside(&self) -> bool {
        self.is_outside
    }

    /// The command line.
    pub(crate) fn command(&self) -> &[u8] {
        self.buf.get(..self.command).unwrap_or_default()
    }

    /// Length of the payload.
    pub(crate) const fn data_len(&self) -> usize {
        self.data
    }

    /// The payload.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) fn data<'d>(&'d self, outside: &'d [u8]) -> &'d [u8] {
        if self.is_outside {
            outside
        } else {
            let end = self.command + self.data;
            self.buf.get(self.command..end).unwrap_or_default()
        }
    }

    /// What is left to send of the command line.
    pub(crate) fn unsent_command(&self) -> &[u8] {
        self.buf.get(self.sent..self.command).unwrap_or_default()
    }

    /// What is left to send of the payload.
    pub(crate) fn unsent_data<'d>(&'d self, outside: &'d [u8]) -> &'d [u8] {
        let sent = self.sent.saturating_sub(self.command);
        self.data(outside).get(sent..).unwrap_or_default()
    }

    /// Whether the command line and the payload have been handed to the line.
    pub(crate) const fn is_sent(&self) -> bool {
        self.sent >= self.command + self.data
    }

    /// `len` more bytes have been handed to the line.
    pub(crate) fn advance(&mut self, len: usize) {
        self.sent = (self.sent + len).min(self.command + self.data);
    }

    /// All of it is to be handed to the line again.
    pub(crate) const fn rewind(&mut self) {
        self.sent = 0;
    }

    pub(crate) const fn has_sent_any(&self) -> bool {
        self.sent > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn received_bytes_move_to_the_front_when_room_is_needed() {
        let mut buf = [0; 8];
        let mut rx = Rx::new(&mut buf);
        assert_eq!(rx.push(b"abcdef"), 6);
        rx.consume(4);
        assert_eq!(rx.bytes(), b"ef");
        assert_eq!(rx.push(b"ghijklmn"), 6);
        assert_eq!(rx.bytes(), b"efghijkl");
        assert!(rx.is_full());
        let range = rx.range_of(&rx.bytes()[2..4]);
        assert_eq!(rx.get(range), b"gh");
    }

    #[test]
    fn command_and_payload_are_sent_apart() {
        let mut buf = [0; 8];
        let mut tx = Tx::new(&mut buf);
        tx.clear()[..3].copy_from_slice(b"AT\r");
        tx.set_command(3);
        assert!(tx.push_data(b"data"));
        assert!(!tx.push_data(b"xx"));
        assert_eq!(tx.unsent_command(), b"AT\r");
        tx.advance(2);
        assert_eq!(tx.unsent_command(), b"\r");
        tx.advance(1);
        assert_eq!(tx.unsent_command(), b"");
        tx.advance(1);
        assert_eq!(tx.unsent_data(&[]), b"ata");
        assert_eq!((tx.command(), tx.data(&[])), (&b"AT\r"[..], &b"data"[..]));
        tx.advance(3);
        assert!(tx.is_sent());
        tx.rewind();
        assert_eq!(tx.unsent_command(), b"AT\r");
    }

    #[test]
    fn a_payload_may_stay_with_its_owner() {
        let mut buf = [0; 4];
        let mut tx = Tx::new(&mut buf);
        tx.clear()[..3].copy_from_slice(b"AT\r");
        tx.set_command(3);
        tx.lend_data(6);
        tx.advance(5);
        assert_eq!(tx.unsent_data(b"abcdef"), b"cdef");
        tx.advance(4);
        assert!(tx.is_sent() && tx.unsent_data(b"abcdef").is_empty());
        tx.clear();
        assert_eq!(tx.data_len(), 0);
    }
}
