//! A serial port whose damaged bytes are told.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;

use serial2_tokio::SerialPort;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[cfg(unix)]
mod marks;

/// A serial port and what goes with it.
#[derive(Debug)]
pub(super) struct Tty {
    port: SerialPort,
    #[cfg(unix)]
    marks: marks::Marks,
    /// Advisory lock of the device, freed by the system when this is closed. `TIOCEXCL` is not
    /// used: it stays on a terminal whose other end is held open, if this process is killed.
    #[cfg(unix)]
    lock: std::os::fd::OwnedFd,
}

#[cfg(unix)]
impl Tty {
    /// # Errors
    /// When the terminal cannot be told to mark damaged bytes.
    pub(super) fn new(port: SerialPort, lock: std::os::fd::OwnedFd) -> io::Result<Self> {
        marks::set(&lock, true)?;
        Ok(Self {
            port,
            marks: marks::Marks::new(),
            lock,
        })
    }
}

#[cfg(not(unix))]
impl Tty {
    pub(super) const fn new(port: SerialPort) -> Self {
        Self { port }
    }
}

#[cfg(unix)]
impl Drop for Tty {
    fn drop(&mut self) {
        // For programs that take the terminal as it is. One that is gone needs nothing.
        let _ = marks::set(&self.lock, false);
    }
}

impl AsyncRead for Tty {
    #[cfg(unix)]
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { port, marks, .. } = self.get_mut();
        let before = buf.filled().len();
        loop {
            marks.give(buf)?;
            if buf.filled().len() > before || buf.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            let mut raw = ReadBuf::new(marks.room());
            ready!(Pin::new(&mut *port).poll_read(cx, &mut raw))?;
            let len = raw.filled().len();
            if len == 0 {
                return Poll::Ready(Ok(()));
            }
            marks.filled(len);
        }
    }

    #[cfg(not(unix))]
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().port).poll_read(cx, buf)
    }
}

impl AsyncWrite for Tty {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().port).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().port).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().port).poll_shutdown(cx)
    }
}
