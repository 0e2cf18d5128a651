//! The same client under the drivers for firmware, async and blocking: it connects, subscribes,
//! publishes and receives, on a port that gives and takes a few bytes at a time, and with the
//! future of the driver dropped wherever it waits.

use core::pin::pin;
use core::task::{Context, Poll, Waker};

use qmt_broker::Broker;
use qmt_hal_embedded::{Driver, blocking};
use qmt_modem::{Modem, ModemConfig};
use qmt_session::proto::{Filter, Instant, LinkId, Qos, Topic, limits};
use qmt_session::{Buffers, Client, ClientConfig, Machine, Outcome};
use qmt_sim::{Network, Told, hostile, link_config};

mod line;

use line::{Line, Manner};

const LINK: LinkId = LinkId::ALL[0];

/// A driver with its client, whatever kind it is.
trait Host {
    fn client(&mut self) -> &mut Client<'static>;

    /// Does one thing; lets the rest of the world move while it waits.
    fn turn(&mut self, world: &mut World);
}

/// What is behind the line, and the time.
struct World {
    line: Line,
    network: Network,
    /// Every byte the host has sent.
    sent: Vec<u8>,
    /// How often a future of the driver was pending.
    awaits: usize,
    /// The await at which the future is dropped, counted as `awaits`; every one from there on if
    /// `drop_all`.
    drop_at: usize,
    drop_all: bool,
}

/// A dialogue as both ends saw it.
#[derive(Debug, PartialEq)]
struct Record {
    sent: Vec<u8>,
    told: Vec<Told>,
}

impl Host for Driver<'static, Client<'static>, Line, Line> {
    fn client(&mut self) -> &mut Client<'static> {
        self.machine_mut()
    }

    fn turn(&mut self, world: &mut World) {
        let due = self.machine().poll_timeout();
        let mut turn = pin!(self.drive());
        loop {
            match turn.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(done) => return done.unwrap(),
                Poll::Pending => {}
            }
            let (now, at) = (world.awaits, world.drop_at);
            world.awaits += 1;
            world.advance(due);
            if now == at || world.drop_all && now > at {
                // The future is dropped while it waits: nothing may get lost by that.
                return;
            }
        }
    }
}

impl Host for blocking::Driver<'static, Client<'static>, Line> {
    fn client(&mut self) -> &mut Client<'static> {
        self.machine_mut()
    }

    fn turn(&mut self, world: &mut World) {
        if !self.poll(world.line.now()).unwrap() {
            let due = self.machine().poll_timeout();
            world.advance(due);
        }
    }
}

impl World {
    fn new(line: &Line) -> Self {
        let modem = Modem::booted(ModemConfig::new());
        let broker = Broker::new(qmt_broker::Config::default());
        Self {
            line: line.clone(),
            network: Network::new(modem, broker),
            sent: Vec::new(),
            awaits: 0,
            drop_at: usize::MAX,
            drop_all: false,
        }
    }

    /// Moves everything but the host; if nothing moves, time does, to what is due next.
    fn advance(&mut self, host_due: Option<Instant>) {
        let now = self.line.now();
        let sent: Vec<u8> = self.line.to_module.borrow_mut().drain(..).collect();
        self.network.modem.handle_input(now, &sent);
        let mut moved = !sent.is_empty() | self.network.step(now);
        self.sent.extend(sent);
        let heard = self.network.modem.poll_transmit().to_vec();
        self.network.modem.handle_transmitted(now, heard.len());
        moved |= !heard.is_empty();
        self.line.to_host.borrow_mut().extend(heard);
        if self.line.hesitates.take() | moved || !self.line.to_host.borrow().is_empty() {
            return;
        }
        let due = [host_due, self.network.poll_timeout()];
        if let Some(next) = due.into_iter().flatten().min() {
            let next = next.as_millis().max(self.line.now_ms.get());
            self.line.now_ms.set(next);
            self.network.handle_timeout(self.line.now());
        }
    }
}

fn memory(len: usize) -> &'static mut [u8] {
    Box::leak(vec![0; len].into_boxed_slice())
}

fn client() -> Client<'static> {
    let buffers = Buffers {
        rx: memory(limits::TEXT_FRAME),
        tx: memory(limits::TEXT_FRAME),
    };
    Client::new(ClientConfig::new(), buffers, memory(512))
}

fn async_driver(line: &Line, chunk: usize) -> Driver<'static, Client<'static>, Line, Line> {
    Driver::new(client(), line.clone(), line.clone(), memory(chunk))
}

/// Runs the host and what is behind the line until `wanted` is told.
fn run_until(
    host: &mut impl Host,
    world: &mut World,
    told: &mut Vec<Told>,
    wanted: impl Fn(&Told) -> bool,
) -> Told {
    for _ in 0..100_000 {
        while let Some(event) = host.client().poll_event() {
            told.push(event.into());
            let last = &told[told.len() - 1];
            if wanted(last) {
                return last.clone();
            }
        }
        host.turn(world);
    }
    panic!("it never comes: {told:#?}");
}

