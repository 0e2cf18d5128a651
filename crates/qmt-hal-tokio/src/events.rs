//! The queue of events between a task and whoever listens to it.

use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_core::Stream;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::Event;
use crate::event::Class;

/// How long a task waits for a listener that is behind, between two reads. The system keeps 4096
/// bytes of a serial line meanwhile, which take 355 ms at 115 200 bit/s.
const PAUSE: Duration = Duration::from_millis(100);

/// Receives what a task tells, in order. Bounded: what nobody takes in time is counted.
///
/// Also a [`Stream`], which ends after [`Event::Ended`].
///
/// Messages, control events and log entries have room of their own, so none pushes out another
/// kind; where events had to be left out, [`Event::Lagged`] stands in their place. A task whose
/// listener is half the room behind reads more slowly, so that a burst on a fast line finds room.
/// Dropping this is fine: then nothing is kept.
#[derive(Debug)]
pub struct Events {
    shared: Arc<Shared>,
}

/// The task's end. Dropping it ends the stream.
#[derive(Debug)]
pub(crate) struct EventSender {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Mutex<Queue>,
    /// Told when there are so few events again that the task may go on at once.
    relieved: Notify,
}

struct Queue {
    events: VecDeque<Event>,
    /// How many of each class are in `events`, by [`Class`].
    counts: [usize; 3],
    /// Most of each class.
    depth: usize,
    /// Whether the sender is gone, or the receiver.
    closed: bool,
    /// Whether the listener was waited for in vain, and has taken nothing since.
    deaf: bool,
    /// Whoever waits for the next event, until there is one or never will be.
    waiting: Option<Waker>,
}

pub(crate) fn channel(depth: usize) -> (EventSender, Events) {
    let shared = Arc::new(Shared {
        queue: Mutex::new(Queue {
            events: VecDeque::new(),
            counts: [0; 3],
            depth: depth.max(1),
            closed: false,
            deaf: false,
            waiting: None,
        }),
        relieved: Notify::new(),
    });
    let sender = EventSender {
        shared: Arc::clone(&shared),
    };
    (sender, Events { shared })
}

