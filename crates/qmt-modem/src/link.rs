//! One of the five links: its options, its socket, its client.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use qmt_proto::Instant;

use crate::mqtt::{MqttLink, Session};
use crate::settings::Settings;

/// A link, `<TCP_connectID>`.
#[derive(Debug, Default)]
pub(crate) struct Link {
    /// Set by QMTCFG.
    pub(crate) settings: Settings,
    /// How far QMTOPEN and QMTCONN have come.
    pub(crate) phase: Phase,
    /// What the network side was last asked and told.
    pub(crate) socket: Socket,
    /// The message identifier of a publish that was taken and has no result yet (QMT §3.3.8 note 1).
    pub(crate) publishing: Option<u16>,
    /// The topic it last subscribed to, if that has no wildcard.
    pub(crate) topic: Option<String>,
    /// What outlived the last connection with a kept session.
    pub(crate) session: Option<Session>,
    /// What the network holds while it carries nothing.
    pub(crate) air: Air,
}

/// Bytes of a socket that are on neither side.
#[derive(Default)]
pub(crate) struct Air {
    /// Taken from the module, not yet given to the network.
    pub(crate) outgoing: Vec<u8>,
    /// Taken from the network, not yet given to the module.
    pub(crate) incoming: Vec<u8>,
    /// Whether the peer has closed behind them.
    pub(crate) closed: bool,
}

/// Shows how much, not what: CONNECT carries the password.
impl fmt::Debug for Air {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Air")
            .field("outgoing", &self.outgoing.len())
            .field("incoming", &self.incoming.len())
            .field("closed", &self.closed)
            .finish()
    }
}

/// How far a link has come.
#[derive(Debug, Default)]
pub(crate) enum Phase {
    /// Free for QMTOPEN.
    #[default]
    Closed,
    /// QMTOPEN waits for the network until the given time.
    Opening(Server, Instant),
    /// The network is open, no CONNECT has been sent.
    Opened(Server),
    /// CONNECT has been sent.
    Client(Server, Box<MqttLink>),
    /// QMTDISC is done; the link can be closed, or opened again.
    Disconnected,
    /// QMTCLOSE waits for its socket. `silent`: without telling.
    Closing { silent: bool },
}

/// Where a link is connected to.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// The socket of a link, as the network side sees it. There is never a second one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Socket {
    /// None.
    #[default]
    None,
    /// Asked to connect.
    Connecting,
    /// Connected.
    Open,
    /// Asked to close.
    Closing,
}

impl Link {
    /// The client, once CONNECT has been sent.
    pub(crate) fn client(&mut self) -> Option<&mut MqttLink> {
        match &mut self.phase {
            Phase::Client(_, client) => Some(client),
            _ => None,
        }
    }

    /// The server that `AT+QMTOPEN?` shows: that of an open network.
    pub(crate) fn server(&self) -> Option<&Server> {
        match &self.phase {
            Phase::Opened(server) | Phase::Client(server, _) => Some(server),
            _ => None,
        }
    }

    /// Whether QMTOPEN may use the link.
    pub(crate) fn is_free(&self) -> bool {
        matches!(self.phase, Phase::Closed | Phase::Disconnected)
    }

    /// When something is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Opening(_, until) => Some(*until),
            Phase::Client(_, client) => client.poll_timeout(),
            _ => None,
        }
    }
}
