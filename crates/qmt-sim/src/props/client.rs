//! What a client promises whatever its module says: every publish ends once, nothing is said while
//! an answer is awaited, and it comes to rest.

use std::collections::HashSet;

use core::time::Duration;

use qmt_broker::Broker;
use qmt_modem::{Modem, ModemConfig};
use qmt_session::envelope::Envelope;
use qmt_session::proto::{
    AliAuth, Credentials, DataFormat, DeviceName, DeviceSecret, Filter, Instant, LinkId, Password,
    ProductKey, Qos, SleepMode, Topic, Username, Will, WillMessage, limits,
};
use qmt_session::{
    Buffers, Client, ClientConfig, ClientEvent, IfUnknown, LineError, LinkConfig, LinkPhase,
    Machine, OutboxId, Outgoing, Phase, PublishForm, PublishInFlight, Refusal, SubmitError, Ticket,
};

use super::shown::{a_client_can_be_shown, an_event_can_be_shown, said};
use crate::{Network, link_config};

/// Events and commands one step may bring, whatever it is: far more than any line can hold.
const LIVELOCK: usize = 20_000;

/// What happens to a client.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Op {
    /// A link shall be connected, to what the bits of the second say.
    Connect(LinkId, Wants),
    /// A link shall be disconnected.
    Disconnect(LinkId),
    /// One of a few filters is wanted.
    Subscribe(LinkId, u8, Qos),
    /// It is not wanted any more.
    Unsubscribe(LinkId, u8),
    /// A message of so many bytes is published.
    Publish(LinkId, Qos, u16),
    /// A message of these bytes goes into the outbox, and is published again when in doubt or not.
    Enqueue(LinkId, Qos, bool, Vec<u8>),
    /// The module may sleep.
    Rest,
    /// The device has vanished and is back.
    Abort,
    /// The module does its part for so many rounds: hears, answers, talks to the broker.
    Obey(u8),
    /// The host hears what no module has said.
    Hear(Vec<u8>),
    /// So many bytes for the host are lost.
    Lose(u8),
    /// The host's UART reports an error.
    LineError(LineError),
    /// So many milliseconds pass.
    Wait(u32),
    /// Time passes until something is due.
    WaitDue,
    /// The module is reset.
    Restart,
    /// The application resets it.
    Reset,
}

/// How a client is made, bit by bit: what the module may do between two wishes (two bits, its
/// number), not looking for a network, refusals believed at once, messages without a length taken,
/// short payloads on the command line, Esc a key, one publish on the whole module.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "not published")]
pub struct Habits(pub u8);

/// How a link is made, bit by bit: a user, with a password (without a user: payloads echoed), a will, a device of Alibaba Cloud, a kept
/// session, sending hex, receiving hex, payloads that end in Ctrl+Z.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "not published")]
pub struct Wants(pub u8);

impl Habits {
    const fn has(self, bit: u8) -> bool {
        self.0 >> bit & 1 != 0
    }

    fn config(self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.idle_sleep = SleepMode::new(self.0 & 3).unwrap_or(SleepMode::Awake);
        if self.has(2) {
            config.network_wait = Duration::ZERO;
        }
        config.confirm_refusals = !self.has(3);
        config.session.accept_uncounted = self.has(4);
        let known = &mut config.session.capabilities;
        known.inline_up_to = if self.has(5) { 40 } else { 0 };
        known.esc_cancels = self.has(6);
        if self.has(7) {
            known.publish_in_flight = PublishInFlight::Module;
        }
        config
    }
}

impl Wants {
    fn config(self) -> LinkConfig<'static> {
        let has = |bit: u8| self.0 >> bit & 1 != 0;
        let mut config = link_config("fuzz");
        config.credentials = has(0).then(|| Credentials {
            username: Username::new("user").expect("legal"),
            password: has(1).then(|| Password::new("secret").expect("legal")),
        });
        config.will = has(2).then(|| Will {
            qos: Qos::AtLeastOnce,
            retain: true,
            topic: Topic::new("w").expect("legal"),
            message: WillMessage::new("gone").expect("legal"),
        });
        config.aliauth = has(3).then(|| AliAuth {
            product_key: ProductKey::new("key").expect("legal"),
            device_name: DeviceName::new("name").expect("legal"),
            device_secret: DeviceSecret::new("secret").expect("legal"),
        });
        config.clean_session = !has(4);
        if has(5) {
            config.send_format = DataFormat::Hex;
        }
        config.echo_data = has(1) && !has(0);
        config.recv_format = has(6).then_some(DataFormat::Hex);
        if has(7) {
            config.publish_form = PublishForm::Terminated;
        }
        config
    }
}

