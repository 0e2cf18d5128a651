//! What is wanted of one link, and who waits for it.

use core::task::{Context, Poll};

use qmt_session::proto::Granted;
use qmt_session::{ConnectError, Ticket};
use tokio::sync::{mpsc, oneshot};

use super::Job;
use crate::{LinkError, SubscriptionError};

/// The desk of a link.
pub(crate) struct Desk {
    jobs: mpsc::Receiver<Job>,
    /// The next job, once it has been taken off the queue.
    head: Option<Job>,
    /// The publish that is in flight.
    pub(super) in_flight: Option<InFlight>,
    /// Set when the link is to be disconnected, until the client has been told.
    pub(super) leaving: bool,
    /// Filters the client knows.
    pub(super) filters: Vec<String>,
    connecting: Vec<oneshot::Sender<Result<(), LinkError>>>,
    subscribing: Vec<Waiting<Granted>>,
    unsubscribing: Vec<Waiting<()>>,
    disconnecting: Vec<oneshot::Sender<()>>,
}

/// A job whose publish has begun.
pub(super) struct InFlight {
    pub(super) ticket: Ticket,
    pub(super) job: Job,
}

struct Waiting<T> {
    filter: String,
    reply: oneshot::Sender<Result<T, SubscriptionError>>,
}

impl Desk {
    pub(crate) const fn new(jobs: mpsc::Receiver<Job>) -> Self {
        Self {
            jobs,
            head: None,
            in_flight: None,
            leaving: false,
            filters: Vec::new(),
            connecting: Vec::new(),
            subscribing: Vec::new(),
            unsubscribing: Vec::new(),
            disconnecting: Vec::new(),
        }
    }

