//! Streams of a module and commands of a host, made from seeds.

use qmt_proto::hex;

use crate::{Delivery, Event, Mark, Rng};

mod encode;
mod hostile;
#[cfg(test)]
mod tests;

pub use encode::{Encode, Encoded};
pub(crate) use hostile::FILTERS;
pub use hostile::{exact_filters, hostile_topics};

/// What a module sent: the bytes, where each message ends, and what each one was.
#[derive(Clone, Debug, Default)]
pub struct Workload {
    /// The stream.
    pub bytes: Vec<u8>,
    /// End of each message in `bytes`.
    pub ends: Vec<usize>,
    /// What each message was.
    pub sent: Vec<Mark>,
    /// Messages made to mislead a parser.
    pub hostile: usize,
    /// Whether payloads are in hex.
    pub hex: bool,
    /// Whether the line is silent for a while after every message.
    pub(crate) pauses: bool,
    /// Whether `+CEREG` is left out of scores.
    unscored_registrations: bool,
    counter: u64,
}

/// A message of `+QMTRECV`, before it is written.
pub(crate) struct Sent<'a> {
    pub(crate) topic: &'a [u8],
    pub(crate) payload: &'a [u8],
    pub(crate) hex: bool,
}

impl Workload {
    /// Patterns of hostile payloads in W7.
    pub const PATTERNS: usize = hostile::PATTERNS.len();

    fn new() -> Self {
        Self {
            counter: 500,
            ..Self::default()
        }
    }

    /// The same bytes for receivers that keep less of `+CEREG` than the line holds.
    pub fn without_registrations(self) -> Self {
        Self {
            unscored_registrations: true,
            ..self
        }
    }

    /// The stream in pieces, with silence after each burst of them.
    pub fn bursts(&self, delivery: Delivery) -> Vec<Vec<&[u8]>> {
        if !self.pauses {
            return vec![delivery.cut(&self.bytes, &self.ends)];
        }
        let messages = Delivery::Messages.cut(&self.bytes, &self.ends);
        let messages = messages.into_iter();
        messages
            .map(|message| delivery.cut(message, &[message.len()]))
            .collect()
    }

    /// Whether what a receiver told is compared with what was sent.
    pub fn scores(&self, mark: Mark) -> bool {
        !(self.unscored_registrations && mark.is_registration())
    }

    /// Every kind of line, three in ten of them messages of up to 1460 bytes.
    pub fn w1(lines: usize) -> Self {
        Self::mixed(1, lines, Self::small)
    }

    /// Lines of at most 40 bytes: results, events, final results.
    pub fn w2(lines: usize) -> Self {
        let (mut rng, mut load) = (Rng::new(2), Self::new());
        (0..lines).for_each(|_| load.small(&mut rng));
        load
    }

    /// Only the messages of [`w1`](Self::w1): up to 1460 bytes.
    pub fn messages(lines: usize) -> Self {
        let (mut rng, mut load) = (Rng::new(1), Self::new());
        for _ in 0..lines {
            load.message(&mut rng);
        }
        load
    }

    /// Messages of 1460 bytes.
    pub fn w3(lines: usize) -> Self {
        let (mut rng, mut load) = (Rng::new(3), Self::new());
        for _ in 0..lines {
            let topic = rng.topic();
            let payload = rng.clean(1460);
            load.text(&topic, &payload);
        }
        load
    }

    /// Messages of 1460 bytes of any value, in hex.
    pub fn w4(lines: usize) -> Self {
        let (mut rng, mut load) = (Rng::new(4), Self::new());
        for _ in 0..lines {
            let topic = rng.topic();
            let payload: Vec<u8> = (0..1460).map(|_| rng.byte()).collect();
            load.recv(&Sent {
                topic: &topic,
                payload: &payload,
                hex: true,
            });
        }
        load
    }

    /// Messages that hold what misleads parsers, small lines between them.
    pub fn w7(lines: usize) -> Self {
        hostile::payloads(lines, false, None)
    }

    /// As [`w7`](Self::w7), with the one pattern in every hostile message; from 0.
    pub fn w7_of(pattern: usize, lines: usize) -> Self {
        hostile::payloads(lines, false, Some(pattern))
    }

    /// As [`w7`](Self::w7), with the payloads in hex.
    pub fn w7_hex(lines: usize) -> Self {
        hostile::payloads(lines, true, None)
    }

    /// One message between two results.
    pub fn between_results(topic: &[u8], payload: &[u8], hex: bool) -> Self {
        let (mut rng, mut load) = (Rng::new(10), Self::new());
        load.published(&mut rng);
        load.recv(&Sent {
            topic,
            payload,
            hex,
        });
        load.hostile = 1;
        load.published(&mut rng);
        load
    }

    /// Publishing in data mode: prompt, `OK`, result, sometimes a message between them.
    pub fn w8(lines: usize) -> Self {
        let (mut rng, mut load) = (Rng::new(8), Self::new());
        while load.sent.len() < lines {
            load.add(Event::Prompt, b"\r\n> ");
            load.line(Event::Ok, b"OK");
            if rng.below(4) == 0 {
                let topic = rng.topic();
                let payload = rng.clean(60);
                load.text(&topic, &payload);
            }
            load.published(&mut rng);
        }
        load
    }

