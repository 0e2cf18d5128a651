//! `cargo xtask fleet`: many virtual modules in one process, and what each costs.
//!
//! The work is a program of `benches/`; both it and `qmt` are built with the profile `search`.

use crate::{command::Command, failure::Failure};

/// Runs `modules` modules for `seconds` seconds and prints the figures; fails if a message is lost.
pub(crate) fn run(modules: u16, seconds: u16) -> Result<(), Failure> {
    Command::cargo([
        "build",
        "--quiet",
        "--profile",
        "search",
        "--package",
        "qmt-cli",
    ])
    .run()?;
    Command::cargo(["run", "--quiet", "--profile", "search"])
        .args(["--package", "qmt-benches", "--bin", "fleet", "--"])
        .args([
            "target/search/qmt".to_owned(),
            modules.to_string(),
            seconds.to_string(),
        ])
        .run()
}
