//! Runs a machine over blocking `embedded-io`, without an executor.

use core::fmt;
use core::ops::Range;

use embedded_io::{ErrorType, Read, ReadReady, Write};
use qmt_session::proto::Instant;
use qmt_session::{LineError, Machine};

use crate::DriveError;
use crate::transcript::Transcript;

#[cfg(test)]
mod tests;

/// A machine and the stream it talks on, driven by a loop of yours.
///
/// The loop: poll the machine's events until there is none, then [`poll`](Self::poll) with the
/// time. When that finds nothing to do, there is time to sleep until the next interrupt.
pub struct Driver<'buf, M, IO: ErrorType> {
    machine: M,
    io: IO,
    chunk: &'buf mut [u8],
    /// Bytes of `chunk` that were read and not taken by the machine.
    unread: Range<usize>,
    /// Set by a write, cleared when it has been flushed.
    unflushed: bool,
    /// Set by input, cleared when all output is written and the time was looked at.
    after_input: bool,
    /// Which errors of `read` are the line's.
    line_errors: fn(&IO::Error) -> Option<LineError>,
    transcript: Transcript,
}

impl<'buf, M: Machine, IO: Read + ReadReady + Write> Driver<'buf, M, IO> {
    /// Runs `machine` on `io` from `now` on. `chunk` is where bytes are read to: at least one, 64 are plenty.
    pub fn new(mut machine: M, io: IO, now: Instant, chunk: &'buf mut [u8]) -> Self {
        machine.handle_timeout(now);
        Self {
            machine,
            io,
            chunk,
            unread: 0..0,
            unflushed: false,
            after_input: false,
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

    /// Gives all parts back. Bytes the machine has not taken are lost.
    pub fn into_parts(self) -> (M, IO) {
        (self.machine, self.io)
    }

    /// Does one thing, if there is one, and tells the machine. Whether there was.
    ///
    /// - Bytes the machine had left before: it is offered them again.
    /// - Bytes have come: reads once, which does not block.
    /// - Something to write: writes once, which blocks until the stream takes at least one byte.
    /// - Something to flush: flushes, which blocks until it has gone out.
    /// - A deadline is due: the machine is told the time.
    ///
    /// After bytes the rest goes first, so that a module that never stops cannot keep the machine
    /// from speaking.
    ///
    /// # Errors
    /// [`DriveError`]. The machine has not been told: that is the owner's to do, who knows whether
    /// the stream will come back.
    pub fn poll(&mut self, now: Instant) -> Result<bool, DriveError<IO::Error>> {
        if !self.unread.is_empty() {
            self.feed(now);
            return Ok(true);
        }
        let speaks = !self.machine.poll_transmit().is_empty();
        if core::mem::take(&mut self.after_input) {
            if speaks {
                // The time has its turn when all is written.
                self.after_input = true;
                return self.poll_output(now);
            } else if self.poll_time(now) {
                return Ok(true);
            }
        }
        Ok(self.poll_input(now)? || self.poll_output(now)? || self.poll_time(now))
    }

    fn poll_input(&mut self, now: Instant) -> Result<bool, DriveError<IO::Error>> {
        let read = match self.io.read_ready() {
            Ok(false) => return Ok(false),
            Ok(true) => self.io.read(self.chunk),
            Err(error) => Err(error),
        };
        match read {
            Ok(0) => return Err(DriveError::Closed),
            Ok(len) => {
                self.unread = 0..len.min(self.chunk.len());
                self.feed(now);
            }
            Err(error) => match (self.line_errors)(&error) {
                Some(kind) => self.machine.handle_line_error(now, kind),
                None => return Err(DriveError::Read(error)),
            },
        }
        Ok(true)
    }

    fn poll_time(&mut self, now: Instant) -> bool {
        let due = self.machine.poll_timeout().is_some_and(|due| due <= now);
        if due {
            self.machine.handle_timeout(now);
        }
        due
    }

    fn poll_output(&mut self, now: Instant) -> Result<bool, DriveError<IO::Error>> {
        let bytes = self.machine.poll_transmit();
        if !bytes.is_empty() {
            let len = self.io.write(bytes).map_err(DriveError::Write)?;
            if len == 0 {
                return Err(DriveError::Closed);
            }
            self.unflushed = true;
            self.transcript.sent(bytes.get(..len).unwrap_or_default());
            self.machine.handle_transmitted(now, len);
            return Ok(true);
        }
        if self.unflushed {
            self.io.flush().map_err(DriveError::Write)?;
            self.unflushed = false;
            return Ok(true);
        }
        Ok(false)
    }

    /// Hands the machine what it has not taken yet.
    fn feed(&mut self, now: Instant) {
        let bytes = self.chunk.get(self.unread.clone()).unwrap_or_default();
        let taken = self.machine.handle_input(now, bytes);
        self.transcript
            .received(bytes.get(..taken).unwrap_or_default());
        self.unread.start = (self.unread.start + taken).min(self.unread.end);
        self.after_input = true;
    }
}

impl<M: fmt::Debug, IO: ErrorType> fmt::Debug for Driver<'_, M, IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The bytes are not shown: they may hold secrets.
        f.debug_struct("Driver")
            .field("machine", &self.machine)
            .field("unread", &self.unread.len())
            .finish_non_exhaustive()
    }
}
