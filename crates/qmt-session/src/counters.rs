//! How much of what has come in was believed.

/// Counts of a [`Session`](crate::Session) since it began. They saturate.
///
/// A session drops no message for want of room: it takes no more bytes until its events are
/// polled. So `messages` and `withheld` together are all messages that came whole.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Counters {
    /// Bytes taken from the line: those of the three counts below, and those of a line whose end has not
    /// come yet.
    pub bytes_in: u64,
    /// Bytes that were the echo of what was sent.
    pub bytes_echoed: u64,
    /// Bytes of lines, messages and prompts, whole or damaged, and of what was between them.
    pub bytes_read: u64,
    /// Bytes given up with a line of which one was lost, that was too long, or that was aborted.
    pub bytes_dropped: u64,
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
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}

/// So many bytes more, up to the end.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn count_bytes(counter: &mut u64, bytes: usize) {
    *counter = counter.saturating_add(bytes as u64);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q35_counters_stay_at_their_end() {
        let (mut few, mut many) = (u32::MAX - 1, u64::MAX - 5);
        for _ in 0..3 {
            count(&mut few);
            count_bytes(&mut many, 3);
        }
        assert_eq!((few, many), (u32::MAX, u64::MAX));
    }
}
