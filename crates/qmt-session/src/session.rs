//! One command after another, and everything that comes in between.

use at_syntax::{Framer, Writer};
use qmt_proto::hex;
use qmt_proto::{
    Body, Command, DataFormat, Delivery, Inline, Instant, LinkId, MsgId, Payload, PayloadLen,
    Publish, Topic,
};

use crate::buffers::Rx;
use crate::counters::count;
use crate::deferred::{IDS_TAKEN, Key};
use crate::dialogue::{Dialogue, TRANSMIT_STALL};
use crate::exchange::{DataEcho, Exchange};
use crate::receive::Raw;
use crate::{
    Buffers, Capabilities, Counters, Event, LineError, Machine, PublishForm, SessionConfig,
    SubmitError, Ticket,
};

/// The host side of one AT line.
///
/// Takes commands one at a time with [`submit`](Self::submit) and gives each exactly one
/// [`Event::Done`]. After the `OK` of a command with a deferred result the next one may be
/// submitted; the result finds its ticket by command, link and message identifier.
///
/// After every `handle_*` or wish: poll events until there is none, then transmit.
#[derive(Debug)]
pub struct Session<'buf> {
    pub(crate) rx: Rx<'buf>,
    pub(crate) framer: Framer,
    pub(crate) talk: Dialogue<'buf>,
    /// When the last byte came, while part of a frame is waiting for the rest.
    heard_at: Instant,
    /// Set when the gap time is over: what waits is all there is of its frame.
    pub(crate) silent: bool,
    /// An event found while making room; its ranges hold until the next push.
    held: Option<Raw>,
    next_ticket: u16,
    next_msg_id: u16,
}

impl<'buf> Session<'buf> {
    /// A session with a module in any state. Send a few [`Command::Attention`] first.
    pub fn new(config: SessionConfig, buffers: Buffers<'buf>) -> Self {
        Self {
            rx: Rx::new(buffers.rx),
            framer: Framer::responses(),
            talk: Dialogue::new(config, buffers.tx),
            heard_at: Instant::ZERO,
            silent: false,
            held: None,
            next_ticket: 0,
            next_msg_id: 0,
        }
    }
}

