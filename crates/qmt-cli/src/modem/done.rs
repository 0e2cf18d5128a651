//! `--exit-when`: what a test waits for, and whether it has happened.

use core::fmt;
use core::str::FromStr;

use qmt_modem::Usage;

/// Something that comes true while hosts use the modules. Counts are over all modules.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Condition {
    /// `hang-up`: every host has closed its line.
    HangUp,
    /// `commands=N`: so many command lines were answered.
    Commands(u64),
    /// `connected=N`: so many CONNECTs were accepted.
    Connected(u64),
    /// `subscribed=N`: so many topics were granted.
    Subscribed(u64),
    /// `published=N`: so many publishes ended with result 0.
    Published(u64),
    /// `received=N`: so many messages were given to hosts.
    Received(u64),
    /// `disconnected=N`: so many QMTDISCs ended with result 0.
    Disconnected(u64),
    /// `shown=CODE`: a host was shown this code, for example `+QMTSTAT 2`.
    Shown(String),
    /// `coverage=P`: so many percent of the note's command forms were answered `OK`.
    Coverage(u8),
}

/// What the text of a condition reads like.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConditionError;

impl Condition {
    /// Whether it is true. `hung_up`: every host has closed its line.
    pub(super) fn is_met(&self, usage: &Usage, hung_up: bool) -> bool {
        match self {
            Self::HangUp => hung_up,
            Self::Commands(wanted)
            | Self::Connected(wanted)
            | Self::Subscribed(wanted)
            | Self::Published(wanted)
            | Self::Received(wanted)
            | Self::Disconnected(wanted) => self.count(usage) >= *wanted,
            Self::Shown(code) => usage.code(code) > 0,
            Self::Coverage(percent) => {
                usage.covered() * 100 >= usize::from(*percent) * Usage::FORMS.len()
            }
        }
    }

    /// How far it has come, for conditions that count.
    fn count(&self, usage: &Usage) -> u64 {
        let codes: &[&str] = match self {
            Self::Commands(_) => return usage.commands(),
            Self::Coverage(_) => return usage.covered() as u64,
            Self::Connected(_) => &["+QMTCONN 0,0"],
            Self::Subscribed(_) => &["+QMTSUB 0,0", "+QMTSUB 0,1", "+QMTSUB 0,2"],
            Self::Published(_) => &["+QMTPUB 0"],
            Self::Received(_) => &["+QMTRECV"],
            Self::Disconnected(_) => &["+QMTDISC 0"],
            Self::HangUp | Self::Shown(_) => &[],
        };
        codes.iter().map(|code| usage.code(code)).sum()
    }

    /// What is wrong when it is not met, in words.
    pub(super) fn shortfall(&self, usage: &Usage) -> String {
        match self {
            Self::HangUp => "no hang-up".to_owned(),
            Self::Shown(code) => format!("{code} was not shown"),
            Self::Coverage(_) => {
                let forms = Usage::FORMS.len();
                format!("{self}: {} of {forms} forms", usage.covered())
            }
            _ => format!("{self}: {}", self.count(usage)),
        }
    }
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        if text == "hang-up" {
            return Ok(Self::HangUp);
        }
        let (name, value) = text.split_once('=').ok_or(ConditionError)?;
        let count = value.parse::<u64>().ok().filter(|count| *count > 0);
        let count = count.ok_or(ConditionError);
        Ok(match name {
            "commands" => Self::Commands(count?),
            "connected" => Self::Connected(count?),
            "subscribed" => Self::Subscribed(count?),
            "published" => Self::Published(count?),
            "received" => Self::Received(count?),
            "disconnected" => Self::Disconnected(count?),
            "shown" if !value.is_empty() => Self::Shown(value.to_owned()),
            "coverage" => match count? {
                percent @ 1..=100 => Self::Coverage(u8::try_from(percent).unwrap_or(100)),
                _ => return Err(ConditionError),
            },
            _ => return Err(ConditionError),
        })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HangUp => f.write_str("hang-up"),
            Self::Commands(count) => write!(f, "commands={count}"),
            Self::Connected(count) => write!(f, "connected={count}"),
            Self::Subscribed(count) => write!(f, "subscribed={count}"),
            Self::Published(count) => write!(f, "published={count}"),
            Self::Received(count) => write!(f, "received={count}"),
            Self::Disconnected(count) => write!(f, "disconnected={count}"),
            Self::Shown(code) => write!(f, "shown={code}"),
            Self::Coverage(percent) => write!(f, "coverage={percent}"),
        }
    }
}

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a condition is hang-up, shown=CODE, coverage=PERCENT, or commands, connected, \
             subscribed, published, received or disconnected with =COUNT",
        )
    }
}

impl core::error::Error for ConditionError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_read_back_as_they_are_written() {
        for text in [
            "hang-up",
            "commands=10",
            "connected=1",
            "subscribed=2",
            "published=3",
            "received=4",
            "disconnected=5",
            "shown=+QMTSTAT 2",
            "coverage=100",
        ] {
            let condition: Condition = text.parse().unwrap();
            assert_eq!(condition.to_string(), text);
            assert!(!condition.is_met(&Usage::default(), false), "{text}");
        }
        for text in [
            "",
            "hangup",
            "published",
            "published=0",
            "coverage=101",
            "shown=",
        ] {
            assert!(text.parse::<Condition>().is_err(), "{text}");
        }
    }
}
