//! Answers to read, test and query commands.

use at_syntax::{Args, Field, Info, Writer};

use super::{Expect, Registration, link};
use crate::{
    ConfigOption, ConnectionState, DecodeError, ErrorFormat, Host, LinkId, Name, Parameter,
    Setting, SleepMode,
};

/// An information response: it stands between a command and its `OK`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Answer<'a> {
    /// To `AT+QMTCFG="<option>",<link>`: the value. An unset "aliauth" answers nothing (QMT
    /// §3.3.1 note 4).
    Setting(Setting<'a>),
    /// To `AT+QMTOPEN?`, one for each open client (QMT §3.3.2 read and note).
    Client {
        /// The client.
        link: LinkId,
        /// Where it is connected to.
        host: Host<'a>,
        /// TCP port.
        port: u16,
    },
    /// To `AT+QMTCONN?`, one for each client (QMT §3.3.4 read and note 2).
    State {
        /// The client.
        link: LinkId,
        /// Where it stands.
        state: ConnectionState,
    },
    /// To `AT+<name>=?`: the values it takes, as they stand on the line (QMT §3.3.1 test,
    /// §3.3.2 test, §3.3.3 test, §3.3.4 test, §3.3.5 test, §3.3.6 test, §3.3.7 test, §3.3.8 test).
    Test {
        /// The command.
        name: Name,
        /// For example `(0-4)`.
        values: &'a [u8],
    },
    /// To `AT+CMEE?`.
    ErrorFormat(u8),
    /// To `AT+QSCLK?`.
    Sleep(u8),
    /// To `AT+CGATT?`: whether the module is attached.
    Attached(bool),
    /// To `AT+CEREG?`.
    Registration {
        /// Which reports are sent.
        reports: u8,
        /// Whether the module is registered.
        status: Registration,
    },
    /// To `AT+CSQ`.
    Signal {
        /// 0..=31, -113 dBm to -51 dBm in steps of 2 dB; 99 unknown (TS 27.007 §8.5).
        rssi: u8,
        /// 0..=7; 99 unknown.
        ber: u8,
    },
    /// To `AT+CGPADDR`.
    Address {
        /// PDP context.
        cid: u8,
        /// IP address, if the context has one.
        address: Option<&'a str>,
    },
    /// To `AT+IPR?`: baud rate in bit/s, 0 for automatic.
    BaudRate(u32),
}

impl<'a> Answer<'a> {
    /// `None` when the line is no answer to what is expected. A deferred result or a report may
    /// share its name with an expected answer and come before it.
    pub(super) fn parse(info: &Info<'a>, expect: Expect) -> Result<Option<Self>, DecodeError> {
        let name = match expect {
            Expect::Nothing => return Ok(None),
            Expect::Config(_) => Name::Cfg,
            Expect::Read(name) | Expect::Test(name) => name,
        };
        if info.name != name.as_str().as_bytes() {
            return Ok(None);
        }
        let mut args = info.args;
        let answer = match expect {
            Expect::Test(_) => {
                let mut first = args;
                if name.has_deferred_result() && first.int::<i64>().is_ok() {
                    return Ok(None);
                }
                return Ok(Some(Self::Test {
                    name,
                    values: args.rest(),
                }));
            }
            Expect::Config(option) => Self::setting(option, &mut args)?,
            _ => match Self::read(name, &mut args)? {
                Some(answer) => answer,
                None => return Ok(None),
            },
        };
        args.finish()?;
        Ok(Some(answer))
    }

    /// The value of an option. The note prints it bare, other families after the option's name.
    fn setting(option: ConfigOption, args: &mut Args<'a>) -> Result<Self, DecodeError> {
        let mut named = *args;
        let name = named.string().ok().and_then(ConfigOption::new);
        if name == Some(option) {
            let setting = Setting::parse(option, &mut named);
            // A product key may be spelled like the option.
            if setting.is_ok() || option != ConfigOption::AliAuth {
                *args = named;
                return setting.map(Self::Setting);
            }
        }
        Setting::parse(option, args).map(Self::Setting)
    }

