//! Whole sets of quirks with a name.

use core::fmt;
use core::str::FromStr;

use super::choice::{
    CloseAfterDisc, DataModeDelay, EmptyQuery, InlineQuotes, NoticeForm, PacketFailure,
    ParameterError, Prompt, PublishInFlight, ServerClose, SubValues, TopicsPerCommand, WakeAnswer,
};
use crate::Quirks;

/// A module with a character.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Profile {
    /// `note`: the application note as we read it.
    #[default]
    Note,
    /// `observed`: what was seen of this module and, where nothing was, of its sibling BC660K.
    Observed,
    /// `strict`: the letter of the note, and nothing that it does not promise.
    Strict,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Note, Self::Observed, Self::Strict];

    /// For example `note`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Observed => "observed",
            Self::Strict => "strict",
        }
    }

    /// What it stands for, in one sentence.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Note => "The application note as we read it.",
            Self::Observed => "What was seen of this module, else of its sibling BC660K.",
            Self::Strict => "The letter of the note, and nothing that it does not promise.",
        }
    }

    /// Its quirks.
    #[must_use]
    pub const fn quirks(self) -> Quirks {
        match self {
            Self::Note => Quirks::NOTE,
            Self::Observed => Quirks::OBSERVED,
            Self::Strict => Quirks::STRICT,
        }
    }
}

impl Quirks {
    /// What was seen of a BC260Y-CN and, where nothing was, of a BC660K (FACTS §2.7, §2.8, §4.5 to
    /// §4.7, §5.1, §5.4, §7.2, §7.3, §7.5).
    pub const OBSERVED: Self = Self {
        prompt: Prompt::Bare,
        data_mode_delay: DataModeDelay::HalfSecond,
        inline_quotes: InlineQuotes::Required,
        packet_failure: PacketFailure::ResultThenStat,
        notice_form: NoticeForm::Bc660k,
        server_close: ServerClose::Seven,
        parameter_error: ParameterError::Incorrect,
        echo_saved: true,
        light_sleep_loses: true,
        wake_answer: WakeAnswer::BlankLine,
        ..Self::NOTE
    };

    /// The letter of the note: what it says to wait for must be waited for, what it leaves to the
    /// module is done the way that a careless host notices first.
    pub const STRICT: Self = Self {
        esc_cancels_counted: false,
        inline_quotes: InlineQuotes::Bare,
        publish_in_flight: PublishInFlight::Module,
        topics_per_command: TopicsPerCommand::One,
        sub_values: SubValues::One,
        empty_query: EmptyQuery::Error,
        settings_survive_close: false,
        close_after_disc: CloseAfterDisc::Error,
        connect_resend: true,
        session_resend: true,
        ..Self::NOTE
    };
}

/// There is no profile of that name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a unit")]
pub struct UnknownProfile;

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        let mut all = Self::ALL.into_iter();
        all.find(|profile| profile.name() == name)
            .ok_or(UnknownProfile)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for UnknownProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the profile is one of note, observed, strict")
    }
}

impl core::error::Error for UnknownProfile {}
