//! A few dozen modules that between them have every two habits together.

use std::collections::BTreeSet;

use qmt_modem::{Quirk, Quirks};

/// A value of a quirk, both by index.
type Choice = (usize, usize);

/// Sets of quirks such that any two values of any two quirks occur together in one of them.
///
/// Always the same sets. With `Quirks::of_set` for the nine quirks that shape the line, they stand
/// for the product of all quirks, which nobody can try.
pub fn pairwise() -> Vec<Quirks> {
    let mut missing = pairs();
    let mut sets = Vec::new();
    while let Some(pair) = missing.first().copied() {
        let row = row(pair, &missing);
        missing.retain(|(one, other)| !(row.contains(one) && row.contains(other)));
        let mut quirks = Quirks::NOTE;
        for (quirk, value) in row {
            let quirk = &Quirk::ALL[quirk];
            let value = quirk.values()[value];
            quirk.set(&mut quirks, value.name()).expect("its own value");
        }
        sets.push(quirks);
    }
    sets
}

/// All pairs of values of different quirks, the lower quirk first.
fn pairs() -> BTreeSet<(Choice, Choice)> {
    let choices = |quirk: usize| (0..Quirk::ALL[quirk].values().len()).map(move |v| (quirk, v));
    let mut pairs = BTreeSet::new();
    for one in 0..Quirk::ALL.len() {
        for other in one + 1..Quirk::ALL.len() {
            pairs.extend(choices(one).flat_map(|a| choices(other).map(move |b| (a, b))));
        }
    }
    pairs
}

/// A value for each quirk, with `pair` among them: for one quirk after another the value that is
/// in most missing pairs with those already chosen, the first of equals.
fn row(pair: (Choice, Choice), missing: &BTreeSet<(Choice, Choice)>) -> Vec<Choice> {
    let mut row = vec![pair.0, pair.1];
    for (quirk, known) in Quirk::ALL.iter().enumerate() {
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
        let values = 0..known.values().len();
        let best = values.max_by_key(|&value| (gain(value), usize::MAX - value));
        row.push((quirk, best.expect("a value")));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_two_values_of_any_two_quirks_meet() {
        let sets = pairwise();
        let mut missing = pairs();
        for quirks in &sets {
            let value = |quirk: usize| {
                let values = Quirk::ALL[quirk].values();
                let here = Quirk::ALL[quirk].value(quirks);
                values.iter().position(|value| value == here).unwrap()
            };
            missing.retain(|(a, b)| value(a.0) != a.1 || value(b.0) != b.1);
        }
        assert_eq!(missing.len(), 0);
        assert!(sets.len() <= 48, "{} sets", sets.len());
    }

    #[test]
    fn the_sets_are_always_the_same() {
        assert_eq!(pairwise(), pairwise());
    }
}
