//! The page of the figures, and what the README says of them.

use core::fmt::Write as _;
use std::collections::BTreeMap;
use std::fs;

use super::{BESIDE_PEERS, OURS, figures::Figures};
use crate::{command::Command, failure::Failure, workspace::Workspace};

const PATH: &str = "docs/benchmarks/size.md";
/// From here on the page is written by hand, but for the last table, which grows.
const BY_HAND: &str = "## What was tried";
const README: &str = "README.md";
/// What the README says of it stands between these.
const MARKS: [&str; 2] = [
    "<!-- written by cargo xtask size --save -->\n",
    "<!-- up to here -->",
];
/// How much more than the page says is no growth: a hundredth of it.
const TOLERANCE: u64 = 100;
/// Bytes of a message of W3.
const W3: f64 = 1530.0;

/// Workloads and deliveries of the table; 0 is a message at a time.
const COLUMNS: [(&str, usize); 8] = [
    ("w1", 0),
    ("w1", 64),
    ("w1", 7),
    ("w1", 1),
    ("w2", 0),
    ("w3", 0),
    ("w3", 64),
    ("w3", 1),
];

/// All rows.
#[derive(Default)]
pub(super) struct Page {
    receivers: Vec<Receiver>,
    drivers: Vec<Driver>,
    /// Bytes of code by crate, of the receive path and of the whole driver.
    code: Vec<BTreeMap<String, u64>>,
}

struct Receiver {
    /// Target, level of optimisation and receiver, as they stand in the row.
    name: [String; 3],
    figures: Figures,
}

struct Driver {
    target: String,
    parts: String,
    flash: u64,
    /// Where it was measured.
    stack: Option<u64>,
}

impl Page {
    pub(super) fn add_receiver(&mut self, name: [&str; 3], figures: Figures) {
        let name = name.map(str::to_owned);
        self.receivers.push(Receiver { name, figures });
    }

    pub(super) fn add_driver(&mut self, target: &str, parts: &str, flash: u64, stack: Option<u64>) {
        let mut all = "connect".to_owned();
        for part in parts.split(',').filter(|part| !part.is_empty()) {
            all.push_str(", ");
            all.push_str(part);
        }
        self.drivers.push(Driver {
            target: target.to_owned(),
            parts: all,
            flash,
            stack,
        });
    }

    pub(super) fn add_code(&mut self, code: BTreeMap<String, u64>) {
        self.code.push(code);
    }

