//! Mosquitto's packet sequences of levels 3 and 4: the broker side against the machine, the client
//! side against the client's receiving half.
//!
//! The sequences are not part of this project. They are read from the folder `QMT_CONFORMANCE`, or
//! from `../shared/conformance/mosquitto` beside the workspace; without either the test says so
//! and passes.

mod client;
mod script;

use std::path::PathBuf;

use qmt_broker::{Broker, Config, ConnectionId, Instant};
use qmt_mqtt::{Connect, Delivery, Level, Packet, PacketId, Publish, QoS};
use script::{Case, Step};

/// Cases at levels 3 and 4: 9 and 305.
const CASES: usize = 314;

/// Cases we fail on purpose, as file, name and reason.
const DEVIATIONS: [(&str, &str, &str); 4] = [
    ("CONNECT", "10 proto ver 2", FIVE),
    ("CONNECT", "10 proto ver 2 [MQTT-3.1.2-2]", FIVE),
    ("CONNECT", "10 proto ver 6", FIVE),
    ("CONNECT", "10 proto ver 6 [MQTT-3.1.2-2]", FIVE),
];

const FIVE: &str = "wants a CONNACK of MQTT 5 (20 03 00 84 00); MQTT 3.1.1 §3.1.2.2 and \
    mosquitto 2.0.11 say 20 02 00 01, and so do we";

const NOW: Instant = Instant::from_millis(0);

#[test]
fn the_sequences_of_mosquitto_pass() {
    let Some(folder) = folder("broker") else {
        return;
    };
    let cases = script::read_folder(&folder);
    // Whole packets and single bytes must come to the same end.
    for chunk in [usize::MAX, 1] {
        let mut bench = Bench {
            broker: Broker::new(Config::default()),
            chunk,
        };
        let mut failed = Vec::new();
        for case in &cases {
            if let Err(reason) = bench.run(case) {
                failed.push((case, reason));
            }
        }
        let (passed, total) = (cases.len() - failed.len(), cases.len());
        println!("conformance broker: {passed} of {total} pass");
        for (case, reason) in &failed {
            let known = DEVIATIONS
                .iter()
                .find(|known| known.0 == case.file && known.1 == case.name);
            let note = known.map_or("UNEXPECTED", |known| known.2);
            println!(
                "  {} / {} / {}: {reason}\n    {note}",
                case.file, case.group, case.name
            );
        }
        let failed: Vec<_> = failed
            .iter()
            .map(|(case, _)| (case.file.as_str(), case.name.as_str()))
            .collect();
        let expected: Vec<_> = DEVIATIONS.iter().map(|known| (known.0, known.1)).collect();
        assert_eq!(total, CASES);
        assert_eq!(
            sorted(failed),
            sorted(expected),
            "the deviations are exactly the known ones"
        );
    }
}

/// The folder of one set of sequences; says so if there is none.
fn folder(set: &str) -> Option<PathBuf> {
    let beside = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/conformance/mosquitto"
    );
    let root =
        std::env::var_os("QMT_CONFORMANCE").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let folder = root.join(set);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("conformance {set}: skipped, no folder {set}/ (set QMT_CONFORMANCE)");
    None
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list
}

/// One broker for all cases, as a server would see them.
struct Bench {
    broker: Broker,
    /// Bytes per input.
    chunk: usize,
}

impl Bench {
    fn run(&mut self, case: &Case) -> Result<(), String> {
        let level = if case.level == 3 {
            Level::V31
        } else {
            Level::V311
        };
        let client = self
            .broker
            .handle_open(NOW)
            .map_err(|error| error.to_string())?;
        let outcome = self.play(case, level, client);
        self.broker.handle_closed(NOW, client);
        while self.broker.poll_event().is_some() {}
        outcome
    }

    fn play(&mut self, case: &Case, level: Level, client: ConnectionId) -> Result<(), String> {
        if case.connect {
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
