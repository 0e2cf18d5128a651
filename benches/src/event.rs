//! What a receiver says it has seen, and its fingerprint.

/// One message of the module, with all its fields.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event<'a> {
    /// `OK`
    Ok,
    /// `ERROR`
    Error,
    /// `+CME ERROR: <code>`
    Cme(u16),
    /// The prompt for data.
    Prompt,
    /// `+QMTPUB: <link>,<id>,<result>[,<value>]`
    Published(u8, u16, u8, Option<u8>),
    /// `+QMTSUB: <link>,<id>,<result>[,<value>]`
    Subscribed(u8, u16, u8, Option<u8>),
    /// `+QMTCONN: <link>,<result>[,<code>]`
    Connected(u8, u8, Option<u8>),
    /// `+QMTSTAT: <link>,<cause>`
    Lost(u8, u8),
    /// `+CEREG: <status>,..`, with everything behind the name as it stands on the line.
    Registration(u8, &'a [u8]),
    /// `+QNBIOTEVENT: "<event>"`
    Power(&'a [u8]),
    /// `+QMTRECV: <link>,<id>,<topic>,..`
    Message(u8, u16, &'a [u8], &'a [u8]),
    /// Something else that a receiver took for a line of the module.
    Other(&'a [u8]),
    /// A receiver says that the stream is damaged. Neither right nor wrong: it reports nothing.
    Refused,
}

/// What is kept of an event for scoring.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Mark {
    /// FNV-1a over all fields.
    pub print: u64,
    /// Kind, link and identifier: the same message, perhaps with other content.
    pub key: u32,
}

impl Event<'_> {
    /// Fingerprint and identity.
    pub fn mark(&self) -> Mark {
        let mut fnv = Fnv(0xcbf2_9ce4_8422_2325);
        let (kind, link, id): (u8, u8, u16) = match *self {
            Self::Ok => (1, 0, 0),
            Self::Error => (2, 0, 0),
            Self::Cme(code) => (3, 0, code),
            Self::Prompt => (4, 0, 0),
            Self::Published(link, id, result, value) => {
                fnv.add(&[result]).option(value);
                (5, link, id)
            }
            Self::Subscribed(link, id, result, value) => {
                fnv.add(&[result]).option(value);
                (6, link, id)
            }
            Self::Connected(link, result, code) => {
                fnv.add(&[result]).option(code);
                (7, link, 0)
            }
            Self::Lost(link, cause) => (8, link, u16::from(cause)),
            Self::Registration(status, line) => {
                fnv.add(line);
                (9, 0, u16::from(status))
            }
            Self::Power(event) => {
                fnv.add(event);
                (10, 0, 0)
            }
            Self::Message(link, id, topic, payload) => {
                fnv.add(topic).add(&[0xff, 0]).add(payload);
                (11, link, id)
            }
            Self::Other(line) => {
                fnv.add(line);
                (12, 0, 0)
            }
            Self::Refused => (13, 0, 0),
        };
        let key = u32::from(link) << 24 | u32::from(kind) << 16 | u32::from(id);
        fnv.add(&key.to_le_bytes());
        Mark { print: fnv.0, key }
    }

    /// Reads every field, and of bytes the length and the last one, as a cheap consumer would.
    #[inline]
    pub fn touch(&self) -> u64 {
        let bytes = |bytes: &[u8]| {
            let last = bytes.last().copied().unwrap_or_default();
            bytes.len() as u64 ^ u64::from(last) << 32
        };
        let option = |value: Option<u8>| value.map_or(256, u64::from);
        match *self {
            Self::Ok => 1,
            Self::Error => 2,
            Self::Prompt => 4,
            Self::Refused => 13,
            Self::Cme(code) => u64::from(code),
            Self::Published(link, id, result, value)
            | Self::Subscribed(link, id, result, value) => {
                u64::from(link) ^ u64::from(id) << 8 ^ u64::from(result) << 24 ^ option(value) << 32
            }
            Self::Connected(link, result, code) => {
                u64::from(link) ^ u64::from(result) << 8 ^ option(code) << 16
            }
            Self::Lost(link, cause) => u64::from(link) ^ u64::from(cause) << 8,
            Self::Registration(status, line) => u64::from(status) ^ bytes(line),
            Self::Power(line) | Self::Other(line) => bytes(line),
            Self::Message(link, id, topic, payload) => {
                u64::from(link) ^ u64::from(id) << 8 ^ bytes(topic) << 24 ^ bytes(payload)
            }
        }
    }
}

/// 64-bit FNV-1a.
struct Fnv(u64);

impl Fnv {
    fn add(&mut self, bytes: &[u8]) -> &mut Self {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self
    }

    fn option(&mut self, value: Option<u8>) -> &mut Self {
        match value {
            None => self.add(&[0]),
            Some(value) => self.add(&[1, value]),
        }
    }
}
