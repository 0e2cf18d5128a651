//! `docs/invariants.txt`: every invariant of a session has a test that exists.

use super::Finding;

/// Where the rows are.
pub(super) const TABLE: &str = "docs/invariants.txt";
/// How many invariants there are, Q1 and so on.
const COUNT: usize = 37;

/// Checks the table; `read` gives the text of a file, if there is such a file.
pub(super) fn check(table: &str, read: impl Fn(&str) -> Option<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut next = 1;
    for (line, row) in (1..).zip(table.lines()) {
        if row.is_empty() || row.starts_with('#') {
            continue;
        }
        let mut wrong =
            |text: String| findings.push(Finding::error(format!("{TABLE}:{line}"), text));
        let mut columns = row.splitn(3, " | ");
        let number = columns.next().unwrap_or_default();
        if number != next.to_string() {
            wrong(format!("invariant {next} is missing before `{number}`"));
        }
        next += 1;
        let Some(tests) = columns.nth(1) else {
            wrong("a row is `number | invariant | test, test, ..`".to_owned());
            continue;
        };
        for test in tests.split(", ") {
            if !exists(test, &read) {
                wrong(format!("there is no test `{test}`"));
            }
        }
    }
    if next != COUNT + 1 {
        findings.push(Finding::error(
            TABLE,
            format!("{} invariants, not {COUNT}", next - 1),
        ));
    }
    findings
}

/// Whether there is this `path::function`, marked as a test; of a transcript, the path.
fn exists(test: &str, read: impl Fn(&str) -> Option<String>) -> bool {
    let Some((path, name)) = test.split_once("::") else {
        return test.contains("/transcripts/") && read(test).is_some();
    };
    let Some(text) = read(path) else {
        return false;
    };
    let function = format!("fn {name}(");
    let Some((before, _)) = text.split_once(&function) else {
        return false;
    };
    // Attributes stand between the blank line before a test and its function.
    let attributes = before.rsplit("\n\n").next().unwrap_or_default();
    attributes.contains("#[test]") || attributes.contains("::test")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Option<String> {
        match path {
            "a.rs" => Some("fn helper() {}\n\n#[test]\nfn t() {}\n".to_owned()),
            "tests/transcripts/a.txt" => Some(String::new()),
            _ => None,
        }
    }

    fn texts(table: &str) -> Vec<String> {
        let findings = check(table, read).into_iter();
        findings.map(|finding| finding.text).collect()
    }

    fn whole() -> String {
        (1..=COUNT)
            .map(|n| format!("{n} | something | a.rs::t, tests/transcripts/a.txt\n"))
            .collect()
    }

    #[test]
    fn a_table_whose_tests_exist_is_fine() {
        assert_eq!(texts(&format!("# words\n\n{}", whole())), [""; 0]);
    }

    #[test]
    fn an_invariant_without_a_test_is_found() {
        let table = whole();
        let gone = table.replacen("a.rs::t", "a.rs::gone", 1);
        assert_eq!(texts(&gone), ["there is no test `a.rs::gone`"]);
        let helper = table.replacen("a.rs::t", "a.rs::helper", 1);
        assert_eq!(texts(&helper), ["there is no test `a.rs::helper`"]);
        let file = table.replacen("a.txt", "b.txt", 1);
        assert_eq!(texts(&file), ["there is no test `tests/transcripts/b.txt`"]);
        let last = table.lines().take(COUNT - 1).collect::<Vec<_>>().join("\n");
        assert_eq!(texts(&last), ["36 invariants, not 37"]);
        let no_tests = table.replacen(
            "1 | something | a.rs::t, tests/transcripts/a.txt",
            "1 | x",
            1,
        );
        assert_eq!(texts(&no_tests).len(), 1);
    }
}
