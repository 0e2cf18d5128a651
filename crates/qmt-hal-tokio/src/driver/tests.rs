//! The driver against machines and streams that are hard on it.

use core::future::Future;
use core::task::Waker;
use core::time::Duration;
use std::sync::{Arc, Mutex};

use qmt_session::LineError;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::timeout;

use super::*;

/// Answers every byte with its successor; takes at most two bytes at once.
#[derive(Debug, Default)]
struct Echo {
    received: Vec<u8>,
    output: Vec<u8>,
    line_errors: Vec<LineError>,
    due: Option<u64>,
    timeouts: Vec<u64>,
}

impl Machine for Echo {
    fn handle_input(&mut self, _: Instant, bytes: &[u8]) -> usize {
        let taken = &bytes[..bytes.len().min(2)];
        self.received.extend_from_slice(taken);
        self.output.extend(taken.iter().map(|b| b.wrapping_add(1)));
        taken.len()
    }

    fn handle_line_error(&mut self, _: Instant, error: LineError) {
        self.line_errors.push(error);
    }

    fn handle_transmitted(&mut self, _: Instant, len: usize) {
        self.output.drain(..len);
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.due.is_some_and(|due| due <= now.as_millis()) {
            self.due = None;
            self.timeouts.push(now.as_millis());
        }
    }

    fn poll_transmit(&self) -> &[u8] {
        &self.output
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.due.map(Instant::from_millis)
    }
}

fn stream() -> Vec<u8> {
    (0..=255).cycle().take(1_000).collect()
}

fn successors(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte.wrapping_add(1)).collect()
}

/// Sends a stream and gives what comes back, as many bytes.
async fn converse(peer: DuplexStream) -> Vec<u8> {
    let (mut reader, mut writer) = tokio::io::split(peer);
    let sent = stream();
    let send = async {
        for piece in sent.chunks(11) {
            writer.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let mut answer = vec![0; stream().len()];
    let receive = async {
        reader.read_exact(&mut answer).await.unwrap();
    };
    tokio::join!(send, receive);
    answer
}

#[tokio::test(start_paused = true)]
async fn any_cut_in_both_directions_gives_the_same() {
    for chunk in [1, 2, 3, 7, 64] {
        for room in [1, 5, 4_096] {
            let (host, module) = duplex(room);
            let taps = Arc::new(Mutex::new((Vec::new(), Vec::new())));
            let seen = Arc::clone(&taps);
            let mut driver = Driver::new(Echo::default(), host)
                .read_chunk(chunk)
                .tap(Box::new(move |direction, _, bytes| {
                    let mut seen = seen.lock().unwrap();
                    match direction {
                        Direction::ToModule => seen.0.extend_from_slice(bytes),
                        Direction::FromModule => seen.1.extend_from_slice(bytes),
                    }
                }));
            let peer = tokio::spawn(converse(module));
            let ended = async {
                loop {
                    if let Err(error) = driver.turn().await {
                        return error;
                    }
                }
            };
            assert!(matches!(ended.await, DriveError::Closed));
            assert_eq!(driver.machine().received, stream());
            let answer = peer.await.unwrap();
            assert_eq!(answer, successors(&stream()));
            assert_eq!(*taps.lock().unwrap(), (answer, stream()));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_turn_dropped_at_any_point_loses_nothing() {
    for seed in 1_u32..20 {
        let (host, module) = duplex(3);
        let mut driver = Driver::new(Echo::default(), host).read_chunk(7);
        let peer = tokio::spawn(converse(module));
        let mut random = seed;
        let ended = loop {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if random >> 30 == 0 {
                match driver.turn().await {
                    Ok(()) => {}
                    Err(error) => break error,
                }
                continue;
            }
            // Polled so many times and dropped, pending or not.
            let mut turn = pin!(driver.turn());
            let mut cx = Context::from_waker(Waker::noop());
            let mut ended = None;
            for _ in 0..random >> 28 & 3 {
                if let Poll::Ready(result) = turn.as_mut().poll(&mut cx) {
                    ended = result.err();
                    break;
                }
            }
            if let Some(error) = ended {
                break error;
            }
            tokio::task::yield_now().await;
        };
        assert!(matches!(ended, DriveError::Closed));
        assert_eq!(driver.machine().received, stream());
        assert_eq!(peer.await.unwrap(), successors(&stream()));
    }
}

#[tokio::test(start_paused = true)]
async fn deadlines_follow_the_clock_that_tests_pause() {
    let (host, _module) = duplex(64);
    let mut driver = Driver::new(Echo::default(), host);
    driver.machine_mut().due = Some(60_000);
    driver.turn().await.unwrap();
    assert_eq!(driver.machine().timeouts, [60_000]);
    assert_eq!(driver.now(), Instant::from_millis(60_000));
    // Without a deadline and without bytes there is nothing to return for.
    let waited = timeout(Duration::from_secs(3_600), driver.turn()).await;
    assert!(waited.is_err());
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_there_come_before_a_deadline_and_it_before_more() {
    let (host, mut module) = duplex(64);
    let mut driver = Driver::new(Echo::default(), host).read_chunk(1);
    driver.machine_mut().due = Some(10);
    module.write_all(b"abc").await.unwrap();
    tokio::time::advance(Duration::from_millis(20)).await;
    driver.turn().await.unwrap();
    assert_eq!(driver.machine().received, b"a");
    assert!(driver.machine().timeouts.is_empty());
    driver.turn().await.unwrap();
    driver.turn().await.unwrap();
    assert_eq!(driver.machine().received, b"a");
    assert_eq!(driver.machine().timeouts, [20]);
}

/// Gives what it holds, bytes and errors, and takes nothing.
#[derive(Debug)]
struct Tape(Vec<io::Result<u8>>);

impl AsyncRead for Tape {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(next) = self.get_mut().0.pop() {
            buf.put_slice(&[next?]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tape {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Pending
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test(start_paused = true)]
async fn damage_on_the_line_is_input_and_other_errors_are_the_end() {
    let damage = io::Error::new(io::ErrorKind::InvalidData, LineError::Framing);
    let other = io::Error::new(io::ErrorKind::InvalidData, "no terminal any more");
    let tape = Tape(vec![Err(other), Ok(b'b'), Err(damage), Ok(b'a')]);
    let mut driver = Driver::new(Echo::default(), tape);
    for _ in 0..3 {
        driver.turn().await.unwrap();
    }
    assert_eq!(driver.machine().received, b"ab");
    assert_eq!(driver.machine().line_errors, [LineError::Framing]);
    let end = driver.turn().await;
    assert!(matches!(end, Err(DriveError::Read(_))), "{end:?}");
}