    /// Everything that is measured.
    pub(super) fn tables(&self) -> String {
        let mut page = HEAD.to_owned();
        for receiver in &self.receivers {
            page.push_str(&receiver.start());
            for (load, delivery) in COLUMNS {
                let instructions = receiver.figures.per_line(load, delivery);
                let _ = write!(page, " {instructions:.0} |");
            }
            page.push('\n');
        }
        page.push_str(DRIVER);
        let mut least = 0;
        for driver in &self.drivers {
            if driver.parts == "connect" {
                least = driver.flash;
            }
            let more = driver.flash.saturating_sub(least);
            let _ = writeln!(page, "{} {} | {more} |", driver.start(), driver.stack());
        }
        page.push_str(CODE);
        let mut names: Vec<&String> = self.code.iter().flat_map(BTreeMap::keys).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let _ = write!(page, "| {name} |");
            for code in &self.code {
                let _ = write!(page, " {} |", code.get(name).copied().unwrap_or_default());
            }
            page.push('\n');
        }
        page
    }

    /// Writes the page and the README.
    pub(super) fn save(&self, workspace: &Workspace) -> Result<(), Failure> {
        let old = workspace.read(PATH)?;
        let by_hand = old.find(BY_HAND).and_then(|at| old.get(at..));
        let by_hand = by_hand.unwrap_or(BY_HAND).trim_end();
        let (receiver, driver) = (self.receiver(OURS), self.whole_driver());
        let commit = Command::new("git").args(["log", "-1", "--format=%cs, %h"]);
        let row = format!(
            "| {} | {} | {} |",
            commit.capture()?.trim(),
            receiver.map_or(0, |receiver| receiver.figures.flash),
            driver.map_or(0, |driver| driver.flash),
        );
        let page = format!("{}\n{by_hand}\n{row}\n", self.tables());
        let readme = between(&workspace.read(README)?, &self.summary())?;
        for (path, text) in [(PATH, page), (README, readme)] {
            fs::write(workspace.root().join(path), text)
                .map_err(|error| Failure::new(format!("{path}: {error}")))?;
        }
        Ok(())
    }

    /// Compares what has been measured with what the page says.
    pub(super) fn check(&self, workspace: &Workspace) -> Result<(), Failure> {
        let saved = workspace.read(PATH)?;
        let receivers = self.receivers.iter().map(|receiver| {
            let Figures { flash, stack, .. } = receiver.figures;
            (receiver.key(), vec![flash, stack])
        });
        let drivers = self.drivers.iter().map(|it| {
            let stack = it.stack.into_iter();
            (it.key(), [it.flash].into_iter().chain(stack).collect())
        });
        let mut grown = Vec::new();
        for (key, now) in receivers.chain(drivers) {
            println!("{key} {now:?}");
            grown.extend(grown_since(&saved, &key, &now));
        }
        match grown.join("; ") {
            grown if grown.is_empty() => Ok(()),
            grown => Err(Failure::new(grown)),
        }
    }

    fn receiver(&self, name: &str) -> Option<&Receiver> {
        let wanted = [BESIDE_PEERS, "s", name];
        self.receivers.iter().find(|it| it.name == wanted)
    }

    fn whole_driver(&self) -> Option<&Driver> {
        let mut on_target = self.drivers.iter().filter(|it| it.target == BESIDE_PEERS);
        on_target.next_back()
    }

    /// What the README says.
    fn summary(&self) -> String {
        let mut text = SUMMARY.to_owned();
        for (name, shown) in [
            (OURS, "`at-syntax` and `qmt-proto`"),
            ("nom", "nom"),
            ("at_commands", "at-commands"),
            ("atat", "atat"),
        ] {
            let Some(Receiver { figures, .. }) = self.receiver(name) else {
                continue;
            };
            let per_byte = |delivery| figures.per_line("w3", delivery) / W3;
            let _ = writeln!(
                text,
                "| receiver: {shown} | {} | {} | {:.1} / {:.1} / {:.1} |",
                figures.flash,
                figures.stack,
                per_byte(0),
                per_byte(64),
                per_byte(1),
            );
        }
        for driver in self.drivers.iter().filter(|it| it.target == BESIDE_PEERS) {
            let _ = writeln!(
                text,
                "| whole driver: {} | {} | {} | |",
                driver.parts,
                driver.flash,
                driver.stack(),
            );
        }
        text
    }
}

impl Receiver {
    /// How its row begins, before the figures.
    fn key(&self) -> String {
        format!("| {} |", self.name.join(" | "))
    }

    fn start(&self) -> String {
        let Figures { flash, stack, .. } = self.figures;
        format!("{} {flash} | {stack} |", self.key())
    }
}

impl Driver {
    /// Nothing where it was not measured.
    fn stack(&self) -> String {
        self.stack
            .map(|bytes| bytes.to_string())
            .unwrap_or_default()
    }

    fn key(&self) -> String {
        format!("| {} | {} |", self.target, self.parts)
    }

    fn start(&self) -> String {
        format!("{} {} |", self.key(), self.flash)
    }
}

/// `readme` with `text` between the marks.
fn between(readme: &str, text: &str) -> Result<String, Failure> {
    let parts = readme
        .split_once(MARKS[0])
        .and_then(|(before, rest)| Some((before, rest.split_once(MARKS[1])?.1)));
    let (before, after) = parts.ok_or_else(|| Failure::new("README.md has lost its marks"))?;
    Ok(format!("{before}{}{text}{}{after}", MARKS[0], MARKS[1]))
}

