//! The state of the dialogue with the module: everything but the received bytes.

use qmt_proto::{DataFormat, Instant, LinkId, PacketTimeout, RequestDialect, ResponseDialect};

use crate::buffers::Tx;
use crate::config::Habits;
use crate::deferred::{Deferred, Key, Kind};
use crate::exchange::{Exchange, Patience, Stage};
use crate::per_link::PerLink;
use crate::quarantine::{Awaited, Danger, Quarantine, Tick, short_wait};
use crate::span::{Millis, before, later};
use crate::{Counters, Doubt, NotSent, Outcome, PublishInFlight, SessionConfig, SubmitError};

mod news;
mod react;

use news::News;
pub(crate) use news::Note;
pub(crate) use react::Reaction;

/// Longest time a command line or payload may take to leave the host, from its last progress.
pub(crate) const TRANSMIT_STALL: Millis = 30_000;
/// How long after a prompt a host that comes late still begins to send: then the module gives its
/// data mode up (QMT §3.3.8 note 3), and would take the payload for commands.
const LATEST_DATA: Millis = 55_000;

/// How long the blanks behind a prompt may take, where they could be taken for the echo of data.
const PROMPT_TAIL: Millis = 20;

/// How long attaching to the network, or leaving it, may take. The note gives no bound.
const ATTACH: Millis = 90_000;

/// How long the answer to `AT` may take. It is asked again: the first one may only wake the module.
const ATTENTION: Millis = 500;

#[derive(Debug)]
pub(crate) struct Dialogue<'buf> {
    pub(crate) config: Habits,
    pub(crate) tx: Tx<'buf>,
    pub(crate) dialect: ResponseDialect,
    pub(crate) exchange: Option<Exchange>,
    pub(crate) deferred: Deferred,
    pub(crate) quarantine: Quarantine,
    /// What has been read back from the module for each link.
    pub(crate) facts: PerLink<LinkFacts>,
    /// The instant of the last call from outside.
    pub(crate) now: Instant,
    pub(crate) counters: Counters,
    /// Whether the last command took a payload.
    pub(crate) took_data: bool,
    /// Payloads in a row that were sent whole and that the module has given up after its 60 s.
    untaken: u8,
    /// How much of what came lately looks like no text at all.
    noise: u8,
    news: News,
}

/// Options of a link as the module has confirmed them since it started.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LinkFacts {
    pub(crate) timeout: PacketTimeout,
    pub(crate) send_format: DataFormat,
    /// Whether messages come with their length.
    pub(crate) counted: bool,
    /// Whether the module echoes data in data mode; the default is that it does.
    pub(crate) echo_mode: Option<bool>,
}

impl<'buf> Dialogue<'buf> {
    pub(crate) fn new(config: SessionConfig, tx: &'buf mut [u8]) -> Self {
        let dialect = ResponseDialect {
            counts_digits: config.capabilities.hex_counts_digits,
            ..ResponseDialect::default()
        };
        Self {
            config: Habits::of(&config),
            tx: Tx::new(tx),
            dialect,
            exchange: None,
            deferred: Deferred::default(),
            quarantine: Quarantine::new(),
            facts: PerLink::default(),
            now: Instant::ZERO,
            counters: Counters::default(),
            took_data: false,
            untaken: 0,
            noise: 0,
            news: News::default(),
        }
    }

    /// Whether a command may be submitted.
    pub(crate) fn is_free(&self) -> bool {
        self.exchange.is_none() && !self.quarantine.is_active()
    }

    /// Whether the operation `key` may begin.
    pub(crate) fn admits(&self, key: Key) -> Result<(), SubmitError> {
        let alone = key.kind == Kind::Publish
            && self.config.capabilities.publish_in_flight == PublishInFlight::Module;
        self.deferred.admits(key, alone)?;
        if key.msg_id != 0 && self.uses(key.link, key.msg_id) {
            return Err(SubmitError::MsgIdTaken);
        }
        Ok(())
    }

    /// Whether a message identifier is in flight or in doubt on a link (MQTT 3.1.1 §2.3.1).
    pub(crate) fn uses(&self, link: LinkId, msg_id: u16) -> bool {
        let current = self.exchange.and_then(|exchange| exchange.key);
        current.is_some_and(|key| key.link == link && key.msg_id == msg_id)
            || self.deferred.uses(link, msg_id)
    }

    /// Whether the messages of a link come with their length, as far as is known.
    pub(crate) fn is_counted(&self, link: LinkId) -> bool {
        self.facts.of(link).counted
    }

    pub(crate) fn facts(&self, link: LinkId) -> LinkFacts {
        *self.facts.of(link)
    }

    /// How this module reads lengths.
    pub(crate) fn request_dialect(&self) -> RequestDialect {
        RequestDialect {
            counts_digits: self.dialect.counts_digits,
            ..RequestDialect::default()
        }
    }