    fn read(name: Name, args: &mut Args<'a>) -> Result<Option<Self>, DecodeError> {
        Ok(Some(match name {
            Name::Open => {
                let link = link(args)?;
                // A deferred result of the same name has a number here.
                let Ok(host) = args.quoted() else {
                    return Ok(None);
                };
                Self::Client {
                    link,
                    host: Host::from_bytes(host)
                        .map_err(|error| DecodeError::Text(Parameter("host_name"), error))?,
                    port: args.int()?,
                }
            }
            Name::Conn => {
                let link = link(args)?;
                let state = ConnectionState(args.int()?);
                if !args.is_empty() {
                    return Ok(None);
                }
                Self::State { link, state }
            }
            Name::Cereg => {
                let reports = args.int()?;
                // A report of the same name ends here or goes on with a quoted area code.
                let mut second = *args;
                let Ok(Some(Field::Bare(_))) = second.field() else {
                    return Ok(None);
                };
                let status = Registration(args.int()?);
                skip_rest(args)?;
                Self::Registration { reports, status }
            }
            // What no client needs to connect.
            _ if cfg!(not(feature = "queries")) => return Ok(None),
            Name::Cmee => Self::ErrorFormat(args.int()?),
            Name::Qsclk => Self::Sleep(args.int()?),
            Name::Cgatt => Self::Attached(args.int::<u8>()? == 1),
            Name::Csq => Self::Signal {
                rssi: args.int()?,
                ber: args.int()?,
            },
            Name::Cgpaddr => {
                let cid = args.int()?;
                let address = if args.is_empty() {
                    None
                } else {
                    // Without quotes around it, quotes inside it are no syntax error, and no address.
                    let text = core::str::from_utf8(args.string()?).ok();
                    text.filter(|text| !text.contains('"'))
                };
                skip_rest(args)?;
                Self::Address { cid, address }
            }
            Name::Ipr => Self::BaudRate(args.int()?),
            _ => return Ok(None),
        }))
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) {
        match *self {
            Self::Setting(setting) => {
                out.info(Name::Cfg.as_str());
                setting.emit(out);
            }
            Self::Client { link, host, port } => {
                out.info(Name::Open.as_str())
                    .int(link.get())
                    .quoted(host.as_str().as_bytes())
                    .int(port);
            }
            Self::State { link, state } => {
                out.info(Name::Conn.as_str()).int(link.get()).int(state.0);
            }
            Self::Test { name, values } => {
                out.info(name.as_str()).bare(values);
            }
            Self::ErrorFormat(n) => {
                out.info(Name::Cmee.as_str()).int(n);
            }
            Self::Sleep(n) => {
                out.info(Name::Qsclk.as_str()).int(n);
            }
            Self::Attached(on) => {
                out.info(Name::Cgatt.as_str()).int(on);
            }
            Self::Registration { reports, status } => {
                out.info(Name::Cereg.as_str()).int(reports).int(status.0);
            }
            Self::Signal { rssi, ber } => {
                out.info(Name::Csq.as_str()).int(rssi).int(ber);
            }
            Self::Address { cid, address } => {
                out.info(Name::Cgpaddr.as_str()).int(cid);
                if let Some(address) = address {
                    out.quoted(address.as_bytes());
                }
            }
            Self::BaudRate(rate) => {
                out.info(Name::Ipr.as_str()).int(rate);
            }
        }
    }
}

impl ErrorFormat {
    /// The format that `AT+CMEE?` names `n`.
    pub const fn new(n: u8) -> Option<Self> {
        match n {
            0 => Some(Self::Plain),
            1 => Some(Self::Numeric),
            2 => Some(Self::Verbose),
            _ => None,
        }
    }
}

impl SleepMode {
    /// The mode that `AT+QSCLK?` names `n`.
    pub const fn new(n: u8) -> Option<Self> {
        match n {
            0 => Some(Self::Awake),
            1 => Some(Self::Deep),
            2 => Some(Self::Light),
            _ => None,
        }
    }
}

/// Passes over location fields and further addresses.
fn skip_rest(args: &mut Args<'_>) -> Result<(), DecodeError> {
    while args.field()?.is_some() {}
    Ok(())
}
