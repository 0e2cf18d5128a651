//! Operations whose `OK` has come and whose result is awaited, and those given up.

use qmt_proto::{
    CloseResult, Command, ConnectCode, DisconnectResult, Instant, LinkId, OpenResult, PacketResult,
    Report, limits,
};

use crate::{Ack, Doubt, Outcome, Rejection, SubmitError, Ticket};

/// Operations that can be in flight: two on each link and one to spare.
const IN_FLIGHT: usize = 11;
/// Operations given up whose late result is still recognised, and whose message identifier is not
/// used again.
const GIVEN_UP: usize = 16;
/// Most message identifiers that are not free at a time: with one more than this looked at, one
/// must be.
pub(crate) const IDS_TAKEN: usize = IN_FLIGHT + GIVEN_UP + 1;

/// What a deferred result belongs to: the command, the link and the message identifier (QMT §3.3.1
/// `<TCP_connectID>`, §3.3.6 `<msgID>`, §3.3.7 `<msgID>`, §3.3.8 `<msgID>`, `<msgID>` 0).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Key {
    pub(crate) kind: Kind,
    pub(crate) link: LinkId,
    /// 0 where there is none.
    pub(crate) msg_id: u16,
}

/// The commands with a deferred result.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// QMT §3.3.2 write, `<result>` -1..=5.
    Open,
    /// QMT §3.3.3 write, `<result>` -1..=0.
    Close,
    /// QMT §3.3.4 write, `<result>` 0..=2, `<retcode>` 0..=5.
    Connect,
    /// QMT §3.3.5 write, `<result>` -1..=0.
    Disconnect,
    /// QMT §3.3.6 write, `<result>` 0..=2, `<value>`, `<value>` granted.
    Subscribe,
    /// QMT §3.3.7 write, `<result>` 0..=2.
    Unsubscribe,
    /// QMT §3.3.8 write, `<result>` 0..=2, `<value>`.
    Publish,
}

/// What a deferred result says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Settlement {
    /// Result 1: the packet was sent again, so often (QMT §3.3.6 `<value>` count, §3.3.8 `<value>`
    /// count).
    Progress(Option<u8>),
    /// The end.
    End(Outcome),
}

/// An operation in flight.
#[derive(Clone, Copy, Debug)]
struct Pending {
    ticket: Ticket,
    key: Key,
    deadline: Instant,
    /// How often the module has said that it sent the packet again.
    notices: u8,
    /// Set when it has been given up and its owner has not been told.
    doubt: Option<Doubt>,
}

/// All operations in flight, and the last ones given up.
#[derive(Debug, Default)]
pub(crate) struct Deferred {
    pending: [Option<Pending>; IN_FLIGHT],
    /// The operation that the last result has ended, until its owner is told: before the next
    /// frame is looked at.
    settled: Option<(Ticket, Key, Outcome)>,
    /// How many of `pending` are in doubt: mostly none, and then nobody need look for them.
    doubtful: u8,
    /// A ring: `next` is overwritten next.
    given_up: [Option<(Key, Ticket)>; GIVEN_UP],
    next: u8,
}

impl Key {
    pub(crate) fn of_command(command: &Command<'_>) -> Option<Self> {
        let (kind, msg_id) = match command {
            Command::Open(_) => (Kind::Open, 0),
            Command::Close(_) => (Kind::Close, 0),
            Command::Connect(_) => (Kind::Connect, 0),
            Command::Disconnect(_) => (Kind::Disconnect, 0),
            Command::Subscribe(subscribe) => (Kind::Subscribe, subscribe.msg_id.get()),
            Command::Unsubscribe(unsubscribe) => (Kind::Unsubscribe, unsubscribe.msg_id.get()),
            Command::Publish(publish) => (Kind::Publish, publish.delivery.wire_id()),
            _ => return None,
        };
        Some(Self {
            kind,
            link: command.link()?,
            msg_id,
        })
    }

    /// Whether a lost link ends the operation. Opening and closing have results of their own.
    pub(crate) const fn ends_with_link(self) -> bool {
        matches!(
            self.kind,
            Kind::Connect | Kind::Subscribe | Kind::Unsubscribe | Kind::Publish
        )
    }
}

