//! Cutting captured bytes into pieces: lines, commands, messages, prompts, data.
//!
//! What a piece is never depends on how the input was cut into reads: a decision that needs more
//! bytes waits for them, for at most [`LINE`] of them.

use at_syntax::{Frame, Framer};

use super::context::Context;
use super::data_mode::{self, Look, Wanted};
use super::received::{self, Received};
use super::tape::{Place, Tape};

/// Longest line that is understood; the longest legal one has about 3 KiB.
const LINE: usize = 16 * 1024;

/// Longest command line with its message on it.
const INLINE: usize = 4096;

/// Cuts, with the memory that needs.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    phase: Phase,
    // Up to these places something is known to be missing. So no byte is looked at in vain for
    // every line before it.
    /// No quote ends a line.
    unclosed: u64,
    /// No Ctrl+Z or Esc ends data.
    keyless: u64,
    /// No CR ends a command line.
    endless: u64,
}

/// What may come next.
#[derive(Debug, Default)]
enum Phase {
    #[default]
    Lines,
    /// The module has printed its prompt.
    Data(Wanted),
    /// These bytes may come again as their echo.
    Echo(Vec<u8>),
    /// The rest of a line that is too long.
    MidLine,
}

/// A piece of the capture.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) place: Place,
    /// All bytes of the piece; of a line without its end.
    pub(crate) bytes: Vec<u8>,
    pub(crate) what: What,
}

/// What a piece is.
#[derive(Debug)]
pub(crate) enum What {
    Line,
    /// A part of a line that is too long.
    Part,
    Command,
    Received(Received),
    Prompt,
    /// What the host sent in data mode, and the byte that ended it.
    Data {
        len: usize,
    },
    DataEcho,
}

/// One step of the cutter.
enum Step {
    /// More bytes are needed.
    Wait,
    /// Line ends and the blank of a prompt.
    Skip(usize),
    /// Something changed: look again.
    Again,
    /// A piece, and the number of bytes it takes.
    Piece(What, usize),
}

impl Cutter {
    /// The next piece; none until more bytes have come.
    pub(crate) fn next(&mut self, tape: &mut Tape, context: &Context) -> Option<Piece> {
        loop {
            match self.step(tape, context) {
                Step::Wait => return None,
                Step::Again => {}
                Step::Skip(len) => tape.advance(len),
                Step::Piece(what, len) => {
                    let place = tape.place();
                    let bytes = tape.rest().get(..len).unwrap_or_default();
                    let shown = match &what {
                        What::Received(received) => received.line_len,
                        What::Prompt => 1,
                        _ => len,
                    };
                    let bytes = bytes.get(..shown).unwrap_or(bytes).to_vec();
                    tape.advance(len);
                    self.enter(&what, &bytes, context);
                    return Some(Piece { place, bytes, what });
                }
            }
        }
    }

    /// Whether the bytes that come next may be data or their echo.
    pub(crate) const fn is_at_data(&self) -> bool {
        matches!(self.phase, Phase::Data(_) | Phase::Echo(_))
    }

    /// What may come after a piece.
    fn enter(&mut self, what: &What, bytes: &[u8], context: &Context) {
        self.phase = match what {
            What::Prompt => Phase::Data(context.wanted()),
            What::Data { len } if *len > 0 => {
                Phase::Echo(bytes.get(..*len).unwrap_or_default().to_vec())
            }
            What::Part => Phase::MidLine,
            _ => Phase::Lines,
        };
    }

