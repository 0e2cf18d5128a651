//! QMTCFG "keepalive": how long a client may be silent (QMT §3.3.1).

use crate::limits;

/// Longest silence of a client in seconds, 0..=3600 (QMT §3.3.1 "keepalive", `<keep-alive_time>` 0).
/// The server drops a client that is silent for one and a half times as long.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct KeepAlive(u16);

impl KeepAlive {
    /// 120 s.
    pub const DEFAULT: Self = Self(limits::DEFAULT_KEEP_ALIVE_S);
    /// 0: the client may be silent for ever.
    pub const NEVER: Self = Self(0);

    /// `seconds`, if that is 0..=3600.
    pub const fn new(seconds: u16) -> Option<Self> {
        if seconds <= limits::KEEP_ALIVE_S {
            Some(Self(seconds))
        } else {
            None
        }
    }

    /// The number on the line.
    pub const fn seconds(self) -> u16 {
        self.0
    }
}

impl Default for KeepAlive {
    fn default() -> Self {
        Self::DEFAULT
    }
}
