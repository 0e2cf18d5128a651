//! Recordings as files: what every verb that reads one does, and says of a bad one.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use qmt_trace::{Header, PlayError, Player, Record};

use crate::error::{CliError, note};
use crate::exit::Exit;

/// A recording that is being read.
pub(crate) struct Recorded {
    name: String,
    player: Player<BufReader<File>>,
}

impl Recorded {
    /// # Errors
    /// When it cannot be read or is none.
    pub(crate) fn open(path: &Path) -> Result<Self, CliError> {
        let name = path.display().to_string();
        let player = File::open(path)
            .map_err(PlayError::Io)
            .and_then(|file| Player::new(BufReader::new(file)))
            .map_err(|error| failed(&name, error))?;
        Ok(Self { name, player })
    }

    pub(crate) fn header(&self) -> Header<'_> {
        self.player.header()
    }

    /// Gives the records in order to `take`, for as long as it wants more. Damaged ones are told, and
    /// left out. Whether there were any.
    ///
    /// # Errors
    /// When the file cannot be read, and those of `take`.
    pub(crate) fn each(
        &mut self,
        mut take: impl FnMut(&Record<'_>) -> Result<bool, CliError>,
    ) -> Result<bool, CliError> {
        let mut damaged = false;
        loop {
            match self.player.next_record() {
                Ok(Some(record)) if take(&record)? => {}
                Ok(_) => return Ok(damaged),
                Err(error @ PlayError::Io(_)) => return Err(failed(&self.name, error)),
                Err(error) => {
                    note(format_args!("{}: {error}", self.name));
                    damaged = true;
                }
            }
        }
    }
}

fn failed(name: &str, error: PlayError) -> CliError {
    match error {
        PlayError::Io(error) => CliError::io(format!("cannot read {name}"), &error),
        error => CliError::new(
            Exit::DATA,
            format!("{name}: {error}"),
            "make one with --record; `qmt decode` reads other captures",
        ),
    }
}
