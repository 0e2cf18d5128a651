//! How deep the driver's stack is: all of `client`, in a dialogue with a module that is a few lines.
#![no_std]
#![no_main]

use core::convert::Infallible;

use cortex_m::singleton;
use embedded_io::{ErrorType, Read, ReadReady, Write};
use qmt_hal_embedded::blocking::Driver;
use qmt_hal_embedded::session::proto::{ClientId, Filter, Host, Instant, LinkId, Qos, Topic};
use qmt_hal_embedded::session::{Buffers, Client, ClientConfig, ClientEvent, LinkConfig};

const LINK: LinkId = LinkId::ALL[0];
/// Looks at the line before the dialogue is given up; a hundredth of a second each.
const TURNS: u64 = 100_000;

type Node = Driver<'static, Client<'static>, Module>;

/// A module that takes everything.
struct Module {
    /// What it says, and how much of it has been read.
    said: [u8; 512],
    end: usize,
    read: usize,
    /// The command line that is coming in.
    line: [u8; 256],
    len: usize,
    /// The identifier of a publish, and bytes of its payload still to come.
    publish: ([u8; 5], usize),
    /// Messages it has sent.
    sent: u8,
    /// The last value of each option.
    options: [(u8, [u8; 24], usize); 12],
}

#[cortex_m_rt::entry]
fn main() -> ! {
    size_probe::end(run().is_some())
}

fn run() -> Option<()> {
    let rx = singleton!(: [u8; 1792] = [0; 1792])?;
    let tx = singleton!(: [u8; 1792] = [0; 1792])?;
    let store = singleton!(: [u8; 128] = [0; 128])?;
    let chunk = singleton!(: [u8; 64] = [0; 64])?;
    let client = Client::new(ClientConfig::new(), Buffers { rx, tx }, store);
    let driver = Driver::new(client, Module::new(), Instant::ZERO, chunk);
    let driver = singleton!(: Node = driver)?;
    size_probe::paint();
    let ended = converse(driver);
    size_probe::print_stack(size_probe::depth());
    ended
}

/// Connects, subscribes, publishes and receives; then again after a lost connection, and after a
/// restart of the module.
#[inline(never)]
fn converse(driver: &mut Node) -> Option<()> {
    let (host, id) = (
        Host::new("broker.example").ok()?,
        ClientId::new("node").ok()?,
    );
    let config = LinkConfig::new(host, 1883.try_into().ok()?, id);
    let (filter, topic) = (
        Filter::new("node/commands").ok()?,
        Topic::new("node/measured").ok()?,
    );
    let mut now = Instant::ZERO;
    let client = driver.machine_mut();
    client.subscribe(now, LINK, filter, Qos::AtLeastOnce).ok()?;
    client.connect(now, LINK, &config).ok()?;
    let (mut ready, mut published, mut received) = (0, 0, 0);
    for turn in 0..TURNS {
        now = Instant::from_millis(turn * 10);
        let client = driver.machine_mut();
        while let Some(event) = client.poll_event() {
            match event {
                ClientEvent::Ready { .. } => ready += 1,
                ClientEvent::Message(message) => received += message.payload.len(),
                ClientEvent::Published { outcome, .. } if outcome.is_success() => {
                    published += 1;
                }
                _ => {}
            }
        }
        if published == 3 && ready == 3 && received == 12 {
            return Some(());
        }
        if published < ready && client.can_publish(LINK) {
            let _ = client.publish(now, LINK, Qos::AtLeastOnce, false, topic, b"21.5 C");
        }
        driver.poll(now).ok()?;
    }
    None
}

impl Module {
    const fn new() -> Self {
        Self {
            said: [0; 512],
            end: 0,
            read: 0,
            line: [0; 256],
            len: 0,
            publish: ([0; 5], 0),
            sent: 0,
            options: [(0, [0; 24], 0); 12],
        }
    }

    fn say(&mut self, bytes: &[u8]) {
        if self.read == self.end {
            (self.read, self.end) = (0, 0);
        }
        for byte in bytes {
            if let Some(slot) = self.said.get_mut(self.end) {
                *slot = *byte;
                self.end += 1;
            }
        }
    }

