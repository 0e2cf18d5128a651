//! `qmt modem`: the virtual module for other programs.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use qmt_broker::Server;
use qmt_modem::runner::{HostMap, HostMapError, HostMapping, Pty, Runner, TcpPort, stdio};
use qmt_modem::{BootTimes, Modem, ModemConfig};
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};

use self::log::Log;
use crate::error::CliError;
use crate::exit::Exit;
use crate::signals::Signals;

mod log;

/// What `qmt modem` is told.
#[derive(Args, Debug)]
pub(crate) struct ModemArgs {
    #[command(flatten)]
    port: Port,
    /// Connect to ADDR when the host opens HOST; `*` is every host, a PORT left out stays as it is
    #[arg(long, value_name = "HOST[:PORT]=ADDR[:PORT]")]
    map: Vec<HostMapping>,
    /// Start an MQTT broker on a free loopback port and map every other host to it
    #[arg(long)]
    loopback_broker: bool,
    /// Also write the address or path to this descriptor, as one line, when the module listens
    #[arg(long, value_name = "N")]
    ready_fd: Option<u32>,
    /// Find the network at once, not three seconds after power-on
    #[arg(long)]
    instant_boot: bool,
    /// Print both directions of the line to standard error, passwords as ***
    #[arg(long)]
    log: bool,
}

/// Where the module's serial side is.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Port {
    /// Pseudo-terminal, with a symbolic link to it at this path for as long as the module runs
    #[arg(long, value_name = "LINK")]
    pty: Option<PathBuf>,
    /// TCP port, one caller at a time, no password; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Standard input and output; the module ends with the input
    #[arg(long)]
    stdio: bool,
}

/// Any serial side.
trait Serial: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Serial for S {}

/// Runs the module until SIGINT, SIGTERM or the end of its input.
pub(crate) async fn run(args: ModemArgs) -> Result<Exit, CliError> {
    // Before anything can be seen of the module: whoever sees it may end it.
    let mut signals = Signals::watch()?;
    let broker = match args.loopback_broker {
        true => Some(start_broker().await?),
        false => None,
    };
    let mut hosts = HostMap::default();
    if let Some(broker) = &broker {
        let everything = format!("*={}", broker.local_addr());
        hosts.insert(everything.parse().map_err(|error: HostMapError| {
            CliError::new(Exit::IO, format!("{everything}: {error}"), "")
        })?);
    }
    for mapping in &args.map {
        hosts.insert(mapping.clone());
    }

    let (mut port, name) = open(&args.port).await?;
    let mut runner = Runner::new(Modem::new(config(args.instant_boot))).hosts(hosts);
    if args.log {
        let mut log = Log::new();
        runner = runner.observer(move |traffic| log.show(traffic));
    }
    // The port stays here, not in the modem's task: so it is gone when this function is.
    let (mut line, modem) = runner.spawn_in_process();
    tell_ready(&args, &name)?;
    let carried = tokio::select! {
        carried = copy_bidirectional(&mut port, &mut line) => carried.map(|_| ()),
        _ = signals.next() => Ok(()),
    };
    // Its sockets say goodbye.
    let ended = modem.shutdown().await.map(|_| ());
    carried
        .and(ended)
        .map(|()| Exit::OK)
        .map_err(|error| CliError::io(format!("{name} failed"), &error))
}

async fn start_broker() -> Result<Server, CliError> {
    let address = (core::net::Ipv4Addr::LOCALHOST, 0);
    Server::listen(address, qmt_broker::Config::default())
        .await
        .map_err(|error| CliError::io("cannot start the loopback broker", &error))
}

fn config(instant_boot: bool) -> ModemConfig {
    let mut config = ModemConfig::new();
    if instant_boot {
        config.boot = BootTimes::IMMEDIATE;
    }
    config
}

/// Opens the serial side; also gives its name.
async fn open(port: &Port) -> Result<(Box<dyn Serial>, String), CliError> {
    if let Some(link) = &port.pty {
        let pty = Pty::open()
            .map_err(|error| CliError::io("cannot open a pseudo-terminal", &error))?
            .publish(link)
            .map_err(|error| CliError::io(format!("cannot link {}", link.display()), &error))?;
        let name = pty.path().display().to_string();
        return Ok((Box::new(pty), name));
    }
    if let Some(address) = &port.listen {
        let listening = async {
            let port = TcpPort::bind(address).await?;
            let name = port.local_addr()?.to_string();
            io::Result::Ok((port, name))
        };
        let (port, name) = listening
            .await
            .map_err(|error| CliError::io(format!("cannot listen on {address}"), &error))?;
        return Ok((Box::new(port), name));
    }
    Ok((Box::new(stdio()), "stdio".to_owned()))
}

/// Says that the module listens, to whoever waits for it.
fn tell_ready(args: &ModemArgs, name: &str) -> Result<(), CliError> {
    let line = format!("ready: {name}");
    if args.port.stdio {
        // Standard output is the module's.
        let _ = writeln!(io::stderr().lock(), "{line}");
    } else {
        let _ = writeln!(io::stdout().lock(), "{line}");
    }
    let Some(fd) = args.ready_fd else {
        return Ok(());
    };
    // Through the file system: taking over a descriptor by number is unsafe.
    std::fs::OpenOptions::new()
        .append(true)
        .open(format!("/dev/fd/{fd}"))
        .and_then(|mut file| writeln!(file, "{name}"))
        .map_err(|error| CliError::io(format!("cannot write to descriptor {fd}"), &error))
}
