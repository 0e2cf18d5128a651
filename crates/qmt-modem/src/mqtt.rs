//! The MQTT client of one link: connect, publish, subscribe, receive, keep alive (QMT figure 1).
//!
//! A [`MqttLink`] begins where TCP stands and ends before TCP is closed, which is its owner's to
//! do. Like every machine here it has no clock and does no I/O: wishes return at once, `handle_*`
//! tells it what happened, and after any of these the owner empties [`MqttLink::poll_event`],
//! writes [`MqttLink::poll_transmit`] and waits for [`MqttLink::poll_timeout`].
//!
//! Both levels are spoken, with the caller's identifiers. Nothing a broker sends panics, and what
//! breaks MQTT ends the link with the +QMTSTAT code of its cause.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use qmt_mqtt::{Level, Packet as MqttPacket, Receiver};
use qmt_proto::{ConnectionState, Delivery, Instant, LinkLossCode, MqttVersion, MsgId, Qos};

use connecting::{Connecting, connect_packet};
use in_flight::InFlight;
use keep_alive::KeepAlive;
use online::{Online, packet_id};
use operation::pkt_timeout;
use output::Output;

mod connecting;
mod event;
mod in_flight;
mod keep_alive;
mod online;
mod operation;
mod options;
mod output;
mod session;
mod transmit;

pub(crate) use event::{MqttEvent, Packet};
pub(crate) use options::{ConnectRequest, LinkOptions, MqttRefusal, WillRequest};
pub(crate) use session::Session;

/// One of the five clients, from the opening of TCP to its end.
#[derive(Debug)]
pub(crate) struct MqttLink {
    options: LinkOptions,
    state: State,
    output: Output,
    /// What outlives the connection; none of a clean session. While connected, the client has it.
    session: Option<Session>,
}

/// Where the connection stands. Wishes, the broker's packets and timers move it on.
#[derive(Debug)]
enum State {
    /// TCP stands, CONNECT was not asked for.
    Opened,
    /// CONNECT is queued or sent.
    Connecting(Connecting),
    /// CONNACK accepted it.
    Connected(Online),
    /// DISCONNECT is queued and ends at `ends_at` in the stream.
    Leaving { ends_at: u64 },
    /// DISCONNECT is on the wire.
    Left,
    /// Over, for a cause that the last event told.
    Ended,
}

impl MqttLink {
    /// Creates a client over a TCP connection that has just been established.
    pub(crate) const fn new(options: LinkOptions) -> Self {
        Self {
            output: Output::new(options.limits.transmit),
            options,
            state: State::Opened,
            session: None,
        }
    }

    /// Takes up `session`, before CONNECT without a clean session.
    pub(crate) fn resume(&mut self, session: Session) {
        self.session = Some(session);
    }

    /// What outlives the connection that has ended, or ends with this.
    pub(crate) fn take_session(&mut self) -> Option<Session> {
        self.keep_session();
        self.session.take()
    }

    /// Sends CONNECT. [`MqttEvent::ConnAck`], [`MqttEvent::ConnectTimedOut`] or
    /// [`MqttEvent::Lost`] follows, within pkt_timeout.
    ///
    /// # Errors
    /// [`MqttRefusal::WrongState`] after the first time, [`MqttRefusal::Malformed`].
    pub(crate) fn connect(
        &mut self,
        now: Instant,
        request: ConnectRequest<'_>,
    ) -> Result<(), MqttRefusal> {
        if !matches!(self.state, State::Opened) {
            return Err(MqttRefusal::WrongState);
        }
        let level = match request.level {
            MqttVersion::V3_1 => Level::V31,
            MqttVersion::V3_1_1 => Level::V311,
        };
        let mut frame = Vec::new();
        connect_packet(&request, level)
            .encode(level, &mut frame)
            .map_err(MqttRefusal::Malformed)?;
        let limits = self.options.limits;
        self.state = State::Connecting(Connecting {
            receiver: Receiver::client(limits.packet, level, request.clean_session)
                .text_rule(limits.text),
            level,
            keep_alive_s: request.keep_alive_s,
            ends_at: self.output.transmit.push(now, &frame),
            frame,
            resends: match self.options.resend_connect {
                true => self.options.timeout.retry_times(),
                false => 0,
            },
            resent: 0,
            fails_at: now.saturating_add(pkt_timeout(self.options.timeout)),
        });
        Ok(())
    }

