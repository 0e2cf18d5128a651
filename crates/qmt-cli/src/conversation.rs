//! A conversation with the module and, through it, with the broker: what all verbs that connect
//! have in common.

use core::fmt;
use core::time::Duration;
use std::path::PathBuf;

use clap::Args;
use qmt_hal_tokio::{
    Event, Events, Handle, LinkError, Log, OwnedLinkConfig, OwnedMessage, OwnedPublish,
    PublishError, SubscriptionError, TaskConfig, spawn,
};
use qmt_modem::runner;
use qmt_proto::{Granted, LinkId, Qos};
use qmt_session::{ClientConfig, ConnectError, Doubt};
use tokio::task::JoinSet;

use crate::capabilities::CapabilityFile;
use crate::connection::{ConnectionArgs, random};
use crate::error::{CliError, note};
use crate::exit::Exit;
use crate::explain::Names;
use crate::line::LineArgs;
use crate::signals::Signals;
use crate::trace::redactor;

/// How often a first connection is tried without a limit of time, as long as it fails for answers
/// that are lost between host and module. Each try may take the note's minutes.
const TRIES: u8 = 3;
/// Longest time for saying goodbye to the broker and the module.
const FAREWELL: Duration = Duration::from_secs(5);

/// With whom to talk, for how long, and what to tell about it.
#[derive(Args, Debug)]
pub(crate) struct ConversationArgs {
    /// Give up after so many seconds
    ///
    /// Bringing the module up included.
    #[arg(short = 'W', long = "timeout", value_name = "SECONDS")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    time_limit: Option<u64>,
    /// Tell on standard error what happens
    #[arg(short, long)]
    debug: bool,
    /// Tell nothing, not even errors
    #[arg(long, conflicts_with = "debug", hide_short_help = true)]
    quiet: bool,
    /// What the module can do, as `qmt doctor --capabilities` has found out
    #[arg(
        help_heading = "Module",
        long,
        value_name = "FILE",
        hide_short_help = true
    )]
    capabilities: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) line: LineArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// A task that talks to the module, and what is known about it.
pub(crate) struct Conversation {
    handle: Handle,
    events: Events,
    /// The virtual module, if it is in this process.
    modem: Option<runner::Handle>,
    link: LinkId,
    names: Names,
    volume: Volume,
    /// Wishes on their way; only their failures matter.
    wishes: JoinSet<Result<(), CliError>>,
    progress: Progress,
    /// Whether to go on after any loss.
    persistent: bool,
    /// How often a first connection may still be tried again, when nobody has refused it.
    tries: Option<u8>,
}

/// What a verb has to know.
pub(crate) enum News {
    /// A message came.
    Message(OwnedMessage),
    /// The broker has answered a subscription.
    Subscribed(String, Granted),
}

/// What is told on standard error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Volume {
    Nothing,
    Problems,
    Everything,
}

/// How far the connection has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Progress {
    /// It has never stood.
    First,
    Up,
    /// It stood, and was lost.
    Lost,
}

impl ConversationArgs {
    /// Talks as `verb` says until it is done, the time is up or the user has had enough; then says
    /// goodbye. `config` is what [`ConnectionArgs::config`] gave.
    pub(crate) async fn run(
        &self,
        config: OwnedLinkConfig,
        persistent: bool,
        verb: impl AsyncFnOnce(&mut Conversation) -> Result<Exit, CliError>,
    ) -> Result<Exit, CliError> {
        let mut signals = Signals::watch()?;
        let talk = async {
            let mut talk = self.start(config, persistent).await?;
            let ended = tokio::select! {
                ended = verb(&mut talk) => ended,
                exit = signals.next() => Ok(exit),
                error = self.time_is_up() => Err(error),
            };
            // Whoever interrupts the goodbye too wants to go at once.
            tokio::select! {
                () = talk.close() => ended,
                exit = signals.next() => Ok(exit),
            }
        };
        talk.await
            .map_err(|error| if self.quiet { error.hushed() } else { error })
    }

