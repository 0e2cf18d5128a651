//! Every row of the catalogue that concerns the session has a test.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The sections of RELIABILITY §2 and how many rows each has.
const SECTIONS: [(char, usize); 5] = [('A', 10), ('B', 9), ('W', 12), ('D', 16), ('H', 12)];

/// Rows that the session cannot meet, and why.
const UNMET: [(&str, &str); 1] = [("W10", "a UART keeps the order of its bytes")];

/// Calls `found` with the comment and the name of each test of a file.
fn each_test(source: &str, mut found: impl FnMut(&str, &str)) {
    let mut comment = String::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim_start) {
        if let Some(text) = line.strip_prefix("///") {
            comment.push_str(text);
        } else if line.starts_with("#[") {
            is_test |= line == "#[test]";
        } else {
            let name = line
                .strip_prefix("fn ")
                .and_then(|line| line.split_once('('));
            if let (true, Some((name, _))) = (is_test, name) {
                found(&comment, name);
            }
            comment.clear();
            is_test = false;
        }
    }
}

/// The row that a name begins with: `w03_lost_byte` has W3.
fn row_of(name: &str) -> Option<String> {
    let (row, _) = name.split_once('_')?;
    let section = row.chars().next()?.to_ascii_uppercase();
    let number: usize = row.get(1..)?.parse().ok()?;
    Some(format!("{section}{number}"))
}

/// The rows after `RELIABILITY` in a comment: `RELIABILITY D1, D5.` has two.
fn cited(comment: &str) -> Vec<String> {
    let Some((_, list)) = comment.split_once("RELIABILITY ") else {
        return Vec::new();
    };
    let list = list.split_once('.').map_or(list, |(list, _)| list);
    let rows = list.split(", ").filter(|row| !row.starts_with('§'));
    rows.map(str::to_owned).collect()
}

fn each_source(folder: &Path, found: &mut impl FnMut(&str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            each_source(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_row_that_concerns_the_session_has_a_test() {
    let mut tests: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/catalogue");
    each_source(&catalogue, &mut |source| {
        each_test(source, |_, name| {
            if let Some(row) = row_of(name) {
                tests.entry(row).or_default().push(name.to_owned());
            }
        });
    });
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    each_source(crates, &mut |source| {
        each_test(source, |comment, name| {
            for row in cited(comment) {
                tests.entry(row).or_default().push(name.to_owned());
            }
        });
    });

    let mut rows = Vec::new();
    for (section, last) in SECTIONS {
        rows.extend((1..=last).map(|number| format!("{section}{number}")));
    }
    let unmet = |row: &str| UNMET.iter().any(|(other, _)| *other == row);
    for row in &rows {
        let held = tests.contains_key(row);
        assert!(
            held != unmet(row),
            "{row}: held {held}, unmet {}",
            unmet(row)
        );
    }
    let unknown: Vec<_> = tests.keys().filter(|row| !rows.contains(*row)).collect();
    assert!(unknown.is_empty(), "no such rows: {unknown:?}");
}

#[test]
fn a_test_is_found_by_its_name_and_by_its_comment() {
    let source = "/// RELIABILITY D1, D5. More.\n#[test]\nfn story() {\n}\nfn helper() {}\n";
    let mut found = Vec::new();
    each_test(source, |comment, name| {
        found.push((cited(comment), name.to_owned()))
    });
    assert_eq!(
        found,
        [(vec!["D1".to_owned(), "D5".to_owned()], "story".to_owned())]
    );
    assert_eq!(row_of("w03_lost_byte").as_deref(), Some("W3"));
    assert_eq!(row_of("a_test"), None);
}
