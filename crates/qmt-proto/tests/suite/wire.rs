//! A host's end of the line: a bounded buffer, a framer, and what came out.

use at_syntax::{Frame, Framer, Writer};
use qmt_proto::{
    Command, DecodeError, Expect, Payload, Report, RequestDialect, Response, ResponseDialect,
    Violation, limits,
};

/// Receives bytes as a session does, and keeps its events as text.
pub(crate) struct Host {
    framer: Framer,
    buf: Vec<u8>,
    pub(crate) dialect: ResponseDialect,
    pub(crate) expect: Expect,
    pub(crate) events: Vec<String>,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self {
            framer: Framer::responses(),
            buf: Vec::new(),
            dialect: ResponseDialect::default(),
            expect: Expect::Nothing,
            events: Vec::new(),
        }
    }

    /// Takes `bytes`, never more than fit into the buffer at once.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) {
        loop {
            let room = limits::TEXT_FRAME - self.buf.len();
            let (now, later) = bytes.split_at(bytes.len().min(room));
            self.buf.extend_from_slice(now);
            bytes = later;
            self.drain();
            if self.buf.len() == limits::TEXT_FRAME {
                self.framer.toss();
                self.buf.clear();
                self.events.push("overflow".into());
            }
            if bytes.is_empty() {
                return;
            }
        }
    }

    /// Takes `bytes` in pieces of `size`.
    pub(crate) fn feed_in(&mut self, bytes: &[u8], size: usize) {
        for piece in bytes.chunks(size) {
            self.feed(piece);
        }
    }

    /// Nothing has come for the gap time.
    pub(crate) fn silence(&mut self) {
        let frame = self.framer.flush(&self.buf).frame;
        if let Some(frame) = frame {
            self.events.push(show(&Response::parse(frame, self.expect)));
        }
        self.buf.clear();
    }

    fn drain(&mut self) {
        loop {
            let cut = self.framer.next_frame(&self.buf, &self.dialect);
            let used = cut.used;
            let done = cut.frame.is_none();
            if let Some(frame) = cut.frame {
                // Only one prompt is ever awaited.
                self.dialect.prompt_armed &= frame != Frame::Prompt;
                self.events.push(show(&Response::parse(frame, self.expect)));
            }
            self.buf.drain(..used);
            if done {
                return;
            }
        }
    }
}

/// The events of `stream` in pieces of `size`, with nothing special about the host.
pub(crate) fn events(stream: &[u8], size: usize) -> Vec<String> {
    let mut host = Host::new();
    host.feed_in(stream, size);
    host.events
}

/// A response in words; every byte of a message shows.
pub(crate) fn show(response: &Response<'_>) -> String {
    let Response::Report(Report::Received(message)) = response else {
        return match response {
            Response::Unknown(line) => format!("unknown {}", line.escape_ascii()),
            Response::Malformed { error, line } => {
                format!("malformed {} ({error})", line.escape_ascii())
            }
            other => format!("{other:?}"),
        };
    };
    let (format, payload) = match message.payload {
        Payload::Text(bytes) => ("text", bytes.to_vec()),
        Payload::Hex(hex) => ("hex", hex.bytes().collect()),
    };
    received(
        (message.link.get(), message.msg_id),
        message.topic,
        message.counted,
        format,
        &payload,
    )
}

/// The words for a message.
pub(crate) fn received(
    (link, id): (u8, u16),
    topic: &[u8],
    counted: bool,
    format: &str,
    payload: &[u8],
) -> String {
    let trust = if counted { "counted" } else { "not counted" };
    format!(
        "message {link},{id} {} {trust} {format} {} {}",
        topic.escape_ascii(),
        payload.len(),
        payload.escape_ascii()
    )
}

/// The words for a broken stream.
pub(crate) fn broken(violation: Violation) -> String {
    show(&Response::Violation(violation))
}

/// `command` as a host sends it.
pub(crate) fn sent(command: &Command<'_>) -> Vec<u8> {
    let mut buf = vec![0; limits::HEX_FRAME];
    let mut out = Writer::new(&mut buf);
    command.emit(&mut out);
    out.finish_request()
        .expect("a command fits a frame")
        .to_vec()
}

/// `report` as a module prints it.
pub(crate) fn printed(report: &Report<'_>) -> Vec<u8> {
    let mut buf = vec![0; limits::HEX_FRAME];
    let mut out = Writer::new(&mut buf);
    report.emit(&mut out);
    out.finish_info().expect("a report fits a frame").to_vec()
}

/// The one command that `line` is for a module.
pub(crate) fn obeyed<'a>(
    line: &'a [u8],
    dialect: &RequestDialect,
) -> Result<Command<'a>, DecodeError> {
    let cut = Framer::requests().next_frame(line, dialect);
    assert_eq!(cut.used, line.len(), "one line, one command");
    Command::parse(cut.frame.expect("a complete line"))
}

/// The one response that `line` is for a host.
pub(crate) fn understood<'a>(
    line: &'a [u8],
    expect: Expect,
    dialect: &ResponseDialect,
) -> Response<'a> {
    let cut = Framer::responses().next_frame(line, dialect);
    assert_eq!(cut.used, line.len(), "one line, one frame");
    Response::parse(cut.frame.expect("a complete line"), expect)
}
