//! What the application sees, and what it must do then.

use qmt_session::{LinkPhase, Outcome, Remedy, SNAPSHOT_OVERHEAD};

use super::{Drive, FILTERS, Marks, OUTBOX, RECENT, link_id};
use crate::Told;
use crate::campaign::{Row, Sign};

impl Drive<'_, '_> {
    /// Looks at what was told since the last time, and does what an application must.
    pub(super) fn look(&mut self) {
        if let Some(log) = &mut self.log {
            for (side, _, bytes) in self.world.dialogue() {
                log(format!("  {side:?} hears {}", bytes.escape_ascii()));
            }
        }
        for told in self.world.take_told() {
            if let Some(log) = &mut self.log {
                log(format!("  told {told:?}"));
            }
            self.signs.on_told(&told);
            self.on_told(&told);
        }
        let now = *self.world.client.counters();
        self.signs.on_counters(&self.counters, &now);
        self.counters = now;
        let oracle = &self.world.oracle;
        for _ in self.marks.set_again..oracle.set_again() {
            self.signs.add(Sign::SetAgain);
        }
        for _ in self.marks.leftovers_closed..oracle.leftovers_closed() {
            self.signs.add(Sign::LeftoverClosed);
        }
        self.marks = Marks {
            set_again: oracle.set_again(),
            leftovers_closed: oracle.leftovers_closed(),
        };
        if self.watches.iter().any(|watch| watch.row == Row::A10) {
            let echo = b"AT+QMTPUB=";
            let heard = &self.world.heard;
            if heard.windows(echo.len()).any(|part| part == echo) {
                self.signs.add(Sign::Echoed);
            }
        }
        self.world.forget_bytes();
        let Self {
            signs,
            watches,
            tally,
            ..
        } = self;
        watches.retain(|watch| {
            let handled = watch.row.is_handled(&watch.before, signs);
            if handled {
                tally.on_handled(watch.row);
            }
            !handled
        });
        for link in self.links() {
            match self.world.client.link_phase(link_id(link)) {
                LinkPhase::Failed => self.connect(link),
                // It has been closed, to be opened again.
                LinkPhase::Idle => {
                    self.subscribe_all(Some(link));
                    self.connect(link);
                }
                _ => {}
            }
        }
        self.keep_outbox();
    }

    fn on_told(&mut self, told: &Told) {
        match told {
            Told::Published(ticket, outcome) => {
                self.tally.add(outcome_name(outcome), 1);
                if self.line_feeds.contains(ticket) && outcome.is_success() {
                    self.signs.add(Sign::LineFeedKept);
                }
            }
            Told::Left(id, outcome) => {
                self.tally.add(outcome_name(outcome), 1);
                self.waiting.remove(id);
                if self.survivors.remove(id) {
                    self.signs.add(Sign::Survived);
                }
            }
            Told::Message { payload, .. } => {
                self.tally.add("messages", 1);
                if self.recent.contains(payload) {
                    self.signs.add(Sign::DeliveredTwice);
                }
                self.recent.push_back(payload.clone());
                if self.recent.len() > RECENT {
                    self.recent.pop_front();
                }
            }
            Told::Subscribed(link, name, granted) => {
                let link = link.get();
                let known = |filter: &u8| self.scenario.filter_name(link, *filter) == *name;
                let filter = (0..=u8::MAX).take(FILTERS.into()).find(known);
                let Some(filter) = filter else { return };
                let asked = self.wanted.get(&(link, filter));
                if asked.is_some_and(|qos| qos.level() != granted.0) {
                    self.signs.add(Sign::GrantedLess);
                }
                self.granted.insert((link, filter), granted.0 <= 2);
            }
            Told::Escalated(Remedy::HardReset) => {
                self.world.reset_module_for_host();
            }
            _ => {}
        }
    }

    /// Writes a snapshot of the outbox when one is due.
    pub(super) fn keep_outbox(&mut self) {
        if !self.world.client.snapshot_due() {
            return;
        }
        let mut out = [0; OUTBOX + SNAPSHOT_OVERHEAD];
        let snapshot = self.world.client.snapshot(&mut out).expect("room");
        let slot = &mut self.slots[snapshot.slot];
        slot.fill(0xFF);
        slot[..snapshot.bytes.len()].copy_from_slice(snapshot.bytes);
    }
}

const fn outcome_name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Acked(_) => "acked",
        Outcome::Sent => "sent",
        Outcome::Rejected(_) => "rejected",
        Outcome::NotSent(_) => "not_sent",
        Outcome::Unknown(_) => "unknown",
    }
}
