//! `qmt modem`: the virtual module for other programs.

use core::time::Duration;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use qmt_broker::{FaultRule, Server};
use qmt_modem::runner::{HostMap, HostMapError, HostMapping};
use qmt_modem::{BootTimes, ModemConfig, Place, Plan, WireConfig};
use qmt_proto::LinkId;
use qmt_trace::Redactor;
use tokio::time::{Instant, sleep, sleep_until};

use self::control::Socket;
pub(crate) use self::control::{Action, Desk, Seat};
use self::done::Condition;
use self::fault::Planned;
use self::fleet::{Fleet, Outcome};
pub(crate) use self::log::Log;
use self::log::{Format, Sink};
pub(crate) use self::port::open_pty;
use self::port::{Port, PortArgs, Wiring, numbered};
use self::quirk::QuirkArgs;
use self::report::Report;
use self::scenario::Scenario;
use crate::error::{CliError, note};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::tap::Tap;

mod control;
mod done;
mod fault;
mod fleet;
mod log;
mod port;
mod quirk;
mod report;
mod scenario;

/// What `qmt modem` is told.
#[derive(Args, Debug)]
pub(crate) struct ModemArgs {
    #[command(flatten)]
    port: PortArgs,
    /// Connect to ADDR when the host opens HOST
    ///
    /// `HOST[:PORT]=ADDR[:PORT]`; `*` is every host, a PORT left out stays as it is.
    #[arg(long, value_name = "HOST=ADDR")]
    map: Vec<HostMapping>,
    /// Start a broker; every host leads to it
    ///
    /// On a free loopback port; hosts of --map lead elsewhere.
    #[arg(long)]
    loopback_broker: bool,
    /// Let the loopback broker do this wrong, for example lose@PUBACK#2; repeatable
    #[arg(long, value_name = "RULE", requires = "loopback_broker")]
    #[arg(hide_short_help = true)]
    broker_fault: Vec<FaultRule>,
    #[command(flatten)]
    quirks: QuirkArgs,
    /// Let this go wrong; repeatable
    ///
    /// `NAME[:NUMBER][@WHEN]`, in the module or on its line, for example lost_prompt@command:5.
    #[arg(long, value_name = "FAULT")]
    fault: Vec<Planned>,
    /// Print every fault, and end
    ///
    /// Those of module, line and broker.
    #[arg(long, exclusive = true)]
    list_faults: bool,
    /// What chance follows from: the same seed, the same faults; the nth of many modules has a
    /// seed so much higher
    #[arg(long, value_name = "N")]
    #[arg(hide_short_help = true)]
    seed: Option<u64>,
    /// Read what happens when from a TOML file
    ///
    /// What the module is like and what goes wrong, too; the command line comes before it.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Take orders and questions, lines of JSON, on a Unix socket at this path
    #[arg(long, value_name = "PATH")]
    #[arg(hide_short_help = true)]
    control: Option<PathBuf>,
    /// Find the network at once
    ///
    /// Not three seconds after power-on.
    #[arg(long)]
    instant_boot: bool,
    /// Also write the address or path to this descriptor when the module listens, one line for each
    /// module
    #[arg(long, value_name = "N")]
    #[arg(hide_short_help = true)]
    ready_fd: Option<u32>,
    /// Print the address or path alone when the module listens, without `ready: `
    #[arg(long, conflicts_with = "stdio")]
    #[arg(hide_short_help = true)]
    print_address: bool,
    /// Show the line on standard error
    ///
    /// Both directions, passwords as ***, as text or jsonl.
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "text")]
    log: Option<Format>,
    /// Write the log to this file
    #[arg(long, value_name = "FILE", requires = "log")]
    #[arg(hide_short_help = true)]
    log_file: Option<PathBuf>,
    /// Keep what passes over the line in a file
    ///
    /// Both directions, without passwords, for `qmt recording`, `report` and `replay`; FILE-0,
    /// FILE-1 and so on for many modules.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// End well when this came true, as published=3
    ///
    /// And all others of these, and the line is quiet: hang-up, published=N, received=N,
    /// connected=N, subscribed=N, disconnected=N, commands=N, shown=CODE, coverage=PERCENT.
    #[arg(long, value_name = "CONDITION")]
    exit_when: Vec<Condition>,
    /// End with status 27 after so long
    #[arg(short = 'W', long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Write at the end which commands, forms and codes the host made use of, as text
    #[arg(long, value_name = "FILE")]
    #[arg(hide_short_help = true)]
    report: Option<PathBuf>,
    /// The same as JUnit XML
    #[arg(long, value_name = "FILE")]
    #[arg(hide_short_help = true)]
    junit: Option<PathBuf>,
}

