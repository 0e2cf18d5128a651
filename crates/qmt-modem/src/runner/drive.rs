//! The task of one modem.

use core::future::poll_fn;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;

use qmt_proto::{Instant, LinkId};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::mpsc;
use tokio::time::{Sleep, sleep_until};

use super::socket::Socket;
use super::{Control, HostMap, Observer, Traffic};
use crate::output::CONGESTED;
use crate::{Direction, Modem, NetworkEvent, NetworkRequest};

/// Bytes of one read.
const CHUNK: usize = 4_096;

/// How long the rest of the output may take when the modem ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// Turns of the loop before other tasks get theirs.
const TURNS: usize = 64;

/// A modem with everything around it. All of it is polled in one place, so that nothing needs a
/// lock and every event finds the modem as the one before left it.
pub(super) struct Driver<S> {
    modem: Modem,
    hosts: HostMap,
    observer: Option<Observer>,
    serial: S,
    /// Set by a write, cleared by the flush after it.
    unflushed: bool,
    controls: mpsc::UnboundedReceiver<Control>,
    sockets: [Option<Socket>; LinkId::COUNT],
    /// The modem's epoch.
    started: tokio::time::Instant,
    /// Fires at `due`.
    timer: Pin<Box<Sleep>>,
    due: Option<Instant>,
}

