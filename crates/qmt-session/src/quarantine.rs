//! When the line cannot be trusted: silence first, then a probe that no late answer satisfies.
//!
//! A bare `AT` would be satisfied by the late `OK` of any command. The probes are two test
//! commands with different answers, taken in turn, so that not even the late answer of the probe
//! before passes for that of the next one.

use qmt_proto::{Instant, LinkId, Name, limits};

use crate::Ticket;
use crate::config::Habits;
use crate::span::{Millis, later};

/// Probes without an answer before the module is called unresponsive. After every other round of
/// them there is silence for as long as data mode may last.
const PATIENCE: u8 = 5;

/// Ends a command line that has lost its end, without completing it.
///
/// A CR alone could complete it to a QMTPUB, which would take the next probe for its payload. With
/// this in front, it is no number, no string and not the end of one. By itself, a line that does
/// not begin with `AT` is ignored (V.250 §5.2.1).
const SPOILER: &[u8] = b"X\"X\r";

/// The state of trust in the line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quarantine {
    stage: Stage,
    /// Which probe is next.
    probe: Probe,
    /// Probes sent in a row without an answer.
    failed: u8,
    /// Whether the next round without an answer is followed by silence.
    tired: bool,
    /// Spoilers that are not answered yet, as far as anyone can tell.
    owed: u8,
    /// Whether an `ERROR` has been taken for a late one, and no spoiler was seen answered since: a
    /// module that ignores them (V.250 §5.2.1) owes nothing, and its refusals count.
    excused: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// The line is trusted.
    Clear,
    /// The line is trusted, but for an `ERROR`: a spoiler is not answered yet.
    Owed { until: Instant },
    /// The module may be in data mode: not a byte is sent until it says `OK` or `ERROR`, or its
    /// time for data is over. `publish`: the one whose payload it may be waiting for, while nothing
    /// is wrong but that it does not answer.
    DataMode {
        until: Instant,
        publish: Option<Awaited>,
        /// Which of `OK` and `ERROR` are believed.
        heeds: Finals,
    },
    /// Nobody knows why nothing answers. It may be data mode: not a byte is sent until then, or
    /// until the module says anything.
    Hush { until: Instant },
    /// Waits for the line to be silent.
    Silence { until: Instant },
    /// The spoiler is being sent, `sent` bytes of it are on the line.
    Spoiling { sent: usize },
    /// A prompt is not hoped for: it would say that the spoiler has completed a command.
    Spoiled { until: Instant },
    /// A probe is being sent, `sent` bytes of it are on the line.
    Sending { sent: usize },
    /// The answer to a probe is awaited. `seen`: its line has come, its `OK` has not.
    Asked { until: Instant, seen: bool },
}

/// A publish that the module has not answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Awaited {
    pub(crate) ticket: Ticket,
    /// Whether its payload was sent, to the last byte.
    pub(crate) whole: bool,
}

/// A test command with an answer of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Probe {
    Close,
    Disconnect,
}

/// What a byte sent now could become.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Danger {
    /// Part of a command at worst.
    None,
    /// Payload, until the module has what it waits for.
    DataMode,
    /// Payload: the module may be waiting for all of it. What reads like a result may be the rest
    /// of a broken message, so nothing but time ends this.
    NothingSent,
}

/// Which final result codes end data mode.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Finals {
    All,
    /// Nothing of the payload was sent, so `OK` is the late answer to something else.
    Errors,
    None,
}

