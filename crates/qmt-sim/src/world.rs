//! Client, module and broker on one clock.

use core::time::Duration;

use qmt_broker::Broker;
use qmt_modem::Modem;
use qmt_mqtt::QoS;
use qmt_session::proto::{Instant, LinkId, Qos, Topic};
use qmt_session::{Client, ClientConfig, LineError, Machine, Refusal, Restored, Ticket};

use crate::memory::{Memory, Sets};
use crate::network::broker_time;
use crate::oracle::{Oracle, Wish};
use crate::trace::Trace;
use crate::wire::Wire;
use crate::{Network, Peer, Reach, Told};

mod config;
mod step;

pub use config::{WorldConfig, link_config};

/// Steps without progress in time that no healthy world needs.
const LIVELOCK: usize = 1_000_000;

/// A world in memory of its own.
pub type World = WorldIn<'static>;

/// Everything between an application and a broker, in memory that can be used again.
///
/// The [oracle](Self::oracle) watches all of it and knows what was true.
#[derive(Debug)]
pub struct WorldIn<'m> {
    /// The host.
    pub client: Client<'m>,
    /// The module and the broker.
    pub network: Network,
    /// The serial line to the module.
    pub to_module: Wire,
    /// The serial line to the host.
    pub to_host: Wire,
    /// Everything the client has told.
    pub told: Vec<Told>,
    /// Who knows what is true, and compares.
    pub oracle: Oracle,
    /// Whether the serial line is cut: what either side sends is lost.
    pub cut: bool,
    /// Until when the host does nothing at all.
    away_until: Instant,
    /// Every byte on the serial line, host to module, before any damage.
    pub sent: Vec<u8>,
    /// Every byte on the serial line, module to host, before any damage.
    pub heard: Vec<u8>,
    /// A hash of everything with its time, and the order of what was sent and heard.
    pub trace: Trace,
    now: Instant,
    /// Bursts of noise and errors of the line so far.
    intruded: u64,
    /// Lies so far, that the oracle knows of.
    lies: u64,
    /// Whether the client has told everything, and nothing has happened to it since.
    heard_out: bool,
    /// How much of `told` has been looked at by [`run_until`](Self::run_until).
    seen: usize,
    triggers: Vec<Trigger>,
    peer: Peer,
    memory: Sets<'m>,
}

/// One of the two directions of the serial line, named after who listens.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Side {
    /// Host to module.
    Module,
    /// Module to host.
    Host,
}

/// What can be made to happen between two bytes of the serial line.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Act {
    /// The module is reset.
    ResetModule,
    /// The broker ends the connection of a link.
    DropConnection(LinkId),
    /// The host's UART reports an error.
    LineError(LineError),
    /// The host hears bytes that no module has sent.
    Noise(Vec<u8>),
    /// Nothing moves in this direction for so long.
    Stall(Duration),
}

#[derive(Debug)]
struct Trigger {
    side: Side,
    at: u64,
    act: Act,
}

impl WorldIn<'static> {
    /// A world at the beginning of time, in memory that is never given back.
    pub fn new(config: WorldConfig) -> Self {
        WorldIn::within(config, Box::leak(Box::new(Memory::new(2))))
    }
}

impl<'m> WorldIn<'m> {
    /// A world at the beginning of time.
    ///
    /// # Panics
    /// When there is no set of buffers for the host.
    pub fn within(config: WorldConfig, memory: &'m mut Memory) -> Self {
        let now = Instant::ZERO;
        let mut broker = Broker::new(config.broker);
        let peer = Peer::connect(&mut broker, broker_time(now), "peer");
        let mut modem = if config.booted {
            Modem::booted(config.modem)
        } else {
            Modem::new(config.modem)
        };
        modem.keep_journal();
        if !config.booted {
            modem.power_on(now);
        }
        let mut network = Network::new(modem, broker);
        network.delay = config.delay;
        let mut memory = memory.sets();
        Self {
            client: memory.client(config.client).expect("a set of buffers"),
            network,
            to_module: Wire::new(config.baud, config.chunk.max(1)),
            to_host: Wire::new(config.baud, config.chunk.max(1)),
            told: Vec::new(),
            oracle: Oracle::default(),
            cut: false,
            away_until: now,
            sent: Vec::new(),
            heard: Vec::new(),
            trace: Trace::default(),
            now,
            intruded: 0,
            lies: 0,
            heard_out: false,
            seen: 0,
            triggers: Vec::new(),
            peer,
            memory,
        }
    }

    /// What was sent without the other side speaking in between, with the number of its first
    /// byte, in the order of time.
    pub fn dialogue(&self) -> Vec<(Side, usize, &[u8])> {
        self.trace.pieces(&self.sent, &self.heard)
    }

    /// The time.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The host is reset: a new client knows nothing of what the module does.
    ///
    /// # Panics
    /// When there is no further set of buffers.
    pub fn reset_host(&mut self, config: ClientConfig) {
        self.client = self.memory.client(config).expect("a set of buffers");
        self.oracle.on_host_reset(self.now, false);
        self.client.handle_timeout(self.now);
    }

