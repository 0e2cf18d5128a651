//! Carrying out a command line.

use alloc::string::String;

use at_syntax::Args;
use at_syntax::{Frame, Request};
use qmt_proto::{
    Answer, CmeCode, Command, Config, ConnectionState, DecodeError, Host, Instant, LinkId, Name,
    OpenResult, Report,
};

use crate::link::Phase;
use crate::output::INCORRECT;
use crate::quirks::{BadOpen, EmptyQuery, ParameterError};
use crate::{Modem, neighbour};

impl Modem {
    /// Carries out one command line (QMT §3.1.2 write, read, test, execute); everything but data mode answers it here.
    pub(crate) fn execute(&mut self, now: Instant, frame: Frame<'_>) {
        if !self.begin_command(now) {
            return;
        }
        if let Frame::Line(line) = frame
            && Request::body(line).is_none()
        {
            // QMT §3.1.2 prefix: every command line starts with AT.
            if self.config.quirks.stray_line_error {
                self.out.error();
            }
            return;
        }
        let command = match Command::parse(frame) {
            Ok(command) => command,
            Err(error) => return self.try_neighbour(now, frame, error),
        };
        match command {
            Command::Config(Config::Query(link, option)) => {
                let link = self.link(link);
                if let Some(setting) = link.settings.get(option) {
                    let report = Report::Answer(Answer::Setting(setting));
                    // The answer borrows the link, so the line is written beside it.
                    let line = crate::render::render(&report, &self.config.quirks);
                    self.out.info_text(&line, &self.config.quirks);
                    self.out.ok();
                } else {
                    self.show_nothing();
                }
            }
            Command::Config(Config::Set(link, setting)) => {
                if !self.forgets_setting() {
                    self.link_mut(link).settings.set(&setting);
                }
                self.out.ok();
            }
            Command::Open(open) => self.open(now, &open),
            Command::Close(link) => self.close(link),
            Command::Connect(connect) => self.connect(now, &connect),
            Command::Disconnect(link) => self.disconnect(now, link),
            Command::Subscribe(subscribe) => self.subscribe(now, &subscribe),
            Command::Unsubscribe(unsubscribe) => self.unsubscribe(now, &unsubscribe),
            Command::Publish(publish) => self.start_publish(now, &publish),
            Command::Test(name) => self.test(name),
            Command::Read(Name::Open) => self.read_clients(),
            Command::Read(Name::Conn) => self.read_states(),
            // These two have no read form, only an execution form.
            Command::Read(Name::Csq | Name::Cgpaddr) => self.out.error(),
            Command::Read(name) | Command::Execute(name @ (Name::Csq | Name::Cgpaddr)) => {
                self.answer(name);
            }
            other => self.execute_system(now, &other),
        }
    }

    /// A command that is none of QMT §3.3 may be one of the module's others.
    fn try_neighbour(&mut self, now: Instant, frame: Frame<'_>, error: DecodeError) {
        let answered = match frame {
            Frame::Line(line) if error == DecodeError::Unknown => Request::parse(line)
                .map_err(DecodeError::from)
                .and_then(|request| self.execute_neighbour(now, &request)),
            _ => Err(error),
        };
        if let Err(error) = answered {
            self.misunderstand(frame, error);
        }
    }

    /// A command that cannot be understood: `ERROR` in every mode of CMEE (QMT §3.3 errors, FACTS
    /// §2.6), unless the quirks have another answer.
    fn misunderstand(&mut self, frame: Frame<'_>, error: DecodeError) {
        let quirks = self.config.quirks;
        let name = match frame {
            Frame::Line(line) => Request::parse(line).ok().map(|request| request.name),
            Frame::Data(line) => Some(line.name),
            _ => None,
        };
        if name.and_then(Name::new) == Some(Name::Open)
            && quirks.bad_open == BadOpen::Result
            && let Some(link) = link_of(frame)
        {
            self.accept(link, Name::Open);
            return self.opened(link, OpenResult::WRONG_PARAMETER);
        }
        let is_argument = error != DecodeError::Unknown && name.is_some_and(neighbour::is_known);
        match quirks.parameter_error {
            ParameterError::Incorrect if is_argument => self.fail(INCORRECT),
            ParameterError::Mqtt if is_argument => {
                let is_mqtt = name.is_some_and(|name| name.to_ascii_uppercase().starts_with("QMT"));
                self.fail(if is_mqtt {
                    CmeCode::INVALID_PARAMETER
                } else {
                    INCORRECT
                });
            }
            _ => self.out.error(),
        }
    }

    /// Nothing to show for a query: `OK` or `ERROR`, says the note (QMT §3.3.1 note 4).
    fn show_nothing(&mut self) {
        match self.config.quirks.empty_query {
            EmptyQuery::Ok => self.out.ok(),
            EmptyQuery::Error => self.out.error(),
        }
    }

    /// A failure of the module, not of the command (QMT §4 `<err>`).
    pub(crate) fn fail(&mut self, code: CmeCode) {
        let format = self.system.error_format;
        self.out.failure(code, format, &self.config.quirks);
    }

