//! The kinds of faults: 48 rows of the catalogue, RELIABILITY §2, and what shows each handled.

use super::{Sign, Signs};

/// The enumeration and its table, from one list.
macro_rules! rows {
    ($($Row:ident, $text:literal, [$($Sign:ident),+];)+) => {
        /// A row of the catalogue.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[expect(clippy::exhaustive_enums, reason = "not published")]
        pub enum Row {
            $(#[doc = $text] $Row,)+
        }

        impl Row {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$Row,)+];

            /// As the catalogue calls it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$Row => stringify!($Row),)+
                }
            }

            /// What goes wrong.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$Row => $text,)+
                }
            }

            /// Any of these shows that it was handled.
            pub const fn signs(self) -> &'static [Sign] {
                match self {
                    $(Self::$Row => &[$(Sign::$Sign,)+],)+
                }
            }
        }
    };
}

rows! {
    A1, "payload that looks like lines of the module", [DeliveredHostile];
    A2, "option that was confirmed and not kept", [SetAgain];
    A3, "prompt in a payload", [DeliveredPrompt];
    A4, "payload of 0 or 1460 bytes, or a length beyond", [DeliveredBorder, Violation];
    A5, "payload of control bytes and bytes above 0x7F", [DeliveredBinary];
    A6, "quote or comma in a topic", [Withheld, Violation, Untrusted];
    A7, "line end in a topic", [Violation, Untrusted];
    A8, "a hundred messages at once", [Delivered];
    A9, "message that comes twice", [DeliveredTwice];
    A10, "module that echoes again", [Echoed];
    B1, "refused CONNECT", [Refused];
    B2, "refused subscription, or a lower grant", [GrantedLess];
    B3, "result for a message nobody published", [Stray];
    B4, "lost link, cause of the note", [Lost];
    B5, "lost link, any other cause", [LostReserved];
    B6, "somebody else with the same client identifier", [Lost, TakenOver];
    B7, "network that carries nothing for a while", [Retransmitting, Doubt, Lost, LinkFailed];
    B8, "storm of notices", [Retransmitting];
    B9, "message longer than the module can tell, or codes 8508 to 8510", [RejectedWithCode, Delivered, Violation, Withheld];
    W1, "lost byte in a line", [Violation, Stray, Untrusted, Doubt, Rejected, LinkFailed];
    W2, "lost byte in a received payload", [Violation, Untrusted, Withheld];
    W3, "lost byte in a sent payload", [Doubt];
    W4, "repeated byte in a sent payload", [Rejected, Stray, Untrusted, Violation, Doubt, LinkFailed];
    W5, "wrong bit in a digit", [Stray, Doubt, Late, Violation, Untrusted, Rejected, LinkFailed];
    W6, "wrong bit that makes a byte with a meaning", [Violation, Stray, Untrusted, Doubt, Rejected, LinkFailed];
    W7, "overrun", [LineError];
    W8, "framing or parity error, break, wrong rate", [LineError, BaudSuspect];
    W9, "noise between lines", [Stray, Violation, Untrusted];
    W11, "transmission that stalls", [Ended];
    W12, "gaps in what is heard", [Violation, Ended, Delivered];
    D1, "restart of the module", [Restarted, Lost, LinkFailed];
    D2, "module that falls asleep", [Doubt, Rejected, Lost, LinkFailed, Unresponsive];
    D3, "missing prompt", [Doubt];
    D4, "late prompt", [Doubt, Success, Late];
    D5, "lost or late reply", [Doubt, Late, Stray, LinkFailed, Success];
    D6, "reply that comes twice", [Stray];
    D7, "ERROR", [Rejected, LinkFailed];
    D8, "line end that is not CR LF", [Success];
    D9, "line about nothing known", [Stray];
    D10, "payload that begins with a line feed", [LineFeedKept];
    D11, "host that stalls in data mode for more than a minute", [Doubt, Rejected];
    D12, "host that forgets its open links", [LeftoverClosed];
    D13, "lock-up", [Unresponsive, Doubt, Escalated, LinkFailed];
    D14, "error with a code of the note", [RejectedWithCode, LinkFailed];
    D15, "result for another link or message", [Stray, Untrusted];
    D16, "line that never ends", [Violation];
    H1, "loss of the host's power", [Survived];
    H7, "host that comes late", [Ended, Late, Delivered, LinkFailed, Lost];
}

impl Row {
    /// The row of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|row| row.name() == name)
    }

    /// Whether bytes are changed on the line, or the module says what is not so: then what the
    /// host tells may be untrue, and nobody could know.
    pub const fn lies(self) -> bool {
        matches!(
            self,
            Self::W1
                | Self::W2
                | Self::W3
                | Self::W4
                | Self::W5
                | Self::W6
                | Self::W7
                | Self::W8
                | Self::W9
                // What a module in the middle of a payload does not hear while it falls asleep.
                | Self::D2
                | Self::D15
                | Self::D16
        )
    }

    /// Whether what has happened since `before` shows that the fault was handled.
    pub fn is_handled(self, before: &Signs, now: &Signs) -> bool {
        let least = if self == Self::A8 { 50 } else { 1 };
        let seen = |sign: &Sign| now.since(before, *sign) >= least;
        self.signs().iter().any(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_48_kinds() {
        assert_eq!(Row::ALL.len(), 48);
        assert_eq!(Row::find("W12"), Some(Row::W12));
        assert_eq!(Row::find("W10"), None);
    }

    #[test]
    fn a_flood_takes_more_than_one_message() {
        let before = Signs::default();
        let mut now = before;
        now.add(Sign::Delivered);
        assert!(!Row::A8.is_handled(&before, &now));
        assert!(Row::H7.is_handled(&before, &now));
        assert!(!Row::A1.is_handled(&before, &now));
    }
}
