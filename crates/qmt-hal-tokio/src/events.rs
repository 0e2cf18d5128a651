//! The queue of events between a task and whoever listens to it.

use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_core::Stream;

use crate::Event;
use crate::event::Class;

/// Receives what a task tells, in order. Bounded: what nobody takes in time is counted.
///
/// Also a [`Stream`], which ends after [`Event::Ended`].
///
/// Messages, control events and log entries have room of their own, so none pushes out another
/// kind; where events had to be left out, [`Event::Lagged`] stands in their place. Dropping this
/// is fine: then nothing is kept.
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
}

struct Queue {
    events: VecDeque<Event>,
    /// How many of each class are in `events`, by [`Class`].
    counts: [usize; 3],
    /// Most of each class.
    depth: usize,
    /// Whether the sender is gone, or the receiver.
    closed: bool,
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
            waiting: None,
        }),
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
        self.shared.lock().pop()
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let mut queue = self.shared.lock();
        if let Some(event) = queue.pop() {
            return Poll::Ready(Some(event));
        }
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
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A panic elsewhere leaves the queue as good as it was.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn add(&mut self, event: Event) {
        if let Some(count) = self.counts.get_mut(event.class() as usize) {
            *count += 1;
        }
        self.events.push_back(event);
    }

    fn pop(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
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

    #[tokio::test]
    async fn nothing_is_kept_for_a_listener_that_is_gone() {
        let (sender, events) = channel(2);
        sender.send(message(1));
        drop(events);
        sender.send_last(Event::ModuleReady);
        assert!(sender.shared.lock().events.is_empty());
    }
}
