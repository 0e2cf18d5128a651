//! How much memory a client takes: its size, its buffers, its stack. `--nocapture` shows the
//! figures.
//!
//! The sizes are checked when the crate is compiled (`src/footprint.rs`). The stack is measured
//! from outside: a child process enters a dialogue with less and less stack left, until it breaks.

use core::hint::black_box;
use core::num::NonZeroU16;
use core::time::Duration;
use std::process::{Command, Stdio};

use qmt_session::proto::{ClientId, Filter, Host, Instant, LinkId, Qos, Topic, limits};
use qmt_session::{
    Buffers, Client, ClientConfig, ClientEvent, IfUnknown, LinkConfig, Machine, Outgoing, Session,
};

#[path = "client/yes.rs"]
#[expect(dead_code, reason = "here it is told nothing")]
mod yes;

use yes::Yes;

const LINK: LinkId = LinkId::ALL[0];
/// Stack of the thread in a child, in bytes.
const STACK: usize = 1 << 20;
/// The variable that tells a child how deep to go before the dialogue, and whether to hold it.
const DEPTH: &str = "QMT_SESSION_STACK_DEPTH";

/// Brings a module up, connects, subscribes, receives and publishes. Whether all of it worked.
fn dialogue(rx: &mut [u8], tx: &mut [u8], store: &mut [u8], outbox: &mut [u8]) -> bool {
    let mut client =
        Client::new(ClientConfig::new(), Buffers { rx, tx }, store).with_outbox(outbox);
    let mut module = Yes::default();
    let mut now = Instant::ZERO;
    let host = Host::new("broker.example").unwrap();
    let config = LinkConfig::new(
        host,
        NonZeroU16::new(1883).unwrap(),
        ClientId::new("me").unwrap(),
    );
    let filter = Filter::new("in").unwrap();
    client
        .subscribe(now, LINK, filter, Qos::AtLeastOnce)
        .unwrap();
    client.connect(now, LINK, &config).unwrap();
    let message = Outgoing {
        link: LINK,
        topic: Topic::new("out").unwrap(),
        payload: b"hello",
        qos: Qos::AtLeastOnce,
        retain: false,
        if_unknown: IfUnknown::Drop,
    };
    client.enqueue(now, &message).unwrap();
    let (mut received, mut left) = (false, false);
    for _ in 0..10_000 {
        let mut moved = false;
        while let Some(event) = client.poll_event() {
            moved = true;
            match event {
                ClientEvent::Message(message) => received |= message.payload == b"hi",
                ClientEvent::Left { outcome, .. } => left |= outcome.is_success(),
                _ => {}
            }
        }
        if received && left {
            return true;
        }
        let bytes = client.poll_transmit().to_vec();
        if !bytes.is_empty() {
            client.handle_transmitted(now, bytes.len());
            let said = module.hear(&bytes);
            let taken = client.handle_input(now, said.as_bytes());
            assert_eq!(taken, said.len());
            moved = true;
        }
        if !moved {
            let due = client.poll_timeout().unwrap();
            now = due.max(now.saturating_add(Duration::from_millis(1)));
            client.handle_timeout(now);
        }
    }
    false
}

/// Goes down so many frames, then holds the dialogue or nothing. Tells how much stack was used up
/// before that.
#[inline(never)]
fn descend(depth: usize, top: usize, memory: Option<&mut [Vec<u8>; 4]>) -> usize {
    let here = black_box([0_u8; 64]);
    if depth > 0 {
        return black_box(descend(depth - 1, top, memory)) + usize::from(here[0]);
    }
    if let Some([rx, tx, store, outbox]) = memory {
        assert!(dialogue(rx, tx, store, outbox));
    }
    top - here.as_ptr().addr()
}

/// What a child does.
fn child(depth: usize, talks: bool) {
    let thread = std::thread::Builder::new().stack_size(STACK);
    let used = thread.spawn(move || {
        let mut memory = [limits::TEXT_FRAME, 512, 256, 256].map(|len| vec![0; len]);
        let top = black_box([0_u8; 1]);
        descend(depth, top.as_ptr().addr(), talks.then_some(&mut memory))
    });
    println!("used {}", used.unwrap().join().unwrap());
}

/// How much stack a child had used up when it held its dialogue at `depth`. `None`: it broke.
fn try_child(depth: usize, talks: bool) -> Option<usize> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_stack_is_as_deep_as_it_is", "--nocapture"])
        .env(DEPTH, format!("{depth} {talks}"))
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let used = said
        .split("used ")
        .nth(1)
        .filter(|_| output.status.success())?;
    used.split_whitespace().next()?.parse().ok()
}

/// The most stack that can be used up before the dialogue, or before nothing.
fn most(talks: bool) -> usize {
    let (mut good, mut bad) = (0, STACK / 64);
    let mut used = try_child(good, talks).expect("room enough");
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        match try_child(middle, talks) {
            Some(more) => (good, used) = (middle, more),
            None => bad = middle,
        }
    }
    used
}

#[test]
fn the_stack_is_as_deep_as_it_is() {
    if let Ok(order) = std::env::var(DEPTH) {
        let (depth, talks) = order.split_once(' ').unwrap();
        return child(depth.parse().unwrap(), talks == "true");
    }
    let depth = most(false) - most(true);
    let build = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    println!("stack {depth} bytes below the caller ({build} build, with the module of this test)");
    assert!(depth < 64 * 1024, "{depth}");
}

#[test]
fn the_sizes_are_as_promised() {
    let client = size_of::<Client<'_>>();
    println!("Session {} bytes", size_of::<Session<'_>>());
    println!("Client {client} bytes, for five links or one");
    for (what, rx, tx, most) in [
        (
            "one link, text 1460 or hex 730",
            limits::TEXT_FRAME,
            512,
            4096,
        ),
        ("one link, hex 1460", limits::HEX_FRAME, 512, 5632),
        (
            "five links, text 1460 or hex 730",
            limits::TEXT_FRAME,
            limits::COMMAND_LINE,
            8192,
        ),
        (
            "five links, hex 1460",
            limits::HEX_FRAME,
            limits::COMMAND_LINE,
            10240,
        ),
    ] {
        let all = client + rx + tx;
        println!("{what}: {all} of {most} bytes (rx {rx}, tx {tx})");
        assert!(all <= most, "{what}: {all}");
    }
}

#[test]
fn a_client_for_one_link_works_in_its_four_kibibytes() {
    let (mut rx, mut tx) = ([0; limits::TEXT_FRAME], [0; 512]);
    let (mut store, mut outbox) = ([0; 128], [0; 64]);
    assert!(dialogue(&mut rx, &mut tx, &mut store, &mut outbox));
}
