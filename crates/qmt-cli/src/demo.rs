//! `qmt demo`: the application note's worked session, for real.

use core::time::Duration;
use std::path::PathBuf;

use clap::Args;
use qmt_broker::Server;
use qmt_hal_tokio::{DriveError, Driver, Line, LineSpec};
use qmt_modem::runner::{Handle, HostMap, HostMapError, Pty, Runner};
use qmt_modem::{Modem, ModemConfig};
use qmt_proto::{Command, limits};
use qmt_session::{
    Buffers, Event, Outcome, PublishForm, Rejection, Session, SessionConfig, SubmitError, Ticket,
};

use self::script::Step;
use self::transcript::{Style, Transcript};
use crate::error::CliError;
use crate::exit::Exit;
use crate::tap::Tap;
use crate::trace::redactor;
use crate::words;

mod peer;
mod script;
mod transcript;

/// Longest time a message may take from the other device to the host.
/// Everything here is ours.
const BUG: &str =
    "this is a fault of qmt: run it again with --record, and report it with the recording";
const MESSAGE_LIMIT: Duration = Duration::from_secs(10);
/// How often `AT` is sent before the module counts as silent.
const WAKE_TRIES: u32 = 10;
/// Baud rate of the pseudo-terminal, which has none.
const BAUD: u32 = 115_200;

/// What `qmt demo` is told.
#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Use this MQTT broker instead of the one inside
    #[arg(long, value_name = "HOST:PORT")]
    broker: Option<String>,
    /// Print one JSON object for each line
    #[arg(long)]
    json: bool,
    /// Keep both directions of the line in a file, without the secret, for `qmt recording` and
    /// `qmt replay`
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

/// Runs the session: host driver, serial line, virtual module, TCP, broker, and back.
pub(crate) async fn run(args: DemoArgs) -> Result<Exit, CliError> {
    let (server, broker) = match args.broker {
        Some(broker) => (None, broker),
        None => {
            let address = (core::net::Ipv4Addr::LOCALHOST, 0);
            let server = Server::listen(address, qmt_broker::Config::default())
                .await
                .map_err(|error| CliError::io("cannot start the broker", &error))?;
            let address = server.local_addr().to_string();
            (Some(server), address)
        }
    };
    let (line, module) = start_module(&broker).await?;
    let style = if args.json {
        Style::Json
    } else {
        Style::Columns
    };
    let mut transcript = Transcript::new(style, script::SECRET);

    let (mut rx, mut tx) = (vec![0; limits::TEXT_FRAME], vec![0; limits::TEXT_FRAME]);
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
    };
    let mut config = SessionConfig::new();
    // The note's session sets "showrecvlen" and does not ask whether it was kept. What comes is
    // compared byte by byte anyway.
    config.accept_uncounted = true;
    let session = Session::new(config, buffers);
    let secrets = redactor([script::SECRET.to_owned()]);
    let mut recording = Tap::new(false, args.record.as_deref(), "demo", &secrets)?;
    let tap = move |direction, at: qmt_proto::Instant, bytes: &[u8]| {
        let at = Duration::from_millis(at.as_millis());
        transcript.show(at, direction, bytes);
        if let Some(recording) = &mut recording {
            recording.hear(at, direction.into(), bytes);
        }
    };
    let driver = Driver::new(session, line).tap(Box::new(tap));
    let mut demo = Demo {
        driver,
        broker,
        messages: Vec::new(),
    };
    let steps = script::steps()
        .map_err(|error| CliError::new(Exit::DATA, format!("the script: {error}"), BUG))?;
    let mut commands = 0;
    let mut messages = 0;
    for step in steps {
        demo.take(step).await?;
        match step {
            Step::Receive { .. } => messages += 1,
            Step::Other { .. } => {}
            _ => commands += 1,
        }
    }
    drop(demo);
    module
        .shutdown()
        .await
        .map_err(|error| CliError::io("the virtual module failed", &error))?;
    if let Some(server) = server {
        server.close().await;
    }
    finish(args.json, commands, messages);
    Ok(Exit::OK)
}

/// The last line. Nobody may be reading any more: the status says the same.
fn finish(json: bool, commands: u32, messages: u32) {
    use std::io::Write;

    let mut out = std::io::stdout().lock();
    let _ = if json {
        let object = serde_json::json!({
            "demo": "ok", "commands": commands, "messages": messages,
        });
        writeln!(out, "{object}")
    } else {
        writeln!(
            out,
            "demo ok: {commands} commands done, {messages} messages received byte for byte"
        )
    };
}

/// A virtual module at the other end of a pseudo-terminal.
async fn start_module(broker: &str) -> Result<(Line, Handle), CliError> {
    let mapping = format!("{}={broker}", script::HOST);
    let mut hosts = HostMap::default();
    hosts.insert(mapping.parse().map_err(|error: HostMapError| {
        CliError::new(
            Exit::USAGE,
            format!("--broker {broker}: {error}"),
            "give it as HOST:PORT",
        )
    })?);
    let pty = Pty::open().map_err(|error| CliError::io("cannot open a pseudo-terminal", &error))?;
    let path = pty.path().to_path_buf();
    let module = Runner::new(Modem::booted(ModemConfig::new()))
        .hosts(hosts)
        .spawn(pty);
    let line = qmt_hal_tokio::open(&LineSpec::Tty(path.clone()), BAUD)
        .await
        .map_err(|error| CliError::complete(Exit::IO, format!("{}: {error}", path.display())))?;
    Ok((line, module))
}

