//! A serial line and the time, seen from both ends, as awkward as the test wants it.

use core::cell::{Cell, RefCell};
use core::convert::Infallible;
use core::future::poll_fn;
use core::task::Poll;
use std::collections::VecDeque;
use std::rc::Rc;

use qmt_hal_embedded::Clock;
use qmt_session::proto::Instant;

/// Both directions of the line, and the clock.
#[derive(Clone, Default)]
pub(crate) struct Line {
    pub(crate) to_module: Rc<RefCell<VecDeque<u8>>>,
    pub(crate) to_host: Rc<RefCell<VecDeque<u8>>>,
    pub(crate) now_ms: Rc<Cell<u64>>,
    /// Set by an operation that is pending although it need not be.
    pub(crate) hesitates: Rc<Cell<bool>>,
    manner: Manner,
}

/// How a line gives and takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Most bytes of one read.
    pub(crate) gives: usize,
    /// Most bytes of one write.
    pub(crate) takes: usize,
    /// How often a read, write or flush is pending before it is ready.
    pub(crate) delay: usize,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            gives: usize::MAX,
            takes: 3,
            delay: 0,
        }
    }
}

impl Line {
    pub(crate) fn new(manner: Manner) -> Self {
        Self {
            manner,
            ..Self::default()
        }
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from_millis(self.now_ms.get())
    }

    async fn hesitate(&self) {
        let mut left = self.manner.delay;
        poll_fn(|_| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            self.hesitates.set(true);
            Poll::Pending
        })
        .await;
    }

    fn take(&self, buf: &mut [u8]) -> usize {
        let mut waiting = self.to_host.borrow_mut();
        let len = buf.len().min(waiting.len()).min(self.manner.gives);
        for (slot, byte) in buf.iter_mut().zip(waiting.drain(..len)) {
            *slot = byte;
        }
        len
    }

    fn give(&self, buf: &[u8]) -> usize {
        let len = buf.len().min(self.manner.takes);
        self.to_module.borrow_mut().extend(&buf[..len]);
        len
    }
}

impl embedded_io::ErrorType for Line {
    type Error = Infallible;
}

impl embedded_io_async::Read for Line {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        self.hesitate().await;
        poll_fn(|_| match self.take(buf) {
            0 => Poll::Pending,
            len => Poll::Ready(Ok(len)),
        })
        .await
    }
}

impl embedded_io_async::Write for Line {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        self.hesitate().await;
        Ok(self.give(buf))
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        self.hesitate().await;
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
