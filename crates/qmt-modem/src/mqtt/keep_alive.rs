//! PINGREQ when idle, and the wait for PINGRESP (MQTT 3.1.1 §3.1.2.10, §3.12).

use core::time::Duration;

use qmt_mqtt::{Level, Packet};
use qmt_proto::{Instant, LinkLossCode};

use super::output::Output;
use super::transmit::Transmit;

/// Timer T2 (QMT §2 keep-alive).
#[derive(Debug)]
pub(super) struct KeepAlive {
    /// Longest silence towards the broker; `None` with keep-alive 0.
    interval: Option<Duration>,
    /// How long PINGRESP may take: pkt_timeout.
    patience: Duration,
    /// When the first PINGREQ without an answer fails; `PINGRESP` clears it.
    fails_at: Option<Instant>,
}

impl KeepAlive {
    pub(super) fn new(seconds: u16, patience: Duration) -> Self {
        Self {
            interval: (seconds > 0).then(|| Duration::from_secs(seconds.into())),
            patience,
            fails_at: None,
        }
    }

    /// PINGRESP came. One that was not asked for is no offence (MQTT 3.1.1 §3.13).
    pub(super) const fn handle_answer(&mut self) {
        self.fails_at = None;
    }

    /// Whether PINGRESP is awaited.
    pub(super) const fn is_waiting(&self) -> bool {
        self.fails_at.is_some()
    }

    /// Sends PINGREQ when it is due.
    ///
    /// # Errors
    /// The cause with which the link ends, when PINGRESP did not come.
    pub(super) fn handle_timeout(
        &mut self,
        now: Instant,
        level: Level,
        output: &mut Output,
    ) -> Result<(), LinkLossCode> {
        if self.fails_at.is_some_and(|at| at <= now) {
            return Err(LinkLossCode::PINGREQ);
        }
        if self.ping_at(&output.transmit).is_some_and(|at| at <= now) {
            output.answer(now, level, &Packet::PingReq)?;
            // While an answer is late the interval may end again. The next PINGREQ keeps what the
            // client promised (MQTT 3.1.1 §3.1.2.10-1) but does not prolong the wait.
            self.fails_at
                .get_or_insert_with(|| now.saturating_add(self.patience));
        }
        Ok(())
    }

    pub(super) fn poll_timeout(&self, transmit: &Transmit) -> Option<Instant> {
        self.fails_at
            .into_iter()
            .chain(self.ping_at(transmit))
            .min()
    }

    /// Only silence asks for a PINGREQ: the interval runs from the last byte sent, and not while
    /// bytes wait (QMT figure 1, MQTT 3.1.1 §3.1.2.10).
    fn ping_at(&self, transmit: &Transmit) -> Option<Instant> {
        Some(transmit.idle_since()?.saturating_add(self.interval?))
    }
}
