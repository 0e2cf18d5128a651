//! Files of what a module can do: `qmt doctor` writes them, the verbs that connect load them.

use std::collections::BTreeMap;
use std::path::Path;

use qmt_session::Capabilities;
use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::exit::Exit;

/// Version of the format. A newer one is refused.
const FORMAT: u32 = 1;

/// What is known of a module.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct CapabilityFile {
    format: u32,
    /// The lines of ATI.
    pub(crate) module: Vec<String>,
    /// What the driver goes by.
    pub(crate) capabilities: Capabilities,
    /// How the module answers what the note leaves open, by name; for people.
    #[serde(default)]
    pub(crate) habits: BTreeMap<String, String>,
}

impl CapabilityFile {
    pub(crate) fn new(module: Vec<String>) -> Self {
        Self {
            format: FORMAT,
            module,
            capabilities: Capabilities::new(),
            habits: BTreeMap::new(),
        }
    }

    /// # Errors
    /// When it cannot be read, or is something else.
    pub(crate) fn read(path: &Path) -> Result<Self, CliError> {
        let name = path.display();
        let bytes = std::fs::read(path)
            .map_err(|error| CliError::io(format!("cannot read {name}"), &error))?;
        let refused = |why: String| {
            let remedy = "have qmt doctor write it anew with --capabilities";
            CliError::new(Exit::DATA, format!("{name}: {why}"), remedy)
        };
        let file: Self =
            serde_json::from_slice(&bytes).map_err(|error| refused(error.to_string()))?;
        match file.format {
            FORMAT => Ok(file),
            other => Err(refused(format!("format {other} is newer than this qmt"))),
        }
    }

    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<(), CliError> {
        let failed = |error| CliError::io(format!("cannot write {}", path.display()), &error);
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|error| failed(std::io::Error::other(error)))?;
        text.push('\n');
        std::fs::write(path, text).map_err(failed)
    }
}
