//! A slow, obvious reader of what a module sends, and of what a host sends: the oracle for the framer and the parser (P14).
//!
//! Written from the note and the rules of the receive path, not from the framer. It has the whole
//! stream before it, so it keeps no state, looks ahead as far as it likes, and copies everything.

mod answer;
mod argument;
mod command;
mod line;
mod meaning;
mod request;

use at_syntax::{Coding, Violation};
use qmt_proto::{DataFormat, Expect, ResponseDialect, limits};

pub use meaning::{Field, Meaning};
pub use request::{commands, request_pieces};

/// A frame with bytes of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Piece {
    /// A line without its line end.
    Line(Vec<u8>),
    /// `+QMTRECV`, or `AT+QMTPUB` with its message on the line.
    Message {
        /// The fields before the topic, as they stand on the line.
        plain: Vec<u8>,
        /// The topic.
        topic: Vec<u8>,
        /// The payload length, if one was given.
        count: Option<u32>,
        /// The payload as it stands on the line.
        data: Vec<u8>,
        /// How it is written.
        coding: Coding,
    },
    /// `>`.
    Prompt,
    /// The stream broke the rules of framing.
    Violation(Violation),
}

/// All frames of `stream`. Each of the first `prompts` prompts was awaited.
pub fn pieces(stream: &[u8], dialect: &ResponseDialect, mut prompts: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = stream;
    loop {
        // Blank lines are nothing, and every other line begins after its predecessor's LF.
        while let [b'\r' | b'\n', after @ ..] = rest {
            rest = after;
        }
        if prompts > 0
            && let [b'>', after @ ..] = rest
        {
            prompts -= 1;
            pieces.push(Piece::Prompt);
            // The blank of `> ` belongs to the prompt.
            rest = after.strip_prefix(b" ").unwrap_or(after);
            continue;
        }
        let (piece, used) = match message(rest, dialect) {
            Look::Complete(piece, used) => (piece, used),
            Look::Broken(violation, at) => {
                // Whatever stands before the next line end is lost.
                pieces.push(Piece::Violation(violation));
                match after_line_end(&rest[at..]) {
                    Some(used) => rest = &rest[at + used..],
                    None => return pieces,
                }
                continue;
            }
            Look::Unfinished => return pieces,
            Look::Other => match after_line_end(rest) {
                Some(used) => (Piece::Line(without_line_end(&rest[..used])), used),
                None => return pieces,
            },
        };
        pieces.push(piece);
        rest = &rest[used..];
    }
}

/// What all frames of `stream` mean while the module answers `expect`.
pub fn meanings(
    stream: &[u8],
    dialect: &ResponseDialect,
    prompts: usize,
    expect: Expect,
) -> Vec<Meaning> {
    let pieces = pieces(stream, dialect, prompts);
    pieces
        .iter()
        .map(|piece| line::read(piece, expect))
        .collect()
}

/// What a look at the start of a line finds, if it looks for a message.
enum Look {
    /// A message, and its length on the line.
    Complete(Piece, usize),
    /// One that breaks a rule, and the offset of the byte that does.
    Broken(Violation, usize),
    /// What may become one.
    Unfinished,
    /// No message.
    Other,
}

/// `+QMTRECV: <link>,<msgID>,"<topic>"[,<payload_len>],<payload>` (QMT §5.2).
fn message(line: &[u8], dialect: &ResponseDialect) -> Look {
    let Some(after_name) = line.strip_prefix(b"+QMTRECV") else {
        // A name that is still coming has no LF yet, so it is no line either.
        return Look::Other;
    };
    let Some(after_colon) = without_blanks(after_name).strip_prefix(b":") else {
        return Look::Other;
    };
    let place = |rest: &[u8]| line.len() - rest.len();

    // Two fields that hold no control byte, each up to its comma.
    let start = place(after_colon);
    let mut commas = 0;
    let mut at = start;
    while commas < 2 {
        match line.get(at) {
            None => return Look::Unfinished,
            Some(byte) if byte.is_ascii_control() => return Look::Broken(Violation::Head, at),
            Some(byte) => commas += usize::from(*byte == b','),
        }
        at += 1;
    }
    let plain = line[start..at - 1].trim_ascii_start().to_vec();

    // The topic in quotes: it ends at the first quote that a comma follows.
    let quote = without_blanks(&line[at..]);
    let open = match quote.first() {
        None => return Look::Unfinished,
        Some(b'"') => place(quote) + 1,
        Some(_) => return Look::Broken(Violation::Head, place(quote)),
    };
    let mut close = open;
    loop {
        match line[close..] {
            [b'"', b',', ..] => break,
            [] | [b'"'] => return Look::Unfinished,
            [byte, ..] if byte.is_ascii_control() => {
                return Look::Broken(Violation::Control, close);
            }
            _ => close += 1,
        }
    }
    let topic = line[open..close].to_vec();

    // A number and a comma are a length; anything else is the payload itself.
    let tail = &line[close + 2..];
    let value = without_blanks(tail);
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    let (count, end) = value.split_at(digits);
    let coding = coding(&plain, dialect);
    let frame = |count, data: &[u8]| Piece::Message {
        plain: plain.clone(),
        topic: topic.clone(),
        count,
        data: data.to_vec(),
        coding,
    };
    match (count, end.first()) {
        (_, None) => Look::Unfinished,
        ([], Some(_)) => uncounted(line, tail, value, frame),
        (_, Some(b',')) => counted(line, count, &end[1..], coding, b"\r\n", frame),
        (_, Some(_)) => uncounted(line, tail, tail, frame),
    }
}

