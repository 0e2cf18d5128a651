//! A link on virtual time, with the broker's part written by hand.

use alloc::vec::Vec;
use alloc::{format, vec};

use qmt_proto::PacketTimeout;

use super::options::LinkLimits;
use super::*;

mod broker;
mod connect;
mod end;
mod keep_alive;
mod properties;
mod publish;
mod receive;
mod retransmission;
mod subscribe;

const ACCEPTED: &[u8] = b"\x20\x02\0\0";
const LEVELS: [MqttVersion; 2] = [MqttVersion::V3_1, MqttVersion::V3_1_1];

/// A link, its time, and shorthands for what its owner does.
struct Bench {
    link: MqttLink,
    now: Instant,
}

impl Bench {
    /// TCP stands since time zero; pkt_timeout in seconds.
    fn opened(pkt_timeout: u8, retry_times: u8) -> Self {
        let timeout = PacketTimeout::new(pkt_timeout, retry_times, false).unwrap();
        Self::with(LinkOptions {
            resend_connect: false,
            resend_session: false,
            timeout,
            limits: LinkLimits::default(),
        })
    }

    fn with(options: LinkOptions) -> Self {
        Self {
            link: MqttLink::new(options),
            now: Instant::ZERO,
        }
    }

    /// Connected at time zero, keep-alive 0.
    fn connected(level: MqttVersion, pkt_timeout: u8, retry_times: u8) -> Self {
        Self::opened(pkt_timeout, retry_times).accepted(ConnectRequest { level, ..request() })
    }

    /// Goes through CONNECT and CONNACK.
    fn accepted(mut self, request: ConnectRequest<'_>) -> Self {
        self.link.connect(self.now, request).unwrap();
        assert_eq!(self.sent().first(), Some(&0x10));
        self.input(ACCEPTED);
        let accepted = MqttEvent::ConnAck {
            code: 0,
            session_present: false,
        };
        assert_eq!(self.events(), [accepted]);
        self
    }

    fn at(&mut self, ms: u64) -> &mut Self {
        self.now = Instant::from_millis(ms);
        self
    }

    fn input(&mut self, bytes: &[u8]) {
        self.link.handle_input(self.now, bytes);
    }

    /// Writes everything that waits, and gives it.
    fn sent(&mut self) -> Vec<u8> {
        let bytes = self.link.poll_transmit().to_vec();
        self.link.handle_transmitted(self.now, bytes.len());
        assert!(self.link.poll_transmit().is_empty());
        bytes
    }

    fn events(&mut self) -> Vec<MqttEvent> {
        core::iter::from_fn(|| self.link.poll_event()).collect()
    }

    /// Moves to the next deadline and fires it; a millisecond before, nothing happens. Gives the
    /// time, what went out and what was told.
    fn fire(&mut self) -> (u64, Vec<u8>, Vec<MqttEvent>) {
        let at = self.link.poll_timeout().expect("a deadline");
        assert!(at > self.now, "{at:?} is past");
        let before = self.link.poll_transmit().len();
        let early = Instant::from_millis(at.as_millis() - 1);
        self.link.handle_timeout(early);
        assert_eq!(self.link.poll_transmit().len(), before);
        assert_eq!(self.link.poll_timeout(), Some(at));
        assert_eq!(self.events(), []);
        self.now = at;
        self.link.handle_timeout(at);
        let sent = self.sent();
        (at.as_millis(), sent, self.events())
    }
}

fn request<'a>() -> ConnectRequest<'a> {
    ConnectRequest {
        client_id: "c",
        username: None,
        password: None,
        clean_session: true,
        keep_alive_s: 0,
        will: None,
        level: MqttVersion::V3_1_1,
    }
}

fn id(number: u16) -> MsgId {
    MsgId::new(number).unwrap()
}

fn lost(code: LinkLossCode) -> Vec<MqttEvent> {
    vec![MqttEvent::Lost(code)]
}

/// Messages that came: identifier, QoS, payload.
fn messages(events: &[MqttEvent]) -> Vec<(u16, u8, Vec<u8>)> {
    let message = |event: &MqttEvent| match event {
        MqttEvent::Message {
            id, qos, payload, ..
        } => Some((*id, qos.level(), payload.clone())),
        _ => None,
    };
    events.iter().filter_map(message).collect()
}

#[test]
fn nothing_secret_is_printed() {
    let mut bench = Bench::opened(30, 0);
    let request = ConnectRequest {
        username: Some("mallory"),
        password: Some(b"hunter2"),
        will: Some(WillRequest {
            qos: Qos::AtMostOnce,
            retain: false,
            topic: "w",
            message: b"farewell",
        }),
        ..request()
    };
    bench.link.connect(bench.now, request).unwrap();
    let text = format!("{request:?} {:?}", bench.link);
    for secret in ["mallory", "hunter2", "farewell", "104, 117, 110"] {
        assert!(!text.contains(secret), "{text}");
    }
}
