//! What is claimed, as `docs/gates.txt` has it.

use core::fmt;

use super::record::Figures;
use crate::{failure::Failure, workspace::Workspace};

/// A claim and what shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Gate {
    pub(super) name: String,
    /// The claim, a sentence.
    pub(super) what: String,
    pub(super) commands: Vec<String>,
    pub(super) needs: Vec<Need>,
    /// What keeps a figure from being reached.
    pub(super) why: String,
    /// The same on machines that have days.
    pub(super) long: String,
}

/// What a figure must be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Need {
    pub(super) figure: String,
    pub(super) bound: Bound,
    pub(super) value: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    AtLeast,
    AtMost,
    Exactly,
}

/// Reads the list at `path`.
pub(super) fn read(workspace: &Workspace, path: &str) -> Result<Vec<Gate>, Failure> {
    let text = workspace.read(path)?;
    parse(&text).map_err(|number| Failure::new(format!("{path}:{number}: not as its head says")))
}

/// The gates, or the number of a line that is none of theirs.
fn parse(text: &str) -> Result<Vec<Gate>, usize> {
    let mut gates: Vec<Gate> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word, gates.last_mut()) {
            ("" | "#", _) => {}
            ("gate", _) => gates.push(Gate {
                name: rest.to_owned(),
                ..Gate::default()
            }),
            ("what", Some(gate)) => rest.clone_into(&mut gate.what),
            ("run", Some(gate)) => gate.commands.push(rest.to_owned()),
            ("need", Some(gate)) => gate.needs.push(Need::parse(rest).ok_or(number)?),
            ("why", Some(gate)) => rest.clone_into(&mut gate.why),
            ("long", Some(gate)) => rest.clone_into(&mut gate.long),
            _ => return Err(number),
        }
    }
    Ok(gates)
}

impl Gate {
    /// What is not reached; all, where nothing was run.
    pub(super) fn shortfalls(&self, figures: Option<&Figures>) -> Vec<&Need> {
        let reached = |need: &&Need| {
            figures
                .and_then(|figures| figures.get(&need.figure))
                .is_some_and(|value| need.is_met(value))
        };
        self.needs.iter().filter(|need| !reached(need)).collect()
    }
}

impl Need {
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let figure = words.next()?.to_owned();
        let bound = match words.next()? {
            ">=" => Bound::AtLeast,
            "<=" => Bound::AtMost,
            "=" => Bound::Exactly,
            _ => return None,
        };
        let value = words.next()?.parse().ok()?;
        words.next().is_none().then_some(Self {
            figure,
            bound,
            value,
        })
    }

    pub(super) fn is_met(&self, value: f64) -> bool {
        match self.bound {
            Bound::AtLeast => value >= self.value,
            Bound::AtMost => value <= self.value,
            Bound::Exactly => (value - self.value).abs() < f64::EPSILON,
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = match self.bound {
            Bound::AtLeast => ">=",
            Bound::AtMost => "<=",
            Bound::Exactly => "=",
        };
        write!(f, "{} {bound} {}", self.figure, self.value)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    const TEXT: &str =
        "# x\n\ngate G1\nwhat it holds\nrun cargo a b\nrun cargo c\nneed n >= 2\nneed lost = 0\n";

    #[test]
    fn what_is_not_reached_is_found() {
        let gates = parse(TEXT).unwrap();
        let figures = |text: &str| {
            let mut figures = Figures::default();
            figures.add(text);
            figures
        };
        let short = |text: &str| gates[0].shortfalls(Some(&figures(text))).len();
        assert_eq!(short("n=2 lost=0"), 0);
        assert_eq!(short("n=1 lost=0"), 1);
        assert_eq!(short("n=1 lost=1"), 2);
        assert_eq!(short("lost=0"), 1, "a figure that is not printed");
        assert_eq!(gates[0].shortfalls(None).len(), 2);
        assert_eq!(gates[0].commands, ["cargo a b", "cargo c"]);
        assert_eq!(parse("what x\n"), Err(1));
        assert_eq!(parse("gate a\nneed n about 2\n"), Err(2));
    }

    #[test]
    fn every_gate_of_the_list_has_a_claim_a_command_and_a_need() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(crate::evidence::GATES);
        let gates = parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let names: BTreeSet<_> = gates.iter().map(|gate| gate.name.as_str()).collect();
        let all: Vec<String> = (1..=16).map(|n| format!("G{n}")).collect();
        assert_eq!(names, all.iter().map(String::as_str).collect());
        for gate in &gates {
            assert!(!gate.what.is_empty(), "{}", gate.name);
            assert!(!gate.needs.is_empty(), "{}", gate.name);
            assert!(
                gate.commands.iter().all(|run| run.starts_with("cargo ")),
                "{}",
                gate.name
            );
        }
    }
}
