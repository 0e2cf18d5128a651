//! What shows that a fault has reached the branch that handles it: coverage marks.

use qmt_session::proto::LinkLossCode;
use qmt_session::{ConnectError, Counters, Doubt, Outcome, Rejection};

use crate::Told;

/// Something that happens only where a fault is handled, or in spite of one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Sign {
    /// The framing was found broken.
    Violation,
    /// A line was not trusted.
    Untrusted,
    /// A line belonged to nothing.
    Stray,
    /// The UART's error was taken.
    LineError,
    /// A message was not delivered.
    Withheld,
    /// A start of the module was noticed.
    Restarted,
    /// Probes went unanswered.
    Unresponsive,
    /// The rate of the line was suspected.
    BaudSuspect,
    /// A remedy was taken.
    Escalated,
    /// The module told the loss of a link, with a cause of the note.
    Lost,
    /// The same, with a cause that the note does not have.
    LostReserved,
    /// The module had forgotten a link, did not answer, or refused.
    LinkFailed,
    /// The server refused a connection.
    Refused,
    /// Somebody else was suspected of using the name.
    TakenOver,
    /// The server granted less than was asked for, or nothing.
    GrantedLess,
    /// A publish ended in doubt.
    Doubt,
    /// A publish was refused.
    Rejected,
    /// A publish was refused with a code of the note.
    RejectedWithCode,
    /// A publish ended well.
    Success,
    /// Any publish ended.
    Ended,
    /// The truth came late.
    Late,
    /// The module sent again.
    Retransmitting,
    /// A message was delivered.
    Delivered,
    /// A message that looks like lines of the module was delivered.
    DeliveredHostile,
    /// A message with a prompt in it was delivered.
    DeliveredPrompt,
    /// An empty message was delivered, or one as long as can be.
    DeliveredBorder,
    /// A message with control bytes and bytes above 0x7F was delivered.
    DeliveredBinary,
    /// The same message was delivered again.
    DeliveredTwice,
    /// An option was set again that had not been kept.
    SetAgain,
    /// A leftover connection was closed.
    LeftoverClosed,
    /// A command was echoed.
    Echoed,
    /// A payload that begins with a line feed arrived whole.
    LineFeedKept,
    /// A message of an outbox that has outlived its host has left.
    Survived,
}

/// Signs there are.
const SIGNS: usize = Sign::Survived as usize + 1;

/// How often each sign was seen in one world.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Signs([u32; SIGNS]);

impl Default for Signs {
    fn default() -> Self {
        Self([0; SIGNS])
    }
}

impl Signs {
    /// One more.
    pub const fn add(&mut self, sign: Sign) {
        self.0[sign as usize] += 1;
    }

    /// How often.
    pub const fn of(&self, sign: Sign) -> u32 {
        self.0[sign as usize]
    }

    /// How often since `earlier`.
    pub const fn since(&self, earlier: &Self, sign: Sign) -> u32 {
        self.of(sign).saturating_sub(earlier.of(sign))
    }

    /// Adds what the counters of a client have gone up by.
    pub fn on_counters(&mut self, before: &Counters, now: &Counters) {
        let pairs = [
            (Sign::Violation, before.violations, now.violations),
            (Sign::Untrusted, before.untrusted, now.untrusted),
            (Sign::Stray, before.strays, now.strays),
            (Sign::LineError, before.line_errors, now.line_errors),
            (Sign::Withheld, before.withheld, now.withheld),
            (Sign::Restarted, before.restarts, now.restarts),
        ];
        for (sign, before, now) in pairs {
            self.0[sign as usize] += now.saturating_sub(before);
        }
    }

    /// Adds what a client has told, but for what its counters count.
    pub fn on_told(&mut self, told: &Told) {
        match told {
            Told::Published(_, outcome) => self.on_outcome(outcome),
            Told::Late(..) => self.add(Sign::Late),
            Told::Retransmitting(_) => self.add(Sign::Retransmitting),
            Told::Escalated(_) => self.add(Sign::Escalated),
            Told::Down(_, error, _) => self.on_down(error),
            Told::Session(words) if words == "Unresponsive" => self.add(Sign::Unresponsive),
            Told::Session(words) if words == "BaudSuspect" => self.add(Sign::BaudSuspect),
            Told::Message { payload, .. } => self.on_message(payload),
            _ => {}
        }
    }

    fn on_outcome(&mut self, outcome: &Outcome) {
        self.add(Sign::Ended);
        match outcome {
            Outcome::Acked(_) | Outcome::Sent => self.add(Sign::Success),
            Outcome::Rejected(rejection) => {
                self.add(Sign::Rejected);
                if matches!(rejection, Rejection::Cme(_)) {
                    self.add(Sign::RejectedWithCode);
                }
            }
            Outcome::NotSent(_) => self.add(Sign::Rejected),
            Outcome::Unknown(doubt) => {
                self.add(Sign::Doubt);
                if *doubt == Doubt::Restarted {
                    self.add(Sign::Restarted);
                }
            }
        }
    }

    fn on_down(&mut self, error: &ConnectError) {
        self.add(match error {
            ConnectError::Lost(LinkLossCode(1..=7)) => Sign::Lost,
            ConnectError::Lost(_) => Sign::LostReserved,
            ConnectError::Refused(_) => Sign::Refused,
            ConnectError::TakenOver => Sign::TakenOver,
            _ => Sign::LinkFailed,
        });
    }

    fn on_message(&mut self, payload: &[u8]) {
        let holds = |what: &[u8]| payload.windows(what.len()).any(|part| part == what);
        self.add(Sign::Delivered);
        if payload.is_empty() || payload.len() == 1460 {
            self.add(Sign::DeliveredBorder);
        }
        if holds(b"\r\n") {
            self.add(Sign::DeliveredHostile);
        }
        if payload.contains(&b'>') {
            self.add(Sign::DeliveredPrompt);
        }
        if payload.iter().any(|byte| *byte >= 0x80) && payload.contains(&0x1A) {
            self.add(Sign::DeliveredBinary);
        }
    }
}
