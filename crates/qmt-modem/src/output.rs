//! What goes to the host: echo, answers, result codes, and the lines that wait for a gap.

use alloc::vec;
use alloc::vec::Vec;

use at_syntax::Writer;
use qmt_proto::{Answer, CmeCode, ErrorFormat, Payload, Received, Report, hex, limits};

use crate::quirks::{ConfigAnswer, HexLen, UrcFraming};
use crate::{Quirks, Usage};

/// `+CME ERROR: 3`, "operation not allowed" (TS 27.007 §9.2), which the sibling BC660K answers
/// when a link is in the wrong state.
pub(crate) const NOT_ALLOWED: CmeCode = CmeCode(3);

/// Code 571 of the module's socket commands, "Cancel send".
pub(crate) const CANCELLED: CmeCode = CmeCode(571);

/// `+CME ERROR: 50`, "incorrect parameters" (TS 27.007 §9.2), as the sibling BC660K spells it.
pub(crate) const INCORRECT: CmeCode = CmeCode(50);

/// The serial bytes to the host.
#[derive(Debug, Default)]
pub(crate) struct Output {
    /// Bytes to be written; the first `sent` of them have been.
    bytes: Vec<u8>,
    /// `sent <= bytes.len()`; both fall to 0 when they meet.
    sent: usize,
    /// Whole unsolicited lines that wait for a gap.
    held: Vec<u8>,
    /// Set by an information response, cleared by its final result code: an empty line goes
    /// between them.
    in_response: bool,
    /// What the host has used and been shown.
    pub(crate) usage: Usage,
}

impl Output {
    /// The bytes that are next on the line.
    pub(crate) fn pending(&self) -> &[u8] {
        self.bytes.get(self.sent..).unwrap_or_default()
    }

    /// The first `len` of [`pending`](Self::pending) are on the line.
    pub(crate) fn sent(&mut self, len: usize) {
        self.sent = self.sent.saturating_add(len).min(self.bytes.len());
        if self.sent == self.bytes.len() {
            self.bytes.clear();
            self.sent = 0;
        }
    }

    /// Forgets the lines that wait, and what was not yet sent if `all`.
    pub(crate) fn clear(&mut self, all: bool) {
        self.held.clear();
        self.in_response = false;
        if all {
            self.bytes.clear();
            self.sent = 0;
        }
    }

    /// Bytes exactly as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// One line of an information response, without its line end: several are separated by one
    /// CR LF, and their final result code by two (QMT §3.1.2).
    pub(crate) fn info(&mut self, report: &Report<'_>, quirks: &Quirks) {
        let line = render(report, quirks);
        self.info_text(&line, quirks);
    }

    /// As [`info`](Self::info), from text that starts with its `CR LF`.
    pub(crate) fn info_text(&mut self, text: &[u8], quirks: &Quirks) {
        self.in_response = quirks.blank_before_ok;
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
        if core::mem::take(&mut self.in_response) {
            self.raw(b"\r\n");
        }
        self.raw(b"\r\n");
        self.raw(code);
        self.raw(b"\r\n");
    }

    /// A line that no final result code follows. It waits for a gap if there is none.
    pub(crate) fn line(&mut self, report: &Report<'_>, quirks: &Quirks, gap: bool) {
        self.usage.show(report);
        self.line_bytes(&render(report, quirks), quirks, gap);
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
        self.line_bytes(&line, quirks, gap);
    }

    fn line_bytes(&mut self, line: &[u8], quirks: &Quirks, gap: bool) {
        match quirks.urc_framing {
            UrcFraming::Single => self.line_text(line, gap),
            UrcFraming::Double => {
                let double = [b"\r\n", line, b"\r\n"].concat();
                self.line_text(&double, gap);
            }
        }
    }

