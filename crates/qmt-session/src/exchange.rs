//! The one command between its first byte and its final result code.

use qmt_proto::{
    Command, Config, ConfigOption, Expect, FinalResult, Instant, LinkId, PacketTimeout,
};

use crate::deferred::Key;
use crate::span::{Millis, millis};
use crate::{Outcome, Ticket};

/// A command in progress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange {
    pub(crate) ticket: Ticket,
    /// What lines of its name mean.
    pub(crate) expect: Expect,
    /// The link whose option is queried.
    pub(crate) queried: Option<(LinkId, ConfigOption)>,
    /// What its deferred result will be recognised by, if it has one.
    pub(crate) key: Option<Key>,
    /// How long after `OK` the deferred result may take, margin included (QMT §3.3.1 time, note 3,
    /// `<pkttimeout>` and `<retry_times>`; §3.3.2 time, §3.3.3 time, §3.3.4 time, §3.3.5 time, §3.3.6
    /// time, §3.3.7 time, §3.3.8 time).
    pub(crate) within: Millis,
    /// How long its final result code may take.
    pub(crate) patience: Patience,
    /// Whether a payload follows the prompt.
    pub(crate) has_data: bool,
    /// Whether the command before it took a payload and bytes too many of it may stand in front of
    /// this one: a byte that came twice makes the module end the payload one byte early.
    pub(crate) follows_data: bool,
    /// Whether a payload stands on the command line.
    pub(crate) is_inline: bool,
    pub(crate) stage: Stage,
    /// When the stage is overdue.
    pub(crate) deadline: Instant,
    /// The echo of the payload, if one is expected.
    pub(crate) data_echo: Option<DataEcho>,
    /// Whether the command line's echo may still come.
    pub(crate) echo: bool,
    /// How it ends, if that is known before it is over: a deferred result before the `OK`, out
    /// of its order (QMT §2 order), a doubt while the payload is still being sent.
    pub(crate) outcome: Option<Outcome>,
    /// Whether it is over and only its owner is to be told.
    pub(crate) over: bool,
}

/// How much of a payload has been echoed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DataEcho {
    /// Bytes that have come back.
    pub(crate) done: u16,
    /// Bytes that should. The Ctrl+Z at the end is a key, not data: some echo it, some do not.
    pub(crate) total: u16,
}

/// How long the final result code of a command may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Patience {
    /// `AT`.
    Attention,
    /// All others: the note's 300 ms.
    Short,
    /// `AT+CGATT`.
    Attach,
}

/// How far a command has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stage {
    /// The command line is being sent.
    Command,
    /// The prompt is awaited (QMT §3.3.8 prompt).
    Prompt,
    /// The prompt has come; data is held back.
    Guard,
    /// The payload is being sent.
    Data,
    /// The final result code is awaited.
    Final,
}

impl Exchange {
    pub(crate) fn new(
        ticket: Ticket,
        command: &Command<'_>,
        timeout: &PacketTimeout,
        margin: Millis,
        deadline: Instant,
    ) -> Self {
        let queried = match command {
            Command::Config(Config::Query(link, option)) => Some((*link, *option)),
            _ => None,
        };
        let within = command.deferred_within(timeout).map_or(0, millis);
        Self {
            ticket,
            expect: command.expect(),
            queried,
            key: Key::of_command(command),
            within: within.saturating_add(margin),
            patience: match command {
                Command::Attention | Command::Verbose(_) => Patience::Attention,
                Command::Attach(_) => Patience::Attach,
                _ => Patience::Short,
            },
            has_data: false,
            follows_data: false,
            is_inline: false,
            stage: Stage::Command,
            deadline,
            data_echo: None,
            echo: true,
            outcome: None,
            over: false,
        }
    }

    /// It is over.
    pub(crate) const fn end(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
        self.over = true;
    }

    /// Its command line is sent once more, until then.
    pub(crate) const fn repeat(&mut self, deadline: Instant) {
        self.follows_data = false;
        self.echo = true;
        self.stage = Stage::Command;
        self.deadline = deadline;
    }

    /// Whether some of the payload has been echoed, but not all.
    pub(crate) fn data_echo_is_partial(&self) -> bool {
        self.data_echo
            .is_some_and(|echo| echo.done > 0 && echo.done < echo.total)
    }

    /// Whether `result` refuses a command line that may have been damaged by a payload before it,
    /// and not the command: no code of MQTT says that it was understood.
    pub(crate) fn may_be_misread(&self, result: FinalResult<'_>) -> bool {
        let refused_line = match self.stage {
            Stage::Final => !self.has_data,
            stage => stage == Stage::Prompt,
        };
        let understood = match result {
            FinalResult::Ok => true,
            FinalResult::CmeError(code) => code.description().is_some(),
            FinalResult::Error | FinalResult::CmeText(_) => false,
        };
        self.follows_data && refused_line && !understood && self.outcome.is_none()
    }

    /// Whether the module may be taking bytes as payload.
    pub(crate) const fn may_be_in_data_mode(&self) -> bool {
        self.has_data && !matches!(self.stage, Stage::Command)
    }
}
