//! Cutting a byte stream into frames.
//!
//! ```text
//!  Start ─▶ Name ─▶ Fields ─▶ Quoted ─▶ Count ─▶ Counted ──▶ frame
//!    │        │        │         │        └────▶ Open ─────▶ frame, not to be trusted
//!    │        └▶ Plain ┼─────────┼─────────────────────────▶ frame
//!    └▶ prompt         └─────────┴──▶ violation ─▶ Tossing ─▶ Start
//! ```

use core::marker::PhantomData;

use crate::{Coding, Dialect, scan};

mod direction;
mod head;
mod plain;
#[cfg(test)]
mod tests;
#[cfg(target_pointer_width = "64")]
mod whole;

pub use direction::{Direction, Requests, Responses};
pub use plain::Plain;

/// Cuts a stream into frames; remembers how far it has looked, never any bytes.
///
/// The caller keeps the bytes and calls [`next_frame`](Self::next_frame) with everything it has
/// not yet dropped. After each call it drops [`Cut::used`] bytes. However the stream was cut into
/// reads, the frames are the same, and the work is linear in the bytes.
///
/// `D` says which way the lines go; a program that listens to one end carries no code for the
/// other.
#[derive(Clone, Debug)]
pub struct Framer<D = Responses> {
    at: At,
    /// Bytes of the unfinished frame that need not be looked at again.
    scanned: usize,
    /// Length of the stream below which another look brings nothing.
    needed: usize,
    /// What is known of the unfinished data line; valid from `At::Fields` on.
    head: Head,
    direction: PhantomData<D>,
}

/// What one call of [`Framer::next_frame`] gives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Cut<'s> {
    /// The frame that is complete, if one is.
    pub frame: Option<Frame<'s>>,
    /// Bytes at the start of the stream that are done with. May be more than 0 without a frame.
    pub used: usize,
}

/// A piece of the stream that means something by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Frame<'s> {
    /// A line without its line end. Never empty.
    Line(&'s [u8]),
    /// A line that ends in free data, taken apart.
    Data(DataLine<'s>),
    /// `>` at the start of a line while the dialect awaited it.
    Prompt,
    /// The stream broke the rules of a data line. What follows is dropped up to the next line
    /// end; whoever relies on the stream should trust nothing until it has been checked.
    Violation(Violation),
}

/// A line `<name>: <plain>,"<quoted>",<count>,<data>`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DataLine<'s> {
    /// Name without `+` or `AT+`, as the dialect spells it.
    pub name: &'static str,
    /// The fields before the quoted one.
    pub plain: Plain<'s>,
    /// The quoted field, without its quotes. It may itself hold quotes.
    pub quoted: &'s [u8],
    /// The count as it stands on the line. `None`: the data ended where it seemed to end, and
    /// may have been cut short or stretched by what it holds.
    pub count: Option<u32>,
    /// The data without quotes around it, in the coding of the line. Counted hex data is digits
    /// and nothing else, an even number of them.
    pub data: &'s [u8],
    /// How the data is written.
    pub coding: Coding,
}

/// How a stream broke the rules of a data line.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Violation {
    /// A field that should be plain or quoted is neither.
    Head,
    /// A control byte inside the quoted field.
    Control,
    /// A count above the dialect's limit, or an odd count of hex digits. Zeros in front of a count
    /// change nothing, however many they are (V.250 §5.4.2.1).
    Count,
    /// Something else than a hex digit in hex data.
    NotHex,
    /// The line does not end where its count says.
    Trailer,
    /// The line is longer than the caller's buffer.
    Overflow,
    /// The line stopped in the middle.
    Truncated,
}

/// How far the unfinished frame has been recognised.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum At {
    /// Before the first byte of a line.
    Start,
    /// The same after a prompt: a space may follow, it belongs to the prompt.
    AfterPrompt,
    /// In what may be the prefix of a data line, `+` or `AT+`.
    Prefix,
    /// In what may be the name of a data line.
    Name,
    /// In the blanks between the name and its separator.
    Separator,
    /// In a line that ends at its line end.
    Plain,
    /// In the plain fields of a data line; `left` commas are to come.
    Fields { left: u8 },
    /// Before the opening quote.
    Quote,
    /// In the quoted field.
    Quoted,
    /// Before the count, or the data if there is no count.
    Count,
    /// In the digits of the count.
    Digits,
    /// Before the first byte of counted data.
    Counted,
    /// In counted data or the trailer after it.
    Data,
    /// In data without a count.
    Open,
    /// Dropping everything up to the next line end.
    Tossing,
}

/// What a look at the unfinished frame brought. Small, so that it costs nothing to hand on: the
/// frame itself is put together in one place.
#[derive(Clone, Copy)]
enum Found {
    /// All has been looked at.
    Nothing,
    /// A prompt, up to `scanned`.
    Prompt,
    /// A line that ends right before `scanned`.
    Line,
    /// A data line, up to `scanned`, as the head says; with its count, or without.
    Data { counted: bool },
    /// The byte at `scanned` breaks the rules.
    Violation(Violation),
}

/// Offsets, from the start of the frame, of the parts of a data line.
#[derive(Clone, Copy, Debug)]
struct Head {
    /// Its place among the dialect's data lines.
    layout: usize,
    coding: Coding,
    /// Whether the data stands in quotes.
    quotes: bool,
    /// Start of the plain fields.
    plain: usize,
    /// End of what was looked at last: of the name, or of the plain fields.
    end: usize,
    /// First byte after the opening quote.
    open: usize,
    /// The closing quote.
    close: usize,
    /// The count, saturated.
    count: u32,
    /// First byte of the data.
    data: usize,
    /// Length of the data on the line.
    len: usize,
}

