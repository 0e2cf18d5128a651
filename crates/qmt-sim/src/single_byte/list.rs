//! The list of single-byte changes that spell another valid line, and what is told then.
//!
//! ```text
//! < +QMTPUB: 0,2,0\r\n
//!   8 flip 0: Q5 acked
//!   12 insert 30-39: Q5 acked
//! ```
//!
//! A line of the dialogue behind `>` (to the module) or `<` (to the host); below it an offset or
//! a range of offsets, the changes there, and the promise that is broken: bits of a flip and
//! inserted bytes are sets, the latter in hex.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use super::{Fault, Kind, Place, Places};
use crate::{Change, Side};

/// The first lines of the committed list.
pub const HEADING: &str = "\
# Single-byte changes of the canonical dialogue that spell another valid line, and the promise of
# the oracle that is broken then. Written anew by: cargo xtask sim --bytes
";

/// What single-byte changes do to what is told: for each place and promise the changes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Effects(BTreeMap<(Side, String), OfLine>);

/// For each offset in a line and promise the changes that break it.
type OfLine = BTreeMap<(usize, String), BTreeSet<Kind>>;

impl Effects {
    /// A fault has broken a promise.
    pub fn add(&mut self, places: &Places, fault: Fault, promise: &str) {
        if let Some(Place { side, line, at }) = places.get(fault.side, fault.at) {
            let of_line = self.0.entry((*side, line.clone())).or_default();
            let kinds = of_line.entry((*at, promise.to_owned())).or_default();
            kinds.insert(fault.kind);
        }
    }

    /// Whether it is known that a fault breaks a promise.
    pub fn knows(&self, places: &Places, fault: Fault, promise: &str) -> bool {
        let Some(Place { side, line, at }) = places.get(fault.side, fault.at) else {
            return false;
        };
        let of_line = self.0.get(&(*side, line.clone()));
        let kinds = of_line.and_then(|lines| lines.get(&(*at, promise.to_owned())));
        kinds.is_some_and(|kinds| kinds.contains(&fault.kind))
    }

    /// What is here and not in the other.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        for (line, effects) in &self.0 {
            for (place, kinds) in effects {
                let known = other.0.get(line).and_then(|of_line| of_line.get(place));
                let new = kinds
                    .iter()
                    .filter(|kind| !known.is_some_and(|k| k.contains(kind)));
                let new: BTreeSet<Kind> = new.copied().collect();
                if !new.is_empty() {
                    let of_line = rest.0.entry(line.clone()).or_default();
                    of_line.insert(place.clone(), new);
                }
            }
        }
        rest
    }

    /// Adds everything of another.
    pub fn merge(&mut self, other: Self) {
        for (line, effects) in other.0 {
            let of_line = self.0.entry(line).or_default();
            for (place, kinds) in effects {
                of_line.entry(place).or_default().extend(kinds);
            }
        }
    }

    /// Every change: who hears the line, the line, the offset in it, what happens there.
    pub fn each(&self) -> impl Iterator<Item = (Side, &str, usize, Kind)> {
        self.0.iter().flat_map(|((side, line), of_line)| {
            of_line.iter().flat_map(move |((at, _), kinds)| {
                let kinds = kinds.iter();
                kinds.map(move |kind| (*side, line.as_str(), *at, *kind))
            })
        })
    }

    /// How many changes there are.
    pub fn len(&self) -> usize {
        let places = self.0.values().flat_map(BTreeMap::values);
        places.map(BTreeSet::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Display for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((side, line), effects) in &self.0 {
            let mark = match side {
                Side::Module => '>',
                Side::Host => '<',
            };
            writeln!(f, "{mark} {line}")?;
            let mut rows: Vec<(usize, usize, String)> = Vec::new();
            for ((at, promise), kinds) in effects {
                let text = format!("{}: {promise}", Changes(kinds));
                // Neighbours with the same effect share a row.
                let above = rows.iter_mut().rev().take(4);
                match above
                    .into_iter()
                    .find(|row| row.1 + 1 == *at && row.2 == text)
                {
                    Some(row) => row.1 = *at,
                    None => rows.push((*at, *at, text)),
                }
            }
            for (from, to, text) in rows {
                if from == to {
                    writeln!(f, "  {from} {text}")?;
                } else {
                    writeln!(f, "  {from}-{to} {text}")?;
                }
            }
        }
        Ok(())
    }
}