    /// Sends PUBLISH. [`MqttEvent::Published`] or [`MqttEvent::Failed`] follows, within
    /// pkt_timeout x (retry_times + 1), unless the link ends first.
    ///
    /// # Errors
    /// Any [`MqttRefusal`]; then nothing was sent.
    pub(crate) fn publish(
        &mut self,
        now: Instant,
        delivery: Delivery,
        retain: bool,
        topic: &str,
        payload: &[u8],
    ) -> Result<(), MqttRefusal> {
        let State::Connected(online) = &mut self.state else {
            return Err(MqttRefusal::WrongState);
        };
        let packet = qmt_mqtt::Publish {
            delivery: match delivery {
                Delivery::AtMostOnce => qmt_mqtt::Delivery::AtMostOnce,
                Delivery::AtLeastOnce(id) => qmt_mqtt::Delivery::AtLeastOnce {
                    id: packet_id(id),
                    dup: false,
                },
                Delivery::ExactlyOnce(id) => qmt_mqtt::Delivery::ExactlyOnce {
                    id: packet_id(id),
                    dup: false,
                },
            },
            retain,
            topic: String::from(topic),
            payload: payload.into(),
        };
        let timeout = self.options.timeout;
        online.publish(now, timeout, delivery, packet, &mut self.output)
    }

    /// Sends SUBSCRIBE. [`MqttEvent::Subscribed`] or [`MqttEvent::Failed`] follows as for
    /// [`publish`](Self::publish).
    ///
    /// # Errors
    /// Any [`MqttRefusal`]; then nothing was sent.
    pub(crate) fn subscribe(
        &mut self,
        now: Instant,
        id: MsgId,
        topics: &[(&str, Qos)],
    ) -> Result<(), MqttRefusal> {
        let State::Connected(online) = &mut self.state else {
            return Err(MqttRefusal::WrongState);
        };
        online.subscribe(now, self.options.timeout, id, topics, &mut self.output)
    }

    /// Sends UNSUBSCRIBE. [`MqttEvent::Unsubscribed`] or [`MqttEvent::Failed`] follows as for
    /// [`publish`](Self::publish).
    ///
    /// # Errors
    /// Any [`MqttRefusal`]; then nothing was sent.
    pub(crate) fn unsubscribe(
        &mut self,
        now: Instant,
        id: MsgId,
        topics: &[&str],
    ) -> Result<(), MqttRefusal> {
        let State::Connected(online) = &mut self.state else {
            return Err(MqttRefusal::WrongState);
        };
        online.unsubscribe(now, self.options.timeout, id, topics, &mut self.output)
    }

    /// Sends DISCONNECT behind what waits. [`MqttEvent::Disconnected`] follows once it is on the
    /// wire, or [`MqttEvent::Lost`]; from now on nothing else does (MQTT 3.1.1 §3.14.4).
    ///
    /// # Errors
    /// [`MqttRefusal::WrongState`] unless connected.
    pub(crate) fn disconnect(&mut self, now: Instant) -> Result<(), MqttRefusal> {
        let State::Connected(online) = &self.state else {
            return Err(MqttRefusal::WrongState);
        };
        let mut frame = Vec::new();
        MqttPacket::Disconnect
            .encode(online.level(), &mut frame)
            .map_err(MqttRefusal::Malformed)?;
        let ends_at = self.output.transmit.push(now, &frame);
        self.keep_session();
        self.state = State::Leaving { ends_at };
        Ok(())
    }

    /// Takes bytes from TCP. Any cutting of the stream gives the same events and answers.
    pub(crate) fn handle_input(&mut self, now: Instant, bytes: &[u8]) {
        let mut input = bytes;
        loop {
            let (receiver, cause) = match &mut self.state {
                // A server speaks after CONNECT; this one is none (MQTT 3.1.1 §3.1).
                State::Opened if !input.is_empty() => return self.lose(LinkLossCode::LINK_DOWN),
                State::Connecting(wait) => (&mut wait.receiver, LinkLossCode::CONNACK),
                State::Connected(online) => (&mut online.receiver, LinkLossCode::LINK_DOWN),
                // Nothing more may be sent, so nothing can be answered.
                State::Opened | State::Leaving { .. } | State::Left | State::Ended => return,
            };
            match receiver.next_packet(&mut input) {
                Ok(Some(packet)) => self.handle_packet(now, packet),
                Ok(None) => return,
                Err(_) => return self.lose(cause),
            }
        }
    }

    /// The first `len` bytes of [`poll_transmit`](Self::poll_transmit) are on the wire.
    pub(crate) fn handle_transmitted(&mut self, now: Instant, len: usize) {
        self.output.transmit.commit(now, len);
        match &mut self.state {
            State::Connected(online) => online.handle_transmitted(&mut self.output),
            State::Leaving { ends_at } if self.output.transmit.has_left(*ends_at) => {
                self.state = State::Left;
                self.output.events.push_back(MqttEvent::Disconnected);
            }
            _ => {}
        }
    }

    /// TCP was closed or reset by the peer.
    pub(crate) fn handle_closed(&mut self, _now: Instant) {
        self.lose(match &self.state {
            State::Opened | State::Connected(_) | State::Leaving { .. } => {
                LinkLossCode::CLOSED_BY_SERVER
            }
            // A broker that dislikes a CONNECT may close instead of answering (MQTT 3.1.1 §3.1.4).
            State::Connecting(_) => LinkLossCode::CONNACK,
            State::Left => LinkLossCode::DISCONNECTED,
            State::Ended => return,
        });
    }

