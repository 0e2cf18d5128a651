//! Bringing the module up: from any state to one without surprises.

use qmt_proto::{Command, ErrorFormat, Instant, LinkId, Name, SleepMode};

use super::backoff::Backoff;
use super::{Plan, Remedy, Tell};
use crate::{Session, Ticket};

mod news;

/// How far the module has been brought up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Module {
    step: Step,
    /// The command of the step, while it is in progress.
    ticket: Option<Ticket>,
    /// Anomalies since the module last answered as it should.
    anomalies: u8,
    backoff: Backoff,
    /// When looking for the network ends.
    network_until: Option<Instant>,
    /// Links the module knows, bit by bit.
    known: u8,
    /// Whether the network has been seen.
    registered: bool,
    /// What is to be done on the way up, besides the usual.
    remedy: Option<Remedy>,
    /// Whether its banner has come while the line was not trusted.
    banner: bool,
    /// Whether it is only woken from its sleep: connections are not closed.
    waking: bool,
}

/// A step of bringing the module up, in order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    /// `AT` until it answers, now and then `ATV1`; so many have been sent.
    Attention(u8),
    /// The line is to be checked, for answers to somebody else.
    Probe,
    /// The check is under way.
    Probing,
    /// No echo.
    Echo,
    /// Errors with numbers (QMT §4 CMEE 1).
    Errors,
    /// No sleep (QMT §6.1 sleep lock).
    Awake,
    /// Leaving the network.
    Detaching,
    /// Joining it again.
    Attaching,
    /// It shall restart itself.
    Restarting,
    /// Is there a network?
    Network,
    /// There was none; looks again at this time.
    NetworkLater(Instant),
    /// Which links are connected (QMT §3.1.2 read, §3.3.4 read, `<state>` 3)?
    FindConnected,
    /// Which links are open (QMT §3.3.2 read and note)?
    FindOpen,
    /// Close those that are left over.
    CloseLeftovers,
    /// All done.
    Ready,
    /// The line was not trusted for a while: which links are still connected?
    Recheck,
    /// As before it: the module may have restarted unheard, and may sleep again.
    Relock,
    /// A link is being opened: is it open, and its result was missed?
    FindOpened,
    /// Links whose opening has ended unheard are told so.
    Settle,
    /// It has started anew, and its banner was not believed then.
    Unheard,
    /// Nothing is pending: the sleep lock is being released.
    DozingOff,
    /// The module may sleep between two wishes.
    Dozing,
    /// The sleep lock is being released.
    Releasing,
    /// The module may sleep.
    Resting,
    /// Given up until then.
    Failed(Instant),
}

/// The state of the module, for its owner.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Phase {
    /// It is being brought up.
    Starting,
    /// It looks for a network.
    Searching,
    /// Links can be connected.
    Ready,
    /// It may sleep: no link is wanted.
    Resting,
    /// It does not work; it is tried again later.
    Failed,
}

impl Module {
    pub(super) const fn new() -> Self {
        Self {
            step: Step::Attention(0),
            ticket: None,
            anomalies: 0,
            backoff: Backoff::new(),
            network_until: None,
            known: 0,
            registered: false,
            remedy: None,
            banner: false,
            waking: false,
        }
    }

