//! Opening a line, and every way it can go wrong.

use core::fmt;
use core::time::Duration;
use std::io;
use std::path::Path;

use serial2_tokio::{CharSize, FlowControl, Parity, SerialPort, Settings, StopBits};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::tty::Tty;
use super::{Kind, Line, LineSpec};

/// Longest time a name may take to resolve, or an address to answer.
const TCP_PATIENCE: Duration = Duration::from_secs(10);

/// Why a line could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// There is nothing at that path, or nothing behind it.
    NoSuchDevice,
    /// Another program has the port.
    Busy,
    /// This user may not open it.
    PermissionDenied,
    /// What is there is no serial port and no terminal.
    NotATerminal,
    /// Nobody listens at that TCP port.
    Refused,
    /// The host name has no address.
    UnknownHost,
    /// No address of the host answered within 10 s.
    Unreachable,
    /// What the system says.
    Io(io::Error),
}

/// Opens a line: 8 data bits, no parity, one stop bit, no flow control, no translation. TCP has
/// no baud rate and sends every write at once.
///
/// A terminal is locked (`flock`): a second opening by this or any program that asks is
/// [`OpenError::Busy`]. TCP ends within 20 s, whatever the network does. Cancel-safe: a dropped
/// future leaves nothing open.
///
/// # Errors
/// [`OpenError`].
///
/// # Panics
/// Outside of a tokio runtime with I/O and time.
pub async fn open(spec: &LineSpec, baud: u32) -> Result<Line, OpenError> {
    match spec {
        LineSpec::Tcp { host, port } => {
            let stream = open_tcp(host, *port).await?;
            Ok(Line(Kind::Tcp(stream)))
        }
        LineSpec::Tty(path) => Ok(Line(Kind::Tty(open_tty(path, baud)?))),
    }
}

async fn open_tcp(host: &str, port: u16) -> Result<TcpStream, OpenError> {
    let addresses = match timeout(TCP_PATIENCE, lookup_host((host, port))).await {
        Ok(Ok(addresses)) => addresses.collect::<Vec<_>>(),
        // Names end in errors without a kind of their own.
        Ok(Err(_)) | Err(_) => return Err(OpenError::UnknownHost),
    };
    let connect = async {
        let mut last = OpenError::UnknownHost;
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = OpenError::of(error),
            }
        }
        Err(last)
    };
    let connected = timeout(TCP_PATIENCE, connect).await;
    let stream = connected.unwrap_or(Err(OpenError::Unreachable))?;
    stream.set_nodelay(true).map_err(OpenError::Io)?;
    Ok(stream)
}

fn open_tty(path: &Path, baud: u32) -> Result<Tty, OpenError> {
    // Before the port is touched: its owner may be using it.
    #[cfg(unix)]
    let lock = lock(path)?;
    let port = SerialPort::open(path, |mut settings: Settings| {
        settings.set_raw();
        settings.set_baud_rate(baud)?;
        settings.set_char_size(CharSize::Bits8);
        settings.set_parity(Parity::None);
        settings.set_stop_bits(StopBits::One);
        settings.set_flow_control(FlowControl::None);
        Ok(settings)
    });
    let port = port.map_err(OpenError::of)?;
    #[cfg(unix)]
    return Tty::new(port, lock).map_err(OpenError::of);
    #[cfg(not(unix))]
    Ok(Tty::new(port))
}

#[cfg(unix)]
fn lock(path: &Path) -> Result<std::os::fd::OwnedFd, OpenError> {
    use rustix::fs::{FlockOperation, Mode, OFlags, flock};
    use rustix::io::Errno;

    // Without blocking: a port may wait for a carrier that never comes.
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(|e| OpenError::of(e.into()))?;
    if !rustix::termios::isatty(&fd) {
        return Err(OpenError::NotATerminal);
    }
    match flock(&fd, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(fd),
        Err(Errno::WOULDBLOCK) => Err(OpenError::Busy),
        Err(error) => Err(OpenError::of(error.into())),
    }
}

impl OpenError {
    fn of(error: io::Error) -> Self {
        #[cfg(unix)]
        if let Some(code) = rustix::io::Errno::from_io_error(&error) {
            use rustix::io::Errno;
            match code {
                Errno::NXIO | Errno::NODEV => return Self::NoSuchDevice,
                Errno::NOTTY => return Self::NotATerminal,
                _ => {}
            }
        }
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NoSuchDevice,
            io::ErrorKind::ResourceBusy => Self::Busy,
            io::ErrorKind::PermissionDenied => Self::PermissionDenied,
            io::ErrorKind::IsADirectory => Self::NotATerminal,
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable => Self::Unreachable,
            _ => Self::Io(error),
        }
    }
}

impl fmt::Display for OpenError {
    /// What happened and what to do, in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchDevice => "no such device: check the path, and that it is plugged in",
            Self::Busy => "the port is in use: end the program that has it",
            Self::PermissionDenied => {
                "permission denied: join the group that owns the port (often dialout)"
            }
            Self::NotATerminal => "not a serial port or terminal: check the path",
            Self::Refused => {
                "connection refused: start what should listen there, or check the port"
            }
            Self::UnknownHost => "unknown host: check the name",
            Self::Unreachable => "no answer from the host: check the address and the network",
            Self::Io(error) => return error.fmt(f),
        })
    }
}

impl core::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}
