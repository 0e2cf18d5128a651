//! The command line, and which verb it names.

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::aliauth::{self, AliAuthArgs};
use crate::at::{self, AtArgs};
use crate::console::{self, ConsoleArgs};
use crate::decode::{self, DecodeArgs};
use crate::demo::{self, DemoArgs};
use crate::doctor::{self, DoctorArgs};
use crate::error::CliError;
use crate::exit::{Exit, TABLE};
use crate::format;
use crate::modem::{self, ModemArgs};
use crate::monitor::{self, MonitorArgs};
use crate::ports::{self, PortsArgs};
use crate::publish::{self, PublishArgs};
use crate::recording::{self, RecordingArgs};
use crate::replay::{self, ReplayArgs};
use crate::report::{self, ReportArgs};
use crate::shell::{self, CompletionsArgs, ManArgs};
use crate::subscribe::{self, SubscribeArgs};

/// MQTT over AT commands: Quectel BC260Y-CN and its virtual twin.
#[derive(Debug, Parser)]
#[command(
    name = "qmt",
    version,
    disable_version_flag = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Print help on what is used most
    #[arg(long, global = true, display_order = 997, action = clap::ArgAction::HelpShort)]
    help: Option<bool>,
    /// Print help on everything
    #[arg(long, global = true, display_order = 998, action = clap::ArgAction::HelpLong)]
    help_all: Option<bool>,
    /// Print version
    #[arg(long, global = true, display_order = 999, action = clap::ArgAction::Version)]
    version: Option<bool>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the application note's worked session: host, virtual module, broker and back
    Demo(DemoArgs),
    /// Publish messages through the module
    Pub(PublishArgs),
    /// Print the messages that the module receives
    Sub(SubscribeArgs),
    /// Send AT commands and print the answers
    At(AtArgs),
    /// Talk to the module by hand: completion, history, every answer explained
    Console(ConsoleArgs),
    /// Examine line, module, network and broker step by step, and name what is wrong
    Doctor(DoctorArgs),
    /// Watch host and module on a full screen, and let things go wrong
    Monitor(MonitorArgs),
    /// Run the virtual module for other programs
    Modem(ModemArgs),
    /// Explain a capture, hex dump or terminal log, line by line
    Decode(DecodeArgs),
    /// Print what --record has kept of a line
    Recording(RecordingArgs),
    /// Compute what a device of Alibaba Cloud connects with
    Aliauth(AliAuthArgs),
    /// Play one side of a recording and compare the other side with it
    Replay(ReplayArgs),
    /// Make a page of a recording: dialogue, links, times, failures explained
    Report(ReportArgs),
    /// List the serial ports of this machine
    Ports(PortsArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Write the manual pages
    Man(ManArgs),
}

/// What the command line asks for.
pub(crate) enum Parsed {
    Run(Box<Cli>),
    /// Help was printed, or what is wrong with the command line.
    Done(Exit),
}

impl Cli {
    /// The command line with all its help.
    pub(crate) fn whole() -> clap::Command {
        // `-h` is the host, as in mosquitto_pub: help is `--help` alone, for every verb.
        Self::command()
            .disable_help_flag(true)
            .disable_help_subcommand(true)
            .max_term_width(100)
            .after_help(TABLE)
            .mut_subcommands(|verb| {
                const END: &str = "Exit status: 0 when done; `qmt --help` lists the others.";
                let own = verb.get_after_help().map(|text| format!("{text}\n\n"));
                let own = own.unwrap_or_default();
                verb.disable_help_flag(true)
                    .disable_version_flag(true)
                    .version(env!("CARGO_PKG_VERSION"))
                    .after_help(format!("{own}{END}"))
                    .after_long_help(format!("{own}{TABLE}"))
            })
            .mut_subcommand("sub", |verb| {
                verb.after_long_help(format!("{}\n\n{TABLE}", format::HELP))
            })
    }

    /// Reads the command line of the process.
    pub(crate) fn from_environment() -> Parsed {
        let parsed = Self::whole()
            .try_get_matches()
            .and_then(|matches| Self::from_arg_matches(&matches));
        match parsed {
            Ok(cli) => Parsed::Run(Box::new(cli)),
            Err(error) => {
                // A closed pipe has no reader to disappoint.
                let _ = error.print();
                Parsed::Done(match error.use_stderr() {
                    true => Exit::USAGE,
                    false => Exit::OK,
                })
            }
        }
    }

    /// Does what the verb says.
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        match self.verb {
            Verb::Demo(args) => demo::run(args).await,
            Verb::Pub(args) => publish::run(args).await,
            Verb::Sub(args) => subscribe::run(args).await,
            Verb::At(args) => at::run(args).await,
            Verb::Console(args) => console::run(args).await,
            Verb::Doctor(args) => doctor::run(args).await,
            Verb::Modem(args) => modem::run(args).await,
            Verb::Monitor(args) => monitor::run(args).await,
            Verb::Decode(args) => decode::run(args).await,
            Verb::Recording(args) => recording::run(args).await,
            Verb::Aliauth(args) => aliauth::run(args).await,
            Verb::Replay(args) => replay::run(args).await,
            Verb::Report(args) => report::run(args).await,
            Verb::Ports(args) => ports::run(args).await,
            Verb::Completions(args) => shell::completions(args).await,
            Verb::Man(args) => shell::man(args).await,
        }
    }
}
