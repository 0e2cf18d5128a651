//! The commands that act on a link (QMT §3.3.2 to §3.3.8).

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use qmt_proto::{
    Body, CloseResult, CmeCode, Connect, ConnectionState, DataFormat, Instant, LinkId, Name, Open,
    OpenResult, Payload, Publish, Qos, Report, Subscribe, Unsubscribe, limits,
};

use crate::aliauth::{AliAuthStyle, AliCredentials};
use crate::console::Typed;
use crate::data_mode::{DataMode, Order};
use crate::link::{Phase, Server, Socket};
use crate::mqtt::{ConnectRequest, LinkOptions, MqttLink, MqttRefusal, Session, WillRequest};
use crate::output::NOT_ALLOWED;
use crate::quirks::{CloseAfterDisc, CloseUnopened, HexLen, Occupied, PublishInFlight};
use crate::settings::{OwnedWill, Settings};
use crate::{Modem, Quirks};

impl Modem {
    /// AT+QMTOPEN (QMT §3.3.2 write, `<host_name>`, `<port>`, time; `<result>` 2..=3; §2 order).
    pub(crate) fn open(&mut self, now: Instant, open: &Open<'_>) {
        let id = open.link;
        if !self.link(id).is_free() {
            match self.config.quirks.occupied {
                Occupied::Error => self.fail(NOT_ALLOWED),
                Occupied::Result => {
                    self.accept(id, Name::Open);
                    self.opened(id, OpenResult::OCCUPIED);
                }
            }
            return;
        }
        self.accept(id, Name::Open);
        if !self.is_registered() {
            return self.opened(id, OpenResult::PDP_FAILED);
        }
        let server = Server {
            host: open.host.as_str().to_owned(),
            port: open.port.get(),
        };
        let until = now.saturating_add(Duration::from_millis(limits::OPEN_RESPONSE_MS));
        self.link_mut(id).phase = Phase::Opening(server, until);
        self.connect_socket(id);
    }

    /// AT+QMTCLOSE (QMT §3.3.3 write).
    pub(crate) fn close(&mut self, id: LinkId) {
        let mut silent = false;
        match self.link(id).phase {
            Phase::Closed if self.config.quirks.close_unopened == CloseUnopened::Result => {}
            Phase::Closed | Phase::Closing { .. } => return self.fail(NOT_ALLOWED),
            Phase::Disconnected => {
                silent = self.config.quirks.close_after_disc == CloseAfterDisc::Silent;
            }
            Phase::Opening(..) | Phase::Opened(_) | Phase::Client(..) => {}
        }
        if silent {
            self.out.ok();
        } else {
            self.accept(id, Name::Close);
        }
        self.end(id, Phase::Closing { silent });
        self.close_socket(id);
        if self.link(id).socket == Socket::None {
            self.closed(id, silent);
        }
    }

    /// AT+QMTCONN (QMT §3.3.4 write, time).
    pub(crate) fn connect(&mut self, now: Instant, connect: &Connect<'_>) {
        let id = connect.link;
        let server = match &self.link(id).phase {
            Phase::Opened(server) => server.clone(),
            Phase::Client(..) => return self.fail(NOT_ALLOWED),
            _ => return self.fail(CmeCode::LINK),
        };
        let quirks = self.config.quirks;
        let clock = self.config.clock_at(now);
        let link = self.link_mut(id);
        let mut client = MqttLink::new(LinkOptions {
            timeout: link.settings.timeout,
            resend_connect: quirks.connect_resend,
            resend_session: quirks.session_resend,
            ..LinkOptions::default()
        });
        let kept = link.session.take();
        if !link.settings.clean_session {
            let client_id = connect.client_id.as_str();
            let kept = kept.filter(|session| session.client_id == client_id);
            client.resume(kept.unwrap_or_else(|| Session::new(client_id)));
        }
        match send_connect(&mut client, now, connect, &link.settings, &quirks, clock) {
            Ok(()) => {
                link.phase = Phase::Client(server, Box::new(client));
                self.accept(id, Name::Conn);
            }
            Err(refusal) => {
                link.session = client.take_session();
                self.refuse(refusal);
            }
        }
    }

