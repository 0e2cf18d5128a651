//! The state of the dialogue with the module: everything but the received bytes.

use core::time::Duration;

use qmt_proto::{
    Answer, DataFormat, Expect, FinalResult, Instant, LinkId, LinkLossCode, Notice, PacketTimeout,
    Report, Response, ResponseDialect, Setting, Violation, limits,
};

use crate::buffers::Tx;
use crate::deferred::{Deferred, Kind, Settlement, settlement};
use crate::exchange::{Exchange, Stage};
use crate::quarantine::{Quarantine, Tick};
use crate::{Doubt, LineError, NotSent, Outcome, SessionConfig, Ticket};

/// Longest time a command line or payload may take to leave the host, from its last progress.
pub(crate) const TRANSMIT_STALL: Duration = Duration::from_secs(30);

/// How long the blanks behind a prompt may take, where they could be taken for the echo of data.
const PROMPT_TAIL: Duration = Duration::from_millis(20);

/// How long the answer to `AT` may take. It is asked again: the first one may only wake the module.
const ATTENTION: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(crate) struct Dialogue<'buf> {
    pub(crate) config: SessionConfig,
    pub(crate) tx: Tx<'buf>,
    pub(crate) dialect: ResponseDialect,
    pub(crate) exchange: Option<Exchange>,
    pub(crate) deferred: Deferred,
    pub(crate) quarantine: Quarantine,
    /// What has been read back from the module for each link.
    pub(crate) facts: [LinkFacts; LinkId::COUNT],
    /// The instant of the last call from outside.
    pub(crate) now: Instant,
    /// Set once a publish at QoS 0 has waited for its result in vain: this module prints none.
    qos0_is_silent: bool,
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

/// What happened and has not been told, besides the ends of operations.
#[derive(Debug, Default)]
struct News {
    lost: [Option<LinkLossCode>; LinkId::COUNT],
    restarted: bool,
    violation: Option<Violation>,
    line_error: Option<LineError>,
    resynchronized: bool,
    unresponsive: bool,
}

/// An event that carries no received bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Note {
    Done(Ticket, Outcome),
    LinkLost(LinkId, LinkLossCode),
    Restarted,
    Violation(Violation),
    LineError(LineError),
    Resynchronized,
    Unresponsive,
}

/// What to tell of a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reaction {
    /// Nothing now; the dialogue may have news.
    Nothing,
    Late(Ticket, Outcome),
    Retransmitting(Ticket, Option<u8>),
    /// A line of an answer and what makes it one.
    Answer(Ticket, Expect),
    Text(Ticket),
    Message,
    Notice,
    Stray,
    Untrusted,
}

impl<'buf> Dialogue<'buf> {
    pub(crate) fn new(config: SessionConfig, tx: &'buf mut [u8]) -> Self {
        Self {
            config,
            tx: Tx::new(tx),
            dialect: ResponseDialect::default(),
            exchange: None,
            deferred: Deferred::default(),
            quarantine: Quarantine::new(),
            facts: [LinkFacts::default(); LinkId::COUNT],
            now: Instant::ZERO,
            qos0_is_silent: false,
            news: News::default(),
        }
    }

    /// Whether a command may be submitted.
    pub(crate) fn is_free(&self) -> bool {
        self.exchange.is_none() && !self.quarantine.is_active()
    }

    pub(crate) fn facts(&self, link: LinkId) -> LinkFacts {
        self.facts.get(link.index()).copied().unwrap_or_default()
    }

    /// Takes the next thing to tell: ends of operations before what ended them.
    pub(crate) fn take_note(&mut self) -> Option<Note> {
        if let Some(exchange) = self.exchange
            && let Some(outcome) = exchange.ended
        {
            self.exchange = None;
            self.dialect.prompt_armed = false;
            if let (Outcome::Unknown(_), Some(key)) = (outcome, exchange.key) {
                self.deferred.give_up(key, exchange.ticket);
            }
            return Some(Note::Done(exchange.ticket, outcome));
        }
        if let Some((ticket, key, outcome)) = self.deferred.take_ended() {
            let silent_publish = key.kind == Kind::Publish
                && key.msg_id == 0
                && outcome == Outcome::Unknown(Doubt::TimedOut);
            if silent_publish {
                // QMT fig. 1 shows no result at QoS 0: the OK was the last word.
                self.qos0_is_silent = true;
                return Some(Note::Done(ticket, Outcome::Sent));
            }
            return Some(Note::Done(ticket, outcome));
        }
        let news = &mut self.news;
        for (link, lost) in LinkId::ALL.into_iter().zip(&mut news.lost) {
            if let Some(cause) = lost.take() {
                return Some(Note::LinkLost(link, cause));
            }
        }
        if core::mem::take(&mut news.restarted) {
            return Some(Note::Restarted);
        }
        if let Some(violation) = news.violation.take() {
            return Some(Note::Violation(violation));
        }
        if let Some(error) = news.line_error.take() {
            return Some(Note::LineError(error));
        }
        if core::mem::take(&mut news.resynchronized) {
            return Some(Note::Resynchronized);
        }
        core::mem::take(&mut news.unresponsive).then_some(Note::Unresponsive)
    }

