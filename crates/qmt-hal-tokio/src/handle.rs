//! A client in a task of its own, for any number of users.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use qmt_session::envelope::OVERHEAD;
use qmt_session::proto::{Filter, Granted, LinkId, Qos, Topic, limits};
use qmt_session::{ClientConfig, IfUnknown, OutboxId, Outcome, SubmitError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot, watch};

use crate::envelopes::Sealer;
use crate::events::{self, Events};
use crate::task::{self, Job, Letter, Seeker, Source, Wish};
use crate::{
    End, EnqueueRefusal, Envelopes, LineSpec, LinkError, OpenError, OwnedLinkConfig, OwnedPublish,
    PublishError, Slots, SubscriptionError, Tap, open,
};

/// Wishes that may wait for the task.
const WISHES: usize = 32;

/// Sizes and limits of a task.
#[non_exhaustive]
pub struct TaskConfig {
    /// Bytes of receive buffer: the longest line must fit.
    pub rx: usize,
    /// Bytes of transmit buffer: the longest command with its payload must fit.
    pub tx: usize,
    /// Bytes for the strings of links and subscriptions.
    pub store: usize,
    /// Bytes of the outbox: 13 for each message beside its topic and payload. 0: there is none.
    pub outbox: usize,
    /// Where the outbox survives a loss of power. Without, it does not.
    pub slots: Option<Box<dyn Slots>>,
    /// Payloads travel in envelopes. `None`: as they are.
    pub envelopes: Option<Envelopes>,
    /// Messages that may wait on each link before [`Handle::publish`] waits for room.
    pub queue_depth: usize,
    /// Messages, control events and log entries that are kept, of each kind.
    pub event_depth: usize,
    /// Most bytes of one read.
    pub read_chunk: usize,
    /// How long a shutdown may take.
    pub shutdown_within: Duration,
    /// Shortest and longest time before a line that has vanished, or could not be opened, is opened
    /// again. Doubles with every failure.
    pub reopen: (Duration, Duration),
    /// Sees every byte of the line. Commands hold secrets.
    pub tap: Option<Tap>,
}

/// Talks to the task. Clones talk to the same one; when the last is dropped, it shuts down.
#[derive(Clone, Debug)]
pub struct Handle {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    wishes: mpsc::Sender<Wish>,
    /// One queue for each link.
    jobs: [mpsc::Sender<Job>; LinkId::COUNT],
    sealer: Option<Sealer>,
    end: watch::Receiver<Option<End>>,
}

/// Runs a client on `stream` in a new task of the current runtime, which owns all its memory.
///
/// The task begins to bring the module up at once. It ends when told to, when the last handle is
/// dropped, or with the stream.
///
/// # Panics
/// Outside of a tokio runtime with time.
pub fn spawn<S>(client: ClientConfig, config: TaskConfig, stream: S) -> (Handle, Events)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    start(client, config, Source::Given(stream))
}

/// Runs a client in a new task, on the line that `spec` names, opened as [`open`]
/// does, and opened again whenever it vanishes: a USB port that is plugged out and in again.
///
/// The line need not be there yet. [`Event::LineOpened`](crate::Event::LineOpened),
/// [`LineLost`](crate::Event::LineLost) and [`LineFailed`](crate::Event::LineFailed) tell how it
/// goes; [`TaskConfig::reopen`] bounds the time between two tries, which go on until the task is
/// told to end. When the line is lost, publishes in flight end as unknown; what waits, waits on,
/// and every link that is wanted is connected and subscribed again.
///
/// # Panics
/// Outside of a tokio runtime with I/O and time.
pub fn spawn_on(
    client: ClientConfig,
    config: TaskConfig,
    spec: LineSpec,
    baud: u32,
) -> (Handle, Events) {
    spawn_with(client, config, move || {
        let spec = spec.clone();
        async move { open(&spec, baud).await }
    })
}

/// As [`spawn_on`], on whatever stream `open` gives each time.
///
/// # Panics
/// Outside of a tokio runtime with time.
pub fn spawn_with<S, F>(
    client: ClientConfig,
    config: TaskConfig,
    open: impl FnMut() -> F + Send + 'static,
) -> (Handle, Events)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Result<S, OpenError>> + Send + 'static,
{
    let seeker = Seeker::new(open, config.reopen);
    start(client, config, Source::Sought(seeker))
}

