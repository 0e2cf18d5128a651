//! What a session is told about its module and its line.

use core::time::Duration;

use qmt_proto::{DataFormat, limits};

use crate::span::{Millis, millis};
use crate::{Capabilities, SubmitError};

/// Times and habits of a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SessionConfig {
    /// How much longer than the note's maximum response time an answer may take. Covers the line:
    /// a full message takes 3.1 s at 9600 bit/s in hex.
    pub margin: Duration,
    /// Longest silence inside a line. A line that stops for longer is given up.
    pub gap: Duration,
    /// How long to wait after the prompt before data is sent, whatever is known of the module:
    /// sibling modules want 500 ms ([`Capabilities::prompt_guard_ms`]).
    pub prompt_guard: Duration,
    /// Whether messages are delivered, marked as not to be trusted, before the module has confirmed
    /// that it prints lengths (`"showrecvlen"`). Afterwards one without a length is a violation.
    pub accept_uncounted: bool,
    /// What is known of the module at hand; [`Session::capabilities`](crate::Session::capabilities)
    /// gives what has been learned since.
    pub capabilities: Capabilities,
}

impl SessionConfig {
    /// 5 s of margin, 250 ms of gap, no guard, no messages without a length.
    pub const fn new() -> Self {
        Self {
            margin: Duration::from_secs(5),
            gap: Duration::from_millis(250),
            prompt_guard: Duration::ZERO,
            accept_uncounted: false,
            capabilities: Capabilities::new(),
        }
    }
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self::new()
    }
}

/// What a session keeps of its configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    pub(crate) margin: Millis,
    pub(crate) gap: Millis,
    pub(crate) prompt_guard: Millis,
    pub(crate) accept_uncounted: bool,
    pub(crate) capabilities: Capabilities,
}

impl Habits {
    pub(crate) fn of(config: &SessionConfig) -> Self {
        Self {
            margin: millis(config.margin),
            gap: millis(config.gap),
            prompt_guard: millis(config.prompt_guard),
            accept_uncounted: config.accept_uncounted,
            capabilities: config.capabilities,
        }
    }
}

/// How payloads go to the module (QMT §3.3.8).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PublishForm {
    /// What the payload's bytes and the module's [`Capabilities`] allow: on the command line, or
    /// counted. The default.
    #[default]
    Auto,
    /// Data mode with a fixed length: takes any bytes (QMT §3.3.8 fixed).
    Counted,
    /// Data mode ended by Ctrl+Z: payloads without 0x1A and 0x1B only (QMT §3.3.8 variable).
    Terminated,
    /// Everything on the command line (QMT §3.3.8 inline). The note does not say how the payload is
    /// quoted: only for modules known to take it.
    Inline,
}

impl PublishForm {
    /// Checks whether a payload can travel in this form and send format (QMT §3.3.8 `<msglen>`,
    /// note 2).
    ///
    /// # Errors
    /// [`SubmitError::PayloadTooLong`] and [`SubmitError::PayloadByte`], as a publish would say.
    pub fn check(self, payload: &[u8], format: DataFormat) -> Result<(), SubmitError> {
        if payload.len() > limits::PAYLOAD {
            return Err(SubmitError::PayloadTooLong { len: payload.len() });
        }
        let forbidden = |byte: &u8| match self {
            _ if format == DataFormat::Hex => false,
            Self::Auto | Self::Counted => false,
            Self::Terminated => matches!(byte, 0x1A | 0x1B),
            Self::Inline => byte.is_ascii_control() || *byte == b'"',
        };
        match payload.iter().position(forbidden) {
            None => Ok(()),
            Some(at) => Err(SubmitError::PayloadByte { at }),
        }
    }
}
