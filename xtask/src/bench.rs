//! `cargo xtask bench`: what the programs of `benches/` say, kept, compared and drawn.
//!
//! The programs print; this file runs them as users would build them and keeps what is to be kept:
//! counts in `docs/benchmarks/history.jsonl`, the tables and plots beside it.

mod counts;
mod history;
pub(crate) mod line;
mod plots;
mod profile;
mod svg;

use std::ffi::OsStr;

pub(crate) use counts::Reach;

use crate::{
    command::Command,
    failure::Failure,
    workspace::{BENCHES, Workspace},
};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Job {
    /// Print one table; `check` fails where a row is above its limit.
    Print { table: Table, check: bool },
    /// Print the counts beside the last saved ones of this toolchain; `check` fails where one has
    /// moved by more than two percent.
    Beside { reach: Reach, check: bool },
    /// Keep the counts under a name, and the table of peers too if `full`.
    Save { name: String, full: bool },
    /// Print two saved runs beside each other.
    Compare { before: String, now: String },
    /// Make the pages and plots of what was saved.
    Draw,
    /// Make the page of where instructions go.
    Profile,
    /// Show that the gate passes five times in a row and fails on a planted loss.
    Prove,
}

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    /// Correctness on hostile payloads.
    W7,
    /// Instructions under callgrind.
    Counts,
    /// The same of sessions, the virtual module and everything together.
    Sessions,
    /// Both, beside the crates that people use instead.
    Peers,
    /// What these make of hostile messages, one by one.
    Scoreboard,
}

impl Table {
    /// The table that the command line calls `name`.
    pub(crate) fn named(name: &OsStr) -> Option<Self> {
        match name.to_str()? {
            "w7" => Some(Self::W7),
            "counts" => Some(Self::Counts),
            "sessions" => Some(Self::Sessions),
            "peers" => Some(Self::Peers),
            _ => None,
        }
    }

    const fn program(self) -> &'static str {
        match self {
            Self::W7 => "w7",
            Self::Counts => "counts",
            Self::Sessions => "sessions",
            Self::Peers => "peers",
            Self::Scoreboard => "scoreboard",
        }
    }

    pub(crate) fn command(self) -> Command {
        let features = matches!(self, Self::Peers | Self::Scoreboard).then_some(PEERS);
        // What counts no instructions needs no long link.
        let profile = match self {
            Self::Scoreboard => "search",
            _ => "release",
        };
        Command::cargo(["run", "--quiet", "--profile", profile, "--package", BENCHES])
            .args(features.into_iter().flatten())
            .args(["--bin", self.program(), "--"])
    }
}

/// Does one job.
pub(crate) fn run(workspace: &Workspace, job: &Job) -> Result<(), Failure> {
    match job {
        Job::Print { table, check } => {
            if *table == Table::Peers {
                check_peers()?;
            }
            table.command().args(check.then_some("--check")).run()
        }
        Job::Beside { reach, check } => {
            let entries = history::read(workspace)?;
            let toolchain = history::toolchain()?;
            let Some(last) = entries.iter().rfind(|entry| entry.toolchain == toolchain) else {
                let said = format!("no saved run of {toolchain}: `cargo xtask bench --save NAME`");
                return Err(Failure::new(said));
            };
            beside(last, *reach, false, *check)
        }
        Job::Save { name, full } => save(workspace, name, *full),
        Job::Compare { before, now } => {
            let entries = history::read(workspace)?;
            let (before, now) = (find(&entries, before)?, find(&entries, now)?);
            if before.toolchain != now.toolchain {
                eprintln!("two toolchains: {} and {}", before.toolchain, now.toolchain);
            }
            let differences = counts::compare(&before.counts, &now.counts);
            print!("{}", counts::table(&differences));
            Ok(())
        }
        Job::Draw => draw(workspace),
        Job::Profile => {
            let page = profile::page(workspace)?;
            workspace.write(&format!("{FOLDER}/profile.md"), &page)
        }
        Job::Prove => prove(),
    }
}

/// Fails where the receive path, a command or a session costs more instructions than it may. With a toolchain
/// of which no run was saved nobody knows whether they hold: then gives its name and counts nothing.
pub(crate) fn limits(workspace: &Workspace) -> Result<Option<String>, Failure> {
    let toolchain = history::toolchain()?;
    let saved = history::read(workspace)?;
    if !saved.iter().any(|entry| entry.toolchain == toolchain) {
        return Ok(Some(toolchain));
    }
    for table in [Table::Counts, Table::Sessions] {
        table.command().args(["--check"]).run()?;
    }
    Ok(None)
}