fn start<S>(client: ClientConfig, config: TaskConfig, source: Source<S>) -> (Handle, Events)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (wishes, wished) = mpsc::channel(WISHES);
    let (ended, end) = watch::channel(None);
    let (telling, events) = events::channel(config.event_depth);
    let depth = config.queue_depth.max(1);
    let mut inbox = Vec::with_capacity(LinkId::COUNT);
    let jobs = LinkId::ALL.map(|_| {
        let (sender, receiver) = mpsc::channel(depth);
        inbox.push(receiver);
        sender
    });
    let sealer = config.envelopes.as_ref().map(Sealer::new);
    let desks = inbox.into_iter().map(task::Desk::new).collect();
    tokio::spawn(task::run(
        client, config, source, wished, desks, telling, ended,
    ));
    let shared = Shared {
        wishes,
        jobs,
        sealer,
        end,
    };
    let handle = Handle {
        shared: Arc::new(shared),
    };
    (handle, events)
}

impl Handle {
    /// Connects a link and keeps it connected. Ready when it is, with its subscriptions; retries
    /// go on for as long as they may help, so limit the time if you must. Each loss and each retry
    /// is told as an event, and [`Event::ModuleFailed`](crate::Event::ModuleFailed) too.
    ///
    /// Cancel-safe: once it has waited, the link stays wanted until
    /// [`disconnect`](Self::disconnect).
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn connect(&self, link: LinkId, config: OwnedLinkConfig) -> Result<(), LinkError> {
        config.validate().map_err(LinkError::Config)?;
        let (reply, answer) = oneshot::channel();
        let config = Box::new(config);
        self.wish(Wish::Connect {
            link,
            config,
            reply,
        })
        .await;
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(LinkError::Ended(self.ended().await)),
        }
    }

    /// Publishes a message; ready when its outcome is known. A link that is on its way to be
    /// connected keeps the message until it is. Waits while the link's queue is full; messages of
    /// a link go out in the order in which the futures are first polled, and all links in turn.
    ///
    /// Cancelled: a message that has not begun to go out never does; of another the outcome is
    /// lost.
    ///
    /// # Errors
    /// [`PublishError`], for a topic or a length that cannot be sent at once. What has gone out
    /// ends in an [`Outcome`] instead.
    pub async fn publish(
        &self,
        link: LinkId,
        publish: OwnedPublish,
    ) -> Result<Outcome, PublishError> {
        Topic::new(&publish.topic).map_err(PublishError::Topic)?;
        let publish = self.seal(publish).map_err(PublishError::Submit)?;
        let (reply, answer) = oneshot::channel();
        if let Some(queue) = self.shared.jobs.get(link.index()) {
            // If the task has ended, the answer is that it has.
            let _ = queue.send(Job { publish, reply }).await;
        }
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(PublishError::Ended(self.ended().await)),
        }
    }

    /// Puts a message into the outbox; ready when it is there, and, with
    /// [`TaskConfig::slots`], when it survives a loss of power. Waits while the outbox is full. The
    /// link need not be connected, nor wanted yet.
    ///
    /// The outbox publishes the messages of a link one after the other, whenever the link is ready;
    /// [`Event::Left`](crate::Event::Left) has the last word on each. A message in doubt is handled
    /// as `if_unknown` says. A shutdown leaves in it what has not left, for the next task.
    ///
    /// Cancelled: it is in the outbox, or it is not and never will be.
    ///
    /// # Errors
    /// [`EnqueueRefusal`].
    pub async fn enqueue(
        &self,
        link: LinkId,
        publish: OwnedPublish,
        if_unknown: IfUnknown,
    ) -> Result<OutboxId, EnqueueRefusal> {
        Topic::new(&publish.topic).map_err(EnqueueRefusal::Topic)?;
        let publish = self.seal(publish).map_err(|_| EnqueueRefusal::TooLong)?;
        let (reply, answer) = oneshot::channel();
        let letter = Letter {
            link,
            publish,
            if_unknown,
            reply,
        };
        self.wish(Wish::Enqueue(letter)).await;
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(EnqueueRefusal::Ended(self.ended().await)),
        }
    }

    /// Subscribes, now and after every reconnection; ready when the server has answered. On a link
    /// that is not connected that is when it will be. Subscribe with wildcards before connecting,
    /// or choose the hex receive format.
    ///
    /// Cancel-safe: once it has waited, the subscription stays wanted until
    /// [`unsubscribe`](Self::unsubscribe).
    ///
    /// # Errors
    /// [`SubscriptionError`].
    pub async fn subscribe(
        &self,
        link: LinkId,
        filter: impl Into<String>,
        qos: Qos,
    ) -> Result<Granted, SubscriptionError> {
        let filter = filter.into();
        Filter::new(&filter).map_err(SubscriptionError::Filter)?;
        let (reply, answer) = oneshot::channel();
        self.wish(Wish::Subscribe {
            link,
            filter,
            qos,
            reply,
        })
        .await;
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(SubscriptionError::Ended(self.ended().await)),
        }
    }

    /// Ends a subscription; ready when the server has confirmed it, and at once if there is
    /// nothing to confirm: the link is not connected, or it was not subscribed. Cancel-safe as
    /// [`subscribe`](Self::subscribe).
    ///
    /// # Errors
    /// [`SubscriptionError`]; [`SubscriptionError::Down`] when the connection was lost first.
    pub async fn unsubscribe(
        &self,
        link: LinkId,
        filter: impl Into<String>,
    ) -> Result<(), SubscriptionError> {
        let filter = filter.into();
        Filter::new(&filter).map_err(SubscriptionError::Filter)?;
        let (reply, answer) = oneshot::channel();
        self.wish(Wish::Unsubscribe {
            link,
            filter,
            reply,
        })
        .await;
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(SubscriptionError::Ended(self.ended().await)),
        }
    }

    /// Disconnects a link and forgets its subscriptions; ready when it is closed. The publish that
    /// is in flight ends first; those that wait are not sent. Cancel-safe: once it has waited, it
    /// will be done.
    ///
    /// # Errors
    /// How the task ended, if it has.
    pub async fn disconnect(&self, link: LinkId) -> Result<(), End> {
        let (reply, answer) = oneshot::channel();
        self.wish(Wish::Disconnect { link, reply }).await;
        match answer.await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.ended().await),
        }
    }

    /// The module has been reset by its pin or its power, as [`Remedy::HardReset`] asks: it is set
    /// up again at once, without a wait for what it may have been doing before.
    /// [`Event::ModuleRestarted`](crate::Event::ModuleRestarted) follows. Cancel-safe: once it has
    /// waited, it will be done.
    ///
    /// # Errors
    /// How the task ended, if it has.
    ///
    /// [`Remedy::HardReset`]: qmt_session::Remedy::HardReset
    pub async fn module_reset(&self) -> Result<(), End> {
        let (reply, answer) = oneshot::channel();
        self.wish(Wish::ModuleReset { reply }).await;
        match answer.await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.ended().await),
        }
    }

    /// Ends the task: publishes in flight end, those that wait are not sent, all links are
    /// disconnected, the module may sleep again, the stream is closed. Bounded by
    /// [`TaskConfig::shutdown_within`]; at once while the line is away. Cancel-safe: once it has waited, it will be done.
    pub async fn shutdown(&self) -> End {
        self.wish(Wish::Shutdown).await;
        self.ended().await
    }

    /// Waits until the task has ended for whatever reason. Cancel-safe.
    pub async fn ended(&self) -> End {
        let mut end = self.shared.end.clone();
        match end.wait_for(Option::is_some).await {
            Ok(end) => end.clone().unwrap_or(End::Aborted),
            Err(_) => End::Aborted,
        }
    }

    /// Whether the task has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.shared.end.borrow().is_some() || self.shared.end.has_changed().is_err()
    }

    /// The message as it travels.
    fn seal(&self, mut publish: OwnedPublish) -> Result<OwnedPublish, SubmitError> {
        let len = publish.payload.len();
        if let Some(sealer) = &self.shared.sealer {
            let sealed = sealer.seal(&publish.topic, &publish.payload);
            let len = len + OVERHEAD;
            publish.payload = sealed.map_err(|_| SubmitError::PayloadTooLong { len })?;
        } else if len > limits::PAYLOAD {
            return Err(SubmitError::PayloadTooLong { len });
        }
        Ok(publish)
    }

    async fn wish(&self, wish: Wish) {
        // If the task has ended, the reply in the wish is dropped, and that is the answer.
        let _ = self.shared.wishes.send(wish).await;
    }
}

