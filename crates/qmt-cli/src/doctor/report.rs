//! What was found, as lines for people or objects for programs.

use std::io::{self, IsTerminal, Write};

use serde_json::json;

use super::cause::{Cause, Level};
use crate::exit::Exit;
use crate::lang::{padded, tr, tr_static};
use crate::trace::has_no_color;

/// Columns of the names of checks.
const COLUMN: usize = 12;

/// Prints findings as they come, and remembers the worst.
#[derive(Debug)]
pub(super) struct Report {
    json: bool,
    coloured: bool,
    hushed: bool,
    /// The first problem, or else the first warning.
    verdict: Option<Cause>,
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        Self {
            json,
            coloured: io::stdout().is_terminal() && !has_no_color(),
            hushed: false,
            verdict: None,
        }
    }

    /// `check` has found what it should.
    pub(super) fn fine(&mut self, check: &str, what: &str) {
        if !self.hushed {
            self.print(check, Level::Fine, None, what);
        }
    }

    /// `check` has found something; `what` is the evidence.
    pub(super) fn found(&mut self, check: &str, cause: Cause, what: &str) {
        if self.hushed {
            return;
        }
        // What comes first is nearest to the root: what follows may follow from it.
        let worse = |known: Cause| cause.level() > known.level();
        if self.verdict.is_none_or(worse) {
            self.verdict = Some(cause);
        }
        self.print(check, cause.level(), Some(cause), what);
    }

    /// What is found from now on follows from what is known, and is not told.
    pub(super) const fn hush(&mut self) {
        self.hushed = true;
    }

    /// The last line, and the status.
    pub(super) fn end(&self) -> Exit {
        let text = match self.verdict {
            Some(cause) if self.json => json!({
                "verdict": cause.name(),
                "level": name(cause.level()),
                "text": tr_static(cause.text()),
                "remedy": tr_static(cause.remedy()),
            })
            .to_string(),
            None if self.json => json!({ "verdict": "well" }).to_string(),
            Some(cause) if cause.level() == Level::Problem => {
                format!("verdict: {}: {}", cause.name(), tr_static(cause.text()))
            }
            Some(cause) => format!(
                "verdict: works, but {}: {}",
                cause.name(),
                tr_static(cause.text())
            ),
            None => "verdict: well".to_owned(),
        };
        match self.json {
            true => write(&text),
            false => write(&tr(&text)),
        }
        self.verdict.map_or(Exit::OK, Cause::exit)
    }

    fn print(&self, check: &str, level: Level, cause: Option<Cause>, what: &str) {
        if self.json {
            let mut object = json!({ "check": check, "level": name(level), "what": tr(what) });
            if let Some(cause) = cause {
                object["cause"] = cause.name().into();
                object["text"] = tr_static(cause.text()).into();
                object["remedy"] = tr_static(cause.remedy()).into();
            }
            return write(&object.to_string());
        }
        let (mark, colour) = match level {
            Level::Fine => ("ok  ", "\x1b[32m"),
            Level::Warning => ("warn", "\x1b[33m"),
            Level::Problem => ("FAIL", "\x1b[31m"),
        };
        let (colour, plain) = if self.coloured {
            (colour, "\x1b[0m")
        } else {
            ("", "")
        };
        let (what, check) = (tr(what), tr(check));
        let start = format!("{colour}{mark}{plain}  {} ", padded(&check, COLUMN));
        match cause {
            None => write(&format!("{start}{what}")),
            Some(cause) => {
                let (text, colon) = (tr_static(cause.text()), tr(": "));
                write(&format!("{start}{text}{colon}{what}"));
                let remedy = tr_static(cause.remedy());
                write(&format!("      {:COLUMN$} -> {remedy}", ""));
            }
        }
    }
}

const fn name(level: Level) -> &'static str {
    match level {
        Level::Fine => "ok",
        Level::Warning => "warning",
        Level::Problem => "problem",
    }
}

/// A reader that has gone has read enough; the status says the rest.
fn write(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}
