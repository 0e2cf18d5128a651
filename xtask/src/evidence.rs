//! `cargo xtask evidence`: what is claimed, what shows it, and how far it was reached.
//!
//! `docs/gates.txt` says what is claimed. A gate's commands are run and the figures they print kept in
//! `docs/evidence.jsonl`, one line for each gate, so that gates can be run one at a time, and on
//! several machines; `docs/evidence.md` is made of both.

mod gate;
mod page;
mod record;

use crate::{command::Command, failure::Failure, stopwatch::Stopwatch, workspace::Workspace};

use gate::Gate;
use record::Record;

const GATES: &str = "docs/gates.txt";
const RECORDS: &str = "docs/evidence.jsonl";
const PAGE: &str = "docs/evidence.md";

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Run these gates, or all, then write the page.
    Run(Vec<String>),
    /// Keep what the commands of a gate have said elsewhere, as it stands in a file.
    Said { gate: String, file: String },
    /// Write the page from what is kept.
    Draw,
}

/// Does it. Fails for a figure that is not reached and has no explanation.
pub(crate) fn run(workspace: &Workspace, job: &Job) -> Result<(), Failure> {
    let gates = gate::read(workspace, GATES)?;
    let mut records = record::read(workspace, RECORDS)?;
    let mut keep = |record: Record| {
        records.retain(|old| old.gate != record.gate);
        records.push(record);
        records.sort_by_key(|record| gates.iter().position(|gate| gate.name == record.gate));
        workspace.write(RECORDS, &record::emit(&records))
    };
    if let Job::Said { gate, file } = job {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::new(format!("cannot read {file}: {error}")))?;
        keep(Record::of(gate, &text, 0)?)?;
    }
    if let Job::Run(wanted) = job {
        if let Some(name) = wanted
            .iter()
            .find(|name| !gates.iter().any(|gate| gate.name == **name))
        {
            return Err(Failure::new(format!("no gate {name} in {GATES}")));
        }
        let is_wanted = |gate: &&Gate| wanted.is_empty() || wanted.contains(&gate.name);
        for gate in gates.iter().filter(is_wanted) {
            keep(attempt(gate)?)?;
        }
    }
    workspace.write(PAGE, &page::render(&gates, &records))?;
    let mut unexplained = Vec::new();
    for gate in &gates {
        let record = records.iter().find(|record| record.gate == gate.name);
        let short = gate.shortfalls(record.map(|record| &record.figures));
        for need in &short {
            println!("{}: not reached: {need}", gate.name);
        }
        if !short.is_empty() && gate.why.is_empty() {
            unexplained.push(gate.name.as_str());
        }
    }
    match unexplained.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(format!(
            "not reached, and not explained in {GATES}: {}",
            unexplained.join(", ")
        ))),
    }
}

/// Runs the commands of a gate, all of them, whatever comes of each.
fn attempt(gate: &Gate) -> Result<Record, Failure> {
    let watch = Stopwatch::start();
    let mut said = String::new();
    let mut failed = 0;
    for command in &gate.commands {
        let mut words = command.split_whitespace();
        let program = words.next().unwrap_or_default();
        said += &match Command::new(program).args(words).run_and_keep() {
            Ok(text) => text,
            Err((text, failure)) => {
                eprintln!("{failure}");
                failed += 1;
                text
            }
        };
        said += "\n";
    }
    said += &format!("exit={failed}\n");
    Record::of(&gate.name, &said, watch.elapsed().as_secs())
}
