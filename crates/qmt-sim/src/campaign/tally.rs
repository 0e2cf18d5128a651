//! What runs have come to, and how several results become one.

use core::fmt;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Row;

/// Sums over runs. Adding is all there is to merging, so the order does not matter.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Tally {
    /// Numbers by their names.
    sums: BTreeMap<String, u64>,
    /// For each row of the catalogue, how often it struck and how often it was seen to be handled.
    rows: BTreeMap<Row, (u64, u64)>,
    /// Seconds from the end of all faults until all links were ready, and how often.
    recoveries: BTreeMap<u64, u64>,
    /// Seeds that failed, and how.
    failures: BTreeMap<u64, String>,
}

/// One more or several.
impl Tally {
    /// Adds to a sum.
    pub fn add(&mut self, name: &str, more: u64) {
        match self.sums.get_mut(name) {
            Some(sum) => *sum = sum.wrapping_add(more),
            None => _ = self.sums.insert(name.to_owned(), more),
        }
    }

    /// A fault of this row has struck.
    pub fn on_strike(&mut self, row: Row) {
        self.rows.entry(row).or_default().0 += 1;
    }

    /// A fault of this row was seen to be handled.
    pub fn on_handled(&mut self, row: Row) {
        self.rows.entry(row).or_default().1 += 1;
    }

    /// All links were ready again.
    pub fn on_recovery(&mut self, seconds: u64) {
        *self.recoveries.entry(seconds).or_default() += 1;
    }

    /// A seed has failed.
    pub fn on_failure(&mut self, seed: u64, story: String) {
        self.failures.insert(seed, story);
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: Self) {
        for (name, more) in &other.sums {
            self.add(name, *more);
        }
        for (row, (struck, handled)) in other.rows {
            let sum = self.rows.entry(row).or_default();
            sum.0 += struck;
            sum.1 += handled;
        }
        for (seconds, times) in other.recoveries {
            *self.recoveries.entry(seconds).or_default() += times;
        }
        self.failures.extend(other.failures);
    }
}

/// What there is to know.
impl Tally {
    /// A sum, 0 if nothing was added to it.
    pub fn sum(&self, name: &str) -> u64 {
        self.sums.get(name).copied().unwrap_or_default()
    }

    /// How often a row struck, and was seen to be handled.
    pub fn row(&self, row: Row) -> (u64, u64) {
        self.rows.get(&row).copied().unwrap_or_default()
    }

    /// Faults of all rows together.
    pub fn faults(&self) -> u64 {
        self.rows.values().map(|(struck, _)| struck).sum()
    }

    /// Seeds that failed, and how.
    pub const fn failures(&self) -> &BTreeMap<u64, String> {
        &self.failures
    }

    /// The time in which so many of a thousand recoveries were over, in seconds.
    pub fn recovered_within(&self, per_mille: u64) -> Option<u64> {
        let all: u64 = self.recoveries.values().sum();
        let mut left = (all * per_mille).div_ceil(1000);
        self.recoveries
            .iter()
            .find(|(_, times)| {
                left = left.saturating_sub(**times);
                left == 0
            })
            .map(|(seconds, _)| *seconds)
    }
}

/// As JSON.
impl Tally {
    /// All of it, to be written to a file.
    pub fn to_json(&self) -> Value {
        let rows = self.rows.iter();
        let rows = rows.map(|(row, (struck, handled))| (row.name(), json!([struck, handled])));
        let recoveries = self.recoveries.iter();
        let recoveries = recoveries.map(|(seconds, times)| json!([seconds, times]));
        let failures = self.failures.iter();
        let failures = failures.map(|(seed, story)| (seed.to_string(), json!(story)));
        json!({
            "sums": self.sums,
            "rows": rows.collect::<BTreeMap<_, _>>(),
            "recoveries": recoveries.collect::<Vec<_>>(),
            "failures": failures.collect::<BTreeMap<_, _>>(),
        })
    }

    /// What [`to_json`](Self::to_json) has made. `None`: it has not.
    pub fn from_json(value: &Value) -> Option<Self> {
        let mut tally = Self::default();
        let pair = |value: &Value| Some((value.get(0)?.as_u64()?, value.get(1)?.as_u64()?));
        for (name, sum) in value.get("sums")?.as_object()? {
            tally.add(name, sum.as_u64()?);
        }
        for (row, counts) in value.get("rows")?.as_object()? {
            tally.rows.insert(Row::find(row)?, pair(counts)?);
        }
        for recovery in value.get("recoveries")?.as_array()? {
            let (seconds, times) = pair(recovery)?;
            tally.recoveries.insert(seconds, times);
        }
        for (seed, story) in value.get("failures")?.as_object()? {
            tally.on_failure(seed.parse().ok()?, story.as_str()?.to_owned());
        }
        Some(tally)
    }
}

/// The table at the end of a campaign.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<6}{:>10}{:>10}  fault", "kind", "struck", "handled")?;
        for row in Row::ALL {
            let (struck, handled) = self.row(*row);
            writeln!(
                f,
                "{:<6}{struck:>10}{handled:>10}  {}",
                row.name(),
                row.text()
            )?;
        }
        let kinds = Row::ALL.iter().filter(|row| self.row(**row).1 > 0).count();
        let least = Row::ALL.iter().map(|row| self.row(*row).1).min();
        writeln!(f)?;
        for (name, sum) in self.sums.iter().filter(|(name, _)| *name != "hash") {
            writeln!(f, "{name:<24}{sum:>16}")?;
        }
        let years = self.sum("virtual_ms") as f64 / (365.25 * 86_400_000.0);
        write!(
            f,
            "sim seeds={} operations={} faults={} kinds={kinds} least_handled={} years={years:.2} forgiven={} failures={} hash={:016x}",
            self.sum("seeds"),
            self.sum("operations"),
            self.faults(),
            least.unwrap_or_default(),
            self.sum("forgiven"),
            self.failures.len(),
            self.sum("hash"),
        )?;
        if let [Some(half), Some(most), Some(all)] =
            [500, 990, 1000].map(|part| self.recovered_within(part))
        {
            write!(
                f,
                " ready_p50_s={half} ready_p99_s={most} ready_max_s={all}"
            )?;
        }
        for (seed, story) in &self.failures {
            write!(f, "\nFAILED seed {seed}: {story}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(seconds: u64) -> Tally {
        let mut tally = Tally::default();
        tally.add("seeds", 1);
        tally.add("hash", u64::MAX);
        tally.on_strike(Row::D3);
        tally.on_handled(Row::D3);
        tally.on_recovery(seconds);
        tally.on_failure(seconds, "a \"story\"".to_owned());
        tally
    }

    #[test]
    fn results_of_two_machines_become_one() {
        let mut one = tally(3);
        let read = Tally::from_json(&tally(9).to_json()).unwrap();
        assert_eq!(read, tally(9));
        one.merge(read);
        assert_eq!(one.sum("seeds"), 2);
        assert_eq!(one.row(Row::D3), (2, 2));
        assert_eq!(one.failures().len(), 2);
        assert_eq!(Tally::from_json(&json!({})), None);
    }

    #[test]
    fn the_slowest_of_a_thousand_is_found() {
        let mut all = Tally::default();
        (1..=1000).for_each(|seconds| all.on_recovery(seconds));
        let within = [500, 990, 1000].map(|part| all.recovered_within(part));
        assert_eq!(within, [Some(500), Some(990), Some(1000)]);
        assert_eq!(Tally::default().recovered_within(990), None);
    }
}
