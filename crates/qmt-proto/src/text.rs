//! Strings that may go onto a command line.
//!
//! The note knows no escape inside quotes, so a string either fits as it is or is refused here,
//! before a byte of a command exists. None of these types can hold a quote, CR, LF, Ctrl+Z, Esc or
//! another control character.

use core::fmt;

use crate::{TextError, TextErrorKind, limits};

/// A validated string: constructor, getter, Debug.
macro_rules! texts {
    ($(
        $(#[$doc:meta])*
        $name:ident: $lengths:expr, $check:expr, $shown:ident;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Eq, Hash, PartialEq)]
        pub struct $name<'a>(&'a str);

        impl<'a> $name<'a> {
            /// Checks `text`.
            ///
            /// # Errors
            /// [`TextError`] when its length in bytes is out of range or it holds a character
            /// that must not go onto the line.
            pub fn new(text: &'a str) -> Result<Self, TextError> {
                check(text, $lengths)?;
                let special: Option<fn(&str) -> Option<TextError>> = $check;
                match special.and_then(|check| check(text)) {
                    None => Ok(Self(text)),
                    Some(error) => Err(error),
                }
            }

            /// Checks `bytes` as they stand on the line.
            ///
            /// # Errors
            /// As [`new`](Self::new), or [`TextErrorKind::NotUtf8`].
            pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, TextError> {
                match core::str::from_utf8(bytes) {
                    Ok(text) => Self::new(text),
                    Err(error) => Err(TextError {
                        kind: TextErrorKind::NotUtf8,
                        at: error.valid_up_to(),
                    }),
                }
            }

            texts!(@get $shown);
        }

        texts!(@debug $shown $name);
    )*};
    (@get public) => {
        /// The string.
        pub const fn as_str(self) -> &'a str {
            self.0
        }
    };
    (@get secret) => {
        /// The string. Whoever calls this takes care that it is not shown.
        pub const fn expose(self) -> &'a str {
            self.0
        }
    };
    (@debug public $name:ident) => {
        #[cfg(feature = "serde")]
        impl serde::Serialize for $name<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0)
            }
        }

        #[cfg(feature = "defmt")]
        impl defmt::Format for $name<'_> {
            fn format(&self, f: defmt::Formatter<'_>) {
                defmt::Format::format(self.0, f);
            }
        }

        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
    (@debug secret $name:ident) => {
        #[cfg(feature = "serde")]
        impl serde::Serialize for $name<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str("***")
            }
        }

        #[cfg(feature = "defmt")]
        impl defmt::Format for $name<'_> {
            fn format(&self, f: defmt::Formatter<'_>) {
                defmt::write!(f, "***");
            }
        }

        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("***")
            }
        }
    };
}

texts! {
    /// `<host_name>`: IP address or domain name of the server, 1..=100 bytes (QMT §3.3.2
    /// `<host_name>`).
    Host: 1..=limits::HOST, None, public;
    /// Where a message or a will is published: 1..=256 bytes (QMT §3.3.8 `<topic>`, §3.3.1
    /// `<will_topic>`), no wildcard (MQTT 3.1.1 §3.3.2.1).
    Topic: 1..=limits::TOPIC, Some(wildcard), public;
    /// What is subscribed to: 1..=256 bytes (QMT §3.3.6 `<topic>`, §3.3.7 `<topic>`), wildcards only
    /// where they may stand (MQTT 3.1.1 §4.7.1).
    Filter: 1..=limits::TOPIC, Some(misplaced_wildcard), public;
    /// Name at the server (QMT §3.3.4 `<clientID>`), at most 256 bytes; may be empty where the server
    /// gives one (MQTT 3.1.1 §3.1.3.1).
    ClientId: 0..=limits::CLIENT_ID, None, public;
    /// User name (QMT §3.3.4 `<username>`), 1..=256 bytes. Printed as `***`.
    Username: 1..=limits::CREDENTIAL, None, secret;
    /// Password (QMT §3.3.4 `<password>`), 1..=256 bytes. Printed as `***`. Firmware refuses an empty
    /// one: leave it out.
    Password: 1..=limits::CREDENTIAL, None, secret;
    /// Message of a will, 0..=256 bytes (QMT §3.3.1 `<will_msg>`). Printed as `***`.
    WillMessage: 0..=limits::WILL_MESSAGE, None, secret;
    /// Of Alibaba Cloud, 1..=64 bytes (QMT §3.3.1 `<product_key>`). Printed as `***`.
    ProductKey: 1..=limits::ALIAUTH, None, secret;
    /// Of Alibaba Cloud, 1..=64 bytes (QMT §3.3.1 `<device_name>`).
    DeviceName: 1..=limits::ALIAUTH, None, public;
    /// Of Alibaba Cloud, 1..=64 bytes (QMT §3.3.1 `<device_secret>`). Printed as `***`.
    DeviceSecret: 1..=limits::ALIAUTH, None, secret;
}

