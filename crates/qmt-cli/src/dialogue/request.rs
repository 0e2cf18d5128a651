//! A command line to be sent, and what is to be expected after it.

use core::time::Duration;

use at_syntax::{Frame, Framer, Request as Syntax, Verb};
use qmt_proto::{
    Body, Command, Config, DataFormat, Expect, LinkId, PacketTimeout, Report, RequestDialect,
    Response, Setting, TimeoutUpdate, limits,
};

use super::Role;
use super::reply::judge;

/// A command line, and what the note says about its answer.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Without the CR.
    pub(crate) line: Vec<u8>,
    /// Upper case; empty for basic commands.
    name: String,
    verb: Verb,
    pub(super) expect: Expect,
    /// The link it is about, if it is about one.
    pub(super) link: Option<LinkId>,
    /// What its deferred result is recognised by, if it has one.
    pub(super) key: Option<Key>,
    pub(crate) data: Option<DataMode>,
    /// Whether nobody here knows it, so that it may ask for data too.
    is_unknown: bool,
    /// What an `OK` changes for the dialogue.
    pub(super) change: Option<Change>,
}

/// The data that a command asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DataMode {
    /// Ended by Ctrl+Z.
    Terminated,
    /// So many bytes.
    Counted(usize),
}

impl DataMode {
    /// What goes to the module at its prompt for `payload`.
    pub(crate) fn bytes(self, payload: &[u8]) -> Vec<u8> {
        match self {
            Self::Terminated => [payload, &[0x1A]].concat(),
            Self::Counted(_) => payload.to_vec(),
        }
    }
}

/// What a deferred result is recognised by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) link: LinkId,
    /// `None` where there is none.
    pub(super) msg_id: Option<u16>,
}

/// An option of a link that matters for what comes later.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Formats {
        link: LinkId,
        send: DataFormat,
        recv: DataFormat,
    },
    Timeout {
        link: LinkId,
        update: TimeoutUpdate,
    },
}

impl Request {
    /// Understands a command line as far as it is known; any other is sent too.
    pub(crate) fn new(line: &[u8], dialect: &RequestDialect) -> Self {
        let line = line.trim_ascii_end().to_vec();
        let mut request = Self {
            name: String::new(),
            verb: Verb::Execute,
            expect: Expect::Nothing,
            link: None,
            key: None,
            data: None,
            is_unknown: true,
            change: None,
            line,
        };
        if let Ok(syntax) = Syntax::parse(&request.line) {
            if syntax.extended {
                request.name = syntax.name.to_ascii_uppercase();
            }
            request.verb = syntax.verb;
        }
        let bytes = [&request.line[..], b"\r"].concat();
        let frame = Framer::requests().next_frame(&bytes, dialect).frame;
        if let Some(Ok(command)) = frame.map(Command::parse) {
            request.understand(&command);
        }
        request
    }

    fn understand(&mut self, command: &Command<'_>) {
        self.is_unknown = false;
        self.expect = command.expect();
        self.link = command.link();
        let within = command.deferred_within(&PacketTimeout::DEFAULT);
        if let (Some(name), Some(link), Some(_)) = (command.name(), self.link, within) {
            let msg_id = match command {
                Command::Subscribe(subscribe) => Some(subscribe.msg_id.get()),
                Command::Unsubscribe(unsubscribe) => Some(unsubscribe.msg_id.get()),
                Command::Publish(publish) => Some(publish.delivery.wire_id()),
                _ => None,
            };
            let name = name.as_str();
            self.key = Some(Key { name, link, msg_id });
        }
        match *command {
            Command::Publish(publish) => {
                self.data = match publish.body {
                    Body::Prompt => Some(DataMode::Terminated),
                    Body::PromptCounted(len) => Some(DataMode::Counted(usize::from(len.get()))),
                    Body::Inline(_) => None,
                }
            }
            Command::Config(Config::Set(link, Setting::DataFormat { send, recv })) => {
                self.change = Some(Change::Formats { link, send, recv });
            }
            Command::Config(Config::Set(link, Setting::Timeout(update))) => {
                self.change = Some(Change::Timeout { link, update });
            }
            _ => {}
        }
    }

