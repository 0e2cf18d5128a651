//! What a piece of the capture is, in words, with sections and remedies.

use at_syntax::{Args, Field, Framer, Info, Line, Verb};
use qmt_proto::{Command, FinalResult, Name, Notice, Report, Response};

use super::context::{Context, is_command};
use super::cutter::{Piece, What};
use super::frame::{Frame, Kind};
use super::report;
use super::secrets::Secrets;
use crate::lang::{tr, tr_static};
use crate::trace::Direction;
use crate::words;

/// Lines that no command asked for, beside those that qmt-proto knows.
const URCS: [&str; 15] = [
    "CFUN",
    "CPIN",
    "IP",
    "CEREG",
    "CREG",
    "CGREG",
    "QNBIOTEVENT",
    "QIND",
    "QATWAKEUP",
    "CSCON",
    "CTZV",
    "CTZE",
    "CTZR",
    "QUSIM",
    "CGEV",
];

/// Errors of TS 27.007 §9.2 that one meets with this module, and what to do about them.
const ERRORS: [(u16, &str, &str); 16] = [
    (0, "phone failure", RESTART),
    (3, "operation not allowed", STATE),
    (4, "operation not supported", COMMAND),
    (10, "SIM not inserted", SIM),
    (11, "SIM PIN required", "enter the PIN (AT+CPIN)"),
    (13, "SIM failure", SIM),
    (14, "SIM busy", "try again later"),
    (20, "memory full", RESTART),
    (23, "memory failure", RESTART),
    (30, "no network service", NETWORK),
    (31, "network time-out", NETWORK),
    (50, "incorrect parameters", COMMAND),
    (51, "command implemented but currently disabled", STATE),
    (100, "unknown error", STATE),
    (148, "unspecified GPRS error", NETWORK),
    (150, "invalid mobile class", NETWORK),
];

const STATE: &str = "the state does not allow it: look at AT+QMTOPEN? and AT+QMTCONN?";
const COMMAND: &str = "check the command's form and ranges";
const SIM: &str = "check the SIM card and its contacts";
const NETWORK: &str = "check antenna, coverage and registration (AT+CEREG?)";
const RESTART: &str = "restart the module if it persists (AT+QRST=1)";
const LOOK_UP: &str = "look it up in TS 27.007 §9.2";

/// Explains pieces in their order.
#[derive(Debug)]
pub(crate) struct Explainer {
    pub(crate) context: Context,
    pub(crate) secrets: Secrets,
    /// Whether the line that is too long ends in a secret.
    secret_part: bool,
}

impl Explainer {
    pub(crate) fn new(context: Context, secrets: Secrets) -> Self {
        Self {
            context,
            secrets,
            secret_part: false,
        }
    }

    /// For a dialogue of which nothing is known yet; `mask`ing secrets or not.
    pub(crate) fn masking(mask: bool) -> Self {
        Self::new(Context::default(), Secrets::new(!mask))
    }

    /// What it is, in the language of this process.
    pub(crate) fn explain(&mut self, piece: Piece) -> Frame {
        let mut frame = self.understand(piece);
        frame.meaning = tr(&frame.meaning).into_owned();
        frame.remedy = frame.remedy.map(tr_static);
        frame.damage = frame.damage.map(|damage| tr(&damage).into_owned());
        frame
    }

    fn understand(&mut self, piece: Piece) -> Frame {
        self.secret_part &= matches!(piece.what, What::Part);
        match piece.what {
            What::Command if is_command(&piece.bytes) => self.command(&piece),
            What::Line | What::Command => self.line(&piece),
            What::Part => self.part(&piece),
            What::Received(ref received) => {
                let mut frame = report::message(received, piece.place);
                frame.sent(Direction::FromModule);
                frame.bytes = piece.bytes;
                frame
            }
            What::Prompt => {
                self.context.data_due = true;
                let mut frame = Frame::new(piece.place, Kind::Prompt, piece.bytes);
                frame.sent(Direction::FromModule);
                frame.meaning = words::response(&Response::Prompt);
                frame.section = Name::Pub.section();
                frame
            }
            What::Data { len } => {
                let (data, end) = piece.bytes.split_at(len);
                let ending = match end {
                    [0x1A] => "; Ctrl+Z sends it",
                    [0x1B] => "; Esc cancels it",
                    _ => "",
                };
                let mut frame = Frame::new(piece.place, Kind::Text, piece.bytes.clone());
                frame.push_payload(data);
                frame.sent(Direction::ToModule);
                frame.meaning = format!("the data, {len} bytes{ending}");
                frame.section = Name::Pub.section();
                frame
            }
            What::DataEcho => {
                let mut frame = Frame::new(piece.place, Kind::Text, piece.bytes.clone());
                frame.push_payload(&piece.bytes);
                frame.sent(Direction::FromModule);
                frame.meaning = "echo of the data".into();
                frame.section = Name::Cfg.section();
                frame
            }
        }
    }

