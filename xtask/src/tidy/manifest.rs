//! Rules about a member's `Cargo.toml`, and the little TOML that they need.

use super::Finding;

/// Keys that every member takes from the workspace, so that they are said once.
const INHERITED: [&str; 3] = ["edition", "rust-version", "license"];

/// Whether this file is the manifest of a member of the main workspace.
pub(super) fn is_member(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(
        parts.as_slice(),
        ["crates", _, "Cargo.toml"] | ["xtask" | "benches", "Cargo.toml"]
    )
}

/// Checks a member's manifest.
pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if value(text, "lints", "workspace") != Some("true") {
        findings.push(Finding::error(path, "[lints] must say `workspace = true`"));
    }
    for key in INHERITED {
        if value(text, "package", &format!("{key}.workspace")) != Some("true") {
            findings.push(Finding::error(
                path,
                format!("say `{key}.workspace = true`"),
            ));
        }
    }
    let published = path.starts_with("crates/");
    let description = value(text, "package", "description").map(|text| text.trim_matches('"'));
    if published && description.is_none_or(str::is_empty) {
        findings.push(Finding::error(path, "a crate needs a description"));
    }
    findings
}

/// The value of `key` in `[section]`, as it is written there.
///
/// Only for values on one line, which ours are.
pub(super) fn value<'t>(text: &'t str, section: &str, key: &str) -> Option<&'t str> {
    let header = format!("[{section}]");
    text.lines()
        .map(str::trim)
        .skip_while(|line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
[package]
name = \"a\"
description = \"Does a\"
edition.workspace = true
rust-version.workspace = true
license.workspace = true

[lints]
workspace = true
";

    #[test]
    fn a_good_manifest_passes() {
        assert_eq!(check("crates/a/Cargo.toml", GOOD), []);
    }

    #[test]
    fn each_missing_line_is_one_finding() {
        for line in GOOD.lines().filter(|line| line.contains("workspace")) {
            let rest: Vec<&str> = GOOD.lines().filter(|other| *other != line).collect();
            let found = check("crates/a/Cargo.toml", &rest.join("\n"));
            assert_eq!(found.len(), 1, "{line}");
        }
    }

    #[test]
    fn only_crates_need_a_description() {
        for bad in [GOOD.replace("Does a", ""), GOOD.replace("description", "x")] {
            assert_eq!(check("crates/a/Cargo.toml", &bad).len(), 1);
            assert_eq!(check("xtask/Cargo.toml", &bad), []);
        }
    }

    #[test]
    fn members_are_told_from_other_workspaces() {
        assert!(is_member("crates/a/Cargo.toml"));
        assert!(is_member("xtask/Cargo.toml"));
        assert!(!is_member("Cargo.toml"));
        assert!(!is_member("xtask/no-std-probe/Cargo.toml"));
        assert!(!is_member("fuzz/Cargo.toml"));
    }

    #[test]
    fn a_value_is_read_from_its_own_section() {
        let text = "[a]\nk = 1\n[b]\nk = 2\n";
        assert_eq!(value(text, "b", "k"), Some("2"));
        assert_eq!(value(text, "a", "x"), None);
        assert_eq!(value(text, "c", "k"), None);
    }
}
