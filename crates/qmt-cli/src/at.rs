//! `qmt at`: sends AT commands one after another and prints what comes of each.

use core::time::Duration;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::time::Instant;

use crate::decode::{Secrets, escaped};
use crate::dialogue::{DataMode, Final, Patience, Port, Reply, Request, Role};
use crate::error::{CliError, note};
use crate::exit::Exit;
use crate::line::LineArgs;
use crate::signals::Signals;
use crate::trace::redactor;
use crate::words;

/// How long what is expected may take unless told otherwise.
const EXPECTED_WITHIN: Duration = Duration::from_secs(10);

/// What `qmt at` is told.
#[derive(Args, Debug)]
pub(crate) struct AtArgs {
    /// Command lines, such as AT+CSQ; `-` reads them
    ///
    /// With arguments in quotes: 'AT+QMTOPEN=0,"broker.example",1883'. `-` reads them from standard
    /// input, one on each line.
    #[arg(required = true, value_name = "COMMAND")]
    commands: Vec<String>,
    /// Text for the command that asks for data
    ///
    /// For AT+QMTPUB, at its prompt.
    #[arg(long, value_name = "TEXT", group = "data")]
    payload: Option<String>,
    /// The same from a file, or from `-`
    ///
    /// The bytes as they are; `-` is standard input.
    #[arg(long, value_name = "PATH", group = "data")]
    payload_file: Option<PathBuf>,
    /// Wait for a line with this text; repeatable
    ///
    /// Lines are awaited in this order.
    #[arg(long, value_name = "TEXT")]
    expect: Vec<String>,
    /// Longest time for each answer or result
    ///
    /// Also for what is expected. Otherwise the note's: an answer 10 s, +QMTOPEN 176 s; and 10 s
    /// for what is expected.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Go on after a command that failed
    ///
    /// The status is that of the first one.
    #[arg(long)]
    keep_going: bool,
    /// Do not wait for results that come after OK
    ///
    /// Such as +QMTOPEN.
    #[arg(long)]
    no_wait: bool,
    /// Send no AT first
    ///
    /// It finds out whether the module is awake.
    #[arg(long)]
    no_wake: bool,
    /// Print one JSON object for each command
    #[arg(long)]
    json: bool,
    /// Show passwords and device secrets
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    line: LineArgs,
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|limit| !limit.is_zero())
        .ok_or_else(|| "a time is a number of seconds above 0".to_owned())
}

/// Sends the commands until one fails.
pub(crate) async fn run(args: AtArgs) -> Result<Exit, CliError> {
    let mut signals = Signals::watch()?;
    let payload = args.payload().await?;
    let commands = args.commands().await?;
    let tap = args.line.tap(&redactor(None))?;
    let mut talk = Talk {
        port: Port::new(args.line.open().await?, tap),
        printer: Printer {
            json: args.json,
            secrets: Secrets::new(args.show_secrets),
            failed: None,
        },
        expected: args.expect.iter().map(String::as_str).collect(),
        payload,
        args: &args,
    };
    let ended = tokio::select! {
        ended = talk.run(&commands) => ended,
        exit = signals.next() => Ok(exit),
    };
    talk.port.close().await;
    ended
}

impl AtArgs {
    async fn payload(&self) -> Result<Option<Vec<u8>>, CliError> {
        let Some(path) = &self.payload_file else {
            return Ok(self.payload.clone().map(String::into_bytes));
        };
        let name = path.display();
        let read = match path.as_os_str() == "-" {
            true => stdin().await,
            false => tokio::fs::read(path).await,
        };
        read.map(Some)
            .map_err(|error| CliError::io(format!("cannot read {name}"), &error))
    }

    /// The command lines in their order.
    async fn commands(&self) -> Result<Vec<Vec<u8>>, CliError> {
        let mut commands = Vec::new();
        for command in &self.commands {
            if command != "-" {
                commands.push(command.clone().into_bytes());
                continue;
            }
            let text = stdin()
                .await
                .map_err(|error| CliError::io("cannot read standard input", &error))?;
            let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
            commands.extend(lines.filter(|line| !line.is_empty()).map(<[u8]>::to_vec));
        }
        Ok(commands)
    }
}

