//! Citations of the note in the text of a file: `QMT §3.3.8 note 2`.

use super::table::{Column, Table};

/// What a citation leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A row, cited for these columns.
    Row(usize, &'static [Column]),
    /// No section or row of that name.
    Nothing(String),
}

/// Every citation of `text` with the number of its line.
///
/// After the section come any number of rows, separated by commas, semicolons or `and`; other
/// sections may follow in the same way.
pub(super) fn find(table: &Table, path: &str, text: &str) -> Vec<(usize, Found)> {
    let prose = Prose::of(text);
    let mut found = Vec::new();
    for (at, _) in prose.text.match_indices("QMT §") {
        let line = prose.line_at(at);
        let columns = columns(path, text, line);
        let mut rest = prose.text.get(at + "QMT ".len()..).unwrap_or_default();
        while let Some(number) = rest.strip_prefix('§') {
            let len = number
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(number.len());
            let section = number.get(..len).unwrap_or_default().trim_end_matches('.');
            if section.is_empty() {
                // `§n` stands for any.
                break;
            }
            rest = number.get(section.len()..).unwrap_or_default();
            if !table.has_section(section) {
                found.push((line, Found::Nothing(format!("§{section}"))));
                break;
            }
            let mut tags = rest.strip_prefix(' ').unwrap_or_default();
            loop {
                let Some((rows, len)) = table.named(section, tags) else {
                    if let Some(tag) = like_a_tag(tags) {
                        found.push((line, Found::Nothing(format!("§{section} {tag}"))));
                    }
                    break;
                };
                found.extend(rows.into_iter().map(|row| (line, Found::Row(row, columns))));
                rest = tags.get(len..).unwrap_or_default();
                if tags.starts_with('<') && value_follows(rest) {
                    let (tag, _) = tags.split_at(tags.len() - rest.len());
                    found.push((
                        line,
                        Found::Nothing(format!("§{section} {tag} with that value")),
                    ));
                }
                tags = after_separator(rest);
            }
            rest = after_separator(rest);
        }
    }
    found
}

/// Whether a value stands behind a parameter for which the table has no such value.
fn value_follows(rest: &str) -> bool {
    let value = rest.strip_prefix(' ').unwrap_or_default();
    value.starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

/// What follows a separator; nothing if there is none.
fn after_separator(text: &str) -> &str {
    [", ", "; ", " and ", " to "]
        .iter()
        .find_map(|separator| text.strip_prefix(separator))
        .unwrap_or_default()
}

/// The tag that `text` begins with, if it can be nothing else.
fn like_a_tag(text: &str) -> Option<&str> {
    let number = |word: &str| {
        let digits = text.strip_prefix(word)?;
        let len = digits.len()
            - digits
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        (len > 0).then(|| text.get(..word.len() + len))?
    };
    let end = |open: char, close: char| {
        let inner = text.strip_prefix(open)?;
        text.get(..inner.find(close)? + 2)
    };
    number("note ")
        .or_else(|| end('<', '>'))
        .or_else(|| end('"', '"'))
}

/// The columns that a citation in a line of a file counts for.
fn columns(path: &str, text: &str, line: usize) -> &'static [Column] {
    // From `mod tests {` on; a `mod tests;` stands at the top.
    let in_tests = || {
        let lines = || text.lines().take(line);
        let mut pairs = lines().zip(lines().skip(1));
        pairs.any(|(mark, module)| mark.trim() == "#[cfg(test)]" && module.ends_with('{'))
    };
    let is_test = path.contains("/tests/")
        || path.ends_with("tests.rs")
        || path.starts_with("crates/qmt-sim/")
        || path.starts_with("benches/");
    if is_test || in_tests() {
        return &[Column::Test];
    }
    if path.starts_with("crates/qmt-proto/src/") {
        return match function(text, line) {
            Some(name) if name.starts_with("parse") => &[Column::Parse],
            Some(name) if name.starts_with("emit") => &[Column::Emit],
            // Types, limits and constructors serve both directions.
            _ => &[Column::Parse, Column::Emit],
        };
    }
    if path.starts_with("crates/qmt-session/src/") {
        &[Column::Session]
    } else if path.starts_with("crates/qmt-modem/src/") {
        &[Column::Modem]
    } else {
        &[]
    }
}

/// The function that the comment in a line documents, or in which it stands.
fn function(text: &str, line: usize) -> Option<&str> {
    let name = |line: &'_ str| -> Option<usize> {
        let at = line.find("fn ")? + "fn ".len();
        (!line.trim_start().starts_with("//")).then_some(at)
    };
    let below = text.lines().skip(line).find(|line| {
        let line = line.trim_start();
        !line.starts_with("//") && !line.starts_with("#[")
    });
    let here = text.lines().nth(line - 1)?;
    let inside = || {
        let indent = |line: &str| line.len() - line.trim_start().len();
        text.lines()
            .take(line)
            .filter(|above| indent(above) < indent(here))
            .last()
    };
    let signature = below.filter(|line| name(line).is_some()).or_else(inside)?;
    let rest = signature.get(name(signature)?..)?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
}

