//! Two ways of cutting a stream: at LF, and by asking a streaming parser.

use crate::{Event, Inbox, Receiver};

/// Cuts at LF and gives each line, without its line end, to what knows lines.
#[derive(Debug)]
pub(super) struct Lines<P> {
    inbox: Inbox,
    /// Bytes at the front of the inbox in which there is no LF.
    seen: usize,
    parse: P,
}

/// Gives everything pending to a streaming parser, again with every delivery.
#[derive(Debug)]
pub(super) struct Stream<P> {
    inbox: Inbox,
    parse: P,
}

/// What a streaming parser found at the front of the pending bytes.
#[derive(Debug)]
pub(super) enum Found<'b> {
    /// A message of this length.
    Event(Event<'b>, usize),
    /// The beginning of a message.
    Incomplete,
    /// Nothing known: goes on behind the next LF.
    Unknown,
}

/// What knows lines.
pub(super) trait OfLine {
    /// Tells what a line without its line end says.
    fn tell(&self, line: &[u8], sink: &mut impl FnMut(Event<'_>));
}

impl<P: Fn(&[u8]) -> Option<Event<'_>>> OfLine for P {
    fn tell(&self, line: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        if let Some(event) = self(line) {
            sink(event);
        }
    }
}

impl<P: OfLine> Lines<P> {
    pub(super) const fn new(parse: P) -> Self {
        Self {
            inbox: Inbox::new(),
            seen: 0,
            parse,
        }
    }

    fn cut(&mut self, sink: &mut impl FnMut(Event<'_>)) {
        loop {
            let bytes = self.inbox.bytes();
            let Some(found) = memchr::memchr(b'\n', &bytes[self.seen..]) else {
                break;
            };
            let end = self.seen + found;
            let line = &bytes[..end];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line == b"> " {
                sink(Event::Prompt);
            } else if !line.is_empty() {
                self.parse.tell(line, sink);
            }
            self.inbox.consume(end + 1);
            self.seen = 0;
        }
        // No line end follows a prompt.
        if self.inbox.bytes() == b"> " {
            sink(Event::Prompt);
            self.inbox.consume(2);
        }
        self.seen = self.inbox.bytes().len();
    }
}

impl<P: OfLine> Receiver for Lines<P> {
    fn feed(&mut self, chunk: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        let mut chunk = chunk;
        while !chunk.is_empty() {
            chunk = self.inbox.push(chunk);
            self.cut(sink);
            if self.inbox.is_full() {
                self.inbox.consume(self.inbox.bytes().len());
                self.seen = 0;
            }
        }
    }
}

impl<P: Fn(&[u8]) -> Found<'_>> Stream<P> {
    pub(super) const fn new(parse: P) -> Self {
        Self {
            inbox: Inbox::new(),
            parse,
        }
    }

    fn cut(&mut self, sink: &mut impl FnMut(Event<'_>)) {
        while !self.inbox.bytes().is_empty() {
            let bytes = self.inbox.bytes();
            let used = match (self.parse)(bytes) {
                Found::Event(event, len) => {
                    sink(event);
                    len
                }
                Found::Incomplete => return,
                Found::Unknown => {
                    // The LF of the CR LF in front of a line is not its end.
                    let skip = bytes.len().min(2);
                    let end = memchr::memchr(b'\n', &bytes[skip..]);
                    end.map_or(bytes.len(), |at| skip + at + 1)
                }
            };
            self.inbox.consume(used);
        }
    }
}

impl<P: Fn(&[u8]) -> Found<'_>> Receiver for Stream<P> {
    fn feed(&mut self, chunk: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        let mut chunk = chunk;
        while !chunk.is_empty() {
            chunk = self.inbox.push(chunk);
            self.cut(sink);
            if self.inbox.is_full() {
                self.inbox.consume(self.inbox.bytes().len());
            }
        }
    }
}
