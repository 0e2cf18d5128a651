//! `cargo xtask narrow`: the tests of the cores where a register holds 32 bits, as on the
//! microcontrollers they are for: there they leave out the short ways that need words of eight bytes,
//! and integers are narrower.

use crate::{
    command::Command,
    failure::Failure,
    tools::{self, Tool},
};

/// A processor that runs its programs here.
pub(crate) const TARGET: &str = "i686-unknown-linux-gnu";
/// Beside those of the host, which would be compiled in turn.
const FOLDER: &str = "target/narrow";

/// Runs all tests of the cores, and the simulator's properties and corpus, which hold for them.
pub(crate) fn run() -> Result<(), Failure> {
    match tools::narrow(true) {
        Tool::Ready(what) => eprintln!("found {what}"),
        Tool::Missing(why) => return Err(Failure::new(why)),
    }
    let cores = ["at-syntax", "qmt-proto", "qmt-session"];
    let cores = cores.iter().flat_map(|name| ["--package", name]);
    test().args(cores).args(["--lib", "--tests"]).run()?;
    let properties = ["--test", "properties", "--test", "corpus"];
    test()
        .args(["--package", "qmt-sim"])
        .args(properties)
        .env("PROPTEST_CASES", "64")
        .run()
}

fn test() -> Command {
    Command::cargo([
        "test",
        "--quiet",
        "--target",
        TARGET,
        "--target-dir",
        FOLDER,
    ])
}