    /// As [`line`](Self::line), from text that starts with its CR LF.
    pub(crate) fn line_text(&mut self, text: &[u8], gap: bool) {
        let out = if gap { &mut self.bytes } else { &mut self.held };
        out.extend_from_slice(text);
        out.extend_from_slice(b"\r\n");
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

/// The bytes of a line, without the CR LF that ends it.
pub(crate) fn render(report: &Report<'_>, quirks: &Quirks) -> Vec<u8> {
    let mut line = match report {
        Report::Received(received) => write(512, |out| write_received(received, quirks, out)),
        Report::Answer(answer) => write(128, |out| write_answer(answer, quirks, out)),
        other => write(128, |out| other.emit(out)),
    };
    quirk_colon(&mut line, quirks);
    line
}

/// Takes the blank behind the first colon away if the module prints none.
fn quirk_colon(line: &mut Vec<u8>, quirks: &Quirks) {
    if !quirks.blank_after_colon
        && let Some(colon) = line.windows(2).position(|pair| pair == b": ")
    {
        line.remove(colon + 1);
    }
}

/// Runs `emit` with as much room as it needs; `guess` bytes are tried first.
fn write(guess: usize, emit: impl Fn(&mut Writer<'_>)) -> Vec<u8> {
    let mut buf = vec![0; guess];
    loop {
        let mut out = Writer::new(&mut buf);
        emit(&mut out);
        match out.finish() {
            Ok(line) => {
                let len = line.len();
                buf.truncate(len);
                return buf;
            }
            Err(full) => buf.resize(full.needed, 0),
        }
    }
}

/// An information response, with what the quirks add and leave out.
fn write_answer(answer: &Answer<'_>, quirks: &Quirks, out: &mut Writer<'_>) {
    match *answer {
        Answer::Setting(setting) if quirks.config_answer == ConfigAnswer::Named => {
            let mut values = [0; 1024];
            let mut bare = Writer::new(&mut values);
            Report::Answer(Answer::Setting(setting)).emit(&mut bare);
            let values = bare.finish().unwrap_or_default();
            let values = values.strip_prefix(b"\r\n+QMTCFG: ").unwrap_or_default();
            out.info("QMTCFG")
                .quoted(setting.option().as_str().as_bytes())
                .bare(values);
        }
        Answer::Address {
            cid,
            address: Some(address),
        } if !quirks.address_quoted => {
            out.info("CGPADDR").int(cid).bare(address.as_bytes());
        }
        other => Report::Answer(other).emit(out),
    }
}

/// `+QMTRECV` (QMT §5.2), with the length counted and the payload quoted as the quirks say.
fn write_received(received: &Received<'_>, quirks: &Quirks, out: &mut Writer<'_>) {
    let Received {
        link,
        msg_id,
        topic,
        counted,
        payload,
    } = *received;
    out.info("QMTRECV").int(link.get()).int(msg_id);
    if quirks.recv_blank {
        out.bare(b" \"").raw(topic).raw(b"\"");
    } else {
        out.quoted(topic);
    }
    let hex = matches!(payload, Payload::Hex(_));
    if counted {
        let digits = hex && quirks.hex_len == HexLen::Digits;
        // At most 2920.
        let len = payload.len() * if digits { 2 } else { 1 };
        out.int(i64::try_from(len).unwrap_or(i64::MAX));
    }
    let quote: &[u8] = if quirks.payload_quoted { b"\"" } else { b"" };
    out.bare(quote);
    match payload {
        Payload::Text(bytes) => {
            out.raw(bytes);
        }
        Payload::Hex(bytes) => {
            for byte in bytes.bytes() {
                out.raw(&hex::digits_of(byte));
            }
        }
    }
    out.raw(quote);
}

/// The words of `AT+CMEE=2`, as QMT §4 table 2 spells them.
fn words(code: CmeCode) -> &'static str {
    match code {
        NOT_ALLOWED => "operation not allowed",
        CANCELLED => "Cancel send",
        INCORRECT => "Incorrect parameters",
        CmeCode::ILLEGAL_UTF8 => "MQTT illegal UTF8",
        CmeCode::DATA_TOO_LONG => {
            "The length of transmitted data exceeds that of remaining transmitted buffer"
        }
        code => code.description().unwrap_or("unknown"),
    }
}

/// Bytes that may wait for the host before the network is no longer read: a few of the longest
/// lines.
pub(crate) const CONGESTED: usize = 8 * limits::HEX_FRAME;
