//! A host's end of the line: a bounded buffer and a framer, told what a driver is told.

use at_syntax::{Frame, Framer, Violation};
use qmt_proto::{Expect, Response, ResponseDialect};

use crate::reference::{Meaning, Piece};

/// Receives as a session does, and keeps copies of what it heard.
#[derive(Debug)]
pub struct Ear {
    framer: Framer,
    buf: Vec<u8>,
    capacity: usize,
    dialect: ResponseDialect,
    /// Prompts that are still awaited.
    prompts: usize,
    /// Bytes dropped from the front of the stream.
    offset: usize,
    /// What was heard, in order.
    pub heard: Vec<Heard>,
}

/// A frame and where it stood.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Heard {
    /// The frame.
    pub piece: Piece,
    /// Offsets in the stream of its first byte, or the first after what was skipped, and of the
    /// first byte after it.
    pub place: (usize, usize),
}

impl Ear {
    /// An ear with a buffer of `capacity` bytes; the first `prompts` prompts are awaited.
    pub fn new(capacity: usize, dialect: ResponseDialect, prompts: usize) -> Self {
        Self {
            framer: Framer::responses(),
            buf: Vec::new(),
            capacity,
            dialect,
            prompts,
            offset: 0,
            heard: Vec::new(),
        }
    }

    /// Takes `bytes` in pieces of `sizes`, over and over.
    ///
    /// # Panics
    /// When the framer uses more than it was given, or calls an empty line a frame.
    pub fn feed_in(&mut self, mut bytes: &[u8], sizes: &[usize]) {
        for size in sizes.iter().cycle() {
            if bytes.is_empty() || sizes.is_empty() {
                break;
            }
            let (now, later) = bytes.split_at(bytes.len().min((*size).max(1)));
            self.feed(now);
            bytes = later;
        }
        if sizes.is_empty() {
            self.feed(bytes);
        }
    }

    /// Takes `bytes`, never more at once than fit into the buffer.
    ///
    /// # Panics
    /// As [`feed_in`](Self::feed_in).
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = self.capacity - self.buf.len();
            let (now, later) = bytes.split_at(bytes.len().min(room));
            self.buf.extend_from_slice(now);
            bytes = later;
            self.listen();
            if self.buf.len() == self.capacity {
                self.drop_frame(Violation::Overflow);
            }
        }
    }

    /// The line reported an error, for example an overrun.
    pub fn line_error(&mut self) {
        self.drop_frame(Violation::Truncated);
    }

    /// Nothing has come for the gap time.
    pub fn silence(&mut self) {
        let cut = self.framer.flush(&self.buf);
        let piece = cut.frame.map(|frame| copied(&frame));
        self.note(piece, self.buf.len());
        self.buf.clear();
    }

    /// Whether a frame is unfinished.
    pub fn is_mid_frame(&self) -> bool {
        self.framer.is_mid_frame()
    }

    /// What was heard, without its place.
    pub fn pieces(&self) -> Vec<Piece> {
        self.heard.iter().map(|heard| heard.piece.clone()).collect()
    }

    fn drop_frame(&mut self, cause: Violation) {
        self.framer.toss();
        self.note(Some(Piece::Violation(cause)), self.buf.len());
        self.buf.clear();
    }

    fn listen(&mut self) {
        loop {
            self.dialect.prompt_armed = self.prompts > 0;
            let cut = self.framer.next_frame(&self.buf, &self.dialect);
            let (used, piece) = (cut.used, cut.frame.map(|frame| copied(&frame)));
            assert!(used <= self.buf.len(), "used more than there was");
            assert_ne!(piece, Some(Piece::Line(Vec::new())), "an empty line");
            if piece == Some(Piece::Prompt) {
                self.prompts -= 1;
            }
            let done = piece.is_none();
            self.note(piece, used);
            self.buf.drain(..used);
            if done {
                return;
            }
        }
    }

    fn note(&mut self, piece: Option<Piece>, used: usize) {
        let end = self.offset + used;
        if let Some(piece) = piece {
            let place = (self.offset, end);
            self.heard.push(Heard { piece, place });
        }
        self.offset = end;
    }
}

/// `frame` with bytes of its own.
pub(crate) fn copied(frame: &Frame<'_>) -> Piece {
    match *frame {
        Frame::Line(line) => Piece::Line(line.to_vec()),
        Frame::Data(data) => {
            assert!(matches!(data.name, "QMTRECV" | "QMTPUB"));
            Piece::Message {
                plain: data.plain.text.to_vec(),
                topic: data.quoted.to_vec(),
                count: data.count,
                data: data.data.to_vec(),
                coding: data.coding,
            }
        }
        Frame::Prompt => Piece::Prompt,
        Frame::Violation(violation) => Piece::Violation(violation),
        other => panic!("a frame nobody knows: {other:?}"),
    }
}

/// All frames of `stream` and what each means, by the framer and the parser under test.
pub(super) fn understood(
    stream: &[u8],
    dialect: ResponseDialect,
    mut prompts: usize,
    expect: Expect,
) -> Vec<Meaning> {
    let mut framer = Framer::responses();
    let mut rest = stream;
    let mut meanings = Vec::new();
    loop {
        let prompt_armed = prompts > 0;
        let dialect = ResponseDialect {
            prompt_armed,
            ..dialect
        };
        let cut = framer.next_frame(rest, &dialect);
        rest = &rest[cut.used..];
        let Some(frame) = cut.frame else {
            return meanings;
        };
        prompts -= usize::from(frame == Frame::Prompt);
        meanings.push(Meaning::of(&Response::parse(frame, expect)));
    }
}
