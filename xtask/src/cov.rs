//! `cargo xtask cov`: which lines and branches of the two lower crates no test reaches, or of the
//! session with `--session`.
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
/// The one that is measured by itself: it takes all of the simulator.
const SESSION: &str = "qmt-session";
/// Those that a peer's bytes go through.
const CORES: [&str; 3] = ["at-syntax", "qmt-proto", SESSION];
/// What cannot be reached, and why.
const LIST: &str = "docs/unreachable.txt";
const REPORT: &str = "target/lcov.info";

/// Measures the lower crates, prints the figures, and fails for what is neither reached nor listed.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let crates = CRATES.iter().flat_map(|name| ["--package", name]);
    let own = crates.chain(["--lib", "--tests"]).collect();
    // Most of what holds for every line is a property of the simulator.
    let properties = vec!["--package", "qmt-sim", "--lib", "--test", "properties"];
    let report = measure(workspace, &[own, properties])?;
    compare(workspace, &report, &CRATES)
}

/// The same for the session, which its own tests and those of the simulator reach.
pub(crate) fn session(workspace: &Workspace) -> Result<(), Failure> {
    let own = vec!["--package", "qmt-session", "--lib", "--tests"];
    let report = measure(workspace, &[own, vec!["--package", "qmt-sim", "--tests"]])?;
    compare(workspace, &report, &[SESSION])
}

/// Prints how much of the three cores the corpus of the fuzz targets reaches by itself.
pub(crate) fn corpus(workspace: &Workspace) -> Result<(), Failure> {
    let report = measure(
        workspace,
        &[vec!["--package", "qmt-sim", "--test", "corpus"]],
    )?;
    CORES
        .iter()
        .try_for_each(|name| tell(workspace, &report, "corpus", name).map(drop))
}

/// Prints the figures of `crates`, and fails for what is neither reached nor listed.
fn compare(workspace: &Workspace, report: &str, crates: &[&str]) -> Result<(), Failure> {
    let listed = Listed::read(workspace, LIST)?;
    let mut missed = BTreeSet::new();
    for name in crates {
        for (line, found) in tell(workspace, report, "cov", name)? {
            if !listed.has(&found) {
                eprintln!("not reached: {}:{line}: {}", found.path, found.what);
            }
            missed.insert(found);
        }
    }
    let is_measured = |path: &str| {
        let mut crates = crates.iter();
        crates.any(|name| path.starts_with(&format!("crates/{name}/")))
    };
    let mistakes = listed.mistakes(&missed, is_measured);
    for mistake in &mistakes {
        eprintln!("error: {mistake}");
    }
    let unreachable = missed.iter().filter(|found| listed.has(found)).count();
    println!("cov unreachable={unreachable} differing={}", mistakes.len());
    match mistakes.len() {
        0 => Ok(()),
        n => Err(Failure::new(format!(
            "{n} differences from {LIST}, see above"
        ))),
    }
}

/// Runs these tests and gives what they have reached, as lcov writes it.
fn measure(workspace: &Workspace, tests: &[Vec<&str>]) -> Result<String, Failure> {
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
    for tests in tests {
        let test = ["test", "--no-report", "--all-features"];
        cargo(&test).args(tests.iter().copied()).run()?;
    }
    cargo(&["report", "--lcov", "--output-path", REPORT]).run()?;
    workspace.read(REPORT)
}

fn ready() -> Result<Llvm, Failure> {
    let install = !workspace::is_ci();
    if let Tool::Missing(why) = tools::cargo_llvm_cov(install) {
        return Err(Failure::new(why));
    }
    tools::llvm(install)
}

/// Prints the figures of one crate, and gives what was not reached, with the number of its line.
fn tell(
    workspace: &Workspace,
    report: &str,
    what: &str,
    name: &str,
) -> Result<Vec<(usize, Found)>, Failure> {
    let source = format!("crates/{name}/src/");
    let (mut sum, mut missed) = (Tally::default(), Vec::new());
    for file in lcov::files(report) {
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
        missed.extend(lines.into_iter().map(|(line, what)| {
            let path = path.to_owned();
            (line, Found { path, what })
        }));
    }
    println!(
        "{what} {name} {sum} {}",
        sum.figures(&format!("{what}_{name}"))
    );
    Ok(missed)
}