    /// A frame has come.
    pub(crate) fn on_response(&mut self, response: &Response<'_>) -> Reaction {
        if let Response::Violation(violation) = response {
            self.on_violation(*violation);
            return Reaction::Nothing;
        }
        if self.quarantine.is_active() {
            return self.on_untrusted(response);
        }
        match response {
            Response::Final(result) => self.on_final(*result),
            Response::Prompt => {
                self.on_prompt();
                Reaction::Nothing
            }
            Response::Report(report) => self.on_report(report),
            Response::Unknown(_) => match self.exchange {
                Some(exchange) if exchange.stage == Stage::Final => Reaction::Text(exchange.ticket),
                _ => Reaction::Stray,
            },
            _ => Reaction::Stray,
        }
    }

    /// The framing was violated: nothing in progress may be completed by what follows.
    pub(crate) fn on_violation(&mut self, violation: Violation) {
        self.news.violation = Some(violation);
        self.distrust(Doubt::Garbled(violation));
        self.quarantine.on_violation(self.now, &self.config);
    }

    pub(crate) fn on_line_error(&mut self, error: LineError) {
        self.news.line_error = Some(error);
        self.distrust(Doubt::LineError);
    }

    fn distrust(&mut self, doubt: Doubt) {
        let mut data_mode = false;
        if let Some(exchange) = &mut self.exchange {
            data_mode = exchange.may_be_in_data_mode();
            let outcome = self.tx.doubt(doubt);
            if data_mode && exchange.stage != Stage::Prompt {
                // The module still counts its bytes: the rest of the payload ends data mode
                // sooner than its time-out.
                exchange.early = Some(outcome);
            } else {
                exchange.ended = Some(outcome);
            }
        }
        self.dialect.prompt_armed = false;
        self.quarantine.enter(self.now, data_mode, &self.config);
    }

    /// Begins a check of the line that no violation has asked for.
    pub(crate) fn verify(&mut self) {
        self.quarantine.enter(self.now, false, &self.config);
    }

    fn on_untrusted(&mut self, response: &Response<'_>) -> Reaction {
        match response {
            Response::Final(result) => {
                if let Some(exchange) = &mut self.exchange {
                    exchange.ended = exchange.ended.or(exchange.early);
                }
                let ok = *result == FinalResult::Ok;
                if self.quarantine.on_final(self.now, ok, &self.config) {
                    self.news.resynchronized = true;
                    return Reaction::Nothing;
                }
            }
            Response::Report(Report::Answer(Answer::Test { name, values })) => {
                self.quarantine.on_test_answer(name.as_str(), values);
                return Reaction::Nothing;
            }
            _ => {}
        }
        Reaction::Untrusted
    }

