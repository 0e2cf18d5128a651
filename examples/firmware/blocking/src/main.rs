//! A node without an executor: connects, subscribes, publishes at every QoS, and checks that each
//! message comes back to it byte for byte, hostile and full-size ones among them. Ends through
//! semihosting; the log is on UART0, the module on UART1.
#![no_std]
#![no_main]

use core::fmt::Write;
use core::panic::PanicInfo;

use cortex_m_rt::entry;
use cortex_m_semihosting::debug::{self, EXIT_FAILURE, EXIT_SUCCESS};
use qmt_hal_embedded::blocking::Driver;
use qmt_hal_embedded::session::proto::{ClientId, Filter, Host, LinkId, Qos, Topic};
use qmt_hal_embedded::session::{Buffers, Client, ClientConfig, ClientEvent, LinkConfig};

mod board;

use board::Uart;

const LINK: LinkId = LinkId::ALL[0];
const TOPIC: &str = "firmware/loop";
const QOS: [Qos; 3] = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce];

/// A message of full size, and what other stacks take for lines of the module.
const FULL: [u8; 1460] = full();
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
    let (mut store, mut chunk) = ([0; 128], [0; 64]);
    let client = Client::new(ClientConfig::new(), Buffers { rx, tx }, &mut store);
    let mut driver = Driver::new(client, Uart::MODULE, board::now(), &mut chunk);

    let client = driver.machine_mut();
    let (host, id) = (
        Host::new("broker.example").ok()?,
        ClientId::new("firmware").ok()?,
    );
    let config = LinkConfig::new(host, 1883.try_into().ok()?, id);
    let filter = Filter::new(TOPIC).ok()?;
    client
        .subscribe(board::now(), LINK, filter, Qos::ExactlyOnce)
        .ok()?;
    client.connect(board::now(), LINK, &config).ok()?;

    // Messages published, and those that have come back.
    let (mut sent, mut back) = (0, 0);
    let count = MESSAGES.len() * QOS.len();
    let mut in_flight = false;
    while back < count {
        let client = driver.machine_mut();
        while let Some(event) = client.poll_event() {
            match event {
                ClientEvent::Message(message) => {
                    let expected = MESSAGES.get(back / QOS.len())?;
                    if message.payload != *expected {
                        let _ = writeln!(log, "message {back} came back wrong");
                        return None;
                    }
                    back += 1;
                }
                ClientEvent::Published { outcome, .. } => {
                    let _ = writeln!(log, "published {sent}: {outcome}");
                    in_flight = false;
                    if !outcome.is_success() {
                        // In doubt or refused: once more. What came back already is not awaited.
                        sent = back;
                    }
                }
                ClientEvent::Session(_) => {}
                other => {
                    let _ = writeln!(log, "{other:?}");
                }
            }
        }
        // One at a time, so that they come back in order.
        if !in_flight && sent == back && sent < count && client.can_publish(LINK) {
            let (payload, qos) = (MESSAGES.get(sent / QOS.len())?, *QOS.get(sent % QOS.len())?);
            let topic = Topic::new(TOPIC).ok()?;
            let published = client.publish(board::now(), LINK, qos, false, topic, payload);
            in_flight = published.is_ok();
            sent += usize::from(in_flight);
        }
        if !driver.poll(board::now()).ok()? {
            board::sleep();
        }
    }
    let _ = writeln!(log, "firmware ok: {back} messages came back byte for byte");
    Some(())
}

const fn full() -> [u8; 1460] {
    let mut bytes = [0; 1460];
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
