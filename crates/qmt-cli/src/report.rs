//! `qmt report`: a recording as one page for the browser: dialogue, links, times, failures.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use qmt_trace::{Body, Side};
use serde_json::json;

use self::analysis::Analysis;
use crate::error::CliError;
use crate::exit::Exit;
use crate::recorded::Recorded;
use crate::trace::Direction;

mod analysis;
mod latency;
mod page;
mod spans;

/// What `qmt report` is told.
#[derive(Args, Debug)]
pub(crate) struct ReportArgs {
    /// A recording, as --record makes them
    file: PathBuf,
    /// Where the page goes; beside the recording
    ///
    /// `-` for standard output; the recording's name with .html if left out.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show at most so many lines of the dialogue
    ///
    /// The first and the last ones; times and failures are those of all.
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    #[arg(value_parser = clap::value_parser!(u32).range(10..))]
    rows: u32,
    /// Print a JSON object, and make no page
    #[arg(long, conflicts_with = "output")]
    json: bool,
}

/// Writes the page. A damaged record is told, and left out.
#[expect(clippy::unused_async, reason = "the shape of every verb")]
pub(crate) async fn run(args: ReportArgs) -> Result<Exit, CliError> {
    let analysis = read(&args.file)?;
    if args.json {
        print(&format!("{}\n", object(&analysis)))?;
        return Ok(Exit::OK);
    }
    let page = page::page(&analysis, args.rows as usize);
    match args.output {
        Some(path) if path.as_os_str() == "-" => print(&page)?,
        path => {
            let path = path.unwrap_or_else(|| args.file.with_extension("html"));
            std::fs::write(&path, page).map_err(|error| {
                CliError::io(format!("cannot write {}", path.display()), &error)
            })?;
            print(&format!("{}\n", path.display()))?;
        }
    }
    Ok(Exit::OK)
}

fn read(path: &Path) -> Result<Analysis, CliError> {
    let mut recorded = Recorded::open(path)?;
    let header = recorded.header();
    let mut analysis = Analysis::new(header.title, header.started_ms);
    recorded.each(|record| {
        match record.body {
            Body::Bytes { from, bytes } => analysis.hear(record.at_us, direction(from), bytes),
            Body::Hidden { from, len } => {
                analysis.hear(record.at_us, direction(from), &vec![b'*'; len as usize]);
            }
            _ => {}
        }
        Ok(true)
    })?;
    analysis.end();
    Ok(analysis)
}

const fn direction(from: Side) -> Direction {
    match from {
        Side::Host => Direction::ToModule,
        Side::Module => Direction::FromModule,
    }
}

fn object(analysis: &Analysis) -> serde_json::Value {
    let failures = analysis.failures().map(|row| {
        json!({
            "at_us": row.at_us,
            "line": row.text,
            "command": row.command,
            "meaning": row.meaning,
            "remedy": row.remedy,
            "damage": row.damage,
        })
    });
    let latencies = analysis.latencies.iter().map(|(name, times)| {
        json!({
            "command": name,
            "count": times.count(),
            "median_us": times.percentile(50),
            "p95_us": times.percentile(95),
            "max_us": times.percentile(100),
        })
    });
    json!({
        "title": analysis.title,
        "started_ms": analysis.started_ms,
        "duration_us": analysis.duration_us,
        "bytes_from_host": analysis.bytes[0],
        "bytes_from_module": analysis.bytes[1],
        "commands": analysis.commands,
        "published": analysis.published,
        "received": analysis.received,
        "latencies": latencies.collect::<Vec<_>>(),
        "failures": failures.collect::<Vec<_>>(),
    })
}

/// A reader that has gone has read enough.
fn print(text: &str) -> Result<(), CliError> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::io("cannot write to standard output", &error))
        }
        _ => Ok(()),
    }
}
