//! `qmt monitor`: sits between a host and a module, and shows what both say.

use core::time::Duration;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use qmt_modem::runner::TcpPort;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};

use self::bridge::{Bridge, Passed};
use self::faults::Faults;
use self::screen::Screen;
use self::view::{View, Wish};
use self::watch::Watch;
use crate::error::CliError;
use crate::exit::Exit;
use crate::line::{LineArgs, Stream};
use crate::modem::{Log, open_pty};
use crate::signals::Signals;
use crate::trace::redactor;

mod bridge;
mod faults;
mod screen;
mod view;
mod watch;
mod wrap;

/// What `qmt monitor` is told.
#[derive(Args, Debug)]
#[command(after_help = "\
Keys: q ends, p pauses, / filters, x shows hex digits, arrows and PgUp go back, End returns to now;
with a virtual module f lists everything that can go wrong, r restarts it, n takes the network away.
Where standard output is no terminal it prints the log line by line.")]
pub(crate) struct MonitorArgs {
    /// Offer it on a pseudo-terminal, linked here
    ///
    /// The module, to a host; a symbolic link to the terminal is at this path.
    #[arg(long, value_name = "LINK")]
    pty: Option<PathBuf>,
    /// Offer it on a TCP port; 0 takes a free one
    ///
    /// One caller at a time.
    #[arg(long, value_name = "ADDR", conflicts_with = "pty")]
    listen: Option<String>,
    /// Control socket of the modem, for fault keys
    ///
    /// The one that --control gave the `qmt modem` behind -D.
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,
    /// Write the log to this file too
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// How the log is written
    ///
    /// Lines for people, or one JSON object for each.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Show passwords and device secrets
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    line: LineArgs,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// The host's side and the name by which it is found.
type HostSide = (Box<dyn Stream>, String);

/// How often the screen is drawn at most.
const FRAME: Duration = Duration::from_millis(50);

/// Watches until the user has seen enough or the line ends.
pub(crate) async fn run(args: MonitorArgs) -> Result<Exit, CliError> {
    let on_screen = io::stdout().is_terminal() && io::stdin().is_terminal();
    args.check(on_screen)?;
    let mut signals = Signals::watch()?;
    let (module, faults) = match args.line.is_sim() {
        true => faults::virtual_module(),
        false => {
            let faults = args.control.clone().map_or(Faults::None, Faults::There);
            (args.line.open().await?.stream, faults)
        }
    };
    let host = args.host().await?;
    let title = match &host {
        Some((_, name)) => format!("{name} <-> {}", args.line.name()),
        None => args.line.name(),
    };
    let mut monitor = Monitor {
        start: Instant::now(),
        watch: Watch::new(!args.show_secrets),
        view: View::new(title.clone(), faults.are_there()),
        faults,
        recording: Log::new(None, args.line.tap(&redactor(None))?, 0),
        logs: args.logs(on_screen)?,
        format: args.format,
    };
    let mut bridge = Bridge::new(module, host.map(|(stream, _)| stream));
    monitor.note(&format!("watching {title}"), false)?;
    let (keys, mut pressed) = mpsc::channel(16);
    let mut screen = match on_screen {
        true => Some(Screen::open(keys)?),
        false => None,
    };
    let mut frames = interval(FRAME);
    frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let exit = loop {
        tokio::select! {
            passed = bridge.next() => monitor.hear(passed?)?,
            event = pressed.recv(), if screen.is_some() => {
                let wish = event.and_then(|event| monitor.view.handle(&event, &monitor.watch));
                match wish {
                    Some(Wish::End(exit)) => break exit,
                    Some(Wish::Act(order)) => monitor.act(order).await?,
                    None => {}
                }
            }
            _ = frames.tick() => {
                monitor.wait()?;
                if let Some(screen) = &mut screen {
                    screen.draw(&monitor.view, &monitor.watch, monitor.start.elapsed())?;
                }
            }
            exit = signals.next() => break exit,
        }
        if monitor.logs.is_empty() && screen.is_none() {
            // Whoever read has read enough.
            break Exit::OK;
        }
    };
    monitor.end()?;
    Ok(exit)
}

impl MonitorArgs {
    fn check(&self, on_screen: bool) -> Result<(), CliError> {
        let usage = |what, remedy| Err(CliError::new(Exit::USAGE, what, remedy));
        if self.line.is_sim() && self.pty.is_none() && self.listen.is_none() {
            return usage(
                "nobody could reach the virtual module",
                "give --pty LINK or --listen ADDR for its host",
            );
        }
        if on_screen && self.line.wants_trace() {
            return usage("--trace would write over the screen", "take --log FILE");
        }
        Ok(())
    }

