//! Rules about one Rust file: module doc, size, name, and what a core crate must deny itself.

use super::Finding;

/// Lines of product code, above which a file is said to be long and refused.
const SOFT_CAP: usize = 400;
/// Cap of product code, and of the tests of one file.
const HARD_CAP: usize = 600;
/// Inline tests longer than this belong into a sibling `tests.rs`.
const INLINE_TESTS: usize = 100;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 8] = [
    "common", "helper", "helpers", "manager", "misc", "util", "utils", "stuff",
];

/// Crates in which nothing a peer sends may panic.
const CORES: [&str; 3] = ["at-syntax", "qmt-proto", "qmt-session"];
const CORE_LINTS: [&str; 4] = [
    "clippy::unwrap_used",
    "clippy::expect_used",
    "clippy::panic",
    "clippy::indexing_slicing",
];

/// Checks the name of any file.
pub(super) fn check_name(path: &str) -> Option<Finding> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.strip_suffix(".rs")?;
    if stem == "mod" && folder.split('/').any(|part| part == "src") {
        return Some(Finding::error(path, "name it after the module: no mod.rs"));
    }
    EMPTY_NAMES
        .contains(&stem)
        .then(|| Finding::error(path, "name it after its main type, not after a drawer"))
}

/// Checks the text of a Rust file.
pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let first = text.lines().next().unwrap_or_default();
    if !first.starts_with("//! ") && !first.starts_with("#![doc = include_str!") {
        findings.push(Finding::error(path, "the first line must be `//! ...`"));
    }
    findings.extend(check_size(path, text));
    let is_core = CORES
        .iter()
        .any(|name| path == format!("crates/{name}/src/lib.rs"));
    if is_core {
        for lint in CORE_LINTS.iter().filter(|lint| !text.contains(**lint)) {
            findings.push(Finding::error(path, format!("a core must deny {lint}")));
        }
    }
    findings
}

fn check_size(path: &str, text: &str) -> Option<Finding> {
    let lines = text.lines().count();
    if is_test_file(path) {
        return (lines > HARD_CAP).then(|| {
            let text = format!("{lines} lines of tests, at most {HARD_CAP}: split by behaviour");
            Finding::error(path, text)
        });
    }
    let product = product_lines(text);
    let tests = lines - product;
    if product > HARD_CAP {
        let text = format!("{product} lines of code, at most {HARD_CAP}: split it");
        return Some(Finding::error(path, text));
    }
    if product > SOFT_CAP {
        let text = format!("{product} lines of code; above {SOFT_CAP}, think of splitting it");
        return Some(Finding::note(path, text));
    }
    (tests > INLINE_TESTS).then(|| {
        let text = format!("{tests} lines of inline tests; above {INLINE_TESTS}, use tests.rs");
        Finding::note(path, text)
    })
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.split('/').any(|part| part == "tests")
}

/// Lines before the inline test module, which is the last item of a file.
fn product_lines(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    lines
        .windows(2)
        .position(|pair| pair.first() == Some(&"#[cfg(test)]") && pair.last().is_some_and(opens))
        .unwrap_or(lines.len())
}

fn opens(line: &&str) -> bool {
    line.starts_with("mod ") && line.ends_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(path: &str, text: &str) -> usize {
        check(path, text).iter().filter(|found| !found.note).count()
    }

    #[test]
    fn every_module_begins_with_its_doc_line() {
        assert_eq!(errors("crates/a/src/b.rs", "//! Does b.\n"), 0);
        assert_eq!(
            errors(
                "crates/a/src/lib.rs",
                "#![doc = include_str!(\"../README.md\")]\n"
            ),
            0
        );
        assert_eq!(
            errors("crates/a/src/b.rs", "use core::fmt;\n//! Late.\n"),
            1
        );
        assert_eq!(errors("crates/a/src/b.rs", ""), 1);
    }

    #[test]
    fn product_code_is_capped_without_its_tests() {
        let doc = "//! Doc.\n";
        let file = |code: usize, tests: usize| {
            format!(
                "{doc}{}#[cfg(test)]\nmod tests {{\n{}",
                "x\n".repeat(code),
                "t\n".repeat(tests)
            )
        };
        assert_eq!(check("src/a.rs", &file(399, 90)), []);
        assert!(check("src/a.rs", &file(400, 0))[0].note);
        assert!(check("src/a.rs", &file(10, 101))[0].note);
        assert_eq!(errors("src/a.rs", &file(599, 300)), 0);
        assert_eq!(errors("src/a.rs", &file(600, 0)), 1);
    }

    #[test]
    fn a_test_only_item_in_the_middle_hides_no_code() {
        let text = format!(
            "//! Doc.\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\nuse x;\n{}",
            "x\n".repeat(600)
        );
        assert_eq!(errors("src/a.rs", &text), 1);
    }

    #[test]
    fn test_files_have_the_hard_cap_alone() {
        let long = format!("//! Doc.\n{}", "x\n".repeat(599));
        assert_eq!(check("crates/a/src/b/tests.rs", &long), []);
        assert_eq!(check("crates/a/tests/b.rs", &long), []);
        assert_eq!(errors("crates/a/tests/b.rs", &format!("{long}x\n")), 1);
    }

    #[test]
    fn files_are_named_after_what_they_hold() {
        assert_eq!(check_name("crates/a/src/command.rs"), None);
        assert_eq!(check_name("crates/a/tests/broker/mod.rs"), None);
        assert!(check_name("crates/a/src/command/mod.rs").is_some());
        assert!(check_name("crates/a/src/utils.rs").is_some());
    }

    #[test]
    fn cores_deny_what_could_panic() {
        let good = format!("//! Core.\n#![deny({})]\n", CORE_LINTS.join(", "));
        assert_eq!(check("crates/qmt-proto/src/lib.rs", &good), []);
        assert_eq!(errors("crates/qmt-proto/src/lib.rs", "//! Core.\n"), 4);
        assert_eq!(errors("crates/qmt-cli/src/lib.rs", "//! Not one.\n"), 0);
    }
}
