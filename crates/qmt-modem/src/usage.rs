//! What a host made use of: commands in their forms, and the codes it was shown.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;

use at_syntax::{Args, Frame, Request, Verb};
use qmt_proto::{Name, PacketResult, Report};

/// Forms that are kept: more than there are, and an end to what a host can invent.
const LONGEST: usize = 256;

/// Commands a host sent and codes it was shown, counted since the modem was made; a restart of the
/// module changes nothing here.
///
/// A command in one of its forms is named as it is written, without what stands for itself:
/// `AT+QMTOPEN=`, `AT+QMTCFG="will",<id>` for the query of an option and
/// `AT+QMTCFG="will",<id>,` for its setting, `AT+QMTPUB= (Ctrl+Z)`, `(counted)` and `(inline)`
/// for the three ways to give a payload. A code is named as `+QMTSTAT 2`, `+QMTCONN 0,5`, `OK`.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    forms: BTreeMap<String, Answers>,
    codes: BTreeMap<String, u64>,
    /// The command whose final result code is awaited.
    current: Option<String>,
}

/// How a command in one of its forms was answered. One that was interrupted counts nowhere.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "there are two final results")]
pub struct Answers {
    /// `OK`.
    pub ok: u64,
    /// `ERROR` or `+CME ERROR`.
    pub failed: u64,
}

impl Usage {
    /// Every form of every command of the application note (QMT §3.3).
    pub const FORMS: [&'static str; 39] = [
        "AT+QMTCFG=?",
        "AT+QMTCFG=\"will\",<id>",
        "AT+QMTCFG=\"will\",<id>,",
        "AT+QMTCFG=\"timeout\",<id>",
        "AT+QMTCFG=\"timeout\",<id>,",
        "AT+QMTCFG=\"session\",<id>",
        "AT+QMTCFG=\"session\",<id>,",
        "AT+QMTCFG=\"keepalive\",<id>",
        "AT+QMTCFG=\"keepalive\",<id>,",
        "AT+QMTCFG=\"aliauth\",<id>",
        "AT+QMTCFG=\"aliauth\",<id>,",
        "AT+QMTCFG=\"version\",<id>",
        "AT+QMTCFG=\"version\",<id>,",
        "AT+QMTCFG=\"showrecvlen\",<id>",
        "AT+QMTCFG=\"showrecvlen\",<id>,",
        "AT+QMTCFG=\"echomode\",<id>",
        "AT+QMTCFG=\"echomode\",<id>,",
        "AT+QMTCFG=\"dataformat\",<id>",
        "AT+QMTCFG=\"dataformat\",<id>,",
        "AT+QMTOPEN=?",
        "AT+QMTOPEN?",
        "AT+QMTOPEN=",
        "AT+QMTCLOSE=?",
        "AT+QMTCLOSE=",
        "AT+QMTCONN=?",
        "AT+QMTCONN?",
        "AT+QMTCONN=",
        "AT+QMTDISC=?",
        "AT+QMTDISC=",
        "AT+QMTSUB=?",
        "AT+QMTSUB=",
        "AT+QMTUNS=?",
        "AT+QMTUNS=",
        "AT+QMTPUB=?",
        "AT+QMTPUB= (Ctrl+Z)",
        "AT+QMTPUB= (counted)",
        "AT+QMTPUB= (inline)",
        "AT+QMTSUB= (several topics)",
        "AT+QMTUNS= (several topics)",
    ];

    /// Every code of the application note that a host may be shown (QMT §3.3, §5), and the two
    /// final result codes.
    pub const CODES: [&'static str; 41] = [
        "OK",
        "ERROR",
        "+QMTOPEN -1",
        "+QMTOPEN 0",
        "+QMTOPEN 1",
        "+QMTOPEN 2",
        "+QMTOPEN 3",
        "+QMTOPEN 4",
        "+QMTOPEN 5",
        "+QMTCLOSE -1",
        "+QMTCLOSE 0",
        "+QMTCONN 0,0",
        "+QMTCONN 0,1",
        "+QMTCONN 0,2",
        "+QMTCONN 0,3",
        "+QMTCONN 0,4",
        "+QMTCONN 0,5",
        "+QMTCONN 1",
        "+QMTCONN 2",
        "+QMTDISC -1",
        "+QMTDISC 0",
        "+QMTSUB 0,0",
        "+QMTSUB 0,1",
        "+QMTSUB 0,2",
        "+QMTSUB 0,128",
        "+QMTSUB 1",
        "+QMTSUB 2",
        "+QMTUNS 0",
        "+QMTUNS 1",
        "+QMTUNS 2",
        "+QMTPUB 0",
        "+QMTPUB 1",
        "+QMTPUB 2",
        "+QMTSTAT 1",
        "+QMTSTAT 2",
        "+QMTSTAT 3",
        "+QMTSTAT 4",
        "+QMTSTAT 5",
        "+QMTSTAT 6",
        "+QMTSTAT 7",
        "+QMTRECV",
    ];

    /// Commands by form, those of the note and others, in alphabetical order.
    pub fn forms(&self) -> impl Iterator<Item = (&str, Answers)> {
        self.forms.iter().map(|(form, answers)| (&**form, *answers))
    }

