//! `cargo xtask line`: messages per second from end to end, and where the time goes.

use core::fmt::Write as _;

use super::{FOLDER, profile};
use crate::{
    command::Command,
    failure::Failure,
    workspace::{BENCHES, Workspace},
};

/// The files of callgrind that are shown: ways of a message, and who works on it.
const SHOWN: [(&str, &str); 4] = [
    ("publish-1-host", "Publish at QoS 1: the host"),
    ("publish-1-module", "Publish at QoS 1: the virtual module"),
    ("receive-1-host", "Receive at QoS 1: the host"),
    ("receive-1-module", "Receive at QoS 1: the virtual module"),
];

/// Prints the table. `save`: makes the page anew, with the functions of host and module.
pub(crate) fn run(workspace: &Workspace, save: bool) -> Result<(), Failure> {
    for (package, program) in [("qmt-cli", "qmt"), (BENCHES, PROGRAM)] {
        Command::cargo(["build", "--quiet", "--release", "--package", package])
            .args(["--bin", program])
            .run()?;
    }
    let release = workspace.target_dir().join("release");
    let program = |name: &str| release.join(name).display().to_string();
    let line = || Command::new(program(PROGRAM)).args([program("qmt")]);
    if !save {
        return line().run();
    }
    let table = line().capture()?;
    print!("{table}");
    let folder = workspace.target_dir().join("callgrind-line");
    std::fs::create_dir_all(&folder)
        .map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
    line().args([folder.display().to_string()]).capture()?;
    let mut page = format!("{HEAD}\n{table}");
    for (file, title) in SHOWN {
        let functions = profile::annotated(&folder.join(file).display().to_string())?;
        // Writing to a string does not fail.
        let _ = write!(page, "\n## {title}\n\n{}", profile::block(&functions));
    }
    workspace.write(&format!("{FOLDER}/line.md"), &page)
}

const PROGRAM: &str = "line";

/// What stands above the table.
const HEAD: &str = include_str!("line_head.md");
