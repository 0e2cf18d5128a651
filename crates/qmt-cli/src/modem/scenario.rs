//! Scenario files: what a module is like, what goes wrong, and what happens when, in TOML.

use core::time::Duration;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use qmt_broker::FaultRule;
use qmt_modem::{Direction, Fault, Plan, Profile, Quirks, Trigger};
use qmt_proto::Instant;
use serde::Deserialize;

use super::control::Action;
use super::fault::ppm;
use crate::error::CliError;
use crate::exit::Exit;

/// A scenario. What the command line says comes before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Scenario {
    pub(super) quirks: Option<Quirks>,
    pub(super) seed: Option<u64>,
    pub(super) signal: Option<u8>,
    pub(super) plans: Vec<Plan>,
    pub(super) broker: Vec<FaultRule>,
    /// In the order of the file.
    pub(super) events: Vec<(Duration, Action)>,
}

/// The file, as serde reads it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    profile: Option<String>,
    seed: Option<u64>,
    signal: Option<u8>,
    #[serde(default)]
    quirks: BTreeMap<String, String>,
    #[serde(default)]
    fault: Vec<FaultEntry>,
    #[serde(default)]
    broker_fault: Vec<String>,
    #[serde(default)]
    event: Vec<EventEntry>,
}

/// `[[fault]]`: a name with its number, and at most one of `at_ms`, `at_command`, `at_byte` and
/// `chance`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultEntry {
    name: String,
    at_ms: Option<u64>,
    at_command: Option<u64>,
    at_byte: Option<u64>,
    chance: Option<f64>,
    times: Option<u32>,
    direction: Option<Way>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Way {
    FromHost,
    ToHost,
}

/// `[[event]]`: a time, and what the control socket could be told.
#[derive(Deserialize)]
struct EventEntry {
    at_ms: u64,
    #[serde(flatten)]
    action: Action,
}

impl Scenario {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| CliError::io(format!("cannot read {}", path.display()), &error))?;
        Self::parse(&text).map_err(|why| {
            let what = format!("{}: {why}", path.display());
            CliError::new(Exit::USAGE, what.trim_end(), "see docs/virtual-modem.md")
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut quirks = None;
        if file.profile.is_some() || !file.quirks.is_empty() {
            let profile = file.profile.as_deref().unwrap_or("note");
            let profile: Profile = profile
                .parse()
                .map_err(|_| format!("no profile {profile}"))?;
            let mut set = profile.quirks();
            for (name, value) in &file.quirks {
                set.set(name, value)
                    .map_err(|error| format!("quirk {name}: {error}"))?;
            }
            quirks = Some(set);
        }
        let rule = |rule: &String| rule.parse().map_err(|error| format!("{rule}: {error}"));
        Ok(Self {
            quirks,
            seed: file.seed,
            signal: file.signal,
            plans: file
                .fault
                .iter()
                .map(FaultEntry::plan)
                .collect::<Result<_, _>>()?,
            broker: file
                .broker_fault
                .iter()
                .map(rule)
                .collect::<Result<_, _>>()?,
            events: file
                .event
                .into_iter()
                .map(|entry| (Duration::from_millis(entry.at_ms), entry.action))
                .collect(),
        })
    }
}

impl FaultEntry {
    fn plan(&self) -> Result<Plan, String> {
        let fault: Fault = self
            .name
            .parse()
            .map_err(|error| format!("{}: {error}", self.name))?;
        let mut plan = match (self.at_ms, self.at_command, self.at_byte, self.chance) {
            (None, None, None, None) => Plan::once(fault, Trigger::At(Instant::ZERO)),
            (Some(ms), None, None, None) => {
                Plan::once(fault, Trigger::At(Instant::from_millis(ms)))
            }
            (None, Some(number), None, None) => Plan::once(fault, Trigger::Command(number)),
            (None, None, Some(number), None) => Plan::once(fault, Trigger::Byte(number)),
            (None, None, None, Some(chance)) => {
                let ppm =
                    ppm(chance).ok_or_else(|| format!("{}: a chance is 0 to 1", self.name))?;
                Plan::chance(fault, ppm)
            }
            _ => {
                return Err(format!(
                    "{}: one of at_ms, at_command, at_byte, chance",
                    self.name
                ));
            }
        };
        plan.times = self.times.unwrap_or(plan.times);
        plan.direction = self.direction.map(|way| match way {
            Way::FromHost => Direction::FromHost,
            Way::ToHost => Direction::ToHost,
        });
        Ok(plan)
    }
}

/// Where a scenario comes from.
pub(super) fn read(path: Option<&PathBuf>) -> Result<Scenario, CliError> {
    path.map_or_else(|| Ok(Scenario::default()), |path| Scenario::read(path))
}

#[cfg(test)]
mod tests {
    use qmt_modem::FaultKind;

    use super::*;

    #[test]
    fn a_whole_scenario_is_read() {
        let text = r#"
            profile = "observed"
            seed = 7
            signal = 12
            broker_fault = ["lose@PUBACK#2"]

            [quirks]
            prompt = "line"

            [[fault]]
            name = "lost_prompt"
            at_command = 5

            [[fault]]
            name = "flip:8"
            chance = 0.001
            times = 3
            direction = "from_host"

            [[event]]
            at_ms = 5000
            do = "line"
            line = "+QMTSTAT: 0,1"

            [[event]]
            at_ms = 6000
            do = "reboot"
        "#;
        let scenario = Scenario::parse(text).unwrap();
        let mut quirks = Profile::Observed.quirks();
        quirks.set("prompt", "line").unwrap();
        assert_eq!(scenario.quirks, Some(quirks));
        assert_eq!((scenario.seed, scenario.signal), (Some(7), Some(12)));
        let flip = Plan {
            times: 3,
            direction: Some(Direction::FromHost),
            ..Plan::chance(Fault::new(FaultKind::Flip).with(8), 1_000)
        };
        let prompt = Plan::once(Fault::new(FaultKind::LostPrompt), Trigger::Command(5));
        assert_eq!(scenario.plans, [prompt, flip]);
        assert_eq!(scenario.broker, ["lose@PUBACK#2".parse().unwrap()]);
        assert_eq!(scenario.events.len(), 2);
        assert_eq!(scenario.events[1].0, Duration::from_secs(6));
    }

    #[test]
    fn what_is_wrong_with_a_scenario_is_said() {
        for (text, words) in [
            ("sead = 1", "sead"),
            ("profile = \"x\"", "no profile x"),
            ("quirks.prompt = \"x\"", "quirk prompt"),
            ("fault = [{name = \"x\"}]", "x: no fault has this name"),
            (
                "fault = [{name = \"drop\", at_ms = 1, at_byte = 1}]",
                "one of at_ms",
            ),
            (
                "fault = [{name = \"drop\", chance = 2.0}]",
                "a chance is 0 to 1",
            ),
            ("broker_fault = [\"x\"]", "x: no fault of a broker"),
            ("event = [{at_ms = 1, do = \"dance\"}]", "dance"),
        ] {
            let why = Scenario::parse(text).unwrap_err();
            assert!(why.contains(words), "{text}: {why}");
        }
    }
}
