//! What is tried, one thing after the other, while nothing works.

use core::fmt;
use core::time::Duration;

use qmt_proto::Instant;

use crate::span::{later, millis};

/// One step of the ladder: what is done, and how long it may take to help before the next one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the caller builds ladders of its own"
)]
pub struct Rung {
    /// What is done.
    pub remedy: Remedy,
    /// How long it has to help.
    pub within: Duration,
}

/// What can be done about a module or network that does not work.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Remedy {
    /// Check the line and bring the module up again.
    Resync,
    /// The same, and close all links, whatever the module says about them.
    CloseAll,
    /// The same, and leave the network and join it again (`AT+CGATT=0`, `AT+CGATT=1`): a new PDP
    /// context.
    Reattach,
    /// Let the module restart itself (`AT+QRST=1`).
    Restart,
    /// Ask the application to reset the module by its pin or its power. It goes on trying
    /// meanwhile; [`Client::handle_reset`](crate::Client::handle_reset) tells it that the reset has
    /// been done.
    HardReset,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resync => "checking the line",
            Self::CloseAll => "closing all links",
            Self::Reattach => "leaving the network and joining it again",
            Self::Restart => "restarting the module",
            Self::HardReset => "the module needs a reset by its pin or its power",
        })
    }
}

/// From the mildest remedy to the last: half an hour without a connection until the application
/// is asked for a reset, and asked again every half hour.
///
/// The first rung leaves time for two openings of 176 s (QMT §3.3.2) or for a data mode that ends
/// after 60 s (QMT §3.3.8 note 3) and the waits between.
pub(super) const LADDER: &[Rung] = &[
    rung(Remedy::Resync, 7),
    rung(Remedy::CloseAll, 7),
    rung(Remedy::Reattach, 8),
    rung(Remedy::Restart, 8),
    rung(Remedy::HardReset, 30),
];

const fn rung(remedy: Remedy, minutes: u64) -> Rung {
    Rung {
        remedy,
        within: Duration::from_secs(60 * minutes),
    }
}

/// Where on a ladder the client stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ladder {
    /// The rung, and when its time is over; `None` while all is well.
    standing: Option<(usize, Instant)>,
}

impl Ladder {
    /// Something that matters has failed.
    pub(super) fn on_trouble(&mut self, now: Instant, rungs: &[Rung]) {
        if self.standing.is_none()
            && let Some(first) = rungs.first()
        {
            self.standing = Some((0, later(now, millis(first.within))));
        }
    }

    /// It works.
    pub(super) fn on_relief(&mut self) {
        self.standing = None;
    }

    /// The next remedy, if the last one has had its time. On the last rung, that one again.
    pub(super) fn climb(&mut self, now: Instant, rungs: &[Rung]) -> Option<Remedy> {
        let (at, _) = self.standing.filter(|(_, until)| *until <= now)?;
        let at = (at + 1).min(rungs.len().saturating_sub(1));
        let rung = rungs.get(at)?;
        self.standing = Some((at, later(now, millis(rung.within))));
        Some(rung.remedy)
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.standing.map(|(_, until)| until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_is_climbed_in_order_and_left_at_once() {
        let mut ladder = Ladder::default();
        let mut now = Instant::from_millis(5);
        assert_eq!(ladder.climb(now, LADDER), None);
        ladder.on_trouble(now, LADDER);
        for rung in [1, 2, 3, 4, 4, 4] {
            ladder.on_trouble(now, LADDER);
            let due = ladder.poll_timeout().unwrap();
            let before = Instant::from_millis(due.as_millis() - 1);
            assert_eq!(ladder.climb(before, LADDER), None);
            now = due;
            assert_eq!(ladder.climb(now, LADDER), Some(LADDER[rung].remedy));
        }
        ladder.on_relief();
        assert_eq!(ladder.poll_timeout(), None);
    }

    #[test]
    fn the_application_is_asked_after_half_an_hour_and_again_every_half_hour() {
        let [before @ .., last] = LADDER else {
            panic!("an empty ladder");
        };
        let before: Duration = before.iter().map(|rung| rung.within).sum();
        assert_eq!(before, Duration::from_secs(30 * 60));
        assert_eq!(*last, rung(Remedy::HardReset, 30));
    }

    #[test]
    fn an_empty_ladder_is_never_climbed() {
        let mut ladder = Ladder::default();
        ladder.on_trouble(Instant::ZERO, &[]);
        assert_eq!(ladder.poll_timeout(), None);
    }
}
