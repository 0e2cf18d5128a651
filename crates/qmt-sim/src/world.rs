//! Client, module and broker on one clock.

use core::num::NonZeroU16;
use core::time::Duration;

use qmt_broker::Broker;
use qmt_modem::{Modem, ModemConfig};
use qmt_mqtt::QoS;
use qmt_session::proto::{ClientId, Host, Instant, LinkId, limits};
use qmt_session::{Buffers, Client, ClientConfig, LinkConfig, Machine};

use crate::network::broker_time;
use crate::{Network, Peer, Told};

/// Steps without progress in time that no healthy world needs.
const LIVELOCK: usize = 1_000_000;

/// How a [`World`] is built.
#[derive(Debug)]
#[non_exhaustive]
pub struct WorldConfig {
    /// Of the host.
    pub client: ClientConfig,
    /// Of the module.
    pub modem: ModemConfig,
    /// Of the broker.
    pub broker: qmt_broker::Config,
    /// Bytes in one read or write of the serial line, each way.
    pub chunk: usize,
    /// Whether the module has been running for a while when the host starts.
    pub booted: bool,
}

/// Everything between an application and a broker.
#[derive(Debug)]
pub struct World {
    /// The host.
    pub client: Client<'static>,
    /// The module and the broker.
    pub network: Network,
    /// Everything the client has told.
    pub told: Vec<Told>,
    /// Whether the serial line is cut: what either side sends is lost.
    pub cut: bool,
    /// Every byte on the serial line, host to module.
    pub sent: Vec<u8>,
    /// Every byte on the serial line, module to host.
    pub heard: Vec<u8>,
    now: Instant,
    /// How much of `told` has been looked at by [`run_until`](Self::run_until).
    seen: usize,
    chunk: usize,
    peer: Peer,
}

impl Default for WorldConfig {
    fn default() -> Self {
        Self {
            client: ClientConfig::new(),
            modem: ModemConfig::new(),
            broker: qmt_broker::Config::default(),
            chunk: 64,
            booted: true,
        }
    }
}

/// A link configuration for the broker of a world.
///
/// # Panics
/// When `client_id` is not legal.
pub fn link_config(client_id: &str) -> LinkConfig<'_> {
    let host = Host::new("broker.example").expect("a legal name");
    let client_id = ClientId::new(client_id).expect("a legal client id");
    LinkConfig::new(host, NonZeroU16::new(1883).expect("not 0"), client_id)
}

impl World {
    /// A world at the beginning of time.
    pub fn new(config: WorldConfig) -> Self {
        let now = Instant::ZERO;
        let mut broker = Broker::new(config.broker);
        let peer = Peer::connect(&mut broker, broker_time(now), "peer");
        let mut modem = if config.booted {
            Modem::booted(config.modem)
        } else {
            Modem::new(config.modem)
        };
        if !config.booted {
            modem.power_on(now);
        }
        Self {
            client: new_client(config.client),
            network: Network::new(modem, broker),
            told: Vec::new(),
            cut: false,
            sent: Vec::new(),
            heard: Vec::new(),
            now,
            seen: 0,
            chunk: config.chunk.max(1),
            peer,
        }
    }

    /// The host is reset: a new client knows nothing of what the module does.
    pub fn reset_host(&mut self, config: ClientConfig) {
        self.client = new_client(config);
        self.client.handle_timeout(self.now);
    }

    /// The module is reset, as by its watchdog.
    pub fn reset_module(&mut self) {
        self.network.modem.restart(self.now);
    }

    /// The host hears bytes that no module has sent.
    ///
    /// # Panics
    /// When it does not take them.
    pub fn noise(&mut self, bytes: &[u8]) {
        let taken = self.client.handle_input(self.now, bytes);
        assert_eq!(taken, bytes.len(), "room for noise");
    }

    /// The time.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The other client of the broker publishes.
    pub fn peer_publishes(&mut self, topic: &str, payload: &[u8], qos: QoS, retain: bool) {
        let now = broker_time(self.now);
        let Self { peer, network, .. } = self;
        peer.publish(&mut network.broker, now, topic, payload, qos, retain);
    }

