//! A connection the broker has accepted: wishes, packets, timers.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use qmt_mqtt::{Level, Packet, PacketId, Publish, QoS, Receiver, Subscribe, Unsubscribe};
use qmt_proto::{Delivery, Instant, LinkLossCode, MsgId, PacketTimeout, Qos};

use super::event::MqttEvent;
use super::in_flight::InFlight;
use super::keep_alive::KeepAlive;
use super::operation::{Operation, Stage};
use super::options::MqttRefusal;
use super::output::Output;
use super::session::Session;

/// What there is between CONNACK and the end.
#[derive(Debug)]
pub(super) struct Online {
    /// Reads what the broker sends; CONNACK was its first packet.
    pub(super) receiver: Receiver,
    level: Level,
    keep_alive: KeepAlive,
    in_flight: InFlight,
    /// Identifiers of QoS 2 messages that were delivered and await PUBREL (MQTT 3.1.1 §4.3.3).
    delivered: BTreeSet<PacketId>,
}

impl Online {
    pub(super) const fn new(
        receiver: Receiver,
        level: Level,
        keep_alive: KeepAlive,
        in_flight: InFlight,
    ) -> Self {
        Self {
            receiver,
            level,
            keep_alive,
            in_flight,
            delivered: BTreeSet::new(),
        }
    }

    /// Whether no answer of the broker is awaited.
    pub(super) fn is_idle(&self) -> bool {
        self.in_flight.is_empty() && !self.keep_alive.is_waiting()
    }

    /// Takes up what a kept session left open. Its publishes go out once more, or are forgotten.
    pub(super) fn resume(
        &mut self,
        now: Instant,
        timeout: PacketTimeout,
        session: &mut Session,
        resend: bool,
        output: &mut Output,
    ) {
        self.delivered = core::mem::take(&mut session.delivered);
        for mut publish in session.unacknowledged.drain(..).filter(|_| resend) {
            publish.resume(now, timeout, self.level, &mut output.transmit);
            self.in_flight.start(publish);
        }
    }

    /// Gives what is open to a session that will be taken up again.
    pub(super) fn leave(&mut self, session: &mut Session) {
        session.delivered = core::mem::take(&mut self.delivered);
        session.unacknowledged = self.in_flight.take_publishes();
    }

    pub(super) const fn level(&self) -> Level {
        self.level
    }

    /// See [`super::MqttLink::publish`].
    pub(super) fn publish(
        &mut self,
        now: Instant,
        timeout: PacketTimeout,
        delivery: Delivery,
        packet: Publish,
        output: &mut Output,
    ) -> Result<(), MqttRefusal> {
        self.in_flight.admit(delivery.msg_id())?;
        let frame = self.encode(&Packet::Publish(packet), output)?;
        match delivery {
            Delivery::AtMostOnce => {
                let ends_at = output.transmit.push(now, &frame);
                self.in_flight.start_unacknowledged(now, timeout, ends_at);
            }
            Delivery::AtLeastOnce(id) => {
                self.start(now, timeout, id, Stage::PubAck, frame, output);
            }
            Delivery::ExactlyOnce(id) => {
                self.start(now, timeout, id, Stage::PubRec, frame, output);
            }
        }
        Ok(())
    }

    /// See [`super::MqttLink::subscribe`].
    pub(super) fn subscribe(
        &mut self,
        now: Instant,
        timeout: PacketTimeout,
        id: MsgId,
        topics: &[(&str, Qos)],
        output: &mut Output,
    ) -> Result<(), MqttRefusal> {
        self.in_flight.admit(Some(id))?;
        let filters = topics
            .iter()
            .map(|&(topic, qos)| (String::from(topic), qos_to_mqtt(qos)))
            .collect();
        let packet = Packet::Subscribe(Subscribe {
            id: packet_id(id),
            dup: false,
            filters,
        });
        let frame = self.encode(&packet, output)?;
        let topics = topics.len();
        self.start(now, timeout, id, Stage::SubAck { topics }, frame, output);
        Ok(())
    }

    /// See [`super::MqttLink::unsubscribe`].
    pub(super) fn unsubscribe(
        &mut self,
        now: Instant,
        timeout: PacketTimeout,
        id: MsgId,
        topics: &[&str],
        output: &mut Output,
    ) -> Result<(), MqttRefusal> {
        self.in_flight.admit(Some(id))?;
        let packet = Packet::Unsubscribe(Unsubscribe {
            id: packet_id(id),
            dup: false,
            filters: topics.iter().map(|&topic| String::from(topic)).collect(),
        });
        let frame = self.encode(&packet, output)?;
        self.start(now, timeout, id, Stage::UnsubAck, frame, output);
        Ok(())
    }

