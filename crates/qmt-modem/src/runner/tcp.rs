//! A serial side behind a TCP port.

use core::net::SocketAddr;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::time::{Sleep, sleep};

/// Pause after a failed accept, most likely for want of descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// A TCP port whose caller is the host on the serial line, one at a time. A second caller waits
/// until the first has gone. What the modem says to nobody is lost, as on a line without a host.
#[derive(Debug)]
pub struct TcpPort {
    listener: TcpListener,
    /// The host that is there.
    caller: Option<TcpStream>,
    /// The first caller is the only one, see [`TcpPort::until_hang_up`].
    once: bool,
    /// Set by a failed accept, until the next may be tried.
    pause: Option<Pin<Box<Sleep>>>,
}

impl TcpPort {
    /// Listens. Take a loopback address such as `127.0.0.1:0` unless the network is yours: there
    /// is no password.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub async fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        Ok(Self {
            listener: TcpListener::bind(address).await?,
            caller: None,
            once: false,
            pause: None,
        })
    }

    /// Makes the line end when its caller hangs up: the first is the only one.
    #[must_use]
    pub fn until_hang_up(mut self) -> Self {
        self.once = true;
        self
    }

    /// Where it listens.
    ///
    /// # Errors
    /// As the operating system has it.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl AsyncRead for TcpPort {
    /// Never at the end, unless told so: when a caller goes the next may come.
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            let Some(caller) = &mut self.caller else {
                match ready!(self.listener.poll_accept(cx)) {
                    Ok((caller, _)) => {
                        // Without it single bytes only wait longer.
                        let _ = caller.set_nodelay(true);
                        self.caller = Some(caller);
                    }
                    Err(_) => self.pause = Some(Box::pin(sleep(PAUSE))),
                }
                continue;
            };
            let before = buf.filled().len();
            match ready!(Pin::new(caller).poll_read(cx, buf)) {
                Ok(()) if buf.filled().len() > before => return Poll::Ready(Ok(())),
                Ok(()) | Err(_) if self.once => return Poll::Ready(Ok(())),
                Ok(()) | Err(_) => self.caller = None,
            }
        }
    }
}

impl AsyncWrite for TcpPort {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(caller) = &mut self.caller {
            match ready!(Pin::new(caller).poll_write(cx, buf)) {
                Ok(len) if len > 0 => return Poll::Ready(Ok(len)),
                // The read side sees it too, and makes room for the next.
                Ok(_) | Err(_) => {}
            }
        }
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.caller = None;
        Poll::Ready(Ok(()))
    }
}
