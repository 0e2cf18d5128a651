//! What was received against what was sent.
//!
//! Both sides are lists of fingerprints. Those that are unique on both sides anchor the alignment
//! (patience); the gaps between anchors are aligned by their longest common subsequence.

use std::collections::HashMap;

use crate::Mark;

/// How far from its place an intact message may be and still count as reordered only.
const REORDERED_WITHIN: usize = 64;

/// Longest gap that is aligned exactly; no workload comes near it.
const GAP: usize = 4000;

/// How a receiver did on a workload.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Score {
    /// Messages sent.
    pub sent: usize,
    /// Reported as sent. Includes `reordered`.
    pub correct: usize,
    /// Reported with other content.
    pub wrong: usize,
    /// Sent and not reported.
    pub missed: usize,
    /// Reported and never sent.
    pub forged: usize,
    /// Intact, but out of order.
    pub reordered: usize,
    /// Times the receiver panicked and was built anew.
    pub panics: usize,
    /// Times the receiver said that the stream is damaged.
    pub refused: usize,
}

impl Score {
    /// Compares two sides.
    pub fn new(sent: &[Mark], got: &[Mark]) -> Self {
        let pairs = align(sent, got);
        let mut score = Self {
            sent: sent.len(),
            correct: pairs.len(),
            ..Self::default()
        };
        let mut left: Vec<Option<usize>> = (0..sent.len()).map(Some).collect();
        let mut extra: Vec<bool> = vec![true; got.len()];
        // Where each received message would have stood among those sent.
        let mut place = vec![0; got.len()];
        for &(s, g) in &pairs {
            left[s] = None;
            extra[g] = false;
            place[g] = s + 1;
        }
        for g in 1..got.len() {
            place[g] = place[g].max(place[g - 1]);
        }
        let left: Vec<usize> = left.into_iter().flatten().collect();
        let mut open: Vec<bool> = vec![true; left.len()];
        for g in (0..got.len()).filter(|g| extra[*g]) {
            let near = |s: usize| s.abs_diff(place[g]) <= REORDERED_WITHIN;
            let from = left.partition_point(|s| s + REORDERED_WITHIN < place[g]);
            let mut near_by = (from..left.len())
                .take_while(|i| near(left[*i]))
                .filter(|i| open[*i]);
            let same = near_by.clone().find(|i| sent[left[*i]] == got[g]);
            let mut like =
                || near_by.find(|i| got[g].is_unique() && sent[left[*i]].key == got[g].key);
            if let Some(i) = same {
                open[i] = false;
                score.correct += 1;
                score.reordered += 1;
            } else if let Some(i) = like() {
                open[i] = false;
                score.wrong += 1;
            } else {
                score.forged += 1;
            }
        }
        score.missed = open.iter().filter(|open| **open).count();
        score
    }

    /// Whether every message was reported as it was sent, and nothing else.
    pub const fn is_perfect(&self) -> bool {
        self.correct == self.sent && self.is_honest() && self.reordered == 0
    }

    /// Whether nothing was reported that is not true.
    pub const fn is_honest(&self) -> bool {
        self.wrong == 0 && self.forged == 0 && self.panics == 0
    }

    /// The cell of a table, for example `82.08 m3584 p3584`.
    pub fn cell(&self) -> String {
        let percent = 100.0 * self.correct as f64 / self.sent.max(1) as f64;
        let mut cell = if self.is_perfect() {
            String::from("100")
        } else {
            format!("{percent:.2}")
        };
        for (letter, count) in [
            ('w', self.wrong),
            ('m', self.missed),
            ('f', self.forged),
            ('r', self.reordered),
            ('p', self.panics),
        ] {
            if count > 0 {
                cell.push_str(&format!(" {letter}{count}"));
            }
        }
        cell
    }
}

/// Pairs of equal entries, rising on both sides.
fn align(sent: &[Mark], got: &[Mark]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let (mut s, mut g) = (0, 0);
    let ends = [(sent.len(), got.len())];
    for (next_s, next_g) in anchors(sent, got).into_iter().chain(ends) {
        fill(&sent[s..next_s], &got[g..next_g], (s, g), &mut pairs);
        if next_s < sent.len() {
            pairs.push((next_s, next_g));
        }
        (s, g) = (next_s + 1, next_g + 1);
    }
    pairs
}