impl Events {
    /// The next event; waits for it. `None` after [`Event::Ended`]. Cancel-safe.
    pub async fn next(&mut self) -> Option<Event> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The next event, if there is one now.
    pub fn try_next(&mut self) -> Option<Event> {
        self.shared.pop()
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        if let Some(event) = self.shared.pop() {
            return Poll::Ready(Some(event));
        }
        let mut queue = self.shared.lock();
        if queue.closed {
            return Poll::Ready(None);
        }
        queue.waiting = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl EventSender {
    pub(crate) fn send(&self, event: Event) {
        self.shared.change(|queue| queue.push(event));
    }

    /// As [`send`](Self::send), whether there is room or not.
    pub(crate) fn send_last(&self, event: Event) {
        self.shared.change(|queue| {
            if !queue.closed {
                queue.add(event);
            }
        });
    }

    /// Waits while the listener is half the room behind, but no longer than [`PAUSE`], after
    /// which the line may wait no longer. Cancel-safe.
    pub(crate) async fn breathe(&self) {
        let relieved = async {
            while self.shared.lock().is_crowded() {
                self.shared.relieved.notified().await;
            }
        };
        // Then what finds no room is counted, and nobody waits again for one who does not listen.
        if timeout(PAUSE, relieved).await.is_err() {
            self.shared.lock().deaf = true;
        }
    }
}

impl Drop for EventSender {
    fn drop(&mut self) {
        self.shared.change(|queue| queue.closed = true);
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.closed = true;
        queue.events.clear();
        drop(queue);
        self.shared.relieved.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A panic elsewhere leaves the queue as good as it was.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pop(&self) -> Option<Event> {
        let mut queue = self.lock();
        let event = queue.pop()?;
        if !queue.is_crowded() {
            self.relieved.notify_one();
        }
        Some(event)
    }

    /// Changes the queue and wakes whoever waits for that.
    fn change(&self, change: impl FnOnce(&mut Queue)) {
        let mut queue = self.lock();
        change(&mut queue);
        let waiting = queue.waiting.take();
        // A waker is foreign code: not under the lock.
        drop(queue);
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}

impl Queue {
    fn push(&mut self, event: Event) {
        if self.closed {
            return;
        }
        let class = event.class();
        let count = self.counts.get(class as usize).copied();
        if count.unwrap_or_default() < self.depth {
            self.add(event);
            return;
        }
        let (more_messages, more_others) = match class {
            Class::Message => (1, 0),
            Class::Control | Class::Log => (0, 1),
        };
        if let Some(Event::Lagged { messages, others }) = self.events.back_mut() {
            *messages += more_messages;
            *others += more_others;
        } else {
            // At most one between two others, so the queue stays bounded.
            self.events.push_back(Event::Lagged {
                messages: more_messages,
                others: more_others,
            });
        }
    }

    /// Whether one class has taken half of its room.
    fn is_crowded(&self) -> bool {
        !self.closed && !self.deaf && self.counts.iter().any(|count| *count > self.depth / 2)
    }

    fn add(&mut self, event: Event) {
        if let Some(count) = self.counts.get_mut(event.class() as usize) {
            *count += 1;
        }
        self.events.push_back(event);
    }

    fn pop(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.deaf = false;
        if !matches!(event, Event::Lagged { .. })
            && let Some(count) = self.counts.get_mut(event.class() as usize)
        {
            *count = count.saturating_sub(1);
        }
        Some(event)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} events", self.lock().events.len())
    }
}

#[cfg(test)]
mod tests {
    use qmt_session::proto::LinkId;

    use super::*;
    use crate::{Log, OwnedMessage};

    fn message(msg_id: u16) -> Event {
        Event::Message(OwnedMessage {
            link: LinkId::ALL[0],
            msg_id,
            topic: Vec::new(),
            payload: Vec::new(),
            exact: true,
            key: None,
        })
    }

    #[tokio::test]
    async fn what_is_not_taken_in_time_is_counted_where_it_was() {
        let (sender, mut events) = channel(2);
        (1..=5).for_each(|id| sender.send(message(id)));
        sender.send(Event::ModuleReady);
        sender.send(message(6));
        (0..3).for_each(|_| sender.send(Event::Log(Log::Unresponsive)));
        drop(sender);
        let mut seen = Vec::new();
        while let Some(event) = events.next().await {
            seen.push(match event {
                Event::Message(message) => format!("message {}", message.msg_id),
                other => format!("{other:?}"),
            });
        }
        let expected = [
            "message 1",
            "message 2",
            "Lagged { messages: 3, others: 0 }",
            "ModuleReady",
            "Lagged { messages: 1, others: 0 }",
            "Log(Unresponsive)",
            "Log(Unresponsive)",
            "Lagged { messages: 0, others: 1 }",
        ];
        assert_eq!(seen, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_finds_room_where_somebody_listens() {
        let (sender, mut events) = channel(8);
        let listener = tokio::spawn(async move {
            let mut ids = Vec::new();
            while let Some(event) = events.next().await {
                let Event::Message(message) = event else {
                    panic!("{event:?}");
                };
                ids.push(message.msg_id);
            }
            ids
        });
        for id in 0..1000 {
            sender.breathe().await;
            sender.send(message(id));
        }
        drop(sender);
        assert!(listener.await.unwrap().into_iter().eq(0..1000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_listener_that_takes_nothing_is_waited_for_once() {
        let start = tokio::time::Instant::now();
        let (sender, mut events) = channel(8);
        (0..5).for_each(|id| sender.send(message(id)));
        for _ in 0..3 {
            sender.breathe().await;
            assert_eq!(start.elapsed(), PAUSE);
        }
        // It listens again: half of the room is free, then not.
        assert!(events.try_next().is_some());
        sender.breathe().await;
        assert_eq!(start.elapsed(), PAUSE);
        sender.send(message(5));
        sender.breathe().await;
        assert_eq!(start.elapsed(), 2 * PAUSE);
        // Nor is one that is gone.
        assert!(events.try_next().is_some());
        (6..8).for_each(|id| sender.send(message(id)));
        drop(events);
        sender.breathe().await;
        assert_eq!(start.elapsed(), 2 * PAUSE);
    }

    #[tokio::test]
    async fn nothing_is_kept_for_a_listener_that_is_gone() {
        let (sender, events) = channel(2);
        sender.send(message(1));
        drop(events);
        sender.send_last(Event::ModuleReady);
        assert!(sender.shared.lock().events.is_empty());
    }
}