    /// The host loses its power; the next one has nothing but the two slots of its outbox.
    ///
    /// # Panics
    /// When there is no further set of buffers, or the slots cannot be read.
    pub fn restart_host(&mut self, config: ClientConfig, slots: [&[u8]; 2]) -> Restored {
        self.client = self.memory.client(config).expect("a set of buffers");
        self.oracle.on_host_reset(self.now, true);
        self.client.restore(self.now, slots).expect("a whole slot")
    }

    /// How many hosts there can still be after this one.
    pub fn hosts_left(&self) -> usize {
        self.memory.left()
    }

    /// The host does nothing for so long, while everything else goes on.
    pub fn host_is_away(&mut self, time: Duration) {
        self.away_until = self.now.saturating_add(time);
        self.oracle.on_host_away(time);
    }

    /// Everything told since the last call.
    pub fn take_told(&mut self) -> Vec<Told> {
        self.seen = 0;
        core::mem::take(&mut self.told)
    }

    /// Forgets what was sent and heard so far, but for the [hash](Trace::hash) of it.
    pub fn forget_bytes(&mut self) {
        self.sent.clear();
        self.heard.clear();
        self.trace.forget();
    }

    /// From now on nothing goes wrong any more on the line, in the module and at the broker.
    pub fn heal(&mut self) {
        self.cut = false;
        self.to_module.heal();
        self.to_host.heal();
        self.triggers.clear();
        self.network.modem.recover(self.now);
        self.network.broker.clear_faults();
        self.network.lost = [false; LinkId::COUNT];
        self.network.reach = Reach::Good;
    }

    /// The module is reset, as by its watchdog.
    pub fn reset_module(&mut self) {
        self.network.modem.restart(self.now);
    }

    /// The application resets the module, as [`Remedy::HardReset`](qmt_session::Remedy) asks for.
    pub fn reset_module_for_host(&mut self) {
        self.reset_module();
        self.oracle.on_module_reset();
        self.client.handle_reset(self.now);
    }

    /// The host hears bytes that no module has sent.
    ///
    /// # Panics
    /// When it does not take them.
    pub fn noise(&mut self, bytes: &[u8]) {
        self.intruded += 1;
        self.heard_out = false;
        let taken = self.client.handle_input(self.now, bytes);
        assert_eq!(taken, bytes.len(), "room for noise");
    }

    /// `act` happens before byte `at` of the line that `side` listens to.
    pub fn trigger(&mut self, side: Side, at: u64, act: Act) {
        self.triggers.push(Trigger { side, at, act });
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

    /// Publishes, and tells the oracle what was meant.
    ///
    /// # Errors
    /// As [`Client::publish`].
    pub fn publish(
        &mut self,
        link: LinkId,
        qos: Qos,
        topic: Topic<'_>,
        payload: &[u8],
    ) -> Result<Ticket, Refusal> {
        let ticket = self
            .client
            .publish(self.now, link, qos, false, topic, payload)?;
        let wish = Wish::new(link, qos, topic.as_str(), payload);
        self.oracle.on_wish(self.now, ticket, wish);
        Ok(ticket)
    }

    /// Runs until something is told that `wanted` picks, after what the last call picked.
    ///
    /// # Panics
    /// When that takes longer than `limit`; shows everything that was told.
    pub fn run_until(&mut self, limit: Duration, wanted: impl Fn(&Told) -> bool) -> Told {
        self.wait_for(limit, wanted).unwrap_or_else(|| {
            panic!(
                "not within {limit:?}, now {:?}: {:#?}\nto the module: {}\nto the host: {}",
                self.now,
                self.told,
                self.sent.escape_ascii(),
                self.heard.escape_ascii(),
            )
        })
    }

    /// As [`run_until`](Self::run_until), or `None` when that takes longer than `limit`.
    pub fn wait_for(&mut self, limit: Duration, wanted: impl Fn(&Told) -> bool) -> Option<Told> {
        let mut found = None;
        let mut look = |world: &mut Self| {
            while let Some(told) = world.told.get(world.seen) {
                world.seen += 1;
                if wanted(told) {
                    found = Some(told.clone());
                    return true;
                }
            }
            false
        };
        self.run_while(limit, |world| !look(world));
        found
    }

    /// Runs while `condition` holds. False: it still held after `limit`.
    ///
    /// # Panics
    /// When the world goes round in circles.
    pub fn run_while(
        &mut self,
        limit: Duration,
        mut condition: impl FnMut(&mut Self) -> bool,
    ) -> bool {
        let end = self.now.saturating_add(limit);
        let mut idle = 0;
        // Whoever owns the world may have asked something of the client.
        self.heard_out = false;
        while condition(self) {
            if self.step() {
                idle += 1;
            } else if self.sleep(end) {
                idle = 0;
            } else {
                return !condition(self);
            }
            assert!(
                idle < LIVELOCK,
                "livelock at {:?}: {:#?}",
                self.now,
                self.told
            );
        }
        true
    }

    /// Runs until nothing moves any more, but not longer than `limit`.
    pub fn settle(&mut self, limit: Duration) {
        self.run_while(limit, |_| true);
    }
}