impl Default for TaskConfig {
    /// Buffers for the longest lines, 16 KiB of store, 16 KiB of outbox without slots,
    /// 16 messages on each link, 1024 events of
    /// each kind, 10 s for the shutdown, 250 ms to 10 s before the line is opened again, no tap.
    fn default() -> Self {
        Self {
            rx: 4_096,
            tx: 4_608,
            store: 16_384,
            outbox: 16_384,
            slots: None,
            envelopes: None,
            queue_depth: 16,
            event_depth: 1_024,
            read_chunk: 4_096,
            shutdown_within: Duration::from_secs(10),
            reopen: (Duration::from_millis(250), Duration::from_secs(10)),
            tap: None,
        }
    }
}

impl fmt::Debug for TaskConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskConfig")
            .field("rx", &self.rx)
            .field("tx", &self.tx)
            .field("store", &self.store)
            .field("outbox", &self.outbox)
            .field("slots", &self.slots.is_some())
            .field("envelopes", &self.envelopes)
            .field("queue_depth", &self.queue_depth)
            .field("event_depth", &self.event_depth)
            .field("read_chunk", &self.read_chunk)
            .field("shutdown_within", &self.shutdown_within)
            .field("reopen", &self.reopen)
            .field("tap", &self.tap.is_some())
            .finish()
    }
}