/// What the owner wants.
impl Session<'_> {
    /// Sends `command` as soon as the line takes it.
    ///
    /// # Errors
    /// [`SubmitError`]; then nothing is sent.
    pub fn submit(&mut self, now: Instant, command: &Command<'_>) -> Result<Ticket, SubmitError> {
        if let Command::Publish(_) = command {
            return Err(SubmitError::NeedsPayload);
        }
        self.start(now, command, false)
    }

    /// Publishes `payload`, 0..=1460 bytes of any kind, in the send format last read back from the
    /// module.
    ///
    /// # Errors
    /// [`SubmitError`]; then nothing is sent.
    #[expect(
        clippy::too_many_arguments,
        reason = "QMT §3.3.8 has this many parameters"
    )]
    pub fn publish(
        &mut self,
        now: Instant,
        link: LinkId,
        delivery: Delivery,
        retain: bool,
        topic: Topic<'_>,
        payload: &[u8],
        form: PublishForm,
    ) -> Result<Ticket, SubmitError> {
        let format = self.talk.facts(link).send_format;
        let form = match form {
            PublishForm::Auto => self.capabilities().form(payload, format),
            form => form,
        };
        form.check(payload, format)?;
        let hex = format == DataFormat::Hex;
        let written = match format {
            DataFormat::Text => Payload::Text(payload),
            DataFormat::Hex => Payload::Hex(hex::Hex::of_bytes(payload)),
        };
        let too_long = SubmitError::PayloadTooLong { len: payload.len() };
        let body = match form {
            PublishForm::Terminated => Body::Prompt,
            PublishForm::Inline => Body::Inline(Inline::new(written).ok_or(too_long)?),
            PublishForm::Auto | PublishForm::Counted => {
                Body::PromptCounted(PayloadLen::new(payload.len()).ok_or(too_long)?)
            }
        };
        let command = Command::Publish(Publish {
            link,
            delivery,
            retain,
            topic,
            body,
        });
        let has_data = form != PublishForm::Inline;
        let ticket = self.start(now, &command, has_data)?;
        if has_data && !self.load_data(payload, hex, form) {
            self.talk.exchange = None;
            let digits = if hex { 2 } else { 1 };
            let needed = self.talk.tx.command().len() + payload.len() * digits + 1;
            return Err(SubmitError::BufferFull { needed });
        }
        Ok(ticket)
    }

    /// A message identifier that is neither in flight nor in doubt on `link` (MQTT 3.1.1 §2.3.1).
    ///
    /// # Errors
    /// [`SubmitError::Busy`] when there is none.
    pub fn allocate_msg_id(&mut self, link: LinkId) -> Result<MsgId, SubmitError> {
        // Zero is among those looked at.
        for _ in 0..=IDS_TAKEN + 1 {
            self.next_msg_id = self.next_msg_id.wrapping_add(1);
            match MsgId::new(self.next_msg_id) {
                Some(id) if !self.talk.uses(link, id.get()) => return Ok(id),
                _ => {}
            }
        }
        Err(SubmitError::Busy)
    }

    /// Trusts nothing until the line has been silent and a probe has passed;
    /// [`Event::Resynchronized`] follows. For a line that may hold answers to somebody else.
    pub fn verify(&mut self) {
        self.talk.verify();
    }

    /// As after a violation of the framing, for an owner who knows more about what may come: the
    /// message that was told last is not to be believed.
    pub(crate) fn distrust(&mut self, violation: qmt_proto::Violation) {
        let counters = &mut self.talk.counters;
        counters.messages = counters.messages.saturating_sub(1);
        count(&mut counters.withheld);
        self.talk.on_violation(violation);
    }

    /// Ends all operations: the device has gone away, or is to be started anew.
    pub fn abort(&mut self, now: Instant) {
        self.talk.now = now;
        self.talk.abort();
        self.framer.toss();
        self.rx.consume(usize::MAX);
        let _ = self.framer.flush(&[]);
        self.held = None;
    }

    fn start(
        &mut self,
        now: Instant,
        command: &Command<'_>,
        has_data: bool,
    ) -> Result<Ticket, SubmitError> {
        self.talk.now = now;
        if !self.talk.is_free() {
            return Err(SubmitError::Busy);
        }
        if let Some(key) = Key::of_command(command)
            && let Err(error) = self.talk.admits(key)
        {
            return Err(error);
        }
        let mut line = Writer::new(self.talk.tx.clear());
        command.emit(&mut line);
        let len = match line.finish_request() {
            Ok(line) => line.len(),
            Err(full) => {
                let needed = full.needed;
                return Err(SubmitError::BufferFull { needed });
            }
        };
        self.talk.tx.set_command(len);
        let facts = command.link().map(|link| self.talk.facts(link));
        let facts = facts.unwrap_or_default();
        let ticket = Ticket(self.next_ticket);
        self.next_ticket = self.next_ticket.wrapping_add(1);
        let deadline = now.saturating_add(TRANSMIT_STALL);
        let margin = self.talk.config.margin;
        let mut exchange = Exchange::new(ticket, command, &facts.timeout, margin, deadline);
        exchange.has_data = has_data;
        exchange.is_inline = matches!(command, Command::Publish(_)) && !has_data;
        let echoes = has_data && facts.echo_mode != Some(false);
        exchange.data_echo = echoes.then_some(DataEcho { done: 0, total: 0 });
        self.talk.exchange = Some(exchange);
        Ok(ticket)
    }

    /// Puts the payload behind its command line. False: no room.
    fn load_data(&mut self, payload: &[u8], as_hex: bool, form: PublishForm) -> bool {
        let tx = &mut self.talk.tx;
        let loaded = if as_hex {
            payload.iter().all(|&b| tx.push_data(&hex::digits_of(b)))
        } else {
            tx.push_data(payload)
        };
        let total = tx.data().len();
        if let Some(Exchange {
            data_echo: Some(echo),
            ..
        }) = &mut self.talk.exchange
        {
            echo.total = total;
        }
        loaded && (form != PublishForm::Terminated || tx.push_data(b"\x1a"))
    }
}

