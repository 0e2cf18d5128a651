//! The same client under the drivers for firmware, async and blocking: it connects, subscribes,
//! publishes and receives, on a port that gives and takes a few bytes at a time.

use core::cell::{Cell, RefCell};
use core::convert::Infallible;
use core::future::poll_fn;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::rc::Rc;

use qmt_broker::Broker;
use qmt_hal_embedded::{Clock, Driver, blocking};
use qmt_modem::{Modem, ModemConfig};
use qmt_session::proto::{Filter, Instant, LinkId, Qos, Topic, limits};
use qmt_session::{Buffers, Client, ClientConfig, LinkPhase, Machine, Outcome};
use qmt_sim::{Network, Told, hostile, link_config};

const LINK: LinkId = LinkId::ALL[0];

/// The line and the time, seen from both ends.
#[derive(Clone, Default)]
struct Line {
    to_module: Rc<RefCell<VecDeque<u8>>>,
    to_host: Rc<RefCell<VecDeque<u8>>>,
    now_ms: Rc<Cell<u64>>,
}

impl Line {
    fn now(&self) -> Instant {
        Instant::from_millis(self.now_ms.get())
    }

    fn take(&self, buf: &mut [u8]) -> usize {
        let mut waiting = self.to_host.borrow_mut();
        let len = buf.len().min(waiting.len());
        for (slot, byte) in buf.iter_mut().zip(waiting.drain(..len)) {
            *slot = byte;
        }
        len
    }

    /// Takes three bytes at a time.
    fn give(&self, buf: &[u8]) -> usize {
        let len = buf.len().min(3);
        self.to_module.borrow_mut().extend(&buf[..len]);
        len
    }
}

impl embedded_io::ErrorType for Line {
    type Error = Infallible;
}

impl embedded_io_async::Read for Line {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        poll_fn(|_| match self.take(buf) {
            0 => Poll::Pending,
            len => Poll::Ready(Ok(len)),
        })
        .await
    }
}

impl embedded_io_async::Write for Line {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        Ok(self.give(buf))
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl embedded_io::Read for Line {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        Ok(self.take(buf))
    }
}

impl embedded_io::ReadReady for Line {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(!self.to_host.borrow().is_empty())
    }
}

impl embedded_io::Write for Line {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        Ok(self.give(buf))
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Clock for Line {
    fn now(&self) -> Instant {
        Self::now(self)
    }

    async fn sleep_until(&mut self, at: Option<Instant>) {
        poll_fn(|_| match at {
            Some(at) if at <= Self::now(self) => Poll::Ready(()),
            _ => Poll::Pending,
        })
        .await;
    }
}

/// A driver with its client, whatever kind it is.
trait Host {
    fn client(&mut self) -> &mut Client<'static>;

    /// Does one thing, if there is one.
    fn turn(&mut self, now: Instant) -> bool;
}

impl Host for Driver<'static, Client<'static>, Line, Line> {
    fn client(&mut self) -> &mut Client<'static> {
        self.machine_mut()
    }

    fn turn(&mut self, _: Instant) -> bool {
        let turn = pin!(self.drive());
        // A pending future is dropped: nothing may get lost by that.
        match turn.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => {
                done.unwrap();
                true
            }
            Poll::Pending => false,
        }
    }
}

impl Host for blocking::Driver<'static, Client<'static>, Line> {
    fn client(&mut self) -> &mut Client<'static> {
        self.machine_mut()
    }

    fn turn(&mut self, now: Instant) -> bool {
        self.poll(now).unwrap()
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

/// Runs the host and what is behind the line until `wanted` is told.
fn run_until(
    host: &mut impl Host,
    network: &mut Network,
    line: &Line,
    wanted: impl Fn(&Told) -> bool,
) -> Told {
    for _ in 0..100_000 {
        while let Some(event) = host.client().poll_event() {
            let told = Told::from(event);
            if wanted(&told) {
                return told;
            }
        }
        let now = line.now();
        let mut moved = host.turn(now);
        let sent: Vec<u8> = line.to_module.borrow_mut().drain(..).collect();
        network.modem.handle_input(now, &sent);
        moved |= !sent.is_empty() | network.step(now);
        let heard = network.modem.poll_transmit().to_vec();
        network.modem.handle_transmitted(now, heard.len());
        moved |= !heard.is_empty();
        line.to_host.borrow_mut().extend(heard);
        if !moved {
            let due = [host.client().poll_timeout(), network.poll_timeout()];
            let next = due.into_iter().flatten().min().expect("something is due");
            line.now_ms.set(next.as_millis().max(line.now_ms.get()));
            network.handle_timeout(line.now());
        }
    }
    panic!("it never comes");
}

fn talks(mut host: impl Host, line: &Line) {
    let modem = Modem::booted(ModemConfig::new());
    let broker = Broker::new(qmt_broker::Config::default());
    let mut network = Network::new(modem, broker);
    let now = line.now();
    let filter = Filter::new("loop").unwrap();
    let client = host.client();
    client
        .subscribe(now, LINK, filter, Qos::ExactlyOnce)
        .unwrap();
    client.connect(now, LINK, &link_config("firmware")).unwrap();
    run_until(&mut host, &mut network, line, |told| {
        *told == Told::Ready(LINK)
    });
    for payload in hostile::payloads() {
        let topic = Topic::new("loop").unwrap();
        let now = line.now();
        let ticket = host
            .client()
            .publish(now, LINK, Qos::ExactlyOnce, false, topic, &payload)
            .unwrap();
        let (mut ended, mut received) = (None, None);
        while ended.is_none() || received.is_none() {
            let told = run_until(&mut host, &mut network, line, |told| {
                matches!(told, Told::Published(..) | Told::Message { .. })
            });
            match told {
                Told::Published(done, outcome) => ended = Some((done, outcome)),
                Told::Message { payload, .. } => received = Some(payload),
                _ => unreachable!(),
            }
        }
        assert_eq!(received, Some(payload));
        let (done, outcome) = ended.unwrap();
        assert!(
            done == ticket && matches!(outcome, Outcome::Acked(_)),
            "{outcome:?}"
        );
    }
    host.client().disconnect(line.now(), LINK);
    run_until(&mut host, &mut network, line, |told| {
        *told == Told::Closed(LINK)
    });
    assert_eq!(host.client().link_phase(LINK), LinkPhase::Idle);
}

#[test]
fn under_the_async_driver() {
    for chunk in [1, 2, 3, 7, 64] {
        let line = Line::default();
        let driver = Driver::new(client(), line.clone(), line.clone(), memory(chunk));
        talks(driver, &line);
    }
}

#[test]
fn under_the_blocking_driver() {
    for chunk in [1, 2, 3, 7, 64] {
        let line = Line::default();
        let driver = blocking::Driver::new(client(), line.clone(), line.now(), memory(chunk));
        talks(driver, &line);
    }
}
