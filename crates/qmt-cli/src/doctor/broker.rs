//! The way to the broker and back: one link opened, connected, subscribed, used and closed.

use core::time::Duration;

use clap::Args;
use qmt_proto::{
    ClientId, ConnectCode, Filter, Host, LinkId, OpenResult, Password, Report, Topic, Username,
};
use tokio::time::Instant;

use super::cause::Cause;
use super::examination::{Examination, Stop, message_of, report_of};
use super::links::open_link;
use crate::connection::{random, refused};
use crate::dialogue::{DataMode, Final, Reply};
use crate::error::CliError;

/// How long a message may take back to its sender, unless told otherwise.
const RETURN: Duration = Duration::from_secs(20);
/// A prompt that comes later than this is late: the note gives every answer 300 ms.
const PROMPT: Duration = Duration::from_millis(1_500);
/// A message with everything in it that reads like something else.
pub(super) const MESSAGE: &[u8] =
    b"\x00\x01\xFF\x1A\x1B\"\r\nOK\r\n\r\nERROR\r\n\r\n> \r\n+QMTSTAT: 0,1\r\n\",1,\"\xC3\xA9";

/// The broker to be reached, and as whom.
#[derive(Args, Debug)]
#[command(next_help_heading = "Broker")]
pub(super) struct BrokerArgs {
    /// Broker; without it none is looked at
    ///
    /// As the module resolves it.
    #[arg(short = 'h', long)]
    pub(super) host: Option<String>,
    /// TCP port of the broker
    #[arg(short, long, default_value = "1883")]
    port: core::num::NonZeroU16,
    /// Client id; a random one if left out
    ///
    /// qmt-doctor- and six random digits, that is.
    #[arg(short, long)]
    id: Option<String>,
    /// User name
    #[arg(short, long, value_name = "NAME")]
    username: Option<String>,
    /// Password; better in QMT_PASSWORD
    #[arg(
        short = 'P',
        long = "pw",
        value_name = "PASSWORD",
        requires = "username"
    )]
    password: Option<String>,
    /// Topic it may publish to and read
    ///
    /// qmt/doctor/ and random digits if left out.
    #[arg(short, long)]
    topic: Option<String>,
}

/// What the visit needs, checked.
pub(super) struct Visit {
    pub(super) host: String,
    port: u16,
    id: String,
    login: String,
    pub(super) topic: String,
}

impl BrokerArgs {
    /// Nothing without a host.
    ///
    /// # Errors
    /// When a string cannot stand in a command.
    pub(super) fn visit(&self) -> Result<Option<Visit>, CliError> {
        let Some(host) = self.host.clone() else {
            return Ok(None);
        };
        let number = random() & 0xFF_FFFF;
        let id = self.id.clone();
        let id = id.unwrap_or_else(|| format!("qmt-doctor-{number:06x}"));
        let topic = self.topic.clone();
        let topic = topic.unwrap_or_else(|| format!("qmt/doctor/{number:06x}"));
        Host::new(&host).map_err(|error| refused("host", error))?;
        ClientId::new(&id).map_err(|error| refused("client id", error))?;
        Topic::new(&topic).map_err(|error| refused("topic", error))?;
        Filter::new(&topic).map_err(|error| refused("topic", error))?;
        let mut login = String::new();
        if let Some(name) = &self.username {
            Username::new(name).map_err(|error| refused("user name", error))?;
            login = format!(",\"{name}\"");
            if let Some(password) = self.password() {
                Password::new(&password).map_err(|error| refused("password", error))?;
                login = format!("{login},\"{password}\"");
            }
        }
        Ok(Some(Visit {
            host,
            port: self.port.get(),
            id,
            login,
            topic,
        }))
    }

    fn password(&self) -> Option<String> {
        let given = self.password.clone();
        given.or_else(|| std::env::var("QMT_PASSWORD").ok())
    }
}

