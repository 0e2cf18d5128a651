//! The TCP socket of one link.

use core::future::Future;
use core::pin::Pin;
use core::time::Duration;
use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};

use crate::ConnectFailure;

/// How long a closed socket may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(2);

/// A socket on its way, or there.
pub(super) enum Socket {
    /// Resolving the name, then connecting.
    Connecting(Pin<Box<dyn Future<Output = Result<TcpStream, ConnectFailure>> + Send>>),
    /// Connected.
    Open(TcpStream),
}

impl Socket {
    pub(super) fn connect(host: String, port: u16) -> Self {
        Self::Connecting(Box::pin(connect(host, port)))
    }

    /// Closes the socket in the background: what was sent still arrives, and the end of the
    /// stream is no reset, which could overtake a DISCONNECT.
    pub(super) fn close(self) {
        let Self::Open(mut stream) = self else {
            return;
        };
        tokio::spawn(tokio::time::timeout(FAREWELL, async move {
            let mut rest = [0; 1_024];
            stream.shutdown().await?;
            while stream.read(&mut rest).await? > 0 {}
            io::Result::Ok(())
        }));
    }
}

async fn connect(host: String, port: u16) -> Result<TcpStream, ConnectFailure> {
    let addresses = lookup_host((host.as_str(), port))
        .await
        .map_err(|_| ConnectFailure::Dns)?;
    let mut failure = ConnectFailure::Dns;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Without it small packets only wait longer.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => {
                failure = match error.kind() {
                    io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => {
                        ConnectFailure::Refused
                    }
                    io::ErrorKind::TimedOut => ConnectFailure::TimedOut,
                    _ => ConnectFailure::Unreachable,
                }
            }
        }
    }
    Err(failure)
}