async fn stdin() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    tokio::io::stdin().read_to_end(&mut bytes).await?;
    Ok(bytes)
}

/// The commands on their way.
struct Talk<'a> {
    args: &'a AtArgs,
    port: Port,
    printer: Printer,
    /// What has not come yet, in its order.
    expected: Vec<&'a str>,
    payload: Option<Vec<u8>>,
}

impl Talk<'_> {
    async fn run(&mut self, commands: &[Vec<u8>]) -> Result<Exit, CliError> {
        if !self.args.no_wake && !self.port.wake().await? {
            return Err(silent("the module has not answered AT for 10 s"));
        }
        let mut first = None;
        for command in commands {
            if let Err(error) = self.command(command).await {
                if !self.args.keep_going {
                    return Err(error);
                }
                note(&error);
                first.get_or_insert(error);
            }
        }
        self.wait_for_expected().await?;
        match first {
            // It was told when it happened.
            Some(error) => Err(error.hushed()),
            None => self.printer.end(),
        }
    }

    /// Sends one command and judges what comes of it.
    async fn command(&mut self, command: &[u8]) -> Result<(), CliError> {
        let request = Request::new(command, &self.port.requests);
        let data = match &self.payload {
            None if request.data.is_some() => {
                return Err(wants_data(&request.line, &mut self.printer.secrets));
            }
            Some(payload) if request.may_prompt() => Some(data(request.data, payload)?),
            _ => None,
        };
        let patience = Patience {
            answer: self.args.timeout,
            result: self.args.timeout,
            until_final: self.args.no_wait,
        };
        let Self {
            port,
            printer,
            expected,
            ..
        } = self;
        let told = |role, line: &[u8]| {
            meet(expected, line);
            printer.line(role, line);
        };
        let reply = port.ask(&request, data.as_deref(), patience, told).await?;
        let ended = judge(&request, &reply, self.args.no_wait);
        let exit = ended.as_ref().map_or_else(CliError::exit, |()| Exit::OK);
        self.printer.object(&request, &reply, exit);
        ended
    }

    async fn wait_for_expected(&mut self) -> Result<(), CliError> {
        let limit = self.args.timeout.unwrap_or(EXPECTED_WITHIN);
        let until = Instant::now() + limit;
        while let Some(text) = self.expected.first().copied() {
            let Some(line) = self.port.listen(until).await? else {
                return Err(CliError::new(
                    Exit::TIMED_OUT,
                    format!(
                        "no line with {text:?} came within {} s",
                        limit.as_secs_f64()
                    ),
                    "give it more with --timeout, or see with --trace what comes",
                ));
            };
            meet(&mut self.expected, &line);
            self.printer.line(Role::News, &line);
            if self.printer.json {
                self.printer.news(&line);
            }
        }
        Ok(())
    }
}

/// Strikes out what `line` brings of what is expected next.
fn meet(expected: &mut Vec<&str>, line: &[u8]) {
    let holds = |text: &&str| line.windows(text.len()).any(|part| part == text.as_bytes());
    if expected
        .first()
        .is_some_and(|text| text.is_empty() || holds(text))
    {
        expected.remove(0);
    }
}

/// What goes to the module at its prompt, if `mode` can take `payload`.
fn data(mode: Option<DataMode>, payload: &[u8]) -> Result<Vec<u8>, CliError> {
    // A command that nobody knows may ask for data too: Ctrl+Z ends it with all of them.
    let mode = mode.unwrap_or(DataMode::Terminated);
    match mode {
        DataMode::Counted(len) if len != payload.len() && 2 * len != payload.len() => {
            Err(CliError::new(
                Exit::DATA,
                format!(
                    "the command announces {len} bytes, the payload has {}",
                    payload.len()
                ),
                "make them equal, or leave the length out",
            ))
        }
        DataMode::Terminated if payload.iter().any(|byte| matches!(byte, 0x1A | 0x1B)) => {
            Err(CliError::new(
                Exit::DATA,
                "the payload holds Ctrl+Z or Esc, which would end it",
                "give the command its length (AT+QMTPUB=..,\"topic\",LENGTH)",
            ))
        }
        _ => Ok(mode.bytes(payload)),
    }
}

