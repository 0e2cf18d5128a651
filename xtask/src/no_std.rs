//! `cargo xtask no-std`: the cores link without std and without a heap.
//!
//! The host's target is enough: a static library that is `no_std`, aborts on panic and brings its own
//! panic handler cannot be built as soon as any dependency links std or alloc. Whether the probe would
//! notice is part of the check: it is built twice more, each time with a planted leak.

use std::{fs, path::Path};

use crate::{command::Command, failure::Failure, workspace::Workspace};

const PROBE: &str = "xtask/no-std-probe";

/// A planted mistake and the words in the compiler's complaint.
const LEAKS: [(&str, &str); 2] = [
    ("leak-std", "panic_impl"),
    ("leak-alloc", "no global memory allocator"),
];

/// Builds the probe, then shows that it can fail.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let lock = workspace.root().join("Cargo.lock");
    fs::copy(&lock, workspace.root().join(PROBE).join("Cargo.lock"))
        .map_err(|error| Failure::new(format!("cannot copy Cargo.lock to the probe: {error}")))?;

    let target_dir = workspace.target_dir().join("no-std-probe");
    build(&target_dir).run()?;
    for (feature, complaint) in LEAKS {
        let command = build(&target_dir).args(["--features", feature]);
        match command.probe()? {
            (true, _) => {
                let message = format!("the probe does not notice {feature}: it proves nothing");
                return Err(Failure::new(message).with_repeat(command));
            }
            (false, said) if said.contains(complaint) => {
                eprintln!("{feature}: refused as it should be ({complaint})");
            }
            (false, said) => {
                let message =
                    format!("the probe failed for another reason than {feature}:\n{said}");
                return Err(Failure::new(message).with_repeat(command));
            }
        }
    }
    Ok(())
}

fn build(target_dir: &Path) -> Command {
    Command::cargo(["build", "--quiet", "--manifest-path"])
        .args([format!("{PROBE}/Cargo.toml")])
        .args(["--target-dir".to_owned(), target_dir.display().to_string()])
}