impl Visit {
    /// Opens, connects and subscribes.
    pub(super) async fn arrive(
        &self,
        exam: &mut Examination<'_>,
        link: LinkId,
    ) -> Result<(), Stop> {
        let seconds = exam
            .patience
            .map_or(30, |limit| limit.as_secs().clamp(1, 60));
        exam.ask_ok(
            "options",
            &format!("AT+QMTCFG=\"timeout\",{link},{seconds},0,0"),
        )
        .await?;
        exam.ask_ok("options", &format!("AT+QMTCFG=\"version\",{link},1"))
            .await?;
        self.open(exam, link).await?;
        self.connect(exam, link).await?;
        self.subscribe(exam, link).await
    }

    async fn open(&self, exam: &mut Examination<'_>, link: LinkId) -> Result<(), Stop> {
        let Self { host, port, .. } = self;
        let line = format!("AT+QMTOPEN={link},\"{host}\",{port}");
        let reply = exam.ask("open", &line).await?;
        if let Some(other) = reply.result.as_ref().filter(|it| **it != Final::Ok) {
            return exam.stop("open", Cause::OpenRefused, &format!("{line}: {other}"));
        }
        let Some(result) = result_of(&reply) else {
            let reply_open = exam.ask("open", "AT+QMTOPEN?").await?;
            let is_open = reply_open
                .lines
                .iter()
                .any(|line| open_link(line) == Some(link));
            let cause = if is_open {
                Cause::LostResult
            } else {
                Cause::NoResult
            };
            let what = match is_open {
                true => foreign_result(&reply, "+QMTOPEN"),
                false => None,
            };
            return match what {
                Some(what) => exam.stop("open", Cause::WrongResult, &what),
                None => exam.stop("open", cause, &format!("no +QMTOPEN: {link}")),
            };
        };
        let words = format!("{host}:{port} {}", text(result));
        let cause = match report_of(result) {
            Some(Report::Opened { result, .. }) => match result {
                OpenResult::OPENED => None,
                OpenResult::DNS_FAILED => Some(Cause::UnknownHost),
                OpenResult::FAILED | OpenResult::DISCONNECTED => Some(Cause::NoServer),
                OpenResult::PDP_FAILED => Some(Cause::NoContext),
                _ => Some(Cause::OpenRefused),
            },
            _ => Some(Cause::WrongResult),
        };
        match cause {
            Some(cause) => exam.stop("open", cause, &words),
            None => {
                let what = format!("{host}:{port} after {} ms", reply.took.as_millis());
                exam.report.fine("open", &what);
                Ok(())
            }
        }
    }

    async fn connect(&self, exam: &mut Examination<'_>, link: LinkId) -> Result<(), Stop> {
        let line = format!("AT+QMTCONN={link},\"{}\"{}", self.id, self.login);
        let reply = exam.try_once("connect", &line, None).await?;
        if reply.result != Some(Final::Ok) {
            let answer = answer(&reply);
            return exam.stop("connect", Cause::Refused, &format!("AT+QMTCONN: {answer}"));
        }
        let Some(result) = result_of(&reply) else {
            return match foreign_result(&reply, "+QMTCONN") {
                Some(what) => exam.stop("connect", Cause::WrongResult, &what),
                None => exam.stop(
                    "connect",
                    Cause::LostResult,
                    &format!("no +QMTCONN: {link}"),
                ),
            };
        };
        let cause = match report_of(result) {
            Some(Report::Connected {
                code: Some(code), ..
            }) => match code {
                ConnectCode::ACCEPTED => None,
                ConnectCode::PROTOCOL_VERSION => Some(Cause::WrongVersion),
                ConnectCode::IDENTIFIER => Some(Cause::WrongClientId),
                ConnectCode::UNAVAILABLE => Some(Cause::Unavailable),
                ConnectCode::CREDENTIALS => Some(Cause::WrongCredentials),
                _ => Some(Cause::NotAuthorized),
            },
            Some(Report::Connected { result, .. }) if result.0 == 0 => None,
            Some(Report::LinkLost { cause, .. }) if matches!(cause.0, 1 | 7) => {
                Some(Cause::ServerCloses)
            }
            // Whether it was silent or closed, the time tells: silence lasts as long as the module
            // waits.
            _ if reply.took < Duration::from_millis(900) => Some(Cause::ServerCloses),
            _ => Some(Cause::NoConnack),
        };
        match cause {
            Some(cause) => exam.stop("connect", cause, &text(result)),
            None => {
                let what = format!("as {} after {} ms", self.id, reply.took.as_millis());
                exam.report.fine("connect", &what);
                Ok(())
            }
        }
    }

