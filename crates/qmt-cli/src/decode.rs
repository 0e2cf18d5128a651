//! `qmt decode`: what every line of a capture is, in words.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use qmt_proto::LinkId;

use crate::error::CliError;
use crate::exit::Exit;
use crate::trace::has_no_color;
use context::Context;
use input::{Input, InputFormat};
use print::Printer;

pub(crate) use cutter::Cutter;
pub(crate) use explain::Explainer;
pub(crate) use frame::{Frame, Kind};
pub(crate) use listener::Listener;
pub(crate) use print::escaped;
pub(crate) use secrets::{Secrets, secret_of};
pub(crate) use tape::Tape;

mod context;
mod cutter;
mod data_mode;
mod dump;
mod explain;
mod frame;
mod input;
mod listener;
mod log;
mod prefix;
mod print;
mod received;
mod report;
mod secrets;
mod tape;

/// What the verb is told.
#[derive(Debug, Args)]
pub(crate) struct DecodeArgs {
    /// Capture, dump or log; `-` or none is the input
    file: Option<PathBuf>,
    /// What the input is
    #[arg(long, value_enum, default_value_t = InputFormat::Auto)]
    input: InputFormat,
    /// Print lines for people, or JSON
    ///
    /// One JSON object for each frame.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    format: Output,
    /// How received payloads are written
    ///
    /// Until the capture shows it.
    #[arg(long, value_enum, value_name = "FORMAT")]
    recv_format: Option<RecvFormat>,
    /// Link that --recv-format is about; else all
    #[arg(long, requires = "recv_format", value_parser = link)]
    link: Option<LinkId>,
    /// Show long lines whole
    #[arg(long)]
    full: bool,
    /// Show passwords and device secrets
    #[arg(long)]
    show_secrets: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Output {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum RecvFormat {
    Text,
    Hex,
}

fn link(text: &str) -> Result<LinkId, String> {
    let id = text.parse().ok().and_then(LinkId::new);
    id.ok_or_else(|| "a link is a number from 0 to 4".to_owned())
}

/// Explains the input to its end; a damaged one is no failure.
#[expect(clippy::unused_async, reason = "the shape of every verb")]
pub(crate) async fn run(args: DecodeArgs) -> Result<Exit, CliError> {
    let path = args.file.filter(|path| path.as_os_str() != "-");
    let name = match &path {
        Some(path) => path.display().to_string(),
        None => "standard input".to_owned(),
    };
    let failed = |error| CliError::io(format!("cannot read {name}"), &error);
    let mut source: Box<dyn Read> = match &path {
        Some(path) => Box::new(File::open(path).map_err(failed)?),
        None => Box::new(io::stdin().lock()),
    };
    let stdout = io::stdout().lock();
    let coloured = stdout.is_terminal() && !has_no_color();
    let mut context = Context::default();
    if args.recv_format == Some(RecvFormat::Hex) {
        context.tell_hex(args.link);
    }
    let mut decoder = Decoder {
        input: Input::new(args.input),
        tape: Tape::default(),
        cutter: Cutter::default(),
        explainer: Explainer::new(context, Secrets::new(args.show_secrets)),
        printer: Printer {
            out: BufWriter::new(stdout),
            json: args.format == Output::Json,
            full: args.full,
            coloured,
        },
    };
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let len = match source.read(&mut buffer) {
            Ok(len) => len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        let printed = decoder.push(buffer.get(..len).unwrap_or_default());
        match printed {
            Ok(()) if len == 0 => return Ok(Exit::OK),
            Ok(()) => {}
            // Whoever read has read enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Exit::OK),
            Err(error) => return Err(CliError::io("cannot write to standard output", &error)),
        }
    }
}

/// From bytes of the input to lines of output.
struct Decoder<W: Write> {
    input: Input,
    tape: Tape,
    cutter: Cutter,
    explainer: Explainer,
    printer: Printer<W>,
}

impl<W: Write> Decoder<W> {
    /// Takes a piece of the input, of any length; an empty one is its end.
    fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        match bytes {
            [] => self.input.end(&mut self.tape),
            bytes => self.input.push(bytes, &mut self.tape),
        }
        while let Some(piece) = self.cutter.next(&mut self.tape, &self.explainer.context) {
            let frame = self.explainer.explain(piece);
            self.printer.print(&frame)?;
        }
        self.printer.out.flush()
    }
}

#[cfg(test)]
mod tests;
