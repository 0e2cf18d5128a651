//! Opening a line again and again, not too often.

use core::pin::Pin;
use core::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::OpenError;

/// A way to open a line, and when to go it.
pub(crate) struct Seeker<S> {
    open: Box<dyn FnMut() -> Opening<S> + Send>,
    /// The try that is under way.
    opening: Option<Opening<S>>,
    /// When the next try begins, if it must be waited for.
    next_at: Option<Instant>,
    /// The wait after the next failure.
    wait: Duration,
    /// Shortest and longest wait.
    bounds: (Duration, Duration),
    /// When the line was last opened.
    opened_at: Option<Instant>,
}

type Opening<S> = Pin<Box<dyn Future<Output = Result<S, OpenError>> + Send>>;

impl<S> Seeker<S> {
    pub(crate) fn new<F>(
        mut open: impl FnMut() -> F + Send + 'static,
        bounds: (Duration, Duration),
    ) -> Self
    where
        F: Future<Output = Result<S, OpenError>> + Send + 'static,
    {
        Self {
            open: Box::new(move || Box::pin(open())),
            opening: None,
            next_at: None,
            wait: bounds.0,
            bounds,
            opened_at: None,
        }
    }

    /// The line, or why it could not be opened and how long it will be to the next try.
    /// Cancel-safe: goes on where it was.
    pub(super) async fn next(&mut self) -> Result<S, (OpenError, Duration)> {
        if let Some(at) = self.next_at {
            sleep_until(at).await;
            self.next_at = None;
        }
        let Self { open, opening, .. } = self;
        let opened = opening.get_or_insert_with(open).await;
        self.opening = None;
        match opened {
            Ok(line) => {
                self.opened_at = Some(Instant::now());
                Ok(line)
            }
            Err(error) => Err((error, self.back_off())),
        }
    }

    /// The line is gone. How long it will be to the next try.
    pub(super) fn lost(&mut self) -> Duration {
        // One that vanishes as soon as it is opened must not be opened at full speed.
        let lasted = self.opened_at.take().map(|at| at.elapsed());
        if lasted.is_some_and(|lasted| lasted >= self.bounds.1) {
            self.wait = self.bounds.0;
        }
        self.back_off()
    }

    fn back_off(&mut self) -> Duration {
        let wait = self.wait;
        self.next_at = Instant::now().checked_add(wait);
        self.wait = wait.saturating_mul(2).min(self.bounds.1);
        wait
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_double_up_to_the_bound_and_are_short_again_after_a_line_that_lasted() {
        let bounds = (Duration::from_secs(1), Duration::from_secs(5));
        let mut tries = VecDeque::from([false, false, false, false, true, true]);
        let mut seeker = Seeker::new(
            move || {
                let opens = tries.pop_front().unwrap();
                async move { opens.then_some(()).ok_or(OpenError::NoSuchDevice) }
            },
            bounds,
        );
        let began = Instant::now();
        for seconds in [1, 2, 4, 5] {
            let (_, wait) = seeker.next().await.unwrap_err();
            assert_eq!(wait, Duration::from_secs(seconds));
        }
        seeker.next().await.unwrap();
        assert_eq!(began.elapsed(), Duration::from_secs(12));
        // It did not last.
        assert_eq!(seeker.lost(), Duration::from_secs(5));
        seeker.next().await.unwrap();
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(seeker.lost(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_try_goes_on_where_it_was_given_up() {
        let mut seeker = Seeker::new(
            || async {
                tokio::time::sleep(Duration::from_secs(3)).await;
                Ok(())
            },
            (Duration::from_secs(1), Duration::from_secs(5)),
        );
        for _ in 0..2 {
            let given_up = tokio::time::timeout(Duration::from_secs(1), seeker.next()).await;
            assert!(given_up.is_err());
        }
        let began = Instant::now();
        seeker.next().await.unwrap();
        assert_eq!(began.elapsed(), Duration::from_secs(1));
    }
}
