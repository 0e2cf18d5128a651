//! `cargo xtask exhaust`: every short sequence of tokens, every cutting of short streams.
//!
//! The work is qmt-sim's; it is built with the profile `search`, fast code that links quickly.

use crate::{command::Command, failure::Failure};

/// The depth of every day: 8 million sequences, seconds. One more is fourteen times as many.
pub(crate) const DEPTH: u8 = 6;

/// Tries all sequences of up to `depth` tokens and prints the figures.
pub(crate) fn run(depth: u8) -> Result<(), Failure> {
    Command::cargo(["run", "--quiet", "--profile", "search"])
        .args(["--package", "qmt-sim", "--bin", "exhaust", "--"])
        .args([depth.to_string()])
        .run()
}