    fn on_final(&mut self, result: FinalResult<'_>) -> Reaction {
        let Some(exchange) = &mut self.exchange else {
            return Reaction::Stray;
        };
        let ok = result == FinalResult::Ok;
        let empty = self.tx.data().is_empty();
        match exchange.stage {
            // An echo that stopped half-way was no echo, or the line lost some of it.
            Stage::Final if exchange.data_echo_is_partial() => {
                self.distrust(Doubt::Garbled(Violation::Truncated));
                return self.on_untrusted(&Response::Final(result));
            }
            Stage::Final => {}
            // An empty payload is complete before it is asked for.
            Stage::Prompt | Stage::Guard | Stage::Data if empty => {}
            Stage::Prompt if !ok => {}
            // The module gave up data mode before it had all: what is still on its way to it
            // will be taken for commands.
            Stage::Guard | Stage::Data if !ok => {
                exchange.ended = Some(Outcome::of_final(result));
                self.quarantine.enter(self.now, false, &self.config);
                return Reaction::Nothing;
            }
            Stage::Prompt | Stage::Guard | Stage::Data => {
                self.distrust(Doubt::Garbled(Violation::Head));
                return Reaction::Untrusted;
            }
            Stage::Command => return Reaction::Stray,
        }
        let silent = self.qos0_is_silent
            && exchange
                .key
                .is_some_and(|key| key.kind == Kind::Publish && key.msg_id == 0);
        match (exchange.key, exchange.early) {
            (Some(_), Some(early)) if ok => exchange.ended = Some(early),
            (Some(_), None) if ok && silent => exchange.ended = Some(Outcome::Sent),
            (Some(key), None) if ok => {
                let (ticket, within) = (exchange.ticket, exchange.within);
                self.deferred.begin(ticket, key, self.now, within);
                self.exchange = None;
                self.dialect.prompt_armed = false;
            }
            _ => exchange.ended = Some(Outcome::of_final(result)),
        }
        Reaction::Nothing
    }

    fn on_prompt(&mut self) {
        self.dialect.prompt_armed = false;
        if let Some(exchange) = &mut self.exchange {
            let guard = match exchange.data_echo {
                Some(_) => self.config.prompt_guard.max(PROMPT_TAIL),
                None => self.config.prompt_guard,
            };
            exchange.stage = Stage::Guard;
            exchange.echo = false;
            exchange.deadline = self.now.saturating_add(guard);
        }
        self.start_data();
    }

    /// Begins the payload when the guard time is over.
    fn start_data(&mut self) {
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        if exchange.stage == Stage::Guard && exchange.deadline <= self.now {
            exchange.stage = Stage::Data;
            exchange.deadline = self.now.saturating_add(TRANSMIT_STALL);
            self.sent_up_to_here();
        }
    }

    fn on_report(&mut self, report: &Report<'_>) -> Reaction {
        if let Some((key, settlement)) = settlement(report) {
            if key.kind == Kind::Publish && key.msg_id == 0 {
                self.qos0_is_silent = false;
            }
            return self.on_settlement(key, settlement);
        }
        match report {
            Report::LinkLost { link, cause } => {
                self.on_link_lost(*link, *cause);
                Reaction::Nothing
            }
            Report::Received(received) => {
                if !received.counted && self.facts(received.link).counted {
                    self.on_violation(Violation::Head);
                    return Reaction::Untrusted;
                }
                if !received.counted && !self.config.accept_uncounted {
                    return Reaction::Untrusted;
                }
                Reaction::Message
            }
            Report::Answer(answer) => self.on_answer(answer),
            Report::Notice(Notice::Ready) => {
                self.on_restart();
                Reaction::Nothing
            }
            Report::Notice(_) => Reaction::Notice,
            _ => Reaction::Stray,
        }
    }

    fn on_settlement(&mut self, key: crate::deferred::Key, settlement: Settlement) -> Reaction {
        let pending = self.deferred.find(key);
        let current = self.exchange.as_mut().filter(|exchange| {
            pending.is_none() && exchange.key == Some(key) && exchange.stage == Stage::Final
        });
        match (settlement, pending, current) {
            (Settlement::End(outcome), Some(ticket), _) => {
                self.deferred.end(ticket, outcome);
                Reaction::Nothing
            }
            (Settlement::End(outcome), None, Some(exchange)) => {
                exchange.early = exchange.early.or(Some(outcome));
                Reaction::Nothing
            }
            (Settlement::Progress(count), Some(ticket), _) => {
                Reaction::Retransmitting(ticket, count)
            }
            (Settlement::Progress(count), None, Some(exchange)) => {
                Reaction::Retransmitting(exchange.ticket, count)
            }
            (Settlement::End(outcome), None, None) => match self.deferred.late(key, true) {
                Some(ticket) => Reaction::Late(ticket, outcome),
                None => Reaction::Stray,
            },
            (Settlement::Progress(count), None, None) => match self.deferred.late(key, false) {
                Some(ticket) => Reaction::Retransmitting(ticket, count),
                None => Reaction::Stray,
            },
        }
    }