    async fn subscribe(&self, exam: &mut Examination<'_>, link: LinkId) -> Result<(), Stop> {
        let line = format!("AT+QMTSUB={link},1,\"{}\",1", self.topic);
        let reply = exam.try_once("subscribe", &line, None).await?;
        if reply.result != Some(Final::Ok) {
            let what = format!("AT+QMTSUB: {}", answer(&reply));
            return exam.stop("subscribe", Cause::Refused, &what);
        }
        let Some(result) = result_of(&reply) else {
            return match foreign_result(&reply, "+QMTSUB") {
                Some(what) => exam.stop("subscribe", Cause::WrongResult, &what),
                None => exam.stop("subscribe", Cause::LostResult, "no +QMTSUB"),
            };
        };
        let cause = match report_of(result) {
            Some(Report::Subscribed { result, values, .. }) => {
                match (result.0, values.iter().next()) {
                    (0, Some(128)) => Some(Cause::SubscriptionRefused),
                    (0, _) => None,
                    _ => Some(Cause::NoSuback),
                }
            }
            _ => Some(Cause::LinkLost),
        };
        match cause {
            Some(cause) => exam.stop("subscribe", cause, &text(result)),
            None => {
                exam.report.fine("subscribe", &self.topic);
                Ok(())
            }
        }
    }

    /// Publishes a message and waits for it to come back.
    pub(super) async fn send(&self, exam: &mut Examination<'_>, link: LinkId) -> Result<(), Stop> {
        let line = format!(
            "AT+QMTPUB={link},2,1,0,\"{}\",{}",
            self.topic,
            MESSAGE.len()
        );
        let data = DataMode::Counted(MESSAGE.len()).bytes(MESSAGE);
        let begun = Instant::now();
        let reply = exam.try_once("publish", &line, Some(&data)).await?;
        if !reply.prompted && reply.result.is_none() {
            return exam.stop("publish", Cause::LostPrompt, &line);
        }
        match &reply.result {
            Some(Final::Ok) => {}
            Some(other) => {
                let what = format!("AT+QMTPUB: {other}");
                return exam.stop("publish", Cause::PublishRefused, &what);
            }
            None => data_lost(exam).await?,
        }
        if let Some(took) = reply.prompted_after.filter(|took| *took > PROMPT) {
            let what = format!("after {} ms", took.as_millis());
            exam.report.found("publish", Cause::SlowPrompt, &what);
        }
        let result = result_of(&reply);
        let cause = match result.and_then(report_of) {
            Some(Report::Published { result, .. }) if result.0 == 0 => None,
            Some(Report::LinkLost { .. }) => Some(Cause::LinkLost),
            Some(_) => Some(Cause::NoPuback),
            None => Some(match foreign_result(&reply, "+QMTPUB") {
                Some(_) => Cause::WrongResult,
                None => Cause::LostResult,
            }),
        };
        if let Some(cause) = cause {
            let what = result.map(text);
            let what = what.or_else(|| foreign_result(&reply, "+QMTPUB"));
            return exam.stop(
                "publish",
                cause,
                &what.unwrap_or_else(|| "no +QMTPUB".into()),
            );
        }
        let what = format!("acknowledged after {} ms", begun.elapsed().as_millis());
        exam.report.fine("publish", &what);
        self.receive(exam, &reply).await
    }

