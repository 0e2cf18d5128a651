//! `cargo xtask sim`: campaigns of the simulator, built with the profile `search`.

use crate::{command::Command, failure::Failure};

/// How many messages lose their host's power at every step.
pub(crate) const MESSAGES: u32 = 1000;

/// What is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Campaign {
    /// Every single-byte fault of the canonical dialogue, or one in so many; with payloads as they
    /// are or in envelopes.
    Bytes { every: u32, sealed: bool },
    /// The host's power goes at every step of publishing so many messages.
    Crash { messages: u32 },
    /// The tests of the invariants with all modules, where each change tries a share of them.
    Quirks,
    /// Faults of all kinds in many seeds: arguments of the program `campaign` of qmt-sim.
    Seeds(Vec<String>),
}

/// Runs a campaign.
pub(crate) fn run(campaign: Campaign) -> Result<(), Failure> {
    let (program, arguments) = match campaign {
        Campaign::Bytes { every, sealed } => {
            let sealed = sealed.then(|| "sealed".to_owned());
            let every = [every.to_string()];
            ("single_byte", every.into_iter().chain(sealed).collect())
        }
        Campaign::Crash { messages } => ("crash", vec![messages.to_string()]),
        Campaign::Quirks => return quirks(),
        Campaign::Seeds(args) => ("campaign", args),
    };
    Command::cargo(["run", "--quiet", "--profile", "search"])
        .args(["--package", "qmt-sim", "--bin", program, "--"])
        .args(arguments)
        .run()
}

fn quirks() -> Result<(), Failure> {
    Command::cargo(["test", "--profile", "search", "--package", "qmt-sim"])
        .args(["--test", "q", "--test", "quirk_sets"])
        .env("QMT_SIM_SHARE", "all")
        .run()
}
