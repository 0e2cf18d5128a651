//! What no receiver can be faster than. They tell nothing.

use core::hint::black_box;

use crate::{Event, Inbox, Receiver};

/// Copies every delivery into a buffer.
#[derive(Debug)]
pub(super) struct Copy(Inbox);

/// Copies, and looks for the end of every line.
#[derive(Debug)]
pub(super) struct Lines(Inbox);

impl Copy {
    pub(super) const fn new() -> Self {
        Self(Inbox::new())
    }
}

impl Lines {
    pub(super) const fn new() -> Self {
        Self(Inbox::new())
    }
}

impl Receiver for Copy {
    fn feed(&mut self, chunk: &[u8], _: &mut impl FnMut(Event<'_>)) {
        self.0.push(chunk);
        black_box(self.0.bytes());
        self.0.consume(chunk.len());
    }
}

impl Receiver for Lines {
    fn feed(&mut self, chunk: &[u8], _: &mut impl FnMut(Event<'_>)) {
        self.0.push(chunk);
        let mut ends = 0_usize;
        for end in memchr::memchr_iter(b'\n', self.0.bytes()) {
            ends ^= end;
        }
        black_box(ends);
        self.0.consume(chunk.len());
    }
}