    /// Where a host finds the module, if it is to find it.
    async fn host(&self) -> Result<Option<HostSide>, CliError> {
        if let Some(link) = &self.pty {
            let pty = open_pty(link)?;
            return Ok(Some((Box::new(pty), link.display().to_string())));
        }
        let Some(address) = &self.listen else {
            return Ok(None);
        };
        let failed = |error| CliError::io(format!("cannot listen on {address}"), &error);
        let port = TcpPort::bind(address).await.map_err(failed)?;
        let name = port.local_addr().map_err(failed)?.to_string();
        Ok(Some((Box::new(port), name)))
    }

    fn logs(&self, on_screen: bool) -> Result<Vec<Box<dyn Write + Send>>, CliError> {
        let mut logs: Vec<Box<dyn Write + Send>> = Vec::new();
        if let Some(path) = &self.log {
            let file = File::create(path).map_err(|error| {
                CliError::io(format!("cannot write {}", path.display()), &error)
            })?;
            logs.push(Box::new(file));
        }
        if !on_screen {
            logs.push(Box::new(io::stdout()));
        }
        Ok(logs)
    }
}

/// What is known, and who is told.
struct Monitor {
    start: Instant,
    watch: Watch,
    view: View,
    faults: Faults,
    recording: Log,
    logs: Vec<Box<dyn Write + Send>>,
    format: Format,
}

impl Monitor {
    fn hear(&mut self, passed: Passed) -> Result<(), CliError> {
        match passed {
            Passed::Bytes(direction, bytes) => {
                let at = self.start.elapsed();
                self.recording.pass(at, direction, &bytes);
                self.watch.hear(at, direction, &bytes);
                self.tell()
            }
            Passed::Damage(what) => self.note(&what, true),
            Passed::HostLeft => self.note("the host has closed its side", false),
        }
    }

    /// Time passes.
    fn wait(&mut self) -> Result<(), CliError> {
        self.watch.wait(self.start.elapsed());
        self.tell()
    }

    fn note(&mut self, words: &str, is_bad: bool) -> Result<(), CliError> {
        self.watch.note(self.start.elapsed(), words, is_bad);
        self.tell()
    }

    async fn act(&mut self, order: view::Order) -> Result<(), CliError> {
        match self.faults.act(order.action).await {
            Ok(()) => self.note(&order.words, false),
            Err(why) => self.note(&format!("{}: {why}", order.words), true),
        }
    }

    fn end(&mut self) -> Result<(), CliError> {
        self.watch.end();
        self.tell()
    }

    /// Writes what is new to the logs.
    fn tell(&mut self) -> Result<(), CliError> {
        let lines: Vec<String> = self
            .watch
            .untold()
            .map(|entry| match self.format {
                Format::Text => entry.to_string(),
                Format::Json => entry.object().to_string(),
            })
            .collect();
        for line in lines {
            let mut failed = None;
            self.logs.retain_mut(|log| match writeln!(log, "{line}") {
                Ok(()) => true,
                Err(error) => {
                    failed = (error.kind() != io::ErrorKind::BrokenPipe).then_some(error);
                    false
                }
            });
            if let Some(error) = failed {
                return Err(CliError::io("cannot write the log", &error));
            }
        }
        Ok(())
    }
}
