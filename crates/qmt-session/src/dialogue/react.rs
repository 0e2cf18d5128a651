//! What each thing the module says does to the dialogue.

use qmt_proto::{
    Answer, Expect, FinalResult, LinkId, LinkLossCode, Notice, Report, Response, Setting, Violation,
};

use super::{Dialogue, Note, PROMPT_TAIL, TRANSMIT_STALL};
use crate::counters::count;
use crate::deferred::{Kind, Settlement, settlement};
use crate::exchange::Stage;
use crate::quarantine::{Awaited, Danger, Verdict};
use crate::span::later;
use crate::{Doubt, LineError, Outcome, Ticket};

/// What a frame that cannot be read counts as noise, in bytes.
const ODD_FRAME: usize = 8;
/// How many payloads in a row must be lost whole to show that the module is deaf after its prompt.
const DEAF: u8 = 2;
/// How much noise makes the baud rate suspect, in bytes.
const ALL_NOISE: u8 = 64;

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

impl Dialogue<'_> {
    /// A frame has come.
    pub(crate) fn on_response(&mut self, response: &Response<'_>) -> Reaction {
        self.listen(response);
        let reaction = self.react(response);
        let counters = &mut self.counters;
        match reaction {
            Reaction::Message => count(&mut counters.messages),
            Reaction::Stray => count(&mut counters.strays),
            Reaction::Untrusted => {
                count(&mut counters.untrusted);
                if let Response::Report(Report::Received(_)) = response {
                    count(&mut counters.withheld);
                }
            }
            _ => {}
        }
        reaction
    }

    fn react(&mut self, response: &Response<'_>) -> Reaction {
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
            // What follows may be the rest of its payload, and must not be taken for lines.
            Response::Unknown(line) if is_damaged_head(line) => {
                self.on_violation(Violation::Head);
                Reaction::Untrusted
            }
            Response::Unknown(_) => match self.exchange {
                Some(exchange) if exchange.stage == Stage::Final => Reaction::Text(exchange.ticket),
                _ => Reaction::Stray,
            },
            _ => Reaction::Stray,
        }
    }

    /// Notices when what comes is no text: at a wrong baud rate nothing else comes.
    fn listen(&mut self, response: &Response<'_>) {
        let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
        match response {
            Response::Violation(_) => self.on_noise(ODD_FRAME),
            Response::Unknown(line) if line.iter().all(is_text) => {}
            Response::Unknown(line) => self.on_noise(line.len().max(ODD_FRAME)),
            _ => self.noise = 0,
        }
    }

    fn on_noise(&mut self, weight: usize) {
        let before = self.noise;
        let weight = u8::try_from(weight).unwrap_or(u8::MAX);
        self.noise = before.saturating_add(weight);
        if before < ALL_NOISE && self.noise >= ALL_NOISE {
            self.news.add(Note::BaudSuspect);
        }
    }

    /// The framing was violated: nothing in progress may be completed by what follows.
    pub(crate) fn on_violation(&mut self, violation: Violation) {
        count(&mut self.counters.violations);
        self.news.add(Note::Violation(violation));
        self.distrust(Doubt::Garbled(violation));
    }

    pub(crate) fn on_line_error(&mut self, error: LineError) {
        count(&mut self.counters.line_errors);
        if matches!(error, LineError::Framing | LineError::Break) {
            self.on_noise(ODD_FRAME);
        }
        self.news.add(Note::LineError(error));
        self.distrust(Doubt::LineError);
    }

    fn distrust(&mut self, doubt: Doubt) {
        let mut danger = Danger::None;
        if let Some(exchange) = &mut self.exchange {
            let data_mode = exchange.may_be_in_data_mode();
            danger = match exchange.stage {
                _ if !data_mode => Danger::None,
                Stage::Prompt if self.tx.data_len() > 0 => Danger::NothingSent,
                _ => Danger::DataMode,
            };
            // A result that came while the line was trusted stays true.
            let outcome = exchange.outcome.unwrap_or_else(|| self.tx.doubt(doubt));
            if data_mode && exchange.stage != Stage::Prompt {
                // The module still counts its bytes: the rest of the payload ends data mode
                // sooner than its time-out.
                exchange.outcome = Some(outcome);
            } else {
                exchange.end(outcome);
            }
        }
        self.dialect.prompt_armed = false;
        self.quarantine.enter(self.now, danger, &self.config);
    }

    /// The module may be in data mode, for a reason that this session does not know.
    #[cfg(feature = "snapshot")]
    pub(crate) fn await_data_mode_end(&mut self) {
        self.quarantine
            .enter(self.now, Danger::DataMode, &self.config);
    }

    /// Begins a check of the line that no violation has asked for.
    pub(crate) fn verify(&mut self) {
        self.quarantine.enter(self.now, Danger::None, &self.config);
    }

    fn on_untrusted(&mut self, response: &Response<'_>) -> Reaction {
        match response {
            Response::Prompt => {
                self.dialect.prompt_armed = false;
                self.quarantine.on_prompt(self.now, &self.config);
            }
            // The end of a message that has lost its head may read like a result, and the module
            // still waits for the payload: what was sent then would be published.
            Response::Final(_) if self.has_payload_left() => {}
            Response::Final(result) => {
                if let Some(exchange) = &mut self.exchange {
                    exchange.over |= exchange.outcome.is_some();
                }
                let ok = *result == FinalResult::Ok;
                match self.quarantine.on_final(self.now, ok, &self.config) {
                    Verdict::Passed => {
                        self.dialect.prompt_armed = false;
                        self.news.add(Note::Resynchronized);
                        return Reaction::Nothing;
                    }
                    Verdict::Spoiled => return Reaction::Nothing,
                    Verdict::NotTaken(publish) if self.deferred.resolve(publish.ticket) => {
                        self.on_not_taken(publish);
                        return Reaction::Late(publish.ticket, Outcome::of_final(*result));
                    }
                    Verdict::NotTaken(_) | Verdict::Untrusted => {}
                }
            }
            Response::Report(Report::Answer(Answer::Test { name, values }))
                if self.quarantine.on_test_answer(name.as_str(), values) =>
            {
                return Reaction::Nothing;
            }
            _ => {}
        }
        Reaction::Untrusted
    }

    /// The module has given up data mode. One lost byte of a payload does that; twice in a row, it
    /// hears nothing right after its prompt.
    fn on_not_taken(&mut self, publish: Awaited) {
        self.untaken = match publish.whole {
            true => self.untaken.saturating_add(1),
            false => 0,
        };
        if self.untaken >= DEAF {
            self.config.capabilities.on_deaf_prompt();
        }
    }

    /// Whether the module has been promised more than it was sent.
    fn has_payload_left(&self) -> bool {
        let stage = self.exchange.map(|exchange| exchange.stage);
        matches!(stage, Some(Stage::Guard | Stage::Data)) && self.tx.data_len() > 0
    }

    fn on_final(&mut self, result: FinalResult<'_>) -> Reaction {
        if result == FinalResult::Error && self.quarantine.takes_error() {
            return Reaction::Stray;
        }
        let Some(exchange) = &mut self.exchange else {
            return Reaction::Stray;
        };
        let ok = result == FinalResult::Ok;
        let empty = self.tx.data_len() == 0;
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
                exchange.end(Outcome::of_final(result));
                self.quarantine.enter(self.now, Danger::None, &self.config);
                return Reaction::Nothing;
            }
            Stage::Prompt | Stage::Guard | Stage::Data => {
                self.distrust(Doubt::Garbled(Violation::Head));
                return Reaction::Untrusted;
            }
            Stage::Command => return Reaction::Stray,
        }
        if exchange.may_be_misread(result) {
            // Its refusal says that it has not been done.
            count(&mut self.counters.repeated);
            self.tx.rewind();
            self.dialect.prompt_armed = false;
            exchange.repeat(later(self.now, TRANSMIT_STALL));
            return Reaction::Nothing;
        }
        self.took_data = exchange.has_data && exchange.stage != Stage::Prompt;
        if self.took_data && ok {
            self.untaken = 0;
        }
        let capabilities = &mut self.config.capabilities;
        if exchange.is_inline && !ok {
            // The form that is sure to be taken costs little: whether it was that is not asked.
            capabilities.inline_up_to = 0;
        }
        let silent = capabilities.qos0_result == Some(false)
            && exchange
                .key
                .is_some_and(|key| key.kind == Kind::Publish && key.msg_id == 0);
        match (exchange.key, exchange.outcome) {
            (Some(_), Some(early)) if ok => exchange.end(early),
            (Some(key), None) if ok && silent => {
                self.deferred.supersede(key);
                exchange.end(Outcome::Sent);
            }
            (Some(key), None) if ok => {
                let ticket = exchange.ticket;
                let deadline = later(self.now, exchange.within);
                self.deferred.begin(ticket, key, deadline);
                self.exchange = None;
                self.dialect.prompt_armed = false;
            }
            _ => exchange.end(Outcome::of_final(result)),
        }
        Reaction::Nothing
    }

    fn on_prompt(&mut self) {
        self.dialect.prompt_armed = false;
        let asking = self.exchange.as_mut();
        let Some(exchange) = asking.filter(|it| it.stage == Stage::Prompt) else {
            return;
        };
        let known = self.config.capabilities.prompt_guard_ms.into();
        let guard = self.config.prompt_guard.max(known);
        let guard = match exchange.data_echo {
            // Complete before it is asked for: its result may follow the prompt.
            _ if self.tx.data_len() == 0 => 0,
            Some(_) => guard.max(PROMPT_TAIL),
            None => guard,
        };
        exchange.stage = Stage::Guard;
        exchange.echo = false;
        exchange.deadline = later(self.now, guard);
        self.start_data();
    }

    fn on_report(&mut self, report: &Report<'_>) -> Reaction {
        if let Some((key, settlement)) = settlement(report) {
            if key.kind == Kind::Publish && key.msg_id == 0 {
                self.config.capabilities.qos0_result = Some(true);
            }
            return self.on_settlement(key, settlement);
        }
        match report {
            Report::LinkLost { link, cause } => {
                self.on_link_lost(*link, *cause);
                Reaction::Nothing
            }
            Report::Received(received) => self.on_message(received.link, received.counted),
            Report::Answer(answer) => self.on_answer(answer),
            Report::Notice(Notice::Ready) => {
                self.on_restart();
                Reaction::Nothing
            }
            Report::Notice(_) => Reaction::Notice,
            _ => Reaction::Stray,
        }
    }

    /// A message has come. Its length is believed once the module has confirmed, since it started,
    /// that it prints lengths: until then a payload without quotes could spell one, and what comes
    /// after it would be cut where its author likes.
    fn on_message(&mut self, link: LinkId, counted: bool) -> Reaction {
        match (counted, self.facts(link).counted) {
            (true, true) => Reaction::Message,
            (false, true) => {
                self.on_violation(Violation::Head);
                Reaction::Untrusted
            }
            _ if self.config.accept_uncounted => Reaction::Message,
            _ => Reaction::Untrusted,
        }
    }

    fn on_settlement(&mut self, key: crate::deferred::Key, settlement: Settlement) -> Reaction {
        let progress = match settlement {
            Settlement::End(outcome) if self.deferred.settle(key, outcome) => {
                return Reaction::Nothing;
            }
            Settlement::End(_) => None,
            Settlement::Progress(_) => self.deferred.progress(key),
        };
        // An empty payload is complete before it is asked for, and its prompt may have been lost.
        let empty = self.tx.data_len() == 0;
        let current = self.exchange.as_mut().filter(|exchange| {
            let complete =
                exchange.stage == Stage::Final || empty && exchange.may_be_in_data_mode();
            complete && exchange.key == Some(key)
        });
        match (settlement, progress, current) {
            (Settlement::Progress(count), Some(ticket), _) => {
                Reaction::Retransmitting(ticket, count)
            }
            (Settlement::Progress(count), None, Some(exchange)) => {
                Reaction::Retransmitting(exchange.ticket, count)
            }
            (Settlement::Progress(_), None, None) => Reaction::Stray,
            (Settlement::End(outcome), _, Some(exchange)) => {
                exchange.outcome = exchange.outcome.or(Some(outcome));
                Reaction::Nothing
            }
            // More doubt is no news of an operation in doubt: it ended so before.
            (Settlement::End(Outcome::Unknown(_)), _, None) => Reaction::Stray,
            (Settlement::End(outcome), _, None) => match self.deferred.late(key) {
                Some(ticket) => Reaction::Late(ticket, outcome),
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
                exchange.outcome = exchange.outcome.or(Some(Outcome::Unknown(doubt)));
            }
        }
        self.news.add(Note::LinkLost(link, cause));
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
            let facts = self.facts.of_mut(link);
            match setting {
                Setting::DataFormat { send, .. } => facts.send_format = *send,
                Setting::ShowRecvLen(on) => facts.counted = *on,
                Setting::EchoMode(on) => facts.echo_mode = Some(*on),
                Setting::Timeout(update) => facts.timeout = update.apply(facts.timeout),
                _ => {}
            }
        }
        Reaction::Answer(exchange.ticket, exchange.expect)
    }

    /// The module has started: everything in flight is in doubt, every option is a default again.
    pub(crate) fn on_restart(&mut self) {
        if let Some(exchange) = &mut self.exchange {
            let doubt = || self.tx.doubt(Doubt::Restarted);
            exchange.end(exchange.outcome.unwrap_or_else(doubt));
        }
        count(&mut self.counters.restarts);
        self.deferred.end_all(Doubt::Restarted);
        self.forget_settings();
        self.news.add(Note::Restarted);
    }
}

/// Whether a line that is nothing known looks like the head of a message with a damaged name: a
/// quoted field, a number, and another field.
fn is_damaged_head(line: &[u8]) -> bool {
    line.windows(2).enumerate().any(|(at, pair)| {
        let rest = line.get(at + 2..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        pair == b"\"," && digits > 0 && rest.get(digits) == Some(&b',')
    })
}
