//! `qmt recording`: what a recording holds, as text or JSON.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use qmt_trace::{Body, Escaped, Record};
use serde_json::{Value, json};

use crate::error::CliError;
use crate::exit::Exit;
use crate::recorded::Recorded;

/// What the verb is told.
#[derive(Args, Debug)]
pub(crate) struct RecordingArgs {
    /// A recording, as `--record` makes them
    file: PathBuf,
    /// What to print: lines for people, or one JSON object for each record
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Prints the records in order. Damaged ones are told, and left out.
#[expect(clippy::unused_async, reason = "the shape of every verb")]
pub(crate) async fn run(args: RecordingArgs) -> Result<Exit, CliError> {
    let mut recorded = Recorded::open(&args.file)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut print = |line: String| match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        // Whoever read has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(CliError::io("cannot write to standard output", &error)),
    };
    let header = recorded.header();
    let line = match args.format {
        Format::Text => format!("# {}", Escaped(header.title.as_bytes())),
        Format::Json => json!({"started_ms": header.started_ms, "title": header.title}).to_string(),
    };
    let wanted = print(line)?;
    let damaged = wanted
        && recorded.each(|record| {
            print(match args.format {
                Format::Text => record.to_string(),
                Format::Json => as_json(record).to_string(),
            })
        })?;
    Ok(if damaged { Exit::DATA } else { Exit::OK })
}

/// `bytes` are hex digits, so that nothing is lost; `text` is the same to read.
fn as_json(record: &Record<'_>) -> Value {
    let at_us = record.at_us;
    match record.body {
        Body::Bytes { from, bytes } => {
            let digits = bytes
                .iter()
                .flat_map(|&byte| qmt_proto::hex::digits_of(byte));
            json!({
                "at_us": at_us,
                "from": from.to_string(),
                "bytes": digits.map(char::from).collect::<String>(),
                "text": Escaped(bytes).to_string(),
            })
        }
        Body::Hidden { from, len } => {
            json!({"at_us": at_us, "from": from.to_string(), "hidden": len})
        }
        Body::Note(text) => json!({"at_us": at_us, "note": text}),
        _ => json!({"at_us": at_us}),
    }
}
