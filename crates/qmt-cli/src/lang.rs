//! Words for people, in English or Chinese.
//!
//! The code speaks English. The catalogue has the same in Chinese, text by text; `{}` stands for a
//! part that differs, which is looked up too. What it does not have stays English: `english.txt`
//! says what that is meant for, and a test fails for any other text of the sources.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::{LazyLock, OnceLock};

use clap::{Arg, Command, ValueEnum};
use unicode_width::UnicodeWidthStr;

/// A language.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Lang {
    #[default]
    En,
    Zh,
}

/// English, a blank line before each text, and Chinese below.
const CATALOGUE: &str = include_str!("lang/zh.txt");

/// The language of this process, once it is known.
static LANG: OnceLock<Lang> = OnceLock::new();

static CHINESE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(CATALOGUE));

/// Texts in another language.
#[derive(Debug, Default)]
struct Catalogue {
    whole: HashMap<&'static str, &'static str>,
    /// Texts with parts that differ.
    patterns: Vec<(Vec<&'static str>, &'static str)>,
}

impl Lang {
    /// The language that `--lang` in `line` asks for, or else the environment: `QMT_LANG`, then
    /// `LC_ALL`, `LC_MESSAGES` and `LANG`, of which the first that is set decides.
    pub(crate) fn of(line: &[OsString], variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let words: Vec<&str> = line.iter().filter_map(|word| word.to_str()).collect();
        let flag = words
            .iter()
            .enumerate()
            .find_map(|(index, word)| match *word {
                "--lang" => words.get(index + 1).copied(),
                word => word.strip_prefix("--lang="),
            });
        let names = ["QMT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"];
        let set = || {
            let values = names.iter().filter_map(|name| variable(name));
            values.into_iter().find(|value| !value.is_empty())
        };
        let wanted = flag.map(str::to_owned).or_else(set).unwrap_or_default();
        match wanted.starts_with("zh") {
            true => Self::Zh,
            false => Self::En,
        }
    }

    /// Makes it the language of this process.
    pub(crate) fn speak(self) {
        // Whoever was first has decided.
        let _ = LANG.set(self);
    }
}

/// The tag of the language of this process (RFC 5646), for pages.
pub(crate) fn tag() -> &'static str {
    match is_chinese() {
        true => "zh-CN",
        false => "en",
    }
}

/// What clap says by itself, line by line; nothing where that is in the right language.
pub(crate) fn of_clap(words: &str) -> Option<String> {
    let label = |line: String, label: &str| match CHINESE.whole.get(label) {
        Some(other) => line.replace(label, other),
        None => line,
    };
    let line = |line: &str| {
        let line = label(tr(line).into_owned(), "[default: ");
        label(line, "[possible values: ") + "\n"
    };
    is_chinese().then(|| words.lines().map(line).collect())
}

fn is_chinese() -> bool {
    LANG.get() == Some(&Lang::Zh)
}

/// `text` in the language of this process.
pub(crate) fn tr(text: &str) -> Cow<'_, str> {
    match is_chinese() {
        true => CHINESE.of(text),
        false => Cow::Borrowed(text),
    }
}

/// The same for a text that is in the catalogue as it is.
pub(crate) fn tr_static(text: &'static str) -> &'static str {
    match is_chinese() {
        true => CHINESE.whole.get(text).copied().unwrap_or(text),
        false => text,
    }
}

/// `text` and blanks behind it, together so many columns: a Chinese character takes two.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    let gap = columns.saturating_sub(text.width());
    format!("{text}{:gap$}", "")
}

/// The help of all verbs in the language of this process.
pub(crate) fn help(command: Command) -> Command {
    match is_chinese() {
        true => translated(command, &CHINESE),
        false => command,
    }
}