    /// AT+QMTDISC (QMT §3.3.5 write).
    pub(crate) fn disconnect(&mut self, now: Instant, id: LinkId) {
        let outcome = self.with_client(id, |client| client.disconnect(now));
        self.conclude(now, id, Name::Disc, outcome);
    }

    /// AT+QMTSUB (QMT §3.3.6 write, `<msgID>`, `<topic>`, `<qos>` 0..=2, time).
    pub(crate) fn subscribe(&mut self, now: Instant, subscribe: &Subscribe<'_>) {
        if subscribe.topics.iter().count() > self.config.quirks.topics_per_command.count() {
            return self.out.error();
        }
        let topics: Vec<(&str, Qos)> = subscribe
            .topics
            .iter()
            .map(|topic| (topic.filter.as_str(), topic.qos))
            .collect();
        let id = subscribe.link;
        let mut exact = topics.iter().map(|(topic, _)| *topic);
        let exact = exact.find(|topic| !topic.contains(['+', '#']));
        self.link_mut(id).topic = exact.map(ToOwned::to_owned);
        let outcome = self.with_client(id, |client| {
            client.subscribe(now, subscribe.msg_id, &topics)
        });
        self.conclude(now, id, Name::Sub, outcome);
    }

    /// AT+QMTUNS (QMT §3.3.7 write, `<msgID>`, `<topic>`, time).
    pub(crate) fn unsubscribe(&mut self, now: Instant, unsubscribe: &Unsubscribe<'_>) {
        if unsubscribe.topics.iter().count() > self.config.quirks.topics_per_command.count() {
            return self.out.error();
        }
        let topics: Vec<&str> = unsubscribe
            .topics
            .iter()
            .map(|topic| topic.as_str())
            .collect();
        let id = unsubscribe.link;
        let outcome = self.with_client(id, |client| {
            client.unsubscribe(now, unsubscribe.msg_id, &topics)
        });
        self.conclude(now, id, Name::Uns, outcome);
    }

    /// AT+QMTPUB (QMT §3.3.8 variable, fixed, inline, `<msglen>`, `<msg>`): publishes, or asks for the
    /// payload.
    pub(crate) fn start_publish(&mut self, now: Instant, publish: &Publish<'_>) {
        let id = publish.link;
        if let Some(code) = self.publish_hindrance(id) {
            return self.fail(code);
        }
        let order = Order {
            link: id,
            delivery: publish.delivery,
            retain: publish.retain,
            topic: publish.topic.as_str().to_owned(),
        };
        let format = self.link(id).settings.send_format;
        let len = match publish.body {
            Body::Inline(inline) => match inline.get() {
                Payload::Text(payload) => {
                    return self.publish(now, &order, payload, Typed::OnTheLine);
                }
                Payload::Hex(payload) => {
                    let payload: Vec<u8> = payload.bytes().collect();
                    return self.publish(now, &order, &payload, Typed::OnTheLine);
                }
            },
            Body::Prompt => None,
            Body::PromptCounted(len) => Some(usize::from(len.get())),
        };
        let len = match (format, self.config.quirks.hex_len) {
            (DataFormat::Text, _) | (DataFormat::Hex, HexLen::Digits) => len,
            (DataFormat::Hex, HexLen::Bytes) => len.map(|len| 2 * len),
        };
        let data = DataMode::new(order, len, format, now, &self.config.quirks);
        self.enter_data_mode(now, data);
    }

    /// Publishes a complete payload (QMT §3.3.8 write, `<msgID>` 0, `<qos>` 0..=2, `<retain>` 0..=1,
    /// `<topic>`, time).
    pub(crate) fn publish(&mut self, now: Instant, order: &Order, payload: &[u8], typed: Typed) {
        let id = order.link;
        // The link may have been lost since the prompt.
        if let Some(code) = self.publish_hindrance(id) {
            return self.fail(code);
        }
        let outcome = self.with_client(id, |client| {
            client.publish(now, order.delivery, order.retain, &order.topic, payload)
        });
        match outcome {
            Ok(()) => {
                self.link_mut(id).publishing = Some(order.delivery.wire_id());
                self.accept_publish(now, id, typed);
                self.drain_events(now, id);
            }
            Err(refusal) => self.refuse(refusal),
        }
    }

