//! P3 under every set of quirks: however a module prints, the host reads the same.

use core::num::NonZeroU16;
use core::time::Duration;
use std::collections::BTreeMap;

use at_syntax::{Frame, Framer, Writer};
use qmt_broker::Broker;
use qmt_modem::{HexLen, Modem, ModemConfig, Quirks};
use qmt_proto::{
    Body, ClientId, Command, Config, ConfigOption, Connect, DataFormat, Delivery, ErrorFormat, Few,
    Filter, Host, Inline, Instant, LinkId, MqttVersion, MsgId, Name, Open, Payload, PayloadLen,
    Publish, Qos, RequestDialect, Response, ResponseDialect, Setting, Subscribe, Subscription,
    Topic, Unsubscribe, hex, hex::Hex, limits,
};

use crate::Network;
use crate::reference::Meaning;

/// Prints in text.
const TEXT: LinkId = LinkId::ALL[0];
/// Prints in hex.
const HEX: LinkId = LinkId::ALL[1];
/// How long a module may take to finish what it says.
const PATIENCE: Duration = Duration::from_secs(2);

/// P3: a dialogue in which a module prints every report it has, under each of the `sets` of quirks,
/// and the host reads the same values each time: the message `payload` byte for byte, in text and in
/// hex.
///
/// # Panics
/// When a host reads anything else.
pub fn every_set_of_quirks_says_the_same(sets: impl IntoIterator<Item = u16>, payload: &[u8]) {
    let mut wanted = BTreeMap::new();
    for set in sets {
        let quirks = Quirks::of_set(set);
        let payload = sayable(payload, &quirks);
        let found = Dialogue::new(quirks).speak(&payload);
        let note = || Dialogue::new(Quirks::NOTE).speak(&payload);
        let wanted = wanted.entry(payload.clone()).or_insert_with(note);
        for (found, wanted) in found.iter().zip(wanted) {
            assert_eq!(found, wanted, "set {set:#011b}");
        }
    }
}

/// `payload` without what a module with `quirks` cannot take or say: a quote at the start where
/// payloads stand without quotes, Esc where it cancels counted payloads.
fn sayable(payload: &[u8], quirks: &Quirks) -> Vec<u8> {
    let mut payload = payload.to_vec();
    if let Some(first @ b'"') = payload.first_mut()
        && !quirks.payload_quoted
    {
        *first = b'\'';
    }
    for byte in &mut payload {
        if *byte == 0x1b && quirks.esc_cancels_counted {
            *byte = 0x1c;
        }
    }
    payload
}

/// A module with its broker, and a host that only listens.
struct Dialogue {
    network: Network,
    now: Instant,
    requests: RequestDialect,
    responses: ResponseDialect,
    framer: Framer,
    heard: Vec<u8>,
    /// For each command, what was heard until the module fell silent, in an order of its own: the
    /// order of a result and its `OK` is a quirk.
    said: Vec<Vec<String>>,
}

impl Dialogue {
    fn new(quirks: Quirks) -> Self {
        let mut config = ModemConfig::new();
        config.quirks = quirks;
        let broker = Broker::new(qmt_broker::Config::default());
        let counts_digits = quirks.hex_len == HexLen::Digits;
        let mut requests = RequestDialect::default();
        requests.send_format[HEX.index()] = DataFormat::Hex;
        requests.counts_digits = counts_digits;
        let mut responses = ResponseDialect::default();
        responses.recv_format[HEX.index()] = DataFormat::Hex;
        responses.counts_digits = counts_digits;
        Self {
            network: Network::new(Modem::booted(config), broker),
            now: Instant::ZERO,
            requests,
            responses,
            framer: Framer::responses(),
            heard: Vec::new(),
            said: Vec::new(),
        }
    }

    /// From bring-up to the end; what was said to each command.
    fn speak(mut self, payload: &[u8]) -> Vec<Vec<String>> {
        let topic = Topic::new("a/b").expect("legal");
        let id = |id| MsgId::new(id).expect("not 0");
        self.ask(&Command::Echo(false), None);
        // The echo of that command.
        self.said.clear();
        self.ask(&Command::ErrorFormat(ErrorFormat::Numeric), None);
        for link in [TEXT, HEX] {
            self.begin(link);
            self.ask(
                &Command::Subscribe(Subscribe {
                    link,
                    msg_id: id(7),
                    topics: Few::one(Subscription {
                        filter: Filter::from(topic),
                        qos: Qos::ExactlyOnce,
                    }),
                }),
                None,
            );
        }
        self.ask(&Command::Read(Name::Open), None);
        self.ask(&Command::Read(Name::Conn), None);
        for &name in Name::ALL {
            self.ask(&Command::Test(name), None);
        }
        let publish = |link, delivery, body| {
            Command::Publish(Publish {
                link,
                delivery,
                retain: false,
                topic,
                body,
            })
        };
        let len = PayloadLen::new(payload.len()).expect("no more than 1460 bytes");
        let counted = Body::PromptCounted(len);
        self.ask(
            &publish(TEXT, Delivery::AtLeastOnce(id(9)), counted),
            Some(payload),
        );
        let inline = Inline::text(payload).expect("no more than 1460 bytes");
        self.ask(
            &publish(TEXT, Delivery::AtMostOnce, Body::Inline(inline)),
            None,
        );
        let inline = Inline::new(Payload::Hex(Hex::of_bytes(payload))).expect("no more than 1460");
        self.ask(
            &publish(HEX, Delivery::ExactlyOnce(id(10)), Body::Inline(inline)),
            None,
        );
        let digits: Vec<u8> = payload
            .iter()
            .flat_map(|&byte| hex::digits_of(byte))
            .collect();
        let typed = [&digits[..], b"\x1a"].concat();
        self.ask(
            &publish(HEX, Delivery::AtMostOnce, Body::Prompt),
            Some(&typed),
        );
        // Refused, in numbers.
        self.ask(
            &publish(LinkId::ALL[4], Delivery::AtMostOnce, Body::Prompt),
            None,
        );
        self.ask(
            &Command::Unsubscribe(Unsubscribe {
                link: TEXT,
                msg_id: id(11),
                topics: Few::one(topic.into()),
            }),
            None,
        );
        self.network.drop_connection(self.now, HEX);
        self.ask(&Command::Attention, None);
        self.ask(&Command::Disconnect(TEXT), None);
        self.ask(&Command::Close(TEXT), None);
        self.check(payload);
        self.said
    }