    async fn start(
        &self,
        config: OwnedLinkConfig,
        persistent: bool,
    ) -> Result<Conversation, CliError> {
        let line = self.line.open().await?;
        let mut client = ClientConfig::new();
        if let Some(path) = &self.capabilities {
            client.session.capabilities = CapabilityFile::read(path)?.capabilities;
        }
        client.jitter_seed = random() as u32;
        let mut task = TaskConfig::default();
        task.shutdown_within = FAREWELL;
        let redactor = redactor(self.connection.secrets());
        if let Some(mut tap) = self.line.tap(&redactor)? {
            task.tap = Some(Box::new(move |direction, at, bytes| {
                tap.hear(
                    Duration::from_millis(at.as_millis()),
                    direction.into(),
                    bytes,
                );
            }));
        }
        let (handle, events) = spawn(client, task, line.stream);
        let mut talk = Conversation {
            handle,
            events,
            modem: line.modem,
            link: self.connection.link(),
            names: self.connection.names(self.line.name()),
            volume: match (self.quiet, self.debug) {
                (true, _) => Volume::Nothing,
                (false, true) => Volume::Everything,
                (false, false) => Volume::Problems,
            },
            wishes: JoinSet::new(),
            progress: Progress::First,
            persistent,
            tries: match self.time_limit {
                // Until the time is up.
                Some(_) => None,
                None => Some(TRIES - 1),
            },
        };
        talk.connect(config).await;
        Ok(talk)
    }

    /// Waits until the time of `-W` is up, if there is one.
    async fn time_is_up(&self) -> CliError {
        let Some(limit) = self.time_limit else {
            return core::future::pending().await;
        };
        tokio::time::sleep(Duration::from_secs(limit)).await;
        CliError::new(
            Exit::TIMED_OUT,
            format!("time is up after {limit} s"),
            "give it more with -W, or see with -d how far it comes",
        )
    }
}

impl Conversation {
    async fn connect(&mut self, config: OwnedLinkConfig) {
        let (handle, link) = (self.handle.clone(), self.link);
        let connect = async move {
            match handle.connect(link, config).await {
                Err(LinkError::Refused(refusal)) => Err(CliError::new(
                    Exit::DATA,
                    refusal.to_string(),
                    "shorten the strings",
                )),
                // What happens to the connection is told by events.
                _ => Ok(()),
            }
        };
        self.wish(connect).await;
    }

    /// Asks for messages; [`News::Subscribed`] follows.
    pub(crate) async fn subscribe(&mut self, filter: &str, qos: Qos) {
        let (handle, link, filter) = (self.handle.clone(), self.link, filter.to_owned());
        let subscribe = async move {
            match handle.subscribe(link, filter, qos).await {
                Err(SubscriptionError::Client(error)) => Err(CliError::new(
                    Exit::DATA,
                    error.to_string(),
                    "subscribe to less",
                )),
                _ => Ok(()),
            }
        };
        self.wish(subscribe).await;
    }

    /// Makes a wish, before any that comes later, and leaves the wait for its end to a task.
    async fn wish(&mut self, wish: impl Future<Output = Result<(), CliError>> + Send + 'static) {
        let mut wish = Box::pin(wish);
        tokio::select! {
            biased;
            ended = &mut wish => drop(self.wishes.spawn(core::future::ready(ended))),
            () = core::future::ready(()) => drop(self.wishes.spawn(wish)),
        }
    }

    /// Publishes a message, as soon as there is a connection.
    ///
    /// # Errors
    /// Unless it is certain that it arrived, or at QoS 0 that it was sent.
    pub(crate) async fn publish(&mut self, message: OwnedPublish) -> Result<(), CliError> {
        let handle = self.handle.clone();
        let publish = handle.publish(self.link, message);
        tokio::pin!(publish);
        loop {
            tokio::select! {
                // What became of the message matters more than why.
                biased;
                ended = &mut publish => {
                    if matches!(ended, Err(PublishError::NotConnected)) {
                        // Why it is not was told before.
                        while let Some(event) = self.events.try_next() {
                            self.judge(event)?;
                        }
                    }
                    return self.names.of_publish(ended);
                }
                news = self.news() => {
                    news?;
                }
            }
        }
    }

    /// The next news. Cancel-safe.
    ///
    /// # Errors
    /// When there is no connection and none is to be expected.
    pub(crate) async fn news(&mut self) -> Result<News, CliError> {
        loop {
            let event = tokio::select! {
                event = self.events.next() => event,
                Some(Ok(wish)) = self.wishes.join_next() => {
                    wish?;
                    continue;
                }
            };
            // The end is always told before there is nothing left to tell.
            let Some(event) = event else {
                return Err(self.names.of_end(&qmt_hal_tokio::End::Aborted));
            };
            if let Some(news) = self.judge(event)? {
                return Ok(news);
            }
        }
    }