    /// The other client of the broker subscribes.
    pub fn peer_subscribes(&mut self, filter: &str, qos: QoS) {
        let now = broker_time(self.now);
        let Self { peer, network, .. } = self;
        peer.subscribe(&mut network.broker, now, filter, qos);
    }

    /// What the other client of the broker has received since the last call.
    pub fn peer_received(&mut self) -> Vec<(String, Vec<u8>)> {
        core::mem::take(&mut self.peer.received)
    }

    /// The broker ends the connection of a link.
    pub fn drop_connection(&mut self, link: LinkId) {
        self.network.drop_connection(self.now, link);
    }

    /// Runs until something is told that `wanted` picks, after what the last call picked.
    ///
    /// # Panics
    /// When that takes longer than `limit`; shows everything that was told.
    pub fn run_until(&mut self, limit: Duration, wanted: impl Fn(&Told) -> bool) -> Told {
        let end = self.now.saturating_add(limit);
        let mut steps = 0;
        loop {
            while let Some(told) = self.told.get(self.seen) {
                self.seen += 1;
                if wanted(told) {
                    return told.clone();
                }
            }
            let moved = self.step();
            steps += 1;
            let unread = self.seen < self.told.len();
            let stuck = steps > LIVELOCK || !unread && !moved && !self.sleep(end);
            assert!(
                !stuck,
                "not within {limit:?}, now {:?}: {:#?}\nto the module: {}\nto the host: {}",
                self.now,
                self.told,
                self.sent.escape_ascii(),
                self.heard.escape_ascii(),
            );
        }
    }

    /// Runs until nothing moves any more, but not longer than `limit`.
    pub fn settle(&mut self, limit: Duration) {
        let end = self.now.saturating_add(limit);
        for _ in 0..LIVELOCK {
            if !self.step() && !self.sleep(end) {
                return;
            }
        }
        panic!("the world does not come to rest: {:#?}", self.told);
    }

    /// Lets time pass until something is due. False: nothing is, before `end`.
    fn sleep(&mut self, end: Instant) -> bool {
        let due = [self.client.poll_timeout(), self.network.poll_timeout()];
        let Some(next) = due.into_iter().flatten().min().filter(|next| *next <= end) else {
            self.now = end;
            return false;
        };
        self.now = self.now.max(next);
        self.client.handle_timeout(self.now);
        self.network.handle_timeout(self.now);
        true
    }

    /// Moves what can move now. Whether anything did.
    fn step(&mut self) -> bool {
        let mut moved = false;
        while let Some(event) = self.client.poll_event() {
            self.told.push(event.into());
            moved = true;
        }
        moved |= self.move_to_module();
        moved |= self.network.step(self.now);
        moved |= self.move_to_host();
        let now = broker_time(self.now);
        moved | self.peer.run(&mut self.network.broker, now)
    }

    fn move_to_module(&mut self) -> bool {
        let bytes = self.client.poll_transmit();
        let piece = bytes[..bytes.len().min(self.chunk)].to_vec();
        if piece.is_empty() {
            return false;
        }
        if !self.cut {
            self.network.modem.handle_input(self.now, &piece);
        }
        self.client.handle_transmitted(self.now, piece.len());
        self.sent.extend(piece);
        true
    }

    fn move_to_host(&mut self) -> bool {
        let bytes = self.network.modem.poll_transmit();
        let piece = bytes[..bytes.len().min(self.chunk)].to_vec();
        if piece.is_empty() {
            return false;
        }
        let taken = if self.cut {
            piece.len()
        } else {
            self.client.handle_input(self.now, &piece)
        };
        self.network.modem.handle_transmitted(self.now, taken);
        self.heard.extend(&piece[..taken]);
        taken > 0
    }
}

/// A client with memory of its own, for ever.
fn new_client(config: ClientConfig) -> Client<'static> {
    let memory = |len: usize| Box::leak(vec![0; len].into_boxed_slice());
    let buffers = Buffers {
        rx: memory(limits::HEX_FRAME),
        tx: memory(limits::HEX_FRAME),
    };
    Client::new(config, buffers, memory(4096))
}
