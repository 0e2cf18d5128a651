//! `cargo xtask cov`: which lines and branches of the two lower crates no test reaches.
//!
//! All of them must be reached, but for those of `docs/unreachable.txt`. Branches are counted by
//! options of rustc that are not stable yet; `RUSTC_BOOTSTRAP` lets a stable compiler take them.

mod lcov;

use std::collections::BTreeSet;

use crate::{
    command::Command,
    failure::Failure,
    listed::{Found, Listed},
    tools::{self, Llvm, Tool},
    workspace::{self, Workspace},
};

use lcov::Tally;

/// The crates that are measured.
const CRATES: [&str; 2] = ["at-syntax", "qmt-proto"];
/// What cannot be reached, and why.
const LIST: &str = "docs/unreachable.txt";
const REPORT: &str = "target/lcov.info";

/// Measures, prints the figures, and fails for what is neither reached nor listed.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let llvm = ready()?;
    let cargo = |args: &[&str]| {
        Command::cargo(["llvm-cov"])
            .args(args.iter().copied())
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Zcoverage-options=branch")
            .env("LLVM_COV", &llvm.cov)
            .env("LLVM_PROFDATA", &llvm.profdata)
    };
    cargo(&["clean", "--workspace"]).run()?;
    let test = ["test", "--no-report", "--all-features"];
    let crates = CRATES.iter().flat_map(|name| ["--package", name]);
    cargo(&test).args(crates).args(["--lib", "--tests"]).run()?;
    // Most of what holds for every line is a property of the simulator.
    let properties = ["--package", "qmt-sim", "--lib", "--test", "properties"];
    cargo(&test).args(properties).run()?;
    cargo(&["report", "--lcov", "--output-path", REPORT]).run()?;
    judge(workspace)
}

fn ready() -> Result<Llvm, Failure> {
    let install = !workspace::is_ci();
    if let Tool::Missing(why) = tools::cargo_llvm_cov(install) {
        return Err(Failure::new(why));
    }
    tools::llvm(install)
}

fn judge(workspace: &Workspace) -> Result<(), Failure> {
    let report = workspace.read(REPORT)?;
    let mut missed = BTreeSet::new();
    for name in CRATES {
        let source = format!("crates/{name}/src/");
        let mut sum = Tally::default();
        for file in lcov::files(&report) {
            let Some(at) = file.path.find(&source) else {
                continue;
            };
            let path = file.path.get(at..).unwrap_or_default();
            if path.ends_with("tests.rs") || path.contains("/tests/") {
                continue;
            }
            let text = workspace.read(path)?;
            let (tally, lines) = file.missed(&text);
            sum += tally;
            missed.extend(lines.into_iter().map(|what| Found {
                path: path.to_owned(),
                what,
            }));
        }
        println!("{name:<10} {sum}");
    }
    let listed = Listed::read(workspace, LIST)?;
    println!("{} listed as unreachable", listed.len());
    let mistakes = listed.mistakes(&missed, |_| true);
    for mistake in &mistakes {
        eprintln!("error: {mistake}");
    }
    match mistakes.len() {
        0 => Ok(()),
        n => Err(Failure::new(format!(
            "{n} differences from {LIST}, see above"
        ))),
    }
}
