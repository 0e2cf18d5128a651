//! What `qmt pub` publishes: a message, a file, standard input, its lines, or nothing.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use clap::Args;
use qmt_proto::DataFormat;
use qmt_session::{PublishForm, SubmitError};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader, Stdin, stdin};

use crate::error::CliError;
use crate::exit::Exit;

/// Where the payload comes from.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct PayloadArgs {
    /// This text
    #[arg(short, long)]
    message: Option<OsString>,
    /// The bytes of this file
    #[arg(short, long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// All of standard input, one message
    #[arg(hide_short_help = true, short, long)]
    stdin_file: bool,
    /// Each line of standard input, a message
    ///
    /// One for each line.
    #[arg(short = 'l', long)]
    stdin_line: bool,
    /// A message without bytes
    #[arg(hide_short_help = true, short, long)]
    null_message: bool,
}

/// Gives the payloads one after another.
pub(crate) enum Payloads {
    /// The one that is left, if any.
    One(Option<Vec<u8>>),
    Lines {
        input: BufReader<Stdin>,
        /// Of the line given last.
        number: u64,
        carrier: Carrier,
    },
}

impl PayloadArgs {
    /// Reads what can be read before the connection is made.
    ///
    /// # Errors
    /// When it cannot be read, or `carrier` cannot take it.
    pub(crate) async fn read(self, carrier: Carrier) -> Result<Payloads, CliError> {
        let payload = if let Some(message) = self.message {
            message.into_vec()
        } else if let Some(path) = &self.file {
            let read = async { take(tokio::fs::File::open(path).await?).await };
            let name = path.display();
            read.await
                .map_err(|error| CliError::io(format!("cannot read {name}"), &error))?
        } else if self.stdin_file {
            take(stdin())
                .await
                .map_err(|error| CliError::io("cannot read standard input", &error))?
        } else if self.stdin_line {
            return Ok(Payloads::Lines {
                input: BufReader::new(stdin()),
                number: 0,
                carrier,
            });
        } else {
            Vec::new()
        };
        carrier.check(&payload, "")?;
        Ok(Payloads::One(Some(payload)))
    }
}

impl Payloads {
    /// The next one; `None` when there are no more. Not cancel-safe.
    ///
    /// # Errors
    /// As [`PayloadArgs::read`].
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, CliError> {
        let (input, number, carrier) = match self {
            Self::One(payload) => return Ok(payload.take()),
            Self::Lines {
                input,
                number,
                carrier,
            } => (input, number, *carrier),
        };
        let mut line = Vec::new();
        let read = input.take(ENOUGH).read_until(b'\n', &mut line).await;
        if read.map_err(|error| CliError::io("cannot read standard input", &error))? == 0 {
            return Ok(None);
        }
        *number += 1;
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        carrier.check(&line, &format!("line {number} of standard input: "))?;
        Ok(Some(line))
    }
}

/// More than any message; a bound for what is read.
const ENOUGH: u64 = 1 << 20;

/// Reads to the end, or as much as shows that it is too much.
async fn take(input: impl AsyncRead + Unpin) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(ENOUGH).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

/// How payloads will travel, which decides what they may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carrier {
    pub(crate) form: PublishForm,
    pub(crate) format: DataFormat,
}

impl Carrier {
    /// `place` names where the payload stands, if there are several.
    fn check(self, payload: &[u8], place: &str) -> Result<(), CliError> {
        let Err(error) = self.form.check(payload, self.format) else {
            return Ok(());
        };
        let remedy = match error {
            SubmitError::PayloadTooLong { .. } => "send it in parts",
            _ => "use --publish-form counted or --send-format hex",
        };
        Err(CliError::new(Exit::DATA, format!("{place}{error}"), remedy))
    }
}
