//! Instruction counts by name, how they are made, and how two sets of them differ.

use core::fmt::Write as _;
use std::collections::BTreeMap;

use crate::{command::Command, failure::Failure, workspace::BENCHES};

/// How far a count may move before the gate says so.
const TOLERANCE: f64 = 0.02;

/// The programs that count, with one line for each row when asked with `--plain`.
const PROGRAMS: [&str; 2] = ["counts", "sessions"];

/// How much is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The receive path and the encoders.
    Quick,
    /// Sessions, the virtual module and everything together too.
    Whole,
}

/// Instructions per line, command or publish, by row.
pub(super) type Counts = BTreeMap<String, f64>;

/// One row in two sets.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference {
    name: String,
    before: Option<f64>,
    now: Option<f64>,
}

/// Builds and runs everything that counts. `planted`: with five percent more to do.
pub(super) fn count(reach: Reach, planted: bool) -> Result<Counts, Failure> {
    let mut counts = Counts::new();
    let programs = match reach {
        Reach::Quick => &PROGRAMS[..1],
        Reach::Whole => &PROGRAMS,
    };
    for program in programs {
        let text = Command::cargo(["run", "--quiet", "--release", "--package", BENCHES])
            .args(["--bin", program, "--", "--plain"])
            .args(planted.then_some("--planted"))
            .capture()?;
        counts.extend(parse(&text)?);
    }
    Ok(counts)
}

/// Lines of name, instructions and units, separated by tabs.
fn parse(text: &str) -> Result<Counts, Failure> {
    let entry = |line: &str| {
        let mut fields = line.split('\t');
        let (name, total, units) = (fields.next()?, fields.next()?, fields.next()?);
        let (total, units): (f64, f64) = (total.parse().ok()?, units.parse().ok()?);
        let each = (total / units * 10.0).round() / 10.0;
        Some((name.to_owned(), each))
    };
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| entry(line).ok_or_else(|| Failure::new(format!("not a count: {line}"))))
        .collect()
}

/// All rows of both sets, in order of their names.
pub(super) fn compare(before: &Counts, now: &Counts) -> Vec<Difference> {
    let mut names: Vec<&String> = before.keys().chain(now.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let row = |name: &String| Difference {
        name: name.clone(),
        before: before.get(name).copied(),
        now: now.get(name).copied(),
    };
    names.into_iter().map(row).collect()
}

impl Difference {
    /// `Err` with a reason when the row has moved further than it may, or is gone.
    pub(super) fn check(&self) -> Result<(), String> {
        let name = &self.name;
        match (self.before, self.now) {
            (Some(_), None) => Err(format!("{name}: is not counted any more")),
            (Some(before), Some(now)) if now > before * (1.0 + TOLERANCE) => {
                let percent = 100.0 * (now / before - 1.0);
                Err(format!(
                    "{name}: {now} instructions, {percent:.1} % more than {before}"
                ))
            }
            (Some(before), Some(now)) if now < before * (1.0 - TOLERANCE) => {
                let percent = 100.0 * (1.0 - now / before);
                Err(format!(
                    "{name}: {now} instructions, {percent:.1} % fewer than {before}: \
                     save it, or the next loss goes unseen"
                ))
            }
            _ => Ok(()),
        }
    }
}

/// The rows of a comparison, for people.
pub(super) fn table(differences: &[Difference]) -> String {
    let mut table =
        String::from("| instructions | before | now | change |\n|---|---:|---:|---:|\n");
    let cell = |count: Option<f64>| count.map_or_else(String::new, |count| format!("{count:.1}"));
    for row in differences {
        let change = row
            .before
            .zip(row.now)
            .map_or_else(String::new, |(before, now)| {
                format!("{:+.1} %", 100.0 * (now / before - 1.0))
            });
        let (before, now) = (cell(row.before), cell(row.now));
        // Writing to a string does not fail.
        let _ = writeln!(table, "| {} | {before} | {now} | {change} |", row.name);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rows: &[(&str, f64)]) -> Counts {
        rows.iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }

    fn verdicts(before: &[(&str, f64)], now: &[(&str, f64)]) -> Vec<bool> {
        let differences = compare(&counts(before), &counts(now));
        differences.iter().map(|row| row.check().is_ok()).collect()
    }

    #[test]
    fn two_percent_pass_and_five_do_not() {
        assert_eq!(verdicts(&[("a", 1000.0)], &[("a", 1019.0)]), [true]);
        assert_eq!(verdicts(&[("a", 1000.0)], &[("a", 1050.0)]), [false]);
        assert_eq!(verdicts(&[("a", 1000.0)], &[("a", 981.0)]), [true]);
        assert_eq!(verdicts(&[("a", 1000.0)], &[("a", 950.0)]), [false]);
    }

    #[test]
    fn a_new_row_passes_and_a_lost_one_does_not() {
        assert_eq!(verdicts(&[], &[("a", 1.0)]), [true]);
        assert_eq!(
            verdicts(&[("a", 1.0), ("b", 1.0)], &[("b", 1.0)]),
            [false, true]
        );
    }

    #[test]
    fn plain_lines_become_counts_per_unit() {
        let counts = parse("W1 msg\t774123\t1000\nW3 1 B\t10\t3\n").unwrap();
        assert_eq!(counts["W1 msg"], 774.1);
        assert_eq!(counts["W3 1 B"], 3.3);
        assert!(parse("W1 msg\t774123").is_err());
        assert!(parse("W1 msg\tmany\t3").is_err());
    }

    #[test]
    fn a_comparison_shows_what_changed() {
        let rows = compare(
            &counts(&[("a", 100.0), ("gone", 2.0)]),
            &counts(&[("a", 90.0)]),
        );
        let table = table(&rows);
        assert!(table.contains("| a | 100.0 | 90.0 | -10.0 % |"), "{table}");
        assert!(table.contains("| gone | 2.0 |  |  |"), "{table}");
    }
}
