//! What a test does to a running module, and what it can read of it.

use alloc::string::String;

use qmt_proto::{Instant, LinkId};

use crate::boot::Power;
use crate::fault::{Condition, Direction, Fault, FaultCounts, Place, Plan};
use crate::link::Phase;
use crate::registration::Net;
use crate::sleep::Sleep;
use crate::{Modem, Quirks};

/// A module as it is at one moment: plain data, for whoever shows it or waits for it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Whether it has power and has started.
    pub power: PowerState,
    /// How often it was started.
    pub starts: u32,
    /// Whether it is registered with the network.
    pub registered: bool,
    /// `<rssi>` of `AT+CSQ`.
    pub signal: u8,
    /// Whether it echoes command lines.
    pub echo: bool,
    /// Whether it waits for a payload.
    pub data_mode: bool,
    /// Command lines so far.
    pub commands: u64,
    /// Bytes taken from the host so far.
    pub from_host: u64,
    /// Bytes given to the host so far.
    pub to_host: u64,
    /// The five links.
    pub links: [LinkSnapshot; LinkId::COUNT],
    /// How often each fault was done.
    pub faults: FaultCounts,
}

/// Whether a module runs.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PowerState {
    /// No power.
    Off,
    /// `RDY` is still to come.
    Starting,
    /// The serial line is read.
    Running,
    /// It sleeps: what comes from the host only wakes it.
    Asleep,
    /// A fault keeps it from taking or saying anything.
    Dead,
}

/// One link of a [`Snapshot`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct LinkSnapshot {
    /// How far it has come.
    pub state: LinkState,
    /// Host and port of the server, when the network is open.
    pub server: Option<(String, u16)>,
    /// Message identifier of a publish without a result yet; 0 at QoS 0.
    pub publishing: Option<u16>,
}

/// How far a link has come.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum LinkState {
    /// Free for QMTOPEN.
    #[default]
    Closed,
    /// QMTOPEN waits for the network.
    Opening,
    /// The network is open, no CONNECT has been sent.
    Opened,
    /// CONNECT has been sent; the state is that of `AT+QMTCONN?`, 1 to 4.
    Client(u8),
    /// QMTDISC is done.
    Disconnected,
    /// QMTCLOSE waits for its socket.
    Closing,
}

/// What a test does to it.
impl Modem {
    /// Does `fault` now, or as soon as there is a place for it. False: it is the line's, and
    /// nothing happens.
    pub fn inject(&mut self, now: Instant, fault: Fault) -> bool {
        let is_mine = fault.kind().place() != Place::Line;
        if is_mine {
            self.out.now = now;
            self.out.faults.add_due(fault);
            self.conclude_call(now);
        }
        is_mine
    }

    /// From now on no fault does anything: what is planned is forgotten, and a lock-up, a black
    /// hole or a silence that one has begun is over.
    pub fn recover(&mut self, now: Instant) {
        self.out.now = now;
        self.out.faults.forget();
        if self.condition != Condition::Well {
            self.condition = Condition::Well;
            self.out.muted = false;
        }
        self.hole = self.hole.map(|_| now);
        self.handle_timeout(now);
    }

    /// Plans a fault. False: it is the line's, and nothing is planned.
    pub fn plan(&mut self, plan: Plan) -> bool {
        let is_mine = plan.fault.kind().place() != Place::Line;
        if is_mine {
            self.out.faults.add(plan);
        }
        is_mine
    }

    /// Prints `line` between CR LF, when there is a gap for an unsolicited line.
    pub fn inject_line(&mut self, now: Instant, line: &[u8]) {
        self.out.now = now;
        let gap = self.has_gap();
        let line = [b"\r\n", line, b"\r\n"].concat();
        self.out.text(&line, gap);
    }

    /// Sets `<rssi>` of `AT+CSQ`: 0..=31, 99 for unknown.
    pub fn set_signal(&mut self, rssi: u8) {
        self.config.signal = rssi;
    }

    /// Takes the radio network away or gives it back. Without it the module is searching, and its
    /// sockets carry nothing; what was under way comes when it is back.
    pub fn set_coverage(&mut self, now: Instant, covered: bool) {
        self.out.now = now;
        if core::mem::replace(&mut self.covered, covered) == covered {
            return;
        }
        if self.net == Net::Registered {
            self.report_registration();
        }
        self.handle_search(now);
        if covered && self.hole.is_none() {
            self.clear_air(now);
        }
        self.conclude_call(now);
    }

    /// Gives the module other habits from now on.
    pub fn set_quirks(&mut self, quirks: Quirks) {
        self.config.quirks = quirks;
    }
}

/// What a test can read.
impl Modem {
    /// How often each fault was done.
    #[must_use]
    pub const fn faults(&self) -> &FaultCounts {
        self.out.faults.counts()
    }

    /// The module as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let faults = &self.out.faults;
        Snapshot {
            power: match self.power {
                Power::Off => PowerState::Off,
                _ if self.condition != Condition::Well => PowerState::Dead,
                _ if self.sleep != Sleep::Awake => PowerState::Asleep,
                power if power.is_running() => PowerState::Running,
                _ => PowerState::Starting,
            },
            starts: self.starts,
            registered: self.is_registered(),
            signal: self.config.signal,
            echo: self.system.echo,
            data_mode: matches!(self.mode, crate::console::Mode::Data(_)),
            commands: faults.commands(),
            from_host: faults.bytes(Direction::FromHost),
            to_host: faults.bytes(Direction::ToHost),
            links: LinkId::ALL.map(|id| self.link_snapshot(id)),
            faults: faults.counts().clone(),
        }
    }

    fn link_snapshot(&self, id: LinkId) -> LinkSnapshot {
        let link = self.link(id);
        LinkSnapshot {
            state: match &link.phase {
                Phase::Closed => LinkState::Closed,
                Phase::Opening(..) => LinkState::Opening,
                Phase::Opened(_) => LinkState::Opened,
                Phase::Client(_, client) => LinkState::Client(client.state().0),
                Phase::Disconnected => LinkState::Disconnected,
                Phase::Closing { .. } => LinkState::Closing,
            },
            server: link
                .server()
                .map(|server| (server.host.clone(), server.port)),
            publishing: link.publishing,
        }
    }
}
