//! What the capture has shown so far: the command that awaits its result, the formats of links.

use at_syntax::{Args, Framer, Request, Verb};
use qmt_proto::{
    Answer, Body, Command, Config, DataFormat, Expect, LinkId, Notice, Report, RequestDialect,
    ResponseDialect, Setting,
};

use super::data_mode::Wanted;

/// The state of the dialogue, as far as a listener knows it.
#[derive(Debug, Default)]
pub(crate) struct Context {
    pub(crate) responses: ResponseDialect,
    pub(crate) requests: RequestDialect,
    /// Links whose receive format the user told.
    told: [bool; LinkId::COUNT],
    /// Whether the capture shows command lines at all.
    commands_seen: bool,
    pub(crate) pending: Option<Pending>,
    /// Whether lines may be data or its echo.
    pub(crate) data_due: bool,
}

/// A command that awaits its final result code.
#[derive(Debug)]
pub(crate) struct Pending {
    line: Vec<u8>,
    /// Upper case; empty for basic commands.
    pub(crate) name: String,
    pub(crate) verb: Verb,
    pub(crate) expect: Expect,
    link: Option<LinkId>,
    /// Whether it is unknown or prints a prompt.
    may_prompt: bool,
    wanted: Wanted,
    formats: Option<(DataFormat, DataFormat)>,
}

impl Context {
    /// The user says that these links receive in hex.
    pub(crate) fn tell_hex(&mut self, link: Option<LinkId>) {
        for id in LinkId::ALL {
            if link.is_none_or(|link| link == id) {
                self.set_recv(id, DataFormat::Hex);
                self.told[usize::from(id.get())] = true;
            }
        }
    }

    /// A command line, without its end. True: the same line as before, and nothing in between.
    pub(crate) fn command(&mut self, line: &[u8]) -> bool {
        self.commands_seen = true;
        if self.pending.as_ref().is_some_and(|p| p.line == line) {
            return true;
        }
        self.data_due = false;
        self.pending = Some(self.pending(line));
        false
    }

    fn pending(&self, line: &[u8]) -> Pending {
        let mut pending = Pending {
            line: line.to_vec(),
            name: String::new(),
            verb: Verb::Execute,
            expect: Expect::Nothing,
            link: None,
            may_prompt: false,
            wanted: Wanted::default(),
            formats: None,
        };
        if let Ok(request) = Request::parse(line) {
            if request.extended {
                pending.name = request.name.to_ascii_uppercase();
            }
            pending.verb = request.verb;
            pending.may_prompt = request.verb == Verb::Set;
        }
        let bytes = [line, b"\r"].concat();
        let Some(Ok(command)) = Framer::requests()
            .next_frame(&bytes, &self.requests)
            .frame
            .map(Command::parse)
        else {
            return pending;
        };
        pending.link = command.link();
        pending.may_prompt = false;
        match command {
            Command::Config(Config::Query(_, option)) => pending.expect = Expect::Config(option),
            Command::Config(Config::Set(_, Setting::DataFormat { send, recv })) => {
                pending.formats = Some((send, recv));
            }
            Command::Read(name) | Command::Execute(name) => pending.expect = Expect::Read(name),
            Command::Test(name) => pending.expect = Expect::Test(name),
            Command::Publish(publish) => {
                let send = self.requests.send_format[usize::from(publish.link.get())];
                pending.wanted.hex = send == DataFormat::Hex;
                match publish.body {
                    Body::Prompt => pending.may_prompt = true,
                    Body::PromptCounted(count) => {
                        pending.may_prompt = true;
                        pending.wanted.count = Some(usize::from(count.get()));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        pending
    }

    /// A final result code: the command is done.
    pub(crate) fn result(&mut self, ok: bool) {
        self.data_due = false;
        if let Some(Pending {
            formats: Some(formats),
            link: Some(link),
            ..
        }) = self.pending.take()
            && ok
        {
            self.set_formats(link, formats);
        }
    }

    /// A line that was understood.
    pub(crate) fn report(&mut self, report: &Report<'_>) {
        match report {
            Report::Answer(Answer::Setting(Setting::DataFormat { send, recv })) => {
                if let Some(link) = self.pending.as_ref().and_then(|pending| pending.link) {
                    self.set_formats(link, (*send, *recv));
                }
            }
            Report::Notice(Notice::Ready) => {
                for link in LinkId::ALL {
                    self.set_formats(link, (DataFormat::Text, DataFormat::Text));
                }
                self.pending = None;
                self.data_due = false;
            }
            _ => {}
        }
    }

    /// Whether `>` at the start of a line is the prompt now. In a capture without commands it
    /// always may be.
    pub(crate) fn prompt_armed(&self) -> bool {
        match &self.pending {
            Some(pending) => pending.may_prompt && !self.data_due,
            None => !self.commands_seen,
        }
    }

    /// What the module waits for after its prompt.
    pub(crate) fn wanted(&self) -> Wanted {
        self.pending
            .as_ref()
            .map(|pending| pending.wanted)
            .unwrap_or_default()
    }

    /// What the next line may be the answer to.
    pub(crate) fn expect(&self) -> Expect {
        self.pending
            .as_ref()
            .map(|pending| pending.expect)
            .unwrap_or_default()
    }

    fn set_formats(&mut self, link: LinkId, (send, recv): (DataFormat, DataFormat)) {
        let at = usize::from(link.get());
        self.requests.send_format[at] = send;
        if !self.told[at] {
            self.set_recv(link, recv);
        }
    }

    fn set_recv(&mut self, link: LinkId, format: DataFormat) {
        self.responses.recv_format[usize::from(link.get())] = format;
    }
}

/// Whether a line that starts with `AT` is a command.
pub(crate) fn is_command(line: &[u8]) -> bool {
    // Words such as ATTENTION are none: a basic command is short and has no blank in it.
    let short = |args: Args<'_>| args.rest().len() <= 8 && !args.rest().contains(&b' ');
    Request::body(line).is_some_and(|body| match Request::parse(line) {
        Ok(request) => request.extended || short(request.args),
        Err(_) => body.starts_with(b"+"),
    })
}
