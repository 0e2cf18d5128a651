//! Runs the test suite and counts it, whichever runner is there.

use core::fmt;

use crate::{command::Command, failure::Failure, tools, workspace::EVERYTHING};

/// Tests that ran, summed over runners.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Counts {
    /// Runs unit, integration and documentation tests of the whole workspace.
    ///
    /// What ran is counted even where something failed.
    pub(crate) fn run(&mut self) -> Result<(), Failure> {
        let runner = if tools::has_nextest() {
            Command::cargo(["nextest", "run"])
        } else {
            Command::cargo(["test", "--lib", "--bins", "--tests"])
        };
        let docs = Command::cargo(["test", "--doc"]);
        for command in [runner, docs] {
            for packages in EVERYTHING {
                let command = command.clone().args(["--no-fail-fast"]);
                let command = command.args(packages.iter().copied());
                self.run_one(&command)?;
                if *self == Self::default() {
                    return Err(Failure::new("no test ran").with_repeat(command));
                }
            }
        }
        Ok(())
    }

    fn run_one(&mut self, command: &Command) -> Result<(), Failure> {
        match command.run_and_keep() {
            Ok(text) => {
                self.add(&text);
                Ok(())
            }
            Err((text, failure)) => {
                self.add(&text);
                Err(failure)
            }
        }
    }

    /// Adds every closing line of a runner: nextest's `Summary`, libtest's `test result:`.
    ///
    /// libtest's line counts at the margin only: nextest repeats it, indented, for a failed test.
    fn add(&mut self, text: &str) {
        for line in text.lines() {
            if line.trim_start().starts_with("Summary [") {
                let (_, counts) = line.split_once("run: ").unwrap_or_default();
                self.add_closing(counts, ',');
            } else if let Some(counts) = line.strip_prefix("test result: ") {
                let (_, counts) = counts.split_once(". ").unwrap_or_default();
                self.add_closing(counts, ';');
            }
        }
    }

    /// Adds `3 passed (1 slow), 1 skipped` or `3 passed; 0 failed; 1 ignored; ...`.
    fn add_closing(&mut self, counts: &str, separator: char) {
        for count in counts.split(separator) {
            let Some((number, word)) = count.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            if word.starts_with("passed") {
                self.passed += number;
            } else if word.starts_with("skipped") || word.starts_with("ignored") {
                self.skipped += number;
            } else if ["failed", "timed out", "exec failed"]
                .iter()
                .any(|end| word.starts_with(end))
            {
                self.failed += number;
            }
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> String {
        let mut counts = Counts::default();
        counts.add(text);
        counts.to_string()
    }

    #[test]
    fn both_runners_are_summed() {
        let text = "
     Summary [   0.012s] 7 tests run: 6 passed (1 slow), 1 failed, 2 skipped
running 2 tests
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.10s
test result: FAILED. 0 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s
";
        assert_eq!(counts(text), "8 passed, 4 failed, 3 skipped");
    }

    #[test]
    fn hangs_and_tests_that_do_not_start_are_failures() {
        let text = "Summary [ 9.1s] 4/9 tests run: 2 passed, 1 timed out, 1 exec failed, 0 skipped";
        assert_eq!(counts(text), "2 passed, 2 failed, 0 skipped");
    }

    #[test]
    fn what_a_test_prints_counts_for_nothing() {
        assert_eq!(
            counts("3 passed, 1 failed\n    test result: FAILED. 0 passed; 1 failed; 0 ignored"),
            "0 passed, 0 failed, 0 skipped"
        );
    }
}
