//! What the board would have: a UART, a timer, and a way to wait for an interrupt.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::LazyLock;
use std::time;

use qmt_hal_embedded::session::proto::Instant;

/// A TCP connection as a UART.
pub(crate) struct Uart(TcpStream);

impl Uart {
    pub(crate) fn new(line: TcpStream) -> io::Result<Self> {
        line.set_nodelay(true)?;
        Ok(Self(line))
    }
}

impl embedded_io::ErrorType for Uart {
    type Error = io::Error;
}

impl embedded_io::Read for Uart {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl embedded_io::ReadReady for Uart {
    fn read_ready(&mut self) -> io::Result<bool> {
        self.0.set_nonblocking(true)?;
        let peeked = self.0.peek(&mut [0]);
        self.0.set_nonblocking(false)?;
        match peeked {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl embedded_io::Write for Uart {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Time since the first call.
#[expect(clippy::disallowed_methods, reason = "the timer of this board")]
pub(crate) fn now() -> Instant {
    static EPOCH: LazyLock<time::Instant> = LazyLock::new(time::Instant::now);
    let ms = EPOCH.elapsed().as_millis();
    Instant::from_millis(u64::try_from(ms).unwrap_or(u64::MAX))
}

/// No interrupts here: the other threads get the time.
pub(crate) fn idle() {
    std::thread::yield_now();
}
