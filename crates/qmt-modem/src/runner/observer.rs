//! What passes over the serial line.

use qmt_proto::Instant;

use crate::Direction;

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
