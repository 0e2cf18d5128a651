//! Scenarios from text: files that repeat a run.

use core::str::{FromStr, SplitWhitespace};

use qmt_modem::Quirks;

use super::scenario::ERRORS;
use super::{Body, Row, Scenario, Step, Strike};
use crate::{Ambush, Change, Side};

/// Reads what the `Display` of a [`Scenario`] writes. Blank lines and those that begin with `#` are
/// left out.
///
/// # Errors
/// The first line that is none of a scenario.
pub fn parse(text: &str) -> Result<Scenario, String> {
    let mut scenario = Scenario {
        seed: 0,
        links: 1,
        hex: 0,
        baud: 0,
        chunk: 64,
        delay: 0,
        booted: true,
        quirks: Quirks::NOTE,
        steps: Vec::new(),
    };
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = Words(line.split_whitespace());
        let read = words.setting(&mut scenario).or_else(|| {
            let step = Words(line.split_whitespace()).step()?;
            scenario.steps.push(step);
            Some(())
        });
        read.ok_or_else(|| format!("not a line of a scenario: {line}"))?;
    }
    Ok(scenario)
}

struct Words<'t>(SplitWhitespace<'t>);

impl Words<'_> {
    fn value<T: FromStr>(&mut self) -> Option<T> {
        self.0.next()?.parse().ok()
    }

    /// A line that is no step.
    fn setting(&mut self, scenario: &mut Scenario) -> Option<()> {
        match self.0.next()? {
            "seed" => scenario.seed = self.value()?,
            "links" => scenario.links = self.value().filter(|links| (1..=5).contains(links))?,
            "hex" => scenario.hex = self.value()?,
            "baud" => scenario.baud = self.value()?,
            "chunk" => scenario.chunk = self.value()?,
            "delay" => scenario.delay = self.value()?,
            "booted" => scenario.booted = self.value()?,
            "quirk" => {
                let (name, value) = (self.0.next()?, self.0.next()?);
                scenario.quirks.set(name, value).ok()?;
            }
            _ => return None,
        }
        Some(())
    }

    fn step(&mut self) -> Option<Step> {
        Some(match self.0.next()? {
            "publish" => Step::Publish {
                link: self.value()?,
                qos: self.value()?,
                len: self.value()?,
            },
            "enqueue" => Step::Enqueue {
                link: self.value()?,
                len: self.value()?,
            },
            "subscribe" => Step::Subscribe {
                link: self.value()?,
                filter: self.value()?,
                qos: self.value()?,
            },
            "unsubscribe" => Step::Unsubscribe {
                link: self.value()?,
                filter: self.value()?,
            },
            "reopen" => Step::Reopen {
                link: self.value()?,
            },
            "tell" => Step::Tell {
                link: self.value()?,
                qos: self.value()?,
                body: self.body()?,
            },
            "drop" => Step::Drop {
                link: self.value()?,
            },
            "wait" => Step::Wait(self.value()?),
            row => Step::Strike(Row::find(row)?, self.strike()?),
        })
    }

    fn body(&mut self) -> Option<Body> {
        Some(match self.0.next()? {
            "bytes" => Body::Bytes(self.value()?),
            "hostile" => Body::Hostile(self.value()?),
            "prompt" => Body::Prompt,
            "binary" => Body::Binary,
            _ => return None,
        })
    }

    fn strike(&mut self) -> Option<Strike> {
        Some(match self.0.next()? {
            "module" => Strike::Module(self.value()?),
            "broker" => {
                let rules: Result<_, _> = self.0.by_ref().map(str::parse).collect();
                Strike::Broker(rules.ok()?)
            }
            "message" => Strike::Message(self.value()?, self.body()?),
            "byte" => Strike::Byte(self.side()?, self.value()?, self.change()?),
            "payload" => Strike::PayloadByte(self.side()?, self.value()?, self.change()?),
            "digit" => Strike::Ambush(self.side()?, Ambush::Digit(self.value()?)),
            "meaning" => Strike::Ambush(self.side()?, Ambush::Meaning),
            "error" => {
                let name = self.0.next()?;
                let (_, error) = ERRORS.iter().find(|(known, _)| *known == name)?;
                Strike::Error(*error, self.value()?, self.value()?)
            }
            "noise" => Strike::Noise(unhex(self.0.next()?)?),
            "stall" => Strike::Stall(self.side()?, self.value()?, self.value()?),
            "stall_payload" => Strike::StallPayload(self.value()?, self.value()?),
            "takeover" => Strike::Takeover(self.value()?),
            "forget" => Strike::Forget,
            "power_loss" => Strike::PowerLoss,
            "away" => Strike::Away(self.value()?),
            "line_feed" => Strike::LineFeed(self.value()?),
            _ => return None,
        })
    }

    fn side(&mut self) -> Option<Side> {
        match self.0.next()? {
            "to_module" => Some(Side::Module),
            "to_host" => Some(Side::Host),
            _ => None,
        }
    }

    fn change(&mut self) -> Option<Change> {
        Some(match self.0.next()? {
            "drop" => Change::Drop,
            "duplicate" => Change::Duplicate,
            "flip" => Change::Flip(self.value()?),
            "insert" => Change::Insert(self.value()?),
            _ => return None,
        })
    }
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::{Mode, generate};

    #[test]
    fn every_scenario_reads_back_as_it_is_written() {
        for seed in 0..40 {
            let scenario = generate(seed, Mode::Safety, None);
            assert_eq!(parse(&scenario.to_string()).as_ref(), Ok(&scenario));
        }
    }

    #[test]
    fn what_is_no_line_of_a_scenario_is_shown() {
        let error = parse("seed 1\npublish 0 1\n").unwrap_err();
        assert!(error.ends_with("publish 0 1"), "{error}");
        assert!(parse("W99 forget").is_err());
    }
}
