//! A piece of the capture, explained.

use super::tape::Place;
use crate::trace::Direction;

/// Kinds of frames.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Ok,
    Error,
    Cme,
    Report,
    Info,
    Prompt,
    Echo,
    Text,
}

/// One line of output.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) place: Place,
    pub(crate) kind: Kind,
    /// Without `+`; empty for what has none.
    pub(crate) name: String,
    pub(crate) fields: Vec<Option<String>>,
    /// What is shown of it: its bytes without secrets and line end.
    pub(crate) bytes: Vec<u8>,
    pub(crate) direction: Option<Direction>,
    /// What it is, in words.
    pub(crate) meaning: String,
    pub(crate) section: Option<&'static str>,
    pub(crate) remedy: Option<&'static str>,
    /// What is wrong with it.
    pub(crate) damage: Option<String>,
    /// A payload that is no UTF-8, in hex digits.
    pub(crate) payload_hex: Option<String>,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Cme => "cme",
            Self::Report => "report",
            Self::Info => "info",
            Self::Prompt => "prompt",
            Self::Echo => "echo",
            Self::Text => "text",
        }
    }
}

impl Frame {
    pub(crate) fn new(place: Place, kind: Kind, bytes: Vec<u8>) -> Self {
        Self {
            place,
            kind,
            name: String::new(),
            fields: Vec::new(),
            bytes,
            direction: place.direction,
            meaning: String::new(),
            section: None,
            remedy: None,
            damage: None,
            payload_hex: None,
        }
    }

    /// Adds a payload to the fields: as text, or as null with its digits beside it.
    pub(crate) fn push_payload(&mut self, payload: &[u8]) {
        match core::str::from_utf8(payload) {
            Ok(text) => self.fields.push(Some(text.to_owned())),
            Err(_) => {
                self.fields.push(None);
                let digits = payload.iter().flat_map(|&b| qmt_proto::hex::digits_of(b));
                self.payload_hex = Some(digits.map(char::from).collect());
            }
        }
    }

    /// Whom it comes from, unless the log has said so.
    pub(crate) fn sent(&mut self, direction: Direction) {
        self.direction = self.direction.or(Some(direction));
    }
}
