//! `cargo xtask sim`: campaigns of the simulator, built with the profile `search`.

use crate::{command::Command, failure::Failure};

/// How many messages lose their host's power at every step.
pub(crate) const MESSAGES: u32 = 1000;

/// Takes the host's power away at every step of publishing so many messages.
pub(crate) fn crash(messages: u32) -> Result<(), Failure> {
    Command::cargo(["run", "--quiet", "--profile", "search"])
        .args(["--package", "qmt-sim", "--bin", "crash", "--"])
        .args([messages.to_string()])
        .run()
}
