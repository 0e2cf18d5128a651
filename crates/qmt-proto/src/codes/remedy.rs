//! What to do about a code that tells of a failure.
//!
//! QMT §5.1 table 4 says it for +QMTSTAT; for the other codes it follows from what they mean and
//! from how real modules recover.

use crate::{
    CloseResult, CmeCode, ConnectCode, DisconnectResult, Granted, LinkLossCode, OpenResult,
    PacketResult,
};

impl LinkLossCode {
    /// What the note tells the host to do about it (QMT §5.1 table 4).
    pub const fn remedy(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "open the network again",
            2 => "check the network, then open again",
            3 | 4 => {
                "check user name, password and that the client ID is not in use, then open and \
                 connect again"
            }
            5 => "none: the normal end of a connection",
            6 => "check the data; the network may be congested: open again",
            7 => "make sure that the link and the server are available",
            _ => return None,
        })
    }
}

impl CmeCode {
    /// What to do about it; none for numbers the note does not name.
    pub const fn remedy(self) -> Option<&'static str> {
        Some(match self.0 {
            8503 => {
                "check that the link is open and connected (AT+QMTCONN?); open and connect again"
            }
            8504 => "check the command and its payload; close and open again",
            8505 => "remove control characters and quotes from the strings",
            8506 => "send topics and strings as UTF-8",
            8507 => "check the parameters against the command's ranges",
            8508 => "wait for the result of the message before, or send a shorter one",
            8509 => "send shorter data, and less at a time",
            8510 | 8511 => "close unused links; restart the module if it persists",
            8600 => "close and open the link; restart the module if it persists",
            _ => return None,
        })
    }
}

impl OpenResult {
    /// What to do about it; none for success and unknown numbers.
    pub const fn remedy(self) -> Option<&'static str> {
        Some(match self.0 {
            -1 => "check that the server runs there and may be reached, then open again",
            1 => "check link 0 to 4, host of at most 100 bytes and port 1 to 65535",
            2 => "close this link first (AT+QMTCLOSE), or take another",
            3 => "check SIM card, APN and registration (AT+CEREG?, AT+CGATT?)",
            4 => "check the host name, or give an address",
            5 => "check the network (AT+CEREG?), then open again",
            _ => return None,
        })
    }
}

impl CloseResult {
    /// What to do about it; none for success and unknown numbers.
    pub const fn remedy(self) -> Option<&'static str> {
        match self.0 {
            -1 => Some("none if the link was not open: it may be opened again"),
            _ => None,
        }
    }
}

impl DisconnectResult {
    /// What to do about it; none for success and unknown numbers.
    pub const fn remedy(self) -> Option<&'static str> {
        match self.0 {
            -1 => Some("close the network (AT+QMTCLOSE)"),
            _ => None,
        }
    }
}

impl PacketResult {
    /// What to do about it; none for success and unknown numbers.
    pub const fn remedy(self) -> Option<&'static str> {
        match self.0 {
            1 => Some("wait: another result follows"),
            2 => Some("check the network; the server may have the packet or not: try again"),
            _ => None,
        }
    }
}

impl ConnectCode {
    /// What to do about it; none for success and unknown numbers.
    pub const fn remedy(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "choose the other protocol version (AT+QMTCFG=\"version\"), then open and connect",
            2 => "choose another client ID; MQTT 3.1 allows 23 characters at most",
            3 => "try again later: the server is there but does not serve",
            4 => "check user name and password",
            5 => "check what this client may do at the server, its ID and credentials",
            _ => return None,
        })
    }
}

impl Granted {
    /// What to do about it; none for a granted quality of service.
    pub const fn remedy(self) -> Option<&'static str> {
        match self {
            Self::REFUSED => Some("check the filter and what this client may subscribe to"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_a_remedy_and_no_success_has() {
        for code in 0..=u16::MAX {
            let code = CmeCode(code);
            assert_eq!(code.remedy().is_some(), code.description().is_some());
        }
        for code in i8::MIN..=i8::MAX {
            let failed = |words: Option<&str>| words.is_some() && code != 0;
            let open = OpenResult(code);
            assert_eq!(open.remedy().is_some(), failed(open.description()));
            let close = CloseResult(code);
            assert_eq!(close.remedy().is_some(), failed(close.description()));
            let disconnect = DisconnectResult(code);
            assert_eq!(
                disconnect.remedy().is_some(),
                failed(disconnect.description())
            );
        }
        for code in 0..=u8::MAX {
            let failed = |words: Option<&str>| words.is_some() && code != 0;
            let packet = PacketResult(code);
            assert_eq!(packet.remedy().is_some(), failed(packet.description()));
            let connect = ConnectCode(code);
            assert_eq!(connect.remedy().is_some(), failed(connect.description()));
            let loss = LinkLossCode(code);
            assert_eq!(loss.remedy().is_some(), loss.description().is_some());
            let granted = Granted(code);
            assert_eq!(granted.remedy().is_some(), granted == Granted::REFUSED);
        }
    }
}
