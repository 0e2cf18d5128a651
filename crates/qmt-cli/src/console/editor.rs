//! The line editor, in a thread of its own.

use std::io;
use std::path::PathBuf;

use qmt_proto::RequestDialect;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, ExternalPrinter, Helper};
use tokio::sync::{mpsc, oneshot};

use super::Order;
use super::completion::{completions, hint};
use crate::decode::secret_of;
use crate::dialogue::Request;
use crate::error::CliError;
use crate::exit::Exit;
use crate::lang::tr_static;

/// A command, and the data for it if it asks for some.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) line: String,
    pub(super) data: Option<String>,
}

/// Reads what is typed.
pub(super) struct Editor {
    editor: rustyline::Editor<Tables, DefaultHistory>,
    history: Option<PathBuf>,
}

/// Completes and hints.
struct Tables;

/// How the terminal was, and will be again when this is dropped.
pub(super) struct Screen(Option<Termios>);

impl Screen {
    pub(super) fn remember() -> Self {
        Self(tcgetattr(io::stdin()).ok())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(mode) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, mode);
        }
    }
}

impl Editor {
    /// Also reads the history, if there is one.
    pub(super) fn new(history: Option<PathBuf>) -> Result<Self, CliError> {
        let config = rustyline::Config::builder()
            .completion_type(CompletionType::List)
            .build();
        let mut editor = rustyline::Editor::with_config(config).map_err(failed)?;
        editor.set_helper(Some(Tables));
        if let Some(path) = &history {
            // There may be none yet.
            let _ = editor.load_history(path);
        }
        Ok(Self { editor, history })
    }

    /// Prints above the line that is being typed; `None` where nobody types.
    pub(super) fn printer(&mut self) -> Option<impl ExternalPrinter + use<>> {
        self.editor.create_external_printer().ok()
    }

    /// Hands on what is typed, line by line, each when the one before has been answered.
    pub(super) fn run(mut self, orders: &mpsc::Sender<Order>) -> Result<(), CliError> {
        while let Some(typed) = self.read()? {
            let (answered, answer) = oneshot::channel();
            if orders.blocking_send((typed, answered)).is_err() {
                break;
            }
            // Whoever does not answer has gone.
            let _ = answer.blocking_recv();
        }
        match &self.history {
            Some(path) => self.editor.save_history(path).map_err(failed),
            None => Ok(()),
        }
    }

    /// The next command; `None` at the end.
    fn read(&mut self) -> Result<Option<Typed>, CliError> {
        loop {
            let Some(line) = self.line("")? else {
                return Ok(None);
            };
            match line.trim() {
                "" => continue,
                "exit" | "quit" => return Ok(None),
                _ => {}
            }
            // A history is a file that others may read.
            if secret_of(line.as_bytes()).is_none() {
                self.editor.add_history_entry(&line).map_err(failed)?;
            }
            let request = Request::new(line.as_bytes(), &RequestDialect::default());
            let data = match request.data {
                Some(_) => match self.line(tr_static("data> "))? {
                    Some(data) => Some(data),
                    None => return Ok(None),
                },
                None => None,
            };
            return Ok(Some(Typed { line, data }));
        }
    }

    fn line(&mut self, prompt: &str) -> Result<Option<String>, CliError> {
        match self.editor.readline(prompt) {
            Ok(line) => Ok(Some(line)),
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }
}

fn failed(error: ReadlineError) -> CliError {
    match error {
        ReadlineError::Io(error) => CliError::io("the console", &error),
        error => CliError::new(
            Exit::IO,
            format!("the console: {error}"),
            "try it in another terminal, or pipe the commands into it",
        ),
    }
}

impl Completer for Tables {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok((0, completions(line.get(..pos).unwrap_or(line))))
    }
}

impl Hinter for Tables {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, _: &rustyline::Context<'_>) -> Option<String> {
        // Only where it would be typed.
        let hint = (pos == line.len()).then(|| hint(line)).flatten();
        hint.map(|hint| format!("  {hint}"))
    }
}

impl Highlighter for Tables {}
impl Validator for Tables {}
impl Helper for Tables {}