/// Connects, subscribes, publishes each payload and receives it back, disconnects.
fn dialogue(mut host: impl Host, world: &mut World, payloads: &[Vec<u8>]) -> Record {
    let (host, mut told) = (&mut host, Vec::new());
    let now = world.line.now();
    let filter = Filter::new("loop").unwrap();
    let client = host.client();
    client
        .subscribe(now, LINK, filter, Qos::ExactlyOnce)
        .unwrap();
    client.connect(now, LINK, &link_config("firmware")).unwrap();
    run_until(host, world, &mut told, |told| *told == Told::Ready(LINK));
    for payload in payloads {
        let topic = Topic::new("loop").unwrap();
        let now = world.line.now();
        let ticket = host
            .client()
            .publish(now, LINK, Qos::ExactlyOnce, false, topic, payload)
            .unwrap();
        let (mut ended, mut received) = (None, None);
        while ended.is_none() || received.is_none() {
            let news = run_until(host, world, &mut told, |told| {
                matches!(told, Told::Published(..) | Told::Message { .. })
            });
            match news {
                Told::Published(done, outcome) => ended = Some((done, outcome)),
                Told::Message { payload, .. } => received = Some(payload),
                _ => unreachable!(),
            }
        }
        assert_eq!(received.as_ref(), Some(payload));
        let (done, outcome) = ended.unwrap();
        assert!(
            done == ticket && matches!(outcome, Outcome::Acked(_)),
            "{outcome:?}"
        );
    }
    host.client().disconnect(world.line.now(), LINK);
    run_until(host, world, &mut told, |told| *told == Told::Closed(LINK));
    Record {
        sent: core::mem::take(&mut world.sent),
        told,
    }
}

#[test]
fn hostile_payloads_pass_under_the_async_driver() {
    for chunk in [1, 2, 3, 7, 64] {
        let line = Line::new(Manner::default());
        let host = async_driver(&line, chunk);
        dialogue(host, &mut World::new(&line), &hostile::payloads());
    }
}

#[test]
fn hostile_payloads_pass_under_the_blocking_driver() {
    for chunk in [1, 2, 3, 7, 64] {
        let line = Line::new(Manner::default());
        let host = blocking::Driver::new(client(), line.clone(), line.now(), memory(chunk));
        dialogue(host, &mut World::new(&line), &hostile::payloads());
    }
}

/// Q36.
#[test]
fn a_future_dropped_at_any_await_changes_nothing() {
    let payloads = [b"\r\nOK\r\n> ".to_vec(), (0..=255).collect()];
    let manner = Manner {
        gives: 11,
        takes: 7,
        delay: 2,
    };
    let run = |drop_at, drop_all| {
        let line = Line::new(manner);
        let mut world = World::new(&line);
        (world.drop_at, world.drop_all) = (drop_at, drop_all);
        let record = dialogue(async_driver(&line, 64), &mut world, &payloads);
        (record, world.awaits)
    };
    let (undisturbed, awaits) = run(usize::MAX, false);
    assert!(awaits > 200, "{awaits}");
    for k in 0..awaits {
        assert_eq!(run(k, false).0, undisturbed, "dropped at await {k}");
    }
}

/// Q36, where even the first poll of an operation is ready: every future is dropped that waits.
/// RELIABILITY H8.
#[test]
fn futures_dropped_at_every_await_change_nothing() {
    let payloads = [b"\r\nOK\r\n> ".to_vec()];
    let run = |drop_at| {
        let line = Line::new(Manner::default());
        let mut world = World::new(&line);
        (world.drop_at, world.drop_all) = (drop_at, true);
        dialogue(async_driver(&line, 64), &mut world, &payloads)
    };
    assert_eq!(run(0), run(usize::MAX));
}

/// Q37. In time too: nothing depends on how the bytes were cut.
#[test]
fn any_manner_of_the_line_gives_the_same_bytes_and_events() {
    let payloads = [b"\"\r\n+QMTSTAT: 0,1\r\n".to_vec(), vec![b'x'; 300]];
    let run = |manner, chunk| {
        let line = Line::new(manner);
        let host = async_driver(&line, chunk);
        dialogue(host, &mut World::new(&line), &payloads)
    };
    let whole = run(Manner::default(), 64);
    for size in (1..=20).chain([63, 64, 65, 1_000]) {
        for delay in 0..3 {
            let manner = Manner {
                gives: size,
                takes: size,
                delay,
            };
            assert_eq!(run(manner, 64), whole, "{manner:?}");
            let line = Line::new(manner);
            let host = blocking::Driver::new(client(), line.clone(), line.now(), memory(size));
            let record = dialogue(host, &mut World::new(&line), &payloads);
            assert_eq!(record, whole, "blocking, {manner:?}");
        }
    }
}