/// Runs the modules until SIGINT, SIGTERM, the end of their lines or what the flags say.
pub(crate) async fn run(args: ModemArgs) -> Result<Exit, CliError> {
    if args.quirks.list_quirks {
        return print(&quirk::list());
    }
    if args.list_faults {
        return print(&fault::list());
    }
    let scenario = scenario::read(args.scenario.as_ref())?;
    // Before anything can be seen of the module: whoever sees it may end it.
    let mut signals = Signals::watch()?;
    let broker = match args.loopback_broker {
        true => Some(Arc::new(start_broker(&args, &scenario).await?)),
        false => None,
    };
    let hosts = hosts(&args, broker.as_deref())?;
    let log = match args.log {
        Some(format) => Some(open_log(&args, format)?),
        None => None,
    };
    let once = args.exit_when.contains(&Condition::HangUp);
    let config = config(&args, &scenario);
    let wiring = wiring(&args, &config);
    let ports = args.port.open(once, &wiring).await?;
    let socket = match &args.control {
        Some(path) => Some(Socket::bind(path).map_err(|error| {
            CliError::io(format!("cannot listen at {}", path.display()), &error)
        })?),
        None => None,
    };
    let recordings = record(&args, &ports)?;
    let mut fleet = Fleet::start(ports, &config, &hosts, log.as_ref(), recordings);
    let desk = Arc::new(Desk {
        modules: fleet.seats(),
        broker: broker.clone(),
    });
    tell_ready(&args, fleet.names())?;

    let limit = args.timeout.map(Duration::from_secs);
    let forced = tokio::select! {
        () = fleet.run(&args.exit_when) => None,
        exit = signals.next() => Some(exit),
        () = sleep(limit.unwrap_or_default()), if limit.is_some() => Some(Exit::TIMED_OUT),
        () = play(&desk, scenario.events) => None,
        () = serve(socket.as_ref(), &desk) => None,
    };
    let outcome = fleet.end().await?;
    let conditions: Vec<_> = args
        .exit_when
        .iter()
        .map(|condition| {
            let met = condition.is_met(&outcome.usage, outcome.hung_up);
            (condition.clone(), met)
        })
        .collect();
    let faults = faults(&config.faults, &outcome, broker.as_deref());
    let report = Report {
        usage: &outcome.usage,
        faults: &faults,
        conditions: &conditions,
    };
    write_reports(&args, &report)?;
    verdict(forced, &conditions, &outcome)
}

/// The status, and a line about what did not come true.
fn verdict(
    forced: Option<Exit>,
    conditions: &[(Condition, bool)],
    outcome: &Outcome,
) -> Result<Exit, CliError> {
    let unmet = conditions.iter().filter(|(_, met)| !met);
    let unmet: Vec<_> = unmet
        .map(|(condition, _)| condition.shortfall(&outcome.usage))
        .collect();
    if !unmet.is_empty() {
        note(format_args!("not done: {}", unmet.join("; ")));
        return Ok(forced.unwrap_or(Exit::NOT_DONE));
    }
    // Without anything to wait for, being told to end is a good end; time that ran out is none.
    match forced {
        Some(Exit::TIMED_OUT) if conditions.is_empty() => Ok(Exit::TIMED_OUT),
        _ => Ok(Exit::OK),
    }
}

