//! One step of a world: what moves, when time passes, and what happens between two bytes.

use qmt_modem::FaultKind;
use qmt_session::Machine as _;
use qmt_session::proto::Instant;

use super::{Act, Side, WorldIn};
use crate::Told;
use crate::network::broker_time;

impl WorldIn<'_> {
    /// Lets time pass until something is due. False: nothing is, before `end`.
    pub(super) fn sleep(&mut self, end: Instant) -> bool {
        self.notice_lies();
        let host = match self.is_away() {
            true => Some(self.away_until),
            false => self.client.poll_timeout(),
        };
        let due = [
            host,
            self.network.poll_timeout(),
            self.to_module.poll_timeout(),
            self.to_host.poll_timeout(),
        ];
        let later = due.into_iter().flatten().filter(|at| *at > self.now).min();
        let overdue = due.into_iter().flatten().any(|at| at <= self.now);
        let later = later.filter(|next| *next <= end);
        let at_once = overdue.then_some(self.now);
        let Some(next) = later.or(at_once) else {
            self.now = self.now.max(end);
            return false;
        };
        let passed = next > self.now;
        self.now = next;
        if !self.is_away() {
            self.client.handle_timeout(self.now);
            self.heard_out = false;
        }
        self.network.handle_timeout(self.now);
        passed || self.step()
    }

    const fn is_away(&self) -> bool {
        self.now.as_millis() < self.away_until.as_millis()
    }

    /// Moves what can move now. Whether anything did.
    pub(super) fn step(&mut self) -> bool {
        let is_away = self.is_away();
        let mut moved = false;
        if !is_away {
            moved |= !self.heard_out && self.listen();
            moved |= self.move_to_module();
        }
        moved |= self.network.step(self.now);
        if !is_away {
            moved |= self.move_to_host();
        }
        let now = broker_time(self.now);
        moved | self.peer.run(&mut self.network.broker, now)
    }

    /// Takes what the client tells, and shows it to the oracle after everything that caused it.
    fn listen(&mut self) -> bool {
        let mut moved = false;
        self.notice_lies();
        self.oracle.on_truth(
            self.now,
            self.network.modem.take_journal(),
            &self.network.take_events(),
        );
        while let Some(event) = self.client.poll_event() {
            let told = Told::from(event);
            self.trace.told(self.now, &told);
            self.oracle.on_told(self.now, &told);
            self.told.push(told);
            moved = true;
        }
        self.heard_out = true;
        moved
    }

    /// Tells the oracle of bytes that were changed, and of what the module says that is not so.
    fn notice_lies(&mut self) {
        const LIES: [FaultKind; 9] = [
            FaultKind::Reboot,
            FaultKind::SilentReboot,
            FaultKind::Frozen,
            FaultKind::LateFinal,
            FaultKind::Sleep,
            FaultKind::WrongLink,
            FaultKind::WrongId,
            FaultKind::CutResult,
            FaultKind::CutReport,
        ];
        if !self.oracle.forgives {
            return;
        }
        let faults = self.network.modem.faults();
        let told: u64 = LIES.iter().map(|kind| faults.of(*kind)).sum();
        let lies = told + self.to_module.changed() + self.to_host.changed() + self.intruded;
        if lies != self.lies {
            self.lies = lies;
            self.oracle.on_lie(self.now);
        }
    }

    fn move_to_module(&mut self) -> bool {
        let waiting = self.client.poll_transmit().len();
        let Some(len) = self.room(Side::Module, waiting) else {
            return true;
        };
        if len == 0 {
            return false;
        }
        let mut arrived = Vec::with_capacity(len + 1);
        let bytes = &self.client.poll_transmit()[..len];
        self.to_module.cut = self.cut;
        self.to_module.carry(bytes, &mut arrived);
        self.trace
            .piece(self.now, Side::Module, self.sent.len(), bytes);
        self.sent.extend_from_slice(bytes);
        self.network.modem.handle_input(self.now, &arrived);
        self.client.handle_transmitted(self.now, len);
        self.heard_out = false;
        true
    }

    fn move_to_host(&mut self) -> bool {
        let waiting = self.network.modem.poll_transmit().len();
        let Some(len) = self.room(Side::Host, waiting) else {
            return true;
        };
        if len == 0 {
            return false;
        }
        let mut arrived = Vec::with_capacity(len + 1);
        let bytes = &self.network.modem.poll_transmit()[..len];
        self.to_host.cut = self.cut;
        self.to_host.carry(bytes, &mut arrived);
        self.trace
            .piece(self.now, Side::Host, self.heard.len(), bytes);
        self.heard.extend_from_slice(bytes);
        self.network.modem.handle_transmitted(self.now, len);
        let mut rest = &arrived[..];
        while !rest.is_empty() {
            let taken = self.client.handle_input(self.now, rest);
            rest = &rest[taken..];
            if !self.listen() && taken == 0 {
                self.oracle
                    .complain("the client takes no bytes and tells nothing");
                break;
            }
        }
        true
    }

    /// How many bytes of `waiting` may move now. `None`: something else happened instead.
    fn room(&mut self, side: Side, waiting: usize) -> Option<usize> {
        let wire = match side {
            Side::Module => &mut self.to_module,
            Side::Host => &mut self.to_host,
        };
        let len = wire.room(self.now, waiting);
        let (carried, mut len) = (wire.carried(), len);
        let mut due = None;
        for (index, trigger) in self.triggers.iter().enumerate() {
            if trigger.side == side && len > 0 {
                if trigger.at <= carried {
                    due = Some(index);
                } else {
                    let until = usize::try_from(trigger.at - carried).unwrap_or(usize::MAX);
                    len = len.min(until);
                }
            }
        }
        let Some(index) = due else {
            return Some(len);
        };
        let trigger = self.triggers.swap_remove(index);
        self.act(side, &trigger.act);
        None
    }

    fn act(&mut self, side: Side, act: &Act) {
        match *act {
            Act::ResetModule => self.reset_module(),
            Act::DropConnection(link) => self.drop_connection(link),
            Act::LineError(error) => {
                self.intruded += 1;
                self.client.handle_line_error(self.now, error);
                self.heard_out = false;
            }
            Act::Noise(ref bytes) => self.noise(bytes),
            Act::Stall(time) => {
                let until = self.now.saturating_add(time);
                match side {
                    Side::Module => self.to_module.stalled_until = until,
                    Side::Host => self.to_host.stalled_until = until,
                }
            }
        }
    }
}
