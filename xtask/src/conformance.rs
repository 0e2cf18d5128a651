//! `cargo xtask conformance`: mosquitto's packet sequences against the virtual module and the broker.
//!
//! The sequences belong to another project and are not in this one; the work is qmt-sim's.

use std::path::Path;

use crate::{command::Command, failure::Failure};

/// Where CI finds the sequences, seen from the repository root.
pub(crate) const DATA: &str = "../shared/conformance/mosquitto";

/// Prints the scores on the sequences in the folder `data`.
pub(crate) fn run(data: &str) -> Result<(), Failure> {
    if !is_there(data) {
        return Err(Failure::new(format!("no packet sequences in {data}")));
    }
    Command::cargo(["run", "--quiet", "--package", "qmt-sim"])
        .args(["--bin", "conformance", "--", data])
        .run()
}

/// Whether the folder looks like the sequences.
pub(crate) fn is_there(data: &str) -> bool {
    ["lib", "broker"]
        .iter()
        .all(|set| Path::new(data).join(set).is_dir())
}
