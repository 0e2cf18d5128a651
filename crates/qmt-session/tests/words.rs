//! What is said to people: every error and outcome in words, and what can be done about it.

use qmt_session::envelope::{OpenError, SealError};
use qmt_session::proto::{CmeCode, ConfigOption, ConnectCode, LinkLossCode, OpenResult, Violation};
use qmt_session::{
    ClientConfig, ClientError, ConnectError, Doubt, EnqueueError, LineError, NotSent, Outcome,
    Refusal, Rejection, Remedy, RestoreError, SessionConfig, SnapshotBufferFull, SubmitError,
    SubscribeError, Words,
};

/// Sentences of ours, with what each must say.
fn sentences() -> Vec<(String, &'static str)> {
    fn say(it: impl ToString, words: &'static str) -> (String, &'static str) {
        (it.to_string(), words)
    }
    let full = SubmitError::BufferFull { needed: 21 };
    vec![
        say(ClientError::Silent, "the module does not answer"),
        say(
            ClientError::Refused(Rejection::Error),
            "the module refused to start: the module answered ERROR",
        ),
        say(ClientError::NoNetwork, "the module has found no network"),
        say(ClientError::Garbled, "the module's answers make no sense"),
        say(
            ConnectError::Option(ConfigOption::Session),
            "the module did not take the option \"session\"",
        ),
        say(
            ConnectError::UnsafeReceiveMode,
            "the module does not tell the length of messages (\"showrecvlen\")",
        ),
        say(
            ConnectError::Module(Rejection::Error),
            "the module answered ERROR",
        ),
        say(
            ConnectError::Refused(ConnectCode::CREDENTIALS),
            "the server answered 4 (refused: bad user name or password)",
        ),
        say(
            ConnectError::Lost(LinkLossCode::CLOSED_BY_SERVER),
            "+QMTSTAT 1 (connection closed or reset by the server)",
        ),
        say(
            ConnectError::Unanswered(Doubt::TimedOut),
            "the module did not answer in time",
        ),
        say(
            ConnectError::Forgotten,
            "the module has forgotten the connection",
        ),
        say(ConnectError::NoNetwork, "there is no network"),
        say(
            ConnectError::TakenOver,
            "the server ends every connection: is the client identifier in use?",
        ),
        say(
            ConnectError::Submit(full),
            "the command needs 21 bytes of buffer",
        ),
        say(Refusal::NotReady, "the link is not in the state for it"),
        say(Refusal::StoreFull, "no room for the strings of the link"),
        say(
            Refusal::Submit(SubmitError::Busy),
            "another command is in progress",
        ),
        say(
            SubscribeError::StoreFull,
            "no room for another subscription",
        ),
        say(
            SubscribeError::NeedsHex,
            "a wildcard filter needs the hex receive format",
        ),
        say(EnqueueError::Full, "the outbox is full"),
        say(EnqueueError::TooLong, "the message is too long"),
        say(RestoreError::Damaged, "no snapshot is whole"),
        say(
            RestoreError::Version(9),
            "the snapshot has the later format 9",
        ),
        say(
            RestoreError::OutboxTooSmall,
            "the outbox is too small for the snapshot",
        ),
        say(RestoreError::OutboxInUse, "the outbox is in use already"),
        say(SnapshotBufferFull, "the buffer is too small for a snapshot"),
        say(
            SealError::TooLong,
            "the payload is too long for an envelope",
        ),
        say(
            SealError::BufferFull { needed: 30 },
            "the envelope needs 30 bytes",
        ),
        say(OpenError::NotSealed, "the payload is not in an envelope"),
        say(OpenError::Damaged, "the payload is damaged"),
        say(
            LineError::Overrun,
            "bytes of the line were lost: nobody read them in time",
        ),
        say(
            LineError::Framing,
            "a byte of the line was damaged: noise, or a wrong baud rate",
        ),
        say(LineError::Parity, "a byte of the line had the wrong parity"),
        say(LineError::Break, "the line was held low"),
        say(Remedy::Resync, "checking the line"),
        say(Remedy::CloseAll, "closing all links"),
        say(Remedy::Reattach, "leaving the network and joining it again"),
        say(Remedy::Restart, "restarting the module"),
        say(
            Remedy::HardReset,
            "the module needs a reset by its pin or its power",
        ),
        say(
            Outcome::NotSent(NotSent::Aborted),
            "not sent: given up before",
        ),
        say(
            Outcome::NotSent(NotSent::TooLong),
            "not sent: too long for the buffer",
        ),
        say(
            Outcome::NotSent(NotSent::PayloadByte),
            "not sent: a byte of it cannot be sent in this form",
        ),
        say(
            Outcome::Rejected(Rejection::Cme(CmeCode::LINK)),
            "refused: +CME ERROR: 8503",
        ),
        say(
            Outcome::Rejected(Rejection::CmeText(Words::new(b"no way"))),
            "refused: +CME ERROR: no way",
        ),
        say(
            Outcome::Unknown(Doubt::LinkLost(LinkLossCode::LINK_DOWN)),
            "outcome unknown: the link was lost, +QMTSTAT",
        ),
        say(
            Outcome::Unknown(Doubt::Restarted),
            "outcome unknown: the module restarted",
        ),
        say(
            Outcome::Unknown(Doubt::Garbled(Violation::Truncated)),
            "outcome unknown: the line was garbled: ",
        ),
        say(
            Outcome::Unknown(Doubt::LineError),
            "outcome unknown: the line reported an error",
        ),
        say(
            Outcome::Unknown(Doubt::Aborted),
            "outcome unknown: given up",
        ),
    ]
}