    fn step(&mut self, tape: &Tape, context: &Context) -> Step {
        let (rest, ended) = (tape.rest(), tape.ended());
        if rest.is_empty() {
            return Step::Wait;
        }
        let look = match &self.phase {
            Phase::Data(wanted) if wanted.count.is_none() && tape.position() < self.keyless => {
                Look::Nothing
            }
            Phase::Data(wanted) => data_mode::look(rest, ended, *wanted),
            Phase::Echo(data) => data_mode::echo(rest, ended, data),
            Phase::MidLine => {
                return match line_end(rest) {
                    Some(0) => {
                        self.phase = Phase::Lines;
                        Step::Again
                    }
                    Some(end) => Step::Piece(What::Part, end),
                    None if ended || rest.len() >= LINE => {
                        Step::Piece(What::Part, rest.len().min(LINE))
                    }
                    None => Step::Wait,
                };
            }
            Phase::Lines => Look::Nothing,
        };
        match look {
            Look::Wait => return Step::Wait,
            Look::Blank(len) => return Step::Skip(len),
            Look::Data { len, end } => return Step::Piece(What::Data { len }, len + end),
            Look::Echo(len) => return Step::Piece(What::DataEcho, len),
            Look::Nothing => self.phase = Phase::Lines,
            Look::NoKey(seen) => {
                self.keyless = tape.position() + seen as u64;
                self.phase = Phase::Lines;
            }
        }
        let blank = rest.iter().take_while(|b| b"\r\n".contains(b)).count();
        if blank > 0 {
            return Step::Skip(blank);
        }
        if may_become(rest, b"AT", ended) || may_become(rest, received::NAME, ended) {
            return Step::Wait;
        }
        if rest
            .get(..2)
            .is_some_and(|at| at.eq_ignore_ascii_case(b"AT"))
        {
            return self.command(rest, tape, context);
        }
        if rest.starts_with(received::NAME) {
            return self.received(rest, tape, context);
        }
        if rest.starts_with(b">") && context.prompt_armed() {
            return prompt(rest, ended, context);
        }
        plain(rest, ended, What::Line)
    }

    /// A command line; one with its message on it is cut by the message's length.
    fn command(&mut self, rest: &[u8], tape: &Tape, context: &Context) -> Step {
        let ended = tape.ended();
        let publish = b"AT+QMTPUB=";
        if may_become(rest, publish, ended) {
            return Step::Wait;
        }
        let start = rest.get(..publish.len());
        let known = tape.position() < self.endless;
        if !known && start.is_some_and(|start| start.eq_ignore_ascii_case(publish)) {
            let window = rest.get(..INLINE).unwrap_or(rest);
            let cut = Framer::requests().next_frame(window, &context.requests);
            match cut.frame {
                // Without the CR.
                Some(Frame::Data(_)) => return Step::Piece(What::Command, cut.used - 1),
                None if !ended && rest.len() < INLINE => return Step::Wait,
                None => self.endless = tape.position() + window.len() as u64,
                _ => {}
            }
        }
        plain(rest, ended, What::Command)
    }

    fn received(&mut self, rest: &[u8], tape: &Tape, context: &Context) -> Step {
        let ended = tape.ended();
        let open = tape.position() >= self.unclosed;
        match received::cut(rest, ended, open, &context.responses) {
            received::Cut::Wait => Step::Wait,
            received::Cut::Plain => plain(rest, ended, What::Line),
            received::Cut::Message(received, len) => {
                if let Some(seen) = received.unclosed {
                    self.unclosed = self.unclosed.max(tape.position() + seen as u64);
                }
                Step::Piece(What::Received(received), len)
            }
        }
    }
}

/// A line that ends at the first CR or LF.
fn plain(rest: &[u8], ended: bool, what: What) -> Step {
    match line_end(rest) {
        Some(end) => Step::Piece(what, end),
        None if rest.len() >= LINE => Step::Piece(What::Part, LINE),
        None if ended => Step::Piece(what, rest.len()),
        None => Step::Wait,
    }
}

/// The prompt with the blank or line end that belongs to it.
fn prompt(rest: &[u8], ended: bool, context: &Context) -> Step {
    match rest.get(1) {
        Some(b' ') => Step::Piece(What::Prompt, 2),
        // In data that is counted, the data's look tells whose line end this is.
        Some(b'\r') if context.wanted().count.is_none() => match rest.get(2) {
            Some(b'\n') => Step::Piece(What::Prompt, 3),
            None if !ended => Step::Wait,
            _ => Step::Piece(What::Prompt, 1),
        },
        None if !ended => Step::Wait,
        _ => Step::Piece(What::Prompt, 1),
    }
}

/// Offset of the first line end in what may be one line.
fn line_end(rest: &[u8]) -> Option<usize> {
    let window = rest.get(..LINE).unwrap_or(rest);
    window.iter().position(|b| b"\r\n".contains(b))
}

/// Whether `rest` is too short to tell whether it starts with `name`.
fn may_become(rest: &[u8], name: &[u8], ended: bool) -> bool {
    let start = name.get(..rest.len());
    !ended && rest.len() < name.len() && start.is_some_and(|start| start.eq_ignore_ascii_case(rest))
}
