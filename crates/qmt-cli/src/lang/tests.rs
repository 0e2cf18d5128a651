//! Which language is spoken, and whether all of it is.

use super::*;
use crate::cli::Cli;

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
        let count = |text: &str| text.matches("{}").count();
        assert_eq!(count(lines[0]), count(lines[1]), "{pair}");
    }
}

/// Texts that the catalogue lacks.
fn missing<'a>(texts: impl Iterator<Item = Cow<'a, str>>) -> Vec<String> {
    let words = Catalogue::read(CATALOGUE);
    let lines = texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
    let lacking = lines.filter(|line| {
        let is_known = words.whole.contains_key(line.as_str()) || words.of(line) != line.as_str();
        !is_known && line.contains(|c: char| c.is_ascii_alphabetic())
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
