//! What a verb ends with when it cannot do its work.

use core::fmt;

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
    let _ = writeln!(std::io::stderr().lock(), "qmt: {line}");
}