/// What a final result code was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// The end of a probe: the line is trusted again.
    Passed,
    /// The answer to the spoiler, as far as anyone can tell.
    Spoiled,
    /// The module has ended data mode without the payload of this publish.
    NotTaken(Awaited),
    /// Nothing that counts.
    Untrusted,
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
            tired: false,
            owed: 0,
            excused: false,
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        !matches!(self.stage, Stage::Clear | Stage::Owed { .. })
    }

    /// The line is not trusted from now on.
    pub(crate) fn enter(&mut self, now: Instant, danger: Danger, config: &Habits) {
        if let Stage::DataMode { publish, heeds, .. } = &mut self.stage {
            *publish = None;
            *heeds = Finals::None;
            return;
        }
        // Its answer may still come: it must not pass for that of the next one.
        if let Stage::Asked { .. } = self.stage {
            self.again(now, config);
        }
        self.stage = match danger {
            Danger::DataMode | Danger::NothingSent => Stage::DataMode {
                until: data_mode_end(now, config),
                publish: None,
                heeds: match danger {
                    Danger::DataMode => Finals::All,
                    _ => Finals::None,
                },
            },
            Danger::None => Stage::Silence {
                until: later(now, config.gap),
            },
        };
    }

    /// `publish` has got no answer in time; the module may have been waiting for data `since` then.
    /// What it says now is the answer to `publish`: it hears nothing else meanwhile.
    pub(crate) fn await_answer(&mut self, since: Instant, publish: Awaited, config: &Habits) {
        self.stage = Stage::DataMode {
            until: data_mode_end(since, config),
            publish: Some(publish),
            heeds: match publish.whole {
                true => Finals::All,
                false => Finals::Errors,
            },
        };
    }

    /// Bytes have come: silence begins anew.
    pub(crate) fn on_bytes(&mut self, now: Instant, config: &Habits) {
        if let Stage::Silence { .. } | Stage::Hush { .. } = self.stage {
            self.stage = Stage::Silence {
                until: later(now, config.gap),
            };
        }
    }

    /// Whether a prompt would be a bad sign.
    pub(crate) const fn fears_prompt(&self) -> bool {
        matches!(
            self.stage,
            Stage::Spoiling { .. }
                | Stage::Spoiled { .. }
                | Stage::Sending { .. }
                | Stage::Asked { .. }
        )
    }

    /// A prompt has come, which nobody has asked for: the module is in data mode.
    pub(crate) fn on_prompt(&mut self, now: Instant, config: &Habits) {
        // This was the answer to the spoiler.
        self.owed = self.owed.saturating_sub(1);
        self.stage = Stage::DataMode {
            until: data_mode_end(now, config),
            publish: None,
            heeds: Finals::All,
        };
    }

    /// Whether an `ERROR` that has come on a trusted line is the late answer to a spoiler, and
    /// not to the command in progress. If it was, that command's own answer is still to come; if
    /// not, the command ends in doubt, and not with an untruth.
    pub(crate) fn takes_error(&mut self) -> bool {
        let Stage::Owed { .. } = self.stage else {
            return false;
        };
        self.excused = true;
        self.owed = self.owed.saturating_sub(1);
        if self.owed == 0 {
            self.stage = Stage::Clear;
        }
        true
    }

    /// A final result code has come: the module is not in data mode.
    pub(crate) fn on_final(&mut self, now: Instant, ok: bool, config: &Habits) -> Verdict {
        let owed = !ok && self.owed > 0;
        if owed {
            self.owed -= 1;
            self.excused = false;
        }
        match self.stage {
            // It says nothing of a payload. If it was no answer to a spoiler, data mode is over later.
            Stage::DataMode { .. } if owed => {}
            Stage::DataMode {
                heeds: Finals::None,
                ..
            } => {}
            Stage::DataMode {
                heeds: Finals::Errors,
                ..
            } if ok => {}
            Stage::DataMode { publish, .. } => {
                self.stage = Stage::Silence {
                    until: later(now, config.gap),
                };
                return match publish {
                    Some(publish) if !ok => Verdict::NotTaken(publish),
                    _ => Verdict::Untrusted,
                };
            }
            Stage::Asked { seen: true, .. } if ok => {
                if self.excused {
                    self.owed = 0;
                }
                let until = later(now, short_wait(config));
                *self = Self {
                    stage: match self.owed {
                        0 => Stage::Clear,
                        _ => Stage::Owed { until },
                    },
                    failed: 0,
                    tired: false,
                    ..*self
                };
                return Verdict::Passed;
            }
            Stage::Spoiled { .. } if !ok => return Verdict::Spoiled,
            // A late answer.
            _ => {}
        }
        Verdict::Untrusted
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

    /// The probe has failed: goes back to silence and takes the other one next.
    fn again(&mut self, now: Instant, config: &Habits) {
        self.failed = self.failed.saturating_add(1);
        self.probe = match self.probe {
            Probe::Close => Probe::Disconnect,
            Probe::Disconnect => Probe::Close,
        };
        self.stage = Stage::Silence {
            until: later(now, config.gap),
        };
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, config: &Habits) -> Tick {
        match self.stage {
            Stage::Owed { until } if until <= now => {
                self.stage = Stage::Clear;
                self.owed = 0;
            }
            Stage::DataMode { until, .. } | Stage::Hush { until } if until <= now => {
                self.stage = Stage::Silence {
                    until: later(now, config.gap),
                };
            }
            Stage::Silence { until } if until <= now => {
                self.stage = Stage::Spoiling { sent: 0 };
            }
            Stage::Spoiled { until } if until <= now => {
                self.stage = Stage::Sending { sent: 0 };
            }
            Stage::Asked { until, .. } if until <= now => {
                self.again(now, config);
                if self.failed >= PATIENCE {
                    self.failed = 0;
                    if self.tired {
                        self.stage = Stage::Hush {
                            until: data_mode_end(now, config),
                        };
                    }
                    self.tired = !self.tired;
                    return Tick::Unresponsive;
                }
            }
            _ => {}
        }
        Tick::Quiet
    }

    pub(crate) fn poll_transmit(&self) -> &'static [u8] {
        match self.stage {
            Stage::Spoiling { sent } => SPOILER.get(sent..).unwrap_or_default(),
            Stage::Sending { sent } => self.probe.line().get(sent..).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The command line whose echo may come.
    pub(crate) fn echo(&self) -> &'static [u8] {
        match self.stage {
            Stage::Spoiling { .. } | Stage::Spoiled { .. } => SPOILER,
            Stage::Sending { .. } | Stage::Asked { .. } => self.probe.line(),
            _ => &[],
        }
    }

    pub(crate) fn handle_transmitted(&mut self, now: Instant, len: usize, config: &Habits) {
        match &mut self.stage {
            Stage::Spoiling { sent } => {
                *sent += len;
                if *sent >= SPOILER.len() {
                    let until = later(now, config.gap);
                    self.stage = Stage::Spoiled { until };
                    self.owed = self.owed.saturating_add(1);
                }
            }
            Stage::Sending { sent } => {
                *sent += len;
                if *sent >= self.probe.line().len() {
                    self.stage = Stage::Asked {
                        until: later(now, short_wait(config)),
                        seen: false,
                    };
                }
            }
            _ => {}
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match self.stage {
            Stage::Clear | Stage::Spoiling { .. } | Stage::Sending { .. } => None,
            Stage::Owed { until }
            | Stage::DataMode { until, .. }
            | Stage::Hush { until }
            | Stage::Silence { until }
            | Stage::Spoiled { until }
            | Stage::Asked { until, .. } => Some(until),
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

    const fn line(self) -> &'static [u8] {
        match self {
            Self::Close => b"AT+QMTCLOSE=?\r",
            Self::Disconnect => b"AT+QMTDISC=?\r",
        }
    }
}

/// How long the final result code of most commands may take: the note's 300 ms, and the margin.
pub(crate) const fn short_wait(config: &Habits) -> Millis {
    config
        .margin
        .saturating_add(limits::SHORT_RESPONSE_MS as Millis)
}

/// When data mode ends by itself (QMT §3.3.8 note 3), and some more.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
const fn data_mode_end(now: Instant, config: &Habits) -> Instant {
    later(now, data_mode(config.margin))
}

/// How long data mode lasts, and `margin`.
pub(crate) const fn data_mode(margin: Millis) -> Millis {
    margin.saturating_add(limits::DATA_MODE_MS as Millis)
}