    /// Begins the payload when the guard time is over.
    fn start_data(&mut self) {
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        if exchange.stage == Stage::Guard && exchange.deadline <= self.now {
            if self.now >= later(exchange.deadline, LATEST_DATA) {
                exchange.end(self.tx.doubt(Doubt::TimedOut));
                self.dialect.prompt_armed = false;
                let danger = Danger::DataMode;
                return self.quarantine.enter(self.now, danger, &self.config);
            }
            exchange.stage = Stage::Data;
            exchange.deadline = later(self.now, TRANSMIT_STALL);
            self.sent_up_to_here();
        }
    }

    fn forget_settings(&mut self) {
        self.dialect.recv_format = Default::default();
        self.dialect.prompt_armed = false;
        self.facts = Default::default();
    }

    pub(crate) fn handle_timeout(&mut self) {
        self.tick();
        self.start_data();
        self.deferred.expire(self.now);
        self.time_out_exchange();
        // What has just begun may be over already, for a host that comes late.
        self.tick();
    }

    fn tick(&mut self) {
        if self.quarantine.handle_timeout(self.now, &self.config) == Tick::Unresponsive {
            self.news.add(Note::Unresponsive);
        }
    }

    fn time_out_exchange(&mut self) {
        let now = self.now;
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        if exchange.over || exchange.deadline > now {
            return;
        }
        let data_mode = exchange.may_be_in_data_mode();
        let whole = data_mode && exchange.stage == Stage::Final;
        // Data mode is counted from the last byte of the payload, where all of it is out: that
        // was when the wait began.
        let since = match whole {
            true => before(exchange.deadline, short_wait(&self.config)),
            false => now,
        };
        let doubt = self.tx.doubt(Doubt::TimedOut);
        exchange.end(exchange.outcome.unwrap_or(doubt));
        self.dialect.prompt_armed = false;
        // A late answer to `AT` is told apart from others by what is asked next.
        if exchange.patience == Patience::Attention {
            return;
        }
        if data_mode && !self.quarantine.is_active() {
            let publish = Awaited {
                ticket: exchange.ticket,
                whole,
            };
            self.quarantine.await_answer(since, publish, &self.config);
        } else {
            let danger = match data_mode {
                true => Danger::DataMode,
                false => Danger::None,
            };
            self.quarantine.enter(now, danger, &self.config);
        }
    }

    pub(crate) fn poll_transmit<'d>(&'d self, outside: &'d [u8]) -> &'d [u8] {
        match &self.exchange {
            Some(exchange) if !exchange.over => match exchange.stage {
                Stage::Command => self.tx.unsent_command(),
                Stage::Data => self.tx.unsent_data(outside),
                _ => &[],
            },
            _ => self.quarantine.poll_transmit(),
        }
    }

    pub(crate) fn handle_transmitted(&mut self, len: usize) {
        // Nothing sent is no progress, and moves no deadline.
        if len == 0 {
            return;
        }
        match &mut self.exchange {
            Some(exchange) if !exchange.over => {
                self.tx.advance(len);
                exchange.deadline = later(self.now, TRANSMIT_STALL);
                self.sent_up_to_here();
            }
            _ => {
                let quarantine = &mut self.quarantine;
                quarantine.handle_transmitted(self.now, len, &self.config);
                self.dialect.prompt_armed |= quarantine.fears_prompt();
            }
        }
    }

    /// Moves on when all of a command line or payload is on the line: deadlines start here.
    fn sent_up_to_here(&mut self) {
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        exchange.stage = match exchange.stage {
            Stage::Command if self.tx.unsent_command().is_empty() => {
                if exchange.has_data {
                    self.dialect.prompt_armed = !self.quarantine.is_active();
                    Stage::Prompt
                } else {
                    Stage::Final
                }
            }
            Stage::Data if self.tx.is_sent() => Stage::Final,
            _ => return,
        };
        let wait = match exchange.patience {
            Patience::Attention => ATTENTION,
            Patience::Short => short_wait(&self.config),
            Patience::Attach => ATTACH,
        };
        exchange.deadline = later(self.now, wait);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let exchange = self.exchange.iter().filter(|e| !e.over);
        exchange
            .map(|exchange| exchange.deadline)
            .chain(self.deferred.next_deadline())
            .chain(self.quarantine.poll_timeout())
            .min()
    }

    /// Ends everything: the line has been taken away. The module may go on waiting for a payload.
    pub(crate) fn abort(&mut self) {
        if let Some(exchange) = &mut self.exchange {
            let data_mode = exchange.may_be_in_data_mode();
            let doubt = || self.tx.doubt(Doubt::Aborted);
            exchange.end(exchange.outcome.unwrap_or_else(doubt));
            if data_mode {
                let danger = Danger::DataMode;
                self.quarantine.enter(self.now, danger, &self.config);
            }
        }
        self.deferred.end_all(Doubt::Aborted);
        self.forget_settings();
    }
}

impl Tx<'_> {
    /// How an interrupted command ends: certain only if not a byte of it went out.
    fn doubt(&self, doubt: Doubt) -> Outcome {
        if self.has_sent_any() {
            Outcome::Unknown(doubt)
        } else {
            Outcome::NotSent(NotSent::Aborted)
        }
    }
}
