//! The one clock of the repository tasks.

use core::time::Duration;
use std::time::Instant;

/// Measures how long a step takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[expect(
        clippy::disallowed_methods,
        reason = "steps are timed for the reader; no behaviour depends on it"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    #[expect(
        clippy::disallowed_methods,
        reason = "steps are timed for the reader; no behaviour depends on it"
    )]
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
