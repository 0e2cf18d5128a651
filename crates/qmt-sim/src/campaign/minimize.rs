//! Makes a scenario that fails as short as it can be.

use super::{HOSTS, Mode, Scenario, run};
use crate::Memory;

/// The scenario with as few steps as still fail, in about `runs` runs: halves, quarters and so on
/// are left out down to single steps, as long as what is left goes on failing.
///
/// It need not fail in the same way: any failure is worth a file of its own.
pub fn minimize(scenario: &Scenario, mode: Mode, runs: usize) -> Scenario {
    let mut memory = Memory::new(HOSTS);
    let mut fails = |scenario: &Scenario| run(scenario, mode, &mut memory).failure.is_some();
    reduce(scenario, runs, &mut fails)
}

fn reduce(
    scenario: &Scenario,
    mut runs: usize,
    fails: &mut impl FnMut(&Scenario) -> bool,
) -> Scenario {
    let mut best = scenario.clone();
    let mut size = best.steps.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        let mut shorter = false;
        while at < best.steps.len() && runs > 0 {
            let mut candidate = best.clone();
            let end = (at + size).min(candidate.steps.len());
            candidate.steps.drain(at..end);
            runs -= 1;
            if fails(&candidate) {
                best = candidate;
                shorter = true;
            } else {
                at += size;
            }
        }
        if runs == 0 {
            break;
        }
        // Single steps are tried until none can be left out.
        size = match (size, shorter) {
            (1, true) => 1,
            (size, _) => size / 2,
        };
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::{Step, generate};

    #[test]
    fn what_does_not_matter_is_left_out() {
        let mut scenario = generate(1, Mode::Liveness, None);
        scenario.steps = (0..100).map(Step::Wait).collect();
        let mut fails = |scenario: &Scenario| {
            let has = |ms| scenario.steps.contains(&Step::Wait(ms));
            has(13) && has(77)
        };
        let small = reduce(&scenario, 1_000, &mut fails);
        assert_eq!(small.steps, [Step::Wait(13), Step::Wait(77)]);
    }
}
