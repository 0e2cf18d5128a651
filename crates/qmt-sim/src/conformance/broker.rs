//! The broker set against the loopback broker.

use qmt_broker::{Broker, Config, ConnectionId, Instant};
use qmt_mqtt::{Connect, Delivery, Level, Packet, PacketId, Publish, QoS};

use super::script::{Case, Step};
use super::{Exception, level_of};

pub(super) const EXCEPTIONS: [Exception; 4] = [
    ("CONNECT", "10 proto ver 2", FIVE),
    ("CONNECT", "10 proto ver 2 [MQTT-3.1.2-2]", FIVE),
    ("CONNECT", "10 proto ver 6", FIVE),
    ("CONNECT", "10 proto ver 6 [MQTT-3.1.2-2]", FIVE),
];

const FIVE: &str = "wants the CONNACK of MQTT 5 (20 03 00 84 00); MQTT 3.1.1 §3.1.2.2 and \
    mosquitto 2.0.11 say 20 02 00 01, and so do we";

const NOW: Instant = Instant::from_millis(0);

pub(super) fn play(case: &Case, chunk: usize) -> Result<(), String> {
    let mut broker = Broker::new(Config::default());
    let client = broker.handle_open(NOW).map_err(|error| error.to_string())?;
    Bench { broker, chunk }.play(case, client)
}

struct Bench {
    broker: Broker,
    /// Bytes per input.
    chunk: usize,
}

impl Bench {
    fn play(&mut self, case: &Case, client: ConnectionId) -> Result<(), String> {
        if case.connect {
            let level = level_of(case);
            let client_id = format!("{} {}", case.group, case.name);
            self.send(
                client,
                &encoded(&Packet::Connect(Connect::new(level, &client_id)), level),
            );
            self.expect(client, b"\x20\x02\0\0")?;
        }
        for step in &case.steps {
            match step {
                Step::Send(bytes) => self.send(client, bytes),
                Step::Expect(bytes) => self.expect(client, bytes)?,
                Step::Publish {
                    topic,
                    payload,
                    qos,
                    retain,
                } => {
                    self.publish(topic, payload, *qos, *retain)?;
                }
            }
        }
        if case.expect_disconnect {
            while let Some(len) = self.broker.poll_transmit(client).map(<[u8]>::len) {
                self.broker.handle_transmitted(NOW, client, len);
            }
            return match self.broker.is_open(client) {
                true => Err("not closed".into()),
                false => Ok(()),
            };
        }
        self.send(client, b"\xC0\0");
        self.expect(client, b"\xD0\0")?;
        match self.broker.poll_transmit(client) {
            Some(bytes) => Err(format!("more came: {bytes:02x?}")),
            None => Ok(()),
        }
    }

    fn send(&mut self, client: ConnectionId, bytes: &[u8]) {
        for piece in bytes.chunks(self.chunk) {
            let taken = self.broker.handle_input(NOW, client, piece);
            assert_eq!(taken, piece.len(), "no case comes near the limits");
        }
    }

    fn expect(&mut self, client: ConnectionId, bytes: &[u8]) -> Result<(), String> {
        let came = self.broker.poll_transmit(client).unwrap_or_default();
        if !came.starts_with(bytes) {
            return Err(format!("expected {bytes:02x?}, came {came:02x?}"));
        }
        self.broker.handle_transmitted(NOW, client, bytes.len());
        Ok(())
    }

    /// The other client of `external_publish`.
    fn publish(
        &mut self,
        topic: &str,
        payload: &str,
        qos: u64,
        retain: bool,
    ) -> Result<(), String> {
        let level = Level::V311;
        let helper = self
            .broker
            .handle_open(NOW)
            .map_err(|error| error.to_string())?;
        self.send(
            helper,
            &encoded(&Packet::Connect(Connect::new(level, "helper")), level),
        );
        self.expect(helper, b"\x20\x02\0\0")?;
        let qos = u8::try_from(qos)
            .ok()
            .and_then(QoS::from_number)
            .expect("0 to 2");
        let publish = Packet::Publish(Publish {
            delivery: Delivery::new(qos, PacketId::ONE, false),
            retain,
            topic: topic.into(),
            payload: payload.into(),
        });
        self.send(helper, &encoded(&publish, level));
        match qos {
            QoS::AtMostOnce => {}
            QoS::AtLeastOnce => self.expect(helper, b"\x40\x02\0\x01")?,
            QoS::ExactlyOnce => {
                self.expect(helper, b"\x50\x02\0\x01")?;
                self.send(helper, b"\x62\x02\0\x01");
                self.expect(helper, b"\x70\x02\0\x01")?;
            }
        }
        self.send(helper, b"\xE0\0");
        assert!(!self.broker.is_open(helper));
        Ok(())
    }
}

fn encoded(packet: &Packet, level: Level) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(level, &mut bytes).expect("a packet of ours");
    bytes
}