    /// What it is called where commands are counted: `AT+QMTPUB`, `AT+QMTPUB?`, `ATE0`.
    pub(crate) fn label(&self) -> String {
        let end = match self.verb {
            Verb::Test => "=?",
            Verb::Read => "?",
            _ => "",
        };
        match self.name.is_empty() {
            true => String::from_utf8_lossy(&self.line).to_ascii_uppercase(),
            false => format!("AT+{}{end}", self.name),
        }
    }

    /// Whether a line of the module is its deferred result.
    pub(crate) fn is_ended_by(&self, line: &[u8]) -> bool {
        let response = Response::parse(Frame::Line(line.trim_ascii()), Expect::Nothing);
        match (response, self.key) {
            (Response::Report(report), Some(key)) => {
                judge(&report, key).0 == Role::Result && !matches!(report, Report::LinkLost { .. })
            }
            _ => false,
        }
    }

    /// Whether it asks for data, or may do so.
    pub(crate) const fn may_prompt(&self) -> bool {
        self.data.is_some() || self.is_unknown && matches!(self.verb, Verb::Set)
    }

    /// Whether a result follows its `OK`.
    pub(crate) const fn is_deferred(&self) -> bool {
        self.key.is_some()
    }

    /// How long after `OK` its deferred result may take (QMT §3.3.2 to §3.3.8), if it has one.
    /// `timeouts` are those of the links.
    pub(super) fn deferred_within(&self, timeouts: &[PacketTimeout]) -> Option<Duration> {
        let key = self.key?;
        Some(match key.name {
            "QMTOPEN" => Duration::from_millis(limits::OPEN_RESPONSE_MS),
            "QMTCLOSE" | "QMTDISC" => Duration::from_millis(limits::SHORT_RESPONSE_MS),
            _ => {
                let timeout = timeouts.get(usize::from(key.link.get()));
                timeout.unwrap_or(&PacketTimeout::DEFAULT).max_wait()
            }
        })
    }

    /// Whether a line of the name `name` is its answer, even if the module says such lines by
    /// itself too.
    pub(super) fn asks_for(&self, name: &[u8]) -> bool {
        self.verb != Verb::Set && self.name.as_bytes().eq_ignore_ascii_case(name)
    }

    /// How long its final result code may take. What waits for the network may take minutes.
    pub(super) fn final_within(&self) -> Duration {
        let slow = matches!(self.name.as_str(), "CGATT" | "COPS" | "CFUN" | "CGACT");
        Duration::from_secs(if slow { 185 } else { 10 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(line: &str) -> Request {
        Request::new(line.as_bytes(), &RequestDialect::default())
    }

    #[test]
    fn a_command_tells_what_comes_after_it() {
        let publish = request("AT+QMTPUB=1,7,1,0,\"a\",3");
        assert_eq!(publish.data, Some(DataMode::Counted(3)));
        let key = publish.key.unwrap();
        assert_eq!((key.name, key.msg_id), ("QMTPUB", Some(7)));
        assert_eq!(
            request("AT+QMTPUB=0,0,0,0,\"a\"").data,
            Some(DataMode::Terminated)
        );
        assert_eq!(request("AT+QMTPUB=0,0,0,0,\"a\",2,\"hi\"").data, None);
        assert!(request("at+qmtopen=0,\"h\",1883").key.is_some());
        for line in ["AT", "AT+CSQ", "AT+QMTOPEN?", "AT+QMTPUB=?", "nonsense"] {
            assert!(request(line).key.is_none(), "{line}");
        }
    }

    #[test]
    fn a_read_asks_for_lines_of_its_name_and_a_write_does_not() {
        assert!(request("AT+CPIN?").asks_for(b"CPIN"));
        assert!(request("at+csq").asks_for(b"CSQ"));
        assert!(!request("AT+CFUN=1").asks_for(b"CFUN"));
        assert!(!request("AT+CSQ").asks_for(b"CPIN"));
    }
}
