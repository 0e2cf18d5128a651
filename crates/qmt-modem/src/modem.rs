//! The module as a whole: what happened, what to do next.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;

use at_syntax::{Framer, Requests, Writer};
use qmt_proto::{Instant, LinkId, Report};

use crate::boot::Power;
use crate::console::Mode;
use crate::fault::Condition;
use crate::journal::JournalEntry;
use crate::link::{Link, Phase, Socket};
use crate::output::{CONGESTED, Output};
use crate::registration::Net;
use crate::sleep::Sleep;
use crate::system::System;
use crate::{BootBanner, ModemConfig, NetworkEvent, NetworkRequest, Place, Usage};

/// A virtual BC260Y-CN: bytes of the serial line in and out, sockets in and out, time as an
/// argument.
///
/// After every `handle_*` the caller looks at [`poll_transmit`](Self::poll_transmit),
/// [`poll_network`](Self::poll_network), [`poll_socket`](Self::poll_socket) of each link and
/// [`poll_timeout`](Self::poll_timeout). However the input was cut into calls, the output is the
/// same.
pub struct Modem {
    pub(crate) config: ModemConfig,
    pub(crate) power: Power,
    pub(crate) system: System,
    /// Cuts `rx` into command lines.
    pub(crate) framer: Framer<Requests>,
    /// The unfinished command line.
    pub(crate) rx: Vec<u8>,
    /// When its last byte came.
    pub(crate) rx_at: Instant,
    /// Set when the unfinished line is known to be wrong: its end is answered `ERROR`.
    pub(crate) refused: bool,
    /// Who takes the next byte.
    pub(crate) mode: Mode,
    /// Bytes that came while a command kept the line; empty in every other mode.
    pub(crate) backlog: Vec<u8>,
    // QMT §3.3.1 `<TCP_connectID>`.
    pub(crate) links: [Link; LinkId::COUNT],
    /// What [`poll_network`](Self::poll_network) gives out.
    pub(crate) requests: VecDeque<NetworkRequest>,
    pub(crate) out: Output,
    /// What this start prints.
    pub(crate) banner: BootBanner,
    /// Whether a fault keeps the module from doing anything.
    pub(crate) condition: Condition,
    /// Until when the network carries nothing.
    pub(crate) hole: Option<Instant>,
    /// Whether there is a radio network.
    pub(crate) covered: bool,
    /// How far the search for a network has come.
    pub(crate) net: Net,
    /// What AT+CCLK has added to the network's time, in milliseconds.
    clock_shift: i64,
    pub(crate) sleep: Sleep,
    /// When something last kept the module awake.
    pub(crate) busy_at: Option<Instant>,
    /// How often it was started.
    pub(crate) starts: u32,
}

/// A module, off and on.
impl Modem {
    /// A module without power. See [`power_on`](Self::power_on).
    #[must_use]
    pub fn new(config: ModemConfig) -> Self {
        let out = Output::new(&config);
        Self {
            system: System::new(&config.quirks),
            banner: config.quirks.boot_banner,
            condition: Condition::Well,
            hole: None,
            covered: true,
            net: Net::Off,
            clock_shift: 0,
            sleep: Sleep::Awake,
            busy_at: None,
            starts: 0,
            config,
            power: Power::Off,
            framer: Framer::requests(),
            rx: Vec::new(),
            rx_at: Instant::ZERO,
            refused: false,
            mode: Mode::Command,
            backlog: Vec::new(),
            links: Default::default(),
            requests: VecDeque::new(),
            out,
        }
    }

    /// A module that has been running for a while: its banner is long gone and it is registered.
    #[must_use]
    pub fn booted(config: ModemConfig) -> Self {
        let mut modem = Self::new(config);
        modem.power = Power::Up;
        modem.net = Net::Registered;
        modem
    }

    /// Power is applied: the banner follows in the times of the configuration (FACTS §3.1).
    pub fn power_on(&mut self, now: Instant) {
        self.restart(now);
    }

    /// The module is reset, as by its RESET pin or its watchdog: what it had not yet sent is lost,
    /// and so are all links, the options of QMTCFG and the echo setting. CMEE and IPR are saved
    /// (FACTS §2.1, §2.2, §2.6, §3.2).
    pub fn restart(&mut self, now: Instant) {
        self.reset(now, true, self.config.quirks.boot_banner);
    }

    /// Starts again. `mute`: without sending what was to be sent.
    pub(crate) fn reset(&mut self, now: Instant, mute: bool, banner: BootBanner) {
        self.forget(mute);
        self.banner = banner;
        self.starts = self.starts.saturating_add(1);
        self.out.now = now;
        self.busy_at = Some(now);
        self.start(now);
    }

    /// Switches off; what was to be sent is sent.
    pub(crate) fn power_off(&mut self) {
        self.forget(false);
        self.power = Power::Off;
    }

    /// Loses everything that is not saved.
    fn forget(&mut self, mute: bool) {
        for id in LinkId::ALL {
            self.close_socket(id);
            let link = self.link_mut(id);
            *link = Link {
                socket: link.socket,
                ..Link::default()
            };
        }
        self.condition = Condition::Well;
        self.hole = None;
        self.net = Net::Off;
        self.sleep = Sleep::Awake;
        self.system.restart(&self.config.quirks);
        self.framer = Framer::requests();
        self.rx.clear();
        self.refused = false;
        self.mode = Mode::Command;
        self.backlog.clear();
        self.out.clear(mute);
    }
}

/// What happened.
impl Modem {
    /// The host sent `bytes`. Before `RDY` they are lost.
    pub fn handle_input(&mut self, now: Instant, bytes: &[u8]) {
        self.handle_timeout(now);
        for &byte in bytes {
            self.take(now, byte);
        }
        self.conclude_call(now);
    }