/// A payload by count: so many bytes, whatever they are, then the end of the line.
fn counted(
    line: &[u8],
    digits: &[u8],
    value: &[u8],
    coding: Coding,
    line_end: &[u8],
    frame: impl Fn(Option<u32>, &[u8]) -> Piece,
) -> Look {
    let place = |rest: &[u8]| line.len() - rest.len();
    let comma = place(value) - 1;
    // A number of more than nine digits, zeros in front not counted (V.250 §5.4.2.1), is no length
    // at all.
    let number = String::from_utf8_lossy(digits);
    let number = number.trim_start_matches('0');
    let count: u32 = match number.len() {
        0 => 0,
        1..=9 => number.parse().unwrap_or(u32::MAX),
        _ => return Look::Broken(Violation::Count, comma),
    };
    let len = match coding {
        Coding::Text => count as usize,
        Coding::HexCountsBytes => 2 * count as usize,
        Coding::HexCountsDigits if count % 2 == 1 => {
            return Look::Broken(Violation::Count, comma);
        }
        Coding::HexCountsDigits => count as usize,
    };
    let most = match coding {
        Coding::Text => limits::PAYLOAD,
        _ => 2 * limits::PAYLOAD,
    };
    if len > most {
        return Look::Broken(Violation::Count, comma);
    }
    let (data, trailer) = match value {
        [] => return Look::Unfinished,
        [b'"', data @ ..] => (data, [b"\"", line_end].concat()),
        data => (data, line_end.to_vec()),
    };
    for (at, byte) in data.iter().take(len).enumerate() {
        if coding != Coding::Text && !byte.is_ascii_hexdigit() {
            return Look::Broken(Violation::NotHex, place(data) + at);
        }
    }
    if data.len() < len {
        return Look::Unfinished;
    }
    let (data, end) = data.split_at(len);
    for (at, wanted) in trailer.iter().enumerate() {
        match end.get(at) {
            None => return Look::Unfinished,
            Some(byte) if byte != wanted => {
                return Look::Broken(Violation::Trailer, place(end) + at);
            }
            Some(_) => {}
        }
    }
    Look::Complete(frame(Some(count), data), place(end) + trailer.len())
}

/// A payload without a length: in quotes up to a quote that ends a line, bare to the line end.
fn uncounted(
    line: &[u8],
    tail: &[u8],
    value: &[u8],
    frame: impl Fn(Option<u32>, &[u8]) -> Piece,
) -> Look {
    let place = |rest: &[u8]| line.len() - rest.len();
    if let [b'"', data @ ..] = value {
        for at in 0..data.len() {
            let crs = data[at + 1..].iter().take_while(|&&b| b == b'\r').count();
            if data[at] == b'"' && data.get(at + 1 + crs) == Some(&b'\n') {
                let end = place(data) + at + 1 + crs + 1;
                return Look::Complete(frame(None, &data[..at]), end);
            }
        }
        return Look::Unfinished;
    }
    match after_line_end(tail) {
        Some(used) => {
            let data = without_line_end(&tail[..used]);
            Look::Complete(frame(None, &data), place(tail) + used)
        }
        None => Look::Unfinished,
    }
}

/// The receive format of the link that `plain` names; text for what names none.
fn coding(plain: &[u8], dialect: &ResponseDialect) -> Coding {
    let first = argument::fields(plain).into_iter().next();
    let link = first.and_then(|field| field.number(0, 4));
    match link.map(|link| dialect.recv_format[link as usize]) {
        Some(DataFormat::Hex) if dialect.counts_digits => Coding::HexCountsDigits,
        Some(DataFormat::Hex) => Coding::HexCountsBytes,
        _ => Coding::Text,
    }
}

/// Length of everything up to the first LF, and the LF.
fn after_line_end(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|&b| b == b'\n').map(|at| at + 1)
}

/// A line without the LF and the CRs at its end.
fn without_line_end(line: &[u8]) -> Vec<u8> {
    let mut line = line.to_vec();
    line.pop();
    while line.last() == Some(&b'\r') {
        line.pop();
    }
    line
}

/// What follows any blanks.
fn without_blanks(mut bytes: &[u8]) -> &[u8] {
    while let [b' ', after @ ..] = bytes {
        bytes = after;
    }
    bytes
}
