//! When a fault strikes.

use qmt_proto::Instant;

use super::Fault;

/// Which way bytes go on the serial line.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a line has two ends")]
pub enum Direction {
    /// From the host to the module.
    FromHost,
    /// From the module to the host.
    ToHost,
}

/// A fault, when it strikes, and how often.
///
/// Once its time has come a fault waits for its [`Place`](super::Place): a lost prompt for the next
/// prompt, for example.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the caller sets it up")]
pub struct Plan {
    /// What happens.
    pub fault: Fault,
    /// When.
    pub trigger: Trigger,
    /// How often at most, at consecutive places once its time has come.
    pub times: u32,
    /// The direction whose bytes count and, with a fault of the line, suffer; `None` for both.
    pub direction: Option<Direction>,
}

/// When the time of a fault has come.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Trigger {
    /// At this time.
    At(Instant),
    /// With the host's command line of this number, the first being 1: when its CR is there,
    /// before it is carried out.
    Command(u64),
    /// With the byte of this number, the first being 1.
    Byte(u64),
    /// At every place, with this chance in a million. A fault that happens by itself has its
    /// chance with every command line.
    Chance(u32),
}

impl Plan {
    /// `fault`, once.
    #[must_use]
    pub const fn once(fault: Fault, trigger: Trigger) -> Self {
        Self {
            fault,
            trigger,
            times: 1,
            direction: None,
        }
    }

    /// `fault` with a chance of `ppm` in a million at every place, without end.
    #[must_use]
    pub const fn chance(fault: Fault, ppm: u32) -> Self {
        Self {
            fault,
            trigger: Trigger::Chance(ppm),
            times: u32::MAX,
            direction: None,
        }
    }

    /// The same in one direction only.
    #[must_use]
    pub const fn toward(self, direction: Direction) -> Self {
        Self {
            direction: Some(direction),
            ..self
        }
    }

    /// Whether it is about bytes that go this way.
    pub(crate) fn covers(&self, direction: Direction) -> bool {
        self.direction.is_none_or(|mine| mine == direction)
    }
}

impl Direction {
    /// 0 or 1.
    pub(crate) const fn index(self) -> usize {
        match self {
            Self::FromHost => 0,
            Self::ToHost => 1,
        }
    }
}
