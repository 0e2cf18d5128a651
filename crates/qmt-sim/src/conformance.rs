//! Mosquitto's packet sequences of MQTT 3.1 and 3.1.1: what the virtual module's client, the
//! receiver under it, and the loopback broker make of them.
//!
//! The sequences are not part of this project: a folder with `lib/` (for clients) and `broker/`
//! is given to [`run`]. The runner is our own. Every case runs twice, in whole packets and in
//! single bytes, which must come to the same end.

mod broker;
mod module;
mod receiver;
mod script;

use core::fmt;
use std::io;
use std::path::Path;

use qmt_mqtt::Level;
use script::Case;

/// How one end did.
#[derive(Debug)]
pub struct Score {
    /// Who was tried.
    pub end: &'static str,
    /// Cases tried.
    pub cases: usize,
    /// Cases passed.
    pub passed: usize,
    /// The others.
    pub failed: Vec<Failed>,
    /// How many cases there are to be, and how many of them are to fail.
    expected: (usize, usize),
}

/// A case that ended otherwise than its author wants.
#[derive(Debug)]
pub struct Failed {
    /// File, group and name.
    pub case: String,
    /// What happened.
    pub what: String,
    /// Why that is right all the same; `None`: it is wrong.
    pub why: Option<&'static str>,
}

/// A case that is to fail: file, name, and what decides it.
type Exception = (&'static str, &'static str, &'static str);

/// Tries all three ends.
///
/// # Errors
/// When the files cannot be read.
pub fn run(folder: &Path) -> io::Result<[Score; 3]> {
    let client = script::read_folder(&folder.join("lib"))?;
    let broker = script::read_folder(&folder.join("broker"))?;
    Ok([
        Score::of("virtual module", &client, 326, &[], module::play),
        Score::of("receiver of a client", &client, 326, &[], receiver::play),
        Score::of(
            "loopback broker",
            &broker,
            314,
            &broker::EXCEPTIONS,
            broker::play,
        ),
    ])
}

impl Score {
    /// Plays every case, with input in whole packets and in single bytes.
    fn of(
        end: &'static str,
        cases: &[Case],
        expected: usize,
        exceptions: &[Exception],
        play: fn(&Case, usize) -> Result<(), String>,
    ) -> Self {
        let mut failed = Vec::new();
        for case in cases {
            let [whole, bytewise] = [usize::MAX, 1].map(|chunk| play(case, chunk));
            let what = match (whole, bytewise) {
                (Ok(()), Ok(())) => continue,
                (Err(what), Err(_)) => what,
                (Ok(()), Err(what)) => format!("in single bytes only: {what}"),
                (Err(what), Ok(())) => format!("in whole packets only: {what}"),
            };
            let known = exceptions
                .iter()
                .find(|known| known.0 == case.file && known.1 == case.name);
            failed.push(Failed {
                case: format!("{} / {} / {}", case.file, case.group, case.name),
                what,
                why: known.map(|known| known.2),
            });
        }
        Self {
            end,
            cases: cases.len(),
            passed: cases.len() - failed.len(),
            failed,
            expected: (expected, exceptions.len()),
        }
    }

    /// Whether all cases are there, and exactly those failed that are to fail.
    #[must_use]
    pub fn is_as_expected(&self) -> bool {
        (self.cases, self.failed.len()) == self.expected
            && self.failed.iter().all(|failed| failed.why.is_some())
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            end, cases, passed, ..
        } = self;
        write!(f, "{end}: {passed} of {cases} sequences")?;
        for failed in &self.failed {
            write!(f, "\n  {}: {}", failed.case, failed.what)?;
            write!(f, "\n    {}", failed.why.unwrap_or("NOT EXPECTED"))?;
        }
        if self.cases != self.expected.0 {
            write!(f, "\n  {} sequences are to be there", self.expected.0)?;
        }
        Ok(())
    }
}

const fn level_of(case: &Case) -> Level {
    match case.level {
        3 => Level::V31,
        _ => Level::V311,
    }
}
