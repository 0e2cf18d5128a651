//! The task behind a handle: one client, one stream, and what everybody wants of them.

use core::future::poll_fn;
use core::task::Poll;
use core::time::Duration;
use std::sync::Arc;

use qmt_session::envelope::Source as Place;
use qmt_session::proto::{Granted, LinkId, Qos};
use qmt_session::{Buffers, Client, ClientConfig, Outcome, Phase};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time;

use crate::envelopes::Opener;
use crate::events::EventSender;
use crate::{
    DriveError, Driver, End, Event, LinkError, OpenError, OutboxError, OwnedLinkConfig,
    OwnedPublish, PublishError, SubscriptionError, TaskConfig,
};

mod desk;
mod mailroom;
mod office;
mod seeker;
mod slot;
#[cfg(test)]
mod tests;

pub(crate) use desk::Desk;
pub(crate) use mailroom::Letter;
use mailroom::Mailroom;
use office::Office;
pub(crate) use seeker::Seeker;
use slot::Slot;

/// What a handle wants.
pub(crate) enum Wish {
    Connect {
        link: LinkId,
        config: Box<OwnedLinkConfig>,
        reply: oneshot::Sender<Result<(), LinkError>>,
    },
    Subscribe {
        link: LinkId,
        filter: String,
        qos: Qos,
        reply: oneshot::Sender<Result<Granted, SubscriptionError>>,
    },
    Unsubscribe {
        link: LinkId,
        filter: String,
        reply: oneshot::Sender<Result<(), SubscriptionError>>,
    },
    Disconnect {
        link: LinkId,
        reply: oneshot::Sender<()>,
    },
    Enqueue(Letter),
    ModuleReset {
        reply: oneshot::Sender<()>,
    },
    Shutdown,
}

/// A message that waits for its turn.
pub(crate) struct Job {
    pub(crate) publish: OwnedPublish,
    pub(crate) reply: oneshot::Sender<Result<Outcome, PublishError>>,
}

/// Where a task has its line from.
pub(crate) enum Source<S> {
    /// This one, and none after it.
    Given(S),
    /// It opens its line, whenever it has none.
    Sought(Seeker<S>),
}

/// What has ended a wait.
enum Wake<S> {
    Line(Result<(), DriveError>),
    Opened(Result<S, (OpenError, Duration)>),
    Wish(Option<Wish>),
    Job,
    Overdue,
}

/// Runs a client until its end, and tells it: to those who still wait last of all, when the
/// stream is closed and may be opened again.
pub(crate) async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    client: ClientConfig,
    config: TaskConfig,
    source: Source<S>,
    wishes: mpsc::Receiver<Wish>,
    desks: Vec<Desk>,
    events: EventSender,
    ended: watch::Sender<Option<End>>,
) {
    let end = serve(client, config, source, wishes, desks, &events).await;
    events.send_last(Event::Ended(end.clone()));
    drop(events);
    // Whoever waits for it; nobody is fine.
    let _ = ended.send(Some(end));
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    client: ClientConfig,
    config: TaskConfig,
    source: Source<S>,
    mut wishes: mpsc::Receiver<Wish>,
    desks: Vec<Desk>,
    events: &EventSender,
) -> End {
    let mut rx = vec![0; config.rx];
    let mut tx = vec![0; config.tx];
    let mut store = vec![0; config.store];
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
    };
    let mut outbox = vec![0; config.outbox];
    let client = Client::new(client, buffers, &mut store).with_outbox(&mut outbox);
    let (slot, mut seeker) = match source {
        Source::Given(stream) => (Slot::Up(stream), None),
        Source::Sought(seeker) => (Slot::Away, Some(seeker)),
    };
    let mut driver = Driver::new(client, slot).read_chunk(config.read_chunk);
    if let Some(tap) = config.tap {
        driver = driver.tap(tap);
    }
    let mut mailroom = Mailroom::new(config.outbox, config.slots);
    let now = driver.now();
    match mailroom.restore(now, driver.machine_mut()) {
        Ok(None) => {}
        Ok(Some(restored)) => events.send(Event::Restored {
            messages: restored.messages,
            damaged: restored.damaged,
        }),
        Err(error) => return End::Outbox(Arc::new(error)),
    }
    let senders = config.envelopes.map(|envelopes| envelopes.senders);
    let mut places = vec![Place::default(); senders.unwrap_or_default()];
    let opener = senders.map(|_| Opener::new(&mut places));
    let mut office = Office::new(desks, mailroom, opener, events);
    // When a shutdown must be over.
    let mut until: Option<time::Instant> = None;
    loop {
        // Jobs are collected first and done last: whoever has asked to connect may publish, and
        // what was asked before a job was sent is heard before it is done.
        for desk in &mut office.desks {
            desk.collect();
        }
        let mut shutdown = false;
        while until.is_none()
            && let Ok(wish) = wishes.try_recv()
        {
            shutdown |= fulfil(&mut office, &mut driver, wish);
        }
        if let Err(error) = settle(&mut office, &mut driver) {
            abort(&mut office, &mut driver);
            return End::Outbox(Arc::new(error));
        }
        if until.is_some() && (office.is_resting() || driver.machine().phase() == Phase::Failed) {
            return match office.is_resting() {
                true => End::Rested,
                false => End::TimedOut,
            };
        }
        events.breathe().await;
        let wake = if shutdown {
            Wake::Wish(Some(Wish::Shutdown))
        } else {
            tokio::select! {
                wish = wishes.recv(), if until.is_none() => Wake::Wish(wish),
                () = arrival(&mut office.desks), if until.is_none() => Wake::Job,
                // Nothing happens on a line that is away, and no time passes there.
                turned = driver.turn(), if !driver.stream().is_away() => Wake::Line(turned),
                opened = seek(&mut seeker), if driver.stream().is_away() => Wake::Opened(opened),
                () = overdue(until) => Wake::Overdue,
            }
        };
        match wake {
            Wake::Job | Wake::Line(Ok(())) => {}
            Wake::Wish(Some(wish)) if !matches!(wish, Wish::Shutdown) => {
                fulfil(&mut office, &mut driver, wish);
            }
            Wake::Wish(_) => {
                until.get_or_insert_with(|| time::Instant::now() + config.shutdown_within);
                wishes.close();
                let now = driver.now();
                office.close(now, driver.machine_mut());
                if driver.stream().is_away() {
                    return End::TimedOut;
                }
            }
            Wake::Overdue => {
                return give_up(&mut office, &mut driver, End::TimedOut);
            }
            Wake::Line(Err(error)) => {
                let error = Arc::new(error);
                let sought = seeker.as_mut().filter(|_| until.is_none());
                let Some(seeker) = sought else {
                    return give_up(&mut office, &mut driver, End::Line(error));
                };
                // Closed first: it cannot be opened again before.
                drop(driver.replace_stream(Slot::Away));
                let retry_in = seeker.lost();
                events.send(Event::LineLost { error, retry_in });
                abort(&mut office, &mut driver);
            }
            Wake::Opened(Ok(stream)) => {
                driver.replace_stream(Slot::Up(stream));
                events.send(Event::LineOpened);
                // What was begun when the line was away has not gone out.
                let now = driver.now();
                driver.machine_mut().abort(now);
            }
            Wake::Opened(Err((error, retry_in))) => {
                let error = Arc::new(error);
                events.send(Event::LineFailed { error, retry_in });
            }
        }
    }
}