/// Q1, Q4, Q9, Q17, Q18, Q28, S17: no panic, no livelock, whatever `ops` are. The client has room for
/// `tx` bytes of a command.
///
/// # Panics
/// When one of them does not hold.
pub fn a_client_keeps_its_promises(habits: Habits, tx: usize, ops: &[Op]) {
    let (mut rx, mut tx) = ([0; limits::HEX_FRAME], vec![0; tx]);
    let (mut store, mut outbox) = ([0; 512], [0; 256]);
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
    };
    let client = Client::new(habits.config(), buffers, &mut store).with_outbox(&mut outbox);
    let mut bench = Bench::new(client);
    for op in ops {
        bench.apply(op);
        bench.settle();
    }
    bench.apply(&Op::Abort);
    bench.settle();
    a_client_can_be_shown(&bench.client);
    assert!(
        bench.open.is_empty(),
        "Q28: {:?} have not ended",
        bench.open
    );
}

/// A client, a module that could be obeyed, and what has been promised.
struct Bench<'b> {
    client: Client<'b>,
    network: Network,
    now: Instant,
    /// Publishes that have not ended.
    open: HashSet<Ticket>,
    /// Messages that have not left the outbox.
    waiting: HashSet<OutboxId>,
    /// Bytes the host has sent since it last heard something or time passed.
    unanswered: Vec<u8>,
    /// Bytes the host has sent and the module has not heard.
    on_the_way: Vec<u8>,
}

impl<'b> Bench<'b> {
    fn new(mut client: Client<'b>) -> Self {
        let modem = Modem::booted(ModemConfig::new());
        let broker = Broker::new(qmt_broker::Config::default());
        client.handle_timeout(Instant::ZERO);
        Self {
            client,
            network: Network::new(modem, broker),
            now: Instant::ZERO,
            open: HashSet::new(),
            waiting: HashSet::new(),
            unanswered: Vec::new(),
            on_the_way: Vec::new(),
        }
    }

    fn apply(&mut self, op: &Op) {
        let (now, client) = (self.now, &mut self.client);
        match *op {
            Op::Connect(link, wants) => {
                let refused = client.connect(now, link, &wants.config()).err();
                refused.iter().for_each(said);
            }
            Op::Disconnect(link) => client.disconnect(now, link),
            Op::Subscribe(link, filter, qos) => {
                let refused = client.subscribe(now, link, a_filter(filter), qos).err();
                refused.iter().for_each(said);
            }
            Op::Unsubscribe(link, filter) => {
                client.unsubscribe(now, link, a_filter(filter));
            }
            Op::Publish(link, qos, len) => {
                let topic = Topic::new("t").expect("legal");
                let payload = vec![b'\n'; usize::from(len)];
                let could = client.can_publish(link);
                let taken = client.publish(now, link, qos, false, topic, &payload);
                taken.as_ref().err().into_iter().for_each(said);
                if payload.len() > limits::PAYLOAD {
                    assert!(taken.is_err(), "a payload too long is taken");
                } else if could {
                    match taken {
                        Ok(ticket) => assert!(self.open.insert(ticket), "a ticket is used twice"),
                        // It does not fit a small buffer.
                        Err(Refusal::Submit(SubmitError::BufferFull { .. })) => {}
                        Err(other) => panic!("can_publish has said yes, and publish {other}"),
                    }
                } else if let Ok(ticket) = taken {
                    panic!("{ticket:?} is taken, and can_publish has said no");
                }
            }
            Op::Enqueue(link, qos, again, ref payload) => {
                let message = Outgoing {
                    link,
                    topic: Topic::new("out").expect("legal"),
                    payload,
                    qos,
                    retain: false,
                    if_unknown: match again {
                        true => IfUnknown::Republish,
                        false => IfUnknown::Drop,
                    },
                };
                match client.enqueue(now, &message) {
                    Ok(id) => assert!(self.waiting.insert(id), "an identifier is used twice"),
                    Err(full) => said(&full),
                }
            }
            Op::Rest => client.rest(now),
            Op::Abort => {
                client.abort(now);
                self.unanswered.clear();
            }
            Op::Obey(rounds) => {
                for _ in 0..rounds {
                    if !self.obey() {
                        break;
                    }
                    self.settle();
                }
            }
            Op::Hear(ref bytes) => self.hear(bytes),
            Op::Lose(len) => {
                let modem = &mut self.network.modem;
                let len = modem.poll_transmit().len().min(usize::from(len));
                modem.handle_transmitted(now, len);
            }
            Op::LineError(error) => {
                client.handle_line_error(now, error);
                self.unanswered.clear();
            }
            Op::Wait(ms) => {
                let ms = self.now.as_millis() + u64::from(ms);
                self.wait_until(Instant::from_millis(ms));
            }
            Op::WaitDue => {
                let due = [client.poll_timeout(), self.network.poll_timeout()];
                if let Some(due) = due.into_iter().flatten().min() {
                    self.wait_until(due.max(self.now));
                }
            }
            Op::Restart => self.network.modem.restart(now),
            Op::Reset => {
                self.network.modem.restart(now);
                client.handle_reset(now);
                self.unanswered.clear();
            }
        }
    }

