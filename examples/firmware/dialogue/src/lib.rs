//! What the node does, whatever drives it: connects, subscribes, publishes at every QoS, and waits
//! until each message has come back to it, hostile and full-size ones among them.
//!
//! The line between has no check of its own, and may damage what it likes: so each message goes in an
//! envelope, and is published again until it has come back undamaged.
#![no_std]

use core::fmt::Write;

use qmt_session::envelope::{self, Envelope};
use qmt_session::proto::{ClientId, Filter, Host, Instant, LinkId, Qos, Topic, limits};
use qmt_session::{Client, ClientEvent, LinkConfig, Message};

const LINK: LinkId = LinkId::ALL[0];
const TOPIC: &str = "firmware/loop";
/// Of its envelopes.
const SOURCE: u32 = 7;
/// How long a message may be on its way back before it is published again.
const PATIENCE_MS: u64 = 3_000;
/// How often a message is published before it is taken for granted that nobody listens.
const TRIES: u8 = 3;
const QOS: [Qos; 3] = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce];

/// A message of full size in its envelope, and what other stacks take for lines of the module.
const FULL: [u8; FULL_LEN] = full();
const FULL_LEN: usize = limits::PAYLOAD - envelope::OVERHEAD;
const MESSAGES: [&[u8]; 5] = [
    b"hello",
    b"\r\n+QMTSTAT: 0,1\r\n\r\nOK\r\n> ",
    b"\"\r\n+QMTRECV: 0,0,\"firmware/loop\",1,\"x",
    b"\0\x1a\x1b\x7f\xff",
    &FULL,
];

/// Memory of the client and its driver, for messages of full size.
pub struct Memory {
    /// The longest line that comes.
    pub rx: [u8; 1792],
    /// The longest that goes.
    pub tx: [u8; 1792],
    /// What is subscribed and in flight.
    pub store: [u8; 128],
    /// What is read at once.
    pub chunk: [u8; 64],
}

