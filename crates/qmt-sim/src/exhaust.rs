//! Small scope, exhaustively: every sequence of a few tokens, every cutting of a short stream.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use at_syntax::Framer;
use qmt_proto::{Expect, Response, ResponseDialect};

use crate::props::{copied, dialect, framing};
use crate::reference::{self, Piece};

/// What a stream is made of: line ends, a prompt, the parts of messages in text and in hex. Six of
/// them make a counted message in either, one without a count, and a quote inside a topic.
pub const TOKENS: [&[u8]; 14] = [
    b"\r\n",
    b"\r",
    b"\n",
    b"A",
    b">",
    b" ",
    b"\"",
    b"\",",
    b"2,",
    b":",
    b"+QMTRECV",
    b"+QMTRECV: 0,7,\"",
    b"+QMTRECV: 1,7,\"t\",1,\"",
    b"\0",
];

/// Short streams with everything that is decided by looking ahead.
const SHORT: [&[u8]; 16] = [
    b"\r\nOK\r\n\r\n> \r\n",
    b"\r\n>\r\n\r\nOK\r\n",
    b"> > \r\r\nOK\r\r\n\n",
    b">\r\n>\r\n> \r\n > ",
    b"\r\nERROR\r\n\rRDY\r\n",
    b"+QMTSTAT: 0,1\r\n",
    b"+CME ERROR: 3\r\n",
    b"+QMTRECV\r\nOK\r\n",
    b"+QMTRECV:\r\nOK\r\n",
    b"+QMTRECV :0\n>OK\n",
    b"+QMTRECV: 0,\0\n>\n",
    b"+QMTRECV:0,0,\r\n>",
    b"+QMTRECV:0,0,x\n\n",
    b"+QMTRECV:,,\"\",\r\n",
    b"+QMTRECV:,,\"\",2\n",
    b"+QMTRECV:,,\"\0\n>\n",
];

/// Streams with a whole message, too long for every day.
const LONG: [&[u8]; 3] = [
    b"+QMTRECV:,,\"\"\",3,\"\r\n>\"\r\n",
    b"+QMTRECV:1,,\"\",1,\"4A\"\r\n",
    b"+QMTRECV:,,\"\",\"\"\n\"\r\n>\n",
];

/// What was tried.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "not published")]
pub struct Figures {
    /// Sequences of tokens, all lengths up to the depth.
    pub sequences: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Frames found in them.
    pub frames: u64,
}

/// Tries all sequences of up to `depth` tokens on as many threads as there are processors: whole,
/// byte by byte, and against the reference. The first of `prompts` prompts are awaited.
///
/// # Panics
/// When two of them differ.
pub fn sequences(depth: u32, prompts: usize) -> Figures {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut search = Search::new(prompts);
        // The first two tokens share out the work.
        loop {
            let share = next.fetch_add(1, Ordering::Relaxed);
            let (first, second) = (share / TOKENS.len(), share % TOKENS.len());
            if first >= TOKENS.len() {
                return search.figures;
            }
            search.share(first, second, depth);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().fold(Figures::default(), |sum, worker| {
            let figures = worker.join().expect("every sequence agrees");
            Figures {
                sequences: sum.sequences + figures.sequences,
                bytes: sum.bytes + figures.bytes,
                frames: sum.frames + figures.frames,
            }
        })
    })
}

/// Tries all cuttings of short streams, and of `long` ones too. Gives their number.
///
/// # Panics
/// When one makes a difference.
pub fn cuttings(long: bool) -> u64 {
    let longer = if long { &LONG[..] } else { &[] };
    SHORT
        .iter()
        .chain(longer)
        .flat_map(|stream| [(stream, 0), (stream, 1)])
        .map(|(stream, prompts)| framing::no_cutting_matters(stream, dialect(0b10), prompts))
        .sum()
}

/// The stream of the sequence that is being tried, and what is known of it byte by byte.
struct Search {
    dialect: ResponseDialect,
    prompts: usize,
    stream: Vec<u8>,
    /// Frames of the stream, byte by byte.
    bytewise: Vec<Piece>,
    figures: Figures,
}

/// Where the framer stands that was fed byte by byte.
#[derive(Clone)]
struct Stand {
    framer: Framer,
    from: usize,
    prompts: usize,
}

impl Search {
    /// Link 1 receives in hex.
    fn new(prompts: usize) -> Self {
        Self {
            dialect: dialect(0b10),
            prompts,
            stream: Vec::new(),
            bytewise: Vec::new(),
            figures: Figures::default(),
        }
    }

    /// All sequences that begin with two tokens; of the shorter ones each is tried once.
    fn share(&mut self, first: usize, second: usize, depth: u32) {
        let mut stand = self.start();
        if depth > 0 {
            self.push(&mut stand, TOKENS[first]);
            if second == 0 {
                self.compare();
            }
        }
        if depth > 1 {
            self.push(&mut stand, TOKENS[second]);
            self.compare();
            self.deeper(&stand, depth - 2);
        }
        self.stream.clear();
        self.bytewise.clear();
    }

    fn deeper(&mut self, stand: &Stand, depth: u32) {
        if depth == 0 {
            return;
        }
        let (bytes, frames) = (self.stream.len(), self.bytewise.len());
        for token in TOKENS {
            let mut stand = stand.clone();
            self.push(&mut stand, token);
            self.compare();
            self.deeper(&stand, depth - 1);
            self.stream.truncate(bytes);
            self.bytewise.truncate(frames);
        }
    }

    fn start(&self) -> Stand {
        Stand {
            framer: Framer::responses(),
            from: 0,
            prompts: self.prompts,
        }
    }

    /// Feeds `token` byte by byte.
    fn push(&mut self, stand: &mut Stand, token: &[u8]) {
        for &byte in token {
            self.stream.push(byte);
            stand.listen(&self.stream, self.dialect, &mut self.bytewise);
        }
    }

    /// The whole stream at once, and the reference.
    fn compare(&mut self) {
        let mut whole = Vec::with_capacity(self.bytewise.len());
        self.start().listen(&self.stream, self.dialect, &mut whole);
        let shown = || self.stream.escape_ascii();
        assert_eq!(whole, self.bytewise, "cutting matters: {}", shown());
        let expected = reference::pieces(&self.stream, &self.dialect, self.prompts);
        assert_eq!(whole, expected, "the reference differs: {}", shown());
        self.figures.sequences += 1;
        self.figures.bytes += self.stream.len() as u64;
        self.figures.frames += whole.len() as u64;
    }
}

impl Stand {
    /// Takes all frames that are complete, and has each understood.
    fn listen(&mut self, stream: &[u8], dialect: ResponseDialect, pieces: &mut Vec<Piece>) {
        loop {
            let prompt_armed = self.prompts > 0;
            let dialect = ResponseDialect {
                prompt_armed,
                ..dialect
            };
            let cut = self.framer.next_frame(&stream[self.from..], &dialect);
            self.from += cut.used;
            let Some(frame) = cut.frame else {
                return;
            };
            let piece = copied(&frame);
            self.prompts -= usize::from(piece == Piece::Prompt);
            let _ = Response::parse(frame, Expect::Nothing);
            pieces.push(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sequence_is_tried_once() {
        let figures = sequences(3, 1);
        assert_eq!(figures.sequences, 14 + 14 * 14 + 14 * 14 * 14);
        let tokens: usize = TOKENS.iter().map(|token| token.len()).sum();
        let one = tokens as u64;
        assert_eq!(figures.bytes, one + 2 * 14 * one + 3 * 14 * 14 * one);
        assert!(figures.frames > 0);
    }
}
