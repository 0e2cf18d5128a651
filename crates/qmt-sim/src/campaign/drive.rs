//! Carries out a scenario, and looks at everything that comes of it.

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::catch_unwind;

use qmt_modem::DataModeDelay;
use qmt_session::proto::{Filter, LinkId, Qos, Topic};
use qmt_session::{
    ClientConfig, Counters, IfUnknown, LinkPhase, OutboxId, Outcome, Outgoing, SNAPSHOT_OVERHEAD,
};

use super::scenario::{Body, Scenario, Step, Strike};
use super::{Mode, Row, Signs, Tally};
use crate::memory::OUTBOX;
use crate::oracle::Wish;
use crate::{Memory, Told, WorldConfig, WorldIn, link_config};

mod act;
mod end;
mod look;
mod strike;

/// Steps after which a fault that has shown no sign is not waited for any more.
const PATIENCE: u32 = 30;
/// How long the application waits until a link can publish.
const FREE: Duration = Duration::from_secs(300);
/// Messages in which a repetition is looked for.
const RECENT: usize = 32;

/// How a run went.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What it came to.
    pub tally: Tally,
    /// The first thing that went wrong, if any did.
    pub failure: Option<String>,
    /// A hash of everything that was sent and told, with its time.
    pub hash: u64,
}

/// Runs a scenario in `memory`, which must have room for at least one host.
pub fn run(scenario: &Scenario, mode: Mode, memory: &mut Memory) -> Report {
    run_in_sight(scenario, mode, memory, None)
}

/// As [`run`]; everything is shown to `log` step by step.
pub fn run_in_sight<'s>(
    scenario: &'s Scenario,
    mode: Mode,
    memory: &mut Memory,
    log: Log<'s>,
) -> Report {
    let drive = AssertUnwindSafe(|| Drive::new(scenario, memory, log).run(mode));
    let result = catch_unwind(drive);
    result.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
        let mut tally = Tally::default();
        tally.add("seeds", 1);
        Report {
            tally,
            failure: Some(format!("panic: {}", words.unwrap_or_default())),
            hash: 0,
        }
    })
}

/// Who is shown what happens.
pub type Log<'l> = Option<&'l mut dyn FnMut(String)>;

/// A fault that has struck and shows no sign of having been handled yet.
struct Watch {
    row: Row,
    before: Signs,
    steps: u32,
}

/// A scenario under way.
struct Drive<'s, 'm> {
    scenario: &'s Scenario,
    log: Log<'s>,
    world: WorldIn<'m>,
    signs: Signs,
    watches: Vec<Watch>,
    tally: Tally,
    counters: Counters,
    marks: Marks,
    /// What the application wants: filters of a link and their quality of service.
    wanted: BTreeMap<(u8, u8), Qos>,
    /// What the client was told to have been granted.
    granted: BTreeMap<(u8, u8), bool>,
    /// Payloads of the last messages.
    recent: VecDeque<Vec<u8>>,
    /// Where the outbox outlives its host.
    slots: [Vec<u8>; 2],
    /// Messages that have outlived a host.
    survivors: BTreeSet<OutboxId>,
    /// Messages of the outbox that have not left.
    waiting: BTreeSet<OutboxId>,
    /// Damage for the next payload.
    payload_strikes: Vec<Strike>,
    /// Messages the application has made.
    number: u64,
    /// Payloads with a line feed first: the oracle knows how they end.
    line_feeds: Vec<qmt_session::Ticket>,
}

/// What the oracle has counted of the host's commands, so far as it was looked at.
#[derive(Clone, Copy, Default)]
struct Marks {
    set_again: u32,
    leftovers_closed: u32,
}

fn link_id(link: u8) -> LinkId {
    LinkId::ALL[usize::from(link) % LinkId::COUNT]
}

fn world_config(scenario: &Scenario) -> WorldConfig {
    let mut config = WorldConfig {
        chunk: scenario.chunk.into(),
        baud: scenario.baud,
        delay: Duration::from_millis(scenario.delay.into()),
        booted: scenario.booted,
        client: client_config(scenario),
        ..WorldConfig::default()
    };
    config.modem.quirks = scenario.quirks;
    config.modem.seed = scenario.seed;
    config.broker.seed = scenario.seed;
    config
}

fn client_config(scenario: &Scenario) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.jitter_seed = (scenario.seed as u32) | 1;
    // What an application has to know of its module.
    config.session.capabilities.esc_cancels = scenario.quirks.esc_cancels_counted;
    if scenario.quirks.publish_in_flight == qmt_modem::PublishInFlight::Module {
        config.session.capabilities.publish_in_flight = qmt_session::PublishInFlight::Module;
    }
    if scenario.quirks.data_mode_delay == DataModeDelay::HalfSecond {
        config.session.prompt_guard = Duration::from_millis(500);
    }
    config
}

