//! `qmt modem`: the virtual module for other programs.

use core::time::Duration;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use qmt_broker::{FaultRule, Server};
use qmt_modem::runner::{HostMap, HostMapError, HostMapping};
use qmt_modem::{BootTimes, ModemConfig};
use qmt_proto::LinkId;
use tokio::time::sleep;

use self::done::Condition;
use self::fleet::Fleet;
use self::log::{Format, Sink};
use self::port::PortArgs;
use self::quirk::QuirkArgs;
use self::report::Report;
use crate::error::{CliError, note};
use crate::exit::Exit;
use crate::signals::Signals;

mod done;
mod fleet;
mod log;
mod port;
mod quirk;
mod report;

/// What `qmt modem` is told.
#[derive(Args, Debug)]
pub(crate) struct ModemArgs {
    #[command(flatten)]
    port: PortArgs,
    /// Connect to ADDR when the host opens HOST; `*` is every host, a PORT left out stays as it is
    #[arg(long, value_name = "HOST[:PORT]=ADDR[:PORT]")]
    map: Vec<HostMapping>,
    /// Start an MQTT broker on a free loopback port and map every other host to it
    #[arg(long)]
    loopback_broker: bool,
    /// Let the loopback broker do this wrong, for example lose@PUBACK#2; repeatable
    #[arg(long, value_name = "RULE", requires = "loopback_broker")]
    broker_fault: Vec<FaultRule>,
    #[command(flatten)]
    quirks: QuirkArgs,
    /// Find the network at once, not three seconds after power-on
    #[arg(long)]
    instant_boot: bool,
    /// Also write the address or path to this descriptor when the module listens, one line for each
    /// module
    #[arg(long, value_name = "N")]
    ready_fd: Option<u32>,
    /// Print the address or path alone when the module listens, without `ready: `
    #[arg(long, conflicts_with = "stdio")]
    print_address: bool,
    /// Write both directions of the line to standard error, passwords as ***
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "text")]
    log: Option<Format>,
    /// Write the log to this file
    #[arg(long, value_name = "FILE", requires = "log")]
    log_file: Option<PathBuf>,
    /// End with status 0 as soon as this, and all others of these, came true: hang-up,
    /// published=N, received=N, connected=N, subscribed=N, disconnected=N, commands=N,
    /// shown=CODE, coverage=PERCENT
    #[arg(long, value_name = "CONDITION")]
    exit_when: Vec<Condition>,
    /// End with status 27 after so many seconds
    #[arg(short = 'W', long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Write at the end which commands, forms and codes the host made use of, as text
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The same as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// Runs the modules until SIGINT, SIGTERM, the end of their lines or what the flags say.
pub(crate) async fn run(args: ModemArgs) -> Result<Exit, CliError> {
    if args.quirks.list_quirks {
        return print(&quirk::list());
    }
    // Before anything can be seen of the module: whoever sees it may end it.
    let mut signals = Signals::watch()?;
    let broker = match args.loopback_broker {
        true => Some(start_broker(&args).await?),
        false => None,
    };
    let hosts = hosts(&args, broker.as_ref())?;
    let log = match args.log {
        Some(format) => Some(open_log(&args, format)?),
        None => None,
    };
    let once = args.exit_when.contains(&Condition::HangUp);
    let ports = args.port.open(once).await?;
    let mut fleet = Fleet::start(ports, &config(&args), &hosts, log.as_ref());
    tell_ready(&args, fleet.names())?;

    let limit = args.timeout.map(Duration::from_secs);
    let forced = tokio::select! {
        () = fleet.run(&args.exit_when) => None,
        exit = signals.next() => Some(exit),
        () = sleep(limit.unwrap_or_default()), if limit.is_some() => Some(Exit::TIMED_OUT),
    };
    let (usage, hung_up) = fleet.end().await?;
    let conditions: Vec<_> = args
        .exit_when
        .iter()
        .map(|condition| (condition.clone(), condition.is_met(&usage, hung_up)))
        .collect();
    let faults: Vec<_> = broker
        .iter()
        .flat_map(Server::faults)
        .map(|(name, count)| (format!("broker {name}"), count))
        .collect();
    let report = Report {
        usage: &usage,
        faults: &faults,
        conditions: &conditions,
    };
    write_reports(&args, &report)?;
    let unmet = conditions.iter().filter(|(_, met)| !met);
    let unmet: Vec<_> = unmet
        .map(|(condition, _)| condition.shortfall(&usage))
        .collect();
    if !unmet.is_empty() {
        note(format_args!("not done: {}", unmet.join("; ")));
        return Ok(forced.unwrap_or(Exit::NOT_DONE));
    }
    // Without anything to wait for, being told to end is a good end.
    Ok(forced
        .filter(|exit| *exit == Exit::TIMED_OUT)
        .unwrap_or(Exit::OK))
}

