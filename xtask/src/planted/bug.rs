//! A bug as it stands in the list.
//!
//! ```text
//! bug name-of-the-bug
//! what goes wrong, in a line for people
//! gate test qmt-sim properties s5
//! file crates/at-syntax/src/framer.rs
//! - text that the file has once
//! + text in its place
//! ```
//!
//! Several lines of `-`, and of `+`, are one text. What is left without `+` is taken out.

use super::gate::Gate;
use crate::{failure::Failure, workspace::Workspace};

/// A bug, where it goes, and who finds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bug {
    pub(super) name: String,
    pub(super) gate: Gate,
    pub(super) file: String,
    /// What the file has, once.
    right: String,
    /// What it has instead with the bug.
    wrong: String,
}

/// All bugs of the list at `path`.
pub(super) fn read(workspace: &Workspace, path: &str) -> Result<Vec<Bug>, Failure> {
    parse(&workspace.read(path)?).map_err(|(number, words)| {
        let at = format!("{path}:{number}: {words}");
        Failure::new(at)
    })
}

/// The bugs, or the number of a line and what is wrong with it.
fn parse(text: &str) -> Result<Vec<Bug>, (usize, String)> {
    let mut bugs: Vec<Bug> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let wrong = |words: &str| Err((number, words.to_owned()));
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word, bugs.last_mut()) {
            ("" | "#", _) => {}
            ("bug", _) => bugs.push(Bug {
                name: rest.to_owned(),
                ..Bug::default()
            }),
            (_, None) => return wrong("no bug yet"),
            ("what", Some(_)) => {}
            ("gate", Some(bug)) => match Gate::parse(rest) {
                Some(gate) => bug.gate = gate,
                None => return wrong("no such gate"),
            },
            ("file", Some(bug)) => rest.clone_into(&mut bug.file),
            ("-", Some(bug)) => bug.right += &format!("{rest}\n"),
            ("+", Some(bug)) => bug.wrong += &format!("{rest}\n"),
            _ => return wrong("neither bug, what, gate, file, - nor +"),
        }
    }
    Ok(bugs)
}

impl Bug {
    /// The file with the bug. `None`: it does not have the right text, or more than once.
    pub(super) fn plant(&self, text: &str) -> Option<String> {
        let once = !self.right.is_empty() && text.matches(&self.right).count() == 1;
        once.then(|| text.replace(&self.right, &self.wrong))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const TEXT: &str = "# remark\n\nbug a\nwhat b is c\ngate test p q r\nfile f.rs\n-     b();\n- \n- d\n+     c();\n";

    #[test]
    fn a_bug_is_a_text_instead_of_another() {
        let bugs = parse(TEXT).unwrap();
        let [bug] = &bugs[..] else {
            panic!("{bugs:?}");
        };
        assert_eq!((&bug.name[..], &bug.file[..]), ("a", "f.rs"));
        assert_eq!(bug.gate.to_string(), "test p q r");
        let right = "x\n    b();\n\nd\ny\n";
        assert_eq!(bug.plant(right).as_deref(), Some("x\n    c();\ny\n"));
        assert_eq!(bug.plant(&right.repeat(2)), None);
        assert_eq!(bug.plant("    b();\n"), None);
        assert!(parse("what x\n").is_err());
        assert!(parse("bug a\ngate nobody x\n").is_err());
        assert!(parse("bug a\nwho x\n").is_err());
    }

    #[test]
    fn every_bug_of_the_list_still_has_its_place() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
        let bugs = parse(&read(crate::planted::LIST)).unwrap();
        assert!(bugs.len() >= crate::planted::BUGS, "{}", bugs.len());
        for bug in bugs {
            assert_ne!(bug.right, bug.wrong, "{}", bug.name);
            assert_ne!(bug.gate, Gate::default(), "{}", bug.name);
            let planted = bug.plant(&read(&bug.file));
            assert!(planted.is_some(), "{}: not once in {}", bug.name, bug.file);
        }
    }
}
