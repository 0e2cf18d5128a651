//! What the application and its surroundings do.

use core::time::Duration;

use qmt_mqtt::QoS;
use qmt_session::Machine as _;

use super::{
    Body, Drive, FILTERS, FREE, Filter, IfUnknown, LinkPhase, Outgoing, Qos, Step, Strike, Topic,
    Wish, link_id,
};
use crate::Side;
use crate::hostile;

/// How long the application waits until a link is closed.
const CLOSED: Duration = Duration::from_secs(30);

impl Drive<'_, '_> {
    pub(super) fn step(&mut self, step: &Step) {
        match *step {
            Step::Publish { link, qos, len } => {
                let payload = self.outgoing(len.into());
                self.publish(link, quality(qos), &payload);
            }
            Step::Enqueue { link, len } => self.enqueue(link, len.into()),
            Step::Subscribe { link, filter, qos } => self.subscribe(link, filter, quality(qos)),
            Step::Unsubscribe { link, filter } => self.unsubscribe(link, filter),
            Step::Reopen { link } => self.reopen(link),
            Step::Tell { link, qos, body } => self.tell(link, qos, body),
            Step::Drop { link } => self.world.drop_connection(link_id(self.one_of(link))),
            Step::Wait(ms) => self.world.settle(Duration::from_millis(ms.into())),
            Step::Strike(row, ref strike) => self.strike(row, strike),
        }
    }

    /// A link in use.
    pub(super) const fn one_of(&self, link: u8) -> u8 {
        link % self.scenario.links
    }

    fn did(&mut self, what: &str) {
        self.tally.add("operations", 1);
        self.tally.add(what, 1);
    }

    /// `len` bytes that look like everything, and like no other payload but by chance.
    pub(super) fn payload(&mut self, len: usize) -> Vec<u8> {
        const FILLING: &[u8] = b" {\"t\":21.5}\r\nOK\r\n> AT+QMTCLOSE=0\r\x1a\x1b\"\r\nERROR\r\n\0\xff\r\n+QMTPUB: 0,1,0\r\n\r\n+QMTSTAT: 0,1\r\n";
        self.number += 1;
        let mut payload = self.number.to_string().into_bytes();
        let filling = FILLING.iter().copied().cycle();
        payload.extend(filling.skip(payload.len()).take(len));
        payload.truncate(len);
        payload
    }

    /// The same for a publish.
    pub(super) fn outgoing(&mut self, len: usize) -> Vec<u8> {
        let mut payload = self.payload(len);
        let is_honest = !self.world.oracle.forgives;
        if is_honest || !self.scenario.quirks.settings_survive_close {
            // A module that restarts, or whose options end with its link, echoes what is still to
            // come of a payload, and nobody could tell that from lines it says.
            let ends = payload
                .iter_mut()
                .filter(|byte| matches!(byte, b'\r' | b'\n'));
            ends.for_each(|byte| *byte = b' ');
        }
        if self.scenario.quirks.esc_cancels_counted {
            // Such a module cannot take it.
            payload
                .iter_mut()
                .filter(|byte| **byte == 0x1b)
                .for_each(|byte| *byte = b'-');
        }
        payload
    }

    pub(super) fn publish(&mut self, link: u8, qos: Qos, payload: &[u8]) -> bool {
        let id = link_id(self.one_of(link));
        let free = |world: &mut crate::WorldIn<'_>| !world.client.can_publish(id);
        if !self.world.run_while(FREE, free) {
            self.tally.add("not_ready", 1);
            return false;
        }
        let topic = format!("u/{}", self.number);
        let topic = Topic::new(&topic).expect("a legal topic");
        let Ok(ticket) = self.world.publish(id, qos, topic, payload) else {
            self.tally.add("not_ready", 1);
            return false;
        };
        if payload.first() == Some(&b'\n') {
            self.line_feeds.push(ticket);
        }
        self.did("publishes");
        self.damage_payload(payload.len());
        self.world.settle(Duration::ZERO);
        true
    }

    /// What was to happen to the next payload happens to this one.
    fn damage_payload(&mut self, len: usize) {
        let command = self.world.client.poll_transmit().len() as u64;
        let first = self.world.to_module.carried() + command;
        let within = |skip: u16| first + u64::from(skip).min(len.saturating_sub(1) as u64);
        for strike in core::mem::take(&mut self.payload_strikes) {
            match strike {
                Strike::PayloadByte(_, skip, change) => {
                    self.world.to_module.damage(within(skip), change);
                }
                Strike::StallPayload(skip, ms) => {
                    let stall = crate::Act::Stall(Duration::from_millis(ms.into()));
                    self.world.trigger(Side::Module, within(skip), stall);
                }
                _ => {}
            }
        }
    }