    fn on_link_lost(&mut self, link: LinkId, cause: LinkLossCode) {
        let doubt = Doubt::LinkLost(cause);
        self.deferred.end_link(link, doubt);
        if let Some(exchange) = &mut self.exchange {
            let doomed = exchange
                .key
                .is_some_and(|key| key.link == link && key.ends_with_link());
            if doomed {
                exchange.early = exchange.early.or(Some(Outcome::Unknown(doubt)));
            }
        }
        if let Some(lost) = self.news.lost.get_mut(link.index()) {
            *lost = Some(cause);
        }
    }

    /// What the module answers is what it will do: remembers what the framing depends on.
    fn on_answer(&mut self, answer: &Answer<'_>) -> Reaction {
        let Some(exchange) = self.exchange else {
            return Reaction::Stray;
        };
        if let (Some((link, _)), Answer::Setting(setting)) = (exchange.queried, answer) {
            let index = link.index();
            if let (Setting::DataFormat { recv, .. }, Some(format)) =
                (setting, self.dialect.recv_format.get_mut(index))
            {
                *format = *recv;
            }
            if let Some(facts) = self.facts.get_mut(index) {
                match setting {
                    Setting::DataFormat { send, .. } => facts.send_format = *send,
                    Setting::ShowRecvLen(on) => facts.counted = *on,
                    Setting::EchoMode(on) => facts.echo_mode = Some(*on),
                    Setting::Timeout(update) => facts.timeout = update.apply(facts.timeout),
                    _ => {}
                }
            }
        }
        Reaction::Answer(exchange.ticket, exchange.expect)
    }

    /// The module has started: everything in flight is in doubt, every option is a default again.
    fn on_restart(&mut self) {
        if let Some(exchange) = &mut self.exchange {
            exchange.ended = Some(self.tx.doubt(Doubt::Restarted));
        }
        self.deferred.end_all(Doubt::Restarted);
        self.forget_settings();
        self.news.restarted = true;
    }

    fn forget_settings(&mut self) {
        self.dialect.recv_format = Default::default();
        self.dialect.prompt_armed = false;
        self.facts = Default::default();
    }

    pub(crate) fn handle_timeout(&mut self) {
        let now = self.now;
        if self.quarantine.handle_timeout(now, &self.config) == Tick::Unresponsive {
            self.news.unresponsive = true;
        }
        self.start_data();
        self.deferred.expire(now);
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        if exchange.ended.is_some() || exchange.deadline > now {
            return;
        }
        let data_mode = exchange.may_be_in_data_mode();
        let doubt = self.tx.doubt(Doubt::TimedOut);
        exchange.ended = Some(exchange.early.unwrap_or(doubt));
        self.dialect.prompt_armed = false;
        if !exchange.harmless {
            self.quarantine.enter(now, data_mode, &self.config);
        }
    }

    pub(crate) fn poll_transmit(&self) -> &[u8] {
        match &self.exchange {
            Some(exchange) if exchange.ended.is_none() => match exchange.stage {
                Stage::Command => self.tx.unsent_command(),
                Stage::Data => self.tx.unsent_data(),
                _ => &[],
            },
            _ => self.quarantine.poll_transmit(),
        }
    }

    pub(crate) fn handle_transmitted(&mut self, len: usize) {
        match &mut self.exchange {
            Some(exchange) if exchange.ended.is_none() => {
                self.tx.advance(len);
                exchange.deadline = self.now.saturating_add(TRANSMIT_STALL);
                self.sent_up_to_here();
            }
            _ => self
                .quarantine
                .handle_transmitted(self.now, len, &self.config),
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
            Stage::Data if self.tx.unsent_data().is_empty() => Stage::Final,
            _ => return,
        };
        let wait = match exchange.harmless {
            true => ATTENTION,
            false => Duration::from_millis(limits::SHORT_RESPONSE_MS) + self.config.margin,
        };
        exchange.deadline = self.now.saturating_add(wait);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let exchange = self.exchange.iter().filter(|e| e.ended.is_none());
        exchange
            .map(|exchange| exchange.deadline)
            .chain(self.deferred.next_deadline())
            .chain(self.quarantine.poll_timeout())
            .min()
    }

    /// Ends everything: the module or the line has been taken away.
    pub(crate) fn abort(&mut self) {
        if let Some(exchange) = &mut self.exchange {
            exchange.ended = Some(self.tx.doubt(Doubt::Aborted));
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
