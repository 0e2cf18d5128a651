//! What the broker remembers of one client.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::sync::Arc;

use qmt_mqtt::{Delivery, Level, Packet, PacketId, PacketKind, Publish, QoS, matches};

use crate::output::Output;
use crate::{Cause, Config, ConnectionId, Counters, Limits, Message};

/// State of one client (MQTT 3.1.1 §3.1.2.4).
#[derive(Debug)]
pub(crate) struct Session {
    /// Ends with its connection.
    pub(crate) clean: bool,
    /// Set and cleared by the broker as the client comes and goes.
    pub(crate) connection: Option<ConnectionId>,
    /// Filters with the quality of service granted.
    pub(crate) subscriptions: BTreeMap<String, QoS>,
    /// Messages that wait for room, in order.
    queue: VecDeque<Outgoing>,
    /// Messages whose acknowledgement is owed, in the order they were sent.
    in_flight: VecDeque<InFlight>,
    /// Identifier given last; the search for the next one starts behind it.
    last_id: PacketId,
    /// QoS 2 messages received, waiting for PUBREL (MQTT 3.1.1 §4.3.3).
    held: BTreeMap<PacketId, Held>,
}

/// A message for this client.
#[derive(Debug)]
struct Outgoing {
    message: Arc<Message>,
    /// The lower of the sender's and the granted one.
    qos: QoS,
    /// Sent because of a new subscription (MQTT 3.1.1 §3.3.1-8).
    retain: bool,
}

#[derive(Debug)]
struct InFlight {
    id: PacketId,
    step: Step,
    /// Set on reconnect, cleared when written again (MQTT 3.1.1 §4.4).
    resend: bool,
}

/// What is awaited.
#[derive(Debug)]
enum Step {
    /// PUBACK for a QoS 1, PUBREC for a QoS 2 message.
    Received(Outgoing),
    /// PUBCOMP.
    Completed,
}

#[derive(Debug)]
struct Held {
    message: Message,
    /// How often the same content came.
    times: u8,
}

impl Session {
    pub(crate) const fn new(clean: bool) -> Self {
        Self {
            clean,
            connection: None,
            subscriptions: BTreeMap::new(),
            queue: VecDeque::new(),
            in_flight: VecDeque::new(),
            last_id: PacketId::MAX,
            held: BTreeMap::new(),
        }
    }

    /// Granted quality of service for a topic: the highest of all filters that select it, so that
    /// overlapping subscriptions deliver once (MQTT 3.1.1 §3.3.5).
    pub(crate) fn granted(&self, topic: &str) -> Option<QoS> {
        let selecting = self
            .subscriptions
            .iter()
            .filter(|(filter, _)| matches(filter, topic));
        selecting.map(|(_, qos)| *qos).max()
    }

    /// Queues a message; `false` when the queue is full.
    pub(crate) fn enqueue(
        &mut self,
        message: &Arc<Message>,
        granted: QoS,
        retain: bool,
        limits: &Limits,
    ) -> bool {
        let qos = granted.min(message.qos);
        // As mosquitto: nothing of QoS 0 is kept for the absent (MQTT 3.1.1 §3.1.2.4 allows both).
        if self.connection.is_none() && qos == QoS::AtMostOnce {
            return true;
        }
        let room = self.queue.len() < limits.queue;
        if room {
            self.queue.push_back(Outgoing {
                message: Arc::clone(message),
                qos,
                retain,
            });
        }
        room
    }

    /// The client is back: what it did not acknowledge goes out again (MQTT 3.1.1 §4.4-1).
    pub(crate) fn resume(&mut self) {
        for entry in &mut self.in_flight {
            entry.resend = true;
        }
    }

    /// The client is gone and the session stays.
    pub(crate) fn suspend(&mut self) {
        self.connection = None;
        self.queue
            .retain(|outgoing| outgoing.qos != QoS::AtMostOnce);
    }

