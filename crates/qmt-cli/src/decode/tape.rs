//! The captured bytes, without what a dump or log put around them, and where each came from.

use std::collections::VecDeque;

use crate::trace::Direction;

/// Where something stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    /// Captured bytes before it.
    pub(crate) offset: u64,
    /// Line of the dump or log, from 1; none in a raw capture.
    pub(crate) line: Option<u64>,
    /// Who sent it, if the log says so.
    pub(crate) direction: Option<Direction>,
}

/// Bytes that were peeled out of the input and not yet understood.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    buf: Vec<u8>,
    /// Bytes of `buf` that are done with.
    start: usize,
    /// Place on the tape of the byte at `start`.
    at: u64,
    /// Places of line ends that the log had lost and that were put back: they were not captured.
    inserted: VecDeque<u64>,
    /// How many of them have passed.
    passed: u64,
    /// Where the lines of the log begin.
    marks: VecDeque<(u64, Place)>,
    mark: Place,
    ended: bool,
}

impl Tape {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buf.extend_from_slice(bytes);
    }

    /// Adds a byte that the log had lost.
    pub(crate) fn insert(&mut self, byte: u8) {
        self.inserted.push_back(self.head());
        self.buf.push(byte);
    }

    /// Says where the bytes that follow come from.
    pub(crate) fn mark(&mut self, line: u64, direction: Option<Direction>) {
        let place = Place {
            offset: 0,
            line: Some(line),
            direction,
        };
        self.marks.push_back((self.head(), place));
    }

    /// No more bytes will come.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// What has not been understood yet.
    pub(crate) fn rest(&self) -> &[u8] {
        self.buf.get(self.start..).unwrap_or_default()
    }

    /// How many bytes were on the tape before [`rest`](Self::rest).
    pub(crate) fn position(&self) -> u64 {
        self.at
    }

    /// Where the first byte of [`rest`](Self::rest) stands.
    pub(crate) fn place(&mut self) -> Place {
        while self.inserted.front().is_some_and(|&place| place < self.at) {
            self.inserted.pop_front();
            self.passed += 1;
        }
        while let Some(&(place, mark)) = self.marks.front()
            && place <= self.at
        {
            self.mark = mark;
            self.marks.pop_front();
        }
        Place {
            offset: self.at - self.passed,
            ..self.mark
        }
    }

    /// Is done with the first `len` bytes of [`rest`](Self::rest).
    pub(crate) fn advance(&mut self, len: usize) {
        self.start += len;
        self.at += len as u64;
        // Moves every byte once on average.
        if self.start > 64 * 1024 && self.start * 2 > self.buf.len() {
            self.buf.drain(..self.start);
            self.start = 0;
        }
    }

    /// Place on the tape of the next byte that comes.
    fn head(&self) -> u64 {
        self.at + self.rest().len() as u64
    }
}
