//! `cargo xtask hostile`: messages made to mislead, for the receive path, for a whole client, and for
//! what people use instead.

use crate::{bench, command::Command, failure::Failure};

/// Messages for the receive path (G6); a client gets a tenth as many.
pub(crate) const MESSAGES: u64 = 10_000_000;

/// Messages that every change is tried with.
const SAMPLE: u64 = 200_000;

/// Sends some messages, as many as every change has time for.
pub(crate) fn run_sample() -> Result<(), Failure> {
    send(SAMPLE)
}

/// Sends `messages`, of which none may be told as anything else, then prints the scoreboard.
pub(crate) fn run(messages: u64) -> Result<(), Failure> {
    send(messages)?;
    bench::Table::Scoreboard.command().run()
}

fn send(messages: u64) -> Result<(), Failure> {
    Command::cargo(["run", "--quiet", "--profile", "search"])
        .args(["--package", "qmt-sim", "--bin", "hostile", "--"])
        .args([messages.to_string()])
        .run()
}