    /// Module and broker do what they can now. Whether there was anything.
    fn obey(&mut self) -> bool {
        let modem = &mut self.network.modem;
        let sent = core::mem::take(&mut self.on_the_way);
        modem.handle_input(self.now, &sent);
        let moved = self.network.step(self.now);
        let modem = &mut self.network.modem;
        let said = modem.poll_transmit().to_vec();
        modem.handle_transmitted(self.now, said.len());
        self.hear(&said);
        moved || !sent.is_empty() || !said.is_empty()
    }

    fn hear(&mut self, mut bytes: &[u8]) {
        if !bytes.is_empty() {
            self.unanswered.clear();
        }
        while !bytes.is_empty() {
            let taken = self.client.handle_input(self.now, bytes);
            bytes = &bytes[taken..];
            let told = self.listen();
            assert!(
                taken > 0 || told > 0,
                "Q17: takes nothing and tells nothing"
            );
        }
    }

    fn wait_until(&mut self, at: Instant) {
        self.now = at;
        self.unanswered.clear();
        self.client.handle_timeout(at);
        self.network.handle_timeout(at);
    }

    /// Takes all events. How many there were.
    fn listen(&mut self) -> usize {
        let mut told = 0;
        while let Some(event) = self.client.poll_event() {
            told += 1;
            assert!(told < LIVELOCK, "Q17: events without end, {event:?}");
            an_event_can_be_shown(&event);
            if let ClientEvent::Message(message) = &event {
                let sealed = Envelope::open(message.topic, message.payload);
                sealed.err().iter().for_each(said);
            }
            match event {
                ClientEvent::Published { ticket, .. } => {
                    assert!(self.open.remove(&ticket), "Q4: {ticket:?} ends twice");
                }
                ClientEvent::Left { id, .. } => {
                    assert!(self.waiting.remove(&id), "Q4: {id:?} leaves twice");
                }
                _ => {}
            }
        }
        told
    }

    /// Takes events and output until there is no more of either.
    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < LIVELOCK, "Q17: speaks without end");
            let told = self.listen();
            let bytes = self.client.poll_transmit();
            if bytes.is_empty() && told == 0 {
                break;
            }
            let len = bytes.len();
            self.unanswered.extend(bytes);
            self.on_the_way.extend(bytes);
            self.client.handle_transmitted(self.now, len);
        }
        // A command ends with its only CR; the payload of a publish waits for a prompt, and an
        // escape from data mode for silence.
        let lines = self.unanswered.iter().filter(|b| **b == b'\r').count();
        assert!(
            lines <= 1,
            "Q1: two commands at once: {}",
            self.unanswered.escape_ascii()
        );
        let client = &self.client;
        for link in LinkId::ALL {
            let ready = client.link_phase(link) == LinkPhase::Ready;
            let can = client.can_publish(link);
            assert!(!can || ready && client.phase() == Phase::Ready, "{link}");
        }
        let counters = client.counters();
        let known = counters.bytes_echoed + counters.bytes_read + counters.bytes_dropped;
        assert!(known <= counters.bytes_in, "{counters:?}");
        if let Some(due) = self.client.poll_timeout() {
            let late = self.now.as_millis().saturating_sub(due.as_millis());
            assert!(
                late == 0 || due == Instant::ZERO,
                "Q18: due {due:?} at {:?}",
                self.now
            );
        }
    }
}

fn a_filter(number: u8) -> Filter<'static> {
    let filters = ["a", "b/c", "t", "#", "d/+"];
    Filter::new(filters[usize::from(number) % filters.len()]).expect("legal")
}
