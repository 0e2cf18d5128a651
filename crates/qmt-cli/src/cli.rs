//! The command line, and which verb it names.

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::error::CliError;
use crate::exit::{Exit, TABLE};
use crate::modem::{self, ModemArgs};

/// MQTT over AT commands: Quectel BC260Y-CN and its virtual twin.
#[derive(Debug, Parser)]
#[command(
    name = "qmt",
    version,
    disable_version_flag = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Print help
    #[arg(long, global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// Print version
    #[arg(long, global = true, action = clap::ArgAction::Version)]
    version: Option<bool>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the virtual module for other programs
    Modem(ModemArgs),
}

/// What the command line asks for.
pub(crate) enum Parsed {
    Run(Cli),
    /// Help was printed, or what is wrong with the command line.
    Done(Exit),
}

impl Cli {
    /// Reads the command line of the process.
    pub(crate) fn from_environment() -> Parsed {
        // `-h` is the host, as in mosquitto_pub: help is `--help` alone, for every verb.
        let command = Self::command()
            .disable_help_flag(true)
            .disable_help_subcommand(true)
            .after_help(TABLE)
            .mut_subcommands(|verb| {
                verb.disable_help_flag(true)
                    .disable_version_flag(true)
                    .version(env!("CARGO_PKG_VERSION"))
                    .after_help(TABLE)
            });
        let parsed = command
            .try_get_matches()
            .and_then(|matches| Self::from_arg_matches(&matches));
        match parsed {
            Ok(cli) => Parsed::Run(cli),
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
            Verb::Modem(args) => modem::run(args).await,
        }
    }
}
