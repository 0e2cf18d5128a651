//! The modules that run in this process.

use std::sync::Arc;

use qmt_modem::runner::{Handle, HostMap, Runner, Traffic};
use qmt_modem::{Modem, ModemConfig, Usage};
use tokio::sync::Notify;

use super::done::Condition;
use super::log::{Log, Sink};
use super::port::Port;
use crate::error::CliError;

/// Modules, each with its line.
pub(super) struct Fleet {
    modules: Vec<Module>,
    /// Told whenever something passes over a line.
    traffic: Arc<Notify>,
}

struct Module {
    name: String,
    handle: Handle,
    /// What was used when it was last asked.
    usage: Usage,
}

impl Fleet {
    /// Starts one module on each port, all alike.
    pub(super) fn start(
        ports: Vec<Port>,
        config: &ModemConfig,
        hosts: &HostMap,
        log: Option<&Sink>,
    ) -> Self {
        let traffic = Arc::new(Notify::new());
        let start = |(number, port): (usize, Port)| {
            let mut log = log.map(|sink| Log::new(sink.clone(), number));
            let moved = Arc::clone(&traffic);
            let observer = move |passed: &Traffic<'_>| {
                if let Some(log) = &mut log {
                    log.show(passed);
                }
                moved.notify_one();
            };
            let handle = Runner::new(Modem::new(config.clone()))
                .hosts(hosts.clone())
                .observer(observer)
                .spawn(port.line);
            Module {
                name: port.name,
                handle,
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
                return;
            }
        }
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

    /// Ends the modules, whose sockets say goodbye. Gives what was used, and whether every host had
    /// hung up.
    pub(super) async fn end(self) -> Result<(Usage, bool), CliError> {
        let mut sum = Usage::default();
        let mut hung_up = true;
        let mut failed = None;
        for Module {
            name,
            handle,
            usage,
        } in self.modules
        {
            hung_up &= handle.is_finished();
            match handle.shutdown().await {
                Ok(modem) => sum.add(modem.usage()),
                Err(error) => {
                    sum.add(&usage);
                    failed =
                        failed.or_else(|| Some(CliError::io(format!("{name} failed"), &error)));
                }
            }
        }
        match failed {
            Some(error) => Err(error),
            None => Ok((sum, hung_up)),
        }
    }
}
