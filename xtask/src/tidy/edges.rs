//! Which crate may know which: the map of ARCHITECTURE.md as a table.
//!
//! Cargo's own answer is checked, with all features on, so an edge behind a feature counts too.

use super::Finding;
use crate::{command::Command, failure::Failure};

/// What one crate may depend on, directly or not.
struct Rule {
    name: &'static str,
    /// Our crates it may know.
    ours: &'static [&'static str],
    /// Everything it may name in `[dependencies]`; `None` for no limit.
    direct: Option<&'static [&'static str]>,
    /// Crates that may come in through a feature, never by default.
    optional: &'static [&'static str],
    /// Crates that may not be anywhere below it.
    never: &'static [&'static str],
}

/// No limit but the one on our own crates.
const FREE: Rule = Rule {
    name: "",
    ours: &[],
    direct: None,
    optional: &[],
    never: &[],
};

/// What only a runner needs: an operating system and an executor.
const RUNTIME: &[&str] = &["mio", "rustix", "tokio"];

/// What the host side's state machine has no use for: any I/O, clock or executor.
const IO: &[&str] = &[
    "embassy-time",
    "embedded-io",
    "embedded-io-async",
    "futures-core",
    "mio",
    "rustix",
    "tokio",
];

const RULES: [Rule; 12] = [
    Rule {
        name: "at-syntax",
        direct: Some(&["defmt", "serde"]),
        optional: &["defmt", "serde"],
        ..FREE
    },
    Rule {
        name: "qmt-proto",
        ours: &["at-syntax"],
        direct: Some(&["at-syntax", "defmt", "serde"]),
        optional: &["defmt", "serde"],
        ..FREE
    },
    Rule {
        name: "qmt-session",
        ours: &["at-syntax", "qmt-proto"],
        optional: &["defmt", "postcard", "serde"],
        never: IO,
        ..FREE
    },
    Rule {
        name: "qmt-hal-embedded",
        ours: &["at-syntax", "qmt-proto", "qmt-session"],
        never: RUNTIME,
        ..FREE
    },
    Rule {
        name: "qmt-hal-tokio",
        ours: &["at-syntax", "qmt-proto", "qmt-session"],
        ..FREE
    },
    Rule {
        name: "qmt-mqtt",
        never: RUNTIME,
        ..FREE
    },
    // Not qmt-session: two readers of one manual keep each other honest.
    Rule {
        name: "qmt-modem",
        ours: &["at-syntax", "qmt-proto", "qmt-mqtt"],
        optional: RUNTIME,
        ..FREE
    },
    Rule {
        name: "qmt-broker",
        ours: &["qmt-mqtt"],
        optional: RUNTIME,
        ..FREE
    },
    Rule {
        name: "qmt-trace",
        never: IO,
        ..FREE
    },
    Rule {
        name: "qmt-sim",
        ours: &[
            "at-syntax",
            "qmt-proto",
            "qmt-session",
            "qmt-mqtt",
            "qmt-modem",
            "qmt-broker",
            "qmt-trace",
        ],
        never: RUNTIME,
        ..FREE
    },
    // For tests alone.
    Rule {
        name: "qmt-mosquitto",
        direct: Some(&["tokio"]),
        ..FREE
    },
    // Not qmt-sim, which is unpublished.
    Rule {
        name: "qmt-cli",
        ours: &[
            "at-syntax",
            "qmt-proto",
            "qmt-session",
            "qmt-hal-tokio",
            "qmt-mqtt",
            "qmt-modem",
            "qmt-broker",
            "qmt-trace",
        ],
        never: &["qmt-hal-embedded"],
        ..FREE
    },
];

/// Asks cargo for the tree of every crate and compares it with the table.
pub(super) fn check(crates: &[String]) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    for name in crates {
        let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
            let text = "say in xtask/src/tidy/edges.rs what it may depend on";
            findings.push(Finding::error(format!("crates/{name}"), text));
            continue;
        };
        let full = tree(name, &["--all-features"])?;
        let direct = tree(name, &["--all-features", "--depth", "1"])?;
        let lean = tree(name, &["--no-default-features"])?;
        findings.extend(rule.check(crates, &full, &direct, &lean));
    }
    Ok(findings)
}

