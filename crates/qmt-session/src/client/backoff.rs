//! When to try again.

use crate::span::Millis;

/// Doubling waits with jitter, between two bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    /// Failures in a row.
    failures: u8,
}

/// Source of jitter: xorshift, never 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jitter(u32);

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self { failures: 0 }
    }

    /// The wait after one more failure. The upper bound doubles each time, the wait is between half
    /// of it and all of it.
    pub(crate) fn next(&mut self, (base, cap): (Millis, Millis), jitter: &mut Jitter) -> Millis {
        let factor = 1_u32 << self.failures.min(20);
        self.failures = self.failures.saturating_add(1);
        let half = base.saturating_mul(factor).min(cap) / 2;
        (half + jitter.draw() % half.max(1)).max(base)
    }

    /// A connection has lasted.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

impl Jitter {
    pub(crate) const fn new(seed: u32) -> Self {
        Self(if seed == 0 { 1 } else { seed })
    }

    fn draw(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_stay_in_bounds() {
        let bounds = (1_000, 60_000);
        let mut jitter = Jitter::new(7);
        let mut backoff = Backoff::new();
        for failure in 0_u32..40 {
            let wait = backoff.next(bounds, &mut jitter);
            let bound = (1_000 << failure.min(6)).min(bounds.1);
            assert!(wait >= bounds.0 && wait >= bound / 2, "{failure}: {wait:?}");
            assert!(wait <= bound, "{failure}: {wait:?}");
        }
        backoff.reset();
        assert_eq!(backoff.next(bounds, &mut jitter), bounds.0);
    }

    #[test]
    fn devices_that_fail_together_come_back_spread_over_half_of_the_wait() {
        let bounds = (1_000, 64_000);
        let mut tenths = [0; 10];
        for seed in 0..1000 {
            let mut jitter = Jitter::new(seed);
            let mut backoff = Backoff { failures: 6 };
            let wait = backoff.next(bounds, &mut jitter);
            let tenth = (wait - bounds.1 / 2) / 3_200;
            tenths[usize::try_from(tenth).unwrap()] += 1;
        }
        assert!(tenths.iter().all(|n| (50..200).contains(n)), "{tenths:?}");
    }
}