    fn take(&mut self, byte: u8) {
        let (id, left) = self.publish;
        if left > 0 {
            self.publish.1 -= 1;
            if left == 1 {
                self.end_with(b"+QMTPUB", &id, b",0");
                self.say(b"\r\n+QMTRECV: 0,0,\"node/commands\",4,\"stop\"\r\n");
                self.sent += 1;
                match self.sent {
                    1 => self.say(b"\r\n+QMTSTAT: 0,1\r\n"),
                    2 => self.say(b"\r\nRDY\r\n"),
                    _ => {}
                }
            }
        } else if byte == b'\r' {
            let line = self.line;
            self.answer(line.get(..self.len).unwrap_or_default());
            self.len = 0;
        } else if let Some(slot) = self.line.get_mut(self.len) {
            *slot = byte;
            self.len += 1;
        }
    }

    /// `OK`, and the result of a command about link 0.
    fn end_with(&mut self, name: &[u8], id: &[u8], rest: &[u8]) {
        self.say(b"\r\nOK\r\n\r\n");
        self.say(name);
        self.say(b": 0,");
        self.say(id.split(|byte| *byte == 0).next().unwrap_or_default());
        self.say(rest);
        self.say(b"\r\n");
    }

    fn answer(&mut self, line: &[u8]) {
        let mut fields = line.split(|byte| *byte == b',');
        let name = fields.next().unwrap_or_default();
        let second = fields.next().unwrap_or_default();
        match name {
            b"AT+QMTCLOSE=?" => self.say(b"\r\n+QMTCLOSE: (0-4)\r\n\r\nOK\r\n"),
            b"AT+QMTDISC=?" => self.say(b"\r\n+QMTDISC: (0-4)\r\n\r\nOK\r\n"),
            b"AT+CEREG?" => self.say(b"\r\n+CEREG: 0,1\r\n\r\nOK\r\n"),
            b"AT+QMTOPEN=0" => self.end_with(b"+QMTOPEN", b"0", b""),
            b"AT+QMTCLOSE=0" => self.end_with(b"+QMTCLOSE", b"0", b""),
            b"AT+QMTCONN=0" => self.end_with(b"+QMTCONN", b"0", b",0"),
            b"AT+QMTSUB=0" => self.end_with(b"+QMTSUB", second, b",0,1"),
            b"AT+QMTPUB=0" => {
                let mut id = [0; 5];
                for (slot, byte) in id.iter_mut().zip(second) {
                    *slot = *byte;
                }
                self.publish = (id, 6);
                self.say(b"\r\n> ");
            }
            _ if name.starts_with(b"AT+QMTCFG=") => {
                // Different for each option. A value that has not been set reads 9.
                let third = name.get(13).map_or(0, |byte| byte.wrapping_mul(3));
                let key = third.wrapping_add(name.len() as u8);
                let known = self.options.iter().position(|it| it.0 == key);
                let free = self.options.iter().position(|it| it.0 == 0);
                let set = line.get(name.len() + second.len() + 2..);
                if let (Some(value), Some(at)) = (set, known.or(free)) {
                    let mut kept = [0; 24];
                    for (slot, byte) in kept.iter_mut().zip(value) {
                        *slot = *byte;
                    }
                    if let Some(option) = self.options.get_mut(at) {
                        *option = (key, kept, value.len());
                    }
                } else {
                    let option = known.and_then(|at| self.options.get(at)).copied();
                    let (_, value, len) = option.unwrap_or((0, [b'9'; 24], 1));
                    self.say(b"\r\n+QMTCFG: ");
                    self.say(value.get(..len).unwrap_or_default());
                    self.say(b"\r\n");
                }
                self.say(b"\r\nOK\r\n");
            }
            // Ignored, as what does not begin with AT is.
            _ if !name.starts_with(b"AT") => {}
            _ => self.say(b"\r\nOK\r\n"),
        }
    }
}

impl ErrorType for Module {
    type Error = Infallible;
}

impl ReadReady for Module {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.read < self.end)
    }
}

impl Read for Module {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        let said = self.said.get(self.read..self.end).unwrap_or_default();
        let len = said.len().min(buf.len());
        for (slot, byte) in buf.iter_mut().zip(said) {
            *slot = *byte;
        }
        self.read += len;
        Ok(len)
    }
}

impl Write for Module {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        for byte in buf {
            self.take(*byte);
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
