//! Publishes of 100 bytes, one after another: bare, through a session, through the virtual module,
//! and through everything.
//!
//! All are in data mode with a fixed length, the default: a command line, the prompt, the payload,
//! `OK` and the result.

use core::time::Duration;

use at_syntax::Writer;
use qmt_modem::{Modem, ModemConfig};
use qmt_proto::{
    Body, Command, Config, ConfigOption, Delivery, Instant, LinkId, MsgId, PayloadLen, Publish,
    Qos, ResponseDialect, Topic, limits,
};
use qmt_session::{Buffers, Event as News, Machine, Outcome, PublishForm, Session, SessionConfig};
use qmt_sim::{Network, Told, World, WorldConfig, link_config};

use crate::{Encode, Event, Ours, Receiver};

const LINK: LinkId = LinkId::ALL[0];
const PROMPT: &[u8] = b"\r\n> ";
const OK: &[u8] = b"\r\nOK\r\n";

/// What is published, and the module's last answer to each publish.
#[derive(Debug)]
pub struct Script {
    topic: String,
    payload: Vec<u8>,
    len: PayloadLen,
    deliveries: Vec<(Delivery, Vec<u8>)>,
}

impl Script {
    /// `count` publishes with identifiers from 10 000 on, so that lines are as long in a short
    /// dialogue as in a long one.
    ///
    /// # Panics
    /// When there are more than there are identifiers.
    pub fn new(qos: Qos, count: u16) -> Self {
        let first = Encode::Publish100.commands(1).swap_remove(0);
        let (topic, _) = first.topics.into_iter().next().expect("a publish has one");
        let delivery = |id| match qos {
            Qos::AtMostOnce => Delivery::AtMostOnce,
            Qos::AtLeastOnce => Delivery::AtLeastOnce(id),
            Qos::ExactlyOnce => Delivery::ExactlyOnce(id),
        };
        let deliveries = (0..count).map(|n| {
            let n = n.checked_add(10_000).expect("an identifier");
            let id = MsgId::new(n).expect("not 0");
            let shown = if qos == Qos::AtMostOnce { 0 } else { n };
            let result = format!("\r\n+QMTPUB: 0,{shown},0\r\n");
            (delivery(id), result.into_bytes())
        });
        Self {
            topic,
            len: PayloadLen::new(first.payload.len()).expect("100 bytes"),
            payload: first.payload,
            deliveries: deliveries.collect(),
        }
    }

    fn command<'t>(&self, delivery: Delivery, topic: Topic<'t>) -> Command<'t> {
        Command::Publish(Publish {
            link: LINK,
            delivery,
            retain: false,
            topic,
            body: Body::PromptCounted(self.len),
        })
    }

    /// Checked once, before anything is counted.
    ///
    /// # Panics
    /// Never: the recipe has legal topics.
    pub fn topic(&self) -> Topic<'_> {
        Topic::new(&self.topic).expect("a legal topic")
    }
}

/// The least there is to do: write the command and the payload, read the three answers.
#[derive(Debug)]
pub struct Bare {
    answers: Ours,
    tx: Vec<u8>,
}

impl Bare {
    /// Nothing sent yet.
    pub fn new() -> Self {
        let dialect = ResponseDialect {
            prompt_armed: true,
            ..ResponseDialect::default()
        };
        Self {
            answers: Ours::new(dialect),
            tx: vec![0; limits::HEX_FRAME],
        }
    }

    /// Publishes everything. Gives how many were confirmed.
    pub fn publish(&mut self, script: &Script, topic: Topic<'_>) -> usize {
        let mut confirmed = 0;
        for (delivery, result) in &script.deliveries {
            let command = script.command(*delivery, topic);
            let mut out = Writer::new(&mut self.tx);
            command.emit(&mut out);
            let len = out.finish_request().map_or(0, <[u8]>::len);
            let Some(room) = self.tx.get_mut(len..len + script.payload.len()) else {
                return confirmed;
            };
            room.copy_from_slice(&script.payload);
            for answer in [PROMPT, OK, result] {
                self.answers.feed(answer, &mut |event| {
                    confirmed += usize::from(matches!(event, Event::Published(_, _, 0, _)));
                });
            }
        }
        confirmed
    }
}

impl Default for Bare {
    fn default() -> Self {
        Self::new()
    }
}

/// A session on a line whose module answers by heart.
#[derive(Debug)]
pub struct Talk {
    session: Session<'static>,
    now: Instant,
}

impl Talk {
    /// A session that knows that its payloads are not echoed.
    ///
    /// # Panics
    /// When it does not take a query.
    pub fn new() -> Self {
        let buffers = Buffers {
            rx: Vec::leak(vec![0; limits::HEX_FRAME]),
            tx: Vec::leak(vec![0; limits::HEX_FRAME]),
        };
        let mut it = Self {
            session: Session::new(SessionConfig::new(), buffers),
            now: Instant::ZERO,
        };
        let query = Command::Config(Config::Query(LINK, ConfigOption::EchoMode));
        it.session.submit(it.now, &query).expect("the line is free");
        it.hear(b"\r\n+QMTCFG: 0\r\n");
        assert_eq!(it.hear(OK), 1, "one exchange has ended well");
        it
    }

