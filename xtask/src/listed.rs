//! A committed list of exceptions, each with its reason: `<path> | <what> | <why>`.
//!
//! It is compared in both directions: what is found must be listed, and what is listed must be
//! found, so that no exception outlives its reason.

use std::collections::BTreeSet;

use crate::{failure::Failure, workspace::Workspace};

/// Something found in a file, in one line of words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// Path inside the repository.
    pub(crate) path: String,
    /// What it is, as it stands in the list.
    pub(crate) what: String,
}

/// A list of exceptions.
#[derive(Debug)]
pub(crate) struct Listed {
    path: &'static str,
    entries: Vec<(Found, usize)>,
}

impl Listed {
    /// Reads the list at `path`.
    pub(crate) fn read(workspace: &Workspace, path: &'static str) -> Result<Self, Failure> {
        Self::parse(path, &workspace.read(path)?)
    }

    fn parse(path: &'static str, text: &str) -> Result<Self, Failure> {
        let mut entries = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let entry = line.split_once(" | ").and_then(|(file, rest)| {
                let (what, why) = rest.rsplit_once(" | ")?;
                (!why.trim().is_empty()).then(|| Found {
                    path: file.trim().to_owned(),
                    what: what.trim().to_owned(),
                })
            });
            let wrong = || Failure::new(format!("{path}:{number}: not `path | what | why`"));
            entries.push((entry.ok_or_else(wrong)?, number));
        }
        Ok(Self { path, entries })
    }

    /// Whether it is listed.
    pub(crate) fn has(&self, found: &Found) -> bool {
        self.entries.iter().any(|(entry, _)| entry == found)
    }

    /// What is found and not listed, and what is listed and not found. Entries for files that are
    /// not `looked_at` are not judged.
    pub(crate) fn mistakes(
        &self,
        found: &BTreeSet<Found>,
        looked_at: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let listed: BTreeSet<&Found> = self.entries.iter().map(|(entry, _)| entry).collect();
        let missing = found
            .iter()
            .filter(|found| !listed.contains(found))
            .map(|found| format!("{}: {} (not in {})", found.path, found.what, self.path));
        let stale = self
            .entries
            .iter()
            .filter(|(entry, _)| looked_at(&entry.path) && !found.contains(entry))
            .map(|(entry, line)| {
                let Found { path, what } = entry;
                format!("{}:{line}: no longer so: {path}: {what}", self.path)
            });
        missing.chain(stale).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, what: &str) -> Found {
        Found {
            path: path.to_owned(),
            what: what.to_owned(),
        }
    }

    #[test]
    fn both_directions_are_compared() {
        let text = "# remark\n\na.rs | x | y => z | never\nb.rs | _ => {} | why not\n";
        let listed = Listed::parse("list", text).unwrap();
        assert_eq!(listed.entries.len(), 2);
        let both: BTreeSet<_> = [found("a.rs", "x | y => z"), found("b.rs", "_ => {}")].into();
        assert_eq!(listed.mistakes(&both, |_| true), [""; 0]);
        let other: BTreeSet<_> = [found("a.rs", "x | y => z"), found("c.rs", "w")].into();
        assert_eq!(
            listed.mistakes(&other, |_| true),
            [
                "c.rs: w (not in list)",
                "list:4: no longer so: b.rs: _ => {}"
            ]
        );
        let some = listed.mistakes(&other, |path| path == "a.rs");
        assert_eq!(some, ["c.rs: w (not in list)"]);
    }

    #[test]
    fn an_entry_needs_a_reason() {
        for bad in ["a.rs | x", "a.rs", "a.rs | x | "] {
            assert!(Listed::parse("list", bad).is_err(), "{bad}");
        }
    }
}
