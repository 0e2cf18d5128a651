//! `cargo xtask tidy`: the house rules of CONTRIBUTING.md that a program can check.
//!
//! Each checker is a function from text to findings, so that its tests are good and bad samples.

mod edges;
mod invariants;
mod manifest;
mod readme;
mod source;
mod words;

use core::fmt;

use crate::{failure::Failure, requirements, workspace::Workspace};

/// Something that a rule has to say about a file.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    /// Path inside the repository, with the line where there is one.
    place: String,
    text: String,
    /// A note is printed and forgiven.
    note: bool,
}

impl Finding {
    fn error(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            text: text.into(),
            note: false,
        }
    }

    fn note(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            note: true,
            ..Self::error(place, text)
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = if self.note { "note" } else { "error" };
        write!(f, "{level}: {}: {}", self.place, self.text)
    }
}

/// Checks every file and every crate; prints what it finds.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let findings = check(workspace)?;
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.iter().filter(|finding| !finding.note).count() {
        0 => Ok(()),
        n => Err(Failure::new(format!(
            "{n} house rules broken, see above; their reasons are in CONTRIBUTING.md"
        ))
        .with_repeat("cargo xtask tidy")),
    }
}

fn check(workspace: &Workspace) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    let root_manifest = workspace.read("Cargo.toml")?;
    for path in workspace.files()? {
        findings.extend(source::check_name(&path));
        // What is not text is data, and data has no style.
        let Ok(text) = workspace.read(&path) else {
            continue;
        };
        findings.extend(words::check(&path, &text));
        if path.ends_with(".rs") {
            findings.extend(source::check(&path, &text));
        }
        if path.ends_with("README.md") {
            findings.extend(readme::check(&path, &text, &root_manifest));
        }
        if manifest::is_member(&path) {
            findings.extend(manifest::check(&path, &text));
        }
    }
    if let Ok(script) = workspace.read(".ci/run") {
        findings.extend(readme::check_command(
            &script,
            workspace.read("README.md").ok().as_deref(),
        ));
    }
    findings.extend(edges::check(&workspace.crates()?)?);
    findings.extend(invariants::check(
        &workspace.read(invariants::TABLE)?,
        |path| workspace.read(path).ok(),
    ));
    let mistakes = requirements::mistakes(workspace)?;
    findings.extend(
        mistakes
            .into_iter()
            .map(|(place, text)| Finding::error(place, text)),
    );
    Ok(findings)
}
