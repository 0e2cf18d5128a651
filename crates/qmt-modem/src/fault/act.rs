//! Doing to a module what its faults say.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use core::time::Duration;

use qmt_proto::{CmeCode, ConnectionState, Instant, LinkId, LinkLossCode, PacketResult, Report};

use super::{Direction, Fault, FaultKind, Place, hostile};
use crate::link::Link;
use crate::sleep::{Depth, Sleep};
use crate::{BootBanner, Modem};

/// Whether a fault keeps the module from doing anything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Condition {
    /// It does what it should.
    Well,
    /// It neither takes nor says anything, until then or for ever; its links live.
    Dead(Option<Instant>),
    /// Nothing moves until the watchdog restarts it.
    Frozen(Instant),
}

impl Condition {
    pub(crate) fn poll_timeout(self) -> Option<Instant> {
        match self {
            Self::Well => None,
            Self::Dead(until) => until,
            Self::Frozen(until) => Some(until),
        }
    }
}

/// The links a fault can be about.
#[derive(Clone, Copy, Debug, Default)]
struct Victims {
    /// The first that QMTOPEN has opened.
    open: Option<LinkId>,
    /// The first that is connected.
    connected: Option<LinkId>,
    /// The first that waits for the result of a publish at QoS 1 or 2.
    publishing: Option<LinkId>,
}

impl Modem {
    /// Does what is due of the faults that happen by themselves.
    pub(crate) fn happen(&mut self, now: Instant) {
        while !self.out.faults.is_empty() && self.power.is_running() {
            let victims = self.victims();
            let Some(fault) = self.out.faults.strike_due(|kind| victims.allow(kind)) else {
                return;
            };
            self.act(now, fault, victims);
        }
    }

    /// A command line is complete. False: a fault keeps it from being carried out.
    pub(crate) fn begin_command(&mut self, now: Instant) -> bool {
        self.out.faults.handle_command();
        if self.out.faults.is_empty() {
            return true;
        }
        let (victims, starts) = (self.victims(), self.starts);
        let strike = self
            .out
            .faults
            .strike(Direction::FromHost, |kind| victims.allow(kind));
        if let Some(fault) = strike {
            self.act(now, fault, victims);
        }
        self.happen(now);
        let is_awake = self.condition == Condition::Well && self.sleep == Sleep::Awake;
        if self.starts != starts || !is_awake {
            return false;
        }
        let is_command = |kind: FaultKind| kind.place() == Place::Command;
        let Some(fault) = self.out.faults.strike(Direction::FromHost, is_command) else {
            return true;
        };
        match fault.kind() {
            FaultKind::Error => self.out.error(),
            FaultKind::Cme => {
                let code = u16::try_from(fault.value()).unwrap_or(CmeCode::UNKNOWN.0);
                self.fail(CmeCode(code));
            }
            _ => {}
        }
        false
    }

    /// Whether a QMTCFG that says OK is not to set anything.
    pub(crate) fn forgets_setting(&mut self) -> bool {
        let is_setting = |kind: FaultKind| kind.place() == Place::Setting;
        self.out
            .faults
            .strike(Direction::FromHost, is_setting)
            .is_some()
    }

    /// Ends what its time ends: a lock-up.
    pub(crate) fn handle_condition(&mut self, now: Instant) {
        if self
            .condition
            .poll_timeout()
            .is_none_or(|until| until > now)
        {
            return;
        }
        match self.condition {
            Condition::Frozen(_) => self.restart(now),
            Condition::Dead(_) | Condition::Well => {
                self.condition = Condition::Well;
                self.out.muted = false;
            }
        }
    }

    fn victims(&mut self) -> Victims {
        Victims {
            open: self.first(|link| link.server().is_some()),
            connected: self.first(|link| {
                link.client()
                    .is_some_and(|client| client.state() == ConnectionState::CONNECTED)
            }),
            publishing: self.first(|link| link.publishing.is_some_and(|id| id > 0)),
        }
    }

