//! `cargo xtask requirements`: what the application note asks for, and where it is done and tested.
//!
//! `docs/requirements.txt` has a row for each thing the note says; source and tests cite the rows
//! in their comments, as in `QMT §3.3.8 note 2`. This module joins the two into `docs/coverage.md`,
//! and finds rows that nobody cites and citations of rows that are not there.

mod citation;
mod page;
mod table;

use std::fs;

use crate::{failure::Failure, workspace::Workspace};

use citation::Found;
use table::{Column, Table};

/// Where the rows are.
const TABLE: &str = "docs/requirements.txt";
/// What is written.
const PAGE: &str = "docs/coverage.md";

/// Where each row is cited, and what is wrong.
struct Coverage {
    table: Table,
    /// For each row, for each column: the files that cite it, sorted.
    cited: Vec<[Vec<String>; Column::ALL.len()]>,
    /// Place and text of each mistake.
    mistakes: Vec<(String, String)>,
}

/// Writes the page, or only compares it. Prints what is wrong.
pub(crate) fn run(workspace: &Workspace, check: bool) -> Result<(), Failure> {
    let coverage = Coverage::of(workspace)?;
    if !check {
        fs::write(workspace.root().join(PAGE), page::render(&coverage))
            .map_err(|error| Failure::new(format!("cannot write {PAGE}: {error}")))?;
    }
    println!("{}", page::summary(&coverage));
    let mistakes = mistakes(workspace)?;
    for (place, text) in &mistakes {
        eprintln!("error: {place}: {text}");
    }
    let rows = coverage.table.rows.len();
    println!("requirements rows={rows} mistakes={}", mistakes.len());
    match mistakes.len() {
        0 => Ok(()),
        n => Err(Failure::new(format!("{n} mistakes, see above"))
            .with_repeat("cargo xtask requirements --check")),
    }
}

/// Rows without a citation, citations without a row, and a page that is not up to date.
pub(crate) fn mistakes(workspace: &Workspace) -> Result<Vec<(String, String)>, Failure> {
    let coverage = Coverage::of(workspace)?;
    let mut mistakes = coverage.mistakes.clone();
    mistakes.extend(coverage.missing());
    if workspace.read(PAGE).ok() != Some(page::render(&coverage)) {
        let text = "not up to date: run `cargo xtask requirements`".to_owned();
        mistakes.push((PAGE.to_owned(), text));
    }
    Ok(mistakes)
}

impl Coverage {
    fn of(workspace: &Workspace) -> Result<Self, Failure> {
        let table = Table::parse(&workspace.read(TABLE)?)?;
        let mut coverage = Self {
            cited: table.rows.iter().map(|_| Default::default()).collect(),
            table,
            mistakes: Vec::new(),
        };
        for path in workspace.files()? {
            let may_cite = [".rs", ".md", ".txt"].iter().any(|end| path.ends_with(end));
            if may_cite && path != TABLE && path != PAGE && !path.starts_with("xtask/") {
                coverage.read(&path, &workspace.read(&path)?);
            }
        }
        Ok(coverage)
    }

    /// Takes the citations of a file.
    fn read(&mut self, path: &str, text: &str) {
        for (line, found) in citation::find(&self.table, path, text) {
            match found {
                Found::Row(row, columns) => {
                    for column in columns {
                        if let Some(files) = self.cited.get_mut(row)
                            && let Some(files) = files.get_mut(*column as usize)
                            && files.last().map(String::as_str) != Some(path)
                        {
                            files.push(path.to_owned());
                        }
                    }
                }
                Found::Nothing(what) => {
                    let text = format!("{TABLE} has no row for `{what}`");
                    self.mistakes.push((format!("{path}:{line}"), text));
                }
            }
        }
    }

    fn missing(&self) -> impl Iterator<Item = (String, String)> {
        self.table
            .rows
            .iter()
            .zip(&self.cited)
            .flat_map(|(row, cited)| {
                let wanted = row.columns.iter().zip(Column::ALL);
                wanted
                    .zip(cited)
                    .filter(|((wanted, _), files)| **wanted && files.is_empty())
                    .map(|((_, column), _)| {
                        let text = format!("{}: no citation for {}", row.name(), column.title());
                        (format!("{TABLE}:{}", row.line), text)
                    })
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "§1 One\nread | pm | Reads\n<port> | e | A port\n<port> 7 | | Seven\n";

    fn coverage(files: &[(&str, &str)]) -> Coverage {
        let table = Table::parse(ROWS).unwrap();
        let mut coverage = Coverage {
            cited: table.rows.iter().map(|_| Default::default()).collect(),
            table,
            mistakes: Vec::new(),
        };
        for (path, text) in files {
            coverage.read(path, text);
        }
        coverage
    }

    fn missing(files: &[(&str, &str)]) -> Vec<String> {
        coverage(files).missing().map(|(_, text)| text).collect()
    }

    #[test]
    fn a_row_is_wanted_in_its_columns_and_by_a_test() {
        let parse = "impl A {\n    // QMT §1 read.\n    fn parse() {}\n}\n";
        let both = "/// QMT §1 `<port>` 7.\npub struct Port;\n";
        let files = [
            ("crates/qmt-proto/src/a.rs", parse),
            ("crates/qmt-proto/src/b.rs", both),
            ("crates/qmt-modem/src/a.rs", "// QMT §1 read\n"),
            (
                "crates/qmt-modem/tests/a.rs",
                "// QMT §1 read, <port> 7\nfn t() {}\n",
            ),
        ];
        assert_eq!(missing(&files), [""; 0]);
        let rest = missing(&files[1..3]);
        assert_eq!(
            rest,
            [
                "§1 read: no citation for parse",
                "§1 read: no citation for a test",
                "§1 <port>: no citation for a test",
                "§1 <port> 7: no citation for a test",
            ]
        );
    }

    #[test]
    fn a_citation_needs_a_row() {
        let path = "crates/qmt-cli/src/a.rs";
        for bad in [
            "// QMT §2",
            "// QMT §1 note 1",
            "// QMT §1 <prt>",
            "// QMT §1 <port> 6..=7",
        ] {
            assert_eq!(coverage(&[(path, bad)]).mistakes.len(), 1, "{bad}");
        }
        for good in [
            "// QMT §1",
            "// QMT §1 reads it.",
            "// QMT §1, which is <prt>",
        ] {
            assert_eq!(coverage(&[(path, good)]).mistakes, [], "{good}");
        }
    }
}
