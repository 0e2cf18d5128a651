//! The end of a run: nothing goes wrong any more, and all must be well in time.

use core::time::Duration;

use super::{Drive, LinkPhase, Mode, Outcome, Qos, Told, link_id};

/// Longest answer to a packet with the default time-outs, 30 s x (3 + 1), and the margin.
const PACKET: Duration = Duration::from_secs(30 * 4 + 5);
/// Q15 without its packets: data mode 66 s, QMTCLOSE 0.3 s, QMTOPEN 176 s and the longest backoff.
const REST: Duration = Duration::from_millis(66_000 + 300 + 176_000 + 120_000);
/// How often a publish is tried until it must end well: the module may be late in noticing a loss.
const TRIES: u32 = 3;
/// After so long the module sends a packet again that has got no answer, and then it gets one.
const RETRANSMITTED: Duration = Duration::from_secs(35);
/// How long a message may take when nothing is wrong.
const DELIVERY: Duration = Duration::from_secs(60);
/// How long what is still in an outbox may take.
const OUTBOX: Duration = Duration::from_secs(3_600);

impl Drive<'_, '_> {
    /// Q15, and that everything works; then Q4 and Q5 at rest.
    pub(super) fn end(&mut self, mode: Mode) -> Result<(), String> {
        self.world.heal();
        self.payload_strikes.clear();
        let since = self.world.now();
        self.become_ready()?;
        let took = self.world.now().saturating_since(since);
        if mode == Mode::Liveness {
            self.tally.on_recovery(took.as_secs());
        }
        for link in self.links() {
            self.must_publish(link)?;
            self.must_hear(link)?;
        }
        self.rest()
    }

    /// Q15: CONNECT and each subscription take a packet each.
    fn bound(&self) -> Duration {
        let packets = u32::from(self.scenario.links) + self.wanted.len() as u32;
        REST + PACKET * packets
    }

    fn become_ready(&mut self) -> Result<(), String> {
        let links = self.scenario.links;
        let end = self.world.now().saturating_add(self.bound());
        let is_ready = |world: &crate::WorldIn<'_>| {
            (0..links).all(|link| world.client.link_phase(link_id(link)) == LinkPhase::Ready)
        };
        loop {
            self.look();
            if is_ready(&self.world) {
                return Ok(());
            }
            if self.world.now() >= end {
                let phases = (0..links).map(|link| self.world.client.link_phase(link_id(link)));
                let phases: Vec<_> = phases.collect();
                let module = self.world.client.phase();
                return Err(format!("Q15: not ready in time: {module:?}, {phases:?}"));
            }
            self.world
                .run_while(Duration::from_secs(1), |world| !is_ready(world));
        }
    }

    fn must_publish(&mut self, link: u8) -> Result<(), String> {
        let mut last: Option<Outcome> = None;
        for _ in 0..TRIES {
            if last.is_some() {
                // The module may still wait for the answer to one in doubt, and takes no other.
                self.world.settle(RETRANSMITTED);
            }
            self.become_ready()?;
            let payload = self.outgoing(16);
            if !self.publish(link, Qos::AtLeastOnce, &payload) {
                continue;
            }
            let oracle = &self.world.oracle;
            let Some(before) = oracle.operations().0.checked_sub(1) else {
                continue;
            };
            self.world
                .run_while(2 * PACKET, |world| world.oracle.outcome(before).is_none());
            last = self.world.oracle.outcome(before);
            if last.is_some_and(|outcome| outcome.is_success()) {
                return Ok(());
            }
        }
        Err(format!(
            "Q15: link {link} is ready and cannot publish: {last:?}"
        ))
    }

    fn must_hear(&mut self, link: u8) -> Result<(), String> {
        let name = self.scenario.filter_name(link, 0);
        for again in [false, true] {
            if again {
                // A damaged QMTSUB asks for something else, or on another link: then what nobody asked for comes
                // before what was, and what follows it is not trusted. Nobody could know.
                if !self.scenario.lies() {
                    break;
                }
                for any in self.links() {
                    self.world.drop_connection(link_id(any));
                }
                self.world.settle(Duration::from_secs(1));
            }
            self.become_ready()?;
            if self.granted.get(&(link, 0)) != Some(&true) {
                return Ok(());
            }
            self.look();
            let payload = self.payload(24);
            self.world
                .peer_publishes(&name, &payload, qmt_mqtt::QoS::AtLeastOnce, false);
            let ours = |told: &Told| matches!(told, Told::Message { payload: heard, .. } if *heard == payload);
            if self.world.wait_for(DELIVERY, ours).is_some() {
                return Ok(());
            }
        }
        Err(format!("Q15: link {link} is ready and hears nothing"))
    }

    /// Everything that was begun comes to its end.
    fn rest(&mut self) -> Result<(), String> {
        let end = self.world.now().saturating_add(OUTBOX);
        loop {
            self.look();
            let (accepted, ended) = self.world.oracle.operations();
            if accepted == ended && self.world.client.outbox_len() == 0 {
                break;
            }
            if self.world.now() >= end {
                break;
            }
            self.world.settle(Duration::from_secs(5));
        }
        self.world.settle(Duration::from_secs(1));
        self.world.oracle.at_rest();
        let left = self.world.client.outbox_len();
        match left {
            0 => Ok(()),
            _ => Err(format!("Q22: {left} messages do not leave the outbox")),
        }
    }
}