    fn command(&mut self, piece: &Piece) -> Frame {
        let again = self.context.command(&piece.bytes);
        let (shown, _) = self.secrets.masked(&piece.bytes);
        let mut frame = Frame::new(piece.place, Kind::Echo, shown);
        frame.fields = vec![Some(lossy(&frame.bytes))];
        let line = [piece.bytes.as_slice(), b"\r"].concat();
        let requests = &self.context.requests;
        let cut = Framer::requests().next_frame(&line, requests).frame;
        match cut.map(Command::parse) {
            Some(Ok(command)) => {
                frame.meaning = words::command(&command);
                frame.section = command.section();
            }
            Some(Err(error)) => {
                let name = self.context.pending.as_ref().map(|p| p.name.as_str());
                let name = name.and_then(Name::new);
                frame.section = name.and_then(Name::section);
                frame.meaning = match name {
                    Some(_) => format!("a command that the note does not allow so: {error}"),
                    None => "a command that the note does not describe".into(),
                };
            }
            None => {}
        }
        if again {
            let again = match frame.direction {
                Some(Direction::ToModule) => "the same again",
                Some(Direction::FromModule) => "its echo",
                None => "the same again, or its echo",
            };
            frame.meaning = format!("{again}: {}", frame.meaning);
        } else if frame.direction.is_none() && frame.meaning.is_empty() {
            frame.meaning = "a command".into();
        }
        frame
    }

    /// A line of the module, or one that nobody knows.
    fn line(&mut self, piece: &Piece) -> Frame {
        let line = piece.bytes.trim_ascii_end();
        let (shown, _) = self.secrets.masked(&piece.bytes);
        let mut frame = Frame::new(piece.place, Kind::Text, shown);
        let response = Response::parse(at_syntax::Frame::Line(line), self.context.expect());
        frame.meaning = words::response(&response);
        match Line::parse(line) {
            Line::Ok | Line::Error | Line::CmeError(_) => self.final_result(&response, &mut frame),
            Line::Info(info) => {
                frame.kind = self.kind_of(&info, &response);
                let name = text_of(info.name);
                name.clone_into(&mut frame.name);
                // From what is shown: a secret stays masked.
                let shown = frame.bytes.trim_ascii_end().to_vec();
                if let Line::Info(info) = Line::parse(&shown) {
                    frame.fields = fields(info.args);
                }
                if name == "QMTRECV" {
                    // A damaged one keeps the order of its fields.
                    if frame.fields.len() == 4 {
                        frame.fields.insert(3, None);
                    }
                    frame.fields.resize(5, None);
                }
                frame.section = Name::new(name).and_then(Name::section);
                if name == "QMTSTAT" {
                    frame.section = Some("QMT §5.1");
                }
                frame.sent(Direction::FromModule);
            }
            _ => self.text(line, &mut frame),
        }
        if let Response::Report(report) = &response {
            report::explain(report, &mut frame);
            self.context.report(report);
        }
        if frame.meaning.is_empty() {
            frame.meaning = match frame.kind {
                Kind::Info => "an answer".into(),
                _ => "news of the module".into(),
            };
        }
        frame
    }

