//! QMTCFG "timeout": how long to wait for an acknowledgement (QMT §3.3.1).

use core::time::Duration;

use at_syntax::{Args, Writer};

use crate::command::{flag, optional};
use crate::{DecodeError, limits};

/// How long to wait and how often to try (QMT §3.3.1 `<pkttimeout>`, `<retry_times>`,
/// `<timeout_notice>` 0..=1), as it is in the module.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PacketTimeout {
    pkt_timeout: u8,
    retry_times: u8,
    notice: bool,
}

/// A change of [`PacketTimeout`]; what is `None` stays as it is (QMT §3.1.1 optional).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TimeoutUpdate {
    pkt_timeout: Option<u8>,
    retry_times: Option<u8>,
    notice: Option<bool>,
}

impl PacketTimeout {
    /// 30 s, no retry, no notice (QMT §3.3.1).
    pub const DEFAULT: Self = Self {
        pkt_timeout: limits::DEFAULT_PKT_TIMEOUT_S,
        retry_times: 0,
        notice: false,
    };

    /// Waits `pkt_timeout` seconds, 1..=60, for an acknowledgement and sends again up to
    /// `retry_times` times, 0..=10; `notice` reports each time.
    pub const fn new(pkt_timeout: u8, retry_times: u8, notice: bool) -> Option<Self> {
        let range = limits::PKT_TIMEOUT_S;
        if pkt_timeout < *range.start()
            || pkt_timeout > *range.end()
            || retry_times > limits::RETRY_TIMES
        {
            return None;
        }
        Some(Self {
            pkt_timeout,
            retry_times,
            notice,
        })
    }

    /// `<pkttimeout>` in seconds.
    pub const fn pkt_timeout_s(self) -> u8 {
        self.pkt_timeout
    }

    /// `<retry_times>`.
    pub const fn retry_times(self) -> u8 {
        self.retry_times
    }

    /// `<timeout_notice>`.
    pub const fn notice(self) -> bool {
        self.notice
    }

    /// Longest time until a packet has been acknowledged or has failed (QMT §3.3.1 note 3):
    /// `pkttimeout x (retry_times + 1)`, at most 660 s.
    pub const fn max_wait(self) -> Duration {
        Duration::from_secs(self.pkt_timeout as u64 * (self.retry_times as u64 + 1))
    }
}

impl Default for PacketTimeout {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl TimeoutUpdate {
    /// `current` with the changes.
    pub fn apply(self, current: PacketTimeout) -> PacketTimeout {
        PacketTimeout {
            pkt_timeout: self.pkt_timeout.unwrap_or(current.pkt_timeout),
            retry_times: self.retry_times.unwrap_or(current.retry_times),
            notice: self.notice.unwrap_or(current.notice),
        }
    }

    pub(super) fn parse(args: &mut Args<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            pkt_timeout: optional(args, "pkttimeout", |seconds| {
                u8::try_from(seconds)
                    .ok()
                    .filter(|s| limits::PKT_TIMEOUT_S.contains(s))
            })?,
            retry_times: optional(args, "retry_times", |times| {
                u8::try_from(times)
                    .ok()
                    .filter(|t| *t <= limits::RETRY_TIMES)
            })?,
            notice: optional(args, "timeout_notice", flag)?,
        })
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) {
        let values = [
            self.pkt_timeout,
            self.retry_times,
            self.notice.map(u8::from),
        ];
        let last = values.iter().rposition(Option::is_some).unwrap_or(0);
        for value in values.into_iter().take(last + 1) {
            match value {
                Some(value) => out.int(value),
                None => out.bare(b""),
            };
        }
    }
}

impl From<PacketTimeout> for TimeoutUpdate {
    fn from(timeout: PacketTimeout) -> Self {
        Self {
            pkt_timeout: Some(timeout.pkt_timeout),
            retry_times: Some(timeout.retry_times),
            notice: Some(timeout.notice),
        }
    }
}
