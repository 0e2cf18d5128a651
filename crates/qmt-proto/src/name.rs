//! Names of commands and reports.

use core::fmt;

/// Names with their spelling on the line.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// An extended command this crate knows, `AT+<name>`.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[non_exhaustive]
        pub enum Name {
            $($(#[$doc])* $name,)*
        }

        impl Name {
            /// All names.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name as the note spells it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

names! {
    /// MQTT options (QMT §3.3.1).
    Cfg = "QMTCFG";
    /// Opens the network of a client (QMT §3.3.2).
    Open = "QMTOPEN";
    /// Closes the network of a client (QMT §3.3.3).
    Close = "QMTCLOSE";
    /// Sends CONNECT (QMT §3.3.4).
    Conn = "QMTCONN";
    /// Sends DISCONNECT (QMT §3.3.5).
    Disc = "QMTDISC";
    /// Sends SUBSCRIBE (QMT §3.3.6).
    Sub = "QMTSUB";
    /// Sends UNSUBSCRIBE (QMT §3.3.7).
    Uns = "QMTUNS";
    /// Sends PUBLISH (QMT §3.3.8).
    Pub = "QMTPUB";
    /// Form of error result codes (TS 27.007 §9.1).
    Cmee = "CMEE";
    /// Sleep lock of Quectel modules (QMT §6.1).
    Qsclk = "QSCLK";
    /// Packet domain attach (TS 27.007 §10.1.9).
    Cgatt = "CGATT";
    /// EPS network registration (TS 27.007 §10.1.22).
    Cereg = "CEREG";
    /// Signal quality (TS 27.007 §8.5).
    Csq = "CSQ";
    /// PDP address (TS 27.007 §10.1.14).
    Cgpaddr = "CGPADDR";
    /// Baud rate (V.250 §6.2.10).
    Ipr = "IPR";
    /// Restarts the module.
    Qrst = "QRST";
}

impl Name {
    /// The name spelled `text`, in upper or lower case.
    pub fn new(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|name| name.as_str().eq_ignore_ascii_case(text))
    }

    /// Whether a result of this name comes after `OK`, and so perhaps before the answer to
    /// another command of this name.
    pub(crate) const fn has_deferred_result(self) -> bool {
        matches!(
            self,
            Self::Open | Self::Close | Self::Conn | Self::Disc | Self::Sub | Self::Uns | Self::Pub
        )
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