struct Demo<'buf> {
    driver: Driver<Session<'buf>, Line>,
    broker: String,
    /// Messages that came and were not asked for yet: topic and payload.
    messages: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Demo<'_> {
    async fn take(&mut self, step: Step) -> Result<(), CliError> {
        match step {
            Step::Wake => self.wake().await,
            Step::Command(command) => {
                let now = self.driver.now();
                let submitted = self.driver.machine_mut().submit(now, &command);
                self.succeed(submitted, &words::command(&command)).await
            }
            Step::Publish { topic, payload } => {
                let now = self.driver.now();
                let (link, delivery) = script::PUBLISH;
                let session = self.driver.machine_mut();
                let form = PublishForm::Terminated;
                let submitted = session.publish(now, link, delivery, false, topic, payload, form);
                self.succeed(submitted, "publish").await
            }
            Step::Other { topic, payload } => peer::publish(&self.broker, topic, payload)
                .await
                .map_err(|error| {
                    let what = format!("the other device, at {}: {error}", self.broker);
                    CliError::new(Exit::UNREACHABLE, what, "check that the broker runs there")
                }),
            Step::Receive { topic, payload } => self.receive(topic, payload).await,
        }
    }

    /// `AT` until it is answered.
    async fn wake(&mut self) -> Result<(), CliError> {
        for _ in 0..WAKE_TRIES {
            let now = self.driver.now();
            let submitted = self.driver.machine_mut().submit(now, &Command::Attention);
            if self.outcome(submitted).await?.is_success() {
                return Ok(());
            }
        }
        Err(CliError::new(
            Exit::SILENT,
            "the virtual module does not answer",
            BUG,
        ))
    }

    async fn succeed(
        &mut self,
        submitted: Result<Ticket, SubmitError>,
        what: &str,
    ) -> Result<(), CliError> {
        let outcome = self.outcome(submitted).await?;
        let (exit, remedy) = match outcome {
            Outcome::Acked(_) | Outcome::Sent => return Ok(()),
            Outcome::Rejected(Rejection::Open(_)) => (
                Exit::UNREACHABLE,
                format!("check that a broker runs at {}", self.broker),
            ),
            Outcome::Rejected(Rejection::Connect(code)) => (
                Exit::refused(code.0),
                format!("{} must let in any client", self.broker),
            ),
            _ => (Exit::MODULE, BUG.to_owned()),
        };
        Err(CliError::new(exit, format!("{what}: {outcome}"), remedy))
    }

    /// Runs the line until the command has ended.
    async fn outcome(
        &mut self,
        submitted: Result<Ticket, SubmitError>,
    ) -> Result<Outcome, CliError> {
        let wanted = submitted
            .map_err(|error| CliError::new(Exit::MODULE, format!("not sent: {error}"), BUG))?;
        loop {
            if let Some(outcome) = self.drain(Some(wanted)) {
                return Ok(outcome);
            }
            self.driver
                .turn()
                .await
                .map_err(|error| line_failed(&error))?;
        }
    }

    /// Takes all events up to the end of `wanted`, and keeps the messages among them.
    fn drain(&mut self, wanted: Option<Ticket>) -> Option<Outcome> {
        while let Some(event) = self.driver.machine_mut().poll_event() {
            match event {
                Event::Done { ticket, outcome } if Some(ticket) == wanted => return Some(outcome),
                Event::Message(message) => self
                    .messages
                    .push((message.topic.to_vec(), message.payload.to_vec())),
                _ => {}
            }
        }
        None
    }

    /// Waits for a message and compares it byte by byte.
    async fn receive(&mut self, topic: &str, payload: &[u8]) -> Result<(), CliError> {
        let until = tokio::time::Instant::now() + MESSAGE_LIMIT;
        self.drain(None);
        while self.messages.is_empty() {
            match tokio::time::timeout_at(until, self.driver.turn()).await {
                Ok(turned) => turned.map_err(|error| line_failed(&error))?,
                Err(_) => {
                    let what = format!("no message came on {topic}");
                    return Err(CliError::new(Exit::MODULE, what, "check the broker"));
                }
            }
            self.drain(None);
        }
        let (got_topic, got_payload) = self.messages.remove(0);
        compare("topic", topic.as_bytes(), &got_topic)?;
        compare("payload", payload, &got_payload)
    }
}

fn line_failed(error: &DriveError) -> CliError {
    CliError::new(Exit::IO, error.to_string(), BUG)
}

/// Nothing but the very bytes will do.
fn compare(what: &str, expected: &[u8], received: &[u8]) -> Result<(), CliError> {
    if expected == received {
        return Ok(());
    }
    Err(CliError::new(
        Exit::MODULE,
        format!(
            "wrong {what}: expected \"{}\", received \"{}\"",
            expected.escape_ascii(),
            received.escape_ascii()
        ),
        "look at the broker: something changed the message",
    ))
}
