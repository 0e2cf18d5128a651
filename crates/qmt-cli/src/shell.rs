//! `qmt completions` and `qmt man`: what a shell and `man` want to know of the other verbs.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::error::CliError;
use crate::exit::Exit;

/// What `completions` is told.
#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// Whose completions to print
    #[arg(value_enum)]
    shell: Shell,
}

/// What `man` is told.
#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// Folder to write the pages of all verbs to; without it, the first page goes to standard output
    folder: Option<PathBuf>,
}

/// Prints the script that completes verbs and flags.
#[expect(clippy::unused_async, reason = "the shape of every verb")]
pub(crate) async fn completions(args: CompletionsArgs) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::whole(), "qmt", &mut script);
    print(&script)
}

/// Writes the manual pages, one for each verb.
#[expect(clippy::unused_async, reason = "the shape of every verb")]
pub(crate) async fn man(args: ManArgs) -> Result<Exit, CliError> {
    let failed = |error| CliError::io("cannot write the manual pages", &error);
    let Some(folder) = args.folder else {
        let mut page = Vec::new();
        let man = clap_mangen::Man::new(Cli::whole());
        man.render(&mut page).map_err(failed)?;
        return print(&page);
    };
    fs::create_dir_all(&folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::whole(), folder).map_err(failed)?;
    Ok(Exit::OK)
}

fn print(text: &[u8]) -> Result<Exit, CliError> {
    match io::stdout().lock().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::io("cannot write to standard output", &error))
        }
        _ => Ok(Exit::OK),
    }
}
