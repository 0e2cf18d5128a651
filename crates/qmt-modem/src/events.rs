//! What the network and the clients tell, and the lines it makes.

use alloc::vec::Vec;

use qmt_proto::hex::Hex;
use qmt_proto::{
    ConnectCode, DataFormat, DisconnectResult, Instant, LinkId, LinkLossCode, MsgId, Name,
    OpenResult, PacketResult, Payload, Received, Report, Values, limits,
};

use crate::link::{Air, Phase, Socket};
use crate::mqtt::{MqttEvent, Packet};
use crate::quirks::{
    CloseAfterDisc, ConnCode, ConnectTimeout, NoticeForm, Oversize, PacketFailure, ServerClose,
    SubValues,
};
use crate::settings::Settings;
use crate::{ConnectFailure, Modem, NetworkEvent, NetworkRequest};

/// The sockets.
impl Modem {
    /// Something happened to a socket (QMT §3.3.2 `<result>` -1..=0, `<result>` 4..=5; §5.1
    /// `<err_code>` 1, `<err_code>` 5).
    pub(crate) fn handle_socket(&mut self, now: Instant, event: NetworkEvent<'_>) {
        let id = event.link();
        match event {
            NetworkEvent::Connected { .. } => {
                let link = self.link_mut(id);
                if link.socket != Socket::Connecting {
                    return;
                }
                link.socket = Socket::Open;
                if let Phase::Opening(server, _) = &link.phase {
                    link.phase = Phase::Opened(server.clone());
                    self.opened(id, OpenResult::OPENED);
                }
            }
            NetworkEvent::ConnectFailed { cause, .. } => {
                let result = match cause {
                    ConnectFailure::Dns => OpenResult::DNS_FAILED,
                    ConnectFailure::Unreachable => OpenResult::DISCONNECTED,
                    ConnectFailure::Refused | ConnectFailure::TimedOut => OpenResult::FAILED,
                };
                self.handle_socket_end(now, id, result);
            }
            NetworkEvent::Received { bytes, .. } => {
                let link = self.link_mut(id);
                if link.socket != Socket::Open {
                    return;
                }
                match &mut link.phase {
                    Phase::Client(_, client) => client.handle_input(now, bytes),
                    // A server speaks after CONNECT; this one is none (MQTT 3.1.1 §3.1).
                    Phase::Opened(_) => self.lose(id, Some(LinkLossCode::LINK_DOWN)),
                    _ => {}
                }
                self.drain_events(now, id);
            }
            NetworkEvent::Closed { .. } => self.handle_socket_end(now, id, OpenResult::FAILED),
        }
    }

    /// The socket of a link is gone; `result` is for a QMTOPEN that waited for it.
    fn handle_socket_end(&mut self, now: Instant, id: LinkId, result: OpenResult) {
        let link = self.link_mut(id);
        let socket = core::mem::take(&mut link.socket);
        if socket == Socket::None {
            return;
        }
        match &mut link.phase {
            Phase::Closed => {}
            Phase::Closing { silent } => {
                let silent = *silent;
                self.closed(id, silent);
            }
            // It was the socket of the link's last life that went.
            Phase::Opening(..) if socket == Socket::Closing => self.connect_socket(id),
            Phase::Opening(..) => {
                self.end(id, Phase::Closed);
                self.opened(id, result);
            }
            Phase::Opened(_) => self.lose(id, Some(LinkLossCode::CLOSED_BY_SERVER)),
            Phase::Client(_, client) => {
                client.handle_closed(now);
                self.drain_events(now, id);
            }
            Phase::Disconnected => {
                if self.config.quirks.stat5_after_disc {
                    let cause = LinkLossCode::DISCONNECTED;
                    self.line(&Report::LinkLost { link: id, cause });
                }
            }
        }
    }

    /// Asks for a socket for a link that is being opened, once it has none.
    pub(crate) fn connect_socket(&mut self, id: LinkId) {
        let link = self.link_mut(id);
        if link.socket == Socket::None
            && let Phase::Opening(server, _) = &link.phase
        {
            let (host, port) = (server.host.clone(), server.port);
            link.socket = Socket::Connecting;
            let link = id;
            self.requests
                .push_back(NetworkRequest::Connect { link, host, port });
        }
    }

    /// Asks for the end of a link's socket, if it has one.
    pub(crate) fn close_socket(&mut self, id: LinkId) {
        let link = self.link_mut(id);
        if core::mem::take(&mut link.air).closed {
            // The network knows, the module has not heard.
            link.socket = Socket::None;
        }
        if matches!(link.socket, Socket::Connecting | Socket::Open) {
            link.socket = Socket::Closing;
            self.requests.push_back(NetworkRequest::Close { link: id });
        }
    }
}

/// The clients.
impl Modem {
    /// Time has passed for a link.
    pub(crate) fn handle_link_timeout(&mut self, now: Instant, id: LinkId) {
        match &mut self.link_mut(id).phase {
            Phase::Opening(_, until) if *until <= now => {
                self.close_socket(id);
                self.end(id, Phase::Closed);
                self.opened(id, OpenResult::FAILED);
            }
            Phase::Client(_, client) => {
                client.handle_timeout(now);
                self.drain_events(now, id);
            }
            _ => {}
        }
    }