    fn first(&mut self, fits: impl Fn(&mut Link) -> bool) -> Option<LinkId> {
        let mut all = LinkId::ALL.into_iter();
        all.find(|id| fits(self.link_mut(*id)))
    }

    fn act(&mut self, now: Instant, fault: Fault, victims: Victims) {
        let value = fault.value();
        let later = now.saturating_add(Duration::from_millis(value));
        match (fault.kind(), victims) {
            (FaultKind::Reboot, _) => self.restart(now),
            (FaultKind::SilentReboot, _) => self.reset(now, true, BootBanner::Silent),
            (FaultKind::Dead, _) => {
                self.condition = Condition::Dead((value > 0).then_some(later));
                self.out.muted = true;
            }
            (FaultKind::Frozen, _) => self.condition = Condition::Frozen(later),
            (FaultKind::BlackHole, _) => self.hole = self.hole.max(Some(later)),
            (FaultKind::Sleep, _) => self.fall_asleep(Depth::Deep),
            (FaultKind::EchoOn, _) => self.system.echo = true,
            (FaultKind::StrayReport, _) => self.other_line("QSTRAY", |out| {
                out.int(1);
            }),
            (
                FaultKind::DropLink,
                Victims {
                    open: Some(link), ..
                },
            ) => {
                let cause = u8::try_from(value).unwrap_or(u8::MAX);
                self.lose(link, Some(LinkLossCode(cause)));
            }
            (
                FaultKind::StrayResult,
                Victims {
                    open: Some(link), ..
                },
            ) => {
                let msg_id = u16::try_from(value).unwrap_or(u16::MAX);
                self.published_line(link, msg_id, PacketResult::DONE, None);
            }
            (
                FaultKind::NoticeStorm,
                Victims {
                    publishing: Some(link),
                    ..
                },
            ) => {
                let msg_id = self.link(link).publishing.unwrap_or_default();
                for count in 1..=value {
                    let count = u8::try_from(count).unwrap_or(u8::MAX);
                    self.published_line(link, msg_id, PacketResult::RETRANSMITTED, Some(count));
                }
            }
            (
                FaultKind::Flood,
                Victims {
                    connected: Some(link),
                    ..
                },
            ) => {
                let topic = self.topic_of(link);
                for number in 1..=value {
                    self.message(link, 0, topic.as_bytes(), number.to_string().as_bytes());
                }
            }
            (
                FaultKind::HostilePayload,
                Victims {
                    connected: Some(link),
                    ..
                },
            ) => {
                let topic = self.topic_of(link);
                self.message(link, 0, topic.as_bytes(), hostile::payload(value));
            }
            (
                FaultKind::HostileTopic,
                Victims {
                    connected: Some(link),
                    ..
                },
            ) => {
                self.message(link, 0, hostile::topic(value), b"hostile");
            }
            _ => {}
        }
    }

    fn published_line(
        &mut self,
        link: LinkId,
        msg_id: u16,
        result: PacketResult,
        value: Option<u8>,
    ) {
        self.line(&Report::Published {
            link,
            msg_id,
            result,
            value,
        });
    }

    /// A topic that the host of a link expects messages on.
    fn topic_of(&self, link: LinkId) -> String {
        let topic = self.link(link).topic.as_deref();
        topic.unwrap_or("fault").to_owned()
    }
}

impl Victims {
    /// Whether a fault of this kind has what it needs.
    fn allow(self, kind: FaultKind) -> bool {
        kind.place() == Place::Module
            && match kind {
                FaultKind::DropLink | FaultKind::StrayResult => self.open.is_some(),
                FaultKind::NoticeStorm => self.publishing.is_some(),
                FaultKind::Flood | FaultKind::HostilePayload | FaultKind::HostileTopic => {
                    self.connected.is_some()
                }
                _ => true,
            }
    }
}
