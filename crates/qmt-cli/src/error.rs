//! What a verb ends with when it cannot do its work.

use core::fmt;
use std::io;

use crate::exit::Exit;
use crate::lang::tr;

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
    /// What happened, and what to do about it, which every error says.
    pub(crate) fn new(exit: Exit, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (what, remedy) = (what.into(), remedy.into());
        debug_assert!(!remedy.is_empty(), "{what}: and then?");
        Self { exit, what, remedy }
    }

    /// The words of an error that say by themselves what to do.
    pub(crate) fn complete(exit: Exit, words: impl Into<String>) -> Self {
        Self {
            exit,
            what: words.into(),
            remedy: String::new(),
        }
    }

    /// Input or output that the operating system refused or broke.
    pub(crate) fn io(what: impl fmt::Display, error: &io::Error) -> Self {
        let (exit, remedy) = match error.kind() {
            io::ErrorKind::NotFound => (Exit::NO_DEVICE, "check the path"),
            io::ErrorKind::PermissionDenied => (Exit::NO_PERMISSION, "check its permissions"),
            io::ErrorKind::AddrInUse => (Exit::BUSY, "choose another port, or 0 for a free one"),
            io::ErrorKind::AlreadyExists => (Exit::BUSY, "remove it or choose another path"),
            io::ErrorKind::StorageFull => (Exit::IO, "make room, or name another place"),
            io::ErrorKind::ConnectionRefused => (Exit::IO, "check that somebody listens there"),
            _ => (
                Exit::IO,
                "check the device or disk; the system's log (dmesg) may tell more",
            ),
        };
        Self::new(exit, format!("{what}: {error}"), remedy)
    }

    /// The status it ends with.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// The same end without a word.
    pub(crate) fn hushed(self) -> Self {
        Self::complete(self.exit, "")
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
        f.write_str(&tr(&self.what))?;
        if !self.remedy.is_empty() {
            write!(f, "{}{}", tr("; "), tr(&self.remedy))?;
        }
        Ok(())
    }
}

/// Prints one line to standard error, whatever line ends its words hold. Never fails: there is
/// nobody left to tell.
pub(crate) fn note(words: impl fmt::Display) {
    use std::io::Write;

    let words = words.to_string();
    let line = tr(&words).replace(['\r', '\n'], " ");
    let _ = writeln!(io::stderr().lock(), "qmt: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_system_says_the_line_says_what_to_do() {
        for kind in [
            io::ErrorKind::NotFound,
            io::ErrorKind::PermissionDenied,
            io::ErrorKind::AddrInUse,
            io::ErrorKind::AlreadyExists,
            io::ErrorKind::StorageFull,
            io::ErrorKind::ConnectionRefused,
            io::ErrorKind::Other,
        ] {
            let error = CliError::io("cannot", &kind.into());
            assert!(!error.remedy.is_empty(), "{error}");
        }
    }

    #[test]
    #[should_panic(expected = "and then?")]
    fn an_error_without_a_remedy_is_refused() {
        let _ = CliError::new(Exit::IO, "it broke", "");
    }
}