/// Whether the loop should look again before it sleeps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Turn {
    Moved,
    Idle,
    /// The serial side has ended, or the modem is to.
    Over,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Driver<S> {
    pub(super) fn new(
        modem: Modem,
        hosts: HostMap,
        observer: Option<Observer>,
        serial: S,
        controls: mpsc::UnboundedReceiver<Control>,
    ) -> Self {
        let started = tokio::time::Instant::now();
        Self {
            modem,
            hosts,
            observer,
            serial,
            unflushed: false,
            controls,
            sockets: [const { None }; LinkId::COUNT],
            started,
            timer: Box::pin(sleep_until(started)),
            due: None,
        }
    }

    /// Runs until the serial side ends or the handle says so.
    pub(super) async fn run(mut self) -> io::Result<Modem> {
        if self.modem.is_off() {
            let now = self.now();
            self.modem.power_on(now);
        }
        let outcome = poll_fn(|cx| self.poll(cx)).await;
        if outcome.is_ok() {
            // A host that is gone, or does not read, misses the rest.
            let rest = self.modem.poll_transmit();
            let farewell = async {
                self.serial.write_all(rest).await?;
                self.serial.flush().await
            };
            let _ = tokio::time::timeout(FAREWELL, farewell).await;
        }
        for socket in self.sockets.iter_mut().filter_map(Option::take) {
            socket.close();
        }
        outcome.map(|()| self.modem)
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        for _ in 0..TURNS {
            let mut moved = false;
            for step in [
                Self::poll_control,
                Self::poll_timer,
                Self::poll_requests,
                Self::poll_sockets,
                Self::poll_write,
                Self::poll_read,
            ] {
                match step(self, cx)? {
                    Turn::Over => return Poll::Ready(Ok(())),
                    Turn::Moved => moved = true,
                    Turn::Idle => {}
                }
            }
            if !moved {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_control(&mut self, cx: &mut Context<'_>) -> io::Result<Turn> {
        Ok(match self.controls.poll_recv(cx) {
            Poll::Ready(Some(Control::Act(act))) => {
                let now = self.now();
                act(now, &mut self.modem);
                Turn::Moved
            }
            Poll::Ready(Some(Control::Shutdown) | None) => Turn::Over,
            Poll::Pending => Turn::Idle,
        })
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> io::Result<Turn> {
        let due = self.modem.poll_timeout();
        let Some(at) = due else {
            self.due = None;
            return Ok(Turn::Idle);
        };
        if self.due != due {
            self.due = due;
            let span = Duration::from_millis(at.as_millis());
            // A deadline beyond the end of the clock never comes.
            if let Some(at) = self.started.checked_add(span) {
                self.timer.as_mut().reset(at);
            }
        }
        if self.timer.as_mut().poll(cx).is_pending() {
            return Ok(Turn::Idle);
        }
        self.due = None;
        let now = self.now();
        self.modem.handle_timeout(now);
        Ok(Turn::Moved)
    }

    fn poll_requests(&mut self, _: &mut Context<'_>) -> io::Result<Turn> {
        let mut turn = Turn::Idle;
        while let Some(request) = self.modem.poll_network() {
            turn = Turn::Moved;
            match request {
                NetworkRequest::Connect { link, host, port } => {
                    let (host, port) = self.hosts.target(&host, port);
                    let socket = Socket::connect(host.to_owned(), port);
                    self.set_socket(link, Some(socket));
                }
                NetworkRequest::Close { link } => {
                    if let Some(socket) = self.set_socket(link, None) {
                        socket.close();
                        self.tell(NetworkEvent::Closed { link });
                    }
                }
            }
        }
        Ok(turn)
    }

    fn poll_sockets(&mut self, cx: &mut Context<'_>) -> io::Result<Turn> {
        let mut turn = Turn::Idle;
        for link in LinkId::ALL {
            if let Some(socket) = self.set_socket(link, None)
                && self.poll_socket(cx, link, socket)
            {
                turn = Turn::Moved;
            }
        }
        Ok(turn)
    }

    /// Looks at the socket of a link, and puts it back if it lives on. Gives whether anything
    /// moved.
    fn poll_socket(&mut self, cx: &mut Context<'_>, link: LinkId, socket: Socket) -> bool {
        let mut stream = match socket {
            Socket::Connecting(mut connecting) => match connecting.as_mut().poll(cx) {
                Poll::Pending => {
                    self.set_socket(link, Some(Socket::Connecting(connecting)));
                    return false;
                }
                Poll::Ready(Ok(stream)) => {
                    self.set_socket(link, Some(Socket::Open(stream)));
                    self.tell(NetworkEvent::Connected { link });
                    return true;
                }
                Poll::Ready(Err(cause)) => {
                    self.tell(NetworkEvent::ConnectFailed { link, cause });
                    return true;
                }
            },
            Socket::Open(stream) => stream,
        };
        let mut moved = false;
        let mut alive = true;
        let bytes = self.modem.poll_socket(link);
        if !bytes.is_empty() {
            match Pin::new(&mut stream).poll_write(cx, bytes) {
                Poll::Ready(Ok(len)) if len > 0 => {
                    let now = self.now();
                    self.modem.handle_socket_transmitted(now, link, len);
                    moved = true;
                }
                Poll::Ready(_) => alive = false,
                Poll::Pending => {}
            }
        }
        if alive && !self.modem.is_congested() {
            let mut room = [MaybeUninit::uninit(); CHUNK];
            let mut buf = ReadBuf::uninit(&mut room);
            match Pin::new(&mut stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    let bytes = buf.filled();
                    self.tell(NetworkEvent::Received { link, bytes });
                    moved = true;
                }
                Poll::Ready(_) => alive = false,
                Poll::Pending => {}
            }
        }
        if alive {
            self.set_socket(link, Some(Socket::Open(stream)));
        } else {
            self.tell(NetworkEvent::Closed { link });
        }
        moved || !alive
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> io::Result<Turn> {
        let bytes = self.modem.poll_transmit();
        if bytes.is_empty() {
            if self.unflushed && Pin::new(&mut self.serial).poll_flush(cx)?.is_ready() {
                self.unflushed = false;
            }
            return Ok(Turn::Idle);
        }
        let len = match Pin::new(&mut self.serial).poll_write(cx, bytes)? {
            Poll::Pending => return Ok(Turn::Idle),
            Poll::Ready(0) => return Ok(Turn::Over),
            Poll::Ready(len) => len,
        };
        self.unflushed = true;
        let at = self.now();
        if let Some(observer) = &mut self.observer {
            observer(&Traffic {
                at,
                direction: Direction::ToHost,
                bytes: bytes.get(..len).unwrap_or(bytes),
            });
        }
        self.modem.handle_transmitted(at, len);
        Ok(Turn::Moved)
    }

    /// Takes what the host says, unless so much waits for the host that it must first listen.
    /// Lines that are held back do not count: it is the host's input that frees them.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> io::Result<Turn> {
        if self.modem.poll_transmit().len() > CONGESTED {
            return Ok(Turn::Idle);
        }
        let mut room = [MaybeUninit::uninit(); CHUNK];
        let mut buf = ReadBuf::uninit(&mut room);
        if Pin::new(&mut self.serial)
            .poll_read(cx, &mut buf)?
            .is_pending()
        {
            return Ok(Turn::Idle);
        }
        let bytes = buf.filled();
        if bytes.is_empty() {
            return Ok(Turn::Over);
        }
        let at = self.now();
        if let Some(observer) = &mut self.observer {
            let direction = Direction::FromHost;
            observer(&Traffic {
                at,
                direction,
                bytes,
            });
        }
        self.modem.handle_input(at, bytes);
        Ok(Turn::Moved)
    }

    fn tell(&mut self, event: NetworkEvent<'_>) {
        let now = self.now();
        self.modem.handle_network(now, event);
    }

    /// Puts a socket in its place and gives the one that was there.
    fn set_socket(&mut self, link: LinkId, socket: Option<Socket>) -> Option<Socket> {
        let place = self.sockets.get_mut(link.index())?;
        core::mem::replace(place, socket)
    }

    /// Milliseconds since the modem was started.
    fn now(&self) -> Instant {
        let ms = self.started.elapsed().as_millis();
        Instant::from_millis(u64::try_from(ms).unwrap_or(u64::MAX))
    }
}
