//! How much of what has come in was believed.

/// Counts of a [`Session`](crate::Session) since it began. They saturate.
///
/// A session drops no message for want of room: it takes no more bytes until its events are
/// polled. So `messages` and `withheld` together are all messages that came whole.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Counters {
    /// Messages that were delivered.
    pub messages: u32,
    /// Messages that came whole and were not delivered: the line was not trusted, they had no
    /// length, or nobody had subscribed to their topic.
    pub withheld: u32,
    /// Lines that belong to nothing known.
    pub strays: u32,
    /// Lines, messages among them, that came while the line was not trusted.
    pub untrusted: u32,
    /// Breaches of the framing.
    pub violations: u32,
    /// Errors of the line.
    pub line_errors: u32,
    /// Commands that were refused without a reason right after a payload, and sent again. If they
    /// were taken then, the line had made the payload longer, and that message is damaged.
    pub repeated: u32,
    /// Starts of the module that were heard.
    pub restarts: u32,
}

/// One more, up to the end.
pub(crate) const fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}