    /// As [`w1`](Self::w1), without final results.
    pub fn w9(lines: usize) -> Self {
        Self::mixed(9, lines, |load, rng| match rng.below(43) {
            0..20 => load.published(rng),
            20..25 => load.subscribed(rng),
            25..28 => load.connected(rng),
            28..31 => load.lost(rng),
            31..37 => load.registration(rng),
            _ => load.power(rng),
        })
    }

    fn mixed(seed: u64, lines: usize, other: fn(&mut Self, &mut Rng)) -> Self {
        let (mut rng, mut load) = (Rng::new(seed), Self::new());
        for _ in 0..lines {
            if rng.below(100) < 30 {
                load.message(&mut rng);
            } else {
                other(&mut load, &mut rng);
            }
        }
        load
    }

    fn message(&mut self, rng: &mut Rng) {
        let topic = rng.topic();
        let len = rng.range(0, 1460);
        let payload = rng.clean(len);
        self.text(&topic, &payload);
    }

    fn small(&mut self, rng: &mut Rng) {
        match rng.below(70) {
            0..22 => self.line(Event::Ok, b"OK"),
            22..24 => self.line(Event::Error, b"ERROR"),
            24..27 => {
                let n = rng.below(10) as u16;
                let code = if n == 9 { 8600 } else { 8503 + n };
                let text = format!("+CME ERROR: {code}");
                self.line(Event::Cme(code), text.as_bytes());
            }
            27..47 => self.published(rng),
            47..52 => self.subscribed(rng),
            52..55 => self.connected(rng),
            55..58 => self.lost(rng),
            58..64 => self.registration(rng),
            _ => self.power(rng),
        }
    }

    fn published(&mut self, rng: &mut Rng) {
        let (link, id) = self.id();
        let (result, value) = match rng.below(20) {
            0 => (1, Some(rng.range(1, 10) as u8)),
            1 => (2, None),
            _ => (0, None),
        };
        let text = format!("+QMTPUB: {link},{id},{result}{}", tail(value));
        self.line(Event::Published(link, id, result, value), text.as_bytes());
    }

    fn subscribed(&mut self, rng: &mut Rng) {
        let (link, id) = self.id();
        let (result, value) = match rng.below(20) {
            0 => (1, Some(rng.range(1, 10) as u8)),
            1 => (2, None),
            2 => (0, Some(128)),
            _ => (0, Some(rng.below(3) as u8)),
        };
        let text = format!("+QMTSUB: {link},{id},{result}{}", tail(value));
        self.line(Event::Subscribed(link, id, result, value), text.as_bytes());
    }

    fn connected(&mut self, rng: &mut Rng) {
        let link = rng.below(5) as u8;
        let (result, code) = match rng.below(6) {
            0 => (2, None),
            1 => (1, None),
            _ => (0, Some(rng.below(6) as u8)),
        };
        let text = format!("+QMTCONN: {link},{result}{}", tail(code));
        self.line(Event::Connected(link, result, code), text.as_bytes());
    }

    fn lost(&mut self, rng: &mut Rng) {
        let link = rng.below(5) as u8;
        let cause = rng.range(1, 7) as u8;
        let text = format!("+QMTSTAT: {link},{cause}");
        self.line(Event::Lost(link, cause), text.as_bytes());
    }

    fn registration(&mut self, rng: &mut Rng) {
        let status = rng.below(6) as u8;
        let area = rng.below(65536);
        let cell = rng.u64() as u32;
        let fields = format!("{status},\"{area:04X}\",\"{cell:08X}\",9");
        let event = Event::Registration(status, fields.as_bytes());
        self.line(event, format!("+CEREG: {fields}").as_bytes());
    }

    fn power(&mut self, rng: &mut Rng) {
        let enters = rng.below(2) == 0;
        let event = if enters { "ENTER PSM" } else { "EXIT PSM" };
        let text = format!("+QNBIOTEVENT: \"{event}\"");
        self.line(Event::Power(event.as_bytes()), text.as_bytes());
    }

    fn text(&mut self, topic: &[u8], payload: &[u8]) {
        self.recv(&Sent {
            topic,
            payload,
            hex: false,
        });
    }

    pub(crate) fn recv(&mut self, sent: &Sent<'_>) {
        let (link, id) = self.id();
        let len = sent.payload.len();
        let mut text = format!("+QMTRECV: {link},{id},\"").into_bytes();
        text.extend(sent.topic);
        text.extend(format!("\",{len},\"").as_bytes());
        self.hex |= sent.hex;
        if sent.hex {
            text.extend(digits(sent.payload));
        } else {
            text.extend(sent.payload);
        }
        text.push(b'"');
        self.line(Event::Message(link, id, sent.topic, sent.payload), &text);
    }

    /// The next link and message identifier; a pair does not come again in any workload.
    fn id(&mut self) -> (u8, u16) {
        self.counter += 1;
        let link = self.counter / 60_000 % 5;
        let id = self.counter % 60_000 + 100;
        (link as u8, id as u16)
    }

    fn line(&mut self, event: Event<'_>, text: &[u8]) {
        self.add(event, &[b"\r\n", text, b"\r\n"].concat());
    }

    fn add(&mut self, event: Event<'_>, bytes: &[u8]) {
        self.bytes.extend(bytes);
        self.ends.push(self.bytes.len());
        self.sent.push(event.mark());
    }
}

fn tail(value: Option<u8>) -> String {
    value.map_or_else(String::new, |value| format!(",{value}"))
}

/// Two digits for each byte, as modules print them.
fn digits(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .flat_map(|byte| hex::digits_of(*byte))
        .collect()
}
