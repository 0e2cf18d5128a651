//! `qmt console`: a line to the module for people, with completion, and every answer explained.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use rustyline::ExternalPrinter;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use self::editor::{Editor, Screen, Typed};
use self::explain::Reader;
use crate::dialogue::{Patience, Port, Request, Role};
use crate::error::CliError;
use crate::exit::Exit;
use crate::lang::tr;
use crate::line::LineArgs;
use crate::trace::redactor;

mod completion;
mod editor;
mod explain;

/// What `qmt console` is told.
#[derive(Args, Debug)]
#[command(after_help = "\
Tab completes commands, options and what they take; arrows and Ctrl-R bring back what was typed.
A command that asks for data (AT+QMTPUB) gets it from the next line. Ctrl-D or `exit` ends.")]
pub(crate) struct ConsoleArgs {
    /// Keep what was typed in this file
    ///
    /// But for lines with passwords.
    #[arg(long, value_name = "FILE", env = "QMT_HISTORY")]
    history: Option<PathBuf>,
    /// Print answers without their meaning
    #[arg(long)]
    plain: bool,
    /// Show passwords and device secrets
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    line: LineArgs,
}

/// A line that was typed, and whom to tell when it has been answered.
type Order = (Typed, oneshot::Sender<()>);

/// Talks until the input ends.
pub(crate) async fn run(args: ConsoleArgs) -> Result<Exit, CliError> {
    let tap = args.line.tap(&redactor(None))?;
    let mut port = Port::new(args.line.open().await?, tap);
    let mut reader = Reader::new(args.plain, args.show_secrets);
    let (orders, mut typed) = mpsc::channel::<Order>(1);
    let mut editor = Editor::new(args.history)?;
    // However this ends, while the typist may be in the middle of a line.
    let _screen = Screen::remember();
    let mut printer = editor.printer();
    // From a pipe each command waits for all of the one before; a person sees when it is done.
    let at_hand = printer.is_some();
    let mut show = move |line: String| {
        // Nobody may be looking any more.
        let _ = match &mut printer {
            Some(printer) => printer.print(format!("{line}\n")).is_ok(),
            None => writeln!(io::stdout().lock(), "{line}").is_ok(),
        };
    };
    // Reading a line blocks: it has a thread of its own.
    let typist = std::thread::spawn(move || editor.run(&orders));
    loop {
        let later = Instant::now() + core::time::Duration::from_secs(3_600);
        tokio::select! {
            order = typed.recv() => match order {
                Some((typed, answered)) => {
                    answer(&mut port, &mut reader, &typed, at_hand, &mut show).await?;
                    let _ = answered.send(());
                }
                None => break,
            },
            line = port.listen(later) => {
                if let Some(line) = line? {
                    show(reader.line(&line));
                }
            }
        }
    }
    port.close().await;
    typist.join().unwrap_or(Ok(()))?;
    Ok(Exit::OK)
}

/// Sends a command and shows what comes of it: `until_final` up to its final result code, so that a
/// deferred result comes as news later.
async fn answer(
    port: &mut Port,
    reader: &mut Reader,
    typed: &Typed,
    until_final: bool,
    show: &mut impl FnMut(String),
) -> Result<(), CliError> {
    let request = Request::new(typed.line.as_bytes(), &port.requests);
    let data = typed.data.as_ref().map(|data| match request.data {
        Some(mode) => mode.bytes(data.as_bytes()),
        None => data.clone().into_bytes(),
    });
    let patience = Patience {
        until_final,
        ..Patience::default()
    };
    reader.asked(typed.line.as_bytes());
    let told = |role, line: &[u8]| {
        if role != Role::Prompt {
            show(reader.line(line));
        }
    };
    let reply = port.ask(&request, data.as_deref(), patience, told).await?;
    if reply.result.is_none() {
        show(tr("(no answer; is the module awake? `qmt doctor` finds out)").into_owned());
    }
    Ok(())
}