impl Framer<Responses> {
    /// For what a module sends: lines end with LF.
    pub const fn responses() -> Self {
        Self::new()
    }
}

impl Framer<Requests> {
    /// For what a host sends: lines end with CR. A line that is no well-formed data line is
    /// given as it is, never as a violation, unless its count does not match its data or its hex
    /// data is no hex.
    pub const fn requests() -> Self {
        Self::new()
    }
}

impl<D: Direction> Framer<D> {
    const fn new() -> Self {
        Self {
            at: At::Start,
            scanned: 0,
            needed: 0,
            head: Head::EMPTY,
            direction: PhantomData,
        }
    }

    /// The first frame of `stream`, which starts where the last call's [`Cut::used`] ended.
    ///
    /// Total: takes any bytes, never fails. Without a frame, call again with more bytes.
    #[inline]
    pub fn next_frame<'s>(&mut self, stream: &'s [u8], dialect: &impl Dialect) -> Cut<'s> {
        // Counted data that comes byte by byte costs its caller no more than this.
        if stream.len() < self.needed {
            return Cut::nothing(0);
        }
        #[cfg(target_pointer_width = "64")]
        return self.look(stream, dialect);
        #[cfg(not(target_pointer_width = "64"))]
        self.go_on(stream, dialect)
    }

    /// Takes up the unfinished frame, or one of an unusual form.
    #[cold]
    #[inline(never)]
    fn go_on<'s>(&mut self, stream: &'s [u8], dialect: &impl Dialect) -> Cut<'s> {
        self.needed = 0;
        let line = self.skip(stream);
        let skipped = stream.len() - line.len();
        let found = self.walk(line, dialect);
        let used = self.scanned;
        let (frame, next) = match found {
            Found::Nothing => return Cut::nothing(skipped),
            Found::Prompt => (Frame::Prompt, At::AfterPrompt),
            Found::Line => {
                let text = line.get(..used - 1).unwrap_or_default();
                (Frame::Line(trim_cr(text)), At::Start)
            }
            Found::Data { counted } => (
                Frame::Data(self.data_line(line, dialect, counted)),
                At::Start,
            ),
            Found::Violation(violation) => (Frame::Violation(violation), At::Tossing),
        };
        self.at = next;
        self.scanned = 0;
        Cut::of(frame, skipped + used)
    }

    /// Ends the unfinished frame because the line has been silent: silence is a line boundary.
    ///
    /// A plain line whose LF is missing counts as complete if its CR is there; anything else is
    /// a [`Violation::Truncated`]. All of `stream` is done with.
    pub fn flush<'s>(&mut self, stream: &'s [u8]) -> Cut<'s> {
        let frame = match self.at {
            At::Start | At::AfterPrompt | At::Tossing => None,
            At::Plain if stream.ends_with(b"\r") => Some(Frame::Line(trim_cr(stream))),
            _ if stream.is_empty() => None,
            _ => Some(Frame::Violation(Violation::Truncated)),
        };
        self.at = At::Start;
        self.scanned = 0;
        self.needed = 0;
        Cut {
            frame,
            used: stream.len(),
        }
    }

    /// Gives up the unfinished frame: everything up to the next line end will be dropped.
    ///
    /// For a caller whose buffer is full or whose line reported an error. The caller drops the
    /// bytes it has.
    pub fn toss(&mut self) {
        self.at = At::Tossing;
        self.scanned = 0;
        self.needed = 0;
    }

    /// Whether a frame has begun and not ended: bytes of a line were seen, but not its end.
    pub fn is_mid_frame(&self) -> bool {
        !matches!(self.at, At::Start | At::AfterPrompt)
    }

    /// What follows the bytes before the first one of a frame, which nobody needs.
    #[inline]
    fn skip<'s>(&mut self, stream: &'s [u8]) -> &'s [u8] {
        let mut rest = stream;
        match self.at {
            At::Start => {}
            At::AfterPrompt => match rest {
                [] => return rest,
                [b' ', after @ ..] => rest = after,
                _ => {}
            },
            At::Tossing => match scan::byte(rest, D::END) {
                None => return &[],
                // The line end goes with the blank lines.
                Some(end) => rest = rest.get(end..).unwrap_or_default(),
            },
            _ => return rest,
        }
        self.at = At::Start;
        while let [b'\r' | b'\n', after @ ..] = rest {
            rest = after;
        }
        rest
    }
}

impl<'s> Cut<'s> {
    /// No frame, and `used` bytes that are done with.
    const fn nothing(used: usize) -> Self {
        Self { frame: None, used }
    }

    /// A frame of `used` bytes; of a violation, those before the one that broke a rule.
    const fn of(frame: Frame<'s>, used: usize) -> Self {
        let frame = Some(frame);
        Self { frame, used }
    }
}

#[cfg(feature = "defmt")]
impl<D: Direction> defmt::Format for Framer<D> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Framer {{ mid_frame: {=bool} }}", self.is_mid_frame());
    }
}

impl core::fmt::Display for Violation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Head => "a field of the line is damaged",
            Self::Control => "control character inside a quoted field",
            Self::Count => "impossible length",
            Self::NotHex => "not a hex digit in hex data",
            Self::Trailer => "the line does not end where its length says",
            Self::Overflow => "the line is longer than the buffer",
            Self::Truncated => "the line stopped in the middle",
        })
    }
}

/// `line` without the CRs at its end.
fn trim_cr(mut line: &[u8]) -> &[u8] {
    while let [rest @ .., b'\r'] = line {
        line = rest;
    }
    line
}