/// What `report` settles, if it is a deferred result.
pub(crate) fn settlement(report: &Report<'_>) -> Option<(Key, Settlement)> {
    let done = Outcome::Acked(Ack::Done);
    let (kind, link, msg_id, settlement) = match *report {
        Report::Opened { link, result } => {
            let outcome = match result {
                OpenResult::OPENED => done,
                result => Outcome::Rejected(Rejection::Open(result)),
            };
            (Kind::Open, link, 0, Settlement::End(outcome))
        }
        Report::Closed { link, result } => {
            let outcome = match result {
                CloseResult::CLOSED => done,
                result => Outcome::Rejected(Rejection::Close(result)),
            };
            (Kind::Close, link, 0, Settlement::End(outcome))
        }
        Report::Disconnected { link, result } => {
            let outcome = match result {
                DisconnectResult::DISCONNECTED => done,
                result => Outcome::Rejected(Rejection::Disconnect(result)),
            };
            (Kind::Disconnect, link, 0, Settlement::End(outcome))
        }
        Report::Connected { link, result, code } => {
            let settlement = match code {
                Some(code) if code != ConnectCode::ACCEPTED => {
                    Settlement::End(Outcome::Rejected(Rejection::Connect(code)))
                }
                _ => packet(result, done, None),
            };
            (Kind::Connect, link, 0, settlement)
        }
        Report::Subscribed {
            link,
            msg_id,
            result,
            values,
        } => {
            let granted = Outcome::Acked(Ack::Granted(values));
            let settlement = packet(result, granted, values.iter().next());
            (Kind::Subscribe, link, msg_id.get(), settlement)
        }
        Report::Unsubscribed {
            link,
            msg_id,
            result,
        } => (
            Kind::Unsubscribe,
            link,
            msg_id.get(),
            packet(result, done, None),
        ),
        Report::Published {
            link,
            msg_id,
            result,
            value,
        } => {
            let success = if msg_id == 0 { Outcome::Sent } else { done };
            (Kind::Publish, link, msg_id, packet(result, success, value))
        }
        _ => return None,
    };
    Some((Key { kind, link, msg_id }, settlement))
}

fn packet(result: PacketResult, success: Outcome, count: Option<u8>) -> Settlement {
    match result {
        PacketResult::DONE => Settlement::End(success),
        PacketResult::RETRANSMITTED => Settlement::Progress(count),
        PacketResult::FAILED => Settlement::End(Outcome::Unknown(Doubt::SendFailed)),
        PacketResult(other) => Settlement::End(Outcome::Unknown(Doubt::UnknownResult(other))),
    }
}

impl Deferred {
    /// Whether an operation like `key`, with any message identifier, can begin. `alone`: not while
    /// another link has one in flight either.
    ///
    /// # Errors
    /// [`SubmitError::InFlight`], or [`SubmitError::Busy`] when there is no place for one more.
    pub(crate) fn admits(&self, key: Key, alone: bool) -> Result<(), SubmitError> {
        let mut pending = self.pending.iter().flatten();
        if pending.any(|p| p.key.kind == key.kind && (alone || p.key.link == key.link)) {
            return Err(SubmitError::InFlight);
        }
        let free = self.pending.iter().any(Option::is_none);
        free.then_some(()).ok_or(SubmitError::Busy)
    }

    /// The `OK` of an operation has come: awaits its result until then. A place is free for it, because
    /// [`admits`](Self::admits) was asked and only one command is in progress at a time.
    pub(crate) fn begin(&mut self, ticket: Ticket, key: Key, deadline: Instant) {
        self.supersede(key);
        let free = self.pending.iter_mut().find(|slot| slot.is_none());
        if let Some(slot) = free {
            *slot = Some(Pending {
                ticket,
                key,
                deadline,
                notices: 0,
                doubt: None,
            });
        }
    }

    /// A result for `key` now means an operation that has begun, not one given up long ago.
    pub(crate) fn supersede(&mut self, key: Key) {
        for slot in &mut self.given_up {
            if slot.is_some_and(|(old, _)| old == key) {
                *slot = None;
            }
        }
    }

    /// The end of the operation that `key` belongs to. False: there is none in flight.
    pub(crate) fn settle(&mut self, key: Key, outcome: Outcome) -> bool {
        let ours =
            |slot: &&mut Option<Pending>| slot.is_some_and(|p| p.key == key && p.doubt.is_none());
        let pending = self.pending.iter_mut().find(ours).and_then(Option::take);
        self.settled = pending.map(|p| (p.ticket, key, outcome)).or(self.settled);
        pending.is_some()
    }

