//! A serial side on a pseudo-terminal.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr, ttyname};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How often a line without a host is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A pseudo-terminal that a host opens like a serial port.
///
/// It stays when a host closes it; what the modem says meanwhile waits, up to the few KiB the
/// system keeps, for the next.
#[derive(Debug)]
pub struct Pty {
    /// The modem's end, non-blocking.
    controller: AsyncFd<OwnedFd>,
    /// The host's end, held open: without any the modem's end would read errors. `None` when
    /// those errors are wanted, see [`Pty::until_hang_up`].
    user: Option<OwnedFd>,
    /// Whether a host has been there.
    host_seen: bool,
    /// Set while nobody is there, until the next look.
    look: Option<Pin<Box<Sleep>>>,
    /// Name of the host's end.
    device: PathBuf,
    /// A link to it that goes away with this value.
    link: Option<PathBuf>,
}

impl Pty {
    /// Opens a pseudo-terminal in raw mode: no echo, no translation, before anybody can see it.
    ///
    /// # Errors
    /// When the system has none left, or outside of a tokio runtime.
    pub fn open() -> io::Result<Self> {
        let pty = rustix_openpty::openpty(None, None)?;
        let mut mode = tcgetattr(&pty.user)?;
        mode.make_raw();
        tcsetattr(&pty.user, OptionalActions::Now, &mode)?;
        let device = ttyname(&pty.user, Vec::new())?;
        let flags = fcntl_getfl(&pty.controller)?;
        fcntl_setfl(&pty.controller, flags | OFlags::NONBLOCK)?;
        Ok(Self {
            controller: register(pty.controller)?,
            user: Some(pty.user),
            host_seen: false,
            look: None,
            device: PathBuf::from(OsString::from_vec(device.into_bytes())),
            link: None,
        })
    }

    /// Puts a symbolic link to the host's end at `path`, for as long as this value lives. A link
    /// there that leads nowhere, as a crash leaves it, is replaced; anything else is not.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when something is there, or what the system says.
    pub fn publish(mut self, path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        match symlink(&self.device, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let target = fs::read_link(path).map_err(|_| taken(path))?;
                if target != self.device && path.exists() {
                    return Err(taken(path));
                }
                // By renaming, so that at no time there is no link.
                let mut beside = path.as_os_str().to_owned();
                beside.push(format!(".{}", std::process::id()));
                let beside = PathBuf::from(beside);
                symlink(&self.device, &beside)?;
                if let Err(error) = fs::rename(&beside, path) {
                    let _ = fs::remove_file(&beside);
                    return Err(error);
                }
            }
            other => other?,
        }
        self.link = Some(path.to_owned());
        Ok(self)
    }

    /// Makes the line end when its host closes it: the first to open it is the only one.
    ///
    /// A host that comes and goes within 20 ms without sending anything is not noticed.
    #[must_use]
    pub fn until_hang_up(mut self) -> Self {
        self.user = None;
        self
    }

    /// A host is there. What has once been registered as hung up stays so: it would be ready for
    /// ever, and be read in vain without an end. So it is registered anew.
    fn see_host(&mut self) -> io::Result<()> {
        if !core::mem::replace(&mut self.host_seen, true) && self.user.is_none() {
            self.controller = register(self.controller.get_ref().try_clone()?)?;
        }
        Ok(())
    }

    /// Where a host opens it: the link if there is one, the device otherwise.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.link.as_deref().unwrap_or(&self.device)
    }
}

#[expect(
    deprecated,
    reason = "its successor `register` is unsafe; an OwnedFd keeps that one's contract"
)]
fn register(controller: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::new(controller)
}

/// What a pseudo-terminal reads when its other end is not open.
fn is_hang_up(error: &io::Error) -> bool {
    rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::IO)
}

fn taken(path: &Path) -> io::Error {
    let text = format!("{} exists and is not a dangling link", path.display());
    io::Error::new(io::ErrorKind::AlreadyExists, text)
}

impl Drop for Pty {
    fn drop(&mut self) {
        // Not if somebody has put something else there.
        if let Some(link) = &self.link
            && fs::read_link(link).is_ok_and(|target| target == self.device)
        {
            let _ = fs::remove_file(link);
        }
    }
}

impl AsyncRead for Pty {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if let Some(look) = &mut this.look {
                ready!(look.as_mut().poll(cx));
                this.look = None;
            }
            let mut ready = ready!(this.controller.poll_read_ready(cx))?;
            let room = buf.initialize_unfilled();
            match ready.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), room)?)) {
                // Nothing to read: somebody is there, or the line would say so.
                Err(_) => this.see_host()?,
                Ok(Ok(read)) => {
                    buf.advance(read);
                    this.see_host()?;
                    return Poll::Ready(Ok(()));
                }
                Ok(Err(error)) if this.user.is_none() && is_hang_up(&error) => {
                    if this.host_seen {
                        return Poll::Ready(Ok(()));
                    }
                    this.look = Some(Box::pin(sleep(LOOK)));
                }
                Ok(Err(error)) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Pty {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.controller.poll_write_ready(cx))?;
            if let Ok(written) = ready.try_io(|fd| Ok(rustix::io::write(fd.get_ref(), buf)?)) {
                return Poll::Ready(written);
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
