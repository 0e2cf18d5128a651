//! Doing what a scenario lets go wrong.

use core::time::Duration;

use super::{Counters, Drive, Qos, Row, Strike, Watch, client_config};
use crate::network::broker_time;
use crate::{Act, Change, Peer, Side, Wire};

impl Drive<'_, '_> {
    pub(super) fn strike(&mut self, row: Row, strike: &Strike) {
        let watch = Watch {
            row,
            before: self.signs,
            steps: 0,
        };
        if !self.do_wrong(strike) {
            return;
        }
        self.tally.on_strike(row);
        self.watches.push(watch);
        self.world.settle(Duration::ZERO);
    }

    /// False: it cannot be done any more in this run.
    fn do_wrong(&mut self, strike: &Strike) -> bool {
        match *strike {
            Strike::Module(fault) => {
                let now = self.world.now();
                return self.world.network.modem.inject(now, fault);
            }
            Strike::Broker(ref rules) => {
                let broker = &mut self.world.network.broker;
                broker.clear_faults();
                rules.iter().for_each(|rule| broker.add_fault(rule.clone()));
            }
            Strike::Message(link, body) => self.tell(link, 1, body),
            Strike::Byte(side, skip, change) => {
                let wire = self.wire(side);
                wire.damage(wire.carried() + u64::from(skip), change);
            }
            Strike::PayloadByte(..) | Strike::StallPayload(..) => {
                self.payload_strikes.push(strike.clone());
            }
            Strike::Ambush(side, ambush) => self.wire(side).ambush = Some(ambush),
            Strike::Error(error, skip, lost) => {
                let at = self.world.to_host.carried() + u64::from(skip);
                let lost = (at..).take(lost.into()).map(|at| (at, Change::Drop));
                self.world.to_host.damage_all(lost);
                self.world.trigger(Side::Host, at, Act::LineError(error));
            }
            Strike::Noise(ref bytes) => self.world.noise(bytes),
            Strike::Stall(side, skip, ms) => {
                let at = self.wire(side).carried() + u64::from(skip);
                let stall = Act::Stall(Duration::from_millis(ms.into()));
                self.world.trigger(side, at, stall);
            }
            Strike::Takeover(link) => self.take_over(link),
            Strike::Forget => return self.forget(),
            Strike::PowerLoss => return self.lose_power(),
            Strike::Away(ms) => {
                let time = Duration::from_millis(ms.into());
                self.world.host_is_away(time);
                self.world.settle(time);
            }
            Strike::LineFeed(link) => {
                let payload = [b"\n", &self.outgoing(12)[..]].concat();
                return self.publish(link, Qos::AtLeastOnce, &payload);
            }
        }
        true
    }

    const fn wire(&mut self, side: Side) -> &mut Wire {
        match side {
            Side::Module => &mut self.world.to_module,
            Side::Host => &mut self.world.to_host,
        }
    }

    fn take_over(&mut self, link: u8) {
        let (now, name) = (self.world.now(), format!("c{}", self.one_of(link)));
        let broker = &mut self.world.network.broker;
        broker.clear_faults();
        Peer::connect(broker, broker_time(now), &name);
    }

    fn forget(&mut self) -> bool {
        if self.world.hosts_left() == 0 {
            return false;
        }
        self.slots.iter_mut().for_each(|slot| slot.fill(0xFF));
        self.waiting.clear();
        self.survivors.clear();
        self.world.reset_host(client_config(self.scenario));
        self.restart();
        true
    }

    fn lose_power(&mut self) -> bool {
        if self.world.hosts_left() == 0 {
            return false;
        }
        self.enqueue(0, 20);
        self.look();
        self.survivors = self.waiting.clone();
        let config = client_config(self.scenario);
        let slots = [&self.slots[0][..], &self.slots[1][..]];
        self.world.restart_host(config, slots);
        self.restart();
        true
    }

    /// Another host begins; bytes on their way to the old one are heard by nobody.
    fn restart(&mut self) {
        self.counters = Counters::default();
        self.granted.clear();
        self.payload_strikes.clear();
        let lost = self.world.network.modem.poll_transmit().len();
        let now = self.world.now();
        self.world.network.modem.handle_transmitted(now, lost);
        self.start();
    }
}
