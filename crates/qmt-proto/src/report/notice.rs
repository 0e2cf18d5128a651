//! News of the module itself: start, SIM, network, sleep.

use core::fmt;

use at_syntax::{Args, Info, Writer};

use super::kind::News;
use crate::DecodeError;

/// An unsolicited result code about the module, not about a client.
#[derive(Clone, Copy, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Notice<'a> {
    /// `RDY`: the module has started. Everything it knew is gone (QMT §3.3.1: not kept over
    /// power-down).
    Ready,
    /// `+CFUN: <fun>`: level of functionality, at start.
    Functionality(u8),
    /// `+CPIN: <code>`, for example `READY`.
    Sim(&'a [u8]),
    /// `+IP: <address>`: the PDP context is up.
    Address(&'a [u8]),
    /// `+CEREG: <stat>[,..]`: registration changed.
    Registration(Registration),
    /// `+QNBIOTEVENT: "<event>"`, for example `ENTER PSM`.
    Power(&'a [u8]),
    /// `+QIND: ..`: progress of a firmware update and the like, as it stands on the line.
    Indication(&'a [u8]),
}

/// `<stat>` of +CEREG (TS 27.007 §10.1.22).
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(
    clippy::exhaustive_structs,
    reason = "the number is all there is to a code"
)]
pub struct Registration(pub u8);

impl Registration {
    /// 1.
    pub const HOME: Self = Self(1);
    /// 5.
    pub const ROAMING: Self = Self(5);

    /// Whether the module has a network.
    pub const fn is_registered(self) -> bool {
        matches!(self, Self::HOME | Self::ROAMING)
    }

    /// What the number means.
    pub const fn description(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "not registered, not searching",
            1 => "registered, home network",
            2 => "not registered, searching",
            3 => "registration denied",
            4 => "unknown, for example out of coverage",
            5 => "registered, roaming",
            _ => return None,
        })
    }
}

/// Texts as text, with what is not ASCII escaped.
impl fmt::Debug for Notice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, text) = match *self {
            Self::Ready => return f.write_str("Ready"),
            Self::Functionality(level) => return write!(f, "Functionality({level})"),
            Self::Registration(status) => return write!(f, "{status:?}"),
            Self::Sim(text) => ("Sim", text),
            Self::Address(text) => ("Address", text),
            Self::Power(text) => ("Power", text),
            Self::Indication(text) => ("Indication", text),
        };
        write!(f, "{name}(\"{}\")", text.escape_ascii())
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.description().unwrap_or("unknown");
        write!(f, "Registration({}: {words})", self.0)
    }
}

impl<'a> Notice<'a> {
    /// Understands a line that is a bare word.
    pub fn parse_text(text: &[u8]) -> Option<Self> {
        (text == b"RDY").then_some(Self::Ready)
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) fn parse(info: &Info<'a>) -> Result<Self, DecodeError> {
        let mut args = Args::new(info.args.rest());
        Ok(match News::new(info.name).ok_or(DecodeError::Unknown)? {
            News::Functionality => Self::Functionality(args.int()?),
            News::Registration => Self::Registration(Registration(args.int()?)),
            News::Sim => Self::Sim(args.rest()),
            News::Indication => Self::Indication(args.rest()),
            News::Address => Self::Address(unquoted(args)),
            News::Power => Self::Power(unquoted(args)),
        })
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) {
        match *self {
            Self::Ready => out.raw(b"\r\nRDY"),
            Self::Functionality(fun) => out.info("CFUN").int(fun),
            Self::Sim(code) => out.info("CPIN").bare(code),
            Self::Address(address) => out.info("IP").bare(address),
            Self::Registration(status) => out.info("CEREG").int(status.0),
            Self::Power(event) => out.info("QNBIOTEVENT").quoted(event),
            Self::Indication(text) => out.info("QIND").bare(text),
        };
    }
}

/// The whole list as one string, with or without quotes.
fn unquoted(args: Args<'_>) -> &[u8] {
    match args.rest().trim_ascii() {
        [b'"', string @ .., b'"'] if string.iter().all(|byte| *byte != b'"') => string,
        _ => args.rest(),
    }
}
