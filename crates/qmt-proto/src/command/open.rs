//! AT+QMTOPEN: opening the network of a client (QMT §3.3.2).

use core::num::NonZeroU16;

use at_syntax::{Args, Writer};

use super::{link, ranged, text};
use crate::{DecodeError, Host, LinkId};

/// `AT+QMTOPEN=<link>,<host_name>,<port>` (QMT §3.3.2 write).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "closed by QMT §3.3.2")]
pub struct Open<'a> {
    /// The client.
    pub link: LinkId,
    /// Where the server is.
    pub host: Host<'a>,
    /// TCP port, 1..=65535 (QMT §3.3.2 `<port>`).
    pub port: NonZeroU16,
}

impl<'a> Open<'a> {
    pub(super) fn parse(args: &mut Args<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            link: link(args)?,
            host: text(args, "host_name", Host::from_bytes)?,
            port: ranged(args, "port", |port| {
                u16::try_from(port).ok().and_then(NonZeroU16::new)
            })?,
        })
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) {
        out.int(self.link.get())
            .quoted(self.host.as_str().as_bytes())
            .int(self.port.get());
    }
}
