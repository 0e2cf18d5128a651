//! Flags that nobody typed: from the environment and from the configuration file.
//!
//! Each is put in front of what was typed, so that everything that holds for a flag holds for it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};

use self::file::File;
use crate::error::CliError;
use crate::exit::Exit;

mod file;

/// Flags that are about the settings themselves, or that make no sense in them.
const OURS: [&str; 6] = ["help", "help_all", "version", "config", "use", "lang"];

/// A command line with its settings.
#[derive(Debug)]
pub(crate) struct Completed {
    pub(crate) line: Vec<OsString>,
    /// What was put in, and where each came from, for when something is wrong with it.
    pub(crate) added: Vec<(String, String)>,
}

/// The values of a flag.
#[derive(Clone, Debug, PartialEq)]
struct Setting {
    values: Vec<String>,
    source: String,
}

/// `line` with the flags that `variable` and the configuration file hold for its verb. What was
/// typed goes first; then come `QMT_VERB_FLAG`, `QMT_FLAG` and the file.
///
/// # Errors
/// When the file cannot be read or says what no flag is.
pub(crate) fn complete(
    mut line: Vec<OsString>,
    command: &Command,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Completed, CliError> {
    let typed = command.clone().ignore_errors(true);
    let typed = typed.try_get_matches_from(&line).ok();
    let typed = typed.as_ref().and_then(ArgMatches::subcommand);
    let mut added = Vec::new();
    let verb = typed.and_then(|(name, _)| command.find_subcommand(name));
    let (Some((name, matches)), Some(verb)) = (typed, verb) else {
        return Ok(Completed { line, added });
    };
    let file = File::open(
        matches.get_one::<PathBuf>("config").cloned(),
        matches.get_one::<String>("use").cloned(),
        variable,
    )?;
    file.check(command)?;
    let given = given(verb, matches);
    let mut words: Vec<OsString> = Vec::new();
    for arg in verb.get_arguments().filter(|arg| is_setting(arg)) {
        let id = arg.get_id().as_str();
        if given.contains(id) || excludes(verb, arg, &given) {
            continue;
        }
        let flag = flag_name(arg);
        let setting = environment(name, &flag, variable).or_else(|| file.setting(name, &flag));
        if let Some(Setting { values, source }) = setting {
            words.extend(written(arg, &values).into_iter().map(OsString::from));
            added.push((flag, source));
        }
    }
    let at = verb_position(&line, name);
    line.splice(at..at, words);
    Ok(Completed { line, added })
}

/// What a flag is called in files and, in capitals, in the environment: its long name.
pub(crate) fn flag_name(arg: &Arg) -> String {
    match arg.get_long() {
        Some(long) => long.to_owned(),
        None => arg.get_id().as_str().replace('_', "-"),
    }
}

/// Whether it can be set otherwise than by typing it.
pub(crate) fn is_setting(arg: &Arg) -> bool {
    !arg.is_positional() && !OURS.contains(&arg.get_id().as_str())
}

/// The name of the variable of a flag.
pub(crate) fn variable_name(flag: &str) -> String {
    format!("QMT_{}", flag.replace('-', "_").to_uppercase())
}

fn environment(
    verb: &str,
    flag: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Option<Setting> {
    let own = variable_name(&format!("{verb}-{flag}"));
    let found = |name: String| Some((variable(&name)?, name));
    let (value, source) = found(own).or_else(|| found(variable_name(flag)))?;
    Some(Setting {
        values: vec![value],
        source,
    })
}

/// The flags that were typed.
fn given<'a>(verb: &'a Command, matches: &ArgMatches) -> BTreeSet<&'a str> {
    use clap::parser::ValueSource;

    let ids = verb.get_arguments().map(|arg| arg.get_id().as_str());
    ids.filter(|id| {
        let source = matches.try_contains_id(id).is_ok();
        source && matches.value_source(id) == Some(ValueSource::CommandLine)
    })
    .collect()
}

/// Whether what was typed rules a flag out.
fn excludes(verb: &Command, arg: &Arg, given: &BTreeSet<&str>) -> bool {
    let is_given = |other: &Arg| given.contains(other.get_id().as_str());
    let conflicts = |one: &Arg, other: &Arg| {
        let others = verb.get_arg_conflicts_with(one);
        others.iter().any(|it| it.get_id() == other.get_id())
    };
    let mut others = verb.get_arguments().filter(|other| is_given(other));
    let conflicting = others
        .any(|other| other.is_exclusive_set() || conflicts(arg, other) || conflicts(other, arg));
    let in_group = verb.get_groups().any(|group| {
        let ids: Vec<_> = group.get_args().map(|id| id.as_str()).collect();
        !group.clone().is_multiple()
            && ids.contains(&arg.get_id().as_str())
            && ids.iter().any(|id| given.contains(id))
    });
    conflicting || in_group
}

/// A flag with its values, as it would be typed.
fn written(arg: &Arg, values: &[String]) -> Vec<String> {
    let name = match (arg.get_long(), arg.get_short()) {
        (Some(long), _) => format!("--{long}"),
        (None, Some(short)) => format!("-{short}"),
        (None, None) => return Vec::new(),
    };
    let together = arg
        .get_num_args()
        .is_some_and(|count| count.max_values() > 1);
    match arg.get_action() {
        ArgAction::SetTrue | ArgAction::Count => {
            let is_set = values
                .iter()
                .any(|value| matches!(value.as_str(), "true" | "1"));
            is_set.then_some(name).into_iter().collect()
        }
        _ if together => core::iter::once(name).chain(values.to_vec()).collect(),
        _ if arg.get_long().is_some() => values
            .iter()
            .map(|value| format!("{name}={value}"))
            .collect(),
        _ => values
            .iter()
            .flat_map(|value| [name.clone(), value.clone()])
            .collect(),
    }
}

/// Where what follows the verb begins.
fn verb_position(line: &[OsString], verb: &str) -> usize {
    let mut skip = false;
    for (index, word) in line.iter().enumerate().skip(1) {
        match word.to_str() {
            _ if skip => skip = false,
            Some("--config" | "--use" | "--lang") => skip = true,
            Some(word) if word == verb => return index + 1,
            _ => {}
        }
    }
    line.len()
}

fn wrong(what: String, remedy: &str) -> CliError {
    CliError::new(Exit::USAGE, what, remedy)
}

#[cfg(test)]
mod tests;
