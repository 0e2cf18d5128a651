//! How long things took: all times of one kind, in classes of equal width on a logarithmic scale.

use crate::lang::tr;

/// Upper limits of the classes, in microseconds; what is longer goes into one more.
pub(super) const LIMITS: [u64; 12] = [
    1_000,
    3_000,
    10_000,
    30_000,
    100_000,
    300_000,
    1_000_000,
    3_000_000,
    10_000_000,
    30_000_000,
    100_000_000,
    300_000_000,
];

/// Times of one kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    /// In microseconds, sorted.
    times: Vec<u64>,
}

impl Times {
    pub(super) fn add(&mut self, us: u64) {
        let at = self.times.partition_point(|known| *known <= us);
        self.times.insert(at, us);
    }

    pub(super) fn count(&self) -> usize {
        self.times.len()
    }

    /// The time that so many percent do not exceed, by the nearest rank; 0 without any.
    pub(super) fn percentile(&self, percent: usize) -> u64 {
        let rank = (self.times.len() * percent).div_ceil(100);
        let index = rank.saturating_sub(1);
        self.times.get(index).copied().unwrap_or_default()
    }

    /// How many times fall into each class.
    pub(super) fn classes(&self) -> [usize; LIMITS.len() + 1] {
        let mut counts = [0; LIMITS.len() + 1];
        for time in &self.times {
            let class = LIMITS.partition_point(|limit| limit < time);
            if let Some(count) = counts.get_mut(class) {
                *count += 1;
            }
        }
        counts
    }
}

/// For people: up to three digits and a unit, which stay on one line.
pub(super) fn words(us: u64) -> String {
    let tenth = |value: u64, unit: u64, name: &str| {
        let (whole, rest) = (value / unit, value % unit * 10 / unit);
        match (whole, rest) {
            (0..10, 1..) => format!("{whole}.{rest}\u{a0}{name}"),
            _ => format!("{whole}\u{a0}{name}"),
        }
    };
    match us {
        // Some recordings know no more than milliseconds.
        0..1_000 => tr("under 1 ms").replace(' ', "\u{a0}"),
        1_000..1_000_000 => tenth(us, 1_000, "ms"),
        _ => tenth(us, 1_000_000, "s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_occurred() {
        let mut times = Times::default();
        assert_eq!(times.percentile(50), 0);
        for us in [5, 1, 3, 2, 4] {
            times.add(us);
        }
        assert_eq!(
            [0, 20, 50, 95, 100].map(|p| times.percentile(p)),
            [1, 1, 3, 5, 5]
        );
    }

    #[test]
    fn every_time_is_in_the_class_of_its_limit() {
        let mut times = Times::default();
        for us in [0, 1_000, 1_001, 300_000_000, u64::MAX] {
            times.add(us);
        }
        let classes = times.classes();
        assert_eq!(
            (classes[0], classes[1], classes[11], classes[12]),
            (2, 1, 1, 1)
        );
        assert_eq!(classes.iter().sum::<usize>(), 5);
    }

    #[test]
    fn times_are_told_in_three_digits() {
        let told = [999, 1_000, 1_550, 12_345, 999_999, 1_234_567, 90_000_000]
            .map(|us| words(us).replace('\u{a0}', " "));
        assert_eq!(
            told,
            [
                "under 1 ms",
                "1 ms",
                "1.5 ms",
                "12 ms",
                "999 ms",
                "1.2 s",
                "90 s"
            ]
        );
    }
}