    /// Prints what the client of a link has to tell.
    pub(crate) fn drain_events(&mut self, _now: Instant, id: LinkId) {
        while let Some(event) = self.link_mut(id).client().and_then(|c| c.poll_event()) {
            self.handle_event(id, event);
        }
    }

    /// The lines for what a client tells (QMT §3.3.4 `<result>` 0, `<result>` 2, `<retcode>` 0..=5;
    /// §5.1 `<err_code>` 2..=4, `<err_code>` 6).
    fn handle_event(&mut self, link: LinkId, event: MqttEvent) {
        match event {
            MqttEvent::ConnAck { code, .. } => {
                self.connected(link, PacketResult::DONE, Some(ConnectCode(code)));
                if ConnectCode(code) != ConnectCode::ACCEPTED {
                    let told = self.config.quirks.stat4_after_refusal;
                    self.lose(link, told.then_some(LinkLossCode::CONNACK));
                }
            }
            MqttEvent::ConnectTimedOut => self.fail_connect(link, LinkLossCode::CONNACK),
            MqttEvent::ConnectResent { .. } => {
                if self.link(link).settings.timeout.notice() {
                    let result = PacketResult::RETRANSMITTED;
                    let code = None;
                    self.line(&Report::Connected { link, result, code });
                }
            }
            MqttEvent::Subscribed { id, codes } => {
                self.subscribed(link, id, PacketResult::DONE, &codes);
            }
            MqttEvent::Unsubscribed { id } => self.unsubscribed(link, id, PacketResult::DONE),
            MqttEvent::Published { delivery } => {
                self.published(link, delivery.wire_id(), PacketResult::DONE);
            }
            MqttEvent::Retransmitted { what, id, count } => {
                // QMT §3.3.1 `<timeout_notice>` 0..=1.
                if self.link(link).settings.timeout.notice() {
                    self.retransmitted(link, what, id, count);
                }
            }
            MqttEvent::Failed { what, id } => {
                match (what, MsgId::new(id)) {
                    (Packet::Subscribe, Some(id)) => {
                        self.subscribed(link, id, PacketResult::FAILED, &[]);
                    }
                    (Packet::Unsubscribe, Some(id)) => {
                        self.unsubscribed(link, id, PacketResult::FAILED);
                    }
                    _ => self.published(link, id, PacketResult::FAILED),
                }
                if self.config.quirks.packet_failure == PacketFailure::ResultThenStat {
                    self.lose(link, Some(LinkLossCode::SEND_FAILED));
                }
            }
            MqttEvent::Message {
                id, topic, payload, ..
            } => self.message(link, id, &topic, &payload),
            MqttEvent::Disconnected => {
                // MQTT 3.1.1 §3.14.4: the client closes. QMTCLOSE still has its place (QMT §2
                // close after disconnect, §3.3.5 `<result>` 0).
                self.close_socket(link);
                self.end(
                    link,
                    match self.config.quirks.close_after_disc {
                        CloseAfterDisc::Error => Phase::Closed,
                        CloseAfterDisc::Result | CloseAfterDisc::Silent => Phase::Disconnected,
                    },
                );
                let result = DisconnectResult::DISCONNECTED;
                self.deferred(link, Name::Disc, &Report::Disconnected { link, result });
            }
            MqttEvent::Lost(cause) => {
                if cause == LinkLossCode::CONNECT {
                    self.fail_connect(link, cause);
                } else {
                    self.lose(link, Some(cause));
                }
            }
        }
    }

    /// No CONNACK in time, or CONNECT could not be sent.
    fn fail_connect(&mut self, link: LinkId, cause: LinkLossCode) {
        match self.config.quirks.connect_timeout {
            ConnectTimeout::ResultThenStat => {
                self.connected(link, PacketResult::FAILED, None);
                self.lose(link, Some(cause));
            }
            ConnectTimeout::StatThenResult => {
                self.line(&Report::LinkLost { link, cause });
                self.connected(link, PacketResult::FAILED, None);
                self.lose(link, None);
            }
            ConnectTimeout::Result => {
                self.connected(link, PacketResult::FAILED, None);
                self.lose(link, None);
            }
        }
    }

    /// A link has failed: tells the cause, frees it (QMT §5.1 report, `<err_code>`).
    pub(crate) fn lose(&mut self, link: LinkId, cause: Option<LinkLossCode>) {
        match self.link(link).phase {
            Phase::Opening(..) => {
                self.close_socket(link);
                self.end(link, Phase::Closed);
                self.opened(link, OpenResult::DISCONNECTED);
            }
            Phase::Opened(_) | Phase::Client(..) => {
                self.close_socket(link);
                self.end(link, Phase::Closed);
                if let Some(mut cause) = cause {
                    if cause == LinkLossCode::CLOSED_BY_SERVER
                        && self.config.quirks.server_close == ServerClose::Seven
                    {
                        cause = LinkLossCode::LINK_DOWN;
                    }
                    self.line(&Report::LinkLost { link, cause });
                }
                self.settle(link);
            }
            Phase::Closed | Phase::Disconnected | Phase::Closing { .. } => {}
        }
    }

