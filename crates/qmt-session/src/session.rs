//! One command after another, and everything that comes in between.

use at_syntax::{Framer, Writer};
use qmt_proto::{Command, Instant, LinkId, MsgId};

use crate::buffers::Rx;
use crate::counters::{count, count_bytes};
use crate::deferred::{IDS_TAKEN, Key, Kind};
use crate::dialogue::{Dialogue, TRANSMIT_STALL};
use crate::exchange::{DataEcho, Exchange};
use crate::per_link::PerLink;
use crate::quarantine::Quarantine;
use crate::receive::Raw;
use crate::span::later;
use crate::{
    Ack, Buffers, Capabilities, Counters, Event, LineError, Machine, Outcome, SessionConfig,
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
    next_ticket: Ticket,
    /// The identifier given last, on each link: what is said for one does not depend on another.
    msg_ids: PerLink<u16>,
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
            next_ticket: Ticket::FIRST,
            msg_ids: PerLink::default(),
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

    /// A message identifier that is neither in flight nor in doubt on `link` (MQTT 3.1.1 §2.3.1).
    ///
    /// # Errors
    /// [`SubmitError::Busy`] when there is none.
    pub fn allocate_msg_id(&mut self, link: LinkId) -> Result<MsgId, SubmitError> {
        let last = self.msg_ids.of_mut(link);
        // Zero is among those looked at.
        for _ in 0..=IDS_TAKEN + 1 {
            *last = last.wrapping_add(1);
            match MsgId::new(*last) {
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

    /// The module may be waiting for the rest of a payload that nobody has any more: nothing is
    /// sent until it says something final, or its time for data is over (QMT §3.3.8 note 3).
    #[cfg(feature = "snapshot")]
    pub(crate) fn await_data_mode_end(&mut self, now: Instant) {
        self.talk.now = now;
        self.talk.await_data_mode_end();
    }

    /// Where the search for the next message identifier begins, on each link.
    #[cfg(feature = "snapshot")]
    pub(crate) const fn msg_ids(&self) -> [u16; LinkId::COUNT] {
        self.msg_ids.0
    }

    #[cfg(feature = "snapshot")]
    pub(crate) const fn set_msg_ids(&mut self, last: [u16; LinkId::COUNT]) {
        self.msg_ids = PerLink(last);
    }

    /// As after a violation of the framing, for an owner who knows more about what may come: the
    /// message that was told last is not to be believed.
    pub(crate) fn distrust(&mut self, violation: qmt_proto::Violation) {
        let counters = &mut self.talk.counters;
        counters.messages = counters.messages.saturating_sub(1);
        count(&mut counters.withheld);
        self.talk.on_violation(violation);
    }

    /// The link is open, as the module says when it is asked: an opening whose result has not come
    /// ends well.
    pub(crate) fn settle_opened(&mut self, link: LinkId) {
        let key = Key {
            kind: Kind::Open,
            link,
            msg_id: 0,
        };
        self.talk.deferred.settle(key, Outcome::Acked(Ack::Done));
    }

    /// The module has started anew, for a reason that this session has not believed.
    pub(crate) fn restarted(&mut self) {
        self.talk.on_restart();
    }

    /// Ends all operations: the line has gone away. Nothing is sent before the next command, but
    /// where the module may be waiting for a payload: there is silence until it has given up, and then
    /// a probe.
    pub fn abort(&mut self, now: Instant) {
        self.talk.now = now;
        self.talk.abort();
        self.drop_received();
    }

    /// The module has been reset by its pin or its power: as if its banner had come. It waits for
    /// no payload, and nothing that was doubtful about the line before it matters any more.
    pub fn handle_reset(&mut self, now: Instant) {
        self.talk.now = now;
        self.talk.quarantine = Quarantine::new();
        self.talk.on_restart();
        self.drop_received();
    }

    fn drop_received(&mut self) {
        self.toss_received();
        let _ = self.framer.flush(&[]);
        // What was received with it is gone; how an operation has ended is not.
        self.held.take_if(|held| !matches!(held, Raw::Note(_)));
    }

    /// Gives up what has been received, and the rest of its line.
    fn toss_received(&mut self) {
        self.framer.toss();
        count_bytes(&mut self.talk.counters.bytes_dropped, self.rx.clear());
    }

    fn push(&mut self, bytes: &[u8]) -> usize {
        let taken = self.rx.push(bytes);
        count_bytes(&mut self.talk.counters.bytes_in, taken);
        taken
    }

    pub(crate) fn start(
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
        let dialect = self.talk.request_dialect();
        let mut line = Writer::new(self.talk.tx.clear());
        command.emit_in(&dialect, &mut line);
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
        let ticket = self.next_ticket;
        self.next_ticket = ticket.next();
        let deadline = later(now, TRANSMIT_STALL);
        let margin = self.talk.config.margin;
        let mut exchange = Exchange::new(ticket, command, &facts.timeout, margin, deadline);
        exchange.has_data = has_data;
        exchange.follows_data = core::mem::take(&mut self.talk.took_data);
        exchange.is_inline = matches!(command, Command::Publish(_)) && !has_data;
        let echoes = has_data && facts.echo_mode != Some(false);
        exchange.data_echo = echoes.then_some(DataEcho { done: 0, total: 0 });
        self.talk.exchange = Some(exchange);
        Ok(ticket)
    }
}

/// What happened, and what to write.
impl Machine for Session<'_> {
    fn handle_input(&mut self, now: Instant, bytes: &[u8]) -> usize {
        self.take_input(now, bytes, &[])
    }

    fn handle_line_error(&mut self, now: Instant, error: LineError) {
        self.talk.now = now;
        self.toss_received();
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
        self.talk.poll_transmit(&[])
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.talk
            .poll_timeout()
            .into_iter()
            .chain(self.gap_timeout())
            .min()
    }
}

/// The same, for an owner who keeps the payload that is published.
impl Session<'_> {
    /// See [`Machine::handle_input`].
    pub(crate) fn take_input(&mut self, now: Instant, bytes: &[u8], outside: &[u8]) -> usize {
        self.talk.now = now;
        if bytes.is_empty() || self.held.is_some() {
            return 0;
        }
        self.heard_at = now;
        self.silent = false;
        self.talk.quarantine.on_bytes(now, &self.talk.config);
        let taken = self.push(bytes);
        if taken > 0 {
            return taken;
        }
        self.held = self.advance(outside);
        if self.held.is_some() {
            return 0;
        }
        if self.rx.is_full() {
            self.toss_received();
            self.talk.on_violation(qmt_proto::Violation::Overflow);
        }
        self.push(bytes)
    }

    /// See [`Machine::poll_transmit`].
    pub(crate) fn unsent<'d>(&'d self, outside: &'d [u8]) -> &'d [u8] {
        self.talk.poll_transmit(outside)
    }

    /// The publish in progress whose payload is with its owner.
    pub(crate) fn lender(&self) -> Option<Ticket> {
        let exchange = self.talk.exchange.as_ref()?;
        self.talk.tx.is_outside().then_some(exchange.ticket)
    }
}

/// What is to be told.
impl Session<'_> {
    /// The next event. It borrows the receive buffer: use it before the next call.
    pub fn poll_event(&mut self) -> Option<Event<'_>> {
        let raw = self.next_raw(&[])?;
        Some(self.event(&raw))
    }

    /// The next event, not yet borrowed; [`event`](Self::event) makes it one.
    pub(crate) fn next_raw(&mut self, outside: &[u8]) -> Option<Raw> {
        self.held.take().or_else(|| self.advance(outside))
    }

    /// Whether [`poll_event`](Self::poll_event) will give one.
    pub fn has_event(&mut self) -> bool {
        if self.held.is_none() {
            self.held = self.advance(&[]);
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
        self.admits_publish(link).is_ok()
    }

    /// Whether a publish on `link` may begin, with an identifier that is yet to be given.
    pub(crate) fn admits_publish(&self, link: LinkId) -> Result<(), SubmitError> {
        if !self.talk.is_free() {
            return Err(SubmitError::Busy);
        }
        self.talk.admits(Key {
            kind: Kind::Publish,
            link,
            msg_id: 0,
        })
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
        (waiting && !self.silent).then(|| later(self.heard_at, self.talk.config.gap))
    }
}

#[cfg(test)]
mod tests;
