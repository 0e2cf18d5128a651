//! The module under examination: asks it things, and notices what no command should meet.

use core::time::Duration;

use at_syntax::{Frame, Framer, Line};
use qmt_proto::{Answer, Expect, Name, Report as Parsed, Response, ResponseDialect};
use tokio::time::Instant;

use super::cause::Cause;
use super::report::Report;
use crate::dialogue::{Final, Patience, Port, Reply, Request};
use crate::error::CliError;

/// How long an answer may take: the note's 300 ms, and a line that is slow.
const ANSWER: Duration = Duration::from_secs(5);
/// How much longer than the module waits for the broker its result is waited for.
const MARGIN: Duration = Duration::from_secs(3);
/// How long to listen for what should not come.
const STRAY: Duration = Duration::from_millis(30);

/// Everything a check needs.
pub(super) struct Examination<'a> {
    pub(super) port: Port,
    pub(super) report: &'a mut Report,
    /// Longest time for the network to do something; the note's if there is none.
    pub(super) patience: Option<Duration>,
    /// Whether the echo was switched off.
    pub(super) echo_off: bool,
    /// Whether the module has been told to stay awake.
    pub(super) prepared: bool,
}

/// Why the examination does not go on.
pub(super) enum Stop {
    /// What was found last explains everything that would follow.
    Found,
    /// The line is broken, or there is nothing to look at.
    Failed(CliError),
}

impl From<CliError> for Stop {
    fn from(error: CliError) -> Self {
        Self::Failed(error)
    }
}

impl Examination<'_> {
    /// Reports what was found, after which nothing else is worth a look.
    pub(super) fn stop<T>(&mut self, check: &str, cause: Cause, what: &str) -> Result<T, Stop> {
        self.report.found(check, cause, what);
        Err(Stop::Found)
    }

    /// Asks, and asks once more when there is no answer.
    ///
    /// # Errors
    /// When the module restarts or falls silent.
    pub(super) async fn ask(&mut self, check: &str, line: &str) -> Result<Reply, Stop> {
        let reply = self.try_once(check, line, None).await?;
        if reply.result.is_some() {
            return Ok(reply);
        }
        self.lost_answer(check, line).await?;
        let reply = self.try_once(check, line, None).await?;
        match reply.result {
            Some(_) => Ok(reply),
            None => self.stop(check, Cause::LostAnswer, &format!("twice to {line}")),
        }
    }

    /// As [`ask`](Self::ask), for an answer that must be `OK`.
    ///
    /// # Errors
    /// When it is not.
    pub(super) async fn ask_ok(&mut self, check: &str, line: &str) -> Result<Reply, Stop> {
        let reply = self.ask(check, line).await?;
        match &reply.result {
            Some(Final::Ok) => Ok(reply),
            Some(other) => {
                let what = format!("{line} is answered {other}");
                self.stop(check, Cause::Refused, &what)
            }
            None => Ok(reply),
        }
    }

    /// Asks once. An answer may be missing.
    ///
    /// # Errors
    /// When the module restarts.
    pub(super) async fn try_once(
        &mut self,
        check: &str,
        line: &str,
        data: Option<&[u8]>,
    ) -> Result<Reply, Stop> {
        let patience = Patience {
            answer: Some(ANSWER),
            result: self.patience.map(|limit| limit + MARGIN),
            until_final: false,
        };
        self.try_for(check, line, data, patience).await
    }

    /// Asks once; neither the answer nor the result is waited for longer than `limit`.
    ///
    /// # Errors
    /// When the module restarts.
    pub(super) async fn try_brief(
        &mut self,
        check: &str,
        line: &str,
        data: Option<&[u8]>,
        limit: Duration,
    ) -> Result<Reply, Stop> {
        let patience = Patience {
            answer: Some(limit),
            result: Some(limit),
            until_final: false,
        };
        self.try_for(check, line, data, patience).await
    }

    async fn try_for(
        &mut self,
        check: &str,
        line: &str,
        data: Option<&[u8]>,
        patience: Patience,
    ) -> Result<Reply, Stop> {
        self.listen_for_strays(check).await?;
        let request = Request::new(line.as_bytes(), &self.port.requests);
        let reply = self.port.ask(&request, data, patience, |_, _| {}).await?;
        for line in reply.lines.iter().chain(&reply.news) {
            self.notice_restart(check, line)?;
        }
        // Data has an echo of its own ("echomode").
        if self.echo_off && self.port.heard.echo && data.is_none() {
            self.echo_off = false;
            self.notice_silent_restart(check, line).await?;
            self.report.found(check, Cause::EchoReturned, line);
        }
        Ok(reply)
    }

    /// A restart that prints nothing forgets that the module is to stay awake, too.
    async fn notice_silent_restart(&mut self, check: &str, line: &str) -> Result<(), Stop> {
        let request = Request::new(b"AT+QSCLK?", &self.port.requests);
        let patience = Patience {
            answer: Some(ANSWER),
            ..Patience::default()
        };
        let reply = self.port.ask(&request, None, patience, |_, _| {}).await?;
        match answer_of(&reply, Expect::Read(Name::Qsclk)) {
            Some(Answer::Sleep(mode)) if mode != 0 => {
                let what = format!("without a word, before {line}");
                self.stop(check, Cause::Restarted, &what)
            }
            _ => Ok(()),
        }
    }

    /// No answer came: is the module still there?
    ///
    /// # Errors
    /// When it is not.
    pub(super) async fn lost_answer(&mut self, check: &str, line: &str) -> Result<(), Stop> {
        if self.port.wake_within(6).await?.is_none() {
            return self.stop(check, Cause::FellSilent, &format!("since {line}"));
        }
        if self.prepared {
            self.notice_silent_restart(check, line).await?;
        }
        self.report
            .found(check, Cause::LostAnswer, &format!("to {line}"));
        Ok(())
    }

    /// Lines that came by themselves since the last command.
    async fn listen_for_strays(&mut self, check: &str) -> Result<(), Stop> {
        let until = Instant::now() + STRAY;
        while let Some(line) = self.port.listen(until).await? {
            self.notice_restart(check, &line)?;
            if matches!(
                Line::parse(&line),
                Line::Ok | Line::Error | Line::CmeError(_)
            ) {
                let what = String::from_utf8_lossy(&line).into_owned();
                self.report.found(check, Cause::RepeatedAnswer, &what);
            }
        }
        Ok(())
    }

    fn notice_restart(&mut self, check: &str, line: &[u8]) -> Result<(), Stop> {
        match line {
            b"RDY" => self.stop(check, Cause::Restarted, "RDY came"),
            _ => Ok(()),
        }
    }
}

/// What a line of the module says, after `OK`.
pub(super) fn report_of(line: &[u8]) -> Option<Parsed<'_>> {
    match Response::parse(Frame::Line(line), Expect::Nothing) {
        Response::Report(report) => Some(report),
        _ => None,
    }
}

/// The first line that answers what is expected.
pub(super) fn answer_of<'a>(reply: &'a Reply, expect: Expect) -> Option<Answer<'a>> {
    reply
        .lines
        .iter()
        .find_map(|line| match Response::parse(Frame::Line(line), expect) {
            Response::Report(Parsed::Answer(answer)) => Some(answer),
            _ => None,
        })
}

/// Topic and payload of a `+QMTRECV` line, as they stand there.
pub(super) fn message_of(line: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let bytes = [line, b"\r\n"].concat();
    let cut = Framer::responses().next_frame(&bytes, &ResponseDialect::default());
    match cut.frame? {
        Frame::Data(data) => Some((data.quoted.to_vec(), data.data.to_vec())),
        _ => None,
    }
}