fn translated(command: Command, words: &Catalogue) -> Command {
    let line_by_line = |text: &str| {
        let lines = text.lines().map(|line| words.of(line));
        lines.collect::<Vec<_>>().join("\n")
    };
    let flag = |arg: Arg| {
        let short = arg.get_help().map(|help| line_by_line(&help.to_string()));
        let long = arg
            .get_long_help()
            .map(|help| line_by_line(&help.to_string()));
        let heading = arg
            .get_help_heading()
            .map(|heading| words.of(heading).into_owned());
        let arg = match short {
            Some(short) => arg.help(short),
            None => arg,
        };
        let heading = match heading {
            Some(heading) => heading,
            None if arg.is_positional() => words.of("Arguments").into_owned(),
            None => words.of("Options").into_owned(),
        };
        let arg = arg.help_heading(&*heading.leak());
        match long {
            Some(long) => arg.long_help(long),
            None => arg,
        }
    };
    let about = command
        .get_about()
        .map(|text| line_by_line(&text.to_string()));
    let end = command
        .get_after_help()
        .map(|text| line_by_line(&text.to_string()));
    let command = match about {
        Some(about) => command.about(about),
        None => command,
    };
    let command = match end {
        Some(end) => command.after_help(end),
        None => command,
    };
    let usage = words.of("Usage: ");
    let template =
        format!("{{about-with-newline}}\n{usage}{{usage}}\n\n{{all-args}}{{after-help}}");
    command
        .help_template(template)
        .subcommand_help_heading(&*words.of("Commands").into_owned().leak())
        .mut_args(flag)
        .mut_subcommands(|verb| translated(verb, words))
}

impl Catalogue {
    fn read(text: &'static str) -> Self {
        let mut catalogue = Self::default();
        for pair in text.split("\n\n") {
            let mut lines = pair.lines().filter(|line| !line.is_empty());
            let (Some(english), Some(other)) = (lines.next(), lines.next()) else {
                continue;
            };
            match english.contains("{}") {
                true => {
                    let parts = english.split("{}").collect();
                    catalogue.patterns.push((parts, other));
                }
                false => drop(catalogue.whole.insert(english, other)),
            }
        }
        // What says most about a text comes first: of two patterns that fit, it is the right one.
        let literal = |parts: &[&str]| parts.iter().map(|part| part.len()).sum::<usize>();
        catalogue
            .patterns
            .sort_by_key(|(parts, _)| core::cmp::Reverse(literal(parts)));
        catalogue
    }

    fn of<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if let Some(found) = self.whole.get(text) {
            return Cow::Borrowed(found);
        }
        for (parts, other) in &self.patterns {
            let Some(values) = values(parts, text) else {
                continue;
            };
            let others: Vec<_> = values.iter().map(|value| self.of(value)).collect();
            // Signs between parts of which none is known say nothing.
            let says = |part: &&str| part.contains(|c: char| c.is_ascii_alphanumeric());
            if parts.iter().any(says) || others.iter().zip(&values).any(|(it, value)| it != value) {
                return Cow::Owned(filled(other, &others));
            }
        }
        Cow::Borrowed(text)
    }
}

/// `text` with the values in the place of `{}`, or of `{1}`, `{2}` and so on in another order.
fn filled(text: &str, values: &[Cow<'_, str>]) -> String {
    let mut out = String::new();
    let mut pieces = text.split('{');
    out.push_str(pieces.next().unwrap_or_default());
    for (index, piece) in pieces.enumerate() {
        let (number, after) = piece.split_once('}').unwrap_or(("", piece));
        let index = number.parse().map_or(index, |number: usize| number - 1);
        out.push_str(values.get(index).map_or("", |value| value));
        out.push_str(after);
    }
    out
}

/// What stands between the `parts` of a pattern in `text`, if it fits.
fn values<'a>(parts: &[&str], text: &'a str) -> Option<Vec<&'a str>> {
    let (first, rest) = parts.split_first()?;
    let mut text = text.strip_prefix(first)?;
    let mut values = Vec::new();
    for (index, part) in rest.iter().enumerate() {
        let at = match part.is_empty() && index + 1 == rest.len() {
            true => text.len(),
            // The last part ends the text.
            false if index + 1 == rest.len() => text.strip_suffix(part)?.len(),
            false => text.find(part)?,
        };
        values.push(text.get(..at)?);
        text = text.get(at + part.len()..)?;
    }
    text.is_empty().then_some(values)
}

#[cfg(test)]
mod tests;
