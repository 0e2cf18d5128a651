//! S17: whatever a peer says can be shown. No byte of it steers the terminal it is shown on, and
//! there is advice only about what is known.

use core::fmt::{Debug, Display};

use at_syntax::{Frame, Framer};
use qmt_proto::{
    Answer, Command, Expect, Filter, FinalResult, Host, Notice, Payload, Report, Response,
    ResponseDialect, Topic,
};
use qmt_session::{Client, ClientEvent, Event, Outcome};

/// S17, for every frame of a stream and what it means.
///
/// # Panics
/// When something of it would steer a terminal.
pub fn what_is_heard_can_be_shown(
    stream: &[u8],
    dialect: ResponseDialect,
    prompts: usize,
    expect: Expect,
) {
    let mut framer = Framer::responses();
    let (mut rest, mut dialect, mut prompts) = (stream, dialect, prompts);
    loop {
        dialect.prompt_armed = prompts > 0;
        let cut = framer.next_frame(rest, &dialect);
        let Some(frame) = cut.frame else {
            return;
        };
        match frame {
            Frame::Violation(violation) => said(&violation),
            Frame::Prompt => prompts -= 1,
            _ => {}
        }
        let response = Response::parse(frame, expect);
        told(&response);
        response_can_be_shown(&response);
        rest = rest.get(cut.used..).unwrap_or_default();
    }
}

fn response_can_be_shown(response: &Response<'_>) {
    match response {
        Response::Final(result) => {
            cited(Some(result.section()));
            if let FinalResult::CmeError(code) = result {
                said(code);
                advised(code.remedy(), code.description());
            }
        }
        Response::Report(report) => report_can_be_shown(report),
        Response::Malformed { error, .. } => said(error),
        _ => {}
    }
}

/// S17, for a report.
///
/// # Panics
/// When something of it would steer a terminal.
pub fn report_can_be_shown(report: &Report<'_>) {
    told(report);
    cited(report.section());
    assert_eq!(
        report.link().is_none(),
        matches!(report, Report::Answer(_) | Report::Notice(_)),
        "{report:?}"
    );
    match report {
        Report::Opened { result, .. } => {
            said(result);
            advised(result.remedy(), result.description());
        }
        Report::Closed { result, .. } => {
            said(result);
            advised(result.remedy(), result.description());
        }
        Report::Disconnected { result, .. } => {
            said(result);
            advised(result.remedy(), result.description());
        }
        Report::Connected { result, code, .. } => {
            advised(result.remedy(), result.description());
            if let Some(code) = code {
                said(code);
                advised(code.remedy(), code.description());
            }
        }
        Report::Subscribed { result, values, .. } => {
            advised(result.remedy(), result.description());
            for at in 0..4 {
                let Some(granted) = values.granted(at) else {
                    break;
                };
                assert!(
                    granted.remedy().is_none() || granted.qos().is_none(),
                    "advice about what was granted"
                );
            }
        }
        Report::Unsubscribed { result, .. } | Report::Published { result, .. } => {
            said(result);
            advised(result.remedy(), result.description());
        }
        Report::LinkLost { link, cause } => {
            said(link);
            said(cause);
            advised(cause.remedy(), cause.description());
        }
        Report::Received(message) => {
            let len = message.payload.len();
            assert_eq!(message.payload.is_empty(), len == 0);
            if let Payload::Hex(hex) = message.payload {
                let mut room = vec![0; len];
                let decoded = hex.decode(&mut room).expect("room for its length");
                assert_eq!((decoded.len(), hex.is_empty()), (len, len == 0));
                assert!(hex.bytes().eq(decoded.iter().copied()));
            }
        }
        Report::Notice(notice) => cited(notice.section()),
        Report::Answer(answer) => {
            cited(answer.name().section());
            if let Answer::Registration { status, .. } = answer {
                assert!(!status.is_registered() || status.description().is_some());
            }
        }
        _ => {}
    }
    if let Report::Notice(Notice::Registration(status)) = report {
        told(status);
    }
}

/// S17, for a command and what can be told about it.
///
/// # Panics
/// When something of it would steer a terminal.
pub fn a_command_can_be_shown(command: &Command<'_>) {
    told(command);
    cited(command.section());
    if let Command::Config(config) = command {
        said(config.option().as_str());
    }
    let named = command.name().and_then(qmt_proto::Name::section);
    assert!(named.is_none() || command.section() == named, "{command:?}");
}

/// S17: why a text may not stand in a command.
///
/// # Panics
/// When that would steer a terminal.
pub fn what_is_wrong_with_a_string_can_be_shown(text: &str) {
    let wrong = [
        Topic::new(text).err(),
        Topic::from_bytes(text.as_bytes()).err(),
        Filter::new(text).err(),
        Host::new(text).err(),
    ];
    wrong.iter().flatten().for_each(said);
}

/// S17, for all a client knows.
///
/// # Panics
/// When something of it would steer a terminal.
pub fn a_client_can_be_shown(client: &Client<'_>) {
    told(client);
    told(client.capabilities());
}

/// S17, for what a client tells.
///
/// # Panics
/// When something of it would steer a terminal.
pub fn an_event_can_be_shown(event: &ClientEvent<'_>) {
    told(event);
    match event {
        ClientEvent::ModuleFailed(error) => said(error),
        ClientEvent::Published { outcome, .. }
        | ClientEvent::Late { outcome, .. }
        | ClientEvent::Left { outcome, .. } => said(outcome),
        ClientEvent::Republishing { doubt, .. } => said(doubt),
        ClientEvent::Down { error, .. } => {
            said(error);
            error.remedy().inspect(said);
        }
        ClientEvent::Escalated(remedy) => said(remedy),
        ClientEvent::Session(Event::LineError(error)) => said(error),
        ClientEvent::Session(Event::Violation(violation)) => said(violation),
        ClientEvent::Session(Event::Done { outcome, .. } | Event::Late { outcome, .. }) => {
            said(outcome);
            assert!(!(outcome.is_success() && matches!(outcome, Outcome::Unknown(_))));
        }
        _ => {}
    }
}

/// Words for people, of ours or of a peer.
pub(crate) fn said(it: &(impl Display + ?Sized)) {
    harmless(&it.to_string());
}

fn told(it: &impl Debug) {
    harmless(&format!("{it:?}"));
}

fn harmless(words: &str) {
    assert!(!words.is_empty(), "nothing is said");
    let steers = words.chars().any(char::is_control);
    assert!(
        !steers,
        "S17: it steers the terminal: {}",
        words.escape_debug()
    );
}

fn cited(section: Option<&str>) {
    let known = ["QMT §", "V.250 §", "TS 27.007 §"];
    assert!(section.is_none_or(|section| known.iter().any(|it| section.starts_with(it))));
}

fn advised(advice: Option<&str>, known: Option<&str>) {
    assert!(
        advice.is_none() || known.is_some(),
        "S17: {advice:?} about nothing known"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "steers the terminal")]
    fn an_escape_is_found() {
        said("\x1b[2J");
    }

    #[test]
    #[should_panic(expected = "about nothing known")]
    fn advice_about_an_unknown_code_is_found() {
        advised(Some("wait"), None);
    }
}
