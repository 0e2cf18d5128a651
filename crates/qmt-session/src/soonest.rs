//! The soonest of several times.

use qmt_proto::Instant;

/// The soonest of the times it was told of that come after a given one.
#[derive(Debug)]
pub(crate) struct Soonest {
    after: Instant,
    at: Option<Instant>,
}

impl Soonest {
    pub(crate) const fn after(after: Instant) -> Self {
        Self { after, at: None }
    }

    /// A time, if it is one. A chain of iterators would have this code for each of its links.
    #[inline(never)]
    pub(crate) fn note(&mut self, at: Option<Instant>) {
        if let Some(at) = at
            && at > self.after
            && self.at.is_none_or(|soonest| at < soonest)
        {
            self.at = Some(at);
        }
    }

    pub(crate) const fn get(self) -> Option<Instant> {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_past_and_what_is_no_time_do_not_count() {
        let at = |ms| Some(Instant::from_millis(ms));
        let mut soonest = Soonest::after(Instant::from_millis(5));
        for time in [None, at(5), at(1)] {
            soonest.note(time);
        }
        assert_eq!(soonest.at, None);
        for time in [at(9), None, at(7), at(8), at(3)] {
            soonest.note(time);
        }
        assert_eq!(soonest.get(), at(7));
    }
}
