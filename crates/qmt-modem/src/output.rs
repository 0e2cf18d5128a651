//! What goes to the host: echo, answers, result codes, and the lines that wait for a gap.

use alloc::vec::Vec;

use at_syntax::Writer;
use qmt_proto::{CmeCode, ErrorFormat, Instant, Report, limits};

use crate::fault::{Direction, Fate, Place, Schedule};
use crate::journal::Journal;
use crate::quirks::UrcFraming;
use crate::render::{quirk_colon, render, words, write};
use crate::{ModemConfig, Quirks, Usage};

/// `+CME ERROR: 3`, "operation not allowed" (TS 27.007 §9.2), which the sibling BC660K answers
/// when a link is in the wrong state.
pub(crate) const NOT_ALLOWED: CmeCode = CmeCode(3);

/// Code 571 of the module's socket commands, "Cancel send".
pub(crate) const CANCELLED: CmeCode = CmeCode(571);

/// `+CME ERROR: 50`, "incorrect parameters" (TS 27.007 §9.2), as the sibling BC660K spells it.
pub(crate) const INCORRECT: CmeCode = CmeCode(50);

/// The serial bytes to the host.
///
/// Whatever the module says passes here, so what can go wrong with it is kept here too.
#[derive(Debug)]
pub(crate) struct Output {
    /// Bytes to be written; the first `sent` of them have been.
    bytes: Vec<u8>,
    /// `sent <= bytes.len()`; both fall to 0 when they meet.
    sent: usize,
    /// Whole unsolicited lines that wait for a gap.
    held: Vec<u8>,
    /// Set by an information response, cleared by its final result code.
    in_response: bool,
    /// Whether an empty line goes between them.
    blank: bool,
    /// ATV0: final result codes are numbers, and no line has a CR LF before it (V.250 §5.7.1).
    pub(crate) numeric: bool,
    /// What the host has used and been shown.
    pub(crate) usage: Usage,
    /// Lines that a fault made late, with their time.
    late: Vec<(Instant, Place, Vec<u8>)>,
    /// Whether nothing at all is said.
    pub(crate) muted: bool,
    /// The time of the call that is being handled.
    pub(crate) now: Instant,
    /// What goes wrong in the module.
    pub(crate) faults: Schedule,
    /// What was heard and said, if anybody wants to know.
    pub(crate) journal: Journal,
}

impl Output {
    pub(crate) fn new(config: &ModemConfig) -> Self {
        Self {
            bytes: Vec::new(),
            sent: 0,
            held: Vec::new(),
            in_response: false,
            blank: true,
            numeric: false,
            usage: Usage::default(),
            late: Vec::new(),
            muted: false,
            now: Instant::ZERO,
            faults: Schedule::new(&config.faults, config.seed),
            journal: Journal::default(),
        }
    }

    /// The bytes that are next on the line: up to the one with which a fault comes.
    pub(crate) fn pending(&self) -> &[u8] {
        let all = self.bytes.get(self.sent..).unwrap_or_default();
        let until = self.faults.bytes_until_due(Direction::ToHost);
        until.and_then(|until| all.get(..until)).unwrap_or(all)
    }

    /// The first `len` of [`pending`](Self::pending) are on the line.
    pub(crate) fn sent(&mut self, len: usize) {
        let len = len.min(self.bytes.len() - self.sent);
        self.sent += len;
        for _ in 0..len {
            self.faults.handle_byte(Direction::ToHost);
        }
        if self.sent == self.bytes.len() {
            self.bytes.clear();
            self.sent = 0;
        }
    }

    /// Forgets the lines that wait, and what was not yet sent if `all`.
    pub(crate) fn clear(&mut self, all: bool) {
        self.held.clear();
        self.late.clear();
        self.in_response = false;
        self.numeric = false;
        self.muted = false;
        if all {
            self.bytes.clear();
            self.sent = 0;
        }
    }

    /// Bytes exactly as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        if !self.muted {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// A prompt.
    pub(crate) fn prompt(&mut self, bytes: &[u8]) {
        self.say(Place::Prompt, bytes.to_vec(), true);
    }

    /// One line of an information response, without its line end: several are separated by one
    /// CR LF, and their final result code by two (QMT §3.1.2).
    pub(crate) fn info(&mut self, report: &Report<'_>, quirks: &Quirks) {
        let line = render(report, quirks);
        self.info_text(&line, quirks);
    }

    /// As [`info`](Self::info), from text that starts with its `CR LF`.
    pub(crate) fn info_text(&mut self, text: &[u8], quirks: &Quirks) {
        let is_first = !core::mem::replace(&mut self.in_response, true);
        self.blank = quirks.blank_before_ok;
        let text = match text.strip_prefix(b"\r\n") {
            Some(bare) if self.numeric && is_first => bare,
            _ => text,
        };
        self.journal.said(text);
        self.raw(text);
    }

    /// The final result code `OK` (QMT §3.1.2 OK).
    pub(crate) fn ok(&mut self) {
        self.finish(b"OK");
    }

    /// The final result code `ERROR`, for what is wrong with a command itself, whatever CMEE says
    /// (QMT §3.1.2 ERROR, FACTS §2.6).
    pub(crate) fn error(&mut self) {
        self.finish(b"ERROR");
    }