    /// The packet of the operation that `key` belongs to has been sent again. Its deadline stays
    /// where it is, and a module that says so more often than it may (QMT §3.3.1 `<retry_times>`)
    /// is not listened to.
    pub(crate) fn progress(&mut self, key: Key) -> Option<Ticket> {
        let mut running = self.pending.iter_mut().flatten();
        let pending = running.find(|p| p.key == key && p.doubt.is_none())?;
        if pending.notices >= limits::RETRY_TIMES {
            return None;
        }
        pending.notices += 1;
        Some(pending.ticket)
    }

    /// The link is lost: its packets will get no result.
    pub(crate) fn end_link(&mut self, link: LinkId, doubt: Doubt) {
        self.give_up_if(|p| p.key.link == link && p.key.ends_with_link(), doubt);
    }

    pub(crate) fn end_all(&mut self, doubt: Doubt) {
        self.give_up_if(|_| true, doubt);
    }

    /// Ends what is overdue.
    pub(crate) fn expire(&mut self, now: Instant) {
        self.give_up_if(|p| p.deadline <= now, Doubt::TimedOut);
    }

    fn give_up_if(&mut self, wanted: impl Fn(&Pending) -> bool, doubt: Doubt) {
        let running = self.pending.iter_mut().flatten();
        for pending in running.filter(|p| p.doubt.is_none()) {
            if wanted(pending) {
                pending.doubt = Some(doubt);
                self.doubtful += 1;
            }
        }
    }

    /// Whether [`take_ended`](Self::take_ended) will give one.
    pub(crate) const fn has_ended(&self) -> bool {
        self.settled.is_some() || self.doubtful > 0
    }

    /// The next operation that has ended. One in doubt is remembered: its result may yet come.
    pub(crate) fn take_ended(&mut self) -> Option<(Ticket, Key, Outcome)> {
        let (ticket, key, outcome) = self.settled.take().or_else(|| {
            self.doubtful = self.doubtful.checked_sub(1)?;
            let given_up = |slot: &&mut Option<Pending>| slot.is_some_and(|p| p.doubt.is_some());
            let pending = self.pending.iter_mut().find(given_up)?.take()?;
            Some((
                pending.ticket,
                pending.key,
                Outcome::Unknown(pending.doubt?),
            ))
        })?;
        if matches!(outcome, Outcome::Unknown(_)) {
            self.give_up(key, ticket);
        }
        Some((ticket, key, outcome))
    }

    /// Remembers an operation in doubt.
    pub(crate) fn give_up(&mut self, key: Key, ticket: Ticket) {
        if let Some(slot) = self.given_up.get_mut(usize::from(self.next)) {
            *slot = Some((key, ticket));
        }
        self.next = (self.next + 1) % GIVEN_UP as u8;
    }

    /// The operation in doubt that a late result for `key` belongs to. Forgets it.
    pub(crate) fn late(&mut self, key: Key) -> Option<Ticket> {
        let known = |slot: &&mut Option<(Key, Ticket)>| slot.is_some_and(|(old, _)| old == key);
        let slot = self.given_up.iter_mut().find(known)?;
        slot.take().map(|(_, ticket)| ticket)
    }

    /// The truth about an operation in doubt has come. False: it is in doubt no more.
    pub(crate) fn resolve(&mut self, ticket: Ticket) -> bool {
        let known = |slot: &&mut Option<(Key, Ticket)>| slot.is_some_and(|(_, it)| it == ticket);
        let slot = self.given_up.iter_mut().find(known);
        slot.and_then(Option::take).is_some()
    }

    /// Whether a message identifier is in flight or in doubt on a link (QMT §3.3.6 note,
    /// MQTT 3.1.1 §2.3.1).
    pub(crate) fn uses(&self, link: LinkId, msg_id: u16) -> bool {
        let pending = self.pending.iter().flatten().map(|p| p.key);
        let given_up = self.given_up.iter().flatten().map(|(key, _)| *key);
        pending
            .chain(given_up)
            .any(|key| key.link == link && key.msg_id == msg_id)
    }

    /// Whether nothing is in flight.
    pub(crate) fn is_empty(&self) -> bool {
        self.pending.iter().all(Option::is_none)
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let running = self.pending.iter().flatten();
        running
            .filter(|p| p.doubt.is_none())
            .map(|p| p.deadline)
            .min()
    }
}

#[cfg(test)]
mod tests;
