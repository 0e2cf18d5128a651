//! A modem in real time: a serial side, TCP sockets to servers, one task on tokio.
//!
//! ```no_run
//! use qmt_modem::runner::{HostMap, Pty, Runner};
//! use qmt_modem::{Modem, ModemConfig};
//!
//! # async fn run() -> std::io::Result<()> {
//! let port = Pty::open()?.publish("./bc260y")?;
//! let mut hosts = HostMap::default();
//! hosts.insert("*=127.0.0.1:1883".parse()?);
//! let modem = Runner::new(Modem::new(ModemConfig::new()))
//!     .hosts(hosts)
//!     .spawn(port);
//! // Until somebody decides that it is enough.
//! modem.shutdown().await?;
//! # Ok(())
//! # }
//! ```

use std::io;

use qmt_proto::Instant;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::Modem;

mod drive;
mod hosts;
mod observer;
#[cfg(unix)]
mod pty;
mod socket;
mod tcp;
mod wired;

pub use hosts::{HostMap, HostMapError, HostMapping};
pub use observer::Traffic;
#[cfg(unix)]
pub use pty::Pty;
pub use tcp::TcpPort;
pub use wired::{WireHandle, Wired};

use drive::Driver;

/// Bytes that an in-process line holds in each direction.
const LINE_BUFFER: usize = 4_096;

/// Everything a modem needs to run; [`spawn`](Self::spawn) starts it.
pub struct Runner {
    modem: Modem,
    hosts: HostMap,
    observer: Option<Observer>,
}

/// Is told every piece of traffic.
type Observer = Box<dyn FnMut(&Traffic<'_>) + Send>;

/// A modem that runs. Dropping it ends the modem.
#[derive(Debug)]
pub struct Handle {
    remote: Remote,
    task: JoinHandle<io::Result<Modem>>,
}

/// A way to a modem that runs, for as many as want one. It keeps nothing running.
#[derive(Clone, Debug)]
pub struct Remote {
    control: mpsc::UnboundedSender<Control>,
}

/// What a [`Handle`] asks of its modem.
enum Control {
    Act(Act),
    Shutdown,
}

/// Something to do with a modem that runs.
type Act = Box<dyn FnOnce(Instant, &mut Modem) + Send>;

impl Runner {
    /// Runs `modem`. One without power is switched on when it starts.
    #[must_use]
    pub fn new(modem: Modem) -> Self {
        Self {
            modem,
            hosts: HostMap::default(),
            observer: None,
        }
    }

    /// Sends the names in `hosts` to other addresses than those they have.
    #[must_use]
    pub fn hosts(mut self, hosts: HostMap) -> Self {
        self.hosts = hosts;
        self
    }

    /// Shows all traffic of the serial line to `observer`, as it is: the commands QMTCONN and
    /// QMTCFG hold secrets.
    #[must_use]
    pub fn observer(mut self, observer: impl FnMut(&Traffic<'_>) + Send + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Starts the modem as a task of the current runtime. It ends with its serial side, or when
    /// told to.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time and I/O.
    pub fn spawn<S>(self, serial: S) -> Handle
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (control, controls) = mpsc::unbounded_channel();
        let driver = Driver::new(self.modem, self.hosts, self.observer, serial, controls);
        let task = tokio::spawn(driver.run());
        let remote = Remote { control };
        Handle { remote, task }
    }

    /// As [`spawn`](Self::spawn), on a line within the process, whose other end it gives.
    ///
    /// # Panics
    /// As [`spawn`](Self::spawn).
    #[must_use]
    pub fn spawn_in_process(self) -> (DuplexStream, Handle) {
        let (host, serial) = tokio::io::duplex(LINE_BUFFER);
        (host, self.spawn(serial))
    }
}

impl Handle {
    /// Resets the module, as with its RESET pin ([`Modem::restart`]).
    pub fn restart(&self) {
        self.act(|now, modem| modem.restart(now));
    }

    /// A way to the modem that can be given away.
    #[must_use]
    pub fn remote(&self) -> Remote {
        self.remote.clone()
    }

    /// As [`Remote::act`].
    pub fn act(&self, act: impl FnOnce(Instant, &mut Modem) + Send + 'static) {
        self.remote.act(act);
    }

    /// As [`Remote::ask`].
    pub async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(Instant, &mut Modem) -> T + Send + 'static,
    ) -> Option<T> {
        self.remote.ask(ask).await
    }

    /// Waits until the modem has ended, by itself or as told. Cancel-safe.
    pub async fn ended(&self) {
        self.remote.control.closed().await;
    }

    /// Whether the modem has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.remote.control.is_closed()
    }

    /// Ends the modem and gives it back.
    ///
    /// # Errors
    /// The error of the serial side, if it ended the modem before.
    pub async fn shutdown(self) -> io::Result<Modem> {
        let _ = self.remote.control.send(Control::Shutdown);
        self.wait().await
    }

    /// Waits until the serial side has ended, and gives the modem back.
    ///
    /// # Errors
    /// The error of the serial side.
    pub async fn wait(mut self) -> io::Result<Modem> {
        (&mut self.task).await.map_err(io::Error::other)?
    }
}

impl Remote {
    /// Does something with the modem between two of its steps; nothing, if it has ended.
    pub fn act(&self, act: impl FnOnce(Instant, &mut Modem) + Send + 'static) {
        let _ = self.control.send(Control::Act(Box::new(act)));
    }

    /// As [`act`](Self::act), and gives what came of it; `None` if the modem has ended.
    pub async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(Instant, &mut Modem) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.act(move |now, modem| {
            // Who asked may have gone.
            let _ = answer.send(ask(now, modem));
        });
        answered.await.ok()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Standard input and output as a serial side.
///
/// The process should end by `std::process::exit`: tokio cannot interrupt a read of standard
/// input.
pub fn stdio() -> impl AsyncRead + AsyncWrite + Send + Unpin + 'static {
    tokio::io::join(tokio::io::stdin(), tokio::io::stdout())
}

impl core::fmt::Debug for Runner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Runner")
            .field("modem", &self.modem)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}
