//! The modules that run in this process.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use qmt_modem::runner::{Handle, HostMap, Runner, Traffic, WireHandle};
use qmt_modem::{FaultCounts, FaultKind, Modem, ModemConfig, Usage};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::control::Seat;
use super::done::Condition;
use super::log::{Log, Sink};
use super::port::Port;
use crate::error::CliError;
use crate::tap::Tap;

/// How long a line is silent when its host has read everything.
const QUIET: Duration = Duration::from_millis(300);

/// Modules, each with its line.
pub(super) struct Fleet {
    modules: Vec<Module>,
    /// Told whenever something passes over a line.
    traffic: Arc<Notify>,
}

struct Module {
    name: String,
    handle: Handle,
    wire: Option<WireHandle>,
    /// What was used when it was last asked.
    usage: Usage,
}

impl Fleet {
    /// Starts one module on each port, all alike but for the seed, which is one higher for each.
    pub(super) fn start(
        ports: Vec<Port>,
        config: &ModemConfig,
        hosts: &HostMap,
        log: Option<&Sink>,
        recordings: Vec<Tap>,
    ) -> Self {
        let traffic = Arc::new(Notify::new());
        let mut recordings = recordings.into_iter();
        let start = |(number, port): (usize, Port)| {
            let recording = recordings.next();
            let wanted = log.is_some() || recording.is_some();
            let mut log = wanted.then(|| Log::new(log.cloned(), recording, number));
            let moved = Arc::clone(&traffic);
            let observer = move |passed: &Traffic<'_>| {
                if let Some(log) = &mut log {
                    log.show(passed);
                }
                moved.notify_one();
            };
            let mut config = config.clone();
            config.seed = config.seed.wrapping_add(number as u64);
            let handle = Runner::new(Modem::new(config))
                .hosts(hosts.clone())
                .observer(observer)
                .spawn(port.line);
            Module {
                name: port.name,
                handle,
                wire: port.wire,
                usage: Usage::default(),
            }
        };
        let modules = ports.into_iter().enumerate().map(start).collect();
        Self { modules, traffic }
    }

    /// Where the modules are found.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.modules.iter().map(|module| &*module.name)
    }

    /// Ways to the modules and their lines.
    pub(super) fn seats(&self) -> Vec<Seat> {
        let seat = |module: &Module| Seat {
            remote: module.handle.remote(),
            wire: module.wire.clone(),
        };
        self.modules.iter().map(seat).collect()
    }

    /// Waits until every line has ended, or until all of `conditions` are true if there are any.
    /// Cancel-safe.
    pub(super) async fn run(&mut self, conditions: &[Condition]) {
        loop {
            let ended = async {
                for module in &self.modules {
                    module.handle.ended().await;
                }
            };
            tokio::select! {
                () = ended => return,
                () = self.traffic.notified(), if !conditions.is_empty() => {}
            }
            let usage = self.ask().await;
            if conditions
                .iter()
                .all(|condition| condition.is_met(&usage, false))
            {
                return self.let_read().await;
            }
        }
    }

    /// Gives the hosts time to read what brought the end: a pseudo-terminal that closes takes with
    /// it what was not read.
    async fn let_read(&self) {
        let quiet = async { while timeout(QUIET, self.traffic.notified()).await.is_ok() {} };
        // A host that never stops talking is no reason to go on for ever.
        let _ = timeout(QUIET * 10, quiet).await;
    }

    /// What was used up to now.
    async fn ask(&mut self) -> Usage {
        let mut sum = Usage::default();
        for module in &mut self.modules {
            let asked = module.handle.ask(|_, modem| modem.usage().clone()).await;
            if let Some(usage) = asked {
                module.usage = usage;
            }
            sum.add(&module.usage);
        }
        sum
    }

    /// Ends the modules, whose sockets say goodbye.
    pub(super) async fn end(self) -> Result<Outcome, CliError> {
        let mut outcome = Outcome {
            usage: Usage::default(),
            faults: BTreeMap::new(),
            hung_up: true,
        };
        let mut failed = None;
        for module in self.modules {
            outcome.hung_up &= module.handle.is_finished();
            if let Some(wire) = module.wire {
                outcome.count(&wire.faults());
            }
            match module.handle.shutdown().await {
                Ok(modem) => {
                    outcome.usage.add(modem.usage());
                    outcome.count(&modem.snapshot().faults);
                }
                Err(error) => {
                    outcome.usage.add(&module.usage);
                    let name = module.name;
                    failed.get_or_insert_with(|| CliError::io(format!("{name} failed"), &error));
                }
            }
        }
        failed.map_or(Ok(outcome), Err)
    }
}

/// What came of all modules together.
pub(super) struct Outcome {
    pub(super) usage: Usage,
    /// How often each fault was done.
    pub(super) faults: BTreeMap<FaultKind, u64>,
    /// Whether every host had hung up.
    pub(super) hung_up: bool,
}

impl Outcome {
    fn count(&mut self, counts: &FaultCounts) {
        for (kind, count) in counts.iter() {
            *self.faults.entry(kind).or_default() += count;
        }
    }
}
