//! A serial side behind a wire: its speed, and what damages its bytes.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use qmt_proto::Instant;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep_until};

use crate::{Arrival, Direction, FaultCounts, Plan, Wire, WireConfig};

/// Bytes under way in one direction, beyond which its sender waits.
const UNDER_WAY: usize = 64;

/// A line with a [`Wire`] in it: bytes arrive when, and as, the wire lets them.
///
/// What a UART would tell its owner about the line is told to nobody: a pseudo-terminal or socket
/// has no way to. The bytes are lost all the same.
#[derive(Debug)]
pub struct Wired<S> {
    line: S,
    wire: WireHandle,
    /// Zero of the wire's time.
    started: tokio::time::Instant,
    /// Whether the line has ended; what is under way still arrives.
    ended: bool,
    inward: Timer,
    outward: Timer,
}

/// A [`Wire`] that is in use: for planning more faults, and for reading what happened.
#[derive(Clone, Debug)]
pub struct WireHandle(Arc<Mutex<Wire>>);

/// Wakes the task when the next byte of one direction arrives.
#[derive(Debug)]
struct Timer(Pin<Box<Sleep>>);

impl<S> Wired<S> {
    /// Puts a wire into `line`.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time.
    pub fn new(line: S, config: &WireConfig) -> Self {
        let started = tokio::time::Instant::now();
        let timer = || Timer(Box::pin(sleep_until(started)));
        Self {
            line,
            wire: WireHandle(Arc::new(Mutex::new(Wire::new(config)))),
            started,
            ended: false,
            inward: timer(),
            outward: timer(),
        }
    }

    /// The wire.
    #[must_use]
    pub fn handle(&self) -> WireHandle {
        self.wire.clone()
    }

    fn now(&self) -> Instant {
        let ms = self.started.elapsed().as_millis();
        Instant::from_millis(u64::try_from(ms).unwrap_or(u64::MAX))
    }
}

impl WireHandle {
    /// Plans one more fault, if it is the line's.
    pub fn plan(&self, plan: Plan) {
        self.with(|wire| wire.plan(plan));
    }

    /// How often each fault was done.
    #[must_use]
    pub fn faults(&self) -> FaultCounts {
        self.with(|wire| wire.faults().clone())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Wire) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Copies what has arrived into `room`; gives how much.
    fn arrived(&self, now: Instant, direction: Direction, room: &mut [u8]) -> usize {
        self.with(|wire| {
            loop {
                match wire.poll_arrived(now, direction) {
                    None => return 0,
                    Some(Arrival::Error(_)) => wire.handle_taken(direction, 1),
                    Some(Arrival::Bytes(bytes)) => {
                        let len = bytes.len().min(room.len());
                        for (place, byte) in room.iter_mut().zip(bytes) {
                            *place = *byte;
                        }
                        return len;
                    }
                }
            }
        })
    }

    fn taken(&self, direction: Direction, len: usize) {
        self.with(|wire| wire.handle_taken(direction, len));
    }

    fn waiting(&self, direction: Direction) -> usize {
        self.with(|wire| wire.waiting(direction))
    }

    fn next(&self, direction: Direction) -> Option<Instant> {
        self.with(|wire| wire.next_arrival(direction))
    }
}

