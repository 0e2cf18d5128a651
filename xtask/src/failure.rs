//! What went wrong in a task, and the command that shows it again.

use core::fmt;

/// A task that did not succeed.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    /// Shell line that repeats exactly what failed; `None` where the message says all.
    repeat: Option<String>,
}

impl Failure {
    /// A failure that its message explains fully.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            repeat: None,
        }
    }

    /// The same failure with the command to repeat.
    #[must_use]
    pub(crate) fn with_repeat(mut self, command: impl fmt::Display) -> Self {
        self.repeat = Some(command.to_string());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.repeat {
            Some(command) => write!(f, "\nto repeat: {command}"),
            None => Ok(()),
        }
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::new(format!("{error}; see `cargo xtask help`"))
    }
}