impl Memory {
    /// None of it used.
    pub const fn new() -> Self {
        Self {
            rx: [0; 1792],
            tx: [0; 1792],
            store: [0; 128],
            chunk: [0; 64],
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// Which message is under way. They come back in order, because there is one at a time.
pub struct Dialogue<L> {
    log: L,
    /// Messages that have come back: the sequence number of the next one.
    back: u32,
    /// Messages whose envelope showed damage.
    damaged: u32,
    in_flight: bool,
    /// When the message is published, if it is not back by then.
    publish_at: Instant,
    /// How often it has been.
    tries: u8,
    sealed: [u8; limits::PAYLOAD],
}

impl<L: Write> Dialogue<L> {
    /// Before the first message.
    pub const fn new(log: L) -> Self {
        Self {
            log,
            back: 0,
            damaged: 0,
            in_flight: false,
            publish_at: Instant::ZERO,
            tries: 0,
            sealed: [0; limits::PAYLOAD],
        }
    }

    /// Connects the link and subscribes on it. `None`: the client has refused it.
    pub fn start(&mut self, client: &mut Client<'_>, now: Instant) -> Option<()> {
        let host = Host::new("broker.example").ok()?;
        let id = ClientId::new("firmware").ok()?;
        let config = LinkConfig::new(host, 1883.try_into().ok()?, id);
        let filter = Filter::new(TOPIC).ok()?;
        client.subscribe(now, LINK, filter, Qos::ExactlyOnce).ok()?;
        client.connect(now, LINK, &config).ok()
    }

    /// Takes all events, and publishes what is next. To be called after each thing the driver has
    /// done, and at [`wake_at`](Self::wake_at). `None`: something was refused, or came back as something
    /// else.
    pub fn step(&mut self, client: &mut Client<'_>, now: Instant) -> Option<()> {
        // A wish becomes a command when the events are polled.
        while self.react(client, now)? {}
        Some(())
    }

    /// Takes all events. Whether there was something to wish for then.
    fn react(&mut self, client: &mut Client<'_>, now: Instant) -> Option<bool> {
        let mut is_closed = false;
        while let Some(event) = client.poll_event() {
            match event {
                ClientEvent::Message(message) => self.on_message(&message, now)?,
                ClientEvent::Published { outcome, .. } => {
                    let _ = writeln!(self.log, "published {}: {outcome}", self.back);
                    if !outcome.is_success() {
                        self.publish_at = now;
                    }
                    self.in_flight = false;
                }
                ClientEvent::Closed { .. } => is_closed = true,
                ClientEvent::Session(_) => {}
                other => {
                    let _ = writeln!(self.log, "{other:?}");
                }
            }
        }
        if is_closed {
            let _ = writeln!(self.log, "subscribes anew");
            self.start(client, now)?;
            return Some(true);
        }
        self.publish(client, now)
    }

    /// Publishes the next message, if it is time; whether it was. One at a time, and again when it has not come back:
    /// published or received in damaged form, or its topic was, or the filter of the subscription.
    fn publish(&mut self, client: &mut Client<'_>, now: Instant) -> Option<bool> {
        let Some((payload, qos)) = self.next() else {
            return Some(false);
        };
        if self.in_flight || now < self.publish_at || !client.can_publish(LINK) {
            return Some(false);
        }
        if self.tries == TRIES {
            // Perhaps the filter that has reached the module is another one.
            client.disconnect(now, LINK);
            self.tries = 0;
            return Some(true);
        }
        let topic = Topic::new(TOPIC).ok()?;
        let envelope = Envelope {
            source: SOURCE,
            sequence: self.back,
            payload,
        };
        let sealed = envelope.seal(TOPIC, &mut self.sealed).ok()?;
        let published = client.publish(now, LINK, qos, false, topic, sealed);
        self.in_flight = published.is_ok();
        if self.in_flight {
            self.tries += 1;
            self.publish_at = Instant::from_millis(now.as_millis() + PATIENCE_MS);
        }
        Some(self.in_flight)
    }

    /// When there is something to do though nothing has happened.
    pub fn wake_at(&self, now: Instant) -> Option<Instant> {
        (now < self.publish_at).then_some(self.publish_at)
    }

    /// Whether every message has come back.
    pub fn is_over(&self) -> bool {
        self.next().is_none()
    }

    /// The message that is to come back next.
    fn next(&self) -> Option<(&'static [u8], Qos)> {
        let back = usize::try_from(self.back).ok()?;
        let payload = *MESSAGES.get(back / QOS.len())?;
        Some((payload, *QOS.get(back % QOS.len())?))
    }

    /// `None`: damage that the envelope has not shown.
    fn on_message(&mut self, message: &Message<'_>, now: Instant) -> Option<()> {
        let expected = self.next().map(|(payload, _)| payload);
        match Envelope::open(message.topic, message.payload) {
            Err(error) => {
                let _ = writeln!(self.log, "message {}: {error}", self.back);
                self.damaged += 1;
                self.publish_at = self.publish_at.min(now);
            }
            // One that was published twice.
            Ok(envelope) if envelope.sequence != self.back => {}
            Ok(envelope) if envelope.source == SOURCE && Some(envelope.payload) == expected => {
                self.back += 1;
                self.tries = 0;
                self.publish_at = now;
                if self.is_over() {
                    let (back, damaged) = (self.back, self.damaged);
                    let _ = writeln!(
                        self.log,
                        "firmware ok: {back} messages came back byte for byte, {damaged} were damaged"
                    );
                }
            }
            Ok(_) => {
                let _ = writeln!(self.log, "message {} came back wrong", self.back);
                return None;
            }
        }
        Some(())
    }
}

const fn full() -> [u8; FULL_LEN] {
    let mut bytes = [0; FULL_LEN];
    let mut at = 0;
    while at < bytes.len() {
        bytes[at] = at as u8;
        at += 1;
    }
    bytes
}
