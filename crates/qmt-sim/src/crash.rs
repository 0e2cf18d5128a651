//! The power goes at every step of an outbox's work: no message that was durably accepted is lost.
//!
//! A host publishes messages through its outbox and writes a snapshot whenever one is due. Its
//! power goes after a given number of steps: bytes sent to the module, reads from it, bytes of a
//! snapshot written, messages enqueued. Another host comes up with nothing but the two slots, in
//! whatever state they are, while module and broker have gone on. In the end the broker's other
//! client says how often it has received each message. All messages travel in envelopes, so it
//! knows duplicates from messages.

use core::time::Duration;
use std::collections::BTreeMap;

use qmt_broker::{Broker, FaultRule};
use qmt_modem::{Modem, ModemConfig};
use qmt_mqtt::QoS;
use qmt_session::envelope::{Envelope, Novelty, Seen, Source};
use qmt_session::proto::{Instant, LinkId, Qos, Topic, limits};
use qmt_session::{
    Buffers, Client, ClientConfig, ClientEvent, IfUnknown, LinkPhase, Machine, OutboxId, Outgoing,
    SNAPSHOT_OVERHEAD,
};

use crate::network::broker_time;
use crate::{Network, Peer, link_config};

const LINK: LinkId = LinkId::ALL[0];
const TOPIC: &str = "up";
const SOURCE: u32 = 1;
/// Memory of the outbox: three messages of the test and a bit.
const OUTBOX: usize = 120;
/// Steps without end that no healthy run needs.
const LIVELOCK: usize = 1_000_000;
/// Longest time one life may take: a minute of silence, a broker's patience, waits between.
const LIFETIME: Duration = Duration::from_secs(1800);

/// What many runs came to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Figures {
    /// Runs, each with one crash at another step, or two.
    pub runs: u64,
    /// Losses of power.
    pub crashes: u64,
    /// Messages that were durably accepted.
    pub durable: u64,
    /// Messages delivered more than once.
    pub duplicates: u64,
    /// Publishes whose outcome was unknown.
    pub unknowns: u64,
    /// Slots that were found damaged.
    pub torn: u64,
}

impl Figures {
    /// Adds what other runs came to.
    pub fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.crashes += other.crashes;
        self.durable += other.durable;
        self.duplicates += other.duplicates;
        self.unknowns += other.unknowns;
        self.torn += other.torn;
    }
}

