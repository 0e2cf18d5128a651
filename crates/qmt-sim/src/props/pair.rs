//! A client and a module on an honest line: whatever the broker, the network and the module do,
//! what the client says of its messages is what the broker's other client knows of them.

use core::time::Duration;
use std::collections::HashMap;

use qmt_broker::Broker;
use qmt_modem::{Modem, ModemConfig};
use qmt_mqtt::QoS;
use qmt_session::proto::{Filter, Instant, LinkId, Qos, Topic, limits};
use qmt_session::{
    Buffers, Client, ClientConfig, ClientEvent, LinkPhase, Machine, Outcome, Ticket,
};

use crate::network::broker_time;
use crate::{Network, Peer, link_config};

const LINK: LinkId = LinkId::ALL[0];
/// Longest time from any trouble to a link that is ready: a stuck data mode, opening, a backoff.
const RECOVERY: Duration = Duration::from_secs(900);
/// Steps without progress in time that no healthy pair needs.
const LIVELOCK: usize = 100_000;

/// What happens to a pair.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Op {
    /// The application publishes these bytes, behind a number of its own.
    Publish(Qos, Vec<u8>),
    /// The broker's other client publishes these bytes, behind a number of its own.
    Tell(QoS, Vec<u8>),
    /// So many pieces move on the line.
    Move(u8),
    /// So many milliseconds pass.
    Wait(u32),
    /// The broker ends the connection.
    Drop,
    /// The module is reset.
    Restart,
}

/// P1, P3, Q2, Q4, Q5, Q15 with nothing between the two but pieces of `size` bytes.
///
/// # Panics
/// When one of them does not hold.
pub fn a_pair_agrees(ops: &[Op], config: ModemConfig, size: usize) {
    let (mut rx, mut tx) = ([0; limits::HEX_FRAME], [0; limits::HEX_FRAME]);
    let mut store = [0; 256];
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
    };
    let client = Client::new(ClientConfig::new(), buffers, &mut store);
    let mut pair = Pair::new(client, config, size.max(1));
    pair.recover();
    for op in ops {
        pair.apply(op);
    }
    pair.recover();
    pair.judge();
}

struct Pair<'b> {
    client: Client<'b>,
    network: Network,
    peer: Peer,
    now: Instant,
    size: usize,
    /// Messages of both sides, numbered.
    count: u16,
    /// What the application has published, and how it ended.
    published: Vec<(Ticket, Vec<u8>, Option<Outcome>)>,
    /// What the other client has told, and how often it was heard.
    told: HashMap<Vec<u8>, usize>,
}

impl<'b> Pair<'b> {
    fn new(mut client: Client<'b>, config: ModemConfig, size: usize) -> Self {
        let now = Instant::ZERO;
        let mut broker = Broker::new(qmt_broker::Config::default());
        let mut peer = Peer::connect(&mut broker, broker_time(now), "peer");
        peer.subscribe(&mut broker, broker_time(now), "up", QoS::ExactlyOnce);
        client.handle_timeout(now);
        let filter = Filter::new("down").expect("legal");
        let wish = client.subscribe(now, LINK, filter, Qos::ExactlyOnce);
        wish.expect("room for one");
        let wish = client.connect(now, LINK, &link_config("pair"));
        wish.expect("room for it");
        Self {
            client,
            network: Network::new(Modem::booted(config), broker),
            peer,
            now,
            size,
            count: 0,
            published: Vec::new(),
            told: HashMap::new(),
        }
    }

    fn apply(&mut self, op: &Op) {
        match *op {
            Op::Publish(qos, ref payload) => {
                let (now, payload) = (self.now, self.number(payload));
                let topic = Topic::new("up").expect("legal");
                let client = &mut self.client;
                if let Ok(ticket) = client.publish(now, LINK, qos, false, topic, &payload) {
                    self.published.push((ticket, payload, None));
                }
            }
            Op::Tell(qos, ref payload) => {
                let payload = self.number(payload);
                let Self { peer, network, .. } = self;
                let now = broker_time(self.now);
                peer.publish(&mut network.broker, now, "down", &payload, qos, false);
                self.told.insert(payload, 0);
            }
            Op::Move(pieces) => {
                for _ in 0..pieces {
                    self.step();
                }
            }
            Op::Wait(ms) => {
                let end = Instant::from_millis(self.now.as_millis() + u64::from(ms));
                self.run_to(end, |_| false);
            }
            Op::Drop => self.network.drop_connection(self.now, LINK),
            Op::Restart => self.network.modem.restart(self.now),
        }
    }

