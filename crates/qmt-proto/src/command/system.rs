//! The commands around QMT*: echo, errors, sleep, network, line, restart.

use at_syntax::{Args, Request, Writer};

use super::{Command, flag, ranged};
use crate::{DecodeError, Name};

/// `AT+CMEE=<n>`: how failures are reported (QMT §4 CMEE 0, CMEE 1; TS 27.007 §9.1). Syntax errors are plain `ERROR`
/// in every mode. Saved by the module.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_enums, reason = "closed by TS 27.007 §9.1")]
pub enum ErrorFormat {
    /// 0: `ERROR`.
    #[default]
    Plain,
    /// 1: `+CME ERROR: <number>`.
    Numeric,
    /// 2: `+CME ERROR: <words>`.
    Verbose,
}

/// `AT+QSCLK=<n>`: whether the module may sleep (QMT §6.1 sleep lock). Lost at restart.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(
    clippy::exhaustive_enums,
    reason = "closed by the module's AT manual §8.7"
)]
pub enum SleepMode {
    /// 0: stays awake.
    Awake,
    /// 1: light and deep sleep, in which TCP and MQTT are lost.
    #[default]
    Deep,
    /// 2: light sleep only.
    Light,
}

/// `AT+CEREG=<n>`: which registration reports to send, 0..=5 (TS 27.007 §10.1.22). 0: none.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RegistrationReports(u8);

impl RegistrationReports {
    /// The reports called `n`, if that is 0..=5.
    pub const fn new(n: u8) -> Option<Self> {
        if n <= 5 { Some(Self(n)) } else { None }
    }

    /// The number on the line.
    pub const fn get(self) -> u8 {
        self.0
    }
}

pub(super) fn parse_basic<'a>(request: &Request<'_>) -> Result<Command<'a>, DecodeError> {
    let mut args = request.args;
    let number = if args.is_empty() { 0 } else { args.int()? };
    args.finish()?;
    let letter = request.name.chars().next().map(|c| c.to_ascii_uppercase());
    match (request.name.len(), letter) {
        (0, _) => Some(Command::Attention),
        (1, Some('E')) => flag(number).map(Command::Echo),
        (1, Some('V')) => flag(number).map(Command::Verbose),
        (1, Some('I')) if number == 0 => Some(Command::Identify),
        _ => None,
    }
    .ok_or(DecodeError::Unknown)
}

pub(super) fn parse_set<'a>(name: Name, args: &mut Args<'_>) -> Result<Command<'a>, DecodeError> {
    Ok(match name {
        Name::Cmee => {
            let format = |n| match n {
                0 => Some(ErrorFormat::Plain),
                1 => Some(ErrorFormat::Numeric),
                2 => Some(ErrorFormat::Verbose),
                _ => None,
            };
            Command::ErrorFormat(ranged(args, "n", format)?)
        }
        Name::Qsclk => {
            let mode = |n| match n {
                0 => Some(SleepMode::Awake),
                1 => Some(SleepMode::Deep),
                2 => Some(SleepMode::Light),
                _ => None,
            };
            Command::Sleep(ranged(args, "n", mode)?)
        }
        Name::Cgatt => Command::Attach(ranged(args, "state", flag)?),
        Name::Cereg => Command::RegistrationReports(ranged(args, "n", |n| {
            u8::try_from(n).ok().and_then(RegistrationReports::new)
        })?),
        Name::Ipr => Command::BaudRate(ranged(args, "rate", |rate| u32::try_from(rate).ok())?),
        Name::Qrst => ranged(args, "mode", |n| (n == 1).then_some(Command::Restart))?,
        _ => return Err(DecodeError::Unknown),
    })
}

/// Writes what [`parse_basic`] and [`parse_set`] read; the name of the latter is already written.
pub(super) fn emit(command: &Command<'_>, out: &mut Writer<'_>) {
    match command {
        Command::Attention => out.raw(b"AT"),
        Command::Echo(false) => out.raw(b"ATE0"),
        Command::Echo(true) => out.raw(b"ATE1"),
        Command::Verbose(false) => out.raw(b"ATV0"),
        Command::Verbose(true) => out.raw(b"ATV1"),
        Command::Identify => out.raw(b"ATI"),
        Command::ErrorFormat(format) => out.int(*format as u8),
        Command::Sleep(mode) => out.int(*mode as u8),
        Command::Attach(on) => out.int(*on),
        Command::RegistrationReports(reports) => out.int(reports.get()),
        Command::BaudRate(rate) => out.int(*rate),
        Command::Restart => out.int(1),
        _ => out,
    };
}
