//! The client set against the virtual module: AT commands at one end, the sequences at the other.

use qmt_modem::{Modem, ModemConfig, NetworkEvent, NetworkRequest};
use qmt_mqtt::{Connect, Delivery, Packet, PacketId, Publish, QoS};
use qmt_proto::{Instant, LinkId};

use super::level_of;
use super::script::{Case, Step};

const LINK: LinkId = LinkId::ALL[0];
const NOW: Instant = Instant::ZERO;

pub(super) fn play(case: &Case, chunk: usize) -> Result<(), String> {
    let mut bench = Bench {
        modem: Modem::booted(ModemConfig::new()),
        chunk,
        open: false,
        heard: String::new(),
    };
    bench.play(case)?;
    // Whatever the server sent, the module still listens to its host.
    match bench.ask("AT")?.ends_with("\r\nOK\r\n") {
        true => Ok(()),
        false => Err("the module does not answer any more".into()),
    }
}

struct Bench {
    modem: Modem,
    /// Bytes of the server per read.
    chunk: usize,
    /// Whether the module has its socket.
    open: bool,
    /// Everything the module said so far.
    heard: String,
}

impl Bench {
    fn play(&mut self, case: &Case) -> Result<(), String> {
        // The contract of the client under test: this level, a clean session, 60 s.
        let version = u8::from(case.level == 4);
        self.ask("ATE0")?;
        for option in [
            format!("\"version\",0,{version}"),
            "\"session\",0,1".into(),
            "\"keepalive\",0,60".into(),
            "\"echomode\",0,0".into(),
        ] {
            self.must(&format!("AT+QMTCFG={option}"), "OK")?;
        }
        self.must("AT+QMTOPEN=0,\"127.0.0.1\",1883", "+QMTOPEN: 0,0")?;
        self.must("AT+QMTCONN=0,\"fuzzish\"", "OK")?;
        let mut connect = Connect::new(level_of(case), "fuzzish");
        connect.keep_alive = 60;
        let connect = encoded(case, &Packet::Connect(connect));
        if case.connect {
            self.expect(&connect)?;
            if case.connack {
                self.send(b"\x20\x02\0\0");
            }
        } else {
            // Not looked at, as the author of the case does not.
            self.modem
                .handle_socket_transmitted(NOW, LINK, connect.len());
        }
        match case.command.as_deref() {
            None => {}
            Some("publish-1") => self.publish(1)?,
            Some("publish-2") => self.publish(2)?,
            Some("unsubscribe") => self.must("AT+QMTUNS=0,1,\"test/subscribe\"", "OK")?,
            Some(other) => return Err(format!("no command {other} at this level")),
        }
        for step in &case.steps {
            match step {
                Step::Send(bytes) => self.send(bytes),
                Step::Expect(bytes) => self.expect(bytes)?,
                Step::Publish { .. } => return Err("a step of the broker's set".into()),
            }
        }
        let alive = self.is_alive(case);
        self.said();
        let told = ["+QMTSTAT: 0,", "+QMTCONN: 0,2"];
        if !alive && !told.iter().any(|line| self.heard.contains(line)) {
            return Err("the host is not told of the end".into());
        }
        match (alive, case.expect_disconnect) {
            (true, true) => Err("the module stays connected".into()),
            (false, false) => Err("the module closed the connection".into()),
            _ => Ok(()),
        }
    }

    /// In data mode, which the note's own session uses.
    fn publish(&mut self, qos: u8) -> Result<(), String> {
        self.must(
            &format!("AT+QMTPUB=0,1,{qos},0,\"test/publish\",7"),
            "\r\n> ",
        )?;
        self.modem.handle_input(NOW, b"message");
        match self.said().contains("OK") {
            true => Ok(()),
            false => Err("the message is not taken".into()),
        }
    }

    /// The verdict of the sequences: a message of QoS 1 is acknowledged, or not.
    fn is_alive(&mut self, case: &Case) -> bool {
        let publish = Publish {
            delivery: Delivery::new(QoS::AtLeastOnce, PacketId::MAX, false),
            retain: false,
            topic: "alive check".into(),
            payload: b"payload".to_vec(),
        };
        self.send(&encoded(case, &Packet::Publish(publish)));
        self.open && self.modem.poll_socket(LINK).ends_with(b"\x40\x02\xFF\xFF")
    }

    /// One command line; gives what the module says.
    fn ask(&mut self, line: &str) -> Result<String, String> {
        self.modem.handle_input(NOW, format!("{line}\r").as_bytes());
        self.settle();
        Ok(self.said())
    }

    fn must(&mut self, line: &str, wanted: &str) -> Result<(), String> {
        let said = self.ask(line)?;
        match said.contains(wanted) {
            true => Ok(()),
            false => Err(format!("{line} is answered {said:?}")),
        }
    }

    fn said(&mut self) -> String {
        let said = String::from_utf8_lossy(self.modem.poll_transmit()).into_owned();
        let len = self.modem.poll_transmit().len();
        self.modem.handle_transmitted(NOW, len);
        self.heard.push_str(&said);
        said
    }

    /// Bytes of the server, as long as the module wants to hear it.
    fn send(&mut self, bytes: &[u8]) {
        for bytes in bytes.chunks(self.chunk) {
            if self.open {
                self.modem
                    .handle_network(NOW, NetworkEvent::Received { link: LINK, bytes });
                self.settle();
            }
        }
    }

    fn expect(&mut self, bytes: &[u8]) -> Result<(), String> {
        let came = self.modem.poll_socket(LINK);
        if !came.starts_with(bytes) {
            return Err(format!("expected {bytes:02x?}, came {came:02x?}"));
        }
        self.modem.handle_socket_transmitted(NOW, LINK, bytes.len());
        self.settle();
        Ok(())
    }

    /// Gives the module the sockets it asks for.
    fn settle(&mut self) {
        while let Some(request) = self.modem.poll_network() {
            let link = request.link();
            self.open = matches!(request, NetworkRequest::Connect { .. });
            let event = match self.open {
                true => NetworkEvent::Connected { link },
                false => NetworkEvent::Closed { link },
            };
            self.modem.handle_network(NOW, event);
        }
    }
}

fn encoded(case: &Case, packet: &Packet) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet
        .encode(level_of(case), &mut bytes)
        .expect("a packet of ours");
    bytes
}
