//! Modules that between them have every two habits together.

use core::fmt;
use std::collections::BTreeSet;

use qmt_modem::{Quirk, Quirks};

use crate::{Rng, Share};

/// A value of a quirk, both by index.
type Choice = (usize, usize);

/// A module and its number in [`modules`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "not published")]
pub struct Habits {
    /// Below [`Quirks::SETS`]: the set of the nine quirks that shape the line.
    pub number: usize,
    /// What it does.
    pub quirks: Quirks,
}

impl fmt::Display for Habits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "module {}", self.number)
    }
}

/// The 512 sets of the nine quirks that shape the line, each with a row of values for all other
/// quirks, and behind them [`pairwise`], where the nine take their further values too.
///
/// Any two values of any two quirks meet in one of them, and so do any set and some row. Which
/// row a set has is drawn once and for all: in step with the sets, the bits of a set and the row
/// would be tied to one another.
pub fn modules() -> Vec<Habits> {
    let rows = covering(&others());
    let mut draw = Rng::new(0);
    let of_set = |set: u16| {
        let mut quirks = Quirks::of_set(set);
        let row: &Vec<Choice> = draw.pick(&rows);
        apply(row, &mut quirks);
        quirks
    };
    let sets: Vec<_> = (0..Quirks::SETS).map(of_set).collect();
    let all = sets.into_iter().chain(pairwise()).enumerate();
    all.map(|(number, quirks)| Habits { number, quirks })
        .collect()
}

/// Of [`modules`] those that this share of a campaign tries: one in `every` of the 512 sets, and
/// all behind them.
pub fn share_of_modules(share: Share, every: usize) -> Vec<Habits> {
    let mut modules = modules();
    let rest = modules.split_off(usize::from(Quirks::SETS));
    let sets = share.of(modules.len(), every).map(|number| modules[number]);
    sets.chain(rest).collect()
}

/// Sets of quirks such that any two values of any two quirks occur together in one of them.
///
/// Always the same sets.
pub fn pairwise() -> Vec<Quirks> {
    let all: Vec<usize> = (0..Quirk::ALL.len()).collect();
    let of_row = |row: Vec<Choice>| {
        let mut quirks = Quirks::NOTE;
        apply(&row, &mut quirks);
        quirks
    };
    covering(&all).into_iter().map(of_row).collect()
}

/// The quirks that are not among the nine of [`Quirks::of_set`].
fn others() -> Vec<usize> {
    let nine = Quirks::of_set(Quirks::SETS - 1);
    let is_other = |at: &usize| {
        let quirk = &Quirk::ALL[*at];
        quirk.value(&nine) == quirk.value(&Quirks::NOTE)
    };
    (0..Quirk::ALL.len()).filter(is_other).collect()
}

fn apply(row: &[Choice], quirks: &mut Quirks) {
    for &(quirk, value) in row {
        let quirk = &Quirk::ALL[quirk];
        let value = quirk.values()[value];
        quirk.set(quirks, value.name()).expect("its own value");
    }
}

/// Values for each of these quirks, in rows such that any two of them meet in a row.
fn covering(quirks: &[usize]) -> Vec<Vec<Choice>> {
    let mut missing = pairs(quirks);
    let mut rows = Vec::new();
    while let Some(pair) = missing.first().copied() {
        let row = row(pair, quirks, &missing);
        missing.retain(|(one, other)| !(row.contains(one) && row.contains(other)));
        rows.push(row);
    }
    rows
}

/// All pairs of values of different quirks, the lower quirk first.
fn pairs(quirks: &[usize]) -> BTreeSet<(Choice, Choice)> {
    let choices = |quirk: usize| (0..Quirk::ALL[quirk].values().len()).map(move |v| (quirk, v));
    let mut pairs = BTreeSet::new();
    for (at, &one) in quirks.iter().enumerate() {
        for &other in &quirks[at + 1..] {
            pairs.extend(choices(one).flat_map(|a| choices(other).map(move |b| (a, b))));
        }
    }
    pairs
}

/// A value for each quirk, with `pair` among them: for one quirk after another the value that is
/// in most missing pairs with those already chosen, the first of equals.
fn row(
    pair: (Choice, Choice),
    quirks: &[usize],
    missing: &BTreeSet<(Choice, Choice)>,
) -> Vec<Choice> {
    let mut row = vec![pair.0, pair.1];
    for &quirk in quirks {
        if row.iter().any(|(chosen, _)| *chosen == quirk) {
            continue;
        }
        let gain = |value: usize| {
            let choice = (quirk, value);
            let chosen = row.iter();
            chosen
                .filter(|&&other| missing.contains(&(choice.min(other), choice.max(other))))
                .count()
        };
        let values = 0..Quirk::ALL[quirk].values().len();
        let best = values.max_by_key(|&value| (gain(value), usize::MAX - value));
        row.push((quirk, best.expect("a value")));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which pairs of `pairs` none of `sets` has.
    fn missing_in(sets: &[Quirks], mut pairs: BTreeSet<(Choice, Choice)>) -> usize {
        for quirks in sets {
            let value = |quirk: usize| {
                let values = Quirk::ALL[quirk].values();
                let here = Quirk::ALL[quirk].value(quirks);
                values.iter().position(|value| value == here).unwrap()
            };
            pairs.retain(|(a, b)| value(a.0) != a.1 || value(b.0) != b.1);
        }
        pairs.len()
    }

    fn all() -> Vec<usize> {
        (0..Quirk::ALL.len()).collect()
    }

    #[test]
    fn any_two_values_of_any_two_quirks_meet() {
        let sets = pairwise();
        assert_eq!(missing_in(&sets, pairs(&all())), 0);
        assert!(sets.len() <= 48, "{} sets", sets.len());
    }

    #[test]
    fn each_of_the_512_sets_is_there_once_and_meets_every_value_of_the_other_quirks() {
        let modules: Vec<Quirks> = modules().iter().map(|module| module.quirks).collect();
        let (sets, rest) = modules.split_at(512);
        assert_eq!(rest, pairwise());
        assert_eq!(all().len() - others().len(), 9);
        let mut nine: BTreeSet<String> = BTreeSet::new();
        for (number, quirks) in (0..).zip(sets) {
            let of_set = Quirks::of_set(number);
            let values = all()
                .into_iter()
                .filter(|quirk| !others().contains(quirk))
                .map(|quirk| {
                    let quirk = &Quirk::ALL[quirk];
                    assert_eq!(quirk.value(quirks), quirk.value(&of_set), "{number}");
                    quirk.value(quirks).name()
                });
            nine.insert(values.collect::<Vec<_>>().join(" "));
        }
        assert_eq!(nine.len(), 512);
        // The two values that each of the nine takes here, with each value of each other quirk,
        // and those with one another.
        let taken = |(quirk, value): Choice| {
            let taken = [Quirks::NOTE, Quirks::of_set(511)];
            let value = &Quirk::ALL[quirk].values()[value];
            others().contains(&quirk)
                || taken
                    .iter()
                    .any(|quirks| Quirk::ALL[quirk].value(quirks) == value)
        };
        let mut wanted = pairs(&all());
        wanted.retain(|(one, other)| taken(*one) && taken(*other));
        assert_eq!(missing_in(sets, wanted), 0);
    }

    #[test]
    fn the_modules_are_always_the_same() {
        assert_eq!(modules(), modules());
    }
}
