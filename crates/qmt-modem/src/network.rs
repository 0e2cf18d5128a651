//! The network side: what the modem asks for and what it is told.

use alloc::string::String;

use qmt_proto::LinkId;

/// What the modem wants done with the TCP socket of a link.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NetworkRequest {
    /// Connect. Answer with [`NetworkEvent::Connected`] or [`NetworkEvent::ConnectFailed`].
    Connect {
        /// The link; it has no socket now.
        link: LinkId,
        /// Name or address, as QMTOPEN gave it.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// Give up or close the socket. Answer with [`NetworkEvent::Closed`], unless that or
    /// `ConnectFailed` has already been told. What [`Modem::poll_socket`] still shows at that
    /// time need not be sent.
    ///
    /// [`Modem::poll_socket`]: crate::Modem::poll_socket
    Close {
        /// The link.
        link: LinkId,
    },
}

/// What happened to the TCP socket of a link.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NetworkEvent<'a> {
    /// It is connected.
    Connected {
        /// The link.
        link: LinkId,
    },
    /// It could not be connected; there is no socket.
    ConnectFailed {
        /// The link.
        link: LinkId,
        /// Why.
        cause: ConnectFailure,
    },
    /// Bytes came.
    Received {
        /// The link.
        link: LinkId,
        /// All of them.
        bytes: &'a [u8],
    },
    /// The peer closed or reset it, or the modem asked for it; there is no socket any more.
    Closed {
        /// The link.
        link: LinkId,
    },
}

/// Why a socket could not be connected.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ConnectFailure {
    /// The name has no address: `+QMTOPEN: <link>,4` (QMT §3.3.2).
    Dns,
    /// The peer refused: `+QMTOPEN: <link>,-1`.
    Refused,
    /// There is no way to the peer: `+QMTOPEN: <link>,5`.
    Unreachable,
    /// The peer did not answer in time: `+QMTOPEN: <link>,-1`.
    TimedOut,
}

impl NetworkRequest {
    /// The link it is about.
    #[must_use]
    pub const fn link(&self) -> LinkId {
        match self {
            Self::Connect { link, .. } | Self::Close { link } => *link,
        }
    }
}

impl NetworkEvent<'_> {
    /// The link it is about.
    #[must_use]
    pub const fn link(&self) -> LinkId {
        match self {
            Self::Connected { link }
            | Self::ConnectFailed { link, .. }
            | Self::Received { link, .. }
            | Self::Closed { link } => *link,
        }
    }
}
