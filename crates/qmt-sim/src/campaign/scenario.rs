//! A run as data: a world, what the application does in it, and what goes wrong.

use core::fmt;

use qmt_broker::FaultRule;
use qmt_modem::{Fault, FaultKind, Quirks};
use qmt_session::LineError;

use super::Row;
use crate::{Ambush, Change, Side};

/// Everything a run follows from. As text it is one line for each part: see [`parse`].
///
/// [`parse`]: super::parse()
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "not published")]
pub struct Scenario {
    /// Seed of the jitter in the client.
    pub seed: u64,
    /// Links in use, 1 to 5.
    pub links: u8,
    /// Which of them have a wildcard, and so receive in hex, a bit each.
    pub hex: u8,
    /// Rate of the serial line, 0: bytes take no time.
    pub baud: u32,
    /// Bytes in one read or write.
    pub chunk: u16,
    /// Milliseconds between module and broker, each way.
    pub delay: u32,
    /// Whether the module has been running for a while.
    pub booted: bool,
    /// Habits of the module.
    pub quirks: Quirks,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// What the application or its surroundings do.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Step {
    /// The application publishes.
    Publish {
        /// The link.
        link: u8,
        /// 0 to 2.
        qos: u8,
        /// Bytes of payload.
        len: u16,
    },
    /// The application puts a message into its outbox.
    Enqueue {
        /// The link.
        link: u8,
        /// Bytes of payload.
        len: u16,
    },
    /// The application subscribes to a filter of that number.
    Subscribe {
        /// The link.
        link: u8,
        /// The number.
        filter: u8,
        /// 0 to 2.
        qos: u8,
    },
    /// The application gives a filter up.
    Unsubscribe {
        /// The link.
        link: u8,
        /// The number.
        filter: u8,
    },
    /// The application closes a link and opens it again.
    Reopen {
        /// The link.
        link: u8,
    },
    /// Somebody publishes to the link.
    Tell {
        /// The link.
        link: u8,
        /// 0 to 2.
        qos: u8,
        /// What.
        body: Body,
    },
    /// The server ends the connection of a link.
    Drop {
        /// The link.
        link: u8,
    },
    /// Milliseconds pass.
    Wait(u32),
    /// Something goes wrong.
    Strike(Row, Strike),
}

/// What somebody publishes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Body {
    /// So many bytes of everything.
    Bytes(u16),
    /// One that looks like lines of the module: the nth of a list.
    Hostile(u8),
    /// One with a prompt in it.
    Prompt,
    /// Control bytes and bytes above 0x7F.
    Binary,
}

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Strike {
    /// The module does it at the next place there is for it.
    Module(Fault),
    /// The broker follows these rules, and no others.
    Broker(Vec<FaultRule>),
    /// Somebody publishes this to a link.
    Message(u8, Body),
    /// It happens to the byte that comes so many bytes later.
    Byte(Side, u16, Change),
    /// It happens to a byte in the next payload.
    PayloadByte(Side, u16, Change),
    /// It happens to the next byte it can happen to.
    Ambush(Side, Ambush),
    /// The host's UART reports an error so many bytes later; so many bytes are lost.
    Error(LineError, u16, u16),
    /// The host hears bytes that no module has sent.
    Noise(Vec<u8>),
    /// After so many bytes nothing moves for so many milliseconds.
    Stall(Side, u16, u32),
    /// The next payload stops after so many bytes for so many milliseconds.
    StallPayload(u16, u32),
    /// Somebody else connects with the name of a link.
    Takeover(u8),
    /// The host is reset and remembers nothing.
    Forget,
    /// The host loses its power and remembers its outbox.
    PowerLoss,
    /// The host does nothing for so many milliseconds.
    Away(u32),
    /// A payload that begins with a line feed is published on a link.
    LineFeed(u8),
}

/// How long a result code may be late at most, in milliseconds, before it is given up: 300 ms
/// (QMT §3.3.8) and the session's margin of 5 s, less what the line takes.
pub(super) const PATIENCE: u64 = 4_000;