/// What happened, and what to write.
impl Machine for Session<'_> {
    fn handle_input(&mut self, now: Instant, bytes: &[u8]) -> usize {
        self.talk.now = now;
        if bytes.is_empty() || self.held.is_some() {
            return 0;
        }
        self.heard_at = now;
        self.silent = false;
        self.talk.quarantine.on_bytes(now, &self.talk.config);
        let taken = self.rx.push(bytes);
        if taken > 0 {
            return taken;
        }
        self.held = self.advance();
        if self.held.is_some() {
            return 0;
        }
        if self.rx.is_full() {
            self.framer.toss();
            self.rx.consume(usize::MAX);
            self.talk.on_violation(qmt_proto::Violation::Overflow);
        }
        self.rx.push(bytes)
    }

    fn handle_line_error(&mut self, now: Instant, error: LineError) {
        self.talk.now = now;
        self.framer.toss();
        self.rx.consume(usize::MAX);
        self.heard_at = now;
        self.silent = false;
        self.talk.on_line_error(error);
    }

    fn handle_transmitted(&mut self, now: Instant, len: usize) {
        self.talk.now = now;
        self.talk.handle_transmitted(len);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.talk.now = now;
        if self.gap_timeout().is_some_and(|due| due <= now) {
            self.silent = true;
        }
        self.talk.handle_timeout();
    }

    fn poll_transmit(&self) -> &[u8] {
        self.talk.poll_transmit()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.talk
            .poll_timeout()
            .into_iter()
            .chain(self.gap_timeout())
            .min()
    }
}

/// What is to be told.
impl Session<'_> {
    /// The next event. It borrows the receive buffer: use it before the next call.
    pub fn poll_event(&mut self) -> Option<Event<'_>> {
        let raw = self.next_raw()?;
        Some(self.event(&raw))
    }

    /// The next event, not yet borrowed; [`event`](Self::event) makes it one.
    pub(crate) fn next_raw(&mut self) -> Option<Raw> {
        self.held.take().or_else(|| self.advance())
    }

    /// Whether [`poll_event`](Self::poll_event) will give one.
    pub fn has_event(&mut self) -> bool {
        if self.held.is_none() {
            self.held = self.advance();
        }
        self.held.is_some()
    }

    /// Whether the next command would not be [`SubmitError::Busy`].
    pub fn is_free(&self) -> bool {
        self.talk.is_free()
    }

    /// Whether nothing is in progress, in flight or in doubt about the line.
    pub(crate) fn is_idle(&self) -> bool {
        self.talk.is_free() && self.talk.deferred.is_empty()
    }

    /// Whether a publish on `link` would not be [`SubmitError::InFlight`].
    pub fn can_publish(&self, link: LinkId) -> bool {
        let key = Key {
            kind: crate::deferred::Kind::Publish,
            link,
            msg_id: 0,
        };
        self.talk.is_free() && self.talk.admits(key).is_ok()
    }

    /// What is known of the module: what was loaded, and what has been learned.
    pub const fn capabilities(&self) -> &Capabilities {
        &self.talk.config.capabilities
    }

    /// What has come in so far.
    pub const fn counters(&self) -> &Counters {
        &self.talk.counters
    }

    /// When silence will end the frame that is waiting for its rest.
    fn gap_timeout(&self) -> Option<Instant> {
        let waiting = self.framer.is_mid_frame() || !self.rx.bytes().is_empty();
        (waiting && !self.silent).then(|| self.heard_at.saturating_add(self.talk.config.gap))
    }
}