/// The text of a file without line breaks, marks of comments and backticks.
struct Prose {
    text: String,
    /// Offset of the start of each line.
    starts: Vec<usize>,
}

impl Prose {
    fn of(text: &str) -> Self {
        let mut prose = Self {
            text: String::new(),
            starts: Vec::new(),
        };
        for line in text.lines() {
            prose.starts.push(prose.text.len());
            let line = line.trim_start().trim_start_matches(['/', '!', '#']).trim();
            prose.text.extend(line.chars().filter(|&c| c != '`'));
            prose.text.push(' ');
        }
        prose
    }

    /// The number of the line that holds an offset.
    fn line_at(&self, at: usize) -> usize {
        self.starts.partition_point(|&start| start <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "§3 Three\nnote 1 | | x\nread | | x\n<r> | | x\n<r> 0 | | x\n<r> 1 | | x\n§4.1 Four\nread | | x\n";

    /// The rows cited, or what was not found.
    fn cited(text: &str) -> Vec<Result<usize, String>> {
        let table = Table::parse(ROWS).unwrap();
        find(&table, "README.md", text)
            .into_iter()
            .map(|(_, found)| match found {
                Found::Row(row, _) => Ok(row),
                Found::Nothing(what) => Err(what),
            })
            .collect()
    }

    #[test]
    fn rows_and_sections_are_listed_in_one_citation() {
        assert_eq!(cited("(QMT §3 note 1)."), [Ok(0)]);
        assert_eq!(
            cited("QMT §3 read, note 1 and `<r>` 0..=1; §4.1 read: as said"),
            [Ok(1), Ok(0), Ok(2), Ok(3), Ok(4), Ok(5)]
        );
        assert_eq!(
            cited("/// QMT §3 read,\n    /// §4.1 read."),
            [Ok(1), Ok(5)]
        );
        assert_eq!(cited("QMT §3, §4.1 and more; QMT §3 reads"), []);
        assert_eq!(cited("§3 read"), []);
    }

    #[test]
    fn what_looks_like_a_row_and_is_none_is_found() {
        let nothing = |what: &str| [Err(what.to_owned())];
        assert_eq!(cited("QMT §9"), nothing("§9"));
        assert_eq!(cited("QMT §3 note 2"), nothing("§3 note 2"));
        assert_eq!(cited("QMT §3 `<q>`"), nothing("§3 <q>"));
        assert_eq!(cited("QMT §3 \"x\""), nothing("§3 \"x\""));
        assert_eq!(
            cited("QMT §3 <r> 7"),
            [Ok(2), Err("§3 <r> with that value".to_owned())]
        );
    }

    #[test]
    fn the_place_of_a_citation_says_what_it_is_for() {
        let text = "// here\n#[cfg(test)]\nmod tests;\nstruct A; // here\n#[cfg(test)]\nmod tests {\n// here\n}\n";
        let of = |path, line| columns(path, text, line);
        assert_eq!(of("crates/qmt-modem/src/a.rs", 4), [Column::Modem]);
        assert_eq!(of("crates/qmt-session/src/a.rs", 4), [Column::Session]);
        assert_eq!(of("crates/qmt-modem/src/a.rs", 7), [Column::Test]);
        assert_eq!(of("crates/qmt-modem/src/mqtt/tests.rs", 1), [Column::Test]);
        assert_eq!(of("crates/qmt-broker/tests/a.txt", 1), [Column::Test]);
        assert_eq!(of("crates/qmt-cli/src/a.rs", 1), []);
        assert_eq!(
            of("crates/qmt-proto/src/a.rs", 1),
            [Column::Parse, Column::Emit]
        );
    }

    #[test]
    fn in_qmt_proto_functions_say_their_direction() {
        let text = "\
/// One.
pub struct One;
impl One {
    /// Two.
    #[inline]
    pub fn parse_two() {
        let x = 1;
        // Three.
        if x {
            // Four.
        }
    }

    fn emit(&self) {} // Five.
}
// Six.
const SEVEN: u8 = 7;
";
        let lines: Vec<&str> = text.lines().collect();
        let of = |mark: &str| {
            let line = lines.iter().position(|line| line.contains(mark)).unwrap() + 1;
            columns("crates/qmt-proto/src/a.rs", text, line)
        };
        let both = &[Column::Parse, Column::Emit];
        assert_eq!(of("One."), both);
        assert_eq!(of("Two."), [Column::Parse]);
        assert_eq!(of("Three."), [Column::Parse]);
        assert_eq!(of("Six."), both);
    }
}
