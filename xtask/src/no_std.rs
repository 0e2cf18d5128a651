//! `cargo xtask no-std`: the cores, with all their features, link without std and without a heap.
//!
//! The host's target is enough: a static library that is `no_std`, aborts on panic and brings its own
//! panic handler cannot be built as soon as any dependency links std or alloc. Whether the probe would
//! notice is part of the check: it is built twice more, each time with a planted leak. Where Debian's
//! compiler is, it is built for a RISC-V too.

use std::{fs, path::Path};

use crate::{
    command::Command,
    failure::Failure,
    firmware,
    tools::{self, Tool},
    workspace::Workspace,
};

const PROBE: &str = "xtask/no-std-probe";
/// A processor that is no ARM.
const OTHER: &str = "riscv32imac-unknown-none-elf";

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

    let manifest = read(&format!("{PROBE}/Cargo.toml"))?;
    for (name, features) in probed(&manifest) {
        let own = read(&format!("crates/{name}/Cargo.toml"))?;
        let mut all = features_of(&own).into_iter();
        if let Some(left) = all.find(|feature| !features.contains(feature)) {
            let message = format!("{PROBE} leaves out the feature `{left}` of {name}");
            return Err(Failure::new(message));
        }
        eprintln!(
            "{name}, with {} features: {}",
            features.len(),
            features.join(" ")
        );
    }
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
    match tools::firmware(false) {
        Tool::Ready(_) => {
            let command = build(&target_dir).args(["--target", OTHER]);
            firmware::with_core(command, OTHER).run()
        }
        Tool::Missing(why) => {
            eprintln!("not built for {OTHER}: {why}");
            Ok(())
        }
    }
}

fn read(path: &str) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::new(format!("{path}: {error}")))
}

/// Crates of ours that the probe's manifest names, with their features.
fn probed(manifest: &str) -> Vec<(&str, Vec<&str>)> {
    let crates = manifest.lines().filter_map(|line| {
        let (name, rest) = line.split_once(" = { path = \"../../crates/")?;
        let (_, list) = rest.split_once("features = [")?;
        Some((name, list.split('"').skip(1).step_by(2).collect()))
    });
    crates.collect()
}

/// Features of a manifest, but `std`.
fn features_of(manifest: &str) -> Vec<&str> {
    let section = manifest.split_once("\n[features]\n");
    let section = section.map_or("", |(_, section)| section);
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| Some(line.split_once(" = [")?.0));
    names.filter(|name| *name != "std").collect()
}

fn build(target_dir: &Path) -> Command {
    Command::cargo(["build", "--quiet", "--manifest-path"])
        .args([format!("{PROBE}/Cargo.toml")])
        .args(["--target-dir".to_owned(), target_dir.display().to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_read_from_both_manifests() {
        let probe = "a = { path = \"../../crates/a\", features = [\"x\", \"y\"] }\nb = \"1\"\n";
        assert_eq!(probed(probe), [("a", vec!["x", "y"])]);
        let manifest =
            "[package]\n\n[features]\n# Of x.\nx = []\nstd = []\n\n[dependencies]\nz = [1]\n";
        assert_eq!(features_of(manifest), ["x"]);
    }
}