async fn start_broker(args: &ModemArgs) -> Result<Server, CliError> {
    let address = (core::net::Ipv4Addr::LOCALHOST, 0);
    let mut config = qmt_broker::Config::default();
    config.limits.connections = usize::from(args.port.count())
        .saturating_mul(LinkId::COUNT)
        .max(64);
    config.faults.clone_from(&args.broker_fault);
    Server::listen(address, config)
        .await
        .map_err(|error| CliError::io("cannot start the loopback broker", &error))
}

/// The broker for everybody, the mappings of the command line before it.
fn hosts(args: &ModemArgs, broker: Option<&Server>) -> Result<HostMap, CliError> {
    let mut hosts = HostMap::default();
    if let Some(broker) = broker {
        let everything = format!("*={}", broker.local_addr());
        hosts.insert(everything.parse().map_err(|error: HostMapError| {
            CliError::new(Exit::IO, format!("{everything}: {error}"), "")
        })?);
    }
    for mapping in &args.map {
        hosts.insert(mapping.clone());
    }
    Ok(hosts)
}

fn config(args: &ModemArgs) -> ModemConfig {
    let mut config = ModemConfig::new();
    config.quirks = args.quirks.quirks();
    if args.instant_boot {
        config.boot = BootTimes::IMMEDIATE;
    }
    config
}

fn open_log(args: &ModemArgs, format: Format) -> Result<Sink, CliError> {
    let file = args.log_file.as_deref();
    Sink::create(format, file, args.port.count() > 1).map_err(|error| {
        let name = file.unwrap_or_else(|| Path::new("standard error"));
        CliError::io(format!("cannot write to {}", name.display()), &error)
    })
}

/// Says where the modules are, to whoever waits for it.
fn tell_ready<'a>(args: &ModemArgs, names: impl Iterator<Item = &'a str>) -> Result<(), CliError> {
    let addresses: String = names.map(|name| format!("{name}\n")).collect();
    let prefix = if args.print_address { "" } else { "ready: " };
    let lines: String = addresses
        .lines()
        .map(|name| format!("{prefix}{name}\n"))
        .collect();
    // Nobody may be listening.
    let _ = match args.port.takes_stdout() {
        true => io::stderr().lock().write_all(lines.as_bytes()),
        false => io::stdout().lock().write_all(lines.as_bytes()),
    };
    let Some(fd) = args.ready_fd else {
        return Ok(());
    };
    // Through the file system: taking over a descriptor by number is unsafe.
    std::fs::OpenOptions::new()
        .append(true)
        .open(format!("/dev/fd/{fd}"))
        .and_then(|mut file| file.write_all(addresses.as_bytes()))
        .map_err(|error| CliError::io(format!("cannot write to descriptor {fd}"), &error))
}

fn write_reports(args: &ModemArgs, report: &Report<'_>) -> Result<(), CliError> {
    let write = |path: &Path, text: String| {
        std::fs::write(path, text)
            .map_err(|error| CliError::io(format!("cannot write {}", path.display()), &error))
    };
    if let Some(path) = &args.report {
        write(path, report.text())?;
    }
    if let Some(path) = &args.junit {
        write(path, report.junit())?;
    }
    Ok(())
}

/// Prints a list that was asked for.
fn print(text: &str) -> Result<Exit, CliError> {
    // A closed pipe has read enough.
    let _ = io::stdout().lock().write_all(text.as_bytes());
    Ok(Exit::OK)
}