    /// The final result code for a failure of the module, in the form CMEE asks for (QMT §4 CMEE 0,
    /// CMEE 1).
    pub(crate) fn failure(&mut self, code: CmeCode, format: ErrorFormat, quirks: &Quirks) {
        let mut text = [0; 128];
        let mut line = Writer::new(&mut text);
        line.raw(if quirks.blank_after_colon {
            b"+CME ERROR: "
        } else {
            b"+CME ERROR:"
        });
        match format {
            ErrorFormat::Numeric if quirks.cme_errors => line.int(code.0),
            ErrorFormat::Verbose if quirks.cme_errors => line.raw(words(code).as_bytes()),
            _ => return self.error(),
        };
        if let Ok(line) = line.finish() {
            self.finish(line);
        }
    }

    fn finish(&mut self, code: &[u8]) {
        self.usage.finish(code);
        let shown = core::mem::take(&mut self.in_response);
        let end = |ends: bool| if ends { &b"\r\n"[..] } else { b"" };
        let line = match code {
            b"OK" if self.numeric => [end(shown), b"0\r"].concat(),
            b"ERROR" if self.numeric => [end(shown), b"4\r"].concat(),
            _ => [end(shown && self.blank), b"\r\n", code, b"\r\n"].concat(),
        };
        self.say(Place::Final, line, true);
    }

    /// A line that no final result code follows: [`Place::Result`] or [`Place::Report`]. It waits
    /// for a gap if there is none.
    pub(crate) fn line(&mut self, place: Place, report: &Report<'_>, quirks: &Quirks, gap: bool) {
        self.usage.show(report);
        self.line_bytes(place, &render(report, quirks), quirks, gap);
    }

    /// As [`line`](Self::line), `+<name>: ` and what `args` writes: for lines that no type has.
    pub(crate) fn other_line(
        &mut self,
        name: &str,
        args: impl Fn(&mut Writer<'_>),
        quirks: &Quirks,
        gap: bool,
    ) {
        let mut line = write(128, |out| args(out.info(name)));
        quirk_colon(&mut line, quirks);
        self.line_bytes(Place::Report, &line, quirks, gap);
    }

    /// A deferred result that its final result code follows.
    pub(crate) fn result(&mut self, report: &Report<'_>, quirks: &Quirks) {
        self.in_response = true;
        self.blank = quirks.blank_before_ok;
        self.usage.show(report);
        self.say(Place::Result, render(report, quirks), true);
    }

    fn line_bytes(&mut self, place: Place, line: &[u8], quirks: &Quirks, gap: bool) {
        let around: &[u8] = match quirks.urc_framing {
            UrcFraming::Single => b"",
            UrcFraming::Double => b"\r\n",
        };
        let line = [around, line, b"\r\n", around].concat();
        self.say(place, line, gap);
    }

    /// An unsolicited line exactly as it is.
    pub(crate) fn text(&mut self, text: &[u8], gap: bool) {
        self.say(Place::Report, text.to_vec(), gap);
    }

    /// Lets the faults have their say, then puts a line where it belongs.
    fn say(&mut self, place: Place, mut line: Vec<u8>, gap: bool) {
        self.journal.said(&line);
        if self.muted {
            return;
        }
        let fault = self
            .faults
            .strike(Direction::ToHost, |kind| kind.hits(place, &line));
        if fault.is_some_and(|fault| fault.kind().repeats()) {
            self.journal.said(&line);
        }
        match fault.map_or(Fate::Said, |fault| fault.alter(&mut line)) {
            Fate::Said => self.put(&line, gap),
            Fate::Lost => {}
            Fate::Late(span) => {
                // What says a result before its final code leaves the end of the line to that.
                if place == Place::Result && !line.ends_with(b"\n") {
                    line.extend_from_slice(b"\r\n");
                }
                self.late.push((self.now.saturating_add(span), place, line));
            }
        }
    }

    fn put(&mut self, line: &[u8], gap: bool) {
        let out = if gap { &mut self.bytes } else { &mut self.held };
        out.extend_from_slice(line);
    }

    /// Says what was late until now.
    pub(crate) fn handle_late(&mut self, gap: bool) {
        while let Some(due) = self.poll_timeout()
            && due <= self.now
        {
            let first = self.late.iter().position(|(at, ..)| *at == due);
            if let Some(first) = first {
                let (_, place, line) = self.late.remove(first);
                let waits = matches!(place, Place::Result | Place::Report);
                self.put(&line, gap || !waits);
            }
        }
    }

    /// When the next late line is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.late.iter().map(|(at, ..)| *at).min()
    }

    /// Whether lines wait for a gap.
    pub(crate) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Bytes that have not been sent, with or without a gap to send them in.
    pub(crate) fn waiting(&self) -> usize {
        self.pending().len() + self.held.len()
    }

    /// There is a gap: what waited goes out.
    pub(crate) fn release(&mut self) {
        self.bytes.append(&mut self.held);
    }
}

/// Bytes that may wait for the host before the network is no longer read: a few of the longest
/// lines.
pub(crate) const CONGESTED: usize = 8 * limits::HEX_FRAME;
