//! The rules a broker has, how far each has come, and what was done.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use qmt_mqtt::PacketKind;

use crate::fault::Side;
use crate::{Fault, FaultRule, Occurrence};

/// Rules in force. Of those that meet a packet, the first whose turn it is acts.
#[derive(Debug)]
pub(crate) struct Faults {
    rules: Vec<(FaultRule, u32)>,
    /// State of the generator of chances.
    random: u64,
    /// How often each fault acted, by name.
    counts: BTreeMap<&'static str, u64>,
}

impl Faults {
    pub(crate) fn new(rules: Vec<FaultRule>, seed: u64) -> Self {
        Self {
            rules: rules.into_iter().map(|rule| (rule, 0)).collect(),
            random: seed,
            counts: BTreeMap::new(),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// A rule added later acts after those that are there, and counts from now on.
    pub(crate) fn add(&mut self, rule: FaultRule) {
        self.rules.push((rule, 0));
    }

    /// Forgets the rules; the counts stay.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.counts.iter().map(|(name, count)| (*name, *count))
    }

    /// A packet is here: gives what is to be done to it. Every rule that is about such packets
    /// counts it, whichever acts.
    pub(crate) fn meet(&mut self, side: Side, kind: PacketKind) -> Option<Fault> {
        let mut acting = None;
        for (rule, met) in &mut self.rules {
            if !rule.meets(side, kind) {
                continue;
            }
            *met = met.saturating_add(1);
            let turn = match rule.occurrence {
                Occurrence::Every => true,
                Occurrence::Only(count) => *met == count.get(),
                Occurrence::From(count) => *met >= count.get(),
                // Drawn even when another rule acts: the draws of one rule then do not depend on
                // the other rules.
                Occurrence::Chance(percent) => chance(&mut self.random) < percent,
            };
            if turn && acting.is_none() {
                acting = Some(rule.fault.clone());
            }
        }
        if let Some(fault) = &acting {
            *self.counts.entry(fault.name()).or_default() += 1;
        }
        acting
    }
}

/// 0 to 99, by splitmix64.
fn chance(state: &mut u64) -> u8 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    u8::try_from((z ^ (z >> 31)) % 100).unwrap_or_default()
}
