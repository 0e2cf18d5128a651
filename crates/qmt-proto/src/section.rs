//! Where a command or a line is described: the note's section, or another standard's.

use crate::{Answer, Command, FinalResult, Name, Notice, Report};

impl Name {
    /// Where the command is described; none for Quectel's own that the note does not describe.
    pub const fn section(self) -> Option<&'static str> {
        Some(match self {
            Self::Cfg => "QMT §3.3.1",
            Self::Open => "QMT §3.3.2",
            Self::Close => "QMT §3.3.3",
            Self::Conn => "QMT §3.3.4",
            Self::Disc => "QMT §3.3.5",
            Self::Sub => "QMT §3.3.6",
            Self::Uns => "QMT §3.3.7",
            Self::Pub => "QMT §3.3.8",
            Self::Cmee => "TS 27.007 §9.1",
            Self::Qsclk => "QMT §6.1",
            Self::Cgatt => "TS 27.007 §10.1.9",
            Self::Cereg => "TS 27.007 §10.1.22",
            Self::Csq => "TS 27.007 §8.5",
            Self::Cgpaddr => "TS 27.007 §10.1.14",
            Self::Ipr => "V.250 §6.2.10",
            Self::Qrst => return None,
        })
    }
}

impl Command<'_> {
    /// Where the command is described, if the note or a standard does.
    pub const fn section(&self) -> Option<&'static str> {
        match self {
            Self::Attention => Some("V.250 §5.2.1"),
            Self::Echo(_) => Some("V.250 §6.2.4"),
            Self::Verbose(_) => Some("V.250 §6.2.6"),
            Self::Identify => Some("V.250 §6.1.3"),
            other => match other.name() {
                Some(name) => name.section(),
                None => None,
            },
        }
    }
}

impl Report<'_> {
    /// Where the line is described, if the note or a standard does.
    pub const fn section(&self) -> Option<&'static str> {
        let name = match self {
            Self::Opened { .. } => Name::Open,
            Self::Closed { .. } => Name::Close,
            Self::Connected { .. } => Name::Conn,
            Self::Disconnected { .. } => Name::Disc,
            Self::Subscribed { .. } => Name::Sub,
            Self::Unsubscribed { .. } => Name::Uns,
            Self::Published { .. } => Name::Pub,
            Self::LinkLost { .. } => return Some("QMT §5.1"),
            Self::Received(_) => return Some("QMT §5.2"),
            Self::Answer(answer) => answer.name(),
            Self::Notice(notice) => return notice.section(),
        };
        name.section()
    }
}

impl Answer<'_> {
    /// The command it answers.
    pub const fn name(&self) -> Name {
        match self {
            Self::Setting(_) => Name::Cfg,
            Self::Client { .. } => Name::Open,
            Self::State { .. } => Name::Conn,
            Self::Test { name, .. } => *name,
            Self::ErrorFormat(_) => Name::Cmee,
            Self::Sleep(_) => Name::Qsclk,
            Self::Attached(_) => Name::Cgatt,
            Self::Registration { .. } => Name::Cereg,
            Self::Signal { .. } => Name::Csq,
            Self::Address { .. } => Name::Cgpaddr,
            Self::BaudRate(_) => Name::Ipr,
        }
    }
}

impl Notice<'_> {
    /// Where the line is described; none for Quectel's own, which the note does not describe.
    pub const fn section(&self) -> Option<&'static str> {
        match self {
            Self::Functionality(_) => Some("TS 27.007 §8.2"),
            Self::Sim(_) => Some("TS 27.007 §8.3"),
            Self::Registration(_) => Some("TS 27.007 §10.1.22"),
            Self::Ready | Self::Address(_) | Self::Power(_) | Self::Indication(_) => None,
        }
    }
}

