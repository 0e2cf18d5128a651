//! Coverage in lcov's format: which lines and branches of each file were run how often.

use core::{fmt, ops::AddAssign};
use std::collections::BTreeMap;

/// One file of a report.
#[derive(Debug, Default)]
pub(super) struct File {
    /// As the compiler was given it.
    pub(super) path: String,
    /// How often each line was run.
    lines: BTreeMap<usize, u64>,
    /// For each branch its line, and whether it was ever taken.
    branches: Vec<(usize, bool)>,
}

/// How much there is and how much of it was run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    lines: usize,
    lines_run: usize,
    branches: usize,
    branches_taken: usize,
}

/// The files of a report.
pub(super) fn files(report: &str) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    for line in report.lines() {
        let (kind, rest) = line.split_once(':').unwrap_or((line, ""));
        if kind == "SF" {
            files.push(File {
                path: rest.to_owned(),
                ..File::default()
            });
        }
        let Some(file) = files.last_mut() else {
            continue;
        };
        let mut numbers = rest.split(',');
        let Some(line) = numbers.next().and_then(|line| line.parse().ok()) else {
            continue;
        };
        match kind {
            "DA" => {
                let count = numbers.next().and_then(|count| count.parse().ok());
                *file.lines.entry(line).or_default() += count.unwrap_or(0);
            }
            "BRDA" => {
                let count = numbers.next_back();
                file.branches
                    .push((line, !matches!(count, Some("-" | "0"))));
            }
            _ => {}
        }
    }
    files
}

impl File {
    /// Counts what is no test in `text`, and gives the lines that were not run, or not in all their
    /// branches: their numbers, and how they are written.
    pub(super) fn missed(&self, text: &str) -> (Tally, Vec<(usize, String)>) {
        let source: Vec<&str> = text.lines().collect();
        let is_test = |mark: &str| matches!(mark.strip_prefix("#[cfg("), Some(mark) if mark.starts_with("test)") || mark.starts_with("all(test,"));
        let tests = source.windows(2).position(
            |pair| matches!(pair, [mark, module] if is_test(mark) && module.ends_with('{')),
        );
        let end = tests.map_or(usize::MAX, |at| at + 1);
        let mut tally = Tally::default();
        let mut missed = Vec::new();
        for (&line, &count) in self.lines.range(..end) {
            tally.lines += 1;
            tally.lines_run += usize::from(count > 0);
            if count == 0 {
                missed.push(line);
            }
        }
        for &(line, taken) in self.branches.iter().filter(|(line, _)| *line < end) {
            tally.branches += 1;
            tally.branches_taken += usize::from(taken);
            if !taken {
                missed.push(line);
            }
        }
        missed.sort_unstable();
        missed.dedup();
        let text = |line: usize| Some((line, source.get(line - 1)?.trim().to_owned()));
        (tally, missed.into_iter().filter_map(text).collect())
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.lines += other.lines;
        self.lines_run += other.lines_run;
        self.branches += other.branches;
        self.branches_taken += other.branches_taken;
    }
}

impl Tally {
    /// Its figures, in percent, under names that begin with `name`.
    pub(super) fn figures(&self, name: &str) -> String {
        let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        format!(
            "{name}_lines={:.2} {name}_branches={:.2}",
            percent(self.lines_run, self.lines),
            percent(self.branches_taken, self.branches)
        )
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "lines {}/{}, branches {}/{}",
            self.lines_run, self.lines, self.branches_taken, self.branches
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
SF:/x/crates/a/src/b.rs
DA:1,3
DA:2,0
DA:3,1
DA:7,0
BRDA:1,0,0,3
BRDA:3,0,0,-
BRDA:3,0,1,1
BRDA:7,0,0,0
end_of_record
SF:/x/c.rs
DA:1,1
";

    #[test]
    fn what_was_not_run_is_told_as_it_is_written() {
        let files = files(REPORT);
        assert_eq!(files.len(), 2);
        for mark in ["#[cfg(test)]", "#[cfg(all(test, feature = \"x\"))]"] {
            let text =
                format!("one\n  two();\n  if three {{\n\n{mark}\nmod tests {{\n  seven\n}}\n");
            let (tally, missed) = files[0].missed(&text);
            let expected = [(2, "two();"), (3, "if three {")].map(|(n, text)| (n, text.to_owned()));
            assert_eq!(missed, expected, "{mark}");
            assert_eq!(tally.to_string(), "lines 2/3, branches 2/3");
        }
        let (whole, nothing) = files[1].missed("one\n");
        assert!(nothing.is_empty());
        assert!(whole.figures("x").starts_with("x_lines=100.00 "));
    }
}