    /// Writes what may go out now: first what is sent again, then the queue in its order, except
    /// that QoS 0 does not wait for the in-flight window.
    pub(crate) fn pump(
        &mut self,
        level: Level,
        output: &mut Output,
        limits: &Limits,
        counters: &mut Counters,
    ) {
        while output.len() < limits.output {
            if let Some(entry) = self.in_flight.iter_mut().find(|entry| entry.resend) {
                entry.resend = false;
                counters.resent += 1;
                let packet = match &entry.step {
                    Step::Received(outgoing) => outgoing.packet(entry.id, true),
                    // MQTT 3.1 §3.6 has DUP here, 3.1.1 has not.
                    Step::Completed => Packet::PubRel {
                        id: entry.id,
                        dup: level == Level::V31,
                    },
                };
                output.push(&packet, level);
                continue;
            }
            let open = self.in_flight.len() < usize::from(limits.in_flight);
            let ready = |outgoing: &Outgoing| open || outgoing.qos == QoS::AtMostOnce;
            let Some(outgoing) = self
                .queue
                .iter()
                .position(ready)
                .and_then(|at| self.queue.remove(at))
            else {
                break;
            };
            counters.sent += 1;
            if outgoing.qos == QoS::AtMostOnce {
                output.push(&outgoing.packet(PacketId::ONE, false), level);
                continue;
            }
            let id = self.free_id();
            self.last_id = id;
            output.push(&outgoing.packet(id, false), level);
            self.in_flight.push_back(InFlight {
                id,
                step: Step::Received(outgoing),
                resend: false,
            });
        }
    }

    /// Takes PUBACK, PUBREC or PUBCOMP and gives the answer, if one is due.
    ///
    /// An acknowledgement of nothing is tolerated, and PUBREC answered, since it may be late; one
    /// of the wrong kind is not. Both as mosquitto.
    pub(crate) fn acknowledge(
        &mut self,
        kind: PacketKind,
        id: PacketId,
    ) -> Result<Option<Packet>, Cause> {
        let release = Packet::PubRel { id, dup: false };
        let Some(at) = self.in_flight.iter().position(|entry| entry.id == id) else {
            return Ok((kind == PacketKind::PubRec).then_some(release));
        };
        let awaited = self.in_flight.get(at).map(|entry| match &entry.step {
            Step::Received(outgoing) if outgoing.qos == QoS::AtLeastOnce => PacketKind::PubAck,
            Step::Received(_) => PacketKind::PubRec,
            Step::Completed => PacketKind::PubComp,
        });
        match (awaited, kind) {
            (Some(PacketKind::PubAck), PacketKind::PubAck)
            | (Some(PacketKind::PubComp), PacketKind::PubComp) => {
                self.in_flight.remove(at);
                Ok(None)
            }
            (Some(PacketKind::PubRec | PacketKind::PubComp), PacketKind::PubRec) => {
                if let Some(entry) = self.in_flight.get_mut(at) {
                    entry.step = Step::Completed;
                    entry.resend = false;
                }
                Ok(Some(release))
            }
            _ => Err(Cause::UnexpectedAck { kind, id }),
        }
    }

    /// Takes a QoS 2 message until its PUBREL. The same content again is a repetition; other
    /// content under the same identifier replaces it, as mosquitto does.
    pub(crate) fn hold(
        &mut self,
        id: PacketId,
        message: Message,
        config: &Config,
    ) -> Result<(), Cause> {
        if let Some(held) = self.held.get_mut(&id) {
            if held.message == message {
                held.times = held.times.saturating_add(1);
                if config
                    .identical_publishes
                    .is_some_and(|limit| held.times > limit)
                {
                    return Err(Cause::Repeated { id });
                }
                return Ok(());
            }
        } else if self.held.len() >= config.limits.held {
            return Err(Cause::TooManyHeld);
        }
        self.held.insert(id, Held { message, times: 1 });
        Ok(())
    }

    /// PUBREL came: the message is accepted now (MQTT 3.1.1 §4.3.3, method A).
    pub(crate) fn release(&mut self, id: PacketId) -> Option<Message> {
        self.held.remove(&id).map(|held| held.message)
    }

    /// The next identifier that is not in flight; there is one, since the window is smaller.
    fn free_id(&self) -> PacketId {
        let mut id = self.last_id.next();
        while self.in_flight.iter().any(|entry| entry.id == id) {
            id = id.next();
        }
        id
    }
}

impl Outgoing {
    fn packet(&self, id: PacketId, dup: bool) -> Packet {
        Packet::Publish(Publish {
            delivery: Delivery::new(self.qos, id, dup),
            retain: self.retain,
            topic: self.message.topic.clone(),
            payload: self.message.payload.clone(),
        })
    }
}
