//! `qmt replay`: plays one side of a recording, and compares the other side with it.

use core::time::Duration;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use qmt_modem::runner::Pty;
use qmt_trace::Side;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep_until};

use self::script::{Difference, Script};
use crate::decode::escaped;
use crate::error::CliError;
use crate::exit::Exit;
use crate::lang::tr;
use crate::line::{Device, OpenLine, Stream};
use crate::signals::Signals;

mod script;

/// How long to listen for more than was recorded. A pseudo-terminal that closes takes with it what
/// was not read, too.
const QUIET: Duration = Duration::from_millis(300);

/// What `qmt replay` is told.
#[derive(Args, Debug)]
#[command(after_help = "\
What was recorded of a secret is its length: any bytes of it are taken, and stars are sent. The
status is 80 when something else comes than was recorded.")]
pub(crate) struct ReplayArgs {
    /// A recording, as --record makes them
    file: PathBuf,
    /// Which side to play
    #[arg(long = "as", value_enum, value_name = "SIDE")]
    side: Role,
    /// The module, when the host is played
    ///
    /// As -D of `qmt pub`.
    #[arg(short = 'D', long, value_name = "LINE", env = "QMT_DEVICE")]
    device: Option<Device>,
    /// Speed of a serial port in bit/s
    #[arg(short, long, value_name = "RATE", default_value_t = 9600)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    baud: u32,
    /// Link to a pseudo-terminal, for a module
    ///
    /// When the module is played.
    #[arg(long, value_name = "LINK", group = "place")]
    pty: Option<PathBuf>,
    /// TCP port, for a module; 0 takes a free one
    ///
    /// When the module is played.
    #[arg(long, value_name = "ADDR", group = "place")]
    listen: Option<String>,
    /// Keep the pauses (recorded), or play fast
    ///
    /// As fast as the other side allows. Unless told otherwise a host pauses and a module does not.
    #[arg(long, value_enum)]
    pace: Option<Pace>,
    /// End with 27 after so long without news
    ///
    /// So many seconds in which nothing that is awaited has come.
    #[arg(short = 'W', long, value_name = "SECONDS", default_value_t = 60)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
    /// Print the result as a JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Role {
    Host,
    Module,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Pace {
    Recorded,
    Fast,
}

/// Plays to the end of the recording, or to the first byte that differs.
pub(crate) async fn run(args: ReplayArgs) -> Result<Exit, CliError> {
    let ours = match args.side {
        Role::Host => Side::Host,
        Role::Module => Side::Module,
    };
    let mut script = Script::read(&args.file, ours)?;
    let mut signals = Signals::watch()?;
    let mut line = tokio::select! {
        opened = args.open() => opened?,
        exit = signals.next() => return Ok(exit),
    };
    let pauses = match args.pace {
        Some(pace) => pace == Pace::Recorded,
        None => args.side == Role::Host,
    };
    let limit = Duration::from_secs(args.timeout);
    let played = tokio::select! {
        played = play(&mut script, &mut line.stream, pauses, limit) => played,
        exit = signals.next() => return Ok(exit),
    };
    if let Some(modem) = line.modem {
        let _ = modem.shutdown().await;
    }
    let ended = played?;
    args.tell(&script, &ended);
    Ok(match ended {
        End::Same => Exit::OK,
        End::Different(_) | End::HungUp => Exit::DIFFERENT,
        End::TimedOut => Exit::TIMED_OUT,
    })
}

/// How it ended.
enum End {
    Same,
    Different(Difference),
    /// The other side has gone before the end.
    HungUp,
    TimedOut,
}

/// Sends what is ours as soon as the other side has said what it said before it.
async fn play(
    script: &mut Script,
    stream: &mut Box<dyn Stream>,
    pauses: bool,
    limit: Duration,
) -> Result<End, CliError> {
    // When the other side has last said something, or we have.
    let mut moved = Instant::now();
    let mut buf = [0; 4096];
    loop {
        let due = script.due().map(|pause| match pauses {
            true => moved + pause,
            false => moved,
        });
        let over = due.is_none() && script.is_over();
        tokio::select! {
            biased;
            read = stream.read(&mut buf) => match read {
                Ok(len @ 1..) => {
                    moved = Instant::now();
                    if let Err(difference) = script.hear(buf.get(..len).unwrap_or_default()) {
                        return Ok(End::Different(difference));
                    }
                }
                // Where a host that hangs up is no error, a pseudo-terminal tells one.
                Ok(0) | Err(_) if over => return Ok(End::Same),
                Ok(0) | Err(_) => return Ok(End::HungUp),
            },
            () = sleep_until(due.unwrap_or(moved)), if due.is_some() => {
                let bytes = script.say();
                let sent = async {
                    stream.write_all(&bytes).await?;
                    stream.flush().await
                };
                sent.await.map_err(|error| CliError::io("cannot write to the line", &error))?;
                moved = Instant::now();
            }
            () = sleep_until(moved + QUIET), if over => return Ok(End::Same),
            () = sleep_until(moved + limit), if due.is_none() => return Ok(End::TimedOut),
        }
    }
}

impl ReplayArgs {
    async fn open(&self) -> Result<OpenLine, CliError> {
        let usage = |what: &str, remedy: &str| CliError::new(Exit::USAGE, what, remedy);
        if self.side == Role::Host {
            let device = self.device.as_ref();
            let device = device.ok_or_else(|| usage("no module to play to", "give it with -D"))?;
            return device.open(self.baud).await;
        }
        if let Some(link) = &self.pty {
            let pty = Pty::open()
                .map_err(|error| CliError::io("cannot open a pseudo-terminal", &error))?
                .publish(link)
                .map_err(|error| CliError::io(format!("cannot link {}", link.display()), &error))?
                .until_hang_up();
            ready(pty.path().display());
            return Ok(OpenLine::new(pty));
        }
        let Some(address) = &self.listen else {
            return Err(usage("no line to play on", "give --pty or --listen"));
        };
        let failed = |error: io::Error| CliError::io(format!("cannot listen on {address}"), &error);
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        ready(listener.local_addr().map_err(failed)?);
        // What a module says before anybody is there would be lost.
        let (stream, _) = listener.accept().await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        Ok(OpenLine::new(stream))
    }

    /// The last line.
    fn tell(&self, script: &Script, ended: &End) {
        let (heard, said) = script.progress();
        let other = match self.side {
            Role::Host => "module",
            Role::Module => "host",
        };
        let (verdict, text) = match ended {
            End::Same => (
                "same",
                format!("the same: {said} bytes sent, {heard} came as recorded"),
            ),
            End::Different(difference) => (
                "different",
                format!(
                    "different at byte {} of the {other}: \"{}\" was recorded, \"{}\" came",
                    difference.at,
                    escaped(&difference.recorded),
                    escaped(&difference.came),
                ),
            ),
            End::HungUp => (
                "hung_up",
                format!("the {other} hung up after {heard} bytes; more were recorded"),
            ),
            End::TimedOut => (
                "timed_out",
                format!(
                    "nothing came from the {other} after {heard} bytes, though more were recorded"
                ),
            ),
        };
        let text = tr(&text);
        let line = match self.json {
            true => json!({
                "verdict": verdict, "text": text, "heard": heard, "said": said,
            })
            .to_string(),
            false => text.into_owned(),
        };
        let _ = writeln!(io::stdout().lock(), "{line}");
    }
}

/// Says where the line is. Nobody may be listening.
fn ready(name: impl core::fmt::Display) {
    let _ = writeln!(io::stdout().lock(), "ready: {name}");
}
