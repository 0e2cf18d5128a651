//! What a driver knows of time.

use qmt_session::proto::Instant;

/// A clock and a timer, as small as they can be.
pub trait Clock {
    /// Time since an epoch of your choice. Never runs backwards.
    fn now(&self) -> Instant;

    /// Waits until `at`; for ever if there is no such time. May be ready late, but not before.
    ///
    /// Must be cancel-safe: the driver drops the future whenever something else happens.
    #[expect(
        async_fn_in_trait,
        reason = "drivers on one core need no Send; those who do bound it where they call"
    )]
    async fn sleep_until(&mut self, at: Option<Instant>);
}
