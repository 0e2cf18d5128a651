//! What the commands of a gate have printed, kept.

use std::collections::BTreeMap;
use std::fs;
use std::thread;

use serde_json::{Value, json};

use crate::{command::Command, failure::Failure, workspace::Workspace};

/// How a gate went when it was last run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub(super) gate: String,
    pub(super) commit: String,
    pub(super) date: String,
    pub(super) seconds: u64,
    pub(super) machine: String,
    pub(super) figures: Figures,
    /// The lines with the figures.
    pub(super) said: Vec<String>,
}

/// Figures by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Figures(BTreeMap<String, f64>);

impl Record {
    /// Of the text that a gate has said, here and now. Its time is what it says itself, `wall_s=9`, or
    /// `seconds`.
    pub(super) fn of(gate: &str, text: &str, seconds: u64) -> Result<Self, Failure> {
        let commit = Command::new("git").args(["rev-parse", "--short", "HEAD"]);
        let date = Command::new("date").args(["+%F"]).capture()?;
        let mut figures = Figures::default();
        figures.add(text);
        let telling = |line: &&str| {
            let mut words = line.split_whitespace();
            !line.starts_with(['$', '\r']) && words.any(|word| word.contains('='))
        };
        Ok(Self {
            gate: gate.to_owned(),
            commit: commit.capture()?.trim().to_owned(),
            date: date.trim().to_owned(),
            seconds: figures.get("wall_s").map_or(seconds, |wall| wall as u64),
            machine: machine(),
            figures,
            said: text.lines().filter(telling).map(str::to_owned).collect(),
        })
    }
}

impl Figures {
    /// Adds every `name=number` of a text. Of a name that comes again the largest number counts.
    pub(super) fn add(&mut self, text: &str) {
        for word in text.split_whitespace() {
            if let Some((name, value)) = word.split_once('=')
                && let Ok(value) = value.trim_end_matches([',', ';']).parse::<f64>()
            {
                let known = self.0.entry(name.to_owned()).or_insert(value);
                *known = known.max(value);
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }
}

/// The processors of this machine, and how many.
pub(super) fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let name = name.map_or("processors", |name| {
        name.trim_start_matches([' ', '\t', ':'])
    });
    let count = thread::available_parallelism().map_or(1, usize::from);
    format!("{count} x {name}")
}

/// What is kept at `path`; nothing where there is no such file.
pub(super) fn read(workspace: &Workspace, path: &str) -> Result<Vec<Record>, Failure> {
    let text = workspace.read(path).unwrap_or_default();
    let records = text.lines().zip(1..).map(|(line, number)| {
        let wrong = || Failure::new(format!("{path}:{number}: no record"));
        serde_json::from_str(line)
            .ok()
            .and_then(|value| parse(&value))
            .ok_or_else(wrong)
    });
    records.collect()
}

fn parse(value: &Value) -> Option<Record> {
    let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
    let figures = value.get("figures")?.as_object()?.iter();
    let said = value.get("said")?.as_array()?.iter();
    Some(Record {
        gate: text("gate")?,
        commit: text("commit")?,
        date: text("date")?,
        seconds: value.get("seconds")?.as_u64()?,
        machine: text("machine")?,
        figures: Figures(
            figures
                .map(|(name, value)| Some((name.clone(), value.as_f64()?)))
                .collect::<Option<_>>()?,
        ),
        said: said
            .map(|line| Some(line.as_str()?.to_owned()))
            .collect::<Option<_>>()?,
    })
}

/// Records as they are kept, one in a line.
pub(super) fn emit(records: &[Record]) -> String {
    let lines = records.iter().map(|record| {
        let Record {
            gate,
            commit,
            date,
            seconds,
            machine,
            figures,
            said,
        } = record;
        let value = json!({
            "gate": gate, "commit": commit, "date": date, "seconds": seconds,
            "machine": machine, "figures": figures.0, "said": said,
        });
        format!("{value}\n")
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_a_figure_counts() {
        let mut figures = Figures::default();
        figures.add("sim seeds=3 lost=1 hash=00ff median_s=0.5,\nsim seeds=2 lost=4");
        assert_eq!(figures.get("seeds"), Some(3.0));
        assert_eq!(figures.get("lost"), Some(4.0));
        assert_eq!(figures.get("median_s"), Some(0.5));
        assert_eq!(figures.get("sim"), None);
    }

    #[test]
    fn a_record_survives_its_line() {
        let mut figures = Figures::default();
        figures.add("n=2.5 m=7");
        let record = Record {
            gate: "G1".to_owned(),
            commit: "abc".to_owned(),
            date: "2026-01-02".to_owned(),
            seconds: 9,
            machine: machine(),
            figures,
            said: vec!["x n=2.5".to_owned()],
        };
        let line = emit(core::slice::from_ref(&record));
        assert_eq!(parse(&serde_json::from_str(&line).unwrap()), Some(record));
        assert_eq!(parse(&json!({"gate": "G1"})), None);
    }
}
