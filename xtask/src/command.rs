//! Child processes as data, so that a failure can show the exact line to repeat.

use core::fmt;
use std::{
    io::{self, Read, Write},
    process::{self, ExitStatus, Stdio},
    thread,
};

use crate::failure::Failure;

/// A program with arguments and extra environment, run in the repository root.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    program: String,
    args: Vec<String>,
    env: Vec<(String, String)>,
}

impl Command {
    /// A program without arguments.
    pub(crate) fn new(program: impl Into<String>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
        }
    }

    /// `cargo` with these arguments.
    pub(crate) fn cargo<const N: usize>(args: [&str; N]) -> Self {
        Self::new("cargo").args(args)
    }

    /// Adds arguments.
    #[must_use]
    pub(crate) fn args<I: IntoIterator<Item: Into<String>>>(mut self, args: I) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable for the child.
    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Prints the line, runs it with its output passed through, and requires success.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        eprintln!("$ {self}");
        let status = self.child().status().map_err(|error| self.absent(&error))?;
        self.require(status)
    }

    /// Like [`run`](Self::run), and also returns what the child printed on both streams.
    pub(crate) fn run_and_keep(&self) -> Result<String, (String, Failure)> {
        eprintln!("$ {self}");
        let spawned = self
            .child()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = spawned.map_err(|error| (String::new(), self.absent(&error)))?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let text = thread::scope(|scope| {
            let err = scope.spawn(|| copy(err, io::stderr()));
            let mut text = copy(out, io::stdout());
            text.push_str(&err.join().unwrap_or_default());
            text
        });
        match child.wait().map_err(|error| self.absent(&error)) {
            Ok(status) => match self.require(status) {
                Ok(()) => Ok(text),
                Err(failure) => Err((text, failure)),
            },
            Err(failure) => Err((text, failure)),
        }
    }

    /// Runs quietly and returns standard output; on failure the message holds standard error.
    pub(crate) fn capture(&self) -> Result<String, Failure> {
        let output = self.child().output().map_err(|error| self.absent(&error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Failure::new(format!("{} failed: {}", self.name(), said.trim())).with_repeat(self))
    }

    /// Runs quietly and returns whether it succeeded, with everything it said.
    pub(crate) fn probe(&self) -> Result<(bool, String), Failure> {
        let output = self.child().output().map_err(|error| self.absent(&error))?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok((output.status.success(), text))
    }

    /// Whether it starts and succeeds; what it says is dropped.
    pub(crate) fn succeeds(&self) -> bool {
        self.probe().is_ok_and(|(success, _)| success)
    }

    fn child(&self) -> process::Command {
        let mut child = process::Command::new(&self.program);
        child.args(&self.args).stdin(Stdio::null());
        for (name, value) in &self.env {
            child.env(name, value);
        }
        child
    }

    fn require(&self, status: ExitStatus) -> Result<(), Failure> {
        if status.success() {
            return Ok(());
        }
        Err(Failure::new(format!("{} ended with {status}", self.name())).with_repeat(self))
    }

    fn absent(&self, error: &io::Error) -> Failure {
        Failure::new(format!("cannot run {}: {error}", self.name())).with_repeat(self)
    }

    /// Program and first argument, as people call it: `cargo fmt`.
    fn name(&self) -> String {
        let verb = self.args.first().map(String::as_str).unwrap_or_default();
        format!("`{}`", format!("{} {verb}", self.program).trim_end())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.env {
            write!(f, "{name}={} ", Quoted(value))?;
        }
        f.write_str(&self.program)?;
        self.args
            .iter()
            .try_for_each(|arg| write!(f, " {}", Quoted(arg)))
    }
}

/// A word as a POSIX shell takes it.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c);
        if !self.0.is_empty() && self.0.chars().all(plain) {
            return f.write_str(self.0);
        }
        write!(f, "'{}'", self.0.replace('\'', r"'\''"))
    }
}

/// Copies a stream as it comes and returns all of it.
fn copy(from: Option<impl Read>, mut to: impl Write) -> String {
    let mut all = Vec::new();
    let mut chunk = [0; 4096];
    if let Some(mut from) = from {
        while let Ok(read @ 1..) = from.read(&mut chunk) {
            let bytes = chunk.get(..read).unwrap_or_default();
            all.extend_from_slice(bytes);
            // A closed terminal must not stop the count of tests.
            let _ = to.write_all(bytes).and_then(|()| to.flush());
        }
    }
    String::from_utf8_lossy(&all).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_to_repeat_can_be_pasted() {
        let command = Command::cargo(["doc", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings")
            .args(["it's", ""]);
        assert_eq!(
            command.to_string(),
            r"RUSTDOCFLAGS='-D warnings' cargo doc --no-deps 'it'\''s' ''"
        );
    }

    #[test]
    fn failures_say_what_to_repeat() {
        let failure = Command::cargo(["no-such-verb"]).capture().unwrap_err();
        assert!(
            failure
                .to_string()
                .ends_with("to repeat: cargo no-such-verb")
        );
        let failure = Command::new("no-such-program-of-ours").run().unwrap_err();
        assert!(failure.to_string().starts_with("cannot run"));
    }

    #[test]
    fn kept_output_is_complete() {
        let text = Command::cargo(["--version"]).run_and_keep().unwrap();
        assert!(text.starts_with("cargo "));
    }
}
