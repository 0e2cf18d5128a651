//! The flags that say where the module is, and the way to it.

use core::str::FromStr;
use std::path::PathBuf;

use clap::Args;
use qmt_hal_tokio::{LineSpec, OpenError, open};
use qmt_modem::runner::{Handle, Runner};
use qmt_modem::{Modem, ModemConfig};
use qmt_trace::Redactor;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::error::CliError;
use crate::exit::Exit;
use crate::tap::Tap;

/// Where the module is.
#[derive(Args, Debug)]
#[command(next_help_heading = "Module")]
pub(crate) struct LineArgs {
    /// The module: a port, tcp:HOST:PORT, or sim
    ///
    /// A serial port or pseudo-terminal by its path, or sim: a virtual module in this process,
    /// which reaches the broker over the network of this computer.
    #[arg(short = 'D', long, value_name = "LINE", env = "QMT_DEVICE")]
    device: Device,
    /// Speed of a serial port in bit/s
    ///
    /// Modules come with 9600.
    #[arg(short, long, value_name = "RATE", default_value_t = 9600)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    baud: u32,
    /// Show the line on standard error
    ///
    /// Both directions, passwords as ***.
    #[arg(long)]
    trace: bool,
    /// Keep what passes over the line in a file
    ///
    /// Both directions, without passwords, for `qmt recording`, `report` and `replay`.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    record: Option<PathBuf>,
}

/// A module, as `-D` names it.
#[derive(Clone, Debug)]
pub(crate) enum Device {
    Sim,
    Line(LineSpec),
}

/// A way to a module, whatever it is.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// An open line.
pub(crate) struct OpenLine {
    pub(crate) stream: Box<dyn Stream>,
    /// The virtual module at its end.
    pub(crate) modem: Option<Handle>,
}

impl OpenLine {
    /// A line to something outside of this process.
    pub(crate) fn new(stream: impl Stream + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            modem: None,
        }
    }
}

impl LineArgs {
    /// Opens the line.
    ///
    /// # Errors
    /// Why it cannot be opened, with a status for each reason.
    pub(crate) async fn open(&self) -> Result<OpenLine, CliError> {
        self.open_at(self.baud).await
    }

    /// As [`open`](Self::open), at another speed.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) async fn open_at(&self, baud: u32) -> Result<OpenLine, CliError> {
        self.device.open(baud).await
    }

    /// Whether the module is a virtual one in this process.
    pub(crate) const fn is_sim(&self) -> bool {
        matches!(self.device, Device::Sim)
    }

    /// Whether the line is to be shown on standard error.
    pub(crate) const fn wants_trace(&self) -> bool {
        self.trace
    }

    /// A listener to the line, if there is one, to whom `redactor` tells no secret.
    ///
    /// # Errors
    /// When the file of a recording cannot be made.
    pub(crate) fn tap(&self, redactor: &Redactor) -> Result<Option<Tap>, CliError> {
        Tap::new(self.trace, self.record.as_deref(), &self.name(), redactor)
    }

    /// The speed, if the line has one.
    pub(crate) const fn baud(&self) -> Option<u32> {
        match self.device {
            Device::Line(LineSpec::Tty(_)) => Some(self.baud),
            _ => None,
        }
    }

    /// The device, for messages.
    pub(crate) fn name(&self) -> String {
        match &self.device {
            Device::Sim => "sim".to_owned(),
            Device::Line(spec) => spec.to_string(),
        }
    }
}

impl Device {
    /// Opens the line, at `baud` bit/s if it has a speed.
    ///
    /// # Errors
    /// Why it cannot be opened, with a status for each reason.
    pub(crate) async fn open(&self, baud: u32) -> Result<OpenLine, CliError> {
        match self {
            Self::Sim => {
                // One that has been on for a while, as modules on a line are.
                let modem = Modem::booted(ModemConfig::new());
                let (stream, modem) = Runner::new(modem).spawn_in_process();
                Ok(OpenLine {
                    stream: Box::new(stream),
                    modem: Some(modem),
                })
            }
            Self::Line(spec) => {
                let line = open(spec, baud)
                    .await
                    .map_err(|error| cannot_open(spec, &error))?;
                Ok(OpenLine::new(line))
            }
        }
    }
}

impl FromStr for Device {
    type Err = qmt_hal_tokio::LineSpecError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "sim" => Ok(Self::Sim),
            _ => text.parse().map(Self::Line),
        }
    }
}

/// The error's own words say what to do.
pub(crate) fn cannot_open(spec: &LineSpec, error: &OpenError) -> CliError {
    let exit = match error {
        OpenError::Io(error) => return CliError::io(spec, error),
        OpenError::NoSuchDevice
        | OpenError::NotATerminal
        | OpenError::Refused
        | OpenError::UnknownHost
        | OpenError::Unreachable => Exit::NO_DEVICE,
        OpenError::Busy => Exit::BUSY,
        OpenError::PermissionDenied => Exit::NO_PERMISSION,
        _ => Exit::IO,
    };
    CliError::complete(exit, format!("{spec}: {error}"))
}
