//! Why a driver can run no longer.

use core::fmt;

/// An error of the stream below, and in which direction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DriveError<E> {
    /// The stream has ended.
    Closed,
    /// Reading failed.
    Read(E),
    /// Writing or flushing failed.
    Write(E),
}

impl<E: fmt::Display> fmt::Display for DriveError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the line was closed"),
            Self::Read(error) => write!(f, "reading from the line failed: {error}"),
            Self::Write(error) => write!(f, "writing to the line failed: {error}"),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for DriveError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Closed => None,
            Self::Read(error) | Self::Write(error) => Some(error),
        }
    }
}