/// What of `now` is larger than in the row of `saved` that begins with `key`.
fn grown_since(saved: &str, key: &str, now: &[u64]) -> Option<String> {
    let Some(row) = saved.lines().find_map(|line| line.strip_prefix(key)) else {
        return Some(format!("the page has no row {key}"));
    };
    let before = row.split('|').filter_map(|cell| cell.trim().parse().ok());
    let grown = before
        .zip(now)
        .find(|(before, now): &(u64, _)| **now * TOLERANCE > before * (TOLERANCE + 1));
    grown.map(|(before, now)| format!("{key} {now} bytes, where it was {before}"))
}

const HEAD: &str = "\
# On microcontrollers: `cargo xtask size`

Receivers on ARM Cortex-M: bytes of flash, bytes of stack, and instructions for each line of the first
60 of W1, 120 of W2, 12 of W3 (1530 bytes each), by how they are delivered. All beyond the same program
that keeps the bytes in the same buffer and looks at none; with framing, typing, and a sink that reads
every field. Counted in QEMU, one instruction a nanosecond. `at_commands`, `nom` and `atat` are the
peers of [peers.md](peers.md), where it says which of them is right. Our bar is 4096 bytes of flash and
256 of stack: not met yet. `cargo xtask size --check` fails when ours grow by a hundredth.

| target | opt | receiver | flash | stack | W1 | W1 64 B | W1 7 B | W1 1 B | W2 | W3 | W3 64 B | W3 1 B |
|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
";

const DRIVER: &str = "
The whole driver, `Client` on one link in the blocking driver of `qmt-hal-embedded`, optimised for
size: bytes of flash beyond a program that only copies its UART, and beyond a node that only connects.
To publish and to receive is what the node does; `outbox`, `will`, `aliauth` and `queries` are features
of the crates, on by default, each here as added to a node without the others. Our bar is 20 480: not
met yet. The stack is that of a dialogue, connecting, subscribing, publishing, receiving, again after a
lost connection and after a restart of the module, with the program's own loop: below its bar of 1536,
but without the moment in which the client is built, which takes more (see what is left).

| target | what the node does | flash | stack | more flash |
|---|---|---:|---:|---:|
";

const CODE: &str = "
Whose code that is, harness included, without constants: what was inlined is its crate's.

| crate, on thumbv7m | receive path | whole driver |
|---|---:|---:|
";

const SUMMARY: &str = "
| Cortex-M3, optimised for size | flash | stack | instructions for each byte of a message: whole / in 64 bytes / in single bytes |
|---|---:|---:|---:|
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundredth_is_no_growth_and_more_is() {
        let saved = "| a | b | 1000 | 200 | 7 |\n| a | c | 50 |\n";
        assert_eq!(grown_since(saved, "| a | b |", &[1010, 202]), None);
        assert_eq!(grown_since(saved, "| a | b |", &[900, 100]), None);
        let grown = grown_since(saved, "| a | b |", &[1000, 203]).unwrap();
        assert_eq!(grown, "| a | b | 203 bytes, where it was 200");
        assert!(grown_since(saved, "| a | d |", &[1]).is_some());
    }

    #[test]
    fn the_readme_changes_between_its_marks_only() {
        let readme = format!("a\n{}old\n{}\nb\n", MARKS[0], MARKS[1]);
        let now = between(&readme, "new\n").unwrap();
        assert_eq!(now, readme.replace("old", "new"));
        assert!(between("without", "new").is_err());
    }

    #[test]
    fn a_part_costs_what_it_adds_to_a_node_that_connects() {
        let mut page = Page::default();
        page.add_driver("t", "", 100, None);
        page.add_driver("t", "publish,receive", 130, Some(7));
        let tables = page.tables();
        assert!(tables.contains("| t | connect | 100 |  | 0 |\n"));
        assert!(tables.contains("| t | connect, publish, receive | 130 | 7 | 30 |\n"));
    }
}
