//! `cargo xtask determinism`: the same seed is the same run, twice, and in a debug build.
//!
//! A campaign prints one number for everything that was sent and told in all its seeds, with the time
//! of each. It must not depend on the build, on the order in which seeds are taken up, or on chance.

use crate::{command::Command, failure::Failure};

/// Profiles in which everything runs: the first one twice.
const PROFILES: [&str; 3] = ["search", "search", "dev"];
/// Campaigns, and how many seeds of each: as many as a debug build runs in a minute.
const CAMPAIGNS: [(&str, u32); 2] = [("liveness", 1_000), ("safety", 30)];

/// Runs the campaigns in all builds and compares.
pub(crate) fn run() -> Result<(), Failure> {
    for (campaign, seeds) in CAMPAIGNS {
        let mut first = None;
        for profile in PROFILES {
            let command = Command::cargo(["run", "--quiet", "--profile", profile])
                .args(["--package", "qmt-sim", "--bin", "campaign", "--", campaign])
                .args(["--seeds".to_owned(), format!("0..{seeds}")]);
            let said = command.run_and_keep().map_err(|(_, failure)| failure)?;
            let hash = hash(&said)
                .ok_or_else(|| Failure::new("no hash at its end").with_repeat(&command))?;
            let expected = first.get_or_insert_with(|| hash.clone());
            if hash != *expected {
                let words = format!("{campaign}, {profile}: {hash} instead of {expected}");
                return Err(Failure::new(words).with_repeat(&command));
            }
        }
        let hash = first.unwrap_or_default();
        println!(
            "determinism campaign={campaign} seeds={seeds} runs={} hash={hash}",
            PROFILES.len()
        );
    }
    Ok(())
}

/// What the last line of a campaign says about all of it.
fn hash(said: &str) -> Option<String> {
    let (_, hash) = said.rsplit_once(" hash=")?;
    let digits: String = hash.chars().take_while(char::is_ascii_hexdigit).collect();
    (digits.len() == 16).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_hash_counts_and_half_of_one_does_not() {
        let said = "x hash=0000000000000001\nsim seeds=3 hash=00ff00ff00ff00ff\n";
        assert_eq!(hash(said).as_deref(), Some("00ff00ff00ff00ff"));
        assert_eq!(hash("sim hash=00ff"), None);
        assert_eq!(hash("sim"), None);
    }
}