    /// One packet from the broker.
    ///
    /// # Errors
    /// The cause with which the link ends.
    pub(super) fn handle_packet(
        &mut self,
        now: Instant,
        packet: Packet,
        output: &mut Output,
    ) -> Result<(), LinkLossCode> {
        match packet {
            Packet::Publish(publish) => return self.handle_publish(now, publish, output),
            Packet::PubAck(id) => self.in_flight.handle_ack(id, Stage::PubAck, output),
            Packet::PubRec(id) => {
                return self.in_flight.handle_pubrec(now, self.level, id, output);
            }
            Packet::PubRel { id, .. } => {
                // Known or not, the broker waits for PUBCOMP (MQTT 3.1.1 §4.3.3).
                self.delivered.remove(&id);
                return output.answer(now, self.level, &Packet::PubComp(id));
            }
            Packet::PubComp(id) => self.in_flight.handle_ack(id, Stage::PubComp, output),
            Packet::SubAck(ack) => return self.in_flight.handle_suback(&ack, output),
            Packet::UnsubAck(id) => self.in_flight.handle_ack(id, Stage::UnsubAck, output),
            Packet::PingResp => self.keep_alive.handle_answer(),
            // Never taken: the receiver refuses what a client must not get.
            Packet::Connect(_)
            | Packet::ConnAck(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::PingReq
            | Packet::Disconnect => return Err(LinkLossCode::LINK_DOWN),
        }
        Ok(())
    }

    pub(super) fn handle_transmitted(&mut self, output: &mut Output) {
        self.in_flight.handle_transmitted(output);
    }

    /// Fires what is due.
    ///
    /// # Errors
    /// The cause with which the link ends.
    pub(super) fn handle_timeout(
        &mut self,
        now: Instant,
        output: &mut Output,
    ) -> Result<(), LinkLossCode> {
        self.in_flight.handle_timeout(now, self.level, output);
        self.keep_alive.handle_timeout(now, self.level, output)
    }

    pub(super) fn poll_timeout(&self, output: &Output) -> Option<Instant> {
        let keep_alive = self.keep_alive.poll_timeout(&output.transmit);
        self.in_flight
            .poll_timeout()
            .into_iter()
            .chain(keep_alive)
            .min()
    }

    /// Delivers a message and answers it. At QoS 2 the message is delivered when it first comes,
    /// and its identifier kept until PUBREL (MQTT 3.1.1 §4.3.3, method B).
    fn handle_publish(
        &mut self,
        now: Instant,
        publish: Publish,
        output: &mut Output,
    ) -> Result<(), LinkLossCode> {
        let (answer, is_new) = match publish.delivery {
            qmt_mqtt::Delivery::AtMostOnce => (None, true),
            qmt_mqtt::Delivery::AtLeastOnce { id, .. } => (Some(Packet::PubAck(id)), true),
            qmt_mqtt::Delivery::ExactlyOnce { id, .. } => {
                (Some(Packet::PubRec(id)), self.delivered.insert(id))
            }
        };
        if is_new {
            output.events.push_back(MqttEvent::Message {
                id: publish.delivery.id().map_or(0, PacketId::get),
                qos: qos_of_mqtt(publish.delivery.qos()),
                retain: publish.retain,
                dup: publish.delivery.dup(),
                topic: publish.topic.into_bytes(),
                payload: publish.payload,
            });
        }
        match answer {
            Some(answer) => output.answer(now, self.level, &answer),
            None => Ok(()),
        }
    }

    /// The bytes of a wish, if there is room for them.
    fn encode(&self, packet: &Packet, output: &Output) -> Result<Vec<u8>, MqttRefusal> {
        let mut frame = Vec::new();
        packet
            .encode(self.level, &mut frame)
            .map_err(MqttRefusal::Malformed)?;
        if output.room(frame.len()) {
            Ok(frame)
        } else {
            Err(MqttRefusal::Full)
        }
    }

    fn start(
        &mut self,
        now: Instant,
        timeout: PacketTimeout,
        id: MsgId,
        stage: Stage,
        frame: Vec<u8>,
        output: &mut Output,
    ) {
        let transmit = &mut output.transmit;
        self.in_flight
            .start(Operation::start(now, timeout, id, stage, frame, transmit));
    }
}

/// The same identifier as a packet carries it.
pub(super) fn packet_id(id: MsgId) -> PacketId {
    // The second is never taken: neither kind of identifier is zero.
    PacketId::new(id.get()).unwrap_or(PacketId::ONE)
}

pub(super) const fn qos_to_mqtt(qos: Qos) -> QoS {
    match qos {
        Qos::AtMostOnce => QoS::AtMostOnce,
        Qos::AtLeastOnce => QoS::AtLeastOnce,
        Qos::ExactlyOnce => QoS::ExactlyOnce,
    }
}

const fn qos_of_mqtt(qos: QoS) -> Qos {
    match qos {
        QoS::AtMostOnce => Qos::AtMostOnce,
        QoS::AtLeastOnce => Qos::AtLeastOnce,
        QoS::ExactlyOnce => Qos::ExactlyOnce,
    }
}