    /// Fires what is due. Early, late or twice is harmless.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        let outcome = match &mut self.state {
            State::Connecting(wait) if wait.fails_at <= now => {
                if !self.output.transmit.has_left(wait.ends_at) {
                    Err(LinkLossCode::CONNECT)
                } else if wait.resent < wait.resends {
                    wait.resent += 1;
                    wait.ends_at = self.output.transmit.push(now, &wait.frame);
                    wait.fails_at = now.saturating_add(pkt_timeout(self.options.timeout));
                    let count = wait.resent;
                    self.output
                        .events
                        .push_back(MqttEvent::ConnectResent { count });
                    Ok(())
                } else {
                    return self.end(MqttEvent::ConnectTimedOut);
                }
            }
            State::Connected(online) => online.handle_timeout(now, &mut self.output),
            _ => Ok(()),
        };
        if let Err(cause) = outcome {
            self.lose(cause);
        } else if self.stalls_at().is_some_and(|at| at <= now) {
            self.lose(LinkLossCode::SEND_FAILED);
        }
    }

    /// Bytes for TCP, whole packets in order; empty when there are none. May change after every
    /// call but another `poll_*`.
    #[must_use]
    pub(crate) fn poll_transmit(&self) -> &[u8] {
        self.output.transmit.waiting()
    }

    /// What happened, oldest first.
    #[must_use]
    pub(crate) fn poll_event(&mut self) -> Option<MqttEvent> {
        self.output.events.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do. May change after every
    /// call but another `poll_*`.
    #[must_use]
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let next = match &self.state {
            State::Connecting(wait) => Some(wait.fails_at),
            State::Connected(online) => online.poll_timeout(&self.output),
            State::Opened | State::Leaving { .. } | State::Left | State::Ended => None,
        };
        next.into_iter().chain(self.stalls_at()).min()
    }

    /// What `AT+QMTCONN?` answers for this client (QMT §3.3.4 `<state>` 1..=4).
    #[must_use]
    pub(crate) const fn state(&self) -> ConnectionState {
        match self.state {
            State::Opened => ConnectionState::INITIALIZING,
            State::Connecting(_) => ConnectionState::CONNECTING,
            State::Connected(_) => ConnectionState::CONNECTED,
            State::Leaving { .. } | State::Left | State::Ended => ConnectionState::DISCONNECTING,
        }
    }

    /// Whether it is connected and nothing is under way in either direction.
    pub(crate) fn is_idle(&self) -> bool {
        matches!(&self.state, State::Connected(online) if online.is_idle())
            && self.output.transmit.waiting().is_empty()
    }

    fn handle_packet(&mut self, now: Instant, packet: MqttPacket) {
        match mem::replace(&mut self.state, State::Ended) {
            State::Connecting(wait) => {
                let MqttPacket::ConnAck(ack) = packet else {
                    // Never taken: the receiver refuses any other packet before CONNACK.
                    return self.lose(LinkLossCode::CONNACK);
                };
                let event = MqttEvent::ConnAck {
                    code: ack.code.number(),
                    session_present: ack.session_present,
                };
                if ack.code != qmt_mqtt::ConnAckCode::Accepted {
                    return self.end(event);
                }
                self.output.events.push_back(event);
                let patience = pkt_timeout(self.options.timeout);
                let mut online = Online::new(
                    wait.receiver,
                    wait.level,
                    KeepAlive::new(wait.keep_alive_s, patience),
                    InFlight::new(self.options.limits.in_flight),
                );
                // At 3.1 nobody tells whether the server has the session too.
                if let Some(session) = &mut self.session
                    && (ack.session_present || wait.level == Level::V31)
                {
                    let resend = self.options.resend_session;
                    online.resume(now, self.options.timeout, session, resend, &mut self.output);
                }
                self.state = State::Connected(online);
            }
            State::Connected(mut online) => {
                let outcome = online.handle_packet(now, packet, &mut self.output);
                self.state = State::Connected(online);
                if let Err(cause) = outcome {
                    self.lose(cause);
                }
            }
            state => self.state = state,
        }
    }

    /// When bytes that do not move end the link: sending kept failing (QMT §5.1, code 6).
    fn stalls_at(&self) -> Option<Instant> {
        let since = self.output.transmit.stalled_since()?;
        Some(since.saturating_add(self.options.timeout.max_wait()))
    }

    fn lose(&mut self, cause: LinkLossCode) {
        self.end(MqttEvent::Lost(cause));
    }

    /// Takes the session back from a connection.
    fn keep_session(&mut self) {
        if let (Some(session), State::Connected(online)) = (&mut self.session, &mut self.state) {
            online.leave(session);
        }
    }

    /// Ends the link: nothing is sent any more, and TCP is the owner's to close.
    fn end(&mut self, event: MqttEvent) {
        self.keep_session();
        self.state = State::Ended;
        self.output.transmit.abandon();
        self.output.events.push_back(event);
    }
}

#[cfg(test)]
mod tests;
