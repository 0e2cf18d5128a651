//! The configuration file: flags by their long names, for all verbs or one, always or in a profile.

use std::io::ErrorKind;
use std::path::PathBuf;

use clap::Command;
use toml::{Table, Value};

use super::{Setting, flag_name, is_setting, wrong};
use crate::error::CliError;

/// Where profiles stand.
const PROFILES: &str = "profile";

/// A configuration file, of which one profile is in use.
#[derive(Debug, Default)]
pub(super) struct File {
    name: String,
    all: Table,
    profile: Table,
}

impl File {
    /// Reads `path`, the file that QMT_CONFIG names, or the user's own, which may be missing; an
    /// empty name is no file.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, or has no such profile.
    pub(super) fn open(
        path: Option<PathBuf>,
        profile: Option<String>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, CliError> {
        let profile = profile.or_else(|| variable("QMT_USE"));
        let named = path.or_else(|| variable("QMT_CONFIG").map(PathBuf::from));
        let is_named = named.is_some();
        let Some(path) = named.or_else(|| users(variable)) else {
            return Ok(Self::default());
        };
        let name = path.display().to_string();
        let text = match std::fs::read_to_string(&path) {
            _ if name.is_empty() => String::new(),
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound && !is_named => String::new(),
            Err(error) => return Err(CliError::io(format!("cannot read {name}"), &error)),
        };
        Self::read(name, &text, profile.as_deref())
    }

    pub(super) fn read(name: String, text: &str, profile: Option<&str>) -> Result<Self, CliError> {
        let all: Table = text.parse().map_err(|error: toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.get(..at).unwrap_or_default().lines().count().max(1);
            let what = format!("{name}, line {line}: {}", error.message());
            wrong(what, "write it as TOML: host = \"broker.example\"")
        })?;
        let Some(wanted) = profile else {
            return Ok(Self {
                name,
                all,
                profile: Table::new(),
            });
        };
        let profiles = all.get(PROFILES).and_then(Value::as_table);
        match profiles.and_then(|all| all.get(wanted)?.as_table()) {
            Some(profile) => Ok(Self {
                name,
                profile: profile.clone(),
                all,
            }),
            None => {
                let known = profiles.map(|all| all.keys().cloned().collect::<Vec<_>>());
                let known = known.unwrap_or_default().join(", ");
                Err(wrong(
                    format!("there is no profile {wanted:?} in {name:?}; it has: {known}"),
                    "write a section [profile.NAME], or name another file with --config",
                ))
            }
        }
    }

    /// What it says of a flag of a verb: the profile before the rest, the verb before all verbs.
    pub(super) fn setting(&self, verb: &str, flag: &str) -> Option<Setting> {
        let of = |table: &Table| {
            let own = table.get(verb).and_then(Value::as_table);
            let value = own
                .and_then(|own| own.get(flag))
                .or_else(|| table.get(flag))?;
            values(value)
        };
        let values = of(&self.profile).or_else(|| of(&self.all))?;
        Some(Setting {
            values,
            source: self.name.clone(),
        })
    }

    /// Whether everything in it is a flag of some verb: one misspelt would be missed in silence.
    pub(super) fn check(&self, command: &Command) -> Result<(), CliError> {
        self.check_table(&self.all, command)?;
        let profiles = self.all.get(PROFILES).and_then(Value::as_table);
        for table in profiles
            .into_iter()
            .flatten()
            .filter_map(|(_, it)| it.as_table())
        {
            self.check_table(table, command)?;
        }
        Ok(())
    }

    fn check_table(&self, table: &Table, command: &Command) -> Result<(), CliError> {
        for (key, value) in table.iter().filter(|(key, _)| *key != PROFILES) {
            let verb = command.find_subcommand(key);
            match (verb, value) {
                (Some(verb), Value::Table(own)) => {
                    for (key, value) in own {
                        self.check_flag(key, value, &mut core::iter::once(verb))?;
                    }
                }
                _ => self.check_flag(key, value, &mut command.get_subcommands())?,
            }
        }
        Ok(())
    }

    fn check_flag(
        &self,
        key: &str,
        value: &Value,
        verbs: &mut dyn Iterator<Item = &Command>,
    ) -> Result<(), CliError> {
        let mut flags = verbs.flat_map(Command::get_arguments);
        if !flags.any(|arg| is_setting(arg) && flag_name(arg) == key) {
            let what = format!("{}: there is no flag --{key}", self.name);
            return Err(wrong(what, "write a long name of `qmt VERB --help-all`"));
        }
        match values(value) {
            Some(_) => Ok(()),
            None => Err(wrong(
                format!("{}: {key} is a table or a date", self.name),
                "write a text, a number, true, false or a list of them",
            )),
        }
    }
}

/// The file of whoever runs this.
fn users(variable: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let home = || Some(PathBuf::from(variable("HOME")?).join(".config"));
    let folder = variable("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty());
    let folder = folder.map(PathBuf::from).or_else(home)?;
    Some(folder.join("qmt").join("config.toml"))
}

/// A value as it would be typed, or several.
fn values(value: &Value) -> Option<Vec<String>> {
    Some(match value {
        Value::String(text) => vec![text.clone()],
        Value::Integer(number) => vec![number.to_string()],
        Value::Float(number) => vec![number.to_string()],
        Value::Boolean(truth) => vec![truth.to_string()],
        Value::Array(list) => {
            let parts: Option<Vec<_>> = list.iter().map(values).collect();
            parts?.concat()
        }
        Value::Datetime(_) | Value::Table(_) => return None,
    })
}
