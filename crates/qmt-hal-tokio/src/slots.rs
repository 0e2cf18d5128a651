//! Where the state of an outbox survives a loss of power.

use core::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use qmt_session::RestoreError;

/// Two places for the state of an outbox, written in turn, so that one is whole whenever the power
/// goes.
///
/// Called by the task, which does nothing else meanwhile: a few KiB each time.
pub trait Slots: Send {
    /// What is in both; empty where nothing has been written.
    ///
    /// # Errors
    /// When that is not known. The task does not start then.
    fn load(&mut self) -> io::Result<[Vec<u8>; 2]>;

    /// Puts `bytes` into slot 0 or 1. Returns when they would survive a loss of power.
    ///
    /// # Errors
    /// When they would not. The task ends then.
    fn save(&mut self, slot: usize, bytes: &[u8]) -> io::Result<()>;
}

/// Two files in a folder, `outbox-0` and `outbox-1`.
#[derive(Clone, Debug)]
pub struct FileSlots {
    folder: PathBuf,
}

/// Why an outbox cannot be kept.
#[derive(Debug)]
#[non_exhaustive]
pub enum OutboxError {
    /// Its slots could not be read.
    Load(io::Error),
    /// What is in them could not be used.
    Restore(RestoreError),
    /// One of them could not be written.
    Save(io::Error),
}

impl FileSlots {
    /// Slots in `folder`, which is made when it is not there. Nobody else may use them.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    fn path(&self, slot: usize) -> PathBuf {
        self.folder.join(format!("outbox-{slot}"))
    }
}

impl Slots for FileSlots {
    fn load(&mut self) -> io::Result<[Vec<u8>; 2]> {
        fs::create_dir_all(&self.folder)?;
        let read = |slot| match fs::read(self.path(slot)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            read => read,
        };
        Ok([read(0)?, read(1)?])
    }

    fn save(&mut self, slot: usize, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(slot);
        let is_new = !path.exists();
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        if is_new {
            sync_names(&self.folder)?;
        }
        Ok(())
    }
}

/// A new file has survived when its name has, too.
fn sync_names(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

impl fmt::Display for OutboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(error) => write!(f, "reading the outbox failed: {error}"),
            Self::Restore(error) => write!(f, "restoring the outbox failed: {error}"),
            Self::Save(error) => write!(f, "writing the outbox failed: {error}"),
        }
    }
}

impl core::error::Error for OutboxError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Load(error) | Self::Save(error) => Some(error),
            Self::Restore(error) => Some(error),
        }
    }
}
