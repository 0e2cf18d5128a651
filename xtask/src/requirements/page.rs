//! `docs/coverage.md`: rows and the files that cite them.

use core::fmt::Write as _;
use std::path::Path;

use super::Coverage;
use super::table::{Column, Row};

/// Files named in one cell; more are counted.
const SHOWN: usize = 4;

/// How many rows are cited in each column, in one line.
pub(super) fn summary(coverage: &Coverage) -> String {
    let mut line = format!("{} rows", coverage.table.rows.len());
    for column in Column::ALL {
        let at = column as usize;
        let wanted = |row: &&Row| row.columns.get(at) == Some(&true);
        let rows = || coverage.table.rows.iter().zip(&coverage.cited);
        let all = rows().filter(|(row, _)| wanted(row));
        let cited = all
            .clone()
            .filter(|(_, cited)| cited.get(at).is_some_and(|files| !files.is_empty()));
        let (cited, all) = (cited.count(), all.count());
        // Infallible: it writes to a string.
        let _ = write!(line, ", {} {cited}/{all}", column.title());
    }
    line
}

/// The whole page.
pub(super) fn render(coverage: &Coverage) -> String {
    let mut page = format!(
        "# Coverage of the application note\n\n\
        Written by `cargo xtask requirements` from [requirements.txt](requirements.txt), which has a \
        row for each form, parameter, code, time and remark of the note, and from the citations of \
        those rows in source and tests. `cargo xtask tidy` fails where a citation is missing or \
        leads nowhere. A dash: not that part's business.\n\n{}.\n",
        summary(coverage)
    );
    for (number, title) in &coverage.table.sections {
        let rows = coverage.table.rows.iter().zip(&coverage.cited);
        let mut rows = rows.filter(|(row, _)| row.section == *number).peekable();
        if rows.peek().is_none() {
            continue;
        }
        let _ = write!(
            page,
            "\n## §{number} {title}\n\n\
            | row | what | parse | emit | session | modem | test |\n\
            | --- | --- | --- | --- | --- | --- | --- |\n"
        );
        for (row, cited) in rows {
            let _ = write!(page, "| `{}` | {} |", row.tag, row.text.replace('|', "\\|"));
            for (wanted, files) in row.columns.iter().zip(cited) {
                let _ = write!(page, " {} |", cell(*wanted, files));
            }
            page.push('\n');
        }
    }
    page
}

fn cell(wanted: bool, files: &[String]) -> String {
    if !wanted {
        return "–".to_owned();
    }
    let links = files.iter().take(SHOWN).map(|path| {
        let name = Path::new(path).file_name().unwrap_or_default();
        format!("[{}](../{path})", name.display())
    });
    let mut text = links.collect::<Vec<_>>().join(", ");
    if files.len() > SHOWN {
        let _ = write!(text, " and {} more", files.len() - SHOWN);
    }
    if text.is_empty() {
        text.push_str("**missing**");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::table::Table;

    #[test]
    fn a_cell_tells_cited_missing_and_not_wanted_apart() {
        let files: Vec<String> = (0..6).map(|n| format!("a/{n}.rs")).collect();
        assert_eq!(cell(false, &files), "–");
        assert_eq!(cell(true, &[]), "**missing**");
        assert_eq!(cell(true, &files[..1]), "[0.rs](../a/0.rs)");
        assert!(cell(true, &files).ends_with("[3.rs](../a/3.rs) and 2 more"));
    }

    #[test]
    fn rows_stand_under_their_sections_and_are_counted() {
        let table = Table::parse("§1 One\n§2 Two\nread | p | Reads\n").unwrap();
        let mut cited: Vec<[Vec<String>; 5]> = vec![Default::default()];
        cited[0][Column::Test as usize].push("a.rs".to_owned());
        let coverage = Coverage {
            table,
            cited,
            mistakes: Vec::new(),
        };
        assert_eq!(
            summary(&coverage),
            "1 rows, parse 0/1, emit 0/0, session 0/0, modem 0/0, a test 1/1"
        );
        let page = render(&coverage);
        assert!(!page.contains("§1"));
        assert!(page.contains("| `read` | Reads | **missing** | – | – | – | [a.rs](../a.rs) |\n"));
    }
}
