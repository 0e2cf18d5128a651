//! Spans of time inside the machines: milliseconds in 32 bits, at most 49 days.
//!
//! [`Duration`] is for owners: its seconds and nanoseconds take three registers of a
//! microcontroller, and arithmetic on them a kilobyte of its flash.

use core::time::Duration;

use qmt_proto::Instant;

/// Milliseconds.
pub(crate) type Millis = u32;

/// `span` in milliseconds, rounded up so that no deadline is early.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) fn millis(span: Duration) -> Millis {
    let seconds = Millis::try_from(span.as_secs()).unwrap_or(Millis::MAX);
    let rest = span.subsec_nanos().div_ceil(1_000_000);
    seconds.saturating_mul(1000).saturating_add(rest)
}

/// `span` for an owner.
pub(crate) const fn duration(span: Millis) -> Duration {
    Duration::from_millis(span as u64)
}

/// `now` and `span` later.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn later(now: Instant, span: Millis) -> Instant {
    Instant::from_millis(now.as_millis().saturating_add(span as u64))
}

/// `span` before `time`.
pub(crate) const fn before(time: Instant, span: Millis) -> Instant {
    Instant::from_millis(time.as_millis().saturating_sub(span as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_up_and_never_wrap() {
        assert_eq!(millis(Duration::ZERO), 0);
        assert_eq!(millis(Duration::from_nanos(1)), 1);
        assert_eq!(millis(Duration::from_micros(1_500_000)), 1_500);
        assert_eq!(millis(Duration::from_secs(5_000_000)), Millis::MAX);
        assert_eq!(millis(Duration::MAX), Millis::MAX);
        assert_eq!(
            duration(millis(Duration::from_secs(7))),
            Duration::from_secs(7)
        );
    }

    #[test]
    fn times_stop_at_the_ends() {
        let end = Instant::from_millis(u64::MAX);
        assert_eq!(later(end, 1), end);
        assert_eq!(later(Instant::ZERO, 7).as_millis(), 7);
        assert_eq!(before(Instant::from_millis(5), 7), Instant::ZERO);
    }
}
