//! Milliseconds for the machines, from tokio's clock.

use core::time::Duration;

use qmt_session::proto::Instant;
use tokio::time;

/// Time since an epoch, by tokio's clock: it stands still under `tokio::time::pause`.
#[derive(Clone, Copy, Debug)]
pub struct TokioClock {
    epoch: time::Instant,
}

impl TokioClock {
    /// A clock whose epoch is now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            epoch: time::Instant::now(),
        }
    }

    /// Time since the epoch, rounded down to a millisecond.
    #[must_use]
    pub fn now(&self) -> Instant {
        let ms = self.epoch.elapsed().as_millis();
        Instant::from_millis(u64::try_from(ms).unwrap_or(u64::MAX))
    }

    /// Waits until `at`; for ever if there is no such time. Cancel-safe.
    pub async fn sleep_until(&self, at: Option<Instant>) {
        let span = at.map(|at| Duration::from_millis(at.as_millis()));
        match span.and_then(|span| self.epoch.checked_add(span)) {
            Some(at) => time::sleep_until(at).await,
            None => core::future::pending().await,
        }
    }
}

impl Default for TokioClock {
    fn default() -> Self {
        Self::new()
    }
}