    pub(crate) fn answer(&mut self, name: Name) {
        let Some(answer) = self.read_system(name) else {
            return self.out.error();
        };
        let mut line = crate::render::render(&Report::Answer(answer), &self.config.quirks);
        if name == Name::Cereg {
            line.extend(self.cell().into_iter().flat_map(String::into_bytes));
        }
        self.out.info_text(&line, &self.config.quirks);
        self.out.ok();
    }

    /// `AT+QMTOPEN?` (QMT §3.3.2 read and note).
    fn read_clients(&mut self) {
        let mut shown = false;
        for (id, link) in LinkId::ALL.into_iter().zip(&self.links) {
            if let Some(server) = link.server()
                && let Ok(host) = Host::new(&server.host)
            {
                let answer = Answer::Client {
                    link: id,
                    host,
                    port: server.port,
                };
                self.out.info(&Report::Answer(answer), &self.config.quirks);
                shown = true;
            }
        }
        if shown {
            self.out.ok();
        } else {
            self.show_nothing();
        }
    }

    /// `AT+QMTCONN?` (QMT §3.3.4 read, note 2, `<state>` 1..=4).
    fn read_states(&mut self) {
        let mut shown = false;
        for (id, link) in LinkId::ALL.into_iter().zip(&self.links) {
            let state = match &link.phase {
                Phase::Opened(_) => ConnectionState::INITIALIZING,
                Phase::Client(_, client) => client.state(),
                _ => continue,
            };
            let answer = Answer::State { link: id, state };
            self.out.info(&Report::Answer(answer), &self.config.quirks);
            shown = true;
        }
        if shown {
            self.out.ok();
        } else {
            self.show_nothing();
        }
    }

    /// `AT+<name>=?` (QMT §3.3.1 test, §3.3.2 test, §3.3.3 test, §3.3.4 test, §3.3.5 test, §3.3.6
    /// test, §3.3.7 test, §3.3.8 test).
    fn test(&mut self, name: Name) {
        let lines: &[&str] = match name {
            Name::Cfg => &CONFIG,
            Name::Open => &["+QMTOPEN: (0-4),<host_name>,(1-65535)"],
            Name::Close => &["+QMTCLOSE: (0-4)"],
            Name::Conn => &["+QMTCONN: (0-4),<clientID>,<username>,<password>"],
            Name::Disc => &["+QMTDISC: (0-4)"],
            // The odd blanks are the module's own (QMT §6.1).
            Name::Sub => &["+QMTSUB : (0-4), (1-65535),<topic>, (0-2),<topic>, (0-2),..."],
            Name::Uns => &["+QMTUNS: (0-4),(1-65535),<topic>,<topic>,..."],
            Name::Pub => &["+QMTPUB: (0-4),(0-65535),(0-2),(0,1),<topic>,(0-1460),<msg>"],
            Name::Cmee => &["+CMEE: (0-2)"],
            Name::Qsclk => &["+QSCLK: (0-2)"],
            Name::Cgatt => &["+CGATT: (0,1)"],
            Name::Cereg => &["+CEREG: (0-5)"],
            Name::Csq => &["+CSQ: (0-31,99),(0-7,99)"],
            Name::Cgpaddr => &["+CGPADDR: (0)"],
            Name::Ipr => &["+IPR: (0,2400,4800,9600,19200,38400,57600,115200,230400,460800)"],
            Name::Qrst => &["+QRST: (1)"],
            _ => return self.out.error(),
        };
        for line in lines {
            self.out.info_text(b"\r\n", &self.config.quirks);
            self.out.info_text(line.as_bytes(), &self.config.quirks);
        }
        self.out.ok();
    }
}

/// The link of a command line `AT+<name>=<link>,..`.
fn link_of(frame: Frame<'_>) -> Option<LinkId> {
    let Frame::Line(line) = frame else {
        return None;
    };
    let mut args: Args<'_> = Request::parse(line).ok()?.args;
    LinkId::new(args.int().ok()?)
}

/// The answer to `AT+QMTCFG=?`: ranges with a hyphen, lists with commas, as QMT §3.3.1 calls them.
const CONFIG: [&str; 9] = [
    "+QMTCFG: \"will\",(0-4),(0,1),(0-2),(0,1),<will_topic>,<will_msg>",
    "+QMTCFG: \"timeout\",(0-4),(1-60),(0-10),(0,1)",
    "+QMTCFG: \"session\",(0-4),(0,1)",
    "+QMTCFG: \"keepalive\",(0-4),(0-3600)",
    "+QMTCFG: \"aliauth\",(0-4),<product_key>,<device_name>,<device_secret>",
    "+QMTCFG: \"version\",(0-4),(0,1)",
    "+QMTCFG: \"showrecvlen\",(0-4),(0,1)",
    "+QMTCFG: \"echomode\",(0-4),(0,1)",
    "+QMTCFG: \"dataformat\",(0-4),(0,1),(0,1)",
];
