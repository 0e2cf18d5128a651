//! Runs a machine over a stream of bytes.

use core::fmt;
use core::future::poll_fn;
use core::ops::Range;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};
use std::io;

use qmt_session::proto::Instant;
use qmt_session::{LineError, Machine};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::TokioClock;

#[cfg(test)]
mod tests;

/// Bytes of one read, unless told otherwise.
const READ_CHUNK: usize = 4_096;

/// A machine and the stream it talks on.
///
/// The loop: poll the machine's events until there is none, then [`turn`](Self::turn).
pub struct Driver<M, S> {
    machine: M,
    stream: S,
    clock: TokioClock,
    chunk: Box<[u8]>,
    /// Bytes of `chunk` that were read and not taken by the machine.
    unread: Range<usize>,
    /// Set by a write, cleared when it has been flushed.
    unflushed: bool,
    /// Set after input: what is due comes before more of it.
    clock_first: bool,
    tap: Option<Tap>,
}

/// Sees every byte, as it goes over the line.
pub type Tap = Box<dyn FnMut(Direction, Instant, &[u8]) + Send>;

/// Where bytes go.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "closed: a line has two ends")]
pub enum Direction {
    /// From the host to the module.
    ToModule,
    /// From the module to the host.
    FromModule,
}

/// Why a machine can run no longer.
#[derive(Debug)]
#[non_exhaustive]
pub enum DriveError {
    /// The stream has ended: the peer has closed it, or the device is gone.
    Closed,
    /// Reading failed.
    Read(io::Error),
    /// Writing failed.
    Write(io::Error),
}

impl<M: Machine, S: AsyncRead + AsyncWrite + Unpin> Driver<M, S> {
    /// Runs `machine` on `stream`, from now on. Its time begins with 0.
    ///
    /// # Panics
    /// When a deadline is due outside of a tokio runtime with time.
    #[must_use]
    pub fn new(mut machine: M, stream: S) -> Self {
        machine.handle_timeout(Instant::ZERO);
        Self {
            machine,
            stream,
            clock: TokioClock::new(),
            chunk: vec![0; READ_CHUNK].into(),
            unread: 0..0,
            unflushed: false,
            clock_first: false,
            tap: None,
        }
    }

    /// Reads at most `len` bytes at a time; at least one.
    #[must_use]
    pub fn read_chunk(mut self, len: usize) -> Self {
        let mut chunk = vec![0; len.max(self.unread.len()).max(1)];
        let unread = self.chunk.get(self.unread.clone()).unwrap_or_default();
        for (slot, byte) in chunk.iter_mut().zip(unread) {
            *slot = *byte;
        }
        self.unread = 0..unread.len();
        self.chunk = chunk.into();
        self
    }

    /// Shows all bytes to `tap`, at the moment they are written or read. Commands hold secrets.
    #[must_use]
    pub fn tap(mut self, tap: Tap) -> Self {
        self.tap = Some(tap);
        self
    }

    /// The machine.
    pub const fn machine(&self) -> &M {
        &self.machine
    }

    /// The machine, to poll its events or to tell it a wish.
    pub const fn machine_mut(&mut self) -> &mut M {
        &mut self.machine
    }

    /// The stream.
    pub const fn stream(&self) -> &S {
        &self.stream
    }

    /// The time the machine lives in.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Goes on with another stream, and gives the old one back. Bytes of that one which the machine
    /// has not taken are dropped. The machine is not told: that is the owner's to do.
    pub const fn replace_stream(&mut self, stream: S) -> S {
        self.unread = 0..0;
        self.unflushed = false;
        self.clock_first = false;
        core::mem::replace(&mut self.stream, stream)
    }

    /// Gives the machine and the stream back. Bytes the machine has not taken are lost.
    #[must_use]
    pub fn into_parts(self) -> (M, S) {
        (self.machine, self.stream)
    }

    /// Writes, reads or waits until one thing has happened, and tells the machine.
    ///
    /// - Something to write: writes what the stream takes. It is flushed before any wait.
    /// - Bytes: the machine takes as many as it can; what it leaves comes first next time.
    /// - An error of `read` that wraps a [`LineError`], as a [`Line`](crate::Line) gives it: the
    ///   machine is told it, and goes on.
    /// - A deadline: the machine is told the time. Bytes that have come already go first.
    /// - Nothing: waits. Something to write does not stop reading, nor the other way round.
    ///
    /// Cancel-safe: a dropped future has lost no byte in either direction.
    ///
    /// # Errors
    /// [`DriveError`]; it will come again. The machine has not been told: that is the owner's to do,
    /// who knows whether there will be another stream.
    pub async fn turn(&mut self) -> Result<(), DriveError> {
        if !self.unread.is_empty() {
            self.feed();
            return Ok(());
        }
        let due = self.machine.poll_timeout();
        if self.clock_first && self.machine.poll_transmit().is_empty() {
            self.clock_first = false;
            let now = self.clock.now();
            if due.is_some_and(|due| due <= now) {
                self.machine.handle_timeout(now);
                return Ok(());
            }
        }
        let clock = self.clock;
        let mut sleep = pin!(clock.sleep_until(due));
        poll_fn(|cx| self.poll_turn(cx, sleep.as_mut())).await
    }

