//! Every number of the application note, in one place, with its unit and section.

/// Number of MQTT clients in one module, `<TCP_connectID>` 0..=4 (QMT §3.3.1).
pub const LINKS: usize = 5;
/// Longest `<host_name>` in bytes (QMT §3.3.2).
pub const HOST: usize = 100;
/// Longest topic or topic filter in bytes (QMT §3.3.6, §3.3.8).
pub const TOPIC: usize = 256;
/// Longest will topic in bytes (QMT §3.3.1).
pub const WILL_TOPIC: usize = 256;
/// Longest will message in bytes (QMT §3.3.1).
pub const WILL_MESSAGE: usize = 256;
/// Longest payload in bytes, sent (QMT §3.3.8 `<msglen>`) or received (QMT §5.2 `<payload_len>`).
pub const PAYLOAD: usize = 1460;
/// Longest client identifier in bytes. The note gives none; the sibling BC660K takes 128, Alibaba
/// Cloud's need more, and the module's command line bounds it all.
pub const CLIENT_ID: usize = 256;
/// Longest user name or password in bytes. The note gives none; the sibling BC660K takes 256.
pub const CREDENTIAL: usize = 256;
/// Longest product key, device name or device secret in bytes. The note gives none; Alibaba Cloud
/// issues at most 64.
pub const ALIAUTH: usize = 64;
/// Topics in one QMTSUB or QMTUNS. The note gives no bound; firmware seen takes 4.
pub const TOPICS_PER_COMMAND: usize = 4;

/// Smallest and largest `<pkttimeout>` in seconds (QMT §3.3.1).
pub const PKT_TIMEOUT_S: core::ops::RangeInclusive<u8> = 1..=60;
/// Default `<pkttimeout>` in seconds (QMT §3.3.1).
pub const DEFAULT_PKT_TIMEOUT_S: u8 = 30;
/// Largest `<retry_times>` (QMT §3.3.1).
pub const RETRY_TIMES: u8 = 10;
/// Largest `<keep-alive_time>` in seconds, 0 for never (QMT §3.3.1 "keepalive",
/// `<keep-alive_time>` 0).
pub const KEEP_ALIVE_S: u16 = 3600;
/// Default `<keep-alive_time>` in seconds (QMT §3.3.1).
pub const DEFAULT_KEEP_ALIVE_S: u16 = 120;

/// Longest time until QMTCFG, QMTCLOSE or QMTDISC is answered, in ms (QMT §3.3.1, §3.3.3, §3.3.5).
pub const SHORT_RESPONSE_MS: u64 = 300;
/// Longest time until the network of a client is open, in ms (QMT §3.3.2).
pub const OPEN_RESPONSE_MS: u64 = 176_000;
/// Time without data after which the module leaves data mode, in ms (QMT §3.3.8 note 3).
pub const DATA_MODE_MS: u64 = 60_000;

/// Longest command line without payload, in bytes, with room to spare: QMTSUB with as many and as
/// long topics as one command takes.
pub const COMMAND_LINE: usize = 1088;
/// Longest line with a text payload, in bytes: QMTRECV or inline QMTPUB.
pub const TEXT_FRAME: usize = 1792;
/// Longest line with a hex payload, in bytes.
pub const HEX_FRAME: usize = 3264;

/// What a receiver needs beside its buffer, and what the capacities are made of.
const _: () = {
    const FRAMER: usize = 104;
    assert!(size_of::<at_syntax::Framer>() <= FRAMER);
    assert!(size_of::<crate::ResponseDialect>() <= 8);
    assert!(size_of::<crate::Report<'_>>() <= 64);
    assert!(size_of::<crate::Command<'_>>() <= 112);
    // A framer with its buffer for text.
    assert!(FRAMER + TEXT_FRAME <= 2304);
    // `+QMTRECV: 4,65535,"<topic>",1460,"<payload>"` CR LF, with room for odd blanks.
    assert!(18 + 1 + TOPIC + 8 + PAYLOAD + 3 <= TEXT_FRAME);
    assert!(18 + 1 + TOPIC + 8 + 2 * PAYLOAD + 3 <= HEX_FRAME);
    // `AT+QMTSUB=4,65535` and four times `,"<topic>",2`.
    assert!(17 + TOPICS_PER_COMMAND * (TOPIC + 5) <= COMMAND_LINE);
};
