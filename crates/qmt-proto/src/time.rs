//! Time as the machines see it: an argument, never a clock.

use core::time::Duration;

/// Milliseconds since an epoch of the caller's choice.
///
/// 64 bits: never wraps in practice, and arithmetic saturates.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Instant(u64);

impl Instant {
    /// The epoch.
    pub const ZERO: Self = Self(0);

    /// The instant `ms` milliseconds after the epoch.
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// This instant and `by` later, rounded up to a millisecond; the end of time if there is no
    /// such instant.
    // Seconds and their part apart: dividing nanoseconds, a 128-bit number, took 16 kB of flash at
    // its thirty callers.
    #[inline(never)]
    pub const fn saturating_add(self, by: Duration) -> Self {
        let whole = by.as_secs().saturating_mul(1000);
        let part = by.subsec_nanos().div_ceil(1_000_000);
        Self(self.0.saturating_add(whole.saturating_add(part as u64)))
    }

    /// How long after `earlier` this is; zero if it is not.
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: Instant = Instant::from_millis(u64::MAX);

    #[test]
    fn spans_are_rounded_up_so_that_no_deadline_is_early() {
        let at = |nanos| Instant::from_millis(5).saturating_add(Duration::from_nanos(nanos));
        assert_eq!(at(0).as_millis(), 5);
        assert_eq!(at(1).as_millis(), 6);
        assert_eq!(at(1_000_000).as_millis(), 6);
        assert_eq!(at(1_000_001).as_millis(), 7);
    }

    #[test]
    fn time_ends_but_does_not_wrap() {
        assert_eq!(END.saturating_add(Duration::from_millis(1)), END);
        assert_eq!(Instant::ZERO.saturating_add(Duration::MAX), END);
        let (early, late) = (Instant::from_millis(3), Instant::from_millis(10));
        assert_eq!(late.saturating_since(early), Duration::from_millis(7));
        assert_eq!(early.saturating_since(late), Duration::ZERO);
        let wrap = Instant::from_millis(u64::from(u32::MAX));
        assert_eq!(
            wrap.saturating_add(Duration::from_secs(1)).as_millis(),
            u64::from(u32::MAX) + 1000
        );
    }
}
