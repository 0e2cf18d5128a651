//! Faults: what goes wrong with a module and its line, when, and how often it did.
//!
//! A [`Fault`] has a name and a number, a [`Plan`] says when it strikes. Plans for
//! [`Place::Line`] belong to a [`Wire`](crate::Wire), all others to a [`Modem`](crate::Modem);
//! each leaves alone what is not its own. Everything follows from the plans, their seed and the
//! input: the same again gives the same bytes again.

use core::fmt;
use core::str::FromStr;

mod act;
mod dice;
mod hostile;
mod kind;
mod plan;
mod reply;
mod schedule;

pub use kind::{FaultKind, Parameter, Place};
pub use plan::{Direction, Plan, Trigger};
pub use schedule::FaultCounts;

pub(crate) use act::Condition;
pub(crate) use dice::Dice;
pub(crate) use reply::Fate;
pub(crate) use schedule::Schedule;

/// A fault with its number.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Fault {
    kind: FaultKind,
    value: u64,
}

/// Why a text names no fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FaultError {
    /// There is no fault of that name. [`FaultKind::ALL`] has them.
    UnknownName,
    /// What follows the colon is no number.
    NoNumber,
    /// The fault has no number.
    UnwantedNumber,
}

impl Fault {
    /// A fault with its default number.
    #[must_use]
    pub const fn new(kind: FaultKind) -> Self {
        let value = match kind.parameter() {
            Some(parameter) => parameter.default(),
            None => 0,
        };
        Self { kind, value }
    }

    /// The same with another number; a fault without one ignores it.
    #[must_use]
    pub const fn with(self, value: u64) -> Self {
        Self {
            kind: self.kind,
            value,
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }

    /// Its number; 0 when it has none.
    #[must_use]
    pub const fn value(&self) -> u64 {
        self.value
    }
}

/// `NAME[:NUMBER]`
impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (name, number) = match text.split_once(':') {
            Some((name, number)) => (name, Some(number)),
            None => (text, None),
        };
        let kind = FaultKind::find(name).ok_or(FaultError::UnknownName)?;
        let fault = Self::new(kind);
        match number {
            None => Ok(fault),
            Some(_) if kind.parameter().is_none() => Err(FaultError::UnwantedNumber),
            Some(number) => {
                let value = number.parse().map_err(|_| FaultError::NoNumber)?;
                Ok(fault.with(value))
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        match self.kind.parameter() {
            Some(_) => write!(f, ":{}", self.value),
            None => Ok(()),
        }
    }
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownName => "no fault has this name",
            Self::NoNumber => "a whole number must follow the colon",
            Self::UnwantedNumber => "this fault takes no number",
        })
    }
}

impl core::error::Error for FaultError {}

#[cfg(test)]
mod tests;