impl Scenario {
    /// Whether something in it makes what the host is told untrue.
    pub fn lies(&self) -> bool {
        self.steps.iter().any(|step| match step {
            // A result code that comes after the host has given its command up, and the line was
            // found to work since, is taken for the next command's.
            Step::Strike(_, Strike::Module(fault)) if fault.kind() == FaultKind::LateFinal => {
                fault.value() > PATIENCE
            }
            Step::Strike(row, _) => row.lies(),
            _ => false,
        })
    }
}

/// As [`parse`](super::parse()) reads it.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            links,
            hex,
            baud,
            chunk,
            delay,
            booted,
            ..
        } = self;
        writeln!(f, "seed {seed}")?;
        writeln!(f, "links {links}")?;
        writeln!(f, "hex {hex}")?;
        writeln!(f, "baud {baud}")?;
        writeln!(f, "chunk {chunk}")?;
        writeln!(f, "delay {delay}")?;
        writeln!(f, "booted {booted}")?;
        for (quirk, value) in self.quirks.differences(&Quirks::NOTE) {
            writeln!(f, "quirk {} {}", quirk.name(), value.name())?;
        }
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publish { link, qos, len } => write!(f, "publish {link} {qos} {len}"),
            Self::Enqueue { link, len } => write!(f, "enqueue {link} {len}"),
            Self::Subscribe { link, filter, qos } => write!(f, "subscribe {link} {filter} {qos}"),
            Self::Unsubscribe { link, filter } => write!(f, "unsubscribe {link} {filter}"),
            Self::Reopen { link } => write!(f, "reopen {link}"),
            Self::Tell { link, qos, body } => write!(f, "tell {link} {qos} {body}"),
            Self::Drop { link } => write!(f, "drop {link}"),
            Self::Wait(ms) => write!(f, "wait {ms}"),
            Self::Strike(row, strike) => write!(f, "{} {strike}", row.name()),
        }
    }
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(len) => write!(f, "bytes {len}"),
            Self::Hostile(number) => write!(f, "hostile {number}"),
            Self::Prompt => f.write_str("prompt"),
            Self::Binary => f.write_str("binary"),
        }
    }
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module(fault) => write!(f, "module {fault}"),
            Self::Broker(rules) => {
                f.write_str("broker")?;
                rules.iter().try_for_each(|rule| write!(f, " {rule}"))
            }
            Self::Message(link, body) => write!(f, "message {link} {body}"),
            Self::Byte(to, skip, change) => {
                write!(f, "byte {} {skip} {}", side(*to), Changed(*change))
            }
            Self::PayloadByte(to, skip, change) => {
                write!(f, "payload {} {skip} {}", side(*to), Changed(*change))
            }
            Self::Ambush(to, Ambush::Digit(bit)) => write!(f, "digit {} {bit}", side(*to)),
            Self::Ambush(to, Ambush::Meaning) => write!(f, "meaning {}", side(*to)),
            Self::Error(error, skip, lost) => {
                write!(f, "error {} {skip} {lost}", error_name(*error))
            }
            Self::Noise(bytes) => {
                f.write_str("noise ")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Stall(to, skip, ms) => write!(f, "stall {} {skip} {ms}", side(*to)),
            Self::StallPayload(skip, ms) => write!(f, "stall_payload {skip} {ms}"),
            Self::Takeover(link) => write!(f, "takeover {link}"),
            Self::Forget => f.write_str("forget"),
            Self::PowerLoss => f.write_str("power_loss"),
            Self::Away(ms) => write!(f, "away {ms}"),
            Self::LineFeed(link) => write!(f, "line_feed {link}"),
        }
    }
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Module => "to_module",
        Side::Host => "to_host",
    }
}

/// The names of the errors of a line.
pub(super) const ERRORS: [(&str, LineError); 4] = [
    ("overrun", LineError::Overrun),
    ("framing", LineError::Framing),
    ("parity", LineError::Parity),
    ("break", LineError::Break),
];

fn error_name(error: LineError) -> &'static str {
    let named = ERRORS.iter().find(|(_, known)| *known == error);
    named.map_or("", |(name, _)| name)
}

/// A change as text.
struct Changed(Change);

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Change::Drop => f.write_str("drop"),
            Change::Duplicate => f.write_str("duplicate"),
            Change::Flip(bit) => write!(f, "flip {bit}"),
            Change::Insert(byte) => write!(f, "insert {byte}"),
        }
    }
}