/// Does to every module what the scenario says, when it says so; never ends.
async fn play(desk: &Desk, mut events: Vec<(Duration, Action)>) {
    let start = Instant::now();
    events.sort_by_key(|(at, _)| *at);
    for (at, action) in events {
        sleep_until(start + at).await;
        for module in 0..desk.modules.len() {
            if let Err(why) = desk.act(module, action.clone()).await {
                note(format_args!("scenario: {why}"));
            }
        }
    }
    core::future::pending().await
}

/// Serves the control socket; never ends.
async fn serve(socket: Option<&Socket>, desk: &Arc<Desk>) {
    match socket {
        Some(socket) => socket.serve(Arc::clone(desk)).await,
        None => core::future::pending().await,
    }
}

async fn start_broker(args: &ModemArgs, scenario: &Scenario) -> Result<Server, CliError> {
    let address = (core::net::Ipv4Addr::LOCALHOST, 0);
    let mut config = qmt_broker::Config::default();
    config.limits.connections = usize::from(args.port.count())
        .saturating_mul(LinkId::COUNT)
        .max(64);
    config.faults = [&args.broker_fault[..], &scenario.broker].concat();
    config.seed = seed(args, scenario);
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
            CliError::new(
                Exit::IO,
                format!("{everything}: {error}"),
                "name the host with --map",
            )
        })?);
    }
    for mapping in &args.map {
        hosts.insert(mapping.clone());
    }
    Ok(hosts)
}

fn config(args: &ModemArgs, scenario: &Scenario) -> ModemConfig {
    let mut config = ModemConfig::new();
    config.quirks = args.quirks.quirks(scenario.quirks);
    config.faults = args.fault.iter().map(|planned| planned.0).collect();
    config.faults.extend(&scenario.plans);
    config.seed = seed(args, scenario);
    if let Some(signal) = scenario.signal {
        config.signal = signal;
    }
    if args.instant_boot {
        config.boot = BootTimes::IMMEDIATE;
    }
    config
}

fn seed(args: &ModemArgs, scenario: &Scenario) -> u64 {
    args.seed.or(scenario.seed).unwrap_or_default()
}

/// What is wrong with the lines: the same plans, of which they take their own.
fn wiring(args: &ModemArgs, config: &ModemConfig) -> Wiring {
    let is_line = |plan: &Plan| plan.fault.kind().place() == Place::Line;
    Wiring {
        config: WireConfig {
            plans: config.faults.clone(),
            seed: config.seed,
            ..WireConfig::default()
        },
        always: config.faults.iter().any(is_line) || args.control.is_some(),
    }
}

/// Faults by name with how often they were done, also those that were planned and not met.
fn faults(plans: &[Plan], outcome: &Outcome, broker: Option<&Server>) -> Vec<(String, u64)> {
    let mut faults = outcome.faults.clone();
    for plan in plans {
        faults.entry(plan.fault.kind()).or_default();
    }
    let own = faults
        .into_iter()
        .map(|(kind, count)| (kind.name().to_owned(), count));
    let theirs = broker.map(Server::faults).unwrap_or_default().into_iter();
    own.chain(theirs.map(|(name, count)| (format!("broker {name}"), count)))
        .collect()
}

fn open_log(args: &ModemArgs, format: Format) -> Result<Sink, CliError> {
    let file = args.log_file.as_deref();
    Sink::create(format, file, args.port.count() > 1).map_err(|error| {
        let name = file.unwrap_or_else(|| Path::new("standard error"));
        CliError::io(format!("cannot write to {}", name.display()), &error)
    })
}

/// A recording for each module, if they are wanted.
fn record(args: &ModemArgs, ports: &[Port]) -> Result<Vec<Tap>, CliError> {
    let Some(path) = &args.record else {
        return Ok(Vec::new());
    };
    let record = |(index, port): (usize, &Port)| {
        let path = match ports.len() {
            1 => path.clone(),
            _ => numbered(path, index),
        };
        Tap::new(false, Some(&path), &port.name, &Redactor::new()).transpose()
    };
    ports.iter().enumerate().filter_map(record).collect()
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
