//! What a module can do where the note is silent or firmware differs.

use qmt_proto::DataFormat;

use crate::{PublishForm, SubmitError};

/// What this module accepts and prints, where the application note leaves it open.
///
/// The default is what every module takes. What differs is learned while the session runs, or
/// found out by a conformance run, kept (feature `serde`) and loaded again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct Capabilities {
    /// Longest payload, in bytes, that goes onto the command line of QMTPUB; 0: none does. The
    /// note does not say how `<msg>` is quoted (QMT §3.3.8), so this is 0 until a module is known
    /// to take it, and 0 again once it has refused one.
    pub inline_up_to: u16,
    /// How many publishes may be in flight.
    pub publish_in_flight: PublishInFlight,
    /// Whether `+QMTPUB` is printed at QoS 0: QMT figure 1 says no, QMT §6.1 shows it. `None`: not
    /// known yet; the first publish waits for it in vain if there is none.
    pub qos0_result: Option<bool>,
    /// How long after its prompt the module is deaf, in milliseconds: data that comes earlier is
    /// lost. Sibling modules want 500, which is what a session learns when the module gives up two
    /// payloads in a row that were sent whole. [`SessionConfig::prompt_guard`](crate::SessionConfig)
    /// may ask for more.
    pub prompt_guard_ms: u16,
    /// Whether Esc (0x1B) ends a payload whose length was given, too. Text with that byte is then
    /// refused, for what follows it would be taken for commands; hex carries it
    /// ([`LinkConfig::send_format`](crate::LinkConfig::send_format)). The note knows Esc in the
    /// other form only (QMT §3.3.8 Esc). No session can learn it; `qmt doctor` finds it out.
    pub esc_cancels: bool,
    /// Whether lengths in hex format count digits instead of bytes. The note does not say; the
    /// module's socket commands count bytes. `qmt doctor` finds it out.
    pub hex_counts_digits: bool,
}

/// How long sibling modules are deaf after their prompt, in milliseconds.
const SIBLINGS_GUARD_MS: u16 = 500;

/// How many publishes a module takes before the result of the first (QMT §3.3.8 note 1).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_enums, reason = "the two readings of the note")]
pub enum PublishInFlight {
    /// One on each link.
    #[default]
    Link,
    /// One on the whole module.
    Module,
}

impl Capabilities {
    /// What every module is sure to do: counted data mode only, one publish on each link.
    pub const fn new() -> Self {
        Self {
            inline_up_to: 0,
            publish_in_flight: PublishInFlight::Link,
            qos0_result: None,
            prompt_guard_ms: 0,
            esc_cancels: false,
            hex_counts_digits: false,
        }
    }

    /// Checks whether `payload` can travel to this module in this form and format.
    ///
    /// # Errors
    /// [`SubmitError::PayloadTooLong`] and [`SubmitError::PayloadByte`], as a publish would say.
    pub fn check(
        &self,
        form: PublishForm,
        payload: &[u8],
        format: DataFormat,
    ) -> Result<(), SubmitError> {
        form.check(payload, format)?;
        if !self.esc_cancels || format == DataFormat::Hex {
            return Ok(());
        }
        match payload.iter().position(|byte| *byte == 0x1B) {
            None => Ok(()),
            Some(at) => Err(SubmitError::PayloadByte { at }),
        }
    }

    /// The module has given up payloads in a row that were sent whole: it is deaf after its prompt.
    pub(crate) fn on_deaf_prompt(&mut self) {
        self.prompt_guard_ms = self.prompt_guard_ms.max(SIBLINGS_GUARD_MS);
    }

    /// The form in which `payload` goes to this module in `format`: on the command line if it is
    /// short and plain enough, in counted data mode otherwise.
    pub fn form(&self, payload: &[u8], format: DataFormat) -> PublishForm {
        let short = payload.len() <= usize::from(self.inline_up_to) && self.inline_up_to > 0;
        if short && PublishForm::Inline.check(payload, format).is_ok() {
            PublishForm::Inline
        } else {
            PublishForm::Counted
        }
    }
}

impl Default for Capabilities {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_follows_from_the_bytes_and_from_what_the_module_takes() {
        let (text, hex) = (DataFormat::Text, DataFormat::Hex);
        let unknown = Capabilities::new();
        assert_eq!(unknown.form(b"plain", text), PublishForm::Counted);
        assert_eq!(unknown.form(b"", text), PublishForm::Counted);
        let known = Capabilities {
            inline_up_to: 5,
            ..unknown
        };
        for (payload, format, form) in [
            (&b"plain"[..], text, PublishForm::Inline),
            (b"longer", text, PublishForm::Counted),
            (b"{\"a\"}", text, PublishForm::Counted),
            (b"a\r\nb", text, PublishForm::Counted),
            (b"a\x1ab", text, PublishForm::Counted),
            (b"a\r\nb", hex, PublishForm::Inline),
        ] {
            assert_eq!(known.form(payload, format), form, "{payload:?}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn what_was_learned_is_kept_and_what_an_older_file_does_not_say_is_not_assumed() {
        let known = Capabilities {
            inline_up_to: 100,
            publish_in_flight: PublishInFlight::Module,
            qos0_result: Some(false),
            prompt_guard_ms: 500,
            esc_cancels: true,
            hex_counts_digits: true,
        };
        let text = serde_json::to_string(&known).unwrap();
        assert_eq!(serde_json::from_str::<Capabilities>(&text).unwrap(), known);
        let older: Capabilities = serde_json::from_str(r#"{"inline_up_to":7}"#).unwrap();
        assert_eq!(older.inline_up_to, 7);
        assert_eq!(older.publish_in_flight, PublishInFlight::Link);
        assert_eq!(older.qos0_result, None);
        assert_eq!(older.prompt_guard_ms, 0);
        assert!(!older.esc_cancels && !older.hex_counts_digits);
    }
}
