//! Words and statuses for everything that can go wrong between the line and the broker.

use qmt_hal_tokio::{DriveError, End, PublishError};
use qmt_proto::{ConnectCode, OpenResult};
use qmt_session::{ClientError, ConnectError, Doubt, Outcome, Rejection};

use crate::connection::refused;
use crate::error::CliError;
use crate::exit::Exit;

/// Whom the words are about.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// The line, as `-D` names it.
    pub(crate) device: String,
    pub(crate) host: String,
    /// Host and port.
    pub(crate) broker: String,
}

impl Names {
    /// Why the module cannot be used.
    pub(crate) fn of_module(&self, error: ClientError) -> CliError {
        let device = &self.device;
        let (exit, what, remedy) = match error {
            ClientError::Silent => (
                Exit::SILENT,
                "the module has not answered for 10 s".to_owned(),
                "check power, wiring and speed (-b); one cut off inside a message needs a minute",
            ),
            ClientError::NoNetwork => (
                Exit::UNREACHABLE,
                "the module has found no network within 90 s".to_owned(),
                "check SIM card, antenna and coverage",
            ),
            ClientError::Refused(rejection) => (
                Exit::MODULE,
                format!("the module refused to start: {rejection}"),
                "check that it is a BC260Y-CN, or restart it",
            ),
            _ => (
                Exit::MODULE,
                error.to_string(),
                "check speed (-b) and wiring, and that nobody else uses the port",
            ),
        };
        CliError::new(exit, format!("{device}: {what}"), remedy)
    }

    /// Why there is no connection to the broker.
    pub(crate) fn of_connect(&self, error: &ConnectError) -> CliError {
        let Self { host, broker, .. } = self;
        match *error {
            ConnectError::Refused(code) => self.of_refusal(code),
            ConnectError::Module(Rejection::Open(result)) => {
                let (exit, what, remedy) = match result {
                    OpenResult::DNS_FAILED => (
                        Exit::UNREACHABLE,
                        format!("unknown host {host}"),
                        "check the name, or give an address",
                    ),
                    OpenResult::FAILED => (
                        Exit::UNREACHABLE,
                        format!("no connection to {broker}: refused, or no answer"),
                        "check that the broker runs there and may be reached",
                    ),
                    OpenResult::PDP_FAILED | OpenResult::DISCONNECTED => (
                        Exit::UNREACHABLE,
                        format!("no way to {broker}: {result}"),
                        "check the module's network and the address",
                    ),
                    _ => (
                        Exit::MODULE,
                        format!("the module did not open {broker}: {result}"),
                        "try another --link, or restart the module",
                    ),
                };
                CliError::new(exit, what, remedy)
            }
            ConnectError::Lost(code) => CliError::new(
                Exit::UNREACHABLE,
                format!("connection to {broker} lost: {error}"),
                code.remedy()
                    .unwrap_or("connect again; look at the broker's log if it persists"),
            ),
            ConnectError::Unanswered(Doubt::TimedOut) => CliError::new(
                Exit::MODULE,
                format!("the module has not told whether {broker} was reached"),
                "look at the line with --trace; `qmt doctor` finds out what it loses",
            ),
            ConnectError::Unanswered(Doubt::SendFailed) => CliError::new(
                Exit::UNREACHABLE,
                format!("{broker} did not answer: {error}"),
                "check that it is an MQTT broker and may be reached",
            ),
            ConnectError::Submit(refusal) => CliError::new(
                Exit::DATA,
                refusal.to_string(),
                "shorten host, client id, user name or will",
            ),
            _ => CliError::new(
                Exit::MODULE,
                error.to_string(),
                "restart the module if it persists",
            ),
        }
    }

    fn of_refusal(&self, code: ConnectCode) -> CliError {
        let remedy = match code {
            ConnectCode::PROTOCOL_VERSION => "try the other -V",
            ConnectCode::IDENTIFIER => "choose another client id (-i)",
            ConnectCode::CREDENTIALS | ConnectCode::NOT_AUTHORIZED => "check -u and -P",
            _ => "try again later",
        };
        let words = code.description().unwrap_or("unknown code");
        let words = words.strip_prefix("refused: ").unwrap_or(words);
        CliError::new(
            Exit::refused(code.0),
            format!(
                "{} refused the connection: {words} ({})",
                self.broker, code.0
            ),
            remedy,
        )
    }

    /// Why the line is of no more use.
    pub(crate) fn of_end(&self, end: &End) -> CliError {
        let remedy = match end {
            End::Line(error) if matches!(**error, DriveError::Closed) => "check that it is there",
            _ => "check cable and device, then run it again",
        };
        CliError::new(Exit::IO, format!("{}: {end}", self.device), remedy)
    }

    /// Whether a message went out.
    pub(crate) fn of_publish(&self, ended: Result<Outcome, PublishError>) -> Result<(), CliError> {
        match ended {
            Ok(Outcome::Acked(_) | Outcome::Sent) => Ok(()),
            Ok(Outcome::Rejected(rejection)) => Err(CliError::new(
                Exit::MODULE,
                format!("the module did not take the message: {rejection}"),
                "it was not sent",
            )),
            Ok(Outcome::NotSent(_)) => Err(CliError::new(
                Exit::MODULE,
                "the message was not sent",
                "publish it again",
            )),
            Ok(Outcome::Unknown(doubt)) => Err(CliError::new(
                Exit::UNKNOWN,
                format!("outcome unknown: {doubt}"),
                "the message may or may not have arrived, look before you publish it again",
            )),
            Err(PublishError::Topic(error)) => Err(refused("topic", error)),
            Err(PublishError::Submit(error)) => Err(CliError::new(
                Exit::DATA,
                error.to_string(),
                "try another --publish-form or --send-format",
            )),
            Err(PublishError::Ended(end)) => Err(self.of_end(&end)),
            Err(error) => Err(CliError::new(
                Exit::MODULE,
                error.to_string(),
                "publish it again; see with -d what happened",
            )),
        }
    }
}