    /// Ready when there was no job before and is one now.
    pub(super) fn poll_job(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.head.is_some() {
            return Poll::Pending;
        }
        match self.jobs.poll_recv(cx) {
            Poll::Ready(Some(job)) => {
                self.head = Some(job);
                Poll::Ready(())
            }
            // All senders are gone, which the wishes tell too.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    /// Takes the next job off the queue, one that somebody still waits for.
    pub(super) fn collect(&mut self) {
        self.head = self.head.take().filter(|job| !job.reply.is_closed());
        while self.head.is_none()
            && let Ok(job) = self.jobs.try_recv()
        {
            self.head = Some(job).filter(|job| !job.reply.is_closed());
        }
    }

    /// The job that was collected. Not one that has come since: whoever sent it may have made a
    /// wish before that has not been heard yet.
    pub(super) fn next_job(&mut self) -> Option<Job> {
        self.head.take().filter(|job| !job.reply.is_closed())
    }

    /// It cannot begin yet.
    pub(super) fn put_back(&mut self, job: Job) {
        self.head = Some(job);
    }

    /// Nothing that waits will be done any more.
    pub(super) fn close(&mut self) {
        self.jobs.close();
        // Dropping the replies is the answer.
        self.head = None;
        while self.jobs.try_recv().is_ok() {}
        self.connecting.clear();
        self.subscribing.clear();
    }

    pub(super) fn await_connection(&mut self, reply: oneshot::Sender<Result<(), LinkError>>) {
        self.connecting.push(reply);
    }

    pub(super) fn await_closing(&mut self, reply: oneshot::Sender<()>) {
        self.disconnecting.push(reply);
    }

    pub(super) fn await_grant(
        &mut self,
        filter: String,
        reply: oneshot::Sender<Result<Granted, SubscriptionError>>,
    ) {
        // The filter is wanted again: who wanted it gone has been overtaken.
        resolve(&mut self.unsubscribing, Some(&filter), &Ok(()));
        if !self.filters.contains(&filter) {
            self.filters.push(filter.clone());
        }
        self.subscribing.push(Waiting { filter, reply });
    }

    pub(super) fn await_removal(
        &mut self,
        filter: String,
        reply: oneshot::Sender<Result<(), SubscriptionError>>,
    ) {
        self.unsubscribing.push(Waiting { filter, reply });
    }

    /// The filter is not wanted any more. Whether it was.
    pub(super) fn forget(&mut self, filter: &str) -> bool {
        let withdrawn = Err(SubscriptionError::Withdrawn);
        resolve(&mut self.subscribing, Some(filter), &withdrawn);
        let known = self.filters.len();
        self.filters.retain(|f| f != filter);
        self.filters.len() < known
    }

    pub(super) fn on_ready(&mut self) {
        for reply in self.connecting.drain(..) {
            // Nobody waiting is fine, here and below.
            let _ = reply.send(Ok(()));
        }
    }

    pub(super) fn on_down(&mut self, error: ConnectError, for_good: bool) {
        // The end of a subscription is not confirmed on a connection that is lost.
        let down = Err(SubscriptionError::Down(error));
        resolve(&mut self.unsubscribing, None, &down);
        if for_good {
            for reply in self.connecting.drain(..) {
                let _ = reply.send(Err(LinkError::Down(error)));
            }
            let down = Err(SubscriptionError::Down(error));
            resolve(&mut self.subscribing, None, &down);
        }
    }

    pub(super) fn on_closed(&mut self) {
        for reply in self.connecting.drain(..) {
            let _ = reply.send(Err(LinkError::Disconnected));
        }
        for reply in self.disconnecting.drain(..) {
            let _ = reply.send(());
        }
        let withdrawn = Err(SubscriptionError::Withdrawn);
        resolve(&mut self.subscribing, None, &withdrawn);
        resolve(&mut self.unsubscribing, None, &Ok(()));
    }

    pub(super) fn on_granted(&mut self, filter: &str, granted: Granted) {
        let result = match granted.qos() {
            Some(_) => Ok(granted),
            None => Err(SubscriptionError::Refused),
        };
        resolve(&mut self.subscribing, Some(filter), &result);
    }

    pub(super) fn on_removed(&mut self, filter: &str) {
        resolve(&mut self.unsubscribing, Some(filter), &Ok(()));
    }
}

/// Tells the result to all who wait for `filter`, or for any.
fn resolve<T: Copy>(
    waiting: &mut Vec<Waiting<T>>,
    filter: Option<&str>,
    result: &Result<T, SubscriptionError>,
) {
    let matches = |w: &mut Waiting<T>| filter.is_none_or(|filter| filter == w.filter);
    for waiting in waiting.extract_if(.., matches) {
        let _ = waiting.reply.send(result.clone());
    }
}

#[cfg(test)]
mod tests {
    use qmt_session::proto::Qos;

    use super::*;
    use crate::OwnedPublish;

    fn job(topic: &str) -> (Job, oneshot::Receiver<impl Sized + use<>>) {
        let (reply, answer) = oneshot::channel();
        let publish = OwnedPublish {
            topic: topic.to_owned(),
            payload: Vec::new(),
            qos: Qos::AtMostOnce,
            retain: false,
        };
        (Job { publish, reply }, answer)
    }

    #[test]
    fn a_job_that_comes_after_the_wishes_were_heard_waits_for_the_next_round() {
        let (queue, jobs) = mpsc::channel(4);
        let mut desk = Desk::new(jobs);
        desk.collect();
        let (late, _answer) = job("late");
        assert!(queue.try_send(late).is_ok());
        assert!(desk.next_job().is_none());
        desk.collect();
        let taken = desk.next_job().map(|job| job.publish.topic);
        assert_eq!(taken.as_deref(), Some("late"));
    }

    #[test]
    fn a_job_that_nobody_waits_for_is_passed_over() {
        let (queue, jobs) = mpsc::channel(4);
        let mut desk = Desk::new(jobs);
        let ((gone, answer), (wanted, _answer)) = (job("gone"), job("wanted"));
        drop(answer);
        assert!(queue.try_send(gone).is_ok() && queue.try_send(wanted).is_ok());
        desk.collect();
        let taken = desk.next_job().map(|job| job.publish.topic);
        assert_eq!(taken.as_deref(), Some("wanted"));
    }
}