impl FinalResult<'_> {
    /// Where the result code is described.
    pub const fn section(&self) -> &'static str {
        match self {
            Self::Ok | Self::Error => "QMT §3.1.2",
            Self::CmeError(code) if code.description().is_some() => "QMT §4 table 2",
            Self::CmeError(_) | Self::CmeText(_) => "TS 27.007 §9.2",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        CloseResult, CmeCode, ConnectionState, DisconnectResult, Host, KeepAlive, LinkId,
        LinkLossCode, MsgId, OpenResult, PacketResult, Payload, Received, Registration, Setting,
        Values,
    };

    #[test]
    fn every_command_of_the_note_has_its_section() {
        let told = |name: &Name| name.section().is_some_and(|s| s.starts_with("QMT §3.3."));
        assert_eq!(Name::ALL.iter().filter(|name| told(name)).count(), 8);
        let untold = Name::ALL.iter().filter(|name| name.section().is_none());
        assert_eq!(untold.count(), 1);
        let link = LinkId::ALL[0];
        assert_eq!(Command::Close(link).section(), Some("QMT §3.3.3"));
        assert_eq!(Command::Attention.section(), Some("V.250 §5.2.1"));
        assert_eq!(Command::Echo(true).section(), Some("V.250 §6.2.4"));
        assert_eq!(Command::Verbose(true).section(), Some("V.250 §6.2.6"));
        assert_eq!(Command::Identify.section(), Some("V.250 §6.1.3"));
        assert_eq!(Command::Restart.section(), None);
    }

    #[test]
    fn lines_are_found_where_the_note_describes_them() {
        let cause = LinkLossCode::PINGREQ;
        let link = LinkId::ALL[0];
        assert_eq!(Report::LinkLost { link, cause }.section(), Some("QMT §5.1"));
        for (notice, section) in [
            (Notice::Ready, None),
            (Notice::Address(b""), None),
            (Notice::Functionality(1), Some("TS 27.007 §8.2")),
            (Notice::Sim(b"READY"), Some("TS 27.007 §8.3")),
            (
                Notice::Registration(Registration::HOME),
                Some("TS 27.007 §10.1.22"),
            ),
        ] {
            assert_eq!(Report::Notice(notice).section(), section);
        }
        let result = PacketResult::DONE;
        let msg_id = MsgId::new(1).unwrap();
        let values = Values::default();
        let (opened, closed) = (OpenResult::OPENED, CloseResult::CLOSED);
        let disconnected = DisconnectResult::DISCONNECTED;
        let message = Received {
            link,
            msg_id: 0,
            topic: b"t",
            counted: true,
            payload: Payload::Text(b""),
        };
        for (report, section) in [
            (
                Report::Opened {
                    link,
                    result: opened,
                },
                "QMT §3.3.2",
            ),
            (
                Report::Closed {
                    link,
                    result: closed,
                },
                "QMT §3.3.3",
            ),
            (
                Report::Connected {
                    link,
                    result,
                    code: None,
                },
                "QMT §3.3.4",
            ),
            (
                Report::Disconnected {
                    link,
                    result: disconnected,
                },
                "QMT §3.3.5",
            ),
            (
                Report::Subscribed {
                    link,
                    msg_id,
                    result,
                    values,
                },
                "QMT §3.3.6",
            ),
            (
                Report::Unsubscribed {
                    link,
                    msg_id,
                    result,
                },
                "QMT §3.3.7",
            ),
            (
                Report::Published {
                    link,
                    msg_id: 0,
                    result,
                    value: None,
                },
                "QMT §3.3.8",
            ),
            (Report::Received(message), "QMT §5.2"),
        ] {
            assert_eq!(report.section(), Some(section));
        }
        assert_eq!(Command::Restart.section(), None);
        assert_eq!(FinalResult::Ok.section(), "QMT §3.1.2");
        let known = FinalResult::CmeError(CmeCode::LINK);
        assert_eq!(known.section(), "QMT §4 table 2");
        assert_eq!(FinalResult::CmeText(b"").section(), "TS 27.007 §9.2");
        assert_eq!(
            FinalResult::CmeError(CmeCode(3)).section(),
            "TS 27.007 §9.2"
        );
    }

    #[test]
    fn every_answer_knows_its_command() {
        let link = LinkId::ALL[0];
        let status = Registration::HOME;
        let state = ConnectionState::CONNECTED;
        let host = Host::new("h").unwrap();
        for (answer, name) in [
            (
                Answer::Setting(Setting::KeepAlive(KeepAlive::NEVER)),
                Name::Cfg,
            ),
            (
                Answer::Client {
                    link,
                    host,
                    port: 1,
                },
                Name::Open,
            ),
            (Answer::State { link, state }, Name::Conn),
            (
                Answer::Test {
                    name: Name::Sub,
                    values: b"",
                },
                Name::Sub,
            ),
            (Answer::ErrorFormat(0), Name::Cmee),
            (Answer::Sleep(0), Name::Qsclk),
            (Answer::Attached(true), Name::Cgatt),
            (Answer::Registration { reports: 0, status }, Name::Cereg),
            (Answer::Signal { rssi: 1, ber: 1 }, Name::Csq),
            (
                Answer::Address {
                    cid: 0,
                    address: None,
                },
                Name::Cgpaddr,
            ),
            (Answer::BaudRate(0), Name::Ipr),
        ] {
            assert_eq!(answer.name(), name);
            assert_eq!(Report::Answer(answer).section(), name.section());
        }
    }
}
