//! Dialogues of a session as text files: what happened, what was sent, what was told.
//!
//! ```text
//! # a comment
//! submit AT+QMTCLOSE=0        a wish; `publish FORM AT+QMTPUB=.. PAYLOAD` likewise
//! < \r\nOK\r\n                bytes from the module
//! @ 300                       milliseconds pass
//! error overrun               the line reports an error
//! known inline 40             the session begins anew, with a capability of its module; `known
//!                             uncounted`: one that takes messages without a length
//! abort                       the line is taken away
//! reset                       the application has reset the module
//! counters                    shows the counters
//! > AT+QMTCLOSE=0\r           what was sent
//! ! Done 0 Acked(Done)        what was told
//! ```
//!
//! The lines with `>` and `!` are the golden part: `UPDATE_EXPECT=1` writes them anew. Every file
//! is played with reads of 1, 2, 3, 7 and all bytes, and must come out the same.

use core::fmt::Write;
use std::path::Path;

use at_syntax::{Framer, NoDialect};
use qmt_session::proto::{Body, Command, Instant, limits};
use qmt_session::{
    Buffers, Event, LineError, Machine, PublishForm, PublishInFlight, Session, SessionConfig,
    SubmitError, Ticket,
};

/// Longest wait for the machine's own deadlines within one `@` line.
const STEPS: usize = 10_000;

struct Player {
    session: Session<'static>,
    now: Instant,
    chunk: usize,
    tickets: Vec<Ticket>,
    out: String,
}

impl Player {
    fn new(chunk: usize) -> Self {
        Self {
            session: session(SessionConfig::new()),
            now: Instant::ZERO,
            chunk,
            tickets: Vec::new(),
            out: String::new(),
        }
    }

    fn play(mut self, script: &str) -> String {
        for line in script.lines() {
            if line.starts_with("> ") || line.starts_with("! ") {
                continue;
            }
            writeln!(self.out, "{line}").unwrap();
            let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
            match verb {
                "submit" => {
                    let submitted = self.session.submit(self.now, &command(rest));
                    self.note_ticket(submitted);
                }
                "publish" => self.publish(rest),
                "<" => self.hear(&unescape(rest)),
                "@" => self.wait(rest.parse().expect("milliseconds")),
                "known" => self.session = session(config(rest)),
                "counters" => {
                    let counters = self.session.counters();
                    writeln!(self.out, "! {counters:?}").unwrap();
                }
                "abort" => self.session.abort(self.now),
                "reset" => self.session.handle_reset(self.now),
                "error" => self.session.handle_line_error(self.now, line_error(rest)),
                "" | "#" => {}
                other => panic!("no such verb: {other}"),
            }
            self.drain();
        }
        self.out
    }

    fn note_ticket(&mut self, submitted: Result<Ticket, SubmitError>) {
        match submitted {
            Ok(ticket) => self.tickets.push(ticket),
            Err(error) => writeln!(self.out, "! not taken: {error}").unwrap(),
        }
    }

    /// `FORM COMMAND PAYLOAD`
    fn publish(&mut self, rest: &str) {
        let mut words = rest.splitn(3, ' ');
        let form = match words.next() {
            Some("auto") => PublishForm::Auto,
            Some("counted") => PublishForm::Counted,
            Some("terminated") => PublishForm::Terminated,
            Some("inline") => PublishForm::Inline,
            other => panic!("no such form: {other:?}"),
        };
        let Command::Publish(publish) = command(words.next().unwrap_or_default()) else {
            panic!("not a publish: {rest}");
        };
        assert_eq!(publish.body, Body::Prompt, "the payload stands apart");
        let payload = unescape(words.next().unwrap_or_default());
        let submitted = self.session.publish(
            self.now,
            publish.link,
            publish.delivery,
            publish.retain,
            publish.topic,
            &payload,
            form,
        );
        self.note_ticket(submitted);
    }

    fn hear(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(self.chunk) {
            let mut rest = piece;
            while !rest.is_empty() {
                let taken = self.session.handle_input(self.now, rest);
                rest = &rest[taken..];
                self.tell();
            }
        }
    }

    /// Lets time pass, stopping at every deadline of the session.
    fn wait(&mut self, ms: u64) {
        let end = Instant::from_millis(self.now.as_millis() + ms);
        for _ in 0..STEPS {
            let due = self.session.poll_timeout().filter(|due| *due <= end);
            let Some(due) = due else {
                self.now = end;
                self.session.handle_timeout(end);
                return;
            };
            self.now = self.now.max(due);
            self.session.handle_timeout(self.now);
            self.drain();
        }
        panic!("the session has always something due");
    }