/// Whether the command did what it was to do.
fn judge(request: &Request, reply: &Reply, no_wait: bool) -> Result<(), CliError> {
    let line = escaped(&Secrets::new(false).masked(&request.line).0);
    match &reply.result {
        Some(Final::Ok) => {}
        Some(result) => {
            let (exit, remedy) = match result {
                Final::Cme(code) => (Exit::CME, code.remedy()),
                Final::CmeText(_) => (Exit::CME, None),
                _ => (Exit::MODULE, None),
            };
            let more = "check the command's form and ranges; AT+CMEE=1 tells more";
            return Err(CliError::new(
                exit,
                format!("{line}: {result}"),
                remedy.unwrap_or(more),
            ));
        }
        None if request.data.is_some() && !reply.prompted => {
            return Err(CliError::new(
                Exit::SILENT,
                format!("{line}: no prompt came"),
                "the module may wait for data for a minute; then try again",
            ));
        }
        None => return Err(silent(&format!("{line}: no OK or ERROR came"))),
    }
    match &reply.deferred {
        Some((_, verdict)) if verdict.exit == Exit::OK => Ok(()),
        Some((result, verdict)) => Err(CliError::new(
            verdict.exit,
            format!("{line}: {}{}", escaped(result), meaning(result)),
            verdict.remedy.unwrap_or_default(),
        )),
        None if request.is_deferred() && !no_wait => Err(CliError::new(
            Exit::UNKNOWN,
            format!("{line}: OK came, but no result within {:.0?}", reply.took),
            "whether it was done is not known; give it more with --timeout",
        )),
        None => Ok(()),
    }
}

fn silent(what: &str) -> CliError {
    CliError::new(
        Exit::SILENT,
        what,
        "check power, wiring and speed (-b); `qmt doctor` finds out which",
    )
}

fn wants_data(line: &[u8], secrets: &mut Secrets) -> CliError {
    CliError::new(
        Exit::USAGE,
        format!("{} asks for data", escaped(&secrets.masked(line).0)),
        "give it with --payload or --payload-file",
    )
}

/// What a deferred result means, with a blank before it.
fn meaning(line: &[u8]) -> String {
    let response = qmt_proto::Response::parse(at_syntax::Frame::Line(line), Default::default());
    match words::response(&response) {
        words if words.is_empty() => words,
        words => format!(" ({words})"),
    }
}

/// Prints lines as they come, or one object for each command.
struct Printer {
    json: bool,
    secrets: Secrets,
    /// Why nothing can be printed any more.
    failed: Option<io::Error>,
}

impl Printer {
    fn line(&mut self, role: Role, line: &[u8]) {
        if !self.json && role != Role::Prompt {
            let text = self.shown(line);
            self.print(&text);
        }
    }

    fn object(&mut self, request: &Request, reply: &Reply, exit: Exit) {
        if !self.json {
            return;
        }
        let mut all = |lines: &[Vec<u8>]| -> Vec<String> {
            lines.iter().map(|line| self.shown(line)).collect()
        };
        let object = json!({
            "command": all(core::slice::from_ref(&request.line)).concat(),
            "lines": all(&reply.lines),
            "result": reply.result.as_ref().map(Final::to_string),
            "deferred": reply.deferred.as_ref().map(|(line, _)| escaped(line)),
            "news": all(&reply.news),
            "ms": u64::try_from(reply.took.as_millis()).unwrap_or(u64::MAX),
            "status": exit.code(),
        });
        self.print(&object.to_string());
    }

    /// A line that came after all commands.
    fn news(&mut self, line: &[u8]) {
        let object = json!({ "news": [self.shown(line)] });
        self.print(&object.to_string());
    }

    /// One line of text, without secrets.
    fn shown(&mut self, line: &[u8]) -> String {
        escaped(&self.secrets.masked(line).0)
    }

    fn print(&mut self, line: &str) {
        if self.failed.is_none() {
            let mut out = io::stdout().lock();
            self.failed = writeln!(out, "{line}").and_then(|()| out.flush()).err();
        }
    }

    /// Whether everything was printed that somebody wanted to read.
    fn end(&mut self) -> Result<Exit, CliError> {
        match self.failed.take() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(CliError::io("cannot write to standard output", &error))
            }
            _ => Ok(Exit::OK),
        }
    }
}
