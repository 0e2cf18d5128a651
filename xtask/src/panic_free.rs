//! `cargo xtask panic-free`: no input can make at-syntax or qmt-proto panic, shown by linking.
//!
//! The probe's panic handler calls a function that nobody has. Where the optimizer finds that no
//! panic can happen, the handler goes and the name with it; where one is left, the name shows in
//! the library. A planted panic must show, or the probe proves nothing.

use std::{fs, path::Path};

use crate::{command::Command, failure::Failure, workspace::Workspace};

const PROBE: &str = "xtask/panic-free-probe";
const LIBRARY: &str = "libpanic_free_probe.a";
/// What the panic handler calls, and a function that must be there in any case.
const FORBIDDEN: &[u8] = b"qmt_panic_must_not_be_linked";
const PRESENT: &[u8] = b"probe_frames";
/// For speed and for size.
const PROFILES: [&str; 2] = ["release", "small"];

/// Builds the probe for speed and for size, then shows that it can fail.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let target_dir = workspace.target_dir().join("panic-free-probe");
    for profile in PROFILES {
        let command = build(&target_dir, profile);
        command.run()?;
        if has_panic(&target_dir, profile)? {
            let message = format!("something may panic, built with the profile {profile}");
            return Err(Failure::new(message).with_repeat(command));
        }
        println!("panic-free profile={profile} symbols=0");

        let command = build(&target_dir, profile).args(["--features", "leak-panic"]);
        command.run()?;
        if !has_panic(&target_dir, profile)? {
            let message = "the probe does not notice a planted panic: it proves nothing";
            return Err(Failure::new(message).with_repeat(command));
        }
    }
    Ok(())
}

fn build(target_dir: &Path, profile: &str) -> Command {
    Command::cargo(["build", "--quiet", "--profile", profile, "--manifest-path"])
        .args([format!("{PROBE}/Cargo.toml")])
        .args(["--target-dir".to_owned(), target_dir.display().to_string()])
}

/// Whether the library names what it must not.
fn has_panic(target_dir: &Path, profile: &str) -> Result<bool, Failure> {
    let path = target_dir.join(profile).join(LIBRARY);
    let library = fs::read(&path)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
    if !contains(&library, PRESENT) {
        return Err(Failure::new("the probe's functions are not in its library"));
    }
    Ok(contains(&library, FORBIDDEN))
}

/// The names are in the library as they are: its tables of symbols are plain text.
fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|part| part == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_anywhere_and_no_other() {
        assert!(contains(b"\0a\0name\0", b"name"));
        assert!(!contains(b"\0a\0nam\0e", b"name"));
        assert!(!contains(b"", b"name"));
    }
}
