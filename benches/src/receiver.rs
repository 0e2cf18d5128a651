//! Who receives: the interface of all candidates, and our framer behind it.

use at_syntax::{Frame, Framer};
use qmt_proto::{
    Expect, FinalResult, Notice, Payload, Received, Report, Response, ResponseDialect, hex,
};

use crate::Event;

/// Takes bytes as they come and tells what it sees in them.
pub trait Receiver {
    /// Takes a piece of the stream.
    fn feed(&mut self, chunk: &[u8], sink: &mut impl FnMut(Event<'_>));

    /// Nothing comes for a while. Only those who know of time do anything about it.
    fn pause(&mut self, _sink: &mut impl FnMut(Event<'_>)) {}
}

/// Bytes received and not yet done with, in 4096 bytes, as every candidate keeps them.
///
/// Aligned, because what `memcpy` takes depends on where it writes.
#[derive(Debug)]
#[repr(align(64))]
pub struct Inbox {
    buf: [u8; 4096],
    start: usize,
    end: usize,
}

/// Framer, dialect and `Response::parse`, with a buffer before them and nothing behind.
#[derive(Debug)]
pub struct Ours {
    inbox: Inbox,
    framer: Framer,
    dialect: ResponseDialect,
}

impl Inbox {
    /// Empty.
    pub const fn new() -> Self {
        Self {
            buf: [0; 4096],
            start: 0,
            end: 0,
        }
    }

    /// Takes as much of `bytes` as there is room for and gives the rest.
    #[inline]
    pub fn push<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        if self.push_all(bytes) {
            &[]
        } else {
            self.push_what_fits(bytes)
        }
    }

    /// Takes all of `bytes`, if there is room behind what has been taken.
    #[inline]
    fn push_all(&mut self, bytes: &[u8]) -> bool {
        if let [byte] = bytes {
            // A byte at a time, as an interrupt of the UART gives them.
            let Some(slot) = self.buf.get_mut(self.end) else {
                return false;
            };
            *slot = *byte;
        } else {
            let room = self.buf.get_mut(self.end..);
            let Some(room) = room.and_then(|room| room.get_mut(..bytes.len())) else {
                return false;
            };
            room.copy_from_slice(bytes);
        }
        self.end += bytes.len();
        true
    }

    #[cold]
    fn push_what_fits<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        self.buf.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let taken = bytes.len().min(self.buf.len() - self.end);
        let (now, later) = bytes.split_at(taken);
        self.buf[self.end..self.end + taken].copy_from_slice(now);
        self.end += taken;
        later
    }

    /// What has been taken and not dropped.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.buf[self.start..self.end]
    }

    /// Drops bytes at the front.
    #[inline]
    pub const fn consume(&mut self, len: usize) {
        self.start += len;
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Whether everything has been dropped.
    pub const fn is_empty(&self) -> bool {
        self.end == 0
    }

    /// Whether no byte more fits.
    pub const fn is_full(&self) -> bool {
        self.start == 0 && self.end == self.buf.len()
    }
}

impl Default for Inbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Ours {
    /// For a stream in the formats that `dialect` says.
    pub const fn new(dialect: ResponseDialect) -> Self {
        Self {
            inbox: Inbox::new(),
            framer: Framer::responses(),
            dialect,
        }
    }

    /// Tells all frames that are complete.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn tell_frames(&mut self, sink: &mut impl FnMut(Event<'_>)) {
        loop {
            let cut = self.framer.next_frame(self.inbox.bytes(), &self.dialect);
            match cut.frame {
                None => {
                    if cut.used > 0 {
                        self.inbox.consume(cut.used);
                    }
                    return;
                }
                // What carries payloads goes straight to its reader.
                Some(Frame::Data(line)) => match Received::parse(&line) {
                    Ok(received) => tell_message(received, sink),
                    Err(_) => sink(Event::Refused),
                },
                Some(Frame::Line(line)) => tell_line(line, sink),
                Some(frame) => sink(rare(&frame)),
            }
            self.inbox.consume(cut.used);
            if self.inbox.is_empty() {
                return;
            }
        }
    }

    /// Takes what does not fit behind what is there.
    #[cold]
    #[inline(never)]
    fn feed_in_parts(&mut self, mut chunk: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        while !chunk.is_empty() {
            if self.inbox.is_full() {
                self.framer.toss();
                self.inbox.consume(self.inbox.bytes().len());
                sink(Event::Refused);
            }
            chunk = self.inbox.push_what_fits(chunk);
            self.tell_frames(sink);
        }
    }
}

impl Receiver for Ours {
    #[inline]
    fn feed(&mut self, chunk: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        if self.inbox.push_all(chunk) {
            self.tell_frames(sink);
        } else {
            self.feed_in_parts(chunk, sink);
        }
    }
}

/// What is neither a message nor a line.
#[cold]
#[inline(never)]
const fn rare(frame: &Frame<'_>) -> Event<'static> {
    match frame {
        Frame::Prompt => Event::Prompt,
        _ => Event::Refused,
    }
}

/// A function of its own, so that messages do not pay for the many things it keeps at hand.
#[inline(never)]
fn tell_line(line: &[u8], sink: &mut impl FnMut(Event<'_>)) {
    let frame = Frame::Line(line);
    tell(frame, Response::parse(frame, Expect::Nothing), sink);
}

#[inline]
pub(crate) fn tell(frame: Frame<'_>, response: Response<'_>, sink: &mut impl FnMut(Event<'_>)) {
    match response {
        Response::Final(FinalResult::Ok) => sink(Event::Ok),
        Response::Final(FinalResult::Error) => sink(Event::Error),
        Response::Final(FinalResult::CmeError(code)) => sink(Event::Cme(code.0)),
        Response::Prompt => sink(Event::Prompt),
        Response::Report(report) => tell_report(frame, &report, sink),
        Response::Violation(_) => sink(Event::Refused),
        _ => match frame {
            Frame::Line(line) => sink(Event::Other(line)),
            _ => sink(Event::Refused),
        },
    }
}

#[inline]
fn tell_report(frame: Frame<'_>, report: &Report<'_>, sink: &mut impl FnMut(Event<'_>)) {
    match *report {
        Report::Published {
            link,
            msg_id,
            result,
            value,
        } => sink(Event::Published(link.get(), msg_id, result.0, value)),
        Report::Subscribed {
            link,
            msg_id,
            result,
            values,
        } => {
            let value = values.iter().next();
            sink(Event::Subscribed(link.get(), msg_id.get(), result.0, value));
        }
        Report::Connected { link, result, code } => {
            sink(Event::Connected(
                link.get(),
                result.0,
                code.map(|code| code.0),
            ));
        }
        Report::LinkLost { link, cause } => sink(Event::Lost(link.get(), cause.0)),
        Report::Notice(Notice::Registration(status)) => {
            sink(Event::Registration(status.0, behind("+CEREG:", frame)));
        }
        Report::Notice(Notice::Power(event)) => sink(Event::Power(event)),
        Report::Received(received) => tell_message(received, sink),
        _ => sink(Event::Other(behind("", frame))),
    }
}

/// A message without a length is not to be trusted, and every line of ours has one.
#[inline(always)]
fn tell_message(received: Received<'_>, sink: &mut impl FnMut(Event<'_>)) {
    let (link, id, topic) = (received.link.get(), received.msg_id, received.topic);
    if !received.counted {
        return sink(Event::Refused);
    }
    match received.payload {
        Payload::Text(payload) => sink(Event::Message(link, id, topic, payload)),
        Payload::Hex(digits) => {
            decode(digits, &mut |payload| {
                sink(Event::Message(link, id, topic, payload));
            });
        }
    }
}

/// A function of its own, so that text does not pay for a buffer.
#[inline(never)]
fn decode(digits: hex::Hex<'_>, then: &mut impl FnMut(&[u8])) {
    let mut payload = [0; qmt_proto::limits::PAYLOAD];
    then(digits.decode(&mut payload).unwrap_or_default());
}

/// Everything behind the name of a line, as `+CEREG` is compared.
#[inline]
fn behind<'f>(name: &str, frame: Frame<'f>) -> &'f [u8] {
    let Frame::Line(line) = frame else { return b"" };
    let fields = line.get(name.len()..).unwrap_or_default();
    fields.trim_ascii_start()
}

/// The dialect of a stream whose payloads are all hex.
pub const fn all_hex() -> ResponseDialect {
    ResponseDialect {
        recv_format: [qmt_proto::DataFormat::Hex; qmt_proto::LinkId::COUNT],
        counts_digits: false,
        prompt_armed: false,
    }
}
