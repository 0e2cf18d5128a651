//! What passes over the serial line.

use qmt_proto::Instant;

/// Bytes that passed over the serial line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Traffic<'a> {
    /// When, in milliseconds since the modem was started.
    pub at: Instant,
    /// Which way.
    pub direction: Direction,
    /// The bytes of one read or write.
    pub bytes: &'a [u8],
}

/// Which way bytes went.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a line has two ends")]
pub enum Direction {
    /// From the host to the modem.
    FromHost,
    /// From the modem to the host.
    ToHost,
}