/// Crashes at every step of publishing `messages` messages with `qos`; every run another time at a step of
/// its recovery that `seed` picks, so that over all runs these are at every step as well. In two of
/// three runs the broker loses an acknowledgement, or ends the connection instead.
///
/// # Panics
/// When a durably accepted message is lost, one is delivered more often than its crashes and
/// unknown outcomes explain, or something else is delivered.
pub fn every_step(messages: usize, qos: Qos, seed: u64) -> Figures {
    let mut figures = Figures::default();
    let mut draw = seed | 1;
    for first in 1.. {
        // SplitMix64, as good as any here.
        draw = draw.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (draw ^ (draw >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40;
        let second = 1 + mixed % 1500;
        let which = 1 + mixed / 8 % 4;
        // What the last packet of the exchange is.
        let answer = match qos {
            Qos::ExactlyOnce => ["PUBREC", "PUBCOMP"][which as usize % 2],
            _ => "PUBACK",
        };
        let fault = match mixed % 3 {
            0 => format!("lose@{answer}#{which}"),
            1 => format!("close-instead@{answer}#{which}"),
            _ => String::new(),
        };
        let run = crash_at(messages, qos, &[first, second], &fault);
        figures.add(run);
        if run.crashes == 0 {
            return figures;
        }
    }
    unreachable!("some run ends before its crash")
}

/// Publishes `messages` messages; the power of each host but the last goes after as many steps as
/// `crashes` says, and the broker does wrong as the [rule](FaultRule) `fault` says, if it is not
/// empty.
///
/// # Panics
/// As [`every_step`].
pub fn crash_at(messages: usize, qos: Qos, crashes: &[u64], fault: &str) -> Figures {
    let mut ground = Ground::new(messages, qos);
    if !fault.is_empty() {
        let rule: FaultRule = fault.parse().expect("a rule");
        ground.network.broker.add_fault(rule);
    }
    let mut powers = crashes.iter().copied();
    loop {
        let power = powers.next();
        let mut battery = Battery(power.unwrap_or(u64::MAX));
        if live(&mut ground, &mut battery).is_ok() {
            break;
        }
        ground.figures.crashes += 1;
        ground.buried = ground.enqueued;
        // Bytes on their way to the host that died are heard by nobody.
        let len = ground.network.modem.poll_transmit().len();
        ground.network.modem.handle_transmitted(ground.now, len);
    }
    ground.settle();
    ground.judge(crashes, fault)
}

/// What goes on while hosts come and go.
struct Ground {
    network: Network,
    peer: Peer,
    now: Instant,
    slots: [Vec<u8>; 2],
    /// Messages to be published.
    messages: usize,
    /// How.
    qos: Qos,
    /// How many of them have been enqueued.
    enqueued: usize,
    /// How many of them were enqueued by hosts that have died.
    buried: usize,
    /// Messages in a snapshot that was written to its end.
    durable: Vec<bool>,
    /// For each message, how often its outcome was unknown.
    unknowns: Vec<u64>,
    /// Which message an identifier stands for.
    names: BTreeMap<OutboxId, usize>,
    figures: Figures,
}

/// The power is gone.
struct Dark;

/// How many steps there is power for.
struct Battery(u64);

impl Battery {
    fn spend(&mut self) -> Result<(), Dark> {
        self.0 = self.0.checked_sub(1).ok_or(Dark)?;
        Ok(())
    }
}

impl Ground {
    fn new(messages: usize, qos: Qos) -> Self {
        let now = Instant::ZERO;
        let mut broker = Broker::new(qmt_broker::Config::default());
        let mut peer = Peer::connect(&mut broker, broker_time(now), "peer");
        peer.subscribe(&mut broker, broker_time(now), "#", QoS::ExactlyOnce);
        let size = OUTBOX + SNAPSHOT_OVERHEAD;
        Self {
            network: Network::new(Modem::booted(ModemConfig::new()), broker),
            peer,
            now,
            slots: [vec![0xFF; size], vec![0xFF; size]],
            messages,
            qos,
            enqueued: 0,
            buried: 0,
            durable: vec![false; messages],
            unknowns: vec![0; messages],
            names: BTreeMap::new(),
            figures: Figures {
                runs: 1,
                ..Figures::default()
            },
        }
    }

    /// Everything behind the serial line comes to rest, up to what was still on its way.
    fn settle(&mut self) {
        for _ in 0..LIVELOCK {
            let moved = self.network.step(self.now)
                | self
                    .peer
                    .run(&mut self.network.broker, broker_time(self.now));
            if !moved {
                return;
            }
        }
        panic!("the network does not come to rest");
    }

    fn judge(mut self, crashes: &[u64], fault: &str) -> Figures {
        let mut delivered = vec![0_u64; self.messages];
        let mut sources = [Source::default()];
        let mut seen = Seen::new(&mut sources);
        for (topic, payload) in &self.peer.received {
            let envelope = Envelope::open(topic.as_bytes(), payload);
            let Ok(Envelope {
                source: SOURCE,
                sequence,
                ..
            }) = envelope
            else {
                let payload = payload.escape_ascii();
                panic!("{crashes:?} {fault}: nobody published {payload} to {topic}");
            };
            let times = &mut delivered[sequence as usize];
            let novelty = match *times {
                0 => Novelty::New,
                _ => Novelty::Duplicate,
            };
            assert_eq!(seen.note(SOURCE, sequence), novelty, "{crashes:?} {fault}");
            *times += 1;
        }
        for (number, &times) in delivered.iter().enumerate() {
            let durable = self.durable[number];
            assert!(
                times > 0 || !durable,
                "{crashes:?} {fault}: message {number} is lost"
            );
            let most = 1 + self.figures.crashes + self.unknowns[number];
            assert!(
                times <= most,
                "{crashes:?} {fault}: message {number} came {times} times, at most {most} are explained"
            );
            self.figures.durable += u64::from(durable);
            self.figures.duplicates += u64::from(times > 1);
        }
        self.figures.unknowns = self.unknowns.iter().sum();
        self.figures
    }
}

/// The life of one host, until everything has left the outbox or the power goes.
fn live(ground: &mut Ground, battery: &mut Battery) -> Result<(), Dark> {
    let (mut rx, mut tx) = ([0; limits::TEXT_FRAME], [0; 256]);
    let (mut store, mut outbox) = ([0; 128], [0; OUTBOX]);
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
    };
    let mut config = ClientConfig::new();
    config.backoff = (Duration::from_secs(1), Duration::from_secs(8));
    let mut client = Client::new(config, buffers, &mut store).with_outbox(&mut outbox);
    let [a, b] = &ground.slots;
    let restored = client.restore(ground.now, [a, b]);
    let restored = restored.expect("one slot is whole at any time");
    ground.figures.torn += u64::from(restored.damaged);
    let link = link_config("me");
    let connected = client.connect(ground.now, LINK, &link);
    connected.expect("a legal link");
    let end = ground.now.saturating_add(LIFETIME);
    for _ in 0..LIVELOCK {
        let mut moved = enqueue(ground, &mut client, battery)?;
        moved |= hear_events(ground, &mut client);
        moved |= write_snapshot(ground, &mut client, battery)?;
        moved |= talk(ground, &mut client, battery)?;
        moved |= ground.network.step(ground.now);
        let now = broker_time(ground.now);
        moved |= ground.peer.run(&mut ground.network.broker, now);
        if moved {
            continue;
        }
        if ground.enqueued == ground.messages && client.outbox_len() == 0 {
            return Ok(());
        }
        let due = [client.poll_timeout(), ground.network.poll_timeout()];
        let due = due.into_iter().flatten().min();
        ground.now = due.expect("something is due").max(ground.now);
        assert!(ground.now <= end, "a life that does not come to its end");
        client.handle_timeout(ground.now);
        ground.network.handle_timeout(ground.now);
    }
    panic!("a life that does not come to its end");
}

/// The application's part: one message after the other, as long as there is room.
fn enqueue(
    ground: &mut Ground,
    client: &mut Client<'_>,
    battery: &mut Battery,
) -> Result<bool, Dark> {
    if ground.enqueued == ground.messages || client.link_phase(LINK) != LinkPhase::Ready {
        return Ok(false);
    }
    let mut sealed = [0; 64];
    let envelope = Envelope {
        source: SOURCE,
        sequence: ground.enqueued as u32,
        payload: b"message",
    };
    let message = Outgoing {
        link: LINK,
        topic: Topic::new(TOPIC).expect("a legal topic"),
        payload: envelope.seal(TOPIC, &mut sealed).expect("room"),
        qos: ground.qos,
        retain: false,
        if_unknown: IfUnknown::Republish,
    };
    let Ok(id) = client.enqueue(ground.now, &message) else {
        return Ok(false);
    };
    ground.names.insert(id, ground.enqueued);
    ground.enqueued += 1;
    battery.spend()?;
    Ok(true)
}

fn hear_events(ground: &mut Ground, client: &mut Client<'_>) -> bool {
    let mut heard = false;
    while let Some(event) = client.poll_event() {
        heard = true;
        if let ClientEvent::Republishing { id, .. } = event {
            ground.unknowns[ground.names[&id]] += 1;
        }
    }
    heard
}

/// Writes a snapshot byte by byte; the power may go in between.
fn write_snapshot(
    ground: &mut Ground,
    client: &mut Client<'_>,
    battery: &mut Battery,
) -> Result<bool, Dark> {
    if !client.snapshot_due() {
        return Ok(false);
    }
    let mut out = [0; OUTBOX + SNAPSHOT_OVERHEAD];
    let snapshot = client.snapshot(&mut out).expect("room for a snapshot");
    let slot = &mut ground.slots[snapshot.slot];
    battery.spend()?;
    slot.fill(0xFF);
    for (place, byte) in slot.iter_mut().zip(snapshot.bytes) {
        battery.spend()?;
        *place = *byte;
    }
    // Now the application tells whoever wanted the messages that they are safe.
    ground.durable[ground.buried..ground.enqueued].fill(true);
    Ok(true)
}

/// One byte to the module, everything it has said to the host.
fn talk(ground: &mut Ground, client: &mut Client<'_>, battery: &mut Battery) -> Result<bool, Dark> {
    let mut moved = false;
    let ready = client.link_phase(LINK) == LinkPhase::Ready || ground.enqueued > 0;
    if let Some(&byte) = client.poll_transmit().first() {
        // The way up to the first message is the same in every run.
        if ready {
            battery.spend()?;
        }
        ground.network.modem.handle_input(ground.now, &[byte]);
        client.handle_transmitted(ground.now, 1);
        moved = true;
    }
    let said = ground.network.modem.poll_transmit().to_vec();
    if !said.is_empty() {
        if ready {
            battery.spend()?;
        }
        let taken = client.handle_input(ground.now, &said);
        ground.network.modem.handle_transmitted(ground.now, taken);
        moved |= taken > 0;
    }
    Ok(moved)
}