impl Filter<'_> {
    /// Whether the filter may match more than one topic (MQTT 3.1.1 §4.7.1).
    pub fn has_wildcard(self) -> bool {
        self.0.bytes().any(is_wildcard)
    }

    /// Whether `topic` matches the filter (MQTT 3.1.1 §4.7).
    pub fn matches(self, topic: &[u8]) -> bool {
        let mut topic_levels = topic.split(|&b| b == b'/');
        if topic.first() == Some(&b'$') && self.0.bytes().next().is_some_and(is_wildcard) {
            return false;
        }
        for level in self.0.as_bytes().split(|&b| b == b'/') {
            match (level, topic_levels.next()) {
                (b"#", _) => return true,
                (b"+", Some(_)) => {}
                (level, Some(topic_level)) if level == topic_level => {}
                _ => return false,
            }
        }
        topic_levels.next().is_none()
    }
}

impl<'a> From<Topic<'a>> for Filter<'a> {
    fn from(topic: Topic<'a>) -> Self {
        Self(topic.0)
    }
}

/// What holds for every string on a command line.
#[inline(never)]
fn check(text: &str, lengths: core::ops::RangeInclusive<usize>) -> Result<(), TextError> {
    if text.len() < *lengths.start() {
        return Err(TextError {
            kind: TextErrorKind::Empty,
            at: 0,
        });
    }
    if text.len() > *lengths.end() {
        return Err(TextError {
            kind: TextErrorKind::TooLong {
                max: *lengths.end(),
                len: text.len(),
            },
            at: *lengths.end(),
        });
    }
    // Bytes, not characters: the second half of the control characters is two bytes, C2 80..9F.
    let mut before = 0;
    for (at, &byte) in text.as_bytes().iter().enumerate() {
        let (kind, at) = match byte {
            b'"' => (TextErrorKind::Quote, at),
            0x80..=0x9f if before == 0xc2 => (TextErrorKind::Control, at - 1),
            byte if byte.is_ascii_control() => (TextErrorKind::Control, at),
            _ => {
                before = byte;
                continue;
            }
        };
        return Err(TextError { kind, at });
    }
    Ok(())
}

const fn is_wildcard(byte: u8) -> bool {
    matches!(byte, b'+' | b'#')
}

fn wildcard(topic: &str) -> Option<TextError> {
    let at = topic.bytes().position(is_wildcard)?;
    Some(TextError {
        kind: TextErrorKind::Wildcard,
        at,
    })
}