    /// Ends the life of a client; what was outstanding gets no result (FACTS §7.4).
    pub(crate) fn end(&mut self, id: LinkId, phase: Phase) {
        let survive = self.config.quirks.settings_survive_close;
        let link = self.link_mut(id);
        if let Some(client) = link.client() {
            let session = client.take_session();
            link.session = session;
        }
        link.phase = phase;
        link.publishing = None;
        link.air = Air::default();
        if !survive {
            link.settings = Settings::default();
        }
    }
}

/// The lines.
impl Modem {
    fn connected(&mut self, link: LinkId, result: PacketResult, code: Option<ConnectCode>) {
        let refusals = self.config.quirks.conn_code == ConnCode::Refusals;
        let code = code.filter(|code| !refusals || *code != ConnectCode::ACCEPTED);
        let report = Report::Connected { link, result, code };
        self.deferred(link, Name::Conn, &report);
    }

    /// QMT §3.3.6 `<result>` 0, `<result>` 2; `<value>` granted, `<value>` 128, `<value>` absent.
    fn subscribed(&mut self, link: LinkId, msg_id: MsgId, result: PacketResult, codes: &[u8]) {
        let shown = match self.config.quirks.sub_values {
            SubValues::PerTopic => limits::TOPICS_PER_COMMAND,
            SubValues::One => 1,
        };
        let shown: Vec<u8> = codes.iter().copied().take(shown).collect();
        let report = Report::Subscribed {
            link,
            msg_id,
            result,
            values: Values::new(&shown).unwrap_or_default(),
        };
        self.deferred(link, Name::Sub, &report);
    }

    /// QMT §3.3.7 `<result>` 0, `<result>` 2.
    fn unsubscribed(&mut self, link: LinkId, msg_id: MsgId, result: PacketResult) {
        let report = Report::Unsubscribed {
            link,
            msg_id,
            result,
        };
        self.deferred(link, Name::Uns, &report);
    }

    /// QMT §3.3.8 `<result>` 0, `<result>` 2; `<value>` absent.
    fn published(&mut self, link: LinkId, msg_id: u16, result: PacketResult) {
        self.link_mut(link).publishing = None;
        if msg_id == 0 && !self.config.quirks.qos0_result {
            return self.settle(link);
        }
        let report = Report::Published {
            link,
            msg_id,
            result,
            value: None,
        };
        self.deferred(link, Name::Pub, &report);
    }

    /// Result 1 with the count: progress, not the result a command waits for (QMT §3.3.6 `<result>` 1,
    /// `<value>` count; §3.3.7 `<result>` 1; §3.3.8 `<result>` 1, `<value>`, `<value>` count).
    fn retransmitted(&mut self, link: LinkId, what: Packet, msg_id: MsgId, count: u8) {
        let result = PacketResult::RETRANSMITTED;
        if self.config.quirks.notice_form == NoticeForm::Bc660k {
            let name = match what {
                Packet::Publish => "QMTPUB",
                Packet::Release => "QMTPUBREL",
                Packet::Subscribe => "QMTSUB",
                Packet::Unsubscribe => "QMTUNS",
            };
            return self.other_line(name, |out| {
                out.int(link.get()).int(result.0).int(msg_id.get());
            });
        }
        self.line(&match what {
            Packet::Publish | Packet::Release => Report::Published {
                link,
                msg_id: msg_id.get(),
                result,
                value: Some(count),
            },
            Packet::Subscribe => Report::Subscribed {
                link,
                msg_id,
                result,
                values: Values::new(&[count]).unwrap_or_default(),
            },
            Packet::Unsubscribe => Report::Unsubscribed {
                link,
                msg_id,
                result,
            },
        });
    }

    /// `+QMTRECV` (QMT §5.2 report, `<msgID>`, `<topic>`, `<payload_len>`, `<payload>`, note; §3.3.1
    /// `<show_flag>` 0..=1, `<recv_format>` 0..=1; §3.3.8 note 4).
    pub(crate) fn message(&mut self, link: LinkId, msg_id: u16, topic: &[u8], payload: &[u8]) {
        if payload.len() > limits::PAYLOAD && self.config.quirks.oversize == Oversize::Drop {
            return;
        }
        let payload = match self.config.quirks.oversize {
            Oversize::Whole => payload,
            Oversize::Truncate | Oversize::Drop => {
                payload.get(..limits::PAYLOAD).unwrap_or(payload)
            }
        };
        let settings = &self.link(link).settings;
        let received = Received {
            link,
            msg_id,
            topic,
            counted: settings.show_recv_len,
            payload: match settings.recv_format {
                DataFormat::Text => Payload::Text(payload),
                DataFormat::Hex => Payload::Hex(Hex::of_bytes(payload)),
            },
        };
        self.line(&Report::Received(received));
    }
}
