//! The command line, and which verb it names.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::aliauth::{self, AliAuthArgs};
use crate::at::{self, AtArgs};
use crate::console::{self, ConsoleArgs};
use crate::decode::{self, DecodeArgs};
use crate::demo::{self, DemoArgs};
use crate::doctor::{self, DoctorArgs};
use crate::error::{CliError, note};
use crate::exit::{Exit, TABLE};
use crate::format;
use crate::lang::{self, Lang};
use crate::modem::{self, ModemArgs};
use crate::monitor::{self, MonitorArgs};
use crate::ports::{self, PortsArgs};
use crate::publish::{self, PublishArgs};
use crate::recording::{self, RecordingArgs};
use crate::replay::{self, ReplayArgs};
use crate::report::{self, ReportArgs};
use crate::settings::{self, Completed};
use crate::shell::{self, CompletionsArgs, ManArgs};
use crate::subscribe::{self, SubscribeArgs};
use crate::trace::has_no_color;

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
    /// Take the settings of this profile of the configuration file too
    #[arg(long = "use", id = "use", value_name = "PROFILE", global = true)]
    #[arg(display_order = 995, help_heading = "Settings", hide_short_help = true)]
    profile: Option<String>,
    /// Configuration file; ~/.config/qmt/config.toml unless told otherwise
    #[arg(long, value_name = "FILE", global = true)]
    #[arg(display_order = 996, help_heading = "Settings", hide_short_help = true)]
    config: Option<PathBuf>,
    /// Speak English or Chinese; else as LANG says
    #[arg(long, value_enum, global = true)]
    #[arg(display_order = 994, help_heading = "Settings", hide_short_help = true)]
    lang: Option<Lang>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// See the note's worked session run, with nothing else
    Demo(DemoArgs),
    /// Publish messages through the module
    Pub(PublishArgs),
    /// Print the messages that the module receives
    Sub(SubscribeArgs),
    /// Send AT commands and print the answers
    At(AtArgs),
    /// Talk to the module by hand, with every answer explained
    Console(ConsoleArgs),
    /// Examine line, module, network and broker; name the fault
    Doctor(DoctorArgs),
    /// Watch host and module; let things go wrong
    Monitor(MonitorArgs),
    /// Run the virtual module for other programs
    Modem(ModemArgs),
    /// Explain a capture, dump or log, line by line
    Decode(DecodeArgs),
    /// Print what --record has kept of a line
    Recording(RecordingArgs),
    /// Compute what a device of Alibaba Cloud connects with
    Aliauth(AliAuthArgs),
    /// Play one side of a recording against the other
    Replay(ReplayArgs),
    /// Make a page of a recording, failures explained
    Report(ReportArgs),
    /// List the serial ports of this machine
    Ports(PortsArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Write the manual pages
    Man(ManArgs),
}

/// How flags are set otherwise.
const SETTINGS: &str = "\
Every flag can be set otherwise too: QMT_HOST in the environment, QMT_SUB_HOST for one verb, and
host in ~/.config/qmt/config.toml, for all verbs, one, or a profile (--use).";

/// What the command line asks for.
pub(crate) enum Parsed {
    Run(Box<Cli>),
    /// Help was printed, or what is wrong with the command line.
    Done(Exit),
}

impl Cli {
    /// The command line with all its help.
    pub(crate) fn whole() -> clap::Command {
        lang::help(Self::described())
    }

    /// The same in English.
    pub(crate) fn described() -> clap::Command {
        // `-h` is the host, as in mosquitto_pub: help is `--help` alone, for every verb.
        Self::command()
            .disable_help_flag(true)
            .disable_help_subcommand(true)
            .max_term_width(100)
            .after_help(format!("{SETTINGS}\n\n{TABLE}"))
            .mut_subcommands(|verb| {
                let own = verb.get_after_help().map(|text| format!("{text}\n\n"));
                let own = own.unwrap_or_default();
                verb.disable_help_flag(true)
                    .disable_version_flag(true)
                    .version(env!("CARGO_PKG_VERSION"))
                    .after_help(format!("{own}{TABLE}"))
            })
            .mut_subcommand("sub", |verb| {
                verb.after_help(format!("{}\n\n{TABLE}", format::HELP))
            })
    }

    /// The same with the help of `--help`, which fits a screen of 80 by 24: what is used most, a row
    /// for each flag.
    fn brief() -> clap::Command {
        const MORE: &str = "More flags, and every exit status: --help-all";
        let brief = |command: clap::Command| {
            command
                .max_term_width(80)
                .mut_args(|arg| {
                    let is_of_all =
                        matches!(arg.get_id().as_str(), "help" | "help_all" | "version");
                    let arg = arg.help_heading(None).hide_env(true);
                    match arg.get_action().takes_values() {
                        true => arg.hide_possible_values(true),
                        false if is_of_all => arg.hide_short_help(true),
                        false => arg,
                    }
                })
                .after_help(MORE)
        };
        const MESSAGE: &str = "<MESSAGE> [OPTIONS]";
        let command = brief(Self::described())
            .mut_subcommands(brief)
            .mut_subcommand("pub", |verb| {
                verb.override_usage(format!("qmt pub -D <LINE> -t <TOPIC> -m {MESSAGE}"))
            });
        lang::help(command)
    }

    /// Reads the command line of the process.
    pub(crate) fn from_environment() -> Parsed {
        let line: Vec<OsString> = std::env::args_os().collect();
        let variable = |name: &str| std::env::var(name).ok();
        Lang::of(&line, &variable).speak();
        let command = Self::whole();
        let Completed { line, added } = match settings::complete(line, &command, &variable) {
            Ok(completed) => completed,
            Err(error) => return Parsed::Done(error.report()),
        };
        let parsed = command
            .try_get_matches_from(&line)
            .and_then(|matches| Self::from_arg_matches(&matches));
        let parsed = parsed.map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                if !line.iter().any(|word| word == "--help-all") =>
            {
                let brief = Self::brief().try_get_matches_from(&line);
                brief.err().unwrap_or(error)
            }
            _ => error,
        });
        match parsed {
            Ok(cli) => Parsed::Run(Box::new(cli)),
            Err(error) => {
                let told = error.to_string();
                for (flag, source) in added {
                    if told.contains(&format!("--{flag} ")) && error.use_stderr() {
                        note(format_args!("--{flag} comes from {source}"));
                    }
                }
                Parsed::Done(tell(&error))
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

/// Prints help, or what is wrong with the command line.
fn tell(error: &clap::Error) -> Exit {
    let is_help = !error.use_stderr();
    let is_coloured = is_help && io::stdout().is_terminal() && !has_no_color();
    let words = match is_coloured {
        true => error.render().ansi().to_string(),
        false => error.to_string(),
    };
    // A closed pipe has no reader to disappoint.
    let _ = match lang::of_clap(&words) {
        None => error.print(),
        Some(words) if is_help => io::stdout().write_all(words.as_bytes()),
        Some(words) => io::stderr().write_all(words.as_bytes()),
    };
    match is_help {
        true => Exit::OK,
        false => Exit::USAGE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_the_command_line_are_sound() {
        Cli::whole().debug_assert();
        Cli::brief().debug_assert();
    }
}
