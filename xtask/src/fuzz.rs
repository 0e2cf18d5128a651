//! `cargo xtask fuzz`: campaigns on the targets of `fuzz/`, which can be stopped and go on.
//!
//! Targets are built by cargo-fuzz without sanitizers: there is no `unsafe` below them, and what
//! they look for panics, with assertions and overflow checks on. What a campaign finds is kept in
//! `fuzz/campaign`, which git ignores; what is worth keeping goes into `fuzz/corpus` by hand.

use std::fs;
use std::sync::Mutex;
use std::thread;

use crate::{
    command::Command,
    cov,
    failure::Failure,
    tools::{self, Tool},
    workspace::Workspace,
};

mod campaign;
mod record;

use campaign::{Campaign, Limit};
use record::Record;

/// Inputs that each target must have survived at the gate, and all together (G1).
const GATE_EACH: u64 = 1_000_000;
const GATE_ALL: u64 = 10_000_000;
/// Inputs of those that are quick: so all come to their sum, though sessions are slow.
const GATE_QUICK: u64 = GATE_EACH + GATE_EACH / 4;
/// Longest time a target may take at the gate, in seconds: what is short of a million then is told.
const GATE_SECONDS: u64 = 300;

/// What to do with the targets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    /// Fuzz each for so many minutes.
    Minutes(u64),
    /// Check the corpus, on stable, as `cargo test` does too.
    Replay,
    /// Fuzz each until it has survived what G1 asks for.
    Gate,
    /// Show what campaigns have come to so far.
    Report,
    /// Show which lines of the crates below the corpus reaches.
    Coverage,
}

/// Does it with `target`, or with all.
pub(crate) fn run(workspace: &Workspace, target: Option<&str>, mode: Mode) -> Result<(), Failure> {
    let mut targets = targets()?;
    if let Some(target) = target {
        targets.retain(|name| name == target);
        if targets.is_empty() {
            return Err(Failure::new(format!(
                "no target `{target}` in fuzz/fuzz_targets"
            )));
        }
    }
    match mode {
        Mode::Replay => replay().run(),
        Mode::Coverage => cov::corpus(workspace),
        Mode::Report => {
            print!("{}", table(&targets));
            let done = targets.iter().map(|name| Record::load(name).execs);
            let done: Vec<u64> = done.collect();
            print!("{}", figures(&targets, &done));
            Ok(())
        }
        Mode::Minutes(minutes) => fuzz(&targets, Limit::seconds(60 * minutes)),
        Mode::Gate => {
            replay().run()?;
            let before: Vec<u64> = targets
                .iter()
                .map(|name| Record::load(name).execs)
                .collect();
            let limit = Limit {
                seconds: GATE_SECONDS,
                execs: Some(GATE_QUICK),
            };
            fuzz(&targets, limit)?;
            check_gate(&targets, &before)
        }
    }
}

/// Names of the targets, sorted.
fn targets() -> Result<Vec<String>, Failure> {
    let folder = fs::read_dir("fuzz/fuzz_targets")
        .map_err(|error| Failure::new(format!("cannot list fuzz/fuzz_targets: {error}")))?;
    let mut names: Vec<String> = folder
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| name != "shim")
        .collect();
    names.sort_unstable();
    Ok(names)
}

/// The same programs as `cargo fuzz run`, built once, and run as many at a time as there are cores.
fn fuzz(targets: &[String], limit: Limit) -> Result<(), Failure> {
    match tools::cargo_fuzz(true) {
        Tool::Ready(what) => eprintln!("found {what}"),
        Tool::Missing(why) => return Err(Failure::new(why)),
    }
    build("fuzz").run()?;
    let triple = host()?;
    let queue = Mutex::new(targets.iter());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let failures = thread::scope(|scope| {
        let work = || {
            let mut failures = Vec::new();
            while let Some(name) = queue.lock().ok().and_then(|mut queue| queue.next()) {
                failures.extend(Campaign::new(name, &triple).run(limit).err());
            }
            failures
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_default())
            .collect::<Vec<_>>()
    });
    print!("{}", table(targets));
    for failure in &failures {
        eprintln!("xtask: {failure}");
    }
    match failures.len() {
        0 => Ok(()),
        n => Err(Failure::new(format!(
            "{n} of {} targets failed, see above",
            targets.len()
        ))),
    }
}

/// Builds the programs in `folder`. Fuzzing needs unstable flags: of a nightly if there is one, else
/// of the stable compiler.
pub(crate) fn build(folder: &str) -> Command {
    let flags = [
        "fuzz",
        "build",
        "-s",
        "none",
        "-O",
        "-a",
        "--fuzz-dir",
        folder,
    ];
    if Command::cargo(["+nightly", "--version"]).succeeds() {
        Command::cargo(["+nightly"]).args(flags)
    } else {
        Command::cargo([]).args(flags).env("RUSTC_BOOTSTRAP", "1")
    }
}

/// The target triple cargo-fuzz builds for.
pub(crate) fn host() -> Result<String, Failure> {
    let version = Command::new("rustc").args(["-vV"]).capture()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| Failure::new("`rustc -vV` does not tell its host"))
}

fn replay() -> Command {
    Command::cargo(["test", "--package", "qmt-sim", "--test", "corpus"])
}

fn check_gate(targets: &[String], before: &[u64]) -> Result<(), Failure> {
    let done: Vec<u64> = targets
        .iter()
        .zip(before)
        .map(|(name, before)| Record::load(name).execs - before)
        .collect();
    let all: u64 = done.iter().sum();
    // One target alone is asked for its own share only.
    let asked = GATE_ALL.min(GATE_EACH * targets.len() as u64);
    let short = targets
        .iter()
        .zip(&done)
        .filter(|(_, done)| **done < GATE_EACH);
    let short: Vec<String> = short.map(|(name, done)| format!("{name} {done}")).collect();
    print!("{}", figures(targets, &done));
    if short.is_empty() && all >= asked {
        return Ok(());
    }
    Err(Failure::new(format!(
        "below {GATE_EACH} in {GATE_SECONDS} s: {}",
        short.join(", ")
    )))
}

/// How many inputs each target has survived, and how many targets less than the gate asks for.
fn figures(targets: &[String], done: &[u64]) -> String {
    let each = targets.iter().zip(done);
    let mut text: String = each
        .map(|(name, done)| format!("fuzz {name}={done}\n"))
        .collect();
    let all: u64 = done.iter().sum();
    let short = done.iter().filter(|done| **done < GATE_EACH).count();
    text += &format!("fuzz inputs={all} targets={} short={short}\n", done.len());
    text
}

/// What campaigns have come to.
fn table(targets: &[String]) -> String {
    let mut table = format!(
        "{:<16} {:>12} {:>8} {:>8} {:>7} {:>7} {:>12}\n",
        "target", "execs", "seconds", "execs/s", "edges", "inputs", "last edge s"
    );
    for name in targets {
        let record = Record::load(name);
        table.push_str(&format!(
            "{name:<16} {:>12} {:>8} {:>8} {:>7} {:>7} {:>12}\n",
            record.execs,
            record.seconds,
            record.execs / record.seconds.max(1),
            record.edges,
            record.inputs,
            record.last_edge_at,
        ));
    }
    table
}