    pub(super) fn enqueue(&mut self, link: u8, len: usize) {
        let payload = self.outgoing(len);
        let (now, link) = (self.world.now(), link_id(self.one_of(link)));
        let topic = format!("u/{}", self.number);
        let message = Outgoing {
            link,
            topic: Topic::new(&topic).expect("a legal topic"),
            payload: &payload,
            qos: Qos::AtLeastOnce,
            retain: false,
            if_unknown: IfUnknown::Republish,
        };
        let Ok(id) = self.world.client.enqueue(now, &message) else {
            self.tally.add("outbox_full", 1);
            return;
        };
        let wish = Wish::new(link, Qos::AtLeastOnce, &topic, &payload);
        self.world.oracle.on_enqueued(now, id, wish);
        self.waiting.insert(id);
        self.keep_outbox();
        self.did("enqueued");
        self.world.settle(Duration::ZERO);
    }

    fn subscribe(&mut self, link: u8, filter: u8, qos: Qos) {
        let (link, filter) = (self.one_of(link), filter % FILTERS);
        let name = self.scenario.filter_name(link, filter);
        let named = Filter::new(&name).expect("a legal filter");
        let now = self.world.now();
        let subscribed = self.world.client.subscribe(now, link_id(link), named, qos);
        if subscribed.is_ok() {
            self.wanted.insert((link, filter), qos);
            self.granted.remove(&(link, filter));
            self.did("subscribes");
            self.world.settle(Duration::ZERO);
        }
    }

    fn unsubscribe(&mut self, link: u8, filter: u8) {
        let (link, filter) = (self.one_of(link), filter % FILTERS);
        let name = self.scenario.filter_name(link, filter);
        let named = Filter::new(&name).expect("a legal filter");
        let now = self.world.now();
        if self.world.client.unsubscribe(now, link_id(link), named) {
            self.wanted.remove(&(link, filter));
            self.granted.remove(&(link, filter));
            self.did("unsubscribes");
            self.world.settle(Duration::ZERO);
        }
    }

    fn reopen(&mut self, link: u8) {
        let link = self.one_of(link);
        let (now, id) = (self.world.now(), link_id(link));
        self.world.client.disconnect(now, id);
        self.did("reopened");
        self.world.run_while(CLOSED, |world| {
            world.client.link_phase(id) != LinkPhase::Idle
        });
        // Its subscriptions are forgotten with it, and made again when it is opened.
        self.granted.retain(|(of, _), _| *of != link);
    }

    pub(super) fn tell(&mut self, link: u8, qos: u8, body: Body) {
        let link = self.one_of(link);
        let payload = match body {
            Body::Bytes(len) => self.payload(len.into()),
            Body::Hostile(number) => {
                let mut all = hostile::payloads();
                let len = all.len();
                all.swap_remove(usize::from(number) % len)
            }
            Body::Prompt => [b"\r\n> ", &self.payload(8)[..]].concat(),
            Body::Binary => (0..=u8::MAX).collect(),
        };
        for strike in core::mem::take(&mut self.payload_strikes) {
            if let Strike::PayloadByte(Side::Host, skip, change) = strike {
                // Behind a head that is about so long.
                let head = format!("\r\n+QMTRECV: {link},1,\"d/{link}/0\",{},\"", payload.len());
                let at = self.world.to_host.carried() + head.len() as u64 + u64::from(skip);
                self.world.to_host.damage(at, change);
            } else {
                self.payload_strikes.push(strike);
            }
        }
        let qos = match qos {
            0 => QoS::AtMostOnce,
            1 => QoS::AtLeastOnce,
            _ => QoS::ExactlyOnce,
        };
        let topic = self.scenario.filter_name(link, 0);
        self.world.peer_publishes(&topic, &payload, qos, false);
        self.tally.add("told", 1);
        self.world.settle(Duration::ZERO);
    }
}

pub(super) fn quality(qos: u8) -> Qos {
    match qos {
        0 => Qos::AtMostOnce,
        1 => Qos::AtLeastOnce,
        _ => Qos::ExactlyOnce,
    }
}
