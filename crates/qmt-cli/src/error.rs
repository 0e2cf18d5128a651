//! What a verb ends with when it cannot do its work.

use core::fmt;
use std::io;

use crate::exit::Exit;

/// One line for standard error: what happened, and what to do about it.
#[derive(Debug)]
pub(crate) struct CliError {
    exit: Exit,
    /// What happened, without a full stop.
    what: String,
    /// What to do about it; may be empty.
    remedy: String,
}

impl CliError {
    pub(crate) fn new(exit: Exit, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// Input or output that the operating system refused or broke.
    pub(crate) fn io(what: impl fmt::Display, error: &io::Error) -> Self {
        let (exit, remedy) = match error.kind() {
            io::ErrorKind::NotFound => (Exit::NO_DEVICE, "check the path"),
            io::ErrorKind::PermissionDenied => (Exit::NO_PERMISSION, "check its permissions"),
            io::ErrorKind::AddrInUse => (Exit::BUSY, "choose another port, or 0 for a free one"),
            io::ErrorKind::AlreadyExists => (Exit::BUSY, "remove it or choose another path"),
            _ => (Exit::IO, ""),
        };
        Self::new(exit, format!("{what}: {error}"), remedy)
    }

    /// The status it ends with.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// The same end without a word.
    pub(crate) fn hushed(self) -> Self {
        Self::new(self.exit, "", "")
    }

    /// Prints the line and gives the exit status. The end of a pipe is no news: whoever read has
    /// read enough.
    pub(crate) fn report(&self) -> Exit {
        if !self.what.is_empty() {
            note(self);
        }
        self.exit
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }
}

/// Prints one line to standard error, whatever line ends its words hold. Never fails: there is
/// nobody left to tell.
pub(crate) fn note(words: impl fmt::Display) {
    use std::io::Write;

    let line = words.to_string().replace(['\r', '\n'], " ");
    let _ = writeln!(io::stderr().lock(), "qmt: {line}");
}