/// Entries that are unique on both sides and equal, the longest rising chain of them.
fn anchors(sent: &[Mark], got: &[Mark]) -> Vec<(usize, usize)> {
    let unique = |list: &[Mark]| {
        let mut places: HashMap<u64, Option<usize>> = HashMap::new();
        for (at, mark) in list.iter().enumerate() {
            let place = places.entry(mark.print).or_insert(Some(at));
            if *place != Some(at) {
                *place = None;
            }
        }
        places
    };
    let (ours, theirs) = (unique(sent), unique(got));
    let common = sent.iter().enumerate().filter_map(|(at, mark)| {
        ours.get(&mark.print).copied().flatten()?;
        Some((at, theirs.get(&mark.print).copied().flatten()?))
    });
    // Patience: the last of each pile is the smallest end of a rising chain of its length.
    let nodes: Vec<(usize, usize)> = common.collect();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(nodes.len());
    let mut piles: Vec<usize> = Vec::new();
    for (at, (_, g)) in nodes.iter().enumerate() {
        let pile = piles.partition_point(|top| nodes[*top].1 < *g);
        before.push(pile.checked_sub(1).map(|below| piles[below]));
        if pile == piles.len() {
            piles.push(at);
        } else {
            piles[pile] = at;
        }
    }
    let mut chain = Vec::new();
    let mut at = piles.last().copied();
    while let Some(node) = at {
        chain.push(nodes[node]);
        at = before[node];
    }
    chain.reverse();
    chain
}

/// Adds the longest common subsequence of a gap that starts at `from` on both sides.
fn fill(sent: &[Mark], got: &[Mark], from: (usize, usize), pairs: &mut Vec<(usize, usize)>) {
    let same = sent.iter().zip(got).take_while(|(a, b)| a == b).count();
    pairs.extend((0..same).map(|i| (from.0 + i, from.1 + i)));
    let (sent, got) = (&sent[same..], &got[same..]);
    if sent.is_empty() || got.is_empty() {
        return;
    }
    let (sent, got) = (&sent[..sent.len().min(GAP)], &got[..got.len().min(GAP)]);
    let width = got.len() + 1;
    let mut longest = vec![0_u16; (sent.len() + 1) * width];
    for s in (0..sent.len()).rev() {
        for g in (0..got.len()).rev() {
            longest[s * width + g] = if sent[s] == got[g] {
                longest[(s + 1) * width + g + 1] + 1
            } else {
                longest[(s + 1) * width + g].max(longest[s * width + g + 1])
            };
        }
    }
    let (mut s, mut g) = (0, 0);
    while s < sent.len() && g < got.len() {
        if sent[s] == got[g] {
            pairs.push((from.0 + same + s, from.1 + same + g));
            s += 1;
            g += 1;
        } else if longest[(s + 1) * width + g] >= longest[s * width + g + 1] {
            s += 1;
        } else {
            g += 1;
        }
    }
}

impl Mark {
    /// Whether this is `+CEREG`, of which a session keeps less than a line holds.
    pub(crate) const fn is_registration(self) -> bool {
        self.key >> 16 & 0xff == 9
    }

    /// Whether the key names one message, so that other content under it is damage.
    pub(crate) const fn is_unique(self) -> bool {
        matches!(self.key >> 16 & 0xff, 5 | 6 | 11)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Event;

    fn marks(events: &[Event<'_>]) -> Vec<Mark> {
        events.iter().map(Event::mark).collect()
    }

    #[test]
    fn every_kind_of_mistake_is_counted_as_what_it_is() {
        let a = Event::Published(0, 1, 0, None);
        let b = Event::Message(0, 2, b"t", b"payload");
        let sent = marks(&[a, Event::Ok, b, Event::Error]);
        assert!(Score::new(&sent, &sent).is_perfect());
        let missed = Score::new(&sent, &marks(&[a, Event::Ok, Event::Error]));
        assert_eq!((missed.correct, missed.missed), (3, 1));
        assert!(missed.is_honest() && !missed.is_perfect());
        let cut = Event::Message(0, 2, b"t", b"pay");
        let wrong = Score::new(&sent, &marks(&[a, Event::Ok, cut, Event::Error]));
        assert_eq!((wrong.correct, wrong.wrong, wrong.missed), (3, 1, 0));
        let forged = Score::new(&sent, &marks(&[a, Event::Ok, Event::Ok, b, Event::Error]));
        assert_eq!((forged.correct, forged.forged), (4, 1));
        let swapped = Score::new(&sent, &marks(&[b, a, Event::Ok, Event::Error]));
        assert_eq!((swapped.correct, swapped.reordered), (4, 1));
        assert_eq!(swapped.cell(), "100.00 r1");
    }
}
