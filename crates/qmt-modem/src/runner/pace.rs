//! A serial side that takes as long as a wire of its speed.

use core::num::NonZeroU32;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Start bit, eight data bits, stop bit.
const BITS: u32 = 10;
/// What is passed on at once: timers are no finer than a millisecond.
const BURST: Duration = Duration::from_millis(4);
/// A pause shorter than this is the lateness of a timer and is made up for.
const LATE: Duration = Duration::from_millis(10);
/// The most bytes of one burst, at any speed.
const ROOM: usize = 512;

/// A line on which every byte takes its time, in each direction, as 8N1 at a given speed: a byte
/// is there once its stop bit is.
#[derive(Debug)]
pub struct Paced<S> {
    line: S,
    inward: Wire,
    outward: Wire,
    /// Read from the line and not yet passed on: `inbox[passed..read]`.
    inbox: [u8; ROOM],
    passed: usize,
    read: usize,
}

/// One direction.
#[derive(Debug)]
struct Wire {
    /// Time of one byte.
    byte: Duration,
    /// Bytes on the wire now; 0 while it is idle.
    bytes: usize,
    /// When the last byte that was put on the wire has passed.
    free_at: Instant,
    /// Fires at `free_at` while bytes are on the wire.
    timer: Pin<Box<Sleep>>,
}

impl<S> Paced<S> {
    /// Slows `line` down to `baud` bit/s.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time.
    pub fn new(line: S, baud: NonZeroU32) -> Self {
        Self {
            line,
            inward: Wire::new(baud),
            outward: Wire::new(baud),
            inbox: [0; ROOM],
            passed: 0,
            read: 0,
        }
    }
}

impl Wire {
    fn new(baud: NonZeroU32) -> Self {
        let now = Instant::now();
        Self {
            byte: Duration::from_secs(BITS.into()) / baud.get(),
            bytes: 0,
            free_at: now,
            timer: Box::pin(sleep_until(now)),
        }
    }

    /// How many bytes go at once.
    fn burst(&self) -> usize {
        let bytes = BURST.as_nanos() / self.byte.as_nanos().max(1);
        usize::try_from(bytes).unwrap_or(ROOM).clamp(1, ROOM)
    }

    /// Puts bytes on the wire, behind those before them.
    fn carry(&mut self, bytes: usize) {
        let now = Instant::now();
        if now.saturating_duration_since(self.free_at) > LATE {
            self.free_at = now;
        }
        self.bytes = bytes;
        self.free_at += self.byte * u32::try_from(bytes).unwrap_or(u32::MAX);
        self.timer.as_mut().reset(self.free_at);
    }

    /// Waits until the bytes on the wire have passed.
    fn poll_passed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.bytes > 0 {
            ready!(self.timer.as_mut().poll(cx));
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.passed == this.read {
            let burst = this.inward.burst();
            let room = this.inbox.get_mut(..burst).unwrap_or_default();
            let mut room = ReadBuf::new(room);
            ready!(Pin::new(&mut this.line).poll_read(cx, &mut room))?;
            (this.passed, this.read) = (0, room.filled().len());
            if this.read == 0 {
                return Poll::Ready(Ok(()));
            }
            this.inward.carry(this.read);
        }
        ready!(this.inward.poll_passed(cx));
        this.inward.bytes = 0;
        let came = this.inbox.get(this.passed..this.read).unwrap_or_default();
        let len = came.len().min(buf.remaining());
        buf.put_slice(came.get(..len).unwrap_or_default());
        this.passed += len;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.outward.bytes == 0 && !buf.is_empty() {
            this.outward.carry(buf.len().min(this.outward.burst()));
        }
        ready!(this.outward.poll_passed(cx));
        let passed = buf.get(..this.outward.bytes).unwrap_or(buf);
        let written = ready!(Pin::new(&mut this.line).poll_write(cx, passed))?;
        this.outward.bytes = 0;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().line).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().line).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    /// Time of `bytes` on a stopped clock, which only waiting moves on.
    async fn span(baud: u32, bytes: usize, inward: bool) -> Duration {
        let (mut host, line) = duplex(1 << 20);
        let mut line = Paced::new(line, NonZeroU32::new(baud).unwrap());
        let sent = vec![0x55; bytes];
        let mut came = vec![0; bytes];
        let start = Instant::now();
        if inward {
            host.write_all(&sent).await.unwrap();
            line.read_exact(&mut came).await.unwrap();
        } else {
            line.write_all(&sent).await.unwrap();
            host.read_exact(&mut came).await.unwrap();
        }
        assert_eq!(came, sent);
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_byte_takes_ten_bits_both_ways() {
        for (baud, bytes, millis) in [
            (9_600, 1, 2),
            (9_600, 960, 1_000),
            (300, 30, 1_000),
            (115_200, 11_520, 1_000),
            (921_600, 92_160, 1_000),
        ] {
            for inward in [true, false] {
                let span = span(baud, bytes, inward).await.as_millis();
                // The clock of a runtime ticks in milliseconds.
                assert!(
                    (millis - 1..=millis + 1).contains(&span),
                    "{baud} {inward}: {span}"
                );
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_not_made_up_for() {
        let (mut host, line) = duplex(1 << 20);
        let mut line = Paced::new(line, NonZeroU32::new(9_600).unwrap());
        line.write_all(&[0; 96]).await.unwrap();
        tokio::time::sleep(Duration::from_secs(10)).await;
        let start = Instant::now();
        line.write_all(&[0; 96]).await.unwrap();
        assert!(start.elapsed() >= Duration::from_millis(99));
        host.read_exact(&mut [0; 192]).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_the_line_is_seen_behind_its_last_bytes() {
        let (mut host, line) = duplex(64);
        let mut line = Paced::new(line, NonZeroU32::new(9_600).unwrap());
        host.write_all(b"AT\r").await.unwrap();
        drop(host);
        let mut came = Vec::new();
        line.read_to_end(&mut came).await.unwrap();
        assert_eq!(came, b"AT\r");
    }
}
