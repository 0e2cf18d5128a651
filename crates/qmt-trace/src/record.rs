//! What a recording holds.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Version of the format, in every header. A reader refuses what is newer than itself.
pub const VERSION: u8 = 1;

/// First frame of a recording.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "whoever records makes one")]
pub struct Header<'a> {
    /// When the recording began, in milliseconds since 1970; 0 where there is no clock.
    pub started_ms: u64,
    /// What was recorded, in words; may be empty.
    pub title: &'a str,
}

/// Something that happened on the line.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "whoever records makes one")]
pub struct Record<'a> {
    /// Microseconds since the recording began.
    pub at_us: u64,
    /// What happened.
    #[serde(borrow)]
    pub body: Body<'a>,
}

/// See [`Record::body`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Body<'a> {
    /// Bytes passed.
    Bytes {
        /// Who sent them.
        from: Side,
        /// All of them.
        bytes: &'a [u8],
    },
    /// A secret passed. A replay sends any bytes of this length, and takes any.
    Hidden {
        /// Who sent it.
        from: Side,
        /// Its length in bytes.
        len: u32,
    },
    /// A remark of whoever recorded.
    Note(&'a str),
}

/// An end of the line.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "a line has two ends")]
pub enum Side {
    /// Whoever uses the module (V.250: DTE).
    Host,
    /// The module (V.250: DCE).
    Module,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "host",
            Self::Module => "module",
        })
    }
}

impl fmt::Display for Record<'_> {
    /// One line of text: seconds, direction, bytes with `\r`, `\n` and `\x..` for what is no text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (s, us) = (self.at_us / 1_000_000, self.at_us % 1_000_000);
        write!(f, "{s:4}.{us:06} ")?;
        let arrow = |from| if from == Side::Host { '>' } else { '<' };
        match self.body {
            Body::Bytes { from, bytes } => {
                write!(f, "{} {}", arrow(from), Escaped(bytes))
            }
            Body::Hidden { from, len } => write!(f, "{} [{len} bytes hidden]", arrow(from)),
            Body::Note(text) => write!(f, "# {}", Escaped(text.as_bytes())),
        }
    }
}

/// Bytes as one line of text: `\r`, `\n`, `\\`, and `\x..` for what is not printable ASCII.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a way to print bytes")]
pub struct Escaped<'a>(pub &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;

        self.0.iter().try_for_each(|byte| match byte {
            b'\r' => f.write_str("\\r"),
            b'\n' => f.write_str("\\n"),
            b'\\' => f.write_str("\\\\"),
            b' '..=b'~' => f.write_char(char::from(*byte)),
            _ => write!(f, "\\x{byte:02x}"),
        })
    }
}
