//! What a module answered to one command.

use core::time::Duration;

use qmt_proto::{
    CmeCode, ConnectCode, DisconnectResult, FinalResult, Granted, OpenResult, PacketResult, Report,
};

use super::request::Key;
use crate::exit::Exit;

/// What a line of the module is to the command before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// An information response, or text.
    Answer,
    /// The final result code.
    Final,
    /// The deferred result.
    Result,
    /// The packet was sent again: the result is still to come.
    Progress,
    /// Something that was not asked for.
    News,
    /// The prompt.
    Prompt,
}

/// Everything that came of one command.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    /// Lines of the answer, without line ends.
    pub(crate) lines: Vec<Vec<u8>>,
    /// Other lines that came meanwhile.
    pub(crate) news: Vec<Vec<u8>>,
    /// `None`: it did not come in time.
    pub(crate) result: Option<Final>,
    /// The line of the deferred result, and what it says.
    pub(crate) deferred: Option<(Vec<u8>, Verdict)>,
    /// Whether the prompt came, and when.
    pub(crate) prompted: bool,
    pub(crate) prompted_after: Option<Duration>,
    /// Whether anything at all came.
    pub(crate) heard: bool,
    /// How long it took, from the command to the last line awaited.
    pub(crate) took: Duration,
}

/// A final result code.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Final {
    Ok,
    Error,
    Cme(CmeCode),
    CmeText(String),
}

/// What a deferred result comes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Verdict {
    /// The status of a program that wanted nothing else.
    pub(crate) exit: Exit,
    pub(crate) remedy: Option<&'static str>,
}

impl From<FinalResult<'_>> for Final {
    fn from(result: FinalResult<'_>) -> Self {
        match result {
            FinalResult::Ok => Self::Ok,
            FinalResult::Error => Self::Error,
            FinalResult::CmeError(code) => Self::Cme(code),
            FinalResult::CmeText(text) => Self::CmeText(String::from_utf8_lossy(text).into_owned()),
        }
    }
}

impl core::fmt::Display for Final {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Ok => f.write_str("OK"),
            Self::Error => f.write_str("ERROR"),
            Self::Cme(code) => write!(f, "+CME ERROR: {}", code.0),
            Self::CmeText(text) => write!(f, "+CME ERROR: {text}"),
        }
    }
}

impl Verdict {
    const DONE: Self = Self {
        exit: Exit::OK,
        remedy: None,
    };

    fn failed(exit: Exit, remedy: Option<&'static str>) -> Self {
        Self { exit, remedy }
    }
}

/// What `report` is to a command that waits for `key`.
pub(super) fn judge(report: &Report<'_>, key: Key) -> (Role, Option<Verdict>) {
    let same = |name: &str, msg_id: Option<u16>| {
        key.name == name && key.msg_id == msg_id && report.link() == Some(key.link)
    };
    let verdict = match *report {
        Report::Opened { result, .. } if same("QMTOPEN", None) => match result {
            OpenResult::OPENED => Verdict::DONE,
            _ => Verdict::failed(Exit::UNREACHABLE, result.remedy()),
        },
        Report::Closed { result, .. } if same("QMTCLOSE", None) => match result.0 {
            0 => Verdict::DONE,
            _ => Verdict::failed(Exit::MODULE, result.remedy()),
        },
        Report::Disconnected { result, .. } if same("QMTDISC", None) => match result {
            DisconnectResult::DISCONNECTED => Verdict::DONE,
            _ => Verdict::failed(Exit::MODULE, result.remedy()),
        },
        Report::Connected { result, code, .. } if same("QMTCONN", None) => match code {
            Some(code) if code != ConnectCode::ACCEPTED => {
                Verdict::failed(Exit::refused(code.0), code.remedy())
            }
            _ => return packet(result, Exit::UNREACHABLE),
        },
        Report::Subscribed {
            msg_id,
            result,
            values,
            ..
        } if same("QMTSUB", Some(msg_id.get())) => {
            let mut granted = values.iter().map(Granted);
            if result == PacketResult::DONE && granted.any(|it| it == Granted::REFUSED) {
                Verdict::failed(Exit::NOT_SUBSCRIBED, Granted::REFUSED.remedy())
            } else {
                return packet(result, Exit::UNKNOWN);
            }
        }
        Report::Unsubscribed { msg_id, result, .. } if same("QMTUNS", Some(msg_id.get())) => {
            return packet(result, Exit::UNKNOWN);
        }
        Report::Published { msg_id, result, .. } if same("QMTPUB", Some(msg_id)) => {
            return packet(result, Exit::UNKNOWN);
        }
        // What waits for the server will get no result any more; opening and closing have their
        // own.
        Report::LinkLost { link, cause }
            if link == key.link && !matches!(key.name, "QMTOPEN" | "QMTCLOSE" | "QMTDISC") =>
        {
            let exit = match key.name {
                "QMTCONN" => Exit::UNREACHABLE,
                _ => Exit::UNKNOWN,
            };
            Verdict::failed(exit, cause.remedy())
        }
        _ => return (Role::News, None),
    };
    (Role::Result, Some(verdict))
}

/// The result of a packet; `failed` is the status when it was given up.
fn packet(result: PacketResult, failed: Exit) -> (Role, Option<Verdict>) {
    match result {
        PacketResult::DONE => (Role::Result, Some(Verdict::DONE)),
        PacketResult::RETRANSMITTED => (Role::Progress, None),
        _ => {
            let verdict = Verdict::failed(failed, result.remedy());
            (Role::Result, Some(verdict))
        }
    }
}
