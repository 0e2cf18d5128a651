//! What a probe is measured by.

use crate::{command::Command, failure::Failure};

/// Instructions of a tick, were the clock of the tick exact; [`TURNS`] says how exact it is.
const TURNS: u64 = 2_000_000;
const PER_TURN: u64 = 2;
/// Lines of each excerpt.
const LINES: [(&str, u64); 3] = [("w1", 60), ("w2", 120), ("w3", 12)];

/// What one program costs.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Figures {
    /// Bytes of flash, harness and data included.
    pub(super) flash: u64,
    /// Bytes of stack below the harness.
    pub(super) stack: u64,
    pub(super) cases: Vec<Case>,
}

/// One workload, delivered in one way.
#[derive(Debug, PartialEq)]
pub(super) struct Case {
    load: String,
    delivery: usize,
    instructions: u64,
    /// Of the events.
    sum: u64,
}

impl Figures {
    /// From what the program has printed.
    pub(super) fn new(flash: u64, printed: &str) -> Result<Self, Failure> {
        let mut figures = Self {
            flash,
            ..Self::default()
        };
        let mut ticks_of_loop = 0;
        for line in printed.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok());
            match (words.first(), number(1), number(2), number(3)) {
                (Some(&"calibration"), Some(ticks), ..) => ticks_of_loop = ticks,
                (Some(&"stack"), Some(bytes), ..) => figures.stack = bytes,
                (Some(&"case"), _, Some(delivery), Some(ticks)) if ticks_of_loop > 0 => {
                    figures.cases.push(Case {
                        load: words[1].to_owned(),
                        delivery: delivery as usize,
                        instructions: ticks * TURNS * PER_TURN / ticks_of_loop,
                        sum: number(4).unwrap_or_default(),
                    });
                }
                _ => return Err(Failure::new(format!("not a figure: {line}"))),
            }
        }
        if figures.stack == 0 || figures.cases.is_empty() {
            return Err(Failure::new("the probe ended before it had measured"));
        }
        Ok(figures)
    }

    /// What it costs beyond `base`.
    pub(super) fn beyond(&self, base: &Self) -> Self {
        let cases = self.cases.iter().map(|case| {
            let same = base
                .cases
                .iter()
                .find(|it| it.is(&case.load, case.delivery));
            let harness = same.map_or(0, |same| same.instructions);
            Case {
                load: case.load.clone(),
                instructions: case.instructions.saturating_sub(harness),
                ..*case
            }
        });
        Self {
            flash: self.flash.saturating_sub(base.flash),
            stack: self.stack.saturating_sub(base.stack),
            cases: cases.collect(),
        }
    }

    /// Whether the events of a workload were the same in every delivery.
    pub(super) fn are_the_same_however_cut(&self) -> bool {
        let same = |a: &Case, b: &Case| a.load != b.load || a.sum == b.sum;
        self.cases
            .iter()
            .zip(self.cases.iter().skip(1))
            .all(|(a, b)| same(a, b))
    }

    /// Instructions for each line of `load`; 0 if it was not run.
    pub(super) fn per_line(&self, load: &str, delivery: usize) -> f64 {
        let case = self.cases.iter().find(|case| case.is(load, delivery));
        case.map_or(0.0, Case::per_line)
    }
}

impl Case {
    fn is(&self, load: &str, delivery: usize) -> bool {
        self.load == load && self.delivery == delivery
    }

    /// Instructions for each line.
    fn per_line(&self) -> f64 {
        let lines = LINES.iter().find(|(load, _)| *load == self.load);
        self.instructions as f64 / lines.map_or(1, |(_, lines)| *lines) as f64
    }
}

/// Bytes of stack that a program prints, where it prints nothing else.
pub(super) fn stack(printed: &str) -> Result<u64, Failure> {
    let bytes = printed.trim().strip_prefix("stack ");
    let bytes = bytes.and_then(|bytes| bytes.parse().ok());
    bytes.ok_or_else(|| Failure::new(format!("not a depth of stack: {printed}")))
}

/// Bytes of flash that a program takes: code, constants, vectors, and what initialises its statics.
pub(super) fn flash(path: &str) -> Result<u64, Failure> {
    let table = Command::new("arm-none-eabi-size")
        .args(["-A", path])
        .capture()?;
    Ok(flash_of(&table))
}

fn flash_of(table: &str) -> u64 {
    let sizes = table.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next()?;
        [".vector_table", ".text", ".rodata", ".data"]
            .contains(&name)
            .then(|| words.next()?.parse::<u64>().ok())?
    });
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_calibrated() {
        let printed = "calibration 100000\ncase w2 64 30 7\nstack 400\n";
        let figures = Figures::new(9, printed).unwrap();
        assert_eq!((figures.flash, figures.stack), (9, 400));
        assert!(figures.cases[0].is("w2", 64));
        assert_eq!(figures.cases[0].instructions, 1200);
        assert!((figures.cases[0].per_line() - 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_receiver_costs_what_its_harness_does_not() {
        let figures = |flash, ticks, sum| {
            let case = format!("case w2 0 {ticks} {sum}\ncase w2 1 {ticks} 5\n");
            let printed = format!("calibration 100000\n{case}stack {}\n", flash / 2);
            Figures::new(flash, &printed).unwrap()
        };
        let beyond = figures(100, 30, 5).beyond(&figures(60, 9, 5));
        assert_eq!((beyond.flash, beyond.stack), (40, 20));
        assert!((beyond.per_line("w2", 1) - 7.0).abs() < 1e-9);
        assert!(figures(2, 1, 5).are_the_same_however_cut());
        assert!(!figures(2, 1, 6).are_the_same_however_cut());
    }

    #[test]
    fn a_probe_that_ends_early_or_says_something_else_is_an_error() {
        assert!(Figures::new(0, "").is_err());
        assert!(Figures::new(0, "calibration 1\ncase w1 0 1 1\n").is_err());
        assert!(Figures::new(0, "calibration 1\nsomething\nstack 1\n").is_err());
        assert!(Figures::new(0, "case w1 0 1 1\nstack 1\n").is_err());
    }

    #[test]
    fn flash_is_code_constants_and_what_is_copied_to_memory() {
        let table =
            ".text 100 0\n.rodata 20 1\n.data 3 2\n.bss 4000 3\n.vector_table 4 4\nTotal 9\n";
        assert_eq!(flash_of(table), 127);
    }
}
