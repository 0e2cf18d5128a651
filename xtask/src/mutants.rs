//! `cargo xtask mutants`: what a test would not notice if it were wrong.
//!
//! cargo-mutants changes the two lower crates in one place at a time and runs their own tests, which
//! are quick; what survives those faces the simulator's properties. Survivors are listed in
//! `docs/survivors.txt`, with reasons. A full run takes hours; `--shard 0/8` takes every eighth change,
//! `--file PATH` those of one file, `--since COMMIT` those of new code.

use std::collections::BTreeSet;

use crate::{
    command::Command,
    failure::Failure,
    listed::{Found, Listed},
    tools::{self, Tool},
    workspace::{self, Workspace},
};

/// The crates that are changed.
const CRATES: [&str; 2] = ["at-syntax", "qmt-proto"];
/// What survives, and why that is no harm.
const LIST: &str = "docs/survivors.txt";
/// Share of the changes that tests must notice, in percent.
const SCORE: usize = 95;
/// Which part of the changes to try.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// `k/n`: the k-th of n parts.
    pub(crate) shard: Option<String>,
    /// Files, if not all of them.
    pub(crate) files: Vec<String>,
    /// Only what was changed since a commit.
    pub(crate) since: Option<String>,
}

/// Tries the changes, prints the score, and fails below [`SCORE`] or for a survivor that is not
/// listed.
pub(crate) fn run(workspace: &Workspace, part: &Part) -> Result<(), Failure> {
    if let Tool::Missing(why) = tools::cargo_mutants(!workspace::is_ci()) {
        return Err(Failure::new(why));
    }
    let mut which = Vec::new();
    for file in &part.files {
        which.extend(["--file".to_owned(), file.clone()]);
    }
    if let Some(shard) = &part.shard {
        let sharding = ["--sharding", "round-robin", "--shard"].map(str::to_owned);
        which.extend(sharding.into_iter().chain([shard.clone()]));
    }
    if let Some(since) = &part.since {
        which.extend(["--in-diff".to_owned(), diff(workspace, since)?]);
    }
    let own = attempt(
        workspace,
        "target/mutants-own",
        &CRATES,
        &["--tests"],
        which,
    )?;
    let mut survivors = own.survivors;
    if !survivors.is_empty() {
        let which = survivors
            .iter()
            .flat_map(|line| ["--re".to_owned(), exactly(line)]);
        let tests = ["--lib", "--test", "properties"];
        let sim = attempt(workspace, "target/mutants-sim", &["qmt-sim"], &tests, which)?;
        survivors = sim.survivors;
    }
    judge(workspace, part, own.tried, &survivors)
}

/// What came of trying some changes.
struct Attempt {
    /// How many compiled.
    tried: usize,
    /// Those that no test noticed, as cargo-mutants names them.
    survivors: Vec<String>,
}

/// Tries changes with the tests of some packages.
fn attempt(
    workspace: &Workspace,
    output: &str,
    tested: &[&str],
    tests: &[&str],
    which: impl IntoIterator<Item = String>,
) -> Result<Attempt, Failure> {
    let result = Command::cargo(["mutants", "--no-shuffle", "--colors=never", "--jobs=1"])
        .args([
            "--output",
            output,
            "--all-features",
            "--minimum-test-timeout=120",
        ])
        .args(CRATES.iter().flat_map(|name| ["--package", name]))
        .args(tested.iter().flat_map(|name| ["--test-package", name]))
        .args(which)
        .args(["--"])
        .args(tests.iter().copied())
        .env("PROPTEST_CASES", "64")
        // Building takes most of the time.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .run_and_keep();
    let list = |name: &str| workspace.read(&format!("{output}/mutants.out/{name}.txt"));
    let (Ok(missed), Ok(caught), Ok(timeout)) = (list("missed"), list("caught"), list("timeout"))
    else {
        // It ended before it tried anything.
        return Err(result.err().map_or_else(
            || Failure::new("cargo-mutants left no lists"),
            |(_, failure)| failure,
        ));
    };
    let count = |list: &str| list.lines().count();
    Ok(Attempt {
        tried: count(&missed) + count(&caught) + count(&timeout),
        survivors: missed.lines().map(str::to_owned).collect(),
    })
}

/// A pattern that matches `text` and nothing else.
fn exactly(text: &str) -> String {
    let mut pattern = "^".to_owned();
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "$"
}

/// The difference from a commit, in a file.
fn diff(workspace: &Workspace, since: &str) -> Result<String, Failure> {
    let text = Command::new("git")
        .args(["diff", since, "--", "crates"])
        .capture()?;
    let path = workspace.target_dir().join("mutants.diff");
    std::fs::write(&path, text)
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))?;
    Ok(path.display().to_string())
}

fn judge(
    workspace: &Workspace,
    part: &Part,
    tried: usize,
    survivors: &[String],
) -> Result<(), Failure> {
    if tried == 0 {
        return Err(Failure::new("there was nothing to change"));
    }
    let noticed = tried - survivors.len();
    let score = 100 * noticed / tried;
    println!(
        "mutants tried={tried} noticed={noticed} score={score} missed={}",
        survivors.len()
    );
    let survivors: BTreeSet<Found> = survivors.iter().filter_map(|line| survivor(line)).collect();
    let listed = Listed::read(workspace, LIST)?;
    // A part of the changes says nothing about the survivors of the others.
    let whole = part.shard.is_none() && part.since.is_none();
    let looked_at = |path: &str| {
        let files = &part.files;
        whole && (files.is_empty() || files.iter().any(|file| path.ends_with(file.as_str())))
    };
    let mistakes = listed.mistakes(&survivors, looked_at);
    for mistake in &mistakes {
        eprintln!("error: {mistake}");
    }
    if !mistakes.is_empty() {
        let n = mistakes.len();
        return Err(Failure::new(format!(
            "{n} differences from {LIST}, see above"
        )));
    }
    if score < SCORE {
        return Err(Failure::new(format!("less than {SCORE} % were noticed")));
    }
    Ok(())
}

/// `crates/a/src/b.rs:12:5: replace x with y in f` without its place in the file, which every
/// edit moves.
fn survivor(line: &str) -> Option<Found> {
    let (place, what) = line.split_once(": ")?;
    let path = place.split(':').next()?;
    Some(Found {
        path: path.to_owned(),
        what: what.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_survivor_is_known_by_what_was_changed() {
        let line = "crates/a/src/b.rs:12:5: replace A::f -> Option<u8> with None";
        let found = survivor(line).unwrap();
        assert_eq!(found.path, "crates/a/src/b.rs");
        assert_eq!(found.what, "replace A::f -> Option<u8> with None");
        assert_eq!(survivor(""), None);
    }

    #[test]
    fn a_survivor_is_tried_again_alone() {
        assert_eq!(exactly("a.rs:1:2: + with -"), r"^a\.rs\:1\:2\: \+ with \-$");
    }
}