impl Timer {
    /// Has the task woken when time is `at`; ready if it is already.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        started: tokio::time::Instant,
        at: Option<Instant>,
    ) -> Poll<()> {
        let Some(at) = at else {
            return Poll::Pending;
        };
        // A time beyond the end of the clock never comes.
        let Some(at) = started.checked_add(Duration::from_millis(at.as_millis())) else {
            return Poll::Pending;
        };
        if self.0.deadline() != at {
            self.0.as_mut().reset(at);
        }
        self.0.as_mut().poll(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wired<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        const INWARD: Direction = Direction::FromHost;
        let this = self.get_mut();
        loop {
            let now = this.now();
            let len = this.wire.arrived(now, INWARD, buf.initialize_unfilled());
            if len > 0 {
                this.wire.taken(INWARD, len);
                buf.advance(len);
                return Poll::Ready(Ok(()));
            }
            let waiting = this.wire.waiting(INWARD);
            if this.ended && waiting == 0 {
                return Poll::Ready(Ok(()));
            }
            let mut moved = false;
            if !this.ended && waiting < UNDER_WAY {
                let mut room = [0; UNDER_WAY];
                let mut read = ReadBuf::new(&mut room);
                if Pin::new(&mut this.line)
                    .poll_read(cx, &mut read)?
                    .is_ready()
                {
                    let bytes = read.filled();
                    this.ended = bytes.is_empty();
                    this.wire.with(|wire| wire.handle_sent(now, INWARD, bytes));
                    moved = true;
                }
            }
            let next = this.wire.next(INWARD);
            if !moved && this.inward.poll(cx, this.started, next).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> Wired<S> {
    /// Gives the line what has arrived. Ready when nothing more has; then the task is woken by
    /// what arrives next.
    fn poll_arrived(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        const OUTWARD: Direction = Direction::ToHost;
        loop {
            let mut room = [0; UNDER_WAY];
            let len = self.wire.arrived(self.now(), OUTWARD, &mut room);
            let bytes = room.get(..len).unwrap_or_default();
            if bytes.is_empty() {
                let next = self.wire.next(OUTWARD);
                if self.outward.poll(cx, self.started, next).is_pending() {
                    return Poll::Ready(Ok(()));
                }
                continue;
            }
            match ready!(Pin::new(&mut self.line).poll_write(cx, bytes))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.wire.taken(OUTWARD, written),
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wired<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        const OUTWARD: Direction = Direction::ToHost;
        let this = self.get_mut();
        let _ = this.poll_arrived(cx)?;
        let room = UNDER_WAY.saturating_sub(this.wire.waiting(OUTWARD));
        if room == 0 {
            return Poll::Pending;
        }
        let bytes = buf.get(..room).unwrap_or(buf);
        let now = this.now();
        this.wire.with(|wire| wire.handle_sent(now, OUTWARD, bytes));
        // So that what takes no time is not kept until the next write.
        let _ = this.poll_arrived(cx)?;
        Poll::Ready(Ok(bytes.len()))
    }

    /// Ready when everything has arrived.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_arrived(cx))?;
        if this.wire.waiting(Direction::ToHost) > 0 {
            return Poll::Pending;
        }
        Pin::new(&mut this.line).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        Pin::new(&mut self.get_mut().line).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use crate::{Fault, FaultKind, Trigger};

    use super::*;

    fn at(baud: u32) -> WireConfig {
        WireConfig {
            baud: Some(baud),
            ..WireConfig::default()
        }
    }

    /// Time of `bytes` on a stopped clock, which only waiting moves on.
    async fn span(baud: u32, bytes: usize, inward: bool) -> Duration {
        let (mut host, line) = duplex(1 << 20);
        let mut line = Wired::new(line, &at(baud));
        let sent = vec![0x55; bytes];
        let mut came = vec![0; bytes];
        let start = tokio::time::Instant::now();
        if inward {
            host.write_all(&sent).await.unwrap();
            line.read_exact(&mut came).await.unwrap();
        } else {
            line.write_all(&sent).await.unwrap();
            line.flush().await.unwrap();
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
        ] {
            for inward in [true, false] {
                let span = span(baud, bytes, inward).await.as_millis();
                // Times of bytes are rounded up to microseconds.
                let range = millis - 1..=millis + 10;
                assert!(range.contains(&span), "{baud} {inward}: {span}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_not_made_up_for() {
        let (mut host, line) = duplex(1 << 20);
        let mut line = Wired::new(line, &at(9_600));
        for _ in 0..2 {
            let start = tokio::time::Instant::now();
            line.write_all(&[0; 96]).await.unwrap();
            line.flush().await.unwrap();
            assert!(start.elapsed() >= Duration::from_millis(99));
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
        host.read_exact(&mut [0; 192]).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_the_line_is_seen_behind_its_last_bytes() {
        let (mut host, line) = duplex(64);
        let mut line = Wired::new(line, &at(9_600));
        host.write_all(b"AT\r").await.unwrap();
        drop(host);
        let mut came = Vec::new();
        line.read_to_end(&mut came).await.unwrap();
        assert_eq!(came, b"AT\r");
    }

    #[tokio::test(start_paused = true)]
    async fn faults_of_the_line_strike_and_are_counted() {
        let (mut host, line) = duplex(64);
        let mut line = Wired::new(line, &WireConfig::default());
        let wire = line.handle();
        wire.plan(Plan::once(Fault::new(FaultKind::Drop), Trigger::Byte(2)));
        wire.plan(Plan::once(Fault::new(FaultKind::Framing), Trigger::Byte(4)));
        host.write_all(b"ABCDE").await.unwrap();
        let mut came = [0; 3];
        line.read_exact(&mut came).await.unwrap();
        assert_eq!(&came, b"ACE");
        assert_eq!(wire.faults().of(FaultKind::Drop), 1);
        assert_eq!(wire.faults().total(), 2);
    }
}