    /// Bytes that no other message has.
    fn number(&mut self, payload: &[u8]) -> Vec<u8> {
        self.count += 1;
        let mut numbered = format!("{}:", self.count).into_bytes();
        numbered.extend(payload);
        numbered
    }

    /// The link is ready again, and nothing is in flight (Q15).
    fn recover(&mut self) {
        let end = self.now.saturating_add(RECOVERY);
        self.run_to(end, |pair| {
            let ended = pair.published.iter().all(|(.., end)| end.is_some());
            ended && pair.client.link_phase(LINK) == LinkPhase::Ready
        });
        let phase = self.client.link_phase(LINK);
        assert_eq!(phase, LinkPhase::Ready, "Q15: not ready after {RECOVERY:?}");
        for (ticket, payload, end) in &self.published {
            assert!(
                end.is_some(),
                "Q4: {ticket:?} {} has not ended",
                payload.escape_ascii()
            );
        }
    }

    /// What was said is true, against what the other client has received.
    fn judge(&mut self) {
        // Whatever is on its way arrives.
        let end = self.now.saturating_add(Duration::from_secs(200));
        self.run_to(end, |_| false);
        let received = |payload: &[u8]| {
            self.peer
                .received
                .iter()
                .filter(|(_, p)| p == payload)
                .count()
        };
        for (_, payload, end) in &self.published {
            let (seen, shown) = (received(payload), payload.escape_ascii());
            match end {
                Some(Outcome::Acked(_)) => assert!(seen > 0, "Q5: acked, never seen: {shown}"),
                Some(Outcome::Rejected(_) | Outcome::NotSent(_)) => {
                    assert_eq!(seen, 0, "Q5: {end:?}, and seen: {shown}");
                }
                _ => {}
            }
        }
        for (_, payload) in &self.peer.received {
            let ours = self.published.iter().any(|(_, p, _)| p == payload);
            assert!(ours, "Q2: nobody published {}", payload.escape_ascii());
        }
    }

    fn run_to(&mut self, end: Instant, done: impl Fn(&Self) -> bool) {
        let mut idle = 0;
        while !done(self) {
            if self.step() {
                idle += 1;
                assert!(idle < LIVELOCK, "livelock at {:?}", self.now);
                continue;
            }
            let due = [self.client.poll_timeout(), self.network.poll_timeout()];
            let next = due.into_iter().flatten().min().filter(|next| *next <= end);
            let Some(next) = next else {
                self.now = self.now.max(end);
                return;
            };
            if next > self.now {
                (self.now, idle) = (next, 0);
            } else {
                idle += 1;
                assert!(idle < LIVELOCK, "due for ever at {:?}", self.now);
            }
            self.client.handle_timeout(self.now);
            self.network.handle_timeout(self.now);
        }
    }

    /// Moves a piece each way. Whether anything moved.
    fn step(&mut self) -> bool {
        let mut moved = self.listen();
        let bytes = self.client.poll_transmit();
        let len = bytes.len().min(self.size);
        if len > 0 {
            self.network.modem.handle_input(self.now, &bytes[..len]);
            self.client.handle_transmitted(self.now, len);
            moved = true;
        }
        moved |= self.network.step(self.now);
        let bytes = self.network.modem.poll_transmit();
        let piece = bytes[..bytes.len().min(self.size)].to_vec();
        if !piece.is_empty() {
            let taken = self.client.handle_input(self.now, &piece);
            self.network.modem.handle_transmitted(self.now, taken);
            moved |= taken > 0;
        }
        let now = broker_time(self.now);
        moved | self.peer.run(&mut self.network.broker, now)
    }

    fn listen(&mut self) -> bool {
        let mut moved = false;
        while let Some(event) = self.client.poll_event() {
            moved = true;
            match event {
                ClientEvent::Message(message) => {
                    let heard = self.told.get_mut(message.payload);
                    let shown = message.payload.escape_ascii();
                    *heard.unwrap_or_else(|| panic!("P3: nobody told {shown}")) += 1;
                }
                ClientEvent::Published { ticket, outcome } => {
                    let mut published = self.published.iter_mut();
                    let open = published.find(|(t, _, end)| *t == ticket && end.is_none());
                    let (.., end) = open.unwrap_or_else(|| panic!("Q4: {ticket:?} ends twice"));
                    *end = Some(outcome);
                }
                _ => {}
            }
        }
        moved
    }
}
