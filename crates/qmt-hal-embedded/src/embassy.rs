//! The clock of embassy-time.

use embassy_time::Timer;
use qmt_session::proto::Instant;

use crate::Clock;

/// Time since boot, by embassy-time. Which timer drives it is the choice of the chip's HAL.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing to hold")]
pub struct EmbassyClock;

impl Clock for EmbassyClock {
    fn now(&self) -> Instant {
        Instant::from_millis(embassy_time::Instant::now().as_millis())
    }

    async fn sleep_until(&mut self, at: Option<Instant>) {
        match at {
            // A time the timer cannot count to never comes.
            Some(at) => match embassy_time::Instant::try_from_millis(at.as_millis()) {
                Some(at) => Timer::at(at).await,
                None => core::future::pending().await,
            },
            None => core::future::pending().await,
        }
    }
}
