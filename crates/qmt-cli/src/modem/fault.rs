//! `--fault` and `--list-faults`: what goes wrong with the module and its line, and when.

use core::fmt::Write;
use core::str::FromStr;

use qmt_broker::Fault as BrokerFault;
use qmt_modem::{Direction, Fault, FaultError, FaultKind, Place, Plan, Trigger};
use qmt_proto::Instant;

use crate::lang::{padded, tr};

/// `NAME[:NUMBER][@WHEN]`: a fault, and when its time comes.
///
/// `WHEN` is `5000ms` after the start, `command:3` at the third command line, `host_byte:200` at
/// the 200th byte from the host and `module_byte:200` at the 200th to it, or `2.5%` at every place
/// by chance; without it the fault waits for the first place it finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Planned(pub(super) Plan);

/// Why a text plans no fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PlanError {
    Fault(FaultError),
    When,
}

impl FromStr for Planned {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let (fault, when) = match text.split_once('@') {
            Some((fault, when)) => (fault, Some(when)),
            None => (text, None),
        };
        let fault: Fault = fault.parse().map_err(PlanError::Fault)?;
        let Some(when) = when else {
            return Ok(Self(Plan::once(fault, Trigger::At(Instant::ZERO))));
        };
        let count = |text: &str| text.parse::<u64>().ok().filter(|count| *count > 0);
        let plan = if let Some(ms) = when.strip_suffix("ms") {
            let ms = ms.parse().ok();
            ms.map(|ms| Plan::once(fault, Trigger::At(Instant::from_millis(ms))))
        } else if let Some(percent) = when.strip_suffix('%') {
            chance(percent).map(|ppm| Plan::chance(fault, ppm))
        } else if let Some(number) = when.strip_prefix("command:") {
            count(number).map(|number| Plan::once(fault, Trigger::Command(number)))
        } else if let Some(number) = when.strip_prefix("host_byte:") {
            let plan = |number| Plan::once(fault, Trigger::Byte(number));
            count(number).map(|number| plan(number).toward(Direction::FromHost))
        } else if let Some(number) = when.strip_prefix("module_byte:") {
            let plan = |number| Plan::once(fault, Trigger::Byte(number));
            count(number).map(|number| plan(number).toward(Direction::ToHost))
        } else {
            None
        };
        plan.map(Self).ok_or(PlanError::When)
    }
}

/// Percent as parts in a million.
fn chance(percent: &str) -> Option<u32> {
    let percent: f64 = percent.parse().ok()?;
    ppm(percent / 100.0)
}

/// A chance between 0 and 1 as parts in a million.
pub(super) fn ppm(chance: f64) -> Option<u32> {
    let million = 1e6;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and a million"
    )]
    (0.0..=1.0)
        .contains(&chance)
        .then(|| (chance * million).round() as u32)
}

impl core::fmt::Display for PlanError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Fault(error) => write!(f, "{error}; see --list-faults"),
            Self::When => f.write_str(
                "behind @ comes 5000ms, command:3, host_byte:200, module_byte:200 or 2.5%",
            ),
        }
    }
}

impl core::error::Error for PlanError {}

/// Every fault of the module, of its line and of the loopback broker.
pub(super) fn list() -> String {
    let mut text =
        String::from("--fault NAME[:NUMBER][@5000ms|@command:N|@host_byte:N|@module_byte:N|@P%]\n");
    // Writing to a string cannot fail.
    for kind in FaultKind::ALL {
        let name = match kind.parameter() {
            Some(parameter) => format!(
                "{}:{}={}",
                kind.name(),
                parameter.meaning().to_uppercase(),
                parameter.default()
            ),
            None => kind.name().to_owned(),
        };
        let place = match kind.place() {
            Place::Line => "line",
            Place::Command => "command",
            Place::Setting => "setting",
            Place::Prompt => "prompt",
            Place::Final => "final result",
            Place::Result => "result",
            Place::Report => "report",
            _ => "module",
        };
        let _ = writeln!(
            text,
            "  {name:<28} {} {} [{}]",
            padded(&tr(place), 13),
            tr(kind.text()),
            kind.source()
        );
    }
    text.push_str("--broker-fault NAME[:PARAM][@PACKET][#N|#N+|%P]\n");
    for (name, does) in BrokerFault::NAMES {
        let _ = writeln!(text, "  {name:<28} {}", tr(does));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_of_a_fault_is_understood() {
        let plan = |text: &str| text.parse::<Planned>().map(|planned| planned.0);
        let prompt = Fault::new(FaultKind::LostPrompt);
        let drop = Fault::new(FaultKind::Drop).with(3);
        for (text, expected) in [
            (
                "lost_prompt",
                Plan::once(prompt, Trigger::At(Instant::ZERO)),
            ),
            (
                "lost_prompt@5000ms",
                Plan::once(prompt, Trigger::At(Instant::from_millis(5_000))),
            ),
            (
                "lost_prompt@command:3",
                Plan::once(prompt, Trigger::Command(3)),
            ),
            (
                "drop:3@host_byte:200",
                Plan::once(drop, Trigger::Byte(200)).toward(Direction::FromHost),
            ),
            (
                "drop:3@module_byte:9",
                Plan::once(drop, Trigger::Byte(9)).toward(Direction::ToHost),
            ),
            ("drop:3@2.5%", Plan::chance(drop, 25_000)),
        ] {
            assert_eq!(plan(text), Ok(expected), "{text}");
        }
        for text in [
            "drop@",
            "drop@ms",
            "drop@host_byte:0",
            "drop@101%",
            "drop@-1%",
            "drop@NaN%",
            "drop@soon",
        ] {
            assert_eq!(plan(text), Err(PlanError::When), "{text}");
        }
        assert_eq!(plan("no"), Err(PlanError::Fault(FaultError::UnknownName)));
    }
}
