//! The broker behind a TCP socket, on tokio.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::SocketAddr;
use std::io;
use std::sync::{Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::sync::{Notify, broadcast};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time;

use crate::{Broker, Config, ConnectionId, Counters, Event, FaultRule, Instant};

/// Events an observer may lag behind before it misses the oldest.
const OBSERVER_BACKLOG: usize = 4_096;
/// Bytes copied out of the broker for one write.
const WRITE_CHUNK: usize = 16_384;

/// A broker that listens on a TCP address until it is closed or dropped.
///
/// Meant for loopback addresses: it has no transport security and no defence against load.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Accepts, and owns the tasks of all connections.
    task: JoinHandle<()>,
}

impl Server {
    /// Listens on an address; port 0 takes a free one, see [`Self::local_addr`].
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn listen(address: impl ToSocketAddrs, config: Config) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                broker: Broker::new(config),
                wakers: BTreeMap::new(),
            }),
            deadline_moved: Notify::new(),
            events: broadcast::Sender::new(OBSERVER_BACKLOG),
            epoch: time::Instant::now(),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            task,
        })
    }

    /// The address clients connect to.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Gives every event from now on to a new observer.
    #[must_use]
    pub fn observe(&self) -> Observer {
        Observer {
            events: self.shared.events.subscribe(),
            missed: 0,
        }
    }

    /// What was counted so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.look(Broker::counters)
    }

    /// From now on the broker also does this wrong.
    pub fn add_fault(&self, rule: FaultRule) {
        self.shared.with(|broker, _| broker.add_fault(rule));
    }

    /// From now on the broker does nothing wrong, see [`Broker::clear_faults`].
    pub fn clear_faults(&self) {
        self.shared.with(|broker, _| broker.clear_faults());
    }

    /// How often each kind of fault was done, by its name.
    #[must_use]
    pub fn faults(&self) -> Vec<(&'static str, u64)> {
        self.shared.look(|broker| broker.faults().collect())
    }

    /// Closes the listener and all connections, and returns when they are closed.
    pub async fn close(mut self) {
        self.task.abort();
        // The outcome is the cancellation just asked for.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Watches the events of a [`Server`].
#[derive(Debug)]
pub struct Observer {
    events: broadcast::Receiver<Event>,
    missed: u64,
}

impl Observer {
    /// The next event; `None` when the server is gone. Cancel-safe.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            match self.events.recv().await {
                Ok(event) => return Some(event),
                Err(broadcast::error::RecvError::Lagged(count)) => self.missed += count,
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// Events lost because nobody called [`Self::next`] for long.
    #[must_use]
    pub const fn missed(&self) -> u64 {
        self.missed
    }
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Told after each change, so that the timer is set anew.
    deadline_moved: Notify,
    events: broadcast::Sender<Event>,
    /// Zero of the broker's time.
    epoch: time::Instant,
}

#[derive(Debug)]
struct State {
    broker: Broker,
    /// One per connection task.
    wakers: BTreeMap<ConnectionId, Arc<Notify>>,
}

impl Shared {
    /// Does one thing with the broker, then passes on what came of it.
    fn with<T>(&self, act: impl FnOnce(&mut Broker, Instant) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { broker, wakers } = &mut *state;
        let deadline = broker.poll_timeout();
        let outcome = act(broker, self.now());
        while let Some(event) = broker.poll_event() {
            // Nobody watching is fine.
            let _ = self.events.send(event);
        }
        for (id, waker) in &*wakers {
            if broker.poll_transmit(*id).is_some() || !broker.is_open(*id) {
                waker.notify_one();
            }
        }
        if broker.poll_timeout() != deadline {
            self.deadline_moved.notify_one();
        }
        outcome
    }

    /// Reads something off the broker. Wakes nobody, or a task that cannot write would spin.
    fn look<T>(&self, read: impl FnOnce(&Broker) -> T) -> T {
        read(
            &self
                .state
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .broker,
        )
    }

    fn now(&self) -> Instant {
        let millis = self.epoch.elapsed().as_millis();
        Instant::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    fn open(&self) -> Option<(ConnectionId, Arc<Notify>)> {
        let id = self.with(|broker, now| broker.handle_open(now)).ok()?;
        let waker = Arc::new(Notify::new());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.wakers.insert(id, Arc::clone(&waker));
        Some((id, waker))
    }

    fn forget(&self, id: ConnectionId) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.wakers.remove(&id);
    }

    /// Waits until the broker's next deadline, as far as it is known now.
    async fn due(&self) {
        match self.look(Broker::poll_timeout) {
            Some(at) => {
                let span = core::time::Duration::from_millis(at.as_millis());
                time::sleep_until(self.epoch + span).await;
            }
            None => core::future::pending().await,
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Over the limit the stream is simply closed.
                    if let Some((id, waker)) = shared.open() {
                        tasks.spawn(serve(Arc::clone(&shared), id, waker, stream));
                    }
                }
                // Out of descriptors, most likely: give connections time to end.
                Err(_) => time::sleep(core::time::Duration::from_millis(100)).await,
            },
            () = shared.due() => shared.with(Broker::handle_timeout),
            () = shared.deadline_moved.notified() => {}
            Some(_) = tasks.join_next() => {}
        }
    }
}

/// Carries bytes between one socket and the broker until either end is done.
async fn serve(shared: Arc<Shared>, id: ConnectionId, waker: Arc<Notify>, stream: TcpStream) {
    // Small packets that wait for one another are all this protocol has.
    let _ = stream.set_nodelay(true);
    let (mut reader, mut writer) = stream.into_split();
    let mut input = [0; 4_096];
    // What was read and not taken yet.
    let mut unread = 0..0;
    loop {
        if let Some(bytes) = input.get(unread.clone()).filter(|bytes| !bytes.is_empty()) {
            unread.start += shared.with(|broker, now| broker.handle_input(now, id, bytes));
        }
        let Some(output) = shared.look(|broker| output_of(broker, id)) else {
            break;
        };
        tokio::select! {
            read = reader.read(&mut input), if unread.is_empty() => match read {
                Ok(len @ 1..) => unread = 0..len,
                Ok(0) | Err(_) => {
                    shared.with(|broker, now| broker.handle_closed(now, id));
                    break;
                }
            },
            written = writer.write(&output), if !output.is_empty() => match written {
                Ok(len @ 1..) => {
                    shared.with(|broker, now| broker.handle_transmitted(now, id, len));
                }
                Ok(0) | Err(_) => {
                    shared.with(|broker, now| broker.handle_closed(now, id));
                    break;
                }
            },
            () = waker.notified() => {}
        }
    }
    shared.forget(id);
    // The peer may be gone already.
    let _ = writer.shutdown().await;
}

/// A copy of the next bytes to write; `None` when the connection is to be closed.
fn output_of(broker: &Broker, id: ConnectionId) -> Option<Vec<u8>> {
    let bytes = broker.poll_transmit(id).unwrap_or_default();
    let chunk = bytes.get(..WRITE_CHUNK).unwrap_or(bytes);
    broker.is_open(id).then(|| chunk.to_vec())
}