/// Changes at one place, in words.
struct Changes<'c>(&'c BTreeSet<Kind>);

impl fmt::Display for Changes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        let (mut flips, mut inserts) = (Vec::new(), Vec::new());
        for kind in self.0 {
            match *kind {
                Kind::Change(Change::Drop) => words.push("drop".to_owned()),
                Kind::Change(Change::Duplicate) => words.push("duplicate".to_owned()),
                Kind::Change(Change::Flip(bit)) => flips.push(bit),
                Kind::Change(Change::Insert(byte)) => inserts.push(byte),
                Kind::Reset => words.push("reset".to_owned()),
            }
        }
        if !flips.is_empty() {
            words.push(format!("flip {}", ranges(&flips, |bit| bit.to_string())));
        }
        if !inserts.is_empty() {
            words.push(format!(
                "insert {}",
                ranges(&inserts, |byte| format!("{byte:02x}"))
            ));
        }
        f.write_str(&words.join(" "))
    }
}

/// `1,4-6` of ascending numbers.
fn ranges(numbers: &[u8], show: impl Fn(u8) -> String) -> String {
    let mut ranges: Vec<(u8, u8)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, to)) if *to + 1 == number => *to = number,
            _ => ranges.push((number, number)),
        }
    }
    let show = |(from, to): &(u8, u8)| match from == to {
        true => show(*from),
        false => format!("{}-{}", show(*from), show(*to)),
    };
    ranges.iter().map(show).collect::<Vec<_>>().join(",")
}

/// Reads a list. Lines that begin with `#` are comments.
///
/// # Errors
/// The number of a line that makes no sense.
pub fn parse(text: &str) -> Result<Effects, usize> {
    let mut effects = Effects::default();
    let mut line = None;
    for (number, row) in (1..).zip(text.lines()) {
        if row.starts_with('#') || row.is_empty() {
            continue;
        }
        if let Some((mark, text)) = row.split_once(' ').filter(|(mark, _)| !mark.is_empty()) {
            let side = match mark {
                ">" => Side::Module,
                "<" => Side::Host,
                _ => return Err(number),
            };
            line = Some((side, text.to_owned()));
            continue;
        }
        let line = line.clone().ok_or(number)?;
        let (places, kinds, promise) = row_of(row.trim_start()).ok_or(number)?;
        let of_line = effects.0.entry(line).or_default();
        for at in places {
            let place = (at, promise.clone());
            of_line.entry(place).or_default().extend(&kinds);
        }
    }
    Ok(effects)
}

fn row_of(row: &str) -> Option<(core::ops::RangeInclusive<usize>, Vec<Kind>, String)> {
    let (what, promise) = row.split_once(": ")?;
    let mut words = what.split(' ');
    let at = words.next()?;
    let (from, to) = at.split_once('-').unwrap_or((at, at));
    let mut kinds = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "drop" => kinds.push(Kind::Change(Change::Drop)),
            "duplicate" => kinds.push(Kind::Change(Change::Duplicate)),
            "reset" => kinds.push(Kind::Reset),
            "flip" => numbers(words.next()?, 10, |bit| {
                kinds.push(Kind::Change(Change::Flip(bit)))
            })?,
            "insert" => {
                numbers(words.next()?, 16, |b| {
                    kinds.push(Kind::Change(Change::Insert(b)))
                })?;
            }
            _ => return None,
        }
    }
    Some((
        from.parse().ok()?..=to.parse().ok()?,
        kinds,
        promise.to_owned(),
    ))
}

fn numbers(text: &str, radix: u32, mut add: impl FnMut(u8)) -> Option<()> {
    for range in text.split(',') {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let number = |text| u8::from_str_radix(text, radix).ok();
        (number(from)?..=number(to)?).for_each(&mut add);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_it_was_written() {
        let text = "> AT\\r\n  1 drop reset flip 0,3-5: Q4\n< +QMTPUB: 0,1,0\\r\\n\n  \
                    2-5 duplicate insert 00-1f,ff: Q5 acked\n";
        let effects = parse(text).unwrap();
        assert_eq!(effects.len(), 6 + 4 * 34);
        assert_eq!(effects.to_string(), text);
        assert_eq!(parse("# nothing\n"), Ok(Effects::default()));
        assert_eq!(parse("  1 drop: Q4\n"), Err(1));
        assert_eq!(parse("> AT\n  1 drip: Q4\n"), Err(2));
    }
}
