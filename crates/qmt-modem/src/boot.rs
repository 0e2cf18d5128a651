//! Power and the boot banner (FACTS §3.1).

use qmt_proto::{Instant, Notice, Report};

use crate::{BootBanner, BootTimes, Modem};

/// Whether the module runs, and how far it has started.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Power {
    /// No power: nothing is read and nothing said.
    #[default]
    Off,
    /// Power since then; the part of the banner that comes next.
    Starting(Instant, Stage),
    /// The banner is out and the SIM read.
    Up,
}

/// What comes next in the boot banner.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Stage {
    /// `RDY`: from here on the serial line is read.
    Ready,
    /// `+CFUN: 1` and `+CPIN: READY`; then the search for the network begins.
    Sim,
}

impl Power {
    /// Whether the serial line is read.
    pub(crate) fn is_running(self) -> bool {
        match self {
            Self::Off => false,
            Self::Starting(_, next) => next > Stage::Ready,
            Self::Up => true,
        }
    }

    /// When the next part of the banner is due.
    pub(crate) fn poll_timeout(self, times: &BootTimes) -> Option<Instant> {
        let Self::Starting(since, next) = self else {
            return None;
        };
        Some(since.saturating_add(match next {
            Stage::Ready => times.ready,
            Stage::Sim => times.sim,
        }))
    }
}

impl Modem {
    /// Prints what is due of the boot banner.
    pub(crate) fn handle_boot(&mut self, now: Instant) {
        let banner = self.banner;
        while let Power::Starting(since, next) = self.power {
            let due = self.power.poll_timeout(&self.config.boot);
            if due.is_none_or(|due| due > now) {
                return;
            }
            match next {
                Stage::Ready => {
                    self.power = Power::Starting(since, Stage::Sim);
                    if banner == BootBanner::Full {
                        self.notice(Notice::Ready);
                    }
                }
                Stage::Sim => {
                    self.power = Power::Up;
                    if banner != BootBanner::Silent {
                        self.notice(Notice::Functionality(1));
                        self.notice(Notice::Sim(b"READY"));
                    }
                    self.search(since.saturating_add(self.config.boot.sim));
                }
            }
        }
    }

    /// Whether lines about the start and the network are printed.
    pub(crate) fn is_loud(&self) -> bool {
        self.banner != BootBanner::Silent
    }

    fn notice(&mut self, notice: Notice<'_>) {
        self.line(&Report::Notice(notice));
    }
}
