//! A node without an executor: connects, subscribes, publishes at every QoS, and waits until each
//! message has come back to it, hostile and full-size ones among them. Ends through semihosting; the
//! log is on UART0, the module on UART1.
//!
//! The line between has no check of its own, and may damage what it likes: so each message goes in an
//! envelope, and is published again until it has come back undamaged.
#![no_std]
#![no_main]

use core::fmt::Write;
use core::panic::PanicInfo;

use cortex_m_rt::entry;
use cortex_m_semihosting::debug::{self, EXIT_FAILURE, EXIT_SUCCESS};
use qmt_hal_embedded::blocking::Driver;
use qmt_hal_embedded::session::envelope::{self, Envelope};
use qmt_hal_embedded::session::proto::{
    ClientId, Filter, Host, Instant, LinkId, Qos, Topic, limits,
};
use qmt_hal_embedded::session::{Buffers, Client, ClientConfig, ClientEvent, LinkConfig, Message};

mod board;

use board::Uart;

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

#[entry]
fn main() -> ! {
    if let Some(core) = cortex_m::Peripherals::take() {
        board::start(core.SYST);
    }
    let ended = match run() {
        Some(()) => EXIT_SUCCESS,
        None => EXIT_FAILURE,
    };
    debug::exit(ended);
    loop {
        board::sleep();
    }
}

/// `None`: something was refused, or came back as something else. The log says what.
fn run() -> Option<()> {
    let mut log = Uart::LOG;
    let (rx, tx) = (&mut [0; 1792], &mut [0; 1792]);
    let (mut store, mut chunk, mut sealed) = ([0; 128], [0; 64], [0; limits::PAYLOAD]);
    let client = Client::new(ClientConfig::new(), Buffers { rx, tx }, &mut store);
    let mut driver = Driver::new(client, Uart::MODULE, board::now(), &mut chunk);

    let client = driver.machine_mut();
    let (host, id) = (
        Host::new("broker.example").ok()?,
        ClientId::new("firmware").ok()?,
    );
    let config = LinkConfig::new(host, 1883.try_into().ok()?, id);
    start(client, &config)?;

    let mut dialogue = Dialogue::default();
    while let Some((payload, qos)) = dialogue.next() {
        let client = driver.machine_mut();
        let mut is_closed = false;
        while let Some(event) = client.poll_event() {
            match event {
                ClientEvent::Message(message) => dialogue.on_message(&message, payload)?,
                ClientEvent::Published { outcome, .. } => {
                    let _ = writeln!(log, "published {}: {outcome}", dialogue.back);
                    if !outcome.is_success() {
                        dialogue.publish_at = board::now();
                    }
                    dialogue.in_flight = false;
                }
                ClientEvent::Closed { .. } => is_closed = true,
                ClientEvent::Session(_) => {}
                other => {
                    let _ = writeln!(log, "{other:?}");
                }
            }
        }
        if is_closed {
            let _ = writeln!(log, "subscribes anew");
            start(client, &config)?;
        }
        // One at a time, and again when it has not come back: published or received in damaged
        // form, or its topic was, or the filter of the subscription.
        if !dialogue.in_flight && dialogue.publish_at <= board::now() && client.can_publish(LINK) {
            if dialogue.tries == TRIES {
                // Perhaps the filter that has reached the module is another one.
                client.disconnect(board::now(), LINK);
                dialogue.tries = 0;
                continue;
            }
            let topic = Topic::new(TOPIC).ok()?;
            let envelope = Envelope {
                source: SOURCE,
                sequence: dialogue.back,
                payload,
            };
            let sealed = envelope.seal(TOPIC, &mut sealed).ok()?;
            let published = client.publish(board::now(), LINK, qos, false, topic, sealed);
            if published.is_ok() {
                dialogue.in_flight = true;
                dialogue.tries += 1;
                dialogue.publish_at = after(PATIENCE_MS);
            }
        }
        if !driver.poll(board::now()).ok()? {
            board::sleep();
        }
    }
    let _ = writeln!(
        log,
        "firmware ok: {} messages came back byte for byte, {} were damaged",
        dialogue.back, dialogue.damaged
    );
    Some(())
}

/// Connects the link and subscribes on it.
fn start(client: &mut Client<'_>, config: &LinkConfig<'_>) -> Option<()> {
    let filter = Filter::new(TOPIC).ok()?;
    let now = board::now();
    client.subscribe(now, LINK, filter, Qos::ExactlyOnce).ok()?;
    client.connect(now, LINK, config).ok()
}

/// Which message is under way. They come back in order, because there is one at a time.
#[derive(Default)]
struct Dialogue {
    /// Messages that have come back: the sequence number of the next one.
    back: u32,
    /// Messages whose envelope showed damage.
    damaged: u32,
    in_flight: bool,
    /// When the message is published, if it is not back by then.
    publish_at: Instant,
    /// How often it has been.
    tries: u8,
}

impl Dialogue {
    /// The message that is to come back next.
    fn next(&self) -> Option<(&'static [u8], Qos)> {
        let back = usize::try_from(self.back).ok()?;
        let payload = *MESSAGES.get(back / QOS.len())?;
        Some((payload, *QOS.get(back % QOS.len())?))
    }

    /// `None`: damage that the envelope has not shown.
    fn on_message(&mut self, message: &Message<'_>, expected: &[u8]) -> Option<()> {
        let mut log = Uart::LOG;
        match Envelope::open(message.topic, message.payload) {
            Err(error) => {
                let _ = writeln!(log, "message {}: {error}", self.back);
                self.damaged += 1;
                self.publish_at = self.publish_at.min(board::now());
            }
            // One that was published twice.
            Ok(envelope) if envelope.sequence != self.back => {}
            Ok(envelope) if envelope.source == SOURCE && envelope.payload == expected => {
                self.back += 1;
                self.tries = 0;
                self.publish_at = board::now();
            }
            Ok(_) => {
                let _ = writeln!(log, "message {} came back wrong", self.back);
                return None;
            }
        }
        Some(())
    }
}

fn after(ms: u64) -> Instant {
    Instant::from_millis(board::now().as_millis() + ms)
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

#[panic_handler]
fn panicked(info: &PanicInfo<'_>) -> ! {
    let mut log = Uart::LOG;
    let _ = writeln!(log, "{info}");
    debug::exit(EXIT_FAILURE);
    loop {
        board::sleep();
    }
}
