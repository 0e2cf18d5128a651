//! The virtual module behind a serial line that takes its time.

use core::time::Duration;

use qmt_broker::Broker;
use qmt_modem::{Arrival, Direction, Modem, ModemConfig, Wire, WireConfig};
use qmt_proto::{DataFormat, Instant};
use qmt_sim::Network;

/// A module with link 0 connected to a loopback broker, without echo, on a line of some speed.
#[derive(Debug)]
pub struct PacedModule {
    network: Network,
    wire: Wire,
    now: Instant,
    heard: Vec<u8>,
}

/// What came of a command.
#[derive(Debug)]
pub struct Exchanged {
    /// Everything the host heard.
    pub heard: Vec<u8>,
    /// From the first byte of the command to the last that was heard.
    pub took: Duration,
}

impl PacedModule {
    /// `baud` bit/s, payloads sent in `format`.
    ///
    /// # Panics
    /// When the module does not take what sets it up.
    pub fn new(baud: u32, format: DataFormat) -> Self {
        let config = WireConfig {
            baud: Some(baud),
            ..WireConfig::default()
        };
        let broker = Broker::new(qmt_broker::Config::default());
        let mut it = Self {
            network: Network::new(Modem::booted(ModemConfig::new()), broker),
            wire: Wire::new(&config),
            now: Instant::ZERO,
            heard: Vec::new(),
        };
        let format = match format {
            DataFormat::Text => "AT+QMTCFG=\"dataformat\",0,0,0\r",
            DataFormat::Hex => "AT+QMTCFG=\"dataformat\",0,1,0\r",
        };
        for command in ["ATE0\r", "AT+QMTCFG=\"echomode\",0,0\r", format] {
            let heard = it.exchange(command.as_bytes(), b"").heard;
            assert!(
                heard.ends_with(b"\r\nOK\r\n"),
                "{command}: {}",
                heard.escape_ascii()
            );
        }
        for (command, result) in [
            (
                "AT+QMTOPEN=0,\"broker.example\",1883\r",
                "+QMTOPEN: 0,0\r\n",
            ),
            ("AT+QMTCONN=0,\"meter-7\"\r", "+QMTCONN: 0,0,0\r\n"),
        ] {
            let heard = it.exchange(command.as_bytes(), b"").heard;
            assert!(
                heard.ends_with(result.as_bytes()),
                "{command}: {}",
                heard.escape_ascii()
            );
        }
        it
    }

    /// Sends a command, and `data` once there is a prompt; then waits until nothing more is under
    /// way.
    pub fn exchange(&mut self, command: &[u8], data: &[u8]) -> Exchanged {
        self.heard.clear();
        let start = self.now;
        let mut last = start;
        let mut data = data;
        self.wire
            .handle_sent(self.now, Direction::FromHost, command);
        loop {
            if self.step() {
                last = self.now;
            }
            if !data.is_empty() && self.heard.ends_with(b"> ") {
                self.wire.handle_sent(self.now, Direction::FromHost, data);
                data = b"";
            }
            let Some(next) = self.wire.poll_timeout() else {
                break;
            };
            self.now = self.now.max(next);
            self.network.handle_timeout(self.now);
        }
        Exchanged {
            heard: core::mem::take(&mut self.heard),
            took: Duration::from_millis(last.as_millis() - start.as_millis()),
        }
    }

    /// Moves what has arrived by now. Whether the host heard anything.
    fn step(&mut self) -> bool {
        while let Some(Arrival::Bytes(bytes)) =
            self.wire.poll_arrived(self.now, Direction::FromHost)
        {
            let len = bytes.len();
            self.network.modem.handle_input(self.now, bytes);
            self.wire.handle_taken(Direction::FromHost, len);
        }
        while self.network.step(self.now) {}
        let answer = self.network.modem.poll_transmit();
        let len = answer.len();
        self.wire.handle_sent(self.now, Direction::ToHost, answer);
        self.network.modem.handle_transmitted(self.now, len);
        let before = self.heard.len();
        while let Some(Arrival::Bytes(bytes)) = self.wire.poll_arrived(self.now, Direction::ToHost)
        {
            let len = bytes.len();
            self.heard.extend(bytes);
            self.wire.handle_taken(Direction::ToHost, len);
        }
        self.heard.len() > before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_at_a_tenth_of_the_speed_takes_ten_times_as_long() {
        let took = |baud| {
            let mut module = PacedModule::new(baud, DataFormat::Text);
            module.exchange(b"AT+QMTCFG=?\r", b"").took.as_millis()
        };
        let (slow, fast) = (took(1_200), took(12_000));
        assert!(slow.abs_diff(10 * fast) <= 20, "{slow} ms, {fast} ms");
    }
}