    fn drain(&mut self) {
        self.tell();
        let bytes = self.session.poll_transmit().to_vec();
        if !bytes.is_empty() {
            writeln!(self.out, "> {}", bytes.escape_ascii()).unwrap();
            self.session.handle_transmitted(self.now, bytes.len());
            self.tell();
        }
    }

    fn tell(&mut self) {
        while let Some(event) = self.session.poll_event() {
            let number = |ticket: Ticket| self.tickets.iter().position(|t| *t == ticket).unwrap();
            let told = match event {
                Event::Done { ticket, outcome } => format!("Done {} {outcome:?}", number(ticket)),
                Event::Late { ticket, outcome } => format!("Late {} {outcome:?}", number(ticket)),
                Event::Answer { ticket, answer } => format!("Answer {} {answer:?}", number(ticket)),
                Event::Text { ticket, line } => {
                    format!("Text {} {}", number(ticket), line.escape_ascii())
                }
                Event::Retransmitting { ticket, count } => {
                    format!("Retransmitting {} {count:?}", number(ticket))
                }
                Event::Message(message) => format!(
                    "Message {} {} {} {}{}",
                    message.link,
                    message.msg_id,
                    message.topic.escape_ascii(),
                    message.payload.escape_ascii(),
                    if message.exact { "" } else { " (not exact)" }
                ),
                Event::Stray(line) => format!("Stray {}", line.escape_ascii()),
                Event::Untrusted(line) => format!("Untrusted {}", line.escape_ascii()),
                other => format!("{other:?}"),
            };
            writeln!(self.out, "! {told}").unwrap();
        }
    }
}

fn session(config: SessionConfig) -> Session<'static> {
    let memory = || Box::leak(vec![0; limits::TEXT_FRAME].into_boxed_slice());
    let buffers = Buffers {
        rx: memory(),
        tx: memory(),
    };
    Session::new(config, buffers)
}

fn config(text: &str) -> SessionConfig {
    let mut config = SessionConfig::new();
    let known = &mut config.capabilities;
    match text.split_once(' ').unwrap_or((text, "")) {
        ("inline", length) => known.inline_up_to = length.parse().expect("bytes"),
        ("one-publish", _) => known.publish_in_flight = PublishInFlight::Module,
        ("qos0", result) => known.qos0_result = Some(result == "printed"),
        ("uncounted", _) => config.accept_uncounted = true,
        other => panic!("no such capability: {other:?}"),
    }
    config
}

/// A command as it stands on the line, without its CR.
fn command(text: &str) -> Command<'static> {
    let line: &'static str = Box::leak(format!("{text}\r").into_boxed_str());
    let frame = Framer::requests()
        .next_frame(line.as_bytes(), &NoDialect)
        .frame;
    Command::parse(frame.expect("one line")).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn line_error(name: &str) -> LineError {
    match name {
        "overrun" => LineError::Overrun,
        "framing" => LineError::Framing,
        "break" => LineError::Break,
        other => panic!("no such line error: {other}"),
    }
}

/// Undoes `escape_ascii`; `{N*X}` stands for N times X.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'{' {
            let inner: Vec<u8> = rest.by_ref().take_while(|b| *b != b'}').collect();
            let inner = String::from_utf8(inner).unwrap();
            let (count, what) = inner.split_once('*').expect("N*X");
            bytes.extend(what.repeat(count.parse().unwrap()).bytes());
            continue;
        }
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next() {
            Some(b'r') => b'\r',
            Some(b'n') => b'\n',
            Some(b'x') => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(core::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            Some(other) => other,
            None => panic!("a backslash at the end of {text}"),
        });
    }
    bytes
}

#[test]
fn every_transcript_is_as_written_whatever_the_size_of_reads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut played = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let written = std::fs::read_to_string(&path).unwrap();
        for chunk in [usize::MAX, 1, 2, 3, 7] {
            let out = Player::new(chunk).play(&written);
            if update && chunk == usize::MAX {
                std::fs::write(&path, &out).unwrap();
            } else if !update {
                assert_eq!(out, written, "{} in pieces of {chunk}", path.display());
            }
        }
        played += 1;
    }
    assert!(played >= 10, "only {played} transcripts");
}