    /// Why nothing can be published now: no connection, or a publish whose result is outstanding
    /// (QMT §3.3.8 note 1), which leaves no room in the transmit buffer.
    fn publish_hindrance(&mut self, id: LinkId) -> Option<CmeCode> {
        let connected = self
            .link_mut(id)
            .client()
            .is_some_and(|client| client.state() == ConnectionState::CONNECTED);
        let publishing = match self.config.quirks.publish_in_flight {
            PublishInFlight::Link => self.link(id).publishing.is_some(),
            PublishInFlight::Module => self.links.iter().any(|link| link.publishing.is_some()),
        };
        if !connected {
            Some(CmeCode::LINK)
        } else if publishing {
            Some(CmeCode::DATA_TOO_LONG)
        } else {
            None
        }
    }

    fn with_client(
        &mut self,
        id: LinkId,
        wish: impl FnOnce(&mut MqttLink) -> Result<(), MqttRefusal>,
    ) -> Result<(), MqttRefusal> {
        match self.link_mut(id).client() {
            Some(client) => wish(client),
            None => Err(MqttRefusal::WrongState),
        }
    }

    /// Answers a command whose packet was queued, or refused.
    fn conclude(&mut self, now: Instant, id: LinkId, name: Name, outcome: Result<(), MqttRefusal>) {
        match outcome {
            Ok(()) => {
                self.accept(id, name);
                self.drain_events(now, id);
            }
            Err(refusal) => self.refuse(refusal),
        }
    }

    /// The codes (QMT §4 `<err>` 8503..=8504, `<err>` 8507..=8508) for what the client will not do. The note does not say which belongs
    /// to what.
    fn refuse(&mut self, refusal: MqttRefusal) {
        self.fail(match refusal {
            MqttRefusal::WrongState => CmeCode::LINK,
            MqttRefusal::Busy => CmeCode::INVALID_PARAMETER,
            MqttRefusal::Full => CmeCode::DATA_TOO_LONG,
            MqttRefusal::Malformed(_) => CmeCode::ILLEGAL_PACKET,
        });
    }

    pub(crate) fn opened(&mut self, link: LinkId, result: OpenResult) {
        self.deferred(link, Name::Open, &Report::Opened { link, result });
    }

    /// The network of a link is closed: it is free (QMT §3.3.3 `<result>` 0).
    pub(crate) fn closed(&mut self, link: LinkId, silent: bool) {
        self.link_mut(link).phase = Phase::Closed;
        if !silent {
            let result = CloseResult::CLOSED;
            self.deferred(link, Name::Close, &Report::Closed { link, result });
        }
    }
}

/// Builds CONNECT from the command and the options of its link (QMT §3.3.4 `<clientID>`,
/// `<username>`, `<password>`).
fn send_connect(
    client: &mut MqttLink,
    now: Instant,
    connect: &Connect<'_>,
    settings: &Settings,
    quirks: &Quirks,
    clock: u64,
) -> Result<(), MqttRefusal> {
    let client_id = connect.client_id.as_str();
    // QMT §3.3.1 note 5: with "aliauth" the user name and password may be left out.
    let device = settings.ali_auth.as_ref().and_then(|auth| auth.borrow());
    let derived = match (connect.credentials, device) {
        (None, Some(device)) => Some(AliCredentials::new(
            device,
            client_id,
            AliAuthStyle::new(quirks, clock),
        )),
        _ => None,
    };
    let (client_id, username, password) = match (&derived, connect.credentials) {
        (Some(derived), _) => (
            derived.client_id.as_str(),
            Some(derived.username.as_str()),
            Some(derived.password.as_bytes()),
        ),
        (None, Some(given)) => (
            client_id,
            Some(given.username.expose()),
            given.password.map(|password| password.expose().as_bytes()),
        ),
        (None, None) => (client_id, None, None),
    };
    client.connect(
        now,
        ConnectRequest {
            client_id,
            username,
            password,
            clean_session: settings.clean_session,
            keep_alive_s: settings.keep_alive.seconds(),
            will: settings.will.as_ref().map(will_request),
            level: settings.version,
        },
    )
}

fn will_request(will: &OwnedWill) -> WillRequest<'_> {
    WillRequest {
        qos: will.qos,
        retain: will.retain,
        topic: &will.topic,
        message: will.message.as_bytes(),
    }
}