#[test]
fn every_error_says_what_it_means_in_a_sentence_without_a_full_stop() {
    for (said, words) in sentences() {
        assert!(said.starts_with(words), "{said:?}, not {words:?}");
        let first = said.chars().next().unwrap();
        assert!(
            !first.is_ascii_uppercase() && !said.ends_with('.'),
            "{said}"
        );
    }
}

/// QMT §5.1, §3.3.2, §3.3.4, §4: what the owner can do.
#[test]
fn there_is_advice_where_the_owner_can_do_something() {
    let cme = |code| ConnectError::Module(Rejection::Cme(code));
    let open = |result| ConnectError::Module(Rejection::Open(result));
    for (error, advice) in [
        (
            open(OpenResult::WRONG_PARAMETER),
            OpenResult::WRONG_PARAMETER.remedy(),
        ),
        (open(OpenResult::OCCUPIED), OpenResult::OCCUPIED.remedy()),
        (cme(CmeCode::LINK), CmeCode::LINK.remedy()),
        (
            ConnectError::Refused(ConnectCode::CREDENTIALS),
            ConnectCode::CREDENTIALS.remedy(),
        ),
        (
            ConnectError::Lost(LinkLossCode::CLOSED_BY_SERVER),
            LinkLossCode::CLOSED_BY_SERVER.remedy(),
        ),
        (
            ConnectError::Option(ConfigOption::Version),
            Some("check the option against the module's firmware"),
        ),
        (
            ConnectError::UnsafeReceiveMode,
            Some("check the option against the module's firmware"),
        ),
        (
            ConnectError::Submit(SubmitError::Busy),
            Some("give the client a larger transmit buffer"),
        ),
        (
            ConnectError::NoNetwork,
            Some("check antenna, SIM card and coverage"),
        ),
        (
            ConnectError::TakenOver,
            Some("give every device a client identifier of its own"),
        ),
        (ConnectError::Module(Rejection::Error), None),
        (ConnectError::Unanswered(Doubt::TimedOut), None),
        (ConnectError::Forgotten, None),
    ] {
        assert_eq!(error.remedy(), advice, "{error}");
    }
    assert!(ConnectCode::CREDENTIALS.remedy().is_some());
}

#[test]
fn what_nobody_sets_is_as_it_is_made() {
    assert_eq!(SessionConfig::default(), SessionConfig::new());
    assert_eq!(ClientConfig::default(), ClientConfig::new());
}