    /// Codes shown, those of the note and others, in alphabetical order.
    pub fn codes(&self) -> impl Iterator<Item = (&str, u64)> {
        self.codes.iter().map(|(code, count)| (&**code, *count))
    }

    /// How a form was answered.
    #[must_use]
    pub fn form(&self, form: &str) -> Answers {
        self.forms.get(form).copied().unwrap_or_default()
    }

    /// How often a code was shown.
    #[must_use]
    pub fn code(&self, code: &str) -> u64 {
        self.codes.get(code).copied().unwrap_or_default()
    }

    /// Commands that were answered.
    #[must_use]
    pub fn commands(&self) -> u64 {
        let answers = self.forms.values();
        answers.map(|answers| answers.ok + answers.failed).sum()
    }

    /// How many of [`FORMS`](Self::FORMS) were answered `OK` at least once.
    #[must_use]
    pub fn covered(&self) -> usize {
        let used = |form: &&&str| self.form(form).ok > 0;
        Self::FORMS.iter().filter(used).count()
    }

    /// Adds what another modem counted.
    pub fn add(&mut self, other: &Self) {
        for (form, answers) in &other.forms {
            let own = self.forms.entry(form.clone()).or_default();
            own.ok += answers.ok;
            own.failed += answers.failed;
        }
        for (code, count) in &other.codes {
            *self.codes.entry(code.clone()).or_default() += count;
        }
    }

    /// A command line is carried out.
    pub(crate) fn begin(&mut self, frame: &Frame<'_>) {
        self.current = form_of(frame);
    }

    /// A final result code is printed, `OK`, `ERROR` or `+CME ERROR: ..`.
    pub(crate) fn finish(&mut self, code: &[u8]) {
        let text = String::from_utf8_lossy(code).replace(':', "");
        // A line that was no command has no form.
        if let Some(form) = self.current.take()
            && (self.forms.len() < LONGEST || self.forms.contains_key(&form))
        {
            let answers = self.forms.entry(form).or_default();
            match code {
                b"OK" => answers.ok += 1,
                _ => answers.failed += 1,
            }
        }
        self.count(text);
    }

    /// A line that no final result code follows is printed.
    pub(crate) fn show(&mut self, report: &Report<'_>) {
        let code = match report {
            Report::Opened { result, .. } => format!("+QMTOPEN {}", result.0),
            Report::Closed { result, .. } => format!("+QMTCLOSE {}", result.0),
            Report::Connected {
                result: PacketResult::DONE,
                code: Some(code),
                ..
            } => format!("+QMTCONN 0,{}", code.0),
            Report::Connected { result, .. } => format!("+QMTCONN {}", result.0),
            Report::Disconnected { result, .. } => format!("+QMTDISC {}", result.0),
            Report::Subscribed {
                result: PacketResult::DONE,
                values,
                ..
            } => {
                for value in values.iter() {
                    self.count(format!("+QMTSUB 0,{value}"));
                }
                return;
            }
            Report::Subscribed { result, .. } => format!("+QMTSUB {}", result.0),
            Report::Unsubscribed { result, .. } => format!("+QMTUNS {}", result.0),
            Report::Published { result, .. } => format!("+QMTPUB {}", result.0),
            Report::LinkLost { cause, .. } => format!("+QMTSTAT {}", cause.0),
            Report::Received(_) => "+QMTRECV".into(),
            _ => return,
        };
        self.count(code);
    }

    fn count(&mut self, code: String) {
        *self.codes.entry(code).or_default() += 1;
    }
}

/// The name of a command in its form; `None` for what is no command.
fn form_of(frame: &Frame<'_>) -> Option<String> {
    let line = match frame {
        Frame::Data(line) => return Some(format!("AT+{}= (inline)", line.name)),
        Frame::Line(line) => Request::parse(line).ok()?,
        _ => return None,
    };
    let name = line.name.to_ascii_uppercase();
    if !line.extended {
        return Some(format!("AT{name}"));
    }
    let way = match line.verb {
        Verb::Execute => "",
        Verb::Read => "?",
        Verb::Test => "=?",
        Verb::Set => "=",
    };
    let mut form = format!("AT+{name}{way}");
    if line.verb == Verb::Set {
        match Name::new(line.name) {
            Some(Name::Cfg) => form.push_str(&option_of(line.args)?),
            Some(Name::Pub) if fields(line.args) > 5 => form.push_str(" (counted)"),
            Some(Name::Pub) => form.push_str(" (Ctrl+Z)"),
            Some(Name::Sub) if fields(line.args) > 4 => form.push_str(" (several topics)"),
            Some(Name::Uns) if fields(line.args) > 3 => form.push_str(" (several topics)"),
            _ => {}
        }
    }
    Some(form)
}

/// `"will",<id>` or `"will",<id>,`.
fn option_of(mut args: Args<'_>) -> Option<String> {
    let values = fields(args);
    let option = String::from_utf8_lossy(args.string().ok()?).to_ascii_lowercase();
    let set = if values > 2 { "," } else { "" };
    Some(format!("\"{option}\",<id>{set}"))
}

fn fields(mut args: Args<'_>) -> usize {
    let mut fields = 0;
    while !args.is_empty() && args.field().is_ok() {
        fields += 1;
    }
    fields
}