    fn final_result(&mut self, response: &Response<'_>, frame: &mut Frame) {
        let Response::Final(result) = response else {
            return;
        };
        frame.section = Some(result.section());
        frame.sent(Direction::FromModule);
        match result {
            FinalResult::Ok => frame.kind = Kind::Ok,
            FinalResult::Error => {
                frame.kind = Kind::Error;
                frame.remedy = Some(
                    "check the command's form and ranges; AT+CMEE=1 tells more about other causes",
                );
            }
            FinalResult::CmeError(code) => {
                frame.kind = Kind::Cme;
                let known = ERRORS.iter().find(|(number, ..)| *number == code.0);
                if let Some((_, words, _)) = known {
                    frame.meaning = format!("refused: {words}");
                }
                let remedy = known.map_or(LOOK_UP, |(.., remedy)| *remedy);
                frame.remedy = code.remedy().or(Some(remedy));
            }
            FinalResult::CmeText(text) => {
                frame.kind = Kind::Cme;
                let known = ERRORS
                    .iter()
                    .find(|(_, words, _)| words.as_bytes().eq_ignore_ascii_case(text));
                frame.remedy = Some(known.map_or(LOOK_UP, |(.., remedy)| *remedy));
            }
        }
        if frame.kind == Kind::Cme {
            "CME ERROR".clone_into(&mut frame.name);
            let colon = frame.bytes.iter().position(|&b| b == b':').unwrap_or(0);
            let words = frame.bytes.get(colon + 1..).unwrap_or_default();
            frame.fields = vec![Some(lossy(words.trim_ascii()))];
            if frame.meaning == "refused" {
                frame.meaning = format!("refused: {}", lossy(words.trim_ascii()));
            }
        }
        self.context.result(frame.kind == Kind::Ok);
    }

    fn text(&mut self, line: &[u8], frame: &mut Frame) {
        if Notice::parse_text(line).is_some() {
            frame.kind = Kind::Report;
            frame.name = lossy(line);
            frame.sent(Direction::FromModule);
            return;
        }
        frame.bytes = self.secrets.without_seen(&frame.bytes);
        let legible = core::str::from_utf8(&frame.bytes)
            .is_ok_and(|text| !text.contains(|c: char| c.is_control() && c != '\t'));
        if legible {
            frame.fields = vec![Some(lossy(&frame.bytes))];
            frame.meaning = if self.context.data_due {
                frame.section = Name::Pub.section();
                "the data or its echo".into()
            } else {
                "text".into()
            };
        } else {
            frame.meaning = "noise".into();
        }
    }

    /// Whether a line `+X: ..` answers a command or reports by itself.
    fn kind_of(&self, info: &Info<'_>, response: &Response<'_>) -> Kind {
        let name = text_of(info.name);
        if matches!(response, Response::Report(Report::Answer(_))) || name == "QMTCFG" {
            return Kind::Info;
        }
        if name.starts_with("QMT") {
            return match is_result(info) {
                true => Kind::Report,
                false => Kind::Info,
            };
        }
        let urc = URCS.contains(&name);
        let asked = self
            .context
            .pending
            .as_ref()
            .is_some_and(|pending| pending.name == name && (pending.verb != Verb::Set || !urc));
        // The answer to a read of these has one value more than the report.
        let news = name == "CEREG" && matches!(response, Response::Report(Report::Notice(_)));
        match urc && (!asked || news) {
            true => Kind::Report,
            false => Kind::Info,
        }
    }

    fn part(&mut self, piece: &Piece) -> Frame {
        let (mut shown, secret) = self.secrets.masked(&piece.bytes);
        if self.secret_part {
            shown = b"***".to_vec();
        }
        self.secret_part |= secret;
        let mut frame = Frame::new(piece.place, Kind::Text, self.secrets.without_seen(&shown));
        frame.damage = Some("part of a line that is too long".into());
        frame
    }
}

/// Whether a line of MQTT has the shape of a result or report, not of an answer.
fn is_result(info: &Info<'_>) -> bool {
    let mut args = info.args;
    let mut at = 0;
    while let Ok(Some(field)) = args.field() {
        match field {
            Field::Group(_) | Field::Bare([b'<', ..]) => return false,
            // +QMTOPEN: 0,"host",1883
            Field::Quoted(_) if at == 1 && text_of(info.name) == "QMTOPEN" => return false,
            _ => {}
        }
        at += 1;
    }
    true
}

/// The arguments of a line, without quotes and blanks around them.
fn fields(mut args: Args<'_>) -> Vec<Option<String>> {
    let mut fields = Vec::new();
    loop {
        let rest = args.rest();
        match args.field() {
            Ok(None) => return fields,
            Ok(Some(Field::Bare(text) | Field::Quoted(text) | Field::Group(text))) => {
                fields.push(Some(lossy(text)));
            }
            Ok(Some(_)) => fields.push(None),
            Err(_) => {
                fields.push(Some(lossy(rest.trim_ascii())));
                return fields;
            }
        }
    }
}

/// A name, which is ASCII, as text.
fn text_of<N: AsRef<[u8]> + ?Sized>(name: &N) -> &str {
    core::str::from_utf8(name.as_ref()).unwrap_or_default()
}

pub(super) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
