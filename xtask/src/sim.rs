//! `cargo xtask sim`: campaigns of the simulator, built with the profile `search`.

use crate::{command::Command, failure::Failure};

/// How many messages lose their host's power at every step.
pub(crate) const MESSAGES: u32 = 1000;

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Campaign {
    /// Every single-byte fault of the canonical dialogue, or one in so many.
    Bytes { every: u32 },
    /// The host's power goes at every step of publishing so many messages.
    Crash { messages: u32 },
}

/// Runs a campaign.
pub(crate) fn run(campaign: Campaign) -> Result<(), Failure> {
    let (program, number) = match campaign {
        Campaign::Bytes { every } => ("single_byte", every),
        Campaign::Crash { messages } => ("crash", messages),
    };
    Command::cargo(["run", "--quiet", "--profile", "search"])
        .args(["--package", "qmt-sim", "--bin", program, "--"])
        .args([number.to_string()])
        .run()
}
