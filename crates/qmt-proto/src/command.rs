//! Commands: what a host asks and a module understands.

use core::time::Duration;

use at_syntax::{Args, DataLine, Frame, Request, Verb, Writer};

use crate::{DecodeError, Expect, LinkId, Name, Parameter, Qos, RequestDialect, TextError, limits};

mod config;
mod connect;
mod open;
mod publish;
mod subscribe;
mod system;
#[cfg(test)]
mod tests;

pub use config::{
    AliAuth, Config, ConfigOption, DataFormat, KeepAlive, MqttVersion, PacketTimeout, Setting,
    TimeoutUpdate, Will,
};
pub use connect::{Connect, Credentials};
pub use open::Open;
pub use publish::{Body, Inline, PayloadLen, Publish};
pub use subscribe::{Few, Subscribe, Subscription, TooMany, Unsubscribe};
pub use system::{ErrorFormat, RegistrationReports, SleepMode};

/// A command line (QMT §3.1.2 prefix, end, write), one variant for each command of QMT §3.3 and for its neighbours on the way
/// from power-up to a connection.
///
/// [`parse`](Self::parse) and [`emit`](Self::emit) are inverses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Command<'a> {
    /// `AT+QMTCFG=..`
    Config(Config<'a>),
    /// `AT+QMTOPEN=..`
    Open(Open<'a>),
    /// `AT+QMTCLOSE=..` (QMT §3.3.3 write)
    Close(LinkId),
    /// `AT+QMTCONN=..`
    Connect(Connect<'a>),
    /// `AT+QMTDISC=..` (QMT §3.3.5 write)
    Disconnect(LinkId),
    /// `AT+QMTSUB=..`
    Subscribe(Subscribe<'a>),
    /// `AT+QMTUNS=..`
    Unsubscribe(Unsubscribe<'a>),
    /// `AT+QMTPUB=..`
    Publish(Publish<'a>),
    /// `AT`: are you there (V.250 §5.2.1).
    Attention,
    /// `ATE0`, `ATE1`: command echo off or on (V.250 §6.2.4).
    Echo(bool),
    /// `ATV0`, `ATV1`: result codes as numbers or as words (V.250 §6.2.6).
    Verbose(bool),
    /// `ATI`: identification (V.250 §6.1.3).
    Identify,
    /// `AT+CMEE=<n>`
    ErrorFormat(ErrorFormat),
    /// `AT+QSCLK=<n>`
    Sleep(SleepMode),
    /// `AT+CGATT=<state>`: attach or detach.
    Attach(bool),
    /// `AT+CEREG=<n>`: which registration reports to send.
    RegistrationReports(RegistrationReports),
    /// `AT+IPR=<rate>`: baud rate in bit/s, 0 for automatic.
    BaudRate(u32),
    /// `AT+QRST=1`: restart.
    Restart,
    /// `AT+<name>` (QMT §3.1.2 execute)
    Execute(Name),
    /// `AT+<name>?` (QMT §3.1.2 read)
    Read(Name),
    /// `AT+<name>=?` (QMT §3.1.2 test)
    Test(Name),
}

impl<'a> Command<'a> {
    /// Understands a frame cut by [`Framer::requests`](at_syntax::Framer::requests).
    ///
    /// # Errors
    /// [`DecodeError`] as a module would judge: unknown commands, wrong arguments, values outside
    /// the note's ranges.
    pub fn parse(frame: Frame<'a>) -> Result<Self, DecodeError> {
        match frame {
            Frame::Line(line) => Self::parse_request(&Request::parse(line)?),
            Frame::Data(line) => Self::parse_data(&line),
            _ => Err(DecodeError::Unknown),
        }
    }

    fn parse_data(line: &DataLine<'a>) -> Result<Self, DecodeError> {
        match Name::new(line.name) {
            Some(Name::Pub) => Publish::parse_inline(line).map(Self::Publish),
            _ => Err(DecodeError::Unknown),
        }
    }

    fn parse_request(request: &Request<'a>) -> Result<Self, DecodeError> {
        if !request.extended {
            return system::parse_basic(request);
        }
        let name = Name::new(request.name).ok_or(DecodeError::Unknown)?;
        let mut args = request.args;
        let command = match request.verb {
            Verb::Test => return Ok(Self::Test(name)),
            Verb::Read => return Ok(Self::Read(name)),
            Verb::Execute => return Ok(Self::Execute(name)),
            Verb::Set => match name {
                Name::Cfg => Self::Config(Config::parse(&mut args)?),
                Name::Open => Self::Open(Open::parse(&mut args)?),
                Name::Close => Self::Close(link(&mut args)?),
                Name::Conn => Self::Connect(Connect::parse(&mut args)?),
                Name::Disc => Self::Disconnect(link(&mut args)?),
                Name::Sub => Self::Subscribe(Subscribe::parse(&mut args)?),
                Name::Uns => Self::Unsubscribe(Unsubscribe::parse(&mut args)?),
                Name::Pub => Self::Publish(Publish::parse(&mut args)?),
                _ => system::parse_set(name, &mut args)?,
            },
        };
        args.finish()?;
        Ok(command)
    }

    /// Writes the command, without the CR that ends it. The length of hex data on the line counts
    /// bytes; [`emit_in`](Self::emit_in) can count digits.
    #[inline(always)] // Apart from the buffer's owner, it costs a third more; most call it once.
    pub fn emit(&self, out: &mut Writer<'_>) {
        self.emit_counting(false, out);
    }

    /// Writes the command as a module with `dialect` reads it, without the CR that ends it.
    pub fn emit_in(&self, dialect: &RequestDialect, out: &mut Writer<'_>) {
        self.emit_counting(dialect.counts_digits, out);
    }

    #[inline(always)]
    fn emit_counting(&self, digits: bool, out: &mut Writer<'_>) {
        if let Some(name) = self.set_name() {
            out.request(name.as_str(), Verb::Set);
        }
        match self {
            Self::Config(config) => config.emit(out),
            Self::Open(open) => open.emit(out),
            Self::Close(link) | Self::Disconnect(link) => {
                out.int(link.get());
            }
            Self::Connect(connect) => connect.emit(out),
            Self::Subscribe(subscribe) => subscribe.emit(out),
            Self::Unsubscribe(unsubscribe) => unsubscribe.emit(out),
            Self::Publish(publish) => publish.emit(digits, out),
            Self::Execute(name) => {
                out.request(name.as_str(), Verb::Execute);
            }
            Self::Read(name) => {
                out.request(name.as_str(), Verb::Read);
            }
            Self::Test(name) => {
                out.request(name.as_str(), Verb::Test);
            }
            system => system::emit(system, out),
        }
    }

    /// The name of an extended command, whatever is asked of it.
    pub const fn name(&self) -> Option<Name> {
        match self {
            Self::Execute(name) | Self::Read(name) | Self::Test(name) => Some(*name),
            other => other.set_name(),
        }
    }

    /// The name, if this is a command that sets something.
    const fn set_name(&self) -> Option<Name> {
        Some(match self {
            Self::Config(_) => Name::Cfg,
            Self::Open(_) => Name::Open,
            Self::Close(_) => Name::Close,
            Self::Connect(_) => Name::Conn,
            Self::Disconnect(_) => Name::Disc,
            Self::Subscribe(_) => Name::Sub,
            Self::Unsubscribe(_) => Name::Uns,
            Self::Publish(_) => Name::Pub,
            Self::ErrorFormat(_) => Name::Cmee,
            Self::Sleep(_) => Name::Qsclk,
            Self::Attach(_) => Name::Cgatt,
            Self::RegistrationReports(_) => Name::Cereg,
            Self::BaudRate(_) => Name::Ipr,
            Self::Restart => Name::Qrst,
            _ => return None,
        })
    }

    /// What lines of its name mean between the command and its `OK`.
    pub const fn expect(&self) -> Expect {
        match self {
            Self::Config(Config::Query(_, option)) => Expect::Config(*option),
            Self::Read(name) | Self::Execute(name) => Expect::Read(*name),
            Self::Test(name) => Expect::Test(*name),
            _ => Expect::Nothing,
        }
    }

    /// The link the command acts on.
    pub const fn link(&self) -> Option<LinkId> {
        match self {
            Self::Config(config) => Some(config.link()),
            Self::Open(open) => Some(open.link),
            Self::Close(link) | Self::Disconnect(link) => Some(*link),
            Self::Connect(connect) => Some(connect.link),
            Self::Subscribe(subscribe) => Some(subscribe.link),
            Self::Unsubscribe(unsubscribe) => Some(unsubscribe.link),
            Self::Publish(publish) => Some(publish.link),
            _ => None,
        }
    }

    /// How long after `OK` the deferred result may take, if the command has one: the note's
    /// maximum response time (QMT §3.3.2 to §3.3.8).
    pub fn deferred_within(&self, timeout: &PacketTimeout) -> Option<Duration> {
        match self {
            Self::Open(_) => Some(Duration::from_millis(limits::OPEN_RESPONSE_MS)),
            Self::Close(_) | Self::Disconnect(_) => {
                Some(Duration::from_millis(limits::SHORT_RESPONSE_MS))
            }
            Self::Connect(_) | Self::Subscribe(_) | Self::Unsubscribe(_) | Self::Publish(_) => {
                Some(timeout.max_wait())
            }
            _ => None,
        }
    }
}

/// Takes a number and checks it.
fn ranged<T>(
    args: &mut Args<'_>,
    parameter: &'static str,
    check: impl Fn(i64) -> Option<T>,
) -> Result<T, DecodeError> {
    check(args.int()?).ok_or(DecodeError::OutOfRange(Parameter(parameter)))
}

/// Takes a number that may be left out, and checks it.
fn optional<T>(
    args: &mut Args<'_>,
    parameter: &'static str,
    check: impl Fn(i64) -> Option<T>,
) -> Result<Option<T>, DecodeError> {
    match args.optional_int()? {
        None => Ok(None),
        Some(value) => check(value)
            .ok_or(DecodeError::OutOfRange(Parameter(parameter)))
            .map(Some),
    }
}

fn link(args: &mut Args<'_>) -> Result<LinkId, DecodeError> {
    ranged(args, "TCP_connectID", |id| {
        u8::try_from(id).ok().and_then(LinkId::new)
    })
}

fn qos(args: &mut Args<'_>) -> Result<Qos, DecodeError> {
    ranged(args, "qos", |level| {
        u8::try_from(level).ok().and_then(Qos::new)
    })
}

fn flag(value: i64) -> Option<bool> {
    match value {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// Takes a string, in quotes or bare, and checks it.
fn text<'a, T>(
    args: &mut Args<'a>,
    parameter: &'static str,
    check: impl Fn(&'a [u8]) -> Result<T, TextError>,
) -> Result<T, DecodeError> {
    check(args.string()?).map_err(|error| DecodeError::Text(Parameter(parameter), error))
}