/// Counts and compares with a saved run; what was not to be counted is not missed.
fn beside(saved: &history::Entry, reach: Reach, planted: bool, check: bool) -> Result<(), Failure> {
    let now = counts::count(reach, planted)?;
    let mut before = saved.counts.clone();
    if reach == Reach::Quick {
        before.retain(|row, _| now.contains_key(row));
    }
    let differences = counts::compare(&before, &now);
    print!("{}", counts::table(&differences));
    let moved: Vec<String> = differences
        .iter()
        .filter_map(|row| row.check().err())
        .collect();
    if !check || moved.is_empty() {
        return Ok(());
    }
    let count = moved.len();
    let text = format!(
        "{}\n{count} counts differ from {}",
        moved.join("\n"),
        saved.name
    );
    Err(Failure::new(text).with_repeat("cargo xtask bench --check"))
}

/// The gate must hold still on a busy machine, and notice five percent.
fn prove() -> Result<(), Failure> {
    let now = history::Entry {
        name: "a moment ago".to_owned(),
        commit: String::new(),
        date: String::new(),
        toolchain: history::toolchain()?,
        counts: counts::count(Reach::Whole, false)?,
    };
    for round in 1..=5 {
        println!("\nround {round}");
        beside(&now, Reach::Whole, false, true)?;
    }
    println!("\nwith five percent more to do");
    match beside(&now, Reach::Whole, true, true) {
        Err(failure) => {
            println!("\nnoticed, as it must be: {failure}");
            Ok(())
        }
        Ok(()) => Err(Failure::new(
            "the gate does not notice five percent: it proves nothing",
        )),
    }
}

fn find<'e>(entries: &'e [history::Entry], name: &str) -> Result<&'e history::Entry, Failure> {
    let found = entries
        .iter()
        .find(|entry| entry.name == name || entry.commit == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        Failure::new(format!(
            "no saved run {name}; there are: {}",
            names.join(", ")
        ))
    })
}

/// Where the generated files are.
const FOLDER: &str = "docs/benchmarks";

fn save(workspace: &Workspace, name: &str, full: bool) -> Result<(), Failure> {
    history::append(workspace, name, counts::count(Reach::Whole, false)?)?;
    if full {
        check_peers()?;
        let table = Table::Peers.command().capture()?;
        let page = format!("{PEERS_HEAD}\n{table}");
        workspace.write(&format!("{FOLDER}/peers.md"), &page)?;
    }
    draw(workspace)
}

/// Prints what the serial line costs; nothing in it depends on how the program was built.
pub(crate) fn wire() -> Result<(), Failure> {
    wire_command().run()
}

fn wire_command() -> Command {
    Command::cargo(["run", "--quiet", "--package", BENCHES, "--bin", "wire"])
}

/// Makes pages and plots anew from what was saved.
fn draw(workspace: &Workspace) -> Result<(), Failure> {
    let write = |name: &str, text: &str| workspace.write(&format!("{FOLDER}/{name}"), text);
    let peers = plots::peers_of(&workspace.read(&format!("{FOLDER}/peers.md"))?);
    write("peers.svg", &plots::peers(&peers))?;
    write(
        "wire.md",
        &format!("{WIRE_HEAD}\n{}", wire_command().capture()?),
    )?;
    let all = history::read(workspace)?;
    let Some(last) = all.last() else {
        return Ok(());
    };
    let same = all.iter().filter(|entry| entry.toolchain == last.toolchain);
    let entries: Vec<&history::Entry> = same.collect();
    write("history.svg", &plots::history(&entries))?;
    write("history.md", &history::page(&entries))?;
    write("linear.svg", &plots::linear(last))
}

/// What stands above the table of peers.
const PEERS_HEAD: &str = include_str!("bench/peers_head.md");

/// What stands above the table of the serial line.
const WIRE_HEAD: &str = include_str!("bench/wire_head.md");

const PEERS: [&str; 2] = ["--features", "peers"];

/// What `ci` leaves out: that the peers compile, and read tame lines without a mistake.
fn check_peers() -> Result<(), Failure> {
    Command::cargo(["clippy", "--quiet", "--all-targets", "--package", BENCHES])
        .args(PEERS)
        .args(["--", "-D", "warnings"])
        .run()?;
    Command::cargo(["test", "--quiet", "--lib", "--package", BENCHES])
        .args(PEERS)
        .args(["peers"])
        .run()
}