impl<'s, 'm> Drive<'s, 'm> {
    fn new(scenario: &'s Scenario, memory: &'m mut Memory, log: Log<'s>) -> Self {
        let mut world = WorldIn::within(world_config(scenario), memory);
        world.oracle.forgives = scenario.lies();
        world.oracle.knows_all = true;
        world.to_module.gathers = true;
        world.to_host.gathers = true;
        let size = OUTBOX + SNAPSHOT_OVERHEAD;
        let mut drive = Self {
            scenario,
            log,
            world,
            signs: Signs::default(),
            watches: Vec::new(),
            tally: Tally::default(),
            counters: Counters::default(),
            marks: Marks::default(),
            wanted: BTreeMap::new(),
            granted: BTreeMap::new(),
            recent: VecDeque::new(),
            slots: [vec![0xFF; size], vec![0xFF; size]],
            survivors: BTreeSet::new(),
            waiting: BTreeSet::new(),
            payload_strikes: Vec::new(),
            number: 0,
            line_feeds: Vec::new(),
        };
        // What is wanted first is wanted before the links are opened.
        for step in &scenario.steps {
            let Step::Subscribe { link, filter, qos } = *step else {
                break;
            };
            let wish = (drive.one_of(link), filter % FILTERS);
            drive.wanted.insert(wish, act::quality(qos));
        }
        drive.start();
        drive
    }

    fn links(&self) -> impl Iterator<Item = u8> + use<> {
        0..self.scenario.links
    }

    /// The application starts: it wants all links and what it wanted of them before.
    fn start(&mut self) {
        self.subscribe_all(None);
        for link in self.links() {
            self.connect(link);
        }
    }

    /// Tells the client what is wanted on a link, or on all.
    fn subscribe_all(&mut self, only: Option<u8>) {
        let wanted = self.wanted.iter();
        for (&(link, filter), &qos) in
            wanted.filter(|((link, _), _)| only.is_none_or(|l| l == *link))
        {
            let name = self.scenario.filter_name(link, filter);
            let filter = Filter::new(&name).expect("a legal filter");
            let now = self.world.now();
            let subscribed = self.world.client.subscribe(now, link_id(link), filter, qos);
            subscribed.expect("room for a few filters");
        }
    }

    fn connect(&mut self, link: u8) {
        let name = format!("c{link}");
        let config = link_config(&name);
        let now = self.world.now();
        // Refused while the link is on its way to be closed: it is tried again later.
        let _ = self.world.client.connect(now, link_id(link), &config);
    }

    fn run(mut self, mode: Mode) -> Report {
        let scenario = self.scenario;
        for step in &scenario.steps {
            if let Some(log) = &mut self.log {
                log(format!("{:?} {step}", self.world.now()));
            }
            self.step(step);
            self.look();
            self.watches.retain_mut(|watch| {
                watch.steps += 1;
                watch.steps < PATIENCE
            });
            if !self.world.oracle.broken().is_empty() {
                break;
            }
        }
        let failure = match self.world.oracle.broken().is_empty() {
            true => self.end(mode).err(),
            false => None,
        };
        self.look();
        let broken = self.world.oracle.broken().first().map(ToString::to_string);
        let failure = broken.or(failure).map(|story| short(&story));
        let hash = self.world.trace.hash();
        let sums = [
            ("seeds", 1),
            ("virtual_ms", self.world.now().as_millis()),
            ("forgiven", self.world.oracle.forgiven()),
            ("hash", hash),
        ];
        for (name, sum) in sums {
            self.tally.add(name, sum);
        }
        Report {
            tally: self.tally,
            failure,
            hash,
        }
    }
}

/// Filters of a link.
const FILTERS: u8 = 3;

impl Scenario {
    /// Links that are to receive in hex have a wildcard.
    fn filter_name(&self, link: u8, filter: u8) -> String {
        match (self.hex >> link & 1, filter) {
            (1, 1) => format!("w/{link}/#"),
            _ => format!("d/{link}/{filter}"),
        }
    }
}

/// The beginning of a story: payloads make it long.
fn short(story: &str) -> String {
    const MOST: usize = 240;
    let end = (0..=MOST.min(story.len())).rfind(|at| story.is_char_boundary(*at));
    story[..end.unwrap_or_default()].to_owned()
}
