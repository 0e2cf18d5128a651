//! One command, from its first byte to its last result.

use core::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Final, Port, Reply, Request, Role};
use crate::error::CliError;

/// How often `AT` is sent before the module counts as silent, and how long each is waited for: as
/// the driver does it.
const TRIES: u32 = 20;
const TRY: Duration = Duration::from_millis(500);
/// How much longer than the note says a result may take.
const MARGIN: Duration = Duration::from_secs(5);
/// How long the result may take after the data: it is not the module's turn before the last byte
/// has passed, at 9600 bit/s.
const DATA: Duration = Duration::from_secs(15);

/// How long to wait for what comes after a command.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Patience {
    /// For the prompt, and for the final result code, instead of the times of the note.
    pub(crate) answer: Option<Duration>,
    /// For the deferred result after it, instead of the times of the note.
    pub(crate) result: Option<Duration>,
    /// Whether the final result code is enough.
    pub(crate) until_final: bool,
}

impl Port {
    /// Sends `AT` until it is answered, and lets pass what was said before. False: the module is
    /// silent.
    ///
    /// # Errors
    /// When the line is broken.
    pub(crate) async fn wake(&mut self) -> Result<bool, CliError> {
        Ok(self.wake_within(TRIES).await?.is_some())
    }

    /// As [`wake`](Self::wake), with so many `AT`. Gives how many it took.
    ///
    /// # Errors
    /// When the line is broken.
    pub(crate) async fn wake_within(&mut self, tries: u32) -> Result<Option<u32>, CliError> {
        for count in 1..=tries {
            if self.is_there(TRY).await? {
                self.drain().await?;
                return Ok(Some(count));
            }
        }
        Ok(None)
    }

    /// Whether one `AT` is answered within `limit`.
    ///
    /// # Errors
    /// When the line is broken.
    pub(crate) async fn is_there(&mut self, limit: Duration) -> Result<bool, CliError> {
        let attention = Request::new(b"AT", &self.requests);
        self.send(b"AT\r").await?;
        let until = Instant::now() + limit;
        while let Some(heard) = self.next(&attention, until).await? {
            if heard.result.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Sends `request`, and `data` at its prompt, and waits for its end. Every line is `told` as it
    /// comes.
    ///
    /// # Errors
    /// When the line is broken.
    pub(crate) async fn ask(
        &mut self,
        request: &Request,
        data: Option<&[u8]>,
        patience: Patience,
        mut told: impl FnMut(Role, &[u8]),
    ) -> Result<Reply, CliError> {
        let begun = Instant::now();
        let deferred = request.deferred_within(&self.timeouts);
        let deferred = deferred.filter(|_| !patience.until_final);
        let mut until = begun + patience.answer.unwrap_or_else(|| request.final_within());
        let mut reply = Reply::default();
        self.dialect.prompt_armed = data.is_some();
        self.send(&[&request.line[..], b"\r"].concat()).await?;
        while let Some(heard) = self.next(request, until).await? {
            reply.heard = true;
            let role = match heard.role {
                Role::Answer if reply.result.is_some() => Role::News,
                role => role,
            };
            told(role, &heard.line);
            match role {
                Role::Answer => reply.lines.push(heard.line),
                Role::News | Role::Progress => reply.news.push(heard.line),
                Role::Prompt => {
                    reply.prompted = true;
                    reply.prompted_after = Some(begun.elapsed());
                    self.dialect.prompt_armed = false;
                    sleep(self.prompt_guard).await;
                    self.send(data.unwrap_or_default()).await?;
                    until = Instant::now() + patience.answer.unwrap_or(DATA);
                }
                Role::Final => {
                    reply.result = heard.result;
                    if let Some(within) = deferred {
                        until = Instant::now() + patience.result.unwrap_or(within + MARGIN);
                    }
                }
                Role::Result => {
                    reply.deferred = heard.verdict.map(|verdict| (heard.line, verdict));
                }
            }
            let waits = deferred.is_some() && reply.deferred.is_none();
            match reply.result {
                None => {}
                Some(Final::Ok) if waits => {}
                Some(_) => break,
            }
        }
        self.dialect.prompt_armed = false;
        if reply.result == Some(Final::Ok) {
            self.apply(request);
        }
        reply.took = begun.elapsed();
        Ok(reply)
    }
}