    /// Writes what is to be written, then hears an answer. Gives how much ended well with it.
    fn hear(&mut self, answer: &[u8]) -> usize {
        let sent = self.session.poll_transmit().len();
        self.session.handle_transmitted(self.now, sent);
        self.session.handle_input(self.now, answer);
        let mut done = 0;
        while let Some(news) = self.session.poll_event() {
            if let News::Done { outcome, .. } = news {
                done += usize::from(matches!(outcome, Outcome::Acked(_) | Outcome::Sent));
            }
        }
        done
    }

    /// Publishes everything. Gives how many were confirmed.
    pub fn publish(&mut self, script: &Script, topic: Topic<'_>) -> usize {
        let mut confirmed = 0;
        for (delivery, result) in &script.deliveries {
            let taken = self.session.publish(
                self.now,
                LINK,
                *delivery,
                false,
                topic,
                &script.payload,
                PublishForm::Counted,
            );
            if taken.is_err() {
                return confirmed;
            }
            for answer in [PROMPT, OK, result] {
                confirmed += self.hear(answer);
            }
        }
        confirmed
    }
}

impl Default for Talk {
    fn default() -> Self {
        Self::new()
    }
}

/// The virtual module with a loopback broker behind it, and a host that asks by heart.
#[derive(Debug)]
pub struct Module {
    network: Network,
    now: Instant,
    said: Vec<u8>,
}

impl Module {
    /// A module whose link 0 is connected.
    ///
    /// # Panics
    /// When it does not get there.
    pub fn new() -> Self {
        let broker = qmt_broker::Broker::new(qmt_broker::Config::default());
        let mut it = Self {
            network: Network::new(Modem::booted(ModemConfig::new()), broker),
            now: Instant::ZERO,
            said: Vec::new(),
        };
        it.ask(b"ATE0\r");
        it.ask(b"AT+QMTOPEN=0,\"broker.example\",1883\r");
        it.ask(b"AT+QMTCONN=0,\"meter-7\"\r");
        assert!(it.said.ends_with(b"\r\n+QMTCONN: 0,0,0\r\n"), "{it:?}");
        it
    }

    /// Publishes everything. Gives how many were confirmed.
    pub fn publish(&mut self, script: &Script, topic: Topic<'_>) -> usize {
        let mut confirmed = 0;
        let mut line = vec![0; limits::HEX_FRAME];
        for (delivery, result) in &script.deliveries {
            let command = script.command(*delivery, topic);
            let mut out = Writer::new(&mut line);
            command.emit(&mut out);
            self.ask(out.finish_request().unwrap_or_default());
            self.ask(&script.payload);
            confirmed += usize::from(self.said.ends_with(result));
        }
        confirmed
    }

    /// Keeps in `said` everything that is answered without time passing.
    fn ask(&mut self, bytes: &[u8]) {
        self.network.modem.handle_input(self.now, bytes);
        self.said.clear();
        loop {
            let moved = self.network.step(self.now);
            let answer = self.network.modem.poll_transmit();
            if answer.is_empty() && !moved {
                return;
            }
            self.said.extend(answer);
            let len = answer.len();
            self.network.modem.handle_transmitted(self.now, len);
        }
    }
}

impl Default for Module {
    fn default() -> Self {
        Self::new()
    }
}

/// Client, serial line in pieces of 64 bytes, module and broker.
#[derive(Debug)]
pub struct Simulated(World);

impl Simulated {
    /// A world whose link 0 is connected.
    pub fn new() -> Self {
        let mut world = World::new(WorldConfig::default());
        let now = world.now();
        let connected = world.client.connect(now, LINK, &link_config("meter-7"));
        connected.expect("room for one link");
        let minute = Duration::from_secs(60);
        world.run_until(minute, |told| matches!(told, Told::Ready(_)));
        Self(world)
    }

    /// Publishes everything at QoS 1. Gives how many were confirmed.
    pub fn publish(&mut self, script: &Script, topic: Topic<'_>) -> usize {
        let mut confirmed = 0;
        for _ in &script.deliveries {
            let Self(world) = self;
            let now = world.now();
            let (qos, payload) = (Qos::AtLeastOnce, &script.payload);
            let taken = world.client.publish(now, LINK, qos, false, topic, payload);
            if taken.is_err() {
                return confirmed;
            }
            let done = world.run_until(Duration::from_secs(1), |told| {
                matches!(told, Told::Published(..))
            });
            let acked = matches!(done, Told::Published(_, Outcome::Acked(_)));
            confirmed += usize::from(acked);
        }
        confirmed
    }
}

impl Default for Simulated {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_publish_is_confirmed_on_every_way() {
        for qos in [Qos::AtMostOnce, Qos::AtLeastOnce] {
            let script = Script::new(qos, 30);
            let topic = script.topic();
            assert_eq!(Bare::new().publish(&script, topic), 30);
            assert_eq!(Talk::new().publish(&script, topic), 30);
            assert_eq!(Module::new().publish(&script, topic), 30);
            assert_eq!(Simulated::new().publish(&script, topic), 30);
        }
    }
}
