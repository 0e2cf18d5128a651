//! `cargo xtask bench`: runs the tables of `benches/`, which are programs of their own.

use std::ffi::OsStr;

use crate::{command::Command, failure::Failure};

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    /// Correctness on hostile payloads.
    W7,
    /// Instructions under callgrind.
    Counts,
}

impl Table {
    /// The table that the command line calls `name`.
    pub(crate) fn named(name: &OsStr) -> Option<Self> {
        match name.to_str()? {
            "w7" => Some(Self::W7),
            "counts" => Some(Self::Counts),
            _ => None,
        }
    }
}

/// Builds and runs the table as users would build it: optimised, with the release profile.
pub(crate) fn run(table: Table, check: bool) -> Result<(), Failure> {
    let (name, flags) = match table {
        Table::W7 => ("w7", None),
        Table::Counts => ("counts", check.then_some("--check")),
    };
    Command::cargo(["run", "--quiet", "--release", "--package", "qmt-benches"])
        .args(["--bin", name, "--"])
        .args(flags)
        .run()
}
