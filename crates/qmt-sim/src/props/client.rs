//! What a client promises whatever its module says: every publish ends once, nothing is said while
//! an answer is awaited, and it comes to rest.

use std::collections::HashSet;

use qmt_broker::Broker;
use qmt_modem::{Modem, ModemConfig};
use qmt_session::proto::{Filter, Instant, LinkId, Qos, Topic, limits};
use qmt_session::{Buffers, Client, ClientConfig, ClientEvent, LineError, Machine, Ticket};

use crate::{Network, link_config};

/// Events and commands one step may bring, whatever it is: far more than any line can hold.
const LIVELOCK: usize = 20_000;

/// What happens to a client.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Op {
    /// A link shall be connected.
    Connect(LinkId),
    /// A link shall be disconnected.
    Disconnect(LinkId),
    /// One of a few filters is wanted.
    Subscribe(LinkId, u8, Qos),
    /// It is not wanted any more.
    Unsubscribe(LinkId, u8),
    /// A message of so many bytes is published.
    Publish(LinkId, Qos, u16),
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
}

/// Q1, Q4, Q9, Q17, Q18, Q28: no panic, no livelock, whatever `ops` are.
///
/// # Panics
/// When one of them does not hold.
pub fn a_client_keeps_its_promises(ops: &[Op]) {
    let (mut rx, mut tx) = ([0; limits::HEX_FRAME], [0; limits::HEX_FRAME]);
    let mut store = [0; 512];
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
    };
    let client = Client::new(ClientConfig::new(), buffers, &mut store);
    let mut bench = Bench::new(client);
    for op in ops {
        bench.apply(op);
        bench.settle();
    }
    bench.apply(&Op::Abort);
    bench.settle();
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
            unanswered: Vec::new(),
            on_the_way: Vec::new(),
        }
    }

    fn apply(&mut self, op: &Op) {
        let (now, client) = (self.now, &mut self.client);
        match *op {
            Op::Connect(link) => {
                let _ = client.connect(now, link, &link_config("fuzz"));
            }
            Op::Disconnect(link) => client.disconnect(now, link),
            Op::Subscribe(link, filter, qos) => {
                let _ = client.subscribe(now, link, a_filter(filter), qos);
            }
            Op::Unsubscribe(link, filter) => {
                client.unsubscribe(now, link, a_filter(filter));
            }
            Op::Publish(link, qos, len) => {
                let topic = Topic::new("t").expect("legal");
                let payload = vec![b'\n'; usize::from(len)];
                let could = client.can_publish(link);
                let taken = client.publish(now, link, qos, false, topic, &payload);
                if payload.len() > limits::PAYLOAD {
                    assert!(taken.is_err(), "a payload too long is taken");
                } else if could {
                    let ticket = taken.expect("can_publish has said so");
                    assert!(self.open.insert(ticket), "a ticket is used twice");
                } else if let Ok(ticket) = taken {
                    panic!("{ticket:?} is taken, and can_publish has said no");
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
            if let ClientEvent::Published { ticket, .. } = event {
                assert!(self.open.remove(&ticket), "Q4: {ticket:?} ends twice");
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
