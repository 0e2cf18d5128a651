//! Runs a machine over `embedded-io-async`.

use core::fmt;
use core::ops::Range;

use embedded_io_async::{Read, Write};
use qmt_session::proto::Instant;
use qmt_session::{LineError, Machine};

use crate::select::{Either, select};
use crate::transcript::Transcript;
use crate::{Clock, DriveError};

#[cfg(test)]
mod tests;

/// A machine, the stream it talks on, and a clock.
///
/// The loop: poll the machine's events until there is none, then [`drive`](Self::drive). No event
/// is borrowed while it waits.
pub struct Driver<'buf, M, IO: embedded_io_async::ErrorType, C> {
    machine: M,
    io: IO,
    clock: C,
    chunk: &'buf mut [u8],
    /// Bytes of `chunk` that were read and not taken by the machine.
    unread: Range<usize>,
    /// Set by a write, cleared when it has been flushed.
    unflushed: bool,
    /// Set after input: what is due comes before more of it.
    clock_first: bool,
    /// Which errors of `read` are the line's.
    line_errors: fn(&IO::Error) -> Option<LineError>,
    transcript: Transcript,
}

impl<'buf, M: Machine, IO: Read + Write, C: Clock> Driver<'buf, M, IO, C> {
    /// Runs `machine` on `io`. `chunk` is where bytes are read to: at least one, 64 are plenty.
    ///
    /// `io.read` must be cancel-safe, because it is given up whenever a deadline is due: of a
    /// future dropped while it was pending, no byte may be lost. Buffered UARTs are; a UART that
    /// reads by DMA straight into the caller's memory is not. [`drive`](Self::drive) is as
    /// cancel-safe as `io.write` and `io.flush` are.
    ///
    /// While a write or flush waits nothing is read, so `io` must buffer what comes meanwhile:
    /// with echo, as much as goes out.
    pub fn new(mut machine: M, io: IO, clock: C, chunk: &'buf mut [u8]) -> Self {
        machine.handle_timeout(clock.now());
        Self {
            machine,
            io,
            clock,
            chunk,
            unread: 0..0,
            unflushed: false,
            clock_first: false,
            line_errors: |_| None,
            transcript: Transcript::default(),
        }
    }

    /// Tells the driver which errors of `read` mean that bytes of the line are missing or damaged.
    /// The machine is told those, and goes on; all others end the drive.
    #[must_use]
    pub fn line_errors(mut self, line_errors: fn(&IO::Error) -> Option<LineError>) -> Self {
        self.line_errors = line_errors;
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

    /// The time the machine lives in.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Gives all parts back. Bytes the machine has not taken are lost.
    pub fn into_parts(self) -> (M, IO, C) {
        (self.machine, self.io, self.clock)
    }

    /// Writes, or reads, or waits, until one thing has happened, and tells the machine.
    ///
    /// - Bytes the machine had left before: it is offered them again.
    /// - Something to write: writes what the stream takes. It is flushed before any wait.
    /// - Otherwise waits for bytes, of which the machine takes as many as it can, and for its
    ///   deadline. Bytes that have come already go first.
    ///
    /// Cancel-safe, with streams as [`new`](Self::new) wants them: a dropped future has lost no
    /// byte and repeats none.
    ///
    /// # Errors
    /// [`DriveError`]. The machine has not been told: that is the owner's to do, who knows whether
    /// the stream will come back.
    pub async fn drive(&mut self) -> Result<(), DriveError<IO::Error>> {
        if !self.unread.is_empty() {
            self.feed();
            return Ok(());
        }
        let bytes = self.machine.poll_transmit();
        if !bytes.is_empty() {
            let len = self.io.write(bytes).await.map_err(DriveError::Write)?;
            if len == 0 {
                return Err(DriveError::Closed);
            }
            self.unflushed = true;
            self.transcript.sent(bytes.get(..len).unwrap_or_default());
            self.machine.handle_transmitted(self.clock.now(), len);
            return Ok(());
        }
        let due = self.machine.poll_timeout();
        if self.clock_first {
            self.clock_first = false;
            let now = self.clock.now();
            if due.is_some_and(|due| due <= now) {
                self.machine.handle_timeout(now);
                return Ok(());
            }
        }
        if self.unflushed {
            self.io.flush().await.map_err(DriveError::Write)?;
            self.unflushed = false;
        }
        let (read, sleep) = (self.io.read(self.chunk), self.clock.sleep_until(due));
        match select(read, sleep).await {
            Either::First(Ok(0)) => return Err(DriveError::Closed),
            Either::First(Ok(len)) => {
                self.unread = 0..len.min(self.chunk.len());
                self.feed();
            }
            Either::First(Err(error)) => match (self.line_errors)(&error) {
                Some(kind) => self.machine.handle_line_error(self.clock.now(), kind),
                None => return Err(DriveError::Read(error)),
            },
            Either::Second(()) => self.machine.handle_timeout(self.clock.now()),
        }
        Ok(())
    }

    /// Hands the machine what it has not taken yet.
    fn feed(&mut self) {
        let bytes = self.chunk.get(self.unread.clone()).unwrap_or_default();
        let taken = self.machine.handle_input(self.clock.now(), bytes);
        self.transcript
            .received(bytes.get(..taken).unwrap_or_default());
        self.unread.start = (self.unread.start + taken).min(self.unread.end);
        self.clock_first = true;
    }
}

impl<M: fmt::Debug, IO: embedded_io_async::ErrorType, C> fmt::Debug for Driver<'_, M, IO, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The bytes are not shown: they may hold secrets.
        f.debug_struct("Driver")
            .field("machine", &self.machine)
            .field("unread", &self.unread.len())
            .finish_non_exhaustive()
    }
}
