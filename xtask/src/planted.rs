//! `cargo xtask planted`: does the gate notice? Each bug of `docs/planted.txt` is put into a copy of
//! the tree, alone, and the gate named beside it must fail.
//!
//! A gate is one program with its arguments, the cheapest that is to find the bug. It is built first,
//! which must succeed, and run once without any bug, which must too: what does not compile, or fails
//! anyway, finds nothing. The copy and what is built in it stay in `target/planted`, so that the
//! next bug costs little more than the crate it is in.

mod bug;
mod gate;

use core::time::Duration;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::{fs, io};

use crate::{failure::Failure, stopwatch::Stopwatch, tree::Tree, workspace::Workspace};

use bug::Bug;
use gate::End;

/// The bugs.
const LIST: &str = "docs/planted.txt";
/// Bugs there must be, and seconds that half of them, and any, may take to be found (G10). The
/// seconds are printed, and only a gate that never ends is given up after so long.
const BUGS: usize = 30;
const LONGEST: Duration = Duration::from_secs(600);

/// Plants every bug whose name or file holds `wanted`, or all.
pub(crate) fn run(workspace: &Workspace, wanted: Option<&str>) -> Result<(), Failure> {
    let mut bugs = bug::read(workspace, LIST)?;
    let is_wanted = |bug: &Bug| {
        wanted.is_none_or(|wanted| bug.name.contains(wanted) || bug.file.contains(wanted))
    };
    bugs.retain(is_wanted);
    if bugs.is_empty() {
        return Err(Failure::new(format!("no such bug in {LIST}")));
    }
    let tree = Tree::copy(workspace, "planted")?;
    for gate in bugs.iter().map(|bug| &bug.gate).collect::<BTreeSet<_>>() {
        eprintln!("without a bug: {gate}");
        let program = gate.build(&tree)?;
        let (end, said) = program.run(LONGEST)?;
        if end != End::Passed {
            let words = format!("`{gate}` fails without any bug:\n{said}");
            return Err(Failure::new(words));
        }
    }
    let mut found = Vec::new();
    let mut missed = Vec::new();
    for bug in &bugs {
        plant(&tree, bug)?;
        let building = Stopwatch::start();
        let program = bug.gate.build(&tree);
        let built = building.elapsed();
        let watch = Stopwatch::start();
        let end = program.and_then(|program| program.run(LONGEST));
        let took = watch.elapsed();
        heal(&tree, bug)?;
        let (end, _) = end?;
        println!(
            "{:<44} {:<36} built {:>5.1} s  {end} {:>5.1} s",
            bug.name,
            bug.gate.to_string(),
            built.as_secs_f64(),
            took.as_secs_f64()
        );
        match end {
            End::Failed => found.push(took),
            End::Passed | End::Endless => missed.push(bug.name.as_str()),
        }
    }
    found.sort_unstable();
    let seconds = |time: Option<&Duration>| time.map_or(0.0, Duration::as_secs_f64);
    println!(
        "planted bugs={} found={} missed={} median_s={:.1} max_s={:.1}",
        bugs.len(),
        found.len(),
        missed.len(),
        seconds(found.get(found.len() / 2)),
        seconds(found.last())
    );
    if !missed.is_empty() {
        let words = format!("not found: {}", missed.join(", "));
        return Err(Failure::new(words));
    }
    match wanted.is_none() && bugs.len() < BUGS {
        true => Err(Failure::new(format!("fewer than {BUGS} bugs in {LIST}"))),
        false => Ok(()),
    }
}

fn plant(tree: &Tree, bug: &Bug) -> Result<(), Failure> {
    let path = tree.root.join(&bug.file);
    let text = fs::read_to_string(&path).map_err(|error| wrong(bug, &error))?;
    let planted = bug.plant(&text).ok_or_else(|| {
        let Bug { name, file, .. } = bug;
        Failure::new(format!("{name}: its place is not once in {file}"))
    })?;
    // Beside the copy: nothing but a bug that was planted leaves a file here.
    fs::write(before(tree), &text).map_err(|error| wrong(bug, &error))?;
    tree.write(&bug.file, planted.as_bytes())
}

/// The file is as it was before the bug.
fn heal(tree: &Tree, bug: &Bug) -> Result<(), Failure> {
    let text = fs::read(before(tree)).map_err(|error| wrong(bug, &error))?;
    tree.write(&bug.file, &text)
}

fn before(tree: &Tree) -> PathBuf {
    tree.target.with_file_name("before")
}

fn wrong(bug: &Bug, error: &io::Error) -> Failure {
    Failure::new(format!("cannot plant {}: {error}", bug.name))
}