fn misplaced_wildcard(filter: &str) -> Option<TextError> {
    let filter = filter.as_bytes();
    let is_end = |at: usize| matches!(filter.get(at), None | Some(b'/'));
    let at = filter.iter().enumerate().position(|(at, byte)| {
        let starts_level = at.checked_sub(1).is_none_or(is_end);
        let ends_level = match byte {
            b'#' => at + 1 == filter.len(),
            _ => is_end(at + 1),
        };
        is_wildcard(*byte) && !(starts_level && ends_level)
    })?;
    Some(TextError {
        kind: TextErrorKind::Wildcard,
        at,
    })
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;
    use std::string::String;

    use super::*;

    fn kind<T>(result: Result<T, TextError>) -> Option<TextErrorKind> {
        result.err().map(|error| error.kind)
    }

    #[test]
    fn nothing_that_could_end_a_string_or_a_line_passes() {
        for bad in [
            "a\"b", "a\rb", "a\nb", "a\0b", "a\u{1a}b", "a\u{1b}b", "\u{7f}", "\u{85}",
        ] {
            assert!(Topic::new(bad).is_err(), "{bad:?}");
            assert!(ClientId::new(bad).is_err(), "{bad:?}");
            assert!(Password::new(bad).is_err(), "{bad:?}");
            assert!(WillMessage::new(bad).is_err(), "{bad:?}");
        }
        let at = |text| Topic::new(text).unwrap_err().at;
        assert_eq!([at("ab\"c"), at("a\r"), at("ab\u{85}c")], [2, 1, 2]);
        assert!(Topic::new("温度/Привет,b c").is_ok());
        assert_eq!(
            kind(Topic::from_bytes(b"a\xff")),
            Some(TextErrorKind::NotUtf8)
        );
    }

    #[test]
    fn lengths_are_those_of_the_note() {
        let long = |n| "x".repeat(n) as String;
        assert!(Topic::new(&long(256)).is_ok());
        assert_eq!(
            kind(Topic::new(&long(257))),
            Some(TextErrorKind::TooLong { max: 256, len: 257 })
        );
        assert_eq!(kind(Topic::new("")), Some(TextErrorKind::Empty));
        assert!(Host::new(&long(100)).is_ok());
        assert!(Host::new(&long(101)).is_err());
        assert!(WillMessage::new("").is_ok());
        assert!(WillMessage::new(&long(257)).is_err());
    }

    #[test]
    fn wildcards_stand_alone_in_a_level_and_hash_is_last() {
        for good in ["a", "+", "#", "a/+/b", "a/#", "+/+", "/"] {
            assert!(Filter::new(good).is_ok(), "{good}");
        }
        for bad in ["a+", "#/a", "a/#b", "a/b+/c", "##"] {
            assert_eq!(
                kind(Filter::new(bad)),
                Some(TextErrorKind::Wildcard),
                "{bad}"
            );
        }
        assert_eq!(kind(Topic::new("a/+")), Some(TextErrorKind::Wildcard));
        let place = |filter| Filter::new(filter).unwrap_err().at;
        assert_eq!(place("a/b+/c"), 3);
        assert_eq!(place("+/#/c"), 2);
        assert_eq!(Topic::new("ab/+").unwrap_err().at, 3);
    }

    #[test]
    fn filters_match_topics_as_mqtt_says() {
        let matches = |filter, topic: &str| Filter::new(filter).unwrap().matches(topic.as_bytes());
        assert!(matches("a/b", "a/b"));
        assert!(matches("a/+", "a/b"));
        assert!(matches("a/#", "a"));
        assert!(matches("a/#", "a/b/c"));
        assert!(matches("#", "a/b"));
        assert!(matches("+/+", "/x"));
        assert!(!matches("a/+", "a/b/c"));
        assert!(!matches("a/b", "a/bc"));
        assert!(!matches("a/b/c", "a/b"));
        assert!(!matches("#", "$SYS/x"));
        assert!(!matches("+/x", "$SYS/x"));
        assert!(matches("$SYS/#", "$SYS/x"));
    }

    #[test]
    fn secrets_are_never_printed() {
        let password = Password::new("hunter22").unwrap();
        assert_eq!(format!("{password:?}"), "***");
        assert_eq!(password.expose(), "hunter22");
    }
}
