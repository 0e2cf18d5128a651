//! Rules about what a README promises: versions as in `Cargo.toml`, the command that CI runs.

use super::{Finding, manifest};

/// The one command that tests everything.
const COMMAND: &str = "cargo xtask ci";

/// Checks the minimum Rust version and our own versions wherever a README states them.
pub(super) fn check(path: &str, text: &str, root_manifest: &str) -> Vec<Finding> {
    let stated = |key| {
        manifest::value(root_manifest, "workspace.package", key)
            .unwrap_or_default()
            .trim_matches('"')
    };
    let (rust, version) = (stated("rust-version"), stated("version"));
    let mut findings = Vec::new();
    for (line, number) in text.lines().zip(1_usize..) {
        let place = || format!("{path}:{number}");
        if line.contains("MSRV") || line.contains("rust-version") {
            for said in numbers(line).filter(|said| said.starts_with("1.") && *said != rust) {
                let text = format!("MSRV {said}, but Cargo.toml says {rust}");
                findings.push(Finding::error(place(), text));
            }
        }
        if let Some(said) = own_requirement(line).filter(|said| !covers(said, version)) {
            let text = format!("version {said}, but Cargo.toml says {version}");
            findings.push(Finding::error(place(), text));
        }
    }
    findings
}

/// Checks that the CI script runs the README's command, and no other.
pub(super) fn check_command(script: &str, readme: Option<&str>) -> Vec<Finding> {
    [(".ci/run", Some(script)), ("README.md", readme)]
        .into_iter()
        .filter(|(_, text)| text.is_some_and(|text| !text.contains(COMMAND)))
        .map(|(path, _)| Finding::error(path, format!("must name `{COMMAND}`")))
        .collect()
}

/// Dotted numbers in a line.
fn numbers(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|word| word.trim_matches('.'))
        .filter(|word| word.contains('.'))
}

/// The version in `qmt-proto = "0.1"` or `at-syntax = { version = "0.1", ... }`.
fn own_requirement(line: &str) -> Option<&str> {
    let (name, requirement) = line.split_once('=')?;
    let name = name.trim();
    if !name.starts_with("qmt-") && name != "at-syntax" {
        return None;
    }
    let requirement = requirement.trim();
    let quoted = match requirement.strip_prefix('{') {
        Some(table) => table.split_once("version")?.1,
        None => requirement,
    };
    quoted.split('"').nth(1)
}

/// Whether `said` is `version` or leaves out its last parts.
fn covers(said: &str, version: &str) -> bool {
    version
        .strip_prefix(said)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "[workspace.package]\nversion = \"0.1.0\"\nrust-version = \"1.88\"\n";

    fn found(text: &str) -> usize {
        check("README.md", text, ROOT).len()
    }

    #[test]
    fn the_minimum_rust_version_is_the_manifests() {
        assert_eq!(found("MSRV 1.88."), 0);
        assert_eq!(found("The MSRV is **1.88**, raised only in 0.2."), 0);
        assert_eq!(found("Built with 1.95 here."), 0);
        assert_eq!(found("MSRV: 1.85"), 1);
        assert_eq!(found("`rust-version` 1.88.1"), 1);
    }

    #[test]
    fn our_own_versions_are_the_manifests() {
        assert_eq!(found("qmt-session = \"0.1\""), 0);
        assert_eq!(found("at-syntax = { version = \"0.1.0\" }"), 0);
        assert_eq!(found("heapless = \"0.9\""), 0);
        assert_eq!(found("qmt-session = { path = \"..\" }"), 0);
        assert_eq!(found("qmt-session = \"0.2\""), 1);
        assert_eq!(
            found("at-syntax = { features = [\"x\"], version = \"0.1.1\" }"),
            1
        );
        assert_eq!(found("qmt-session = \"0\""), 0);
    }

    #[test]
    fn ci_runs_what_the_readme_says() {
        assert_eq!(
            check_command("cargo xtask ci", Some("`cargo xtask ci`")),
            []
        );
        assert_eq!(check_command("cargo xtask ci", None), []);
        assert_eq!(check_command("make", Some("cargo xtask ci")).len(), 1);
        assert_eq!(check_command("cargo xtask ci", Some("make test")).len(), 1);
    }
}