    fn judge(&mut self, event: Event) -> Result<Option<News>, CliError> {
        match event {
            Event::Message(message) => return Ok(Some(News::Message(message))),
            Event::Subscribed {
                filter, granted, ..
            } => {
                match granted.qos() {
                    Some(qos) => self.tell(format!("subscribed to {filter}, QoS {}", qos.level())),
                    None => self.warn(format!("the broker refused the subscription to {filter}")),
                }
                return Ok(Some(News::Subscribed(filter, granted)));
            }
            Event::Ready { .. } => {
                self.progress = Progress::Up;
                self.tell(format!("connected to {}", self.names.broker));
            }
            Event::Down {
                error, retry_in, ..
            } => {
                let verdict = is_verdict(&error);
                let error = self.names.of_connect(&error);
                self.lost(error, retry_in.is_some(), verdict)?;
            }
            Event::ModuleFailed(error) => self.lost(self.names.of_module(error), true, true)?,
            // One that has just been switched on says so too.
            Event::ModuleRestarted if self.progress == Progress::First => {
                self.tell("the module has started");
            }
            Event::ModuleRestarted => self.warn("the module has restarted"),
            Event::ModuleReady => self.tell("the module is ready"),
            Event::Escalated(remedy) => self.warn(format!("nothing works: {remedy}")),
            Event::Retransmitting { .. } => self.tell("the module sends the message again"),
            Event::Late { topic, outcome, .. } => {
                self.warn(format!("late news about a message to {topic}: {outcome}"));
            }
            Event::Lagged { messages, .. } if messages > 0 => {
                self.warn(format!(
                    "{messages} messages lost: the output is read too slowly"
                ));
            }
            Event::Log(log) => self.log(&log),
            Event::Ended(end) => return Err(self.names.of_end(&end)),
            _ => {}
        }
        Ok(None)
    }

    /// The connection is lost, or could not be made; a `verdict` is one of module or broker.
    fn lost(&mut self, error: CliError, retried: bool, verdict: bool) -> Result<(), CliError> {
        let worth_it = match self.progress {
            // What was refused and never worked is better told than tried for ever.
            Progress::First => !verdict && self.tries != Some(0),
            Progress::Up => true,
            Progress::Lost => self.persistent,
        };
        if !retried || !worth_it {
            return Err(error);
        }
        match self.progress {
            Progress::First => self.tries = self.tries.map(|left| left - 1),
            Progress::Up | Progress::Lost => self.progress = Progress::Lost,
        }
        self.warn(format!("{error} (trying again)"));
        Ok(())
    }

    fn log(&self, log: &Log) {
        let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        match log {
            Log::Stray(line) => self.tell(format!("not expected: {}", text(line))),
            Log::Untrusted(line) => self.tell(format!("not trusted: {}", text(line))),
            Log::Violation(violation) => self.tell(format!("the line is garbled: {violation}")),
            Log::Notice(notice) => self.tell(format!("the module tells: {notice}")),
            Log::Resynchronized => self.tell("the line is in order"),
            Log::Stranger(message) => {
                let topic = text(&message.topic);
                self.warn(format!(
                    "message to a topic nobody asked for, left out: {topic}"
                ));
            }
            other => self.tell(format!("{other:?}")),
        }
    }

    /// Something for those who want to know everything.
    fn tell(&self, words: impl fmt::Display) {
        if self.volume == Volume::Everything {
            note(words);
        }
    }

    fn warn(&self, words: impl fmt::Display) {
        if self.volume != Volume::Nothing {
            note(words);
        }
    }

    /// Says goodbye to the broker, lets the module sleep and closes the line.
    async fn close(mut self) {
        self.handle.shutdown().await;
        if let Some(modem) = self.modem.take() {
            // It is about to vanish.
            let _ = modem.shutdown().await;
        }
    }
}

/// Whether module or broker have said no. An answer that was lost on the way says nothing about
/// either: the module itself tells, with result 2, that the broker is silent (QMT §3.3.4).
const fn is_verdict(error: &ConnectError) -> bool {
    match error {
        ConnectError::Unanswered(doubt) => {
            matches!(doubt, Doubt::SendFailed | Doubt::LinkLost(_))
        }
        ConnectError::Forgotten => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use qmt_proto::ConnectCode;

    use super::*;

    #[test]
    fn a_lost_answer_is_no_verdict_and_a_silent_broker_is_one() {
        for doubt in [Doubt::TimedOut, Doubt::Restarted, Doubt::LineError] {
            assert!(!is_verdict(&ConnectError::Unanswered(doubt)), "{doubt}");
        }
        assert!(is_verdict(&ConnectError::Unanswered(Doubt::SendFailed)));
        assert!(is_verdict(&ConnectError::Refused(ConnectCode::CREDENTIALS)));
    }
}