/// Takes a wish. Whether it was to shut down.
fn fulfil<S: AsyncRead + AsyncWrite + Unpin>(
    office: &mut Office<'_>,
    driver: &mut Driver<Client<'_>, Slot<S>>,
    wish: Wish,
) -> bool {
    let now = driver.now();
    let client = driver.machine_mut();
    match wish {
        Wish::Connect {
            link,
            config,
            reply,
        } => office.connect(now, client, link, &config, reply),
        Wish::Subscribe {
            link,
            filter,
            qos,
            reply,
        } => office.subscribe(now, client, link, filter, qos, reply),
        Wish::Unsubscribe {
            link,
            filter,
            reply,
        } => office.unsubscribe(now, client, link, filter, reply),
        Wish::Disconnect { link, reply } => office.disconnect(client, link, reply),
        Wish::Enqueue(letter) => office.mailroom.take(letter),
        Wish::ModuleReset { reply } => {
            client.handle_reset(now);
            // Nobody waiting is fine.
            let _ = reply.send(());
        }
        Wish::Shutdown => return true,
    }
    false
}

/// Passes on all events, keeps the outbox and starts what may start.
fn settle<S: AsyncRead + AsyncWrite + Unpin>(
    office: &mut Office<'_>,
    driver: &mut Driver<Client<'_>, Slot<S>>,
) -> Result<(), OutboxError> {
    let now = driver.now();
    let client = driver.machine_mut();
    loop {
        pass_on(office, client);
        let enqueued = office.mailroom.tidy(now, client)?;
        let left = office.leave(now, client);
        if !office.start_publish(now, client) && !left && !enqueued {
            return Ok(());
        }
    }
}

fn pass_on(office: &mut Office<'_>, client: &mut Client<'_>) {
    while let Some(event) = client.poll_event() {
        office.on_event(&event);
    }
}

/// Ends what is in flight, truthfully.
fn abort<S: AsyncRead + AsyncWrite + Unpin>(
    office: &mut Office<'_>,
    driver: &mut Driver<Client<'_>, Slot<S>>,
) {
    let now = driver.now();
    driver.machine_mut().abort(now);
    pass_on(office, driver.machine_mut());
}

/// Ends what is in flight and keeps the outbox as it is then. How the task ends: as `end` says, if
/// that went well.
fn give_up<S: AsyncRead + AsyncWrite + Unpin>(
    office: &mut Office<'_>,
    driver: &mut Driver<Client<'_>, Slot<S>>,
    end: End,
) -> End {
    abort(office, driver);
    match settle(office, driver) {
        Ok(()) => end,
        Err(error) => End::Outbox(Arc::new(error)),
    }
}

/// Waits until a job has come for a link that had none. Cancel-safe: the job is at its desk.
async fn arrival(desks: &mut [Desk]) {
    poll_fn(|cx| {
        let mut arrived = Poll::Pending;
        for desk in desks.iter_mut() {
            if desk.poll_job(cx).is_ready() {
                arrived = Poll::Ready(());
            }
        }
        arrived
    })
    .await;
}

/// Waits until the line has been opened, or could not be. Cancel-safe.
async fn seek<S>(seeker: &mut Option<Seeker<S>>) -> Result<S, (OpenError, Duration)> {
    match seeker {
        Some(seeker) => seeker.next().await,
        None => core::future::pending().await,
    }
}

async fn overdue(until: Option<time::Instant>) {
    match until {
        Some(until) => time::sleep_until(until).await,
        None => core::future::pending().await,
    }
}
