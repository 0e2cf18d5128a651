//! The `qmt` command: MQTT over AT commands from the shell.
//!
//! One file per verb, each with its clap `Args` and `async fn run(args) -> Result<Exit, CliError>`.
//! A verb's data goes to standard output, everything else to standard error.

mod aliauth;
mod at;
mod capabilities;
mod cli;
mod connection;
mod console;
mod conversation;
mod decode;
mod demo;
mod dialogue;
mod doctor;
mod error;
mod exit;
mod explain;
mod format;
mod lang;
mod line;
mod links;
mod modem;
mod monitor;
mod payload;
mod ports;
mod publish;
mod recorded;
mod recording;
mod replay;
mod report;
mod settings;
mod shell;
mod signals;
mod subscribe;
mod tap;
mod trace;
mod words;

use cli::{Cli, Parsed};
use error::CliError;
use exit::Exit;

fn main() {
    let cli = match Cli::from_environment() {
        Parsed::Run(cli) => cli,
        Parsed::Done(exit) => end(exit),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // The tasks of the line go on while a verb waits for a slow reader of its output.
        .worker_threads(1)
        .enable_all()
        .build();
    let exit = match &runtime {
        // The runtime is never dropped: it would wait for a read of standard input.
        Ok(runtime) => runtime.block_on(cli.run()),
        Err(error) => Err(CliError::new(
            Exit::IO,
            format!("cannot start: {error}"),
            "check the limits of the process (ulimit -a)",
        )),
    };
    end(exit.unwrap_or_else(|error| error.report()));
}

/// Ends the process at once, whatever its threads do.
fn end(exit: Exit) -> ! {
    std::process::exit(exit.code())
}
