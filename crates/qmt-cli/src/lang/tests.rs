//! Which language is spoken, and whether all of it is.

use std::collections::HashSet;

use super::*;
use crate::cli::Cli;

mod sources;

fn lang(typed: &str, variables: &[(&str, &str)]) -> Lang {
    let line: Vec<OsString> = typed.split(' ').map(OsString::from).collect();
    Lang::of(&line, &|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn the_flag_goes_before_the_variables_and_the_first_of_those_decides() {
    assert_eq!(lang("qmt pub", &[]), Lang::En);
    assert_eq!(lang("qmt pub", &[("LANG", "zh_CN.UTF-8")]), Lang::Zh);
    let both = [("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")];
    assert_eq!(lang("qmt pub", &both), Lang::En);
    assert_eq!(lang("qmt --lang zh pub", &both), Lang::Zh);
    assert_eq!(lang("qmt pub --lang=en", &[("QMT_LANG", "zh")]), Lang::En);
}

#[test]
fn parts_that_differ_are_looked_up_too() {
    let words = Catalogue::read("a {} b {}\n乙 {} 甲 {}\n\nlost\n丢失\n");
    assert_eq!(words.of("a 1 b lost"), "乙 1 甲 丢失");
    assert_eq!(words.of("lost"), "丢失");
    assert_eq!(words.of("a 1 c"), "a 1 c");
}

#[test]
fn every_text_of_the_catalogue_has_as_many_parts_in_both_languages() {
    for pair in CATALOGUE
        .split("\n\n")
        .filter(|pair| !pair.trim().is_empty())
    {
        let lines: Vec<&str> = pair.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines.len(), 2, "{pair}");
        let count = |text: &str| text.matches('{').count();
        assert_eq!(count(lines[0]), count(lines[1]), "{pair}");
        // In their order, or each with its number.
        let numbered = (1..=count(lines[1])).all(|n| lines[1].contains(&format!("{{{n}}}")));
        let in_order = lines[1].matches("{}").count() == count(lines[1]);
        assert!(in_order || numbered, "{pair}");
    }
}

#[test]
fn texts_that_are_joined_are_looked_up_one_by_one() {
    let words = "gone\n没了\n\n{} of {}\n{2}/{1}\n\n{} of all\n全部 {}\n\n{}: {}\n{}：{}\n";
    let words = Catalogue::read(words);
    assert_eq!(words.of("/dev/tty: gone"), "/dev/tty：没了");
    // Another order, and texts that are parts.
    assert_eq!(words.of("1 of a: gone"), "a：没了/1");
    // Nothing is known: the signs stay, too.
    assert_eq!(words.of("+QMTSTAT: 0, 1"), "+QMTSTAT: 0, 1");
    // The pattern that says more goes first.
    assert_eq!(words.of("gone of all"), "全部 没了");
}

/// Texts that the catalogue lacks.
fn missing<'a>(texts: impl Iterator<Item = Cow<'a, str>>) -> Vec<String> {
    let words = Catalogue::read(CATALOGUE);
    let lines = texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
    let lacking = lines.filter(|line| {
        !words.whole.contains_key(line.as_str()) && line.contains(|c: char| c.is_ascii_alphabetic())
    });
    lacking.collect()
}

#[test]
fn all_help_is_in_the_catalogue() {
    fn texts(command: &Command, out: &mut Vec<String>) {
        out.extend(command.get_about().map(ToString::to_string));
        out.extend(command.get_after_help().map(ToString::to_string));
        for arg in command.get_arguments() {
            out.extend(arg.get_help().map(ToString::to_string));
            out.extend(arg.get_long_help().map(ToString::to_string));
        }
        for verb in command.get_subcommands() {
            texts(verb, out);
        }
    }
    let mut all = Vec::new();
    texts(&Cli::described(), &mut all);
    let missing = missing(all.into_iter().map(Cow::Owned));
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_cause_and_remedy_of_the_doctor_is_in_the_catalogue() {
    let table = include_str!("../doctor/cause.rs");
    let (_, table) = table.split_once("\ncauses! {").unwrap();
    let rows = table
        .lines()
        .map(str::trim)
        .filter(|row| row.starts_with('"'));
    let texts: Vec<String> = rows
        .map(|row| row.trim_matches(['"', ',', ';']).replace("\\\"", "\""))
        .collect();
    assert!(texts.len() > 100, "{texts:?}");
    let missing = missing(texts.into_iter().map(Cow::Owned));
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Texts that stay English, each after the line with the reason.
const ENGLISH: &str = include_str!("english.txt");

#[test]
fn every_text_of_the_sources_is_in_the_catalogue_or_stays_english_for_a_reason() {
    let words = Catalogue::read(CATALOGUE);
    let patterns = words.patterns.iter();
    let patterns: HashSet<String> = patterns.map(|(parts, _)| parts.join("{}")).collect();
    let is_known = |text: &str| words.whole.contains_key(text) || patterns.contains(text);
    let mut english: Vec<&str> = ENGLISH
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect();
    let mut unused = english.clone();
    english.sort_unstable();
    let mut lacking = Vec::new();
    for found in sources::texts() {
        let text = found.text.as_str();
        if english.binary_search(&text).is_ok() {
            unused.retain(|known| *known != text);
        } else if !is_known(text) {
            lacking.push(format!("{}: {text}", found.file));
        }
    }
    assert!(
        lacking.is_empty(),
        "translate in src/lang/zh.txt, or give the reason in src/lang/english.txt:\n{}",
        lacking.join("\n")
    );
    assert!(unused.is_empty(), "no source has these: {unused:?}");
}
