//! Campaigns too long for every change: a test runs a share of them.

use std::env;
use std::process::Command;

/// The share of a campaign that a test runs.
///
/// `QMT_SIM_SHARE=all` runs all of it, `QMT_SIM_SHARE=7` that share; with `QMT_SIM_SHARE=commit` the
/// name of the commit picks one, so that in time every share has its turn. Without it it is always
/// the same one: a change fails for what it does, not for its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Share {
    /// Everything.
    Whole,
    /// One case in so many; which, this number says.
    Part(usize),
}

impl Share {
    /// The share asked for, otherwise the first.
    ///
    /// # Panics
    /// When what was asked for is not a share.
    pub fn asked_for() -> Self {
        match env::var("QMT_SIM_SHARE").as_deref() {
            Err(_) => Self::Part(0),
            Ok("all") => Self::Whole,
            Ok("commit") => Self::Part(commit().expect("QMT_SIM_SHARE=commit: in a repository")),
            Ok(number) => Self::Part(
                number
                    .parse()
                    .expect("QMT_SIM_SHARE: all, commit or a number"),
            ),
        }
    }

    /// The numbers below `total` in this share, one in `every`.
    pub fn of(self, total: usize, every: usize) -> impl Iterator<Item = usize> {
        let (first, step) = match self {
            Self::Whole => (0, 1),
            Self::Part(number) => (number % every, every),
        };
        (first..total).step_by(step)
    }
}

/// The first digits of the name of the commit.
fn commit() -> Option<usize> {
    let asked = Command::new("git").args(["rev-parse", "HEAD"]).output();
    let name = String::from_utf8(asked.ok()?.stdout).ok()?;
    usize::from_str_radix(name.get(..7)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_together_are_the_whole() {
        let mut parts: Vec<usize> = (100..107)
            .flat_map(|number| Share::Part(number).of(50, 7))
            .collect();
        parts.sort_unstable();
        assert_eq!(parts, Share::Whole.of(50, 7).collect::<Vec<_>>());
        assert_eq!(parts, (0..50).collect::<Vec<_>>());
    }
}
