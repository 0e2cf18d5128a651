//! `--profile`, `--quirk` and `--list-quirks`.

use core::fmt::Write;
use core::str::FromStr;

use clap::Args;
use qmt_modem::{Profile, Quirk, QuirkError, Quirks};

/// What the module is like where the documents leave it open.
#[derive(Args, Debug)]
pub(super) struct QuirkArgs {
    /// Quirks to start from: note, observed, strict
    ///
    /// note unless told otherwise.
    #[arg(long, value_name = "NAME")]
    profile: Option<Profile>,
    /// Answer one open question otherwise
    ///
    /// Repeatable; --list-quirks has them all.
    #[arg(long, value_name = "NAME=VALUE")]
    quirk: Vec<Wish>,
    /// Print every quirk, and end
    ///
    /// With its values and sources.
    #[arg(long, exclusive = true, hide_short_help = true)]
    pub(super) list_quirks: bool,
}

/// A quirk and a value it can have.
#[derive(Clone, Debug)]
struct Wish {
    name: String,
    value: String,
}

impl QuirkArgs {
    /// What the command line says, over what a scenario says.
    pub(super) fn quirks(&self, scenario: Option<Quirks>) -> Quirks {
        let mut quirks = match (self.profile, scenario) {
            (Some(profile), _) => profile.quirks(),
            (None, Some(quirks)) => quirks,
            (None, None) => Quirks::NOTE,
        };
        for Wish { name, value } in &self.quirk {
            // Tried when the command line was read.
            let _ = quirks.set(name, value);
        }
        quirks
    }
}

impl FromStr for Wish {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("a quirk reads NAME=VALUE")?;
        match Quirks::NOTE.clone().set(name, value) {
            Ok(()) => Ok(Self {
                name: name.to_owned(),
                value: value.to_owned(),
            }),
            Err(QuirkError::UnknownValue(values)) => {
                let values: Vec<_> = values.iter().map(|value| value.name()).collect();
                Err(format!("{name} is one of {}", values.join(", ")))
            }
            Err(_) => Err(format!("no quirk is called {name}; see --list-quirks")),
        }
    }
}

/// Every quirk with its question, its source and its values, those of the profiles marked.
pub(super) fn list() -> String {
    let mut text = String::new();
    for quirk in Quirk::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{}: {} [{}]",
            quirk.name(),
            quirk.text(),
            quirk.source()
        );
        for value in quirk.values() {
            let profiles: Vec<_> = Profile::ALL
                .into_iter()
                .filter(|profile| quirk.value(&profile.quirks()) == value)
                .map(Profile::name)
                .collect();
            let profiles = match profiles.is_empty() {
                true => String::new(),
                false => format!(" ({})", profiles.join(", ")),
            };
            let _ = writeln!(text, "    {:<14} {}{profiles}", value.name(), value.text());
        }
    }
    text
}
