//! Where a module is, and the way to it.

use core::fmt;
use core::pin::Pin;
use core::str::FromStr;
use core::task::{Context, Poll};
use std::io;
use std::path::PathBuf;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

mod open;
#[cfg(all(test, unix))]
mod tests;
mod tty;

pub use open::{OpenError, open};

/// Names a line: `tcp:HOST:PORT`, or the path of a terminal.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum LineSpec {
    /// A TCP port that carries the bytes of the line.
    Tcp {
        /// Name or address, an IPv6 address without brackets.
        host: String,
        /// Its port.
        port: u16,
    },
    /// A serial port or pseudo-terminal.
    Tty(PathBuf),
}

/// Why a text names no line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LineSpecError {
    /// There is no text.
    Empty,
    /// `tcp:` without a host.
    NoHost,
    /// `tcp:` without a port 1..=65535 at the end.
    NoPort,
}

/// An open line. Closed, and free for others, when dropped.
///
/// Reads and writes are cancel-safe: a future dropped before it was ready has taken nothing and
/// written nothing.
///
/// On Unix a terminal tells where bytes were damaged: a read then fails with an [`io::Error`] that
/// wraps a [`LineError`](qmt_session::LineError), framing or break, in its place in the stream.
/// Overruns are lost in silence there: the system only counts them.
#[derive(Debug)]
pub struct Line(Kind);

#[derive(Debug)]
enum Kind {
    Tcp(TcpStream),
    Tty(tty::Tty),
}

impl FromStr for LineSpec {
    type Err = LineSpecError;

    /// # Errors
    /// [`LineSpecError`]. Whether there is such a line shows when it is opened.
    fn from_str(text: &str) -> Result<Self, LineSpecError> {
        if text.is_empty() {
            return Err(LineSpecError::Empty);
        }
        let Some(address) = text.strip_prefix("tcp:") else {
            return Ok(Self::Tty(PathBuf::from(text)));
        };
        let (host, port) = address.rsplit_once(':').ok_or(LineSpecError::NoPort)?;
        let port = port.parse().ok().filter(|&port| port != 0);
        let port = port.ok_or(LineSpecError::NoPort)?;
        let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let host = inner.unwrap_or(host);
        if host.is_empty() {
            return Err(LineSpecError::NoHost);
        }
        Ok(Self::Tcp {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for LineSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp:[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp:{host}:{port}"),
            Self::Tty(path) => path.display().fmt(f),
        }
    }
}

impl fmt::Display for LineSpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a line is the path of a terminal or tcp:HOST:PORT",
            Self::NoHost => "tcp: needs a host, as in tcp:localhost:5000",
            Self::NoPort => "tcp: needs a port at its end, as in tcp:localhost:5000",
        })
    }
}

impl core::error::Error for LineSpecError {}

impl AsyncRead for Line {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.get_mut().0 {
            Kind::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Kind::Tty(tty) => Pin::new(tty).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().0 {
            Kind::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Kind::Tty(tty) => Pin::new(tty).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().0 {
            Kind::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Kind::Tty(tty) => Pin::new(tty).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().0 {
            Kind::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Kind::Tty(tty) => Pin::new(tty).poll_shutdown(cx),
        }
    }
}