    fn poll_turn(
        &mut self,
        cx: &mut Context<'_>,
        sleep: Pin<&mut impl Future<Output = ()>>,
    ) -> Poll<Result<(), DriveError>> {
        if let Poll::Ready(done) = self.poll_write(cx) {
            return Poll::Ready(done);
        }
        let mut buf = ReadBuf::new(&mut self.chunk);
        match Pin::new(&mut self.stream).poll_read(cx, &mut buf) {
            Poll::Ready(Ok(())) => {
                let len = buf.filled().len();
                if len == 0 {
                    return Poll::Ready(Err(DriveError::Closed));
                }
                self.unread = 0..len;
                let now = self.clock.now();
                if let (Some(tap), Some(bytes)) = (&mut self.tap, self.chunk.get(..len)) {
                    tap(Direction::FromModule, now, bytes);
                }
                self.feed();
                return Poll::Ready(Ok(()));
            }
            Poll::Ready(Err(error)) => {
                let Some(damage) = damage(&error) else {
                    return Poll::Ready(Err(DriveError::of_read(error)));
                };
                self.machine.handle_line_error(self.clock.now(), damage);
                return Poll::Ready(Ok(()));
            }
            Poll::Pending => {}
        }
        sleep.poll(cx).map(|()| {
            self.machine.handle_timeout(self.clock.now());
            Ok(())
        })
    }

    /// Ready when something was written or cannot be.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), DriveError>> {
        let bytes = self.machine.poll_transmit();
        let stream = Pin::new(&mut self.stream);
        if bytes.is_empty() {
            if self.unflushed {
                match stream.poll_flush(cx) {
                    Poll::Ready(Ok(())) => self.unflushed = false,
                    Poll::Ready(Err(error)) => {
                        return Poll::Ready(Err(DriveError::of_write(error)));
                    }
                    Poll::Pending => {}
                }
            }
            return Poll::Pending;
        }
        match stream.poll_write(cx, bytes) {
            Poll::Ready(Ok(0)) => Poll::Ready(Err(DriveError::Closed)),
            Poll::Ready(Ok(len)) => {
                let now = self.clock.now();
                if let (Some(tap), Some(bytes)) = (&mut self.tap, bytes.get(..len)) {
                    tap(Direction::ToModule, now, bytes);
                }
                self.unflushed = true;
                self.machine.handle_transmitted(now, len);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(DriveError::of_write(error))),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Hands the machine what it has not taken yet.
    fn feed(&mut self) {
        let bytes = self.chunk.get(self.unread.clone()).unwrap_or_default();
        let taken = self.machine.handle_input(self.clock.now(), bytes);
        self.unread.start = (self.unread.start + taken).min(self.unread.end);
        self.clock_first = true;
    }
}

impl DriveError {
    fn of_read(error: io::Error) -> Self {
        if is_gone(&error) {
            Self::Closed
        } else {
            Self::Read(error)
        }
    }

    fn of_write(error: io::Error) -> Self {
        if is_gone(&error) {
            Self::Closed
        } else {
            Self::Write(error)
        }
    }
}

/// What has happened to bytes on the line, if `error` says that and no more.
fn damage(error: &io::Error) -> Option<LineError> {
    error.get_ref()?.downcast_ref().copied()
}

/// Whether `error` is how a system says that a peer or a device has gone away.
fn is_gone(error: &io::Error) -> bool {
    #[cfg(unix)]
    if let Some(code) = rustix::io::Errno::from_io_error(error) {
        use rustix::io::Errno;
        // EIO: the other end of a terminal is closed.
        if matches!(code, Errno::IO | Errno::NXIO | Errno::NODEV) {
            return true;
        }
    }
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::UnexpectedEof
    )
}

impl fmt::Display for DriveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the line was closed, or the device is gone"),
            Self::Read(error) => write!(f, "reading from the line failed: {error}"),
            Self::Write(error) => write!(f, "writing to the line failed: {error}"),
        }
    }
}

impl core::error::Error for DriveError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Closed => None,
            Self::Read(error) | Self::Write(error) => Some(error),
        }
    }
}

impl<M: fmt::Debug, S: fmt::Debug> fmt::Debug for Driver<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The bytes and the tap are not shown: they may hold secrets.
        f.debug_struct("Driver")
            .field("machine", &self.machine)
            .field("stream", &self.stream)
            .field("unread", &self.unread.len())
            .finish_non_exhaustive()
    }
}
