//! When the line cannot be trusted: silence first, then a probe that no late answer satisfies.
//!
//! A bare `AT` would be satisfied by the late `OK` of any command. The probes are two test
//! commands with different answers, taken in turn, so that not even the late answer of the probe
//! before passes for that of the next one.

use core::time::Duration;

use qmt_proto::{Instant, LinkId, Name, limits};

use crate::SessionConfig;

/// Probes without an answer before the module is called unresponsive.
const PATIENCE: u8 = 5;

/// The state of trust in the line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quarantine {
    stage: Stage,
    /// Which probe is next.
    probe: Probe,
    /// Probes sent in a row without an answer.
    failed: u8,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// The line is trusted.
    Clear,
    /// The module may be in data mode: not a byte is sent until it says `OK` or `ERROR`, or its
    /// time for data is over.
    DataMode { until: Instant },
    /// Waits for the line to be silent.
    Silence { until: Instant },
    /// A probe is being sent, `sent` bytes of it are on the line.
    Sending { sent: usize },
    /// The answer to a probe is awaited. `seen`: its line has come, its `OK` has not.
    Asked { until: Instant, seen: bool },
}

/// A test command with an answer of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Probe {
    Close,
    Disconnect,
}

/// What a tick of the clock did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tick {
    /// Nothing to tell.
    Quiet,
    /// Several probes have gone without an answer.
    Unresponsive,
}

impl Quarantine {
    pub(crate) const fn new() -> Self {
        Self {
            stage: Stage::Clear,
            probe: Probe::Close,
            failed: 0,
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        self.stage != Stage::Clear
    }

    /// The line is not trusted from now on. `data_mode`: the module may be waiting for payload.
    pub(crate) fn enter(&mut self, now: Instant, data_mode: bool, config: &SessionConfig) {
        if let Stage::DataMode { .. } = self.stage {
            return;
        }
        self.stage = if data_mode {
            let wait = Duration::from_millis(limits::DATA_MODE_MS) + config.margin;
            Stage::DataMode {
                until: now.saturating_add(wait),
            }
        } else {
            Stage::Silence {
                until: now.saturating_add(config.gap),
            }
        };
    }

    /// Bytes have come: silence begins anew.
    pub(crate) fn on_bytes(&mut self, now: Instant, config: &SessionConfig) {
        if let Stage::Silence { until } = &mut self.stage {
            *until = now.saturating_add(config.gap);
        }
    }

    /// A final result code has come: the module is not in data mode. True: the probe has passed.
    pub(crate) fn on_final(&mut self, now: Instant, ok: bool, config: &SessionConfig) -> bool {
        match self.stage {
            Stage::DataMode { .. } => {
                self.stage = Stage::Silence {
                    until: now.saturating_add(config.gap),
                };
            }
            Stage::Asked { seen: true, .. } if ok => {
                *self = Self {
                    stage: Stage::Clear,
                    failed: 0,
                    ..*self
                };
                return true;
            }
            // A late answer, or the answer to what the CR in front of the probe has ended.
            _ => {}
        }
        false
    }

    /// A test answer of `name` has come with `values`. Whether it is the one of this probe.
    pub(crate) fn on_test_answer(&mut self, name: &str, values: &[u8]) -> bool {
        match &mut self.stage {
            Stage::Asked { seen, .. }
                if name == self.probe.name().as_str() && values == EXPECTED.as_bytes() =>
            {
                *seen = true;
                true
            }
            _ => false,
        }
    }

    /// The framing was violated again.
    pub(crate) fn on_violation(&mut self, now: Instant, config: &SessionConfig) {
        if let Stage::Asked { .. } = self.stage {
            self.again(now, config);
        }
    }

    /// The probe has failed: goes back to silence and takes the other one next.
    fn again(&mut self, now: Instant, config: &SessionConfig) {
        self.failed = self.failed.saturating_add(1);
        self.probe = match self.probe {
            Probe::Close => Probe::Disconnect,
            Probe::Disconnect => Probe::Close,
        };
        self.stage = Stage::Silence {
            until: now.saturating_add(config.gap),
        };
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, config: &SessionConfig) -> Tick {
        match self.stage {
            Stage::DataMode { until } if until <= now => {
                self.stage = Stage::Silence {
                    until: now.saturating_add(config.gap),
                };
            }
            Stage::Silence { until } if until <= now => {
                self.stage = Stage::Sending { sent: 0 };
            }
            Stage::Asked { until, .. } if until <= now => {
                self.again(now, config);
                if self.failed >= PATIENCE {
                    self.failed = 0;
                    return Tick::Unresponsive;
                }
            }
            _ => {}
        }
        Tick::Quiet
    }

    pub(crate) fn poll_transmit(&self) -> &'static [u8] {
        match self.stage {
            Stage::Sending { sent } => self.probe.line().get(sent..).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The command line whose echo may come.
    pub(crate) fn echo(&self) -> &'static [u8] {
        match self.stage {
            Stage::Sending { .. } | Stage::Asked { .. } => self.probe.line(),
            _ => &[],
        }
    }

    pub(crate) fn handle_transmitted(&mut self, now: Instant, len: usize, config: &SessionConfig) {
        if let Stage::Sending { sent } = &mut self.stage {
            *sent += len;
            if *sent >= self.probe.line().len() {
                let wait = Duration::from_millis(limits::SHORT_RESPONSE_MS) + config.margin;
                self.stage = Stage::Asked {
                    until: now.saturating_add(wait),
                    seen: false,
                };
            }
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match self.stage {
            Stage::Clear | Stage::Sending { .. } => None,
            Stage::DataMode { until } | Stage::Silence { until } | Stage::Asked { until, .. } => {
                Some(until)
            }
        }
    }
}

/// The answer to both probes: the links there are (QMT §3.1.2 test, §3.3.3 test, §3.3.5 test).
const EXPECTED: &str = "(0-4)";
const _: () = assert!(LinkId::COUNT == 5);

impl Probe {
    const fn name(self) -> Name {
        match self {
            Self::Close => Name::Close,
            Self::Disconnect => Name::Disc,
        }
    }

    /// The CR in front ends whatever the module may have kept of a damaged command line.
    const fn line(self) -> &'static [u8] {
        match self {
            Self::Close => b"\rAT+QMTCLOSE=?\r",
            Self::Disconnect => b"\rAT+QMTDISC=?\r",
        }
    }
}