    pub(super) const fn phase(&self) -> Phase {
        match self.step {
            Step::Ready | Step::Relock | Step::Recheck | Step::FindOpened | Step::Settle => {
                Phase::Ready
            }
            Step::DozingOff | Step::Dozing => Phase::Ready,
            _ if self.waking => Phase::Ready,
            Step::Network | Step::NetworkLater(_) => Phase::Searching,
            Step::Releasing | Step::Resting => Phase::Resting,
            Step::Failed(_) => Phase::Failed,
            _ => Phase::Starting,
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.step == Step::Ready
    }

    /// Whether it may be asleep between two wishes.
    pub(super) fn is_dozing(&self) -> bool {
        matches!(self.step, Step::DozingOff | Step::Dozing)
    }

    /// Whether a command of its own is in progress.
    pub(super) const fn is_busy(&self) -> bool {
        self.ticket.is_some()
    }

    pub(super) fn owns(&self, ticket: Ticket) -> bool {
        self.ticket == Some(ticket)
    }

    pub(super) const fn wakes_at(&self) -> Option<Instant> {
        match self.step {
            Step::NetworkLater(at) | Step::Failed(at) => Some(at),
            _ => None,
        }
    }

    /// Begins anew, once the command in progress has ended.
    pub(super) fn restart(&mut self) {
        self.step = Step::Attention(0);
        self.network_until = None;
        self.banner = false;
        self.waking = false;
    }

    /// Its banner has come while the line was not trusted. It is believed when the module has
    /// forgotten its links too.
    pub(super) fn on_untrusted_banner(&mut self) {
        self.banner = true;
    }

    /// Begins anew, with a remedy on the way.
    pub(super) fn remedy(&mut self, remedy: Remedy) {
        self.restart();
        self.remedy = Some(remedy);
    }

    /// The module may have been asleep: it is woken before a link is connected.
    pub(super) fn wake(&mut self) {
        match self.step {
            Step::Resting | Step::Releasing => self.restart(),
            _ => self.wake_from_doze(),
        }
    }

    /// Something is pending: a module that may sleep between two wishes is woken. The first `AT`
    /// may get lost, and what it still knows must be asked.
    pub(super) fn wake_from_doze(&mut self) {
        if self.is_dozing() {
            self.wake_again();
        }
    }

    /// It is woken, from the first `AT` on.
    fn wake_again(&mut self) {
        self.step = Step::Attention(0);
        self.waking = true;
    }

    /// Which links are connected is to be asked: a sign has come that one is not.
    pub(super) fn recheck(&mut self) {
        if self.is_ready() {
            self.step = Step::Recheck;
        }
    }

    fn first_known(&self) -> Option<LinkId> {
        LinkId::new(self.known.trailing_zeros() as u8)
    }
}

impl Plan<'_> {
    /// Takes the next step.
    pub(super) fn pump_module(&mut self, session: &mut Session<'_>) -> Tell {
        if self.module.ticket.is_some() {
            return Tell::Nothing;
        }
        let now = self.now;
        let command = match self.module.step {
            Step::Attention(tries) if asks_for_words(tries) => Command::Verbose(true),
            Step::Attention(_) => Command::Attention,
            Step::Probe => {
                self.module.step = Step::Probing;
                session.verify();
                return Tell::Nothing;
            }
            Step::Echo => Command::Echo(false),
            Step::Errors => Command::ErrorFormat(ErrorFormat::Numeric),
            Step::Awake | Step::Relock => Command::Sleep(SleepMode::Awake),
            Step::Detaching => Command::Attach(false),
            Step::Attaching => Command::Attach(true),
            Step::Restarting => Command::Restart,
            Step::DozingOff => Command::Sleep(self.config.idle_sleep),
            Step::NetworkLater(at) if at > now => return Tell::Nothing,
            Step::Network | Step::NetworkLater(_) => {
                self.module.step = Step::Network;
                self.module.registered = false;
                Command::Read(Name::Cereg)
            }
            Step::FindConnected | Step::Recheck => {
                self.module.known = 0;
                Command::Read(Name::Conn)
            }
            Step::FindOpen | Step::FindOpened => Command::Read(Name::Open),
            Step::Settle => match self.module.first_known() {
                Some(link) => {
                    self.forget_first_known();
                    if self.link(link).is_opening() {
                        session.settle_opened(link);
                    }
                    return Tell::Again;
                }
                None => {
                    self.module.step = Step::Ready;
                    return Tell::Again;
                }
            },
            Step::Unheard => {
                self.module.step = Step::Ready;
                session.restarted();
                return Tell::Again;
            }
            Step::CloseLeftovers => match self.module.first_known() {
                Some(link) => Command::Close(link),
                None => {
                    self.module.step = Step::Ready;
                    self.module.backoff.reset();
                    return Tell::ModuleReady;
                }
            },
            Step::Failed(at) if at <= now => {
                self.module.restart();
                Command::Attention
            }
            Step::Probing
            | Step::Ready
            | Step::Dozing
            | Step::Releasing
            | Step::Resting
            | Step::Failed(_) => return Tell::Nothing,
        };
        self.module.ticket = session.submit(now, &command).ok();
        Tell::Nothing
    }

    /// No link is wanted: the module may sleep.
    pub(super) fn pump_rest(&mut self, session: &mut Session<'_>) -> Tell {
        let release = Command::Sleep(SleepMode::Deep);
        self.module.ticket = session.submit(self.now, &release).ok();
        self.module.step = Step::Releasing;
        Tell::Nothing
    }

    /// Nothing has been pending for a while: the module may sleep until the next wish.
    pub(super) fn doze_off(&mut self) {
        self.module.step = Step::DozingOff;
    }
}

/// Whether after so many tries the module is told to answer in words: its answers may be numbers,
/// as one wrong byte makes them (`ATV`), and then no `AT` is ever understood.
const fn asks_for_words(tries: u8) -> bool {
    tries % 4 == 3
}

/// Every link, bit by bit.
pub(super) const ALL_LINKS: u8 = (1 << LinkId::COUNT) - 1;

pub(super) const fn bit(link: LinkId) -> u8 {
    1 << link.get()
}
