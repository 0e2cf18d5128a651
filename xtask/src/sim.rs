//! `cargo xtask sim`: campaigns of the simulator, built with the profile `search`.
//!
//! What every change is tried with does not depend on the change, or nobody could say whether it was
//! the change that failed. `--rotate` is for whoever has time: it takes up seeds that nobody has tried.

use crate::{command::Command, failure::Failure};

/// Seeds of the campaigns that every change is tried with: seconds of two processors.
const SAMPLES: [(&str, &str); 2] = [("safety", "0..150"), ("liveness", "0..2000")];
/// Seeds that a commit has to itself.
const SEEDS: u64 = 1 << 20;

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
    /// The same, with seeds that no other commit is tried with.
    Rotated(Vec<String>),
}

/// Runs what every change is tried with: seeds that were tried before.
pub(crate) fn run_sample() -> Result<(), Failure> {
    for (campaign, seeds) in SAMPLES {
        let args = [campaign, "--seeds", seeds].map(str::to_owned);
        run(Campaign::Seeds(args.to_vec()))?;
    }
    Ok(())
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
        Campaign::Rotated(mut args) => {
            let first = rotated()?;
            args.extend(["--seeds".to_owned(), format!("{first}..{}", first + SEEDS)]);
            if !args.iter().any(|arg| arg == "--minutes") {
                args.extend(["--minutes".to_owned(), "10".to_owned()]);
            }
            ("campaign", args)
        }
    };
    Command::cargo(["run", "--quiet", "--profile", "search"])
        .args(["--package", "qmt-sim", "--bin", program, "--"])
        .args(arguments)
        .run()
}

/// The first of the seeds that belong to this commit: its name, as a number.
fn rotated() -> Result<u64, Failure> {
    let name = Command::new("git").args(["rev-parse", "HEAD"]).capture()?;
    let digits = name.get(..8).unwrap_or_default();
    let number = u64::from_str_radix(digits, 16);
    number
        .map(|number| number * SEEDS)
        .map_err(|_| Failure::new("`git rev-parse HEAD` gives no name"))
}

fn quirks() -> Result<(), Failure> {
    Command::cargo(["test", "--profile", "search", "--package", "qmt-sim"])
        .args(["--test", "q", "--test", "quirk_sets"])
        .env("QMT_SIM_SHARE", "all")
        .run()
}
