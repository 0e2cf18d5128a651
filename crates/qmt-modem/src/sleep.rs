//! Sleep: AT+QSCLK, what it costs and what survives it (FACTS §3.3 to §3.8).

use core::time::Duration;

use at_syntax::Framer;
use qmt_proto::{Instant, LinkId, Notice, Report, SleepMode};

use crate::boot::Power;
use crate::console::Mode;
use crate::fault::Condition;
use crate::link::{Link, Phase};
use crate::quirks::{SleepWords, WakeAnswer};
use crate::registration::Net;
use crate::{Modem, NetworkEvent};

/// How long the module takes to wake up; what comes meanwhile is lost, the byte that woke it too.
/// A host that repeats `AT` every 300 ms to 500 ms (FACTS §8) is heard at the second.
const WAKING: Duration = Duration::from_millis(200);

/// Whether the module sleeps.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Sleep {
    #[default]
    Awake,
    Asleep(Depth),
    /// Awake again from then on.
    Waking(Depth, Instant),
}

/// How deep.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Depth {
    /// The links live.
    Light,
    /// The links are lost.
    Deep,
}

impl Modem {
    /// Wakes the module as with its PSM_EINT pin; one that is awake stays so for a while.
    pub fn wake(&mut self, now: Instant) {
        self.out.now = now;
        self.handle_sleep(now);
        match self.sleep {
            Sleep::Asleep(depth) => self.sleep = Sleep::Waking(depth, now.saturating_add(WAKING)),
            Sleep::Awake => self.busy_at = Some(now),
            Sleep::Waking(..) => {}
        }
    }

    /// A byte came from the host. False: the module sleeps, and it is lost.
    pub(crate) fn hears(&mut self, now: Instant) -> bool {
        if let Sleep::Asleep(depth) = self.sleep
            && (depth == Depth::Light || self.system.wakes_by_rxd)
        {
            self.wake(now);
        }
        self.busy_at = Some(now);
        self.sleep == Sleep::Awake
    }

    /// Falls asleep and wakes up when it is time.
    pub(crate) fn handle_sleep(&mut self, now: Instant) {
        if let Sleep::Waking(depth, until) = self.sleep
            && until <= now
        {
            self.sleep = Sleep::Awake;
            self.busy_at = Some(until);
            self.tell_awake(depth);
        }
        // A module that was made running has been awake until now.
        if self.busy_at.is_none() || !self.links.iter().all(Link::is_idle) {
            self.busy_at = Some(now);
        }
        if let Some((depth, at)) = self.falls_asleep()
            && at <= now
        {
            self.fall_asleep(depth);
        }
    }

    /// When sleep begins or ends.
    pub(crate) fn sleep_timeout(&self) -> Option<Instant> {
        match self.sleep {
            Sleep::Waking(_, until) => Some(until),
            _ => self.falls_asleep().map(|(_, at)| at),
        }
    }

    /// How deep the module will sleep, and when, if nothing happens before.
    fn falls_asleep(&self) -> Option<(Depth, Instant)> {
        let quirks = &self.config.quirks;
        let depth = match self.system.sleep {
            SleepMode::Deep if quirks.deep_sleep => Depth::Deep,
            // Light sleep shows only where it loses something.
            SleepMode::Deep | SleepMode::Light if quirks.light_sleep_loses => Depth::Light,
            _ => return None,
        };
        let is_idle = self.sleep == Sleep::Awake
            && self.power == Power::Up
            && self.condition == Condition::Well
            && matches!(self.mode, Mode::Command)
            && !self.framer.is_mid_frame()
            && self.out.waiting() == 0
            && !matches!(self.net, Net::Searching(_))
            && self.links.iter().all(Link::is_idle);
        let span = Duration::from_secs(self.system.awake_s.into());
        let busy_at = self.busy_at.filter(|_| is_idle)?;
        Some((depth, busy_at.saturating_add(span)))
    }

    /// Falls asleep. In deep sleep the module keeps what is saved, its registration and the setting
    /// of ATE, and nothing of its links (FACTS §3.6, §3.7).
    pub(crate) fn fall_asleep(&mut self, depth: Depth) {
        if depth == Depth::Deep {
            self.tell_event(self.system.sleep_events, "ENTER", self.sleep_words());
            let psm = self.system.psm_events && self.system.psm.is_some();
            self.tell_event(psm, "ENTER", "PSM");
            for id in LinkId::ALL {
                self.close_socket(id);
                let link = self.link_mut(id);
                *link = Link {
                    socket: link.socket,
                    ..Link::default()
                };
            }
            // A command under way, and whoever waits for its result, is forgotten with them.
            self.framer = Framer::requests();
            self.rx.clear();
            self.refused = false;
            self.mode = Mode::Command;
            self.backlog.clear();
        }
        self.sleep = Sleep::Asleep(depth);
    }

    fn tell_awake(&mut self, depth: Depth) {
        if self.config.quirks.wake_answer == WakeAnswer::BlankLine {
            self.out.raw(b"\r\n");
        }
        if depth == Depth::Deep {
            let psm = self.system.psm_events && self.system.psm.is_some();
            self.tell_event(psm, "EXIT", "PSM");
            self.tell_event(self.system.sleep_events, "EXIT", self.sleep_words());
        }
    }

    fn tell_event(&mut self, wanted: bool, verb: &str, what: &str) {
        if wanted {
            let event = alloc::format!("{verb} {what}");
            self.line(&Report::Notice(Notice::Power(event.as_bytes())));
        }
    }

    const fn sleep_words(&self) -> &'static str {
        match self.config.quirks.sleep_words {
            SleepWords::One => "DEEPSLEEP",
            SleepWords::Two => "DEEP SLEEP",
        }
    }

    /// What the network brings keeps the module awake.
    pub(crate) fn note_traffic(&mut self, now: Instant, event: &NetworkEvent<'_>) {
        if matches!(event, NetworkEvent::Received { .. }) && self.sleep == Sleep::Awake {
            self.busy_at = Some(now);
        }
    }
}

impl Link {
    /// Whether nothing is under way that the module must be awake for.
    fn is_idle(&self) -> bool {
        match &self.phase {
            Phase::Closed | Phase::Opened(_) | Phase::Disconnected => true,
            Phase::Opening(..) | Phase::Closing { .. } => false,
            Phase::Client(_, client) => client.is_idle(),
        }
    }
}