    async fn receive(&self, exam: &mut Examination<'_>, reply: &Reply) -> Result<(), Stop> {
        let mut news = reply.news.clone();
        let until = Instant::now() + exam.patience.unwrap_or(RETURN);
        let message = loop {
            if let Some((topic, payload)) = news.iter().find_map(|line| message_of(line)) {
                break (topic == self.topic.as_bytes(), payload);
            }
            let damaged = news.iter().find(|line| line.starts_with(b"+QMTRECV"));
            if let Some(line) = damaged {
                return exam.stop("receive", Cause::MessageChanged, &text(line));
            }
            if let Some(line) = news.iter().find(|line| line.starts_with(b"+QMTSTAT")) {
                return exam.stop("receive", Cause::LinkLost, &text(line));
            }
            match exam.port.listen(until).await? {
                Some(line) => news = vec![line],
                None => return exam.stop("receive", Cause::MessageLost, "no +QMTRECV"),
            }
        };
        match message {
            (true, payload) if payload == MESSAGE => {
                let what = format!("{} bytes, all as they were sent", payload.len());
                exam.report.fine("receive", &what);
            }
            (_, payload) => {
                let what = format!("{} of {} bytes", payload.len(), MESSAGE.len());
                return exam.stop("receive", Cause::MessageChanged, &what);
            }
        }
        let soon = Instant::now() + Duration::from_millis(300);
        while let Some(line) = exam.port.listen(soon).await? {
            news.push(line);
        }
        if news.iter().filter_map(|line| message_of(line)).count() > 1 {
            let cause = Cause::MessageRepeated;
            exam.report.found("receive", cause, "+QMTRECV came twice");
        }
        Ok(())
    }

    /// Says goodbye; gives the lines that came after DISC.
    pub(super) async fn leave(
        &self,
        exam: &mut Examination<'_>,
        link: LinkId,
    ) -> Result<Vec<Vec<u8>>, Stop> {
        let mut news = Vec::new();
        for (line, name) in [("AT+QMTDISC", "+QMTDISC"), ("AT+QMTCLOSE", "+QMTCLOSE")] {
            let reply = exam
                .try_once("close", &format!("{line}={link}"), None)
                .await?;
            news.extend(reply.news.clone());
            if name == "+QMTDISC" {
                let soon = Instant::now() + Duration::from_millis(500);
                while let Some(line) = exam.port.listen(soon).await? {
                    news.push(line);
                }
            }
            // A clone of the module has closed the network with DISC.
            let failed = match result_of(&reply) {
                Some(result) => !text(result).ends_with(",0"),
                None => name == "+QMTDISC",
            };
            if failed {
                let result = result_of(&reply).map_or_else(|| answer(&reply), text);
                exam.report.found("close", Cause::FailedClose, &result);
            }
        }
        Ok(news)
    }
}

/// No answer came after the data: does the module wait for the rest of it?
async fn data_lost(exam: &mut Examination<'_>) -> Result<(), Stop> {
    let what = "no answer to the data of AT+QMTPUB";
    if exam.port.wake_within(3).await?.is_some() {
        exam.report.found("publish", Cause::LostAnswer, what);
        return Ok(());
    }
    // Esc ends data without a length, and enough bytes end that with one; to a module that waits
    // for commands an end of line is none.
    let rest = vec![b'\r'; MESSAGE.len()];
    for end in [&b"\x1b"[..], &rest] {
        exam.port.send(end).await?;
        if exam.port.wake_within(3).await?.is_some() {
            return exam.stop("publish", Cause::DataLost, what);
        }
    }
    exam.stop("publish", Cause::FellSilent, what)
}

/// The line of the deferred result.
pub(super) fn result_of(reply: &Reply) -> Option<&[u8]> {
    reply.deferred.as_ref().map(|(line, _)| line.as_slice())
}

/// A result of this name that belongs to something else.
fn foreign_result(reply: &Reply, name: &str) -> Option<String> {
    let mut lines = reply.news.iter().chain(&reply.lines);
    let line = lines.find(|line| line.starts_with(name.as_bytes()))?;
    Some(text(line))
}

fn answer(reply: &Reply) -> String {
    let result = reply.result.as_ref().map(Final::to_string);
    result.unwrap_or_else(|| "no answer".to_owned())
}

pub(super) fn text(line: &[u8]) -> String {
    crate::decode::escaped(line)
}
