//! `cargo xtask bench`: runs the tables of `benches/`, which are programs of their own.

use std::ffi::OsStr;

use crate::{command::Command, failure::Failure, workspace::BENCHES};

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    /// Correctness on hostile payloads.
    W7,
    /// Instructions under callgrind.
    Counts,
    /// Both, beside the crates that people use instead.
    Peers,
}

impl Table {
    /// The table that the command line calls `name`.
    pub(crate) fn named(name: &OsStr) -> Option<Self> {
        match name.to_str()? {
            "w7" => Some(Self::W7),
            "counts" => Some(Self::Counts),
            "peers" => Some(Self::Peers),
            _ => None,
        }
    }
}

/// Builds and runs the table as users would build it: optimised, with the release profile.
pub(crate) fn run(table: Table, check: bool) -> Result<(), Failure> {
    let program = match table {
        Table::W7 => "w7",
        Table::Counts => "counts",
        Table::Peers => {
            check_peers()?;
            "peers"
        }
    };
    let features = (table == Table::Peers).then_some(PEERS);
    Command::cargo(["run", "--quiet", "--release", "--package", BENCHES])
        .args(features.into_iter().flatten())
        .args(["--bin", program, "--"])
        .args(check.then_some("--check"))
        .run()
}

const PEERS: [&str; 2] = ["--features", "peers"];

/// What `ci` leaves out: that the peers compile, and read tame lines without a mistake.
fn check_peers() -> Result<(), Failure> {
    Command::cargo(["clippy", "--quiet", "--all-targets", "--package", BENCHES])
        .args(PEERS)
        .args(["--", "-D", "warnings"])
        .run()?;
    Command::cargo(["test", "--quiet", "--lib", "--package", BENCHES])
        .args(PEERS)
        .args(["peers"])
        .run()
}
