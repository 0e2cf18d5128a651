//! +QMTRECV: cut by its length where that fits, as well as can be where it does not.

use at_syntax::{Args, Coding, DataLine, Field, Frame, Framer};
use qmt_proto::ResponseDialect;

/// How such a line begins.
pub(crate) const NAME: &[u8] = b"+QMTRECV";

/// Longest line: payload in hex, topic, and some excess.
const LINE: usize = 4096;

/// The parts of a message as they stand on the line.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) link: Vec<u8>,
    pub(crate) msg_id: Vec<u8>,
    pub(crate) topic: Vec<u8>,
    pub(crate) count: Option<Vec<u8>>,
    /// As on the line: digits in hex format.
    pub(crate) payload: Vec<u8>,
    pub(crate) hex: bool,
    /// What is wrong with the line.
    pub(crate) damage: Option<String>,
    /// Length of the line without its end.
    pub(crate) line_len: usize,
    /// So many bytes hold no quote that ends a line.
    pub(crate) unclosed: Option<usize>,
}

pub(crate) enum Cut {
    Wait,
    /// A line like any other.
    Plain,
    /// A message, and the number of bytes it takes.
    Message(Received, usize),
}

/// Cuts the message at the start of `rest`. Without `open`, one without a fitting length ends at
/// its line end.
pub(crate) fn cut(rest: &[u8], ended: bool, open: bool, dialect: &ResponseDialect) -> Cut {
    let window = rest.get(..LINE).unwrap_or(rest);
    let whole = ended || rest.len() >= LINE;
    if !open {
        return recover(window, whole, false);
    }
    let cut = Framer::responses().next_frame(window, dialect);
    match cut.frame {
        Some(Frame::Data(line)) => {
            let mut received = understood(&line);
            let line = window.get(..cut.used).unwrap_or_default();
            received.line_len = without_end(line).len();
            Cut::Message(received, cut.used)
        }
        Some(Frame::Line(_)) => Cut::Plain,
        None if !whole => Cut::Wait,
        _ => recover(window, whole, true),
    }
}

fn understood(line: &DataLine<'_>) -> Received {
    let mut plain = Args::new(line.plain.text);
    let mut next = || plain.string().unwrap_or_default().to_vec();
    Received {
        link: next(),
        msg_id: next(),
        topic: line.quoted.to_vec(),
        count: line.count.map(|count| count.to_string().into_bytes()),
        payload: line.data.to_vec(),
        hex: line.coding != Coding::Text,
        ..Received::default()
    }
}

/// Reads a line whose length does not fit, or that was cut short: its payload ends where a quote
/// ends a line.
fn recover(window: &[u8], whole: bool, open: bool) -> Cut {
    let first = window.iter().position(|&b| b == b'\n');
    if first.is_none() && !whole {
        return Cut::Wait;
    }
    let first = first.unwrap_or(window.len());
    let line = without_end(window.get(..first).unwrap_or_default());
    let Some((mut received, start)) = head(line) else {
        return Cut::Plain;
    };
    let count = received.count.as_deref().and_then(|digits| {
        let digits = core::str::from_utf8(digits).ok()?;
        digits.parse::<usize>().ok()
    });
    let quoted = line.get(start) == Some(&b'"');
    let start = start + usize::from(quoted);
    // A wrong length must not swallow what comes after the line.
    let reach = match count {
        Some(count) => start.saturating_add(2 * count + 4),
        None => window.len(),
    };
    let mut end = None;
    let mut from = start;
    if quoted {
        while end.is_none() && from <= window.len() {
            let lf = window.iter().skip(from).position(|&b| b == b'\n');
            let at = lf.map_or(window.len(), |lf| from + lf);
            if lf.is_none() && !whole {
                return Cut::Wait;
            }
            let content = without_end(window.get(..at).unwrap_or_default());
            if content.len() > start && content.ends_with(b"\"") {
                end = Some((content.len() - 1, at));
            } else if !open || at >= reach || lf.is_none() {
                break;
            }
            from = at + 1;
        }
    } else {
        end = Some((line.len(), first));
    }
    let (close, at) = end.unwrap_or((line.len(), first));
    received.payload = window.get(start..close).unwrap_or_default().to_vec();
    received.line_len = without_end(window.get(..at).unwrap_or_default()).len();
    if end.is_none() {
        received.damage = Some("the line stopped in the middle".to_owned());
        received.unclosed = Some(from.min(window.len()));
    } else if let Some(count) = count {
        received.fit(count);
    }
    Cut::Message(received, (at + 1).min(window.len()))
}

impl Received {
    /// Compares the payload with its length.
    fn fit(&mut self, count: usize) {
        let len = self.payload.len();
        if len == count {
            return;
        }
        if len == 2 * count && self.payload.iter().all(u8::is_ascii_hexdigit) {
            self.hex = true;
            return;
        }
        // A log without CRs, to which they were given back.
        let pairs = self.payload.windows(2).filter(|pair| pair == b"\r\n");
        if pairs.count() == len.saturating_sub(count) && len > count {
            let mut bytes = Vec::with_capacity(count);
            for (at, &byte) in self.payload.iter().enumerate() {
                if byte != b'\r' || self.payload.get(at + 1) != Some(&b'\n') {
                    bytes.push(byte);
                }
            }
            self.payload = bytes;
            return;
        }
        self.damage = Some(format!("its length says {count}, but {len} bytes came"));
    }
}

/// What stands before the payload, and where that begins.
fn head(line: &[u8]) -> Option<(Received, usize)> {
    let after = line.get(NAME.len()..)?.trim_ascii_start();
    let list = after.strip_prefix(b":")?.trim_ascii_start();
    let mut args = Args::new(list);
    let mut bare = || match args.field() {
        Ok(Some(Field::Bare(digits) | Field::Quoted(digits))) => Some(digits.to_vec()),
        _ => None,
    };
    let (link, msg_id) = (bare()?, bare()?);
    let topic = args.string().ok()?.to_vec();
    if args.is_empty() {
        return None;
    }
    let mut after_count = args;
    let count = match after_count.field() {
        Ok(Some(Field::Bare(digits)))
            if !after_count.is_empty() && digits.iter().all(u8::is_ascii_digit) =>
        {
            args = after_count;
            Some(digits.to_vec())
        }
        _ => None,
    };
    let payload = args.rest();
    let blanks = payload.len() - payload.trim_ascii_start().len();
    let received = Received {
        link,
        msg_id,
        topic,
        count,
        ..Received::default()
    };
    Some((received, line.len() - payload.len() + blanks))
}

fn without_end(mut line: &[u8]) -> &[u8] {
    while let [rest @ .., b'\r' | b'\n'] = line {
        line = rest;
    }
    line
}