    /// The first `len` bytes of [`poll_transmit`](Self::poll_transmit) are on the line.
    pub fn handle_transmitted(&mut self, now: Instant, len: usize) {
        self.out.now = now;
        self.out.sent(len);
        self.happen(now);
    }

    /// Time has passed. Early and late calls are harmless.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.out.now = now;
        self.out.faults.handle_time(now);
        self.handle_condition(now);
        if matches!(self.condition, Condition::Frozen(_)) {
            return;
        }
        self.handle_sleep(now);
        self.handle_boot(now);
        self.handle_search(now);
        self.out.handle_late(self.has_gap());
        self.handle_silence(now);
        self.handle_hole(now);
        for id in LinkId::ALL {
            self.handle_link_timeout(now, id);
        }
        self.conclude_call(now);
    }

    /// Something happened to the socket of a link.
    pub fn handle_network(&mut self, now: Instant, event: NetworkEvent<'_>) {
        self.out.now = now;
        self.note_traffic(now, &event);
        self.hear(now, event);
        self.conclude_call(now);
    }

    /// The first `len` bytes of [`poll_socket`](Self::poll_socket) were given to the network.
    pub fn handle_socket_transmitted(&mut self, now: Instant, link: LinkId, len: usize) {
        self.out.now = now;
        let air = &mut self.link_mut(link).air;
        if air.outgoing.is_empty() {
            self.handle_client_transmitted(now, link, len);
        } else {
            air.outgoing.drain(..len.min(air.outgoing.len()));
        }
        self.conclude_call(now);
    }
}

/// What to do next.
impl Modem {
    /// Bytes for the host, as they leave the module's serial line.
    #[must_use]
    pub fn poll_transmit(&self) -> &[u8] {
        self.out.pending()
    }

    /// The next thing the modem wants of the network.
    pub fn poll_network(&mut self) -> Option<NetworkRequest> {
        self.requests.pop_front()
    }

    /// Bytes for the server of `link`; empty while its socket is not connected.
    #[must_use]
    pub fn poll_socket(&self, link: LinkId) -> &[u8] {
        match self.link(link) {
            _ if self.is_cut_off() => &[],
            Link { air, .. } if !air.outgoing.is_empty() => &air.outgoing,
            Link {
                phase: Phase::Client(_, client),
                socket: Socket::Open,
                ..
            } => client.poll_transmit(),
            _ => &[],
        }
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if let Condition::Frozen(until) = self.condition {
            return Some(until);
        }
        let links = self.links.iter().filter_map(Link::poll_timeout);
        links
            .chain(self.power.poll_timeout(&self.config.boot))
            .chain(self.silence_ends_at())
            .chain(self.search_ends_at())
            .chain(self.sleep_timeout())
            .chain(self.out.poll_timeout())
            .chain(self.out.faults.poll_timeout())
            .chain(self.condition.poll_timeout())
            .chain(self.hole)
            .min()
    }

    /// Whether the sockets should not be read: so much waits for the host, whose serial line has no
    /// flow control while a broker can wait, or the network carries nothing.
    #[must_use]
    pub fn is_congested(&self) -> bool {
        self.is_cut_off() || self.out.waiting() > CONGESTED
    }

    /// Whether the module has no power.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.power == Power::Off
    }

    /// What the host has used and been shown since the modem was made.
    #[must_use]
    pub const fn usage(&self) -> &Usage {
        &self.out.usage
    }

    /// From now on the module keeps a journal, for [`take_journal`](Self::take_journal).
    pub fn keep_journal(&mut self) {
        self.out.journal.switch_on();
    }

    /// What the module has heard and said since the last call; nothing unless it
    /// [keeps a journal](Self::keep_journal). It holds secrets in the clear.
    pub fn take_journal(&mut self) -> Vec<JournalEntry> {
        self.out.journal.take()
    }

    /// How the module is built.
    #[must_use]
    pub const fn config(&self) -> &ModemConfig {
        &self.config
    }
}

/// For all the parts.
impl Modem {
    /// The time the module shows, in milliseconds since 1970.
    pub(crate) fn clock(&self, now: Instant) -> u64 {
        self.config
            .clock_at(now)
            .saturating_add_signed(self.clock_shift)
    }

    /// Sets it.
    pub(crate) fn set_clock(&mut self, now: Instant, millis: u64) {
        let network = self.config.clock_at(now);
        self.clock_shift = i64::try_from(i128::from(millis) - i128::from(network)).unwrap_or(0);
    }

    /// Prints a line that no final result code follows, now or when there is a gap.
    pub(crate) fn line(&mut self, report: &Report<'_>) {
        let gap = self.has_gap();
        self.out
            .line(Place::Report, report, &self.config.quirks, gap);
    }

    /// As [`line`](Self::line), for lines that no type has.
    pub(crate) fn other_line(&mut self, name: &str, args: impl Fn(&mut Writer<'_>)) {
        let gap = self.has_gap();
        self.out.other_line(name, args, &self.config.quirks, gap);
    }

    pub(crate) fn link(&self, id: LinkId) -> &Link {
        let [zero, one, two, three, four] = &self.links;
        match id.index() {
            0 => zero,
            1 => one,
            2 => two,
            3 => three,
            _ => four,
        }
    }

    pub(crate) fn link_mut(&mut self, id: LinkId) -> &mut Link {
        let [zero, one, two, three, four] = &mut self.links;
        match id.index() {
            0 => zero,
            1 => one,
            2 => two,
            3 => three,
            _ => four,
        }
    }
}

/// Shows no buffers: they may hold secrets.
impl fmt::Debug for Modem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Modem")
            .field("power", &self.power)
            .field("system", &self.system)
            .field("links", &self.links)
            .finish_non_exhaustive()
    }
}
