//! A machine, a wire and a clock for the tests of the drivers.

use core::cell::{Cell, RefCell};
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::rc::Rc;
use std::vec::Vec;

use embedded_io_async::{ErrorKind, ErrorType};
use qmt_session::proto::Instant;
use qmt_session::{LineError, Machine};

use crate::Clock;

/// Answers every byte with its successor, and notes what it is told.
#[derive(Debug, Default)]
pub(crate) struct Echo {
    pub(crate) received: Vec<u8>,
    pub(crate) output: VecDeque<u8>,
    pub(crate) line_errors: Vec<LineError>,
    pub(crate) timeouts: Vec<u64>,
    pub(crate) due: Option<u64>,
    /// Most bytes taken at once.
    pub(crate) mouthful: usize,
}

impl Echo {
    pub(crate) fn new() -> Self {
        Self {
            mouthful: usize::MAX,
            ..Self::default()
        }
    }
}

impl Machine for Echo {
    fn handle_input(&mut self, _: Instant, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(self.mouthful);
        for byte in &bytes[..taken] {
            self.received.push(*byte);
            self.output.push_back(byte.wrapping_add(1));
        }
        self.output.make_contiguous();
        taken
    }

    fn handle_line_error(&mut self, _: Instant, error: LineError) {
        self.line_errors.push(error);
    }

    fn handle_transmitted(&mut self, _: Instant, len: usize) {
        self.output.drain(..len);
        self.output.make_contiguous();
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.due.is_some_and(|due| due <= now.as_millis()) {
            self.due = None;
            self.timeouts.push(now.as_millis());
        }
    }

    fn poll_transmit(&self) -> &[u8] {
        self.output.as_slices().0
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.due.map(Instant::from_millis)
    }
}

/// What the tests and the driver share of a wire.
#[derive(Debug, Default)]
pub(crate) struct WireState {
    /// Bytes and errors for the driver, read by read at most one error.
    pub(crate) incoming: VecDeque<Result<u8, Fault>>,
    pub(crate) written: Vec<u8>,
    /// Bytes of `written` that have been flushed.
    pub(crate) flushed: usize,
    /// Most bytes of one write.
    pub(crate) write_limit: usize,
    /// Polls a read, write or flush is pending before it is ready.
    pub(crate) delay: usize,
    pub(crate) closed: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Wire(pub(crate) Rc<RefCell<WireState>>);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    Overrun,
    Dead,
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("fault")
    }
}

impl core::error::Error for Fault {}

impl embedded_io_async::Error for Fault {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl ErrorType for Wire {
    type Error = Fault;
}

impl Wire {
    pub(crate) fn new() -> Self {
        let wire = Self::default();
        wire.0.borrow_mut().write_limit = usize::MAX;
        wire
    }

    pub(crate) fn send(&self, bytes: &[u8]) {
        let mut state = self.0.borrow_mut();
        state.incoming.extend(bytes.iter().copied().map(Ok));
    }

    /// As many polls of every operation are in vain.
    async fn wait(&self) {
        let mut left = self.0.borrow().delay;
        poll_fn(|_| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            Poll::Pending
        })
        .await;
    }

    fn take(&self, buf: &mut [u8]) -> Option<Result<usize, Fault>> {
        let mut state = self.0.borrow_mut();
        if let Some(Err(fault)) = state.incoming.front().copied() {
            state.incoming.pop_front();
            return Some(Err(fault));
        }
        let mut len = 0;
        for slot in buf {
            let Some(Ok(byte)) = state.incoming.front().copied() else {
                break;
            };
            state.incoming.pop_front();
            *slot = byte;
            len += 1;
        }
        (len > 0 || state.closed).then_some(Ok(len))
    }

    fn put(&self, buf: &[u8]) -> usize {
        let mut state = self.0.borrow_mut();
        let len = buf.len().min(state.write_limit);
        state.written.extend_from_slice(&buf[..len]);
        len
    }

    fn sync(&self) {
        let mut state = self.0.borrow_mut();
        state.flushed = state.written.len();
    }
}

impl embedded_io_async::Read for Wire {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Fault> {
        self.wait().await;
        poll_fn(|_| self.take(buf).map_or(Poll::Pending, Poll::Ready)).await
    }
}

impl embedded_io_async::Write for Wire {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Fault> {
        self.wait().await;
        Ok(self.put(buf))
    }

    async fn flush(&mut self) -> Result<(), Fault> {
        self.wait().await;
        self.sync();
        Ok(())
    }
}

impl embedded_io::Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Fault> {
        self.take(buf).expect("the driver asks whether it may read")
    }
}

impl embedded_io::ReadReady for Wire {
    fn read_ready(&mut self) -> Result<bool, Fault> {
        let state = self.0.borrow();
        Ok(state.closed || !state.incoming.is_empty())
    }
}

impl embedded_io::Write for Wire {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Fault> {
        Ok(self.put(buf))
    }

    fn flush(&mut self) -> Result<(), Fault> {
        self.sync();
        Ok(())
    }
}

/// A clock that the test sets.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestClock(pub(crate) Rc<Cell<u64>>);

impl Clock for TestClock {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.get())
    }

    async fn sleep_until(&mut self, at: Option<Instant>) {
        poll_fn(|_| match at {
            Some(at) if at.as_millis() <= self.0.get() => Poll::Ready(()),
            _ => Poll::Pending,
        })
        .await;
    }
}

/// Polls `future` so many times at most; `None` if it is not ready then, and it is dropped.
pub(crate) fn poll_times<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..times {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
    }
    None
}