    /// Options, network and connection of a link.
    fn begin(&mut self, link: LinkId) {
        let format = if link == HEX {
            DataFormat::Hex
        } else {
            DataFormat::Text
        };
        for setting in [
            Setting::Version(MqttVersion::V3_1_1),
            Setting::ShowRecvLen(true),
            Setting::EchoMode(false),
            Setting::DataFormat {
                send: format,
                recv: format,
            },
        ] {
            self.ask(&Command::Config(Config::Set(link, setting)), None);
        }
        for option in ConfigOption::ALL {
            self.ask(&Command::Config(Config::Query(link, option)), None);
        }
        let host = Host::new("broker.example").expect("legal");
        let port = NonZeroU16::new(1883).expect("not 0");
        self.ask(&Command::Open(Open { link, host, port }), None);
        let client_id = ClientId::new(["text", "hex"][link.index()]).expect("legal");
        self.ask(
            &Command::Connect(Connect {
                link,
                client_id,
                credentials: None,
            }),
            None,
        );
    }

    /// Sends a command, and `data` once there is a prompt, and listens until nothing more is said.
    fn ask(&mut self, command: &Command<'_>, data: Option<&[u8]>) {
        let mut buf = vec![0; limits::HEX_FRAME];
        let mut out = Writer::new(&mut buf);
        command.emit_in(&self.requests, &mut out);
        let line = out.finish_request().expect("no more than a frame");
        self.network.modem.handle_input(self.now, line);
        self.responses.prompt_armed = data.is_some();
        let mut said = Vec::new();
        let until = self.now.saturating_add(PATIENCE);
        loop {
            while self.network.step(self.now) {}
            let bytes = self.network.modem.poll_transmit().to_vec();
            self.network.modem.handle_transmitted(self.now, bytes.len());
            self.heard.extend_from_slice(&bytes);
            let prompted = self.listen(command, &mut said);
            if let (true, Some(data)) = (prompted, data) {
                self.network.modem.handle_input(self.now, data);
            } else if bytes.is_empty() {
                match self.network.poll_timeout().filter(|&at| at <= until) {
                    Some(at) => self.now = self.now.max(at),
                    None => break,
                }
                self.network.handle_timeout(self.now);
            }
        }
        assert!(
            self.heard.is_empty(),
            "unread: {}",
            self.heard.escape_ascii()
        );
        said.sort_unstable();
        self.said.push(said);
    }

    /// Reads what was heard. Whether a prompt was there.
    fn listen(&mut self, command: &Command<'_>, said: &mut Vec<String>) -> bool {
        let mut prompted = false;
        loop {
            let cut = self.framer.next_frame(&self.heard, &self.responses);
            let (used, done) = (cut.used, cut.frame.is_none());
            if let Some(frame) = cut.frame {
                if frame == Frame::Prompt {
                    self.responses.prompt_armed = false;
                    prompted = true;
                }
                let response = Response::parse(frame, command.expect());
                said.push(format!("{:?}", Meaning::of(&response)));
            }
            self.heard.drain(..used);
            if done {
                return prompted;
            }
        }
    }

    /// Four messages came to each link, and nothing was malformed.
    fn check(&self, payload: &[u8]) {
        let all = || self.said.iter().flatten();
        let bytes = format!("Bytes({payload:?})");
        let messages = all().filter(|meaning| meaning.contains("\"message\""));
        assert_eq!(messages.clone().count(), 8, "{}", payload.escape_ascii());
        assert!(messages.clone().all(|message| message.contains(&bytes)));
        for kind in ["malformed", "violation", "unknown"] {
            assert!(
                all().all(|meaning| !meaning.contains(kind)),
                "{kind}: {:?}",
                self.said
            );
        }
        for kind in [
            "opened",
            "connected",
            "subscribed",
            "unsubscribed",
            "published",
            "link lost",
            "closed",
            "disconnected",
            "client",
            "state",
            "setting",
            "values",
            "prompt",
            "cme code",
        ] {
            let quoted = format!("{kind:?}");
            assert!(all().any(|meaning| meaning.contains(&quoted)), "no {kind}");
        }
    }
}