impl Rule {
    /// Compares three lists of names: all below the crate, its direct dependencies, and all below it
    /// without features.
    fn check(
        &self,
        crates: &[String],
        full: &[String],
        direct: &[String],
        lean: &[String],
    ) -> Vec<Finding> {
        let has = |list: &[&str], name: &String| list.contains(&name.as_str());
        let strangers = full
            .iter()
            .filter(|name| crates.contains(name) && !has(self.ours, name))
            .map(|name| format!("must not know {name}"));
        let forbidden = full
            .iter()
            .filter(|name| has(self.never, name))
            .map(|name| format!("must not need {name}"));
        let unlisted = direct
            .iter()
            .filter(|name| self.direct.is_some_and(|list| !has(list, name)))
            .filter(|name| !crates.contains(name))
            .map(|name| format!("must not depend on {name}"));
        let premature = lean
            .iter()
            .filter(|name| has(self.optional, name))
            .map(|name| format!("may need {name} behind a feature only"));
        strangers
            .chain(forbidden)
            .chain(unlisted)
            .chain(premature)
            .map(|text| Finding::error(format!("crates/{}", self.name), text))
            .collect()
    }
}

/// Names below a crate in the graph of normal dependencies, for every target.
fn tree(name: &str, flags: &[&str]) -> Result<Vec<String>, Failure> {
    let text = Command::cargo(["tree", "--edges", "normal", "--prefix", "none"])
        .args(["--target", "all", "--format", "{p}", "--package", name])
        .args(flags.iter().copied())
        .capture()?;
    Ok(names(&text, name))
}

/// First words of cargo's lines, such as `serde v1.0.2 (*)`, without the crate itself.
fn names(tree: &str, itself: &str) -> Vec<String> {
    let mut names: Vec<String> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != itself)
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// What the rule of `name` says to the trees with all features, direct, and without features.
    fn says(name: &str, full: &[&str], direct: &[&str], lean: &[&str]) -> Vec<String> {
        let crates: Vec<String> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
        let rule = RULES.iter().find(|rule| rule.name == name).unwrap();
        rule.check(&crates, &list(full), &list(direct), &list(lean))
            .into_iter()
            .map(|finding| finding.text)
            .collect()
    }

    #[test]
    fn the_host_side_never_knows_the_module_side() {
        let good = ["at-syntax", "qmt-proto", "heapless"];
        assert!(says("qmt-session", &good, &good, &good).is_empty());
        assert_eq!(
            says("qmt-session", &["qmt-modem", "tokio"], &[], &[]),
            ["must not know qmt-modem", "must not need tokio"]
        );
        assert_eq!(
            says("qmt-modem", &["qmt-session"], &[], &[]),
            ["must not know qmt-session"]
        );
    }

    #[test]
    fn the_syntax_crate_depends_on_nothing_but_formats() {
        assert!(says("at-syntax", &[], &[], &[]).is_empty());
        assert_eq!(
            says("at-syntax", &["memchr"], &["memchr"], &[]),
            ["must not depend on memchr"]
        );
        let formats = ["defmt", "serde"];
        assert!(says("at-syntax", &formats, &formats, &[]).is_empty());
        assert_eq!(
            says("at-syntax", &formats, &formats, &["serde"]),
            ["may need serde behind a feature only"]
        );
    }

    #[test]
    fn what_a_feature_may_bring_must_not_come_without() {
        let full = ["at-syntax", "serde", "serde_core"];
        let direct = ["at-syntax", "serde"];
        assert!(says("qmt-proto", &full, &direct, &["at-syntax"]).is_empty());
        assert_eq!(
            says("qmt-proto", &full, &direct, &["serde"]),
            ["may need serde behind a feature only"]
        );
        assert_eq!(
            says("qmt-modem", &["tokio"], &["tokio"], &["tokio"]),
            ["may need tokio behind a feature only"]
        );
    }

    #[test]
    fn rules_name_only_crates_that_have_one() {
        for rule in &RULES {
            for ours in rule.ours {
                assert!(RULES.iter().any(|other| other.name == *ours), "{ours}");
            }
        }
    }

    #[test]
    fn cargos_lines_become_names() {
        let tree = "qmt-x v0.1.0 (/a/b)\nserde v1.0.2\nserde_derive v1.0.2 (proc-macro)\nserde v1.0.2 (*)\n";
        assert_eq!(names(tree, "qmt-x"), ["serde", "serde_derive"]);
    }
}
