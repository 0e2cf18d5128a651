//! `qmt sub`: prints the messages that the module receives.

use core::time::Duration;
use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::Args;
use qmt_hal_tokio::OwnedMessage;
use qmt_proto::{DataFormat, Filter, Granted, Qos};

use crate::connection::refused;
use crate::conversation::{Conversation, ConversationArgs, News};
use crate::error::CliError;
use crate::exit::Exit;
use crate::format::{Format, Received};

/// What `qmt sub` is told.
#[derive(Args, Debug)]
pub(crate) struct SubscribeArgs {
    /// Topic or filter to subscribe to; may be repeated
    #[arg(short, long = "topic", value_name = "TOPIC", required = true)]
    topics: Vec<String>,
    /// Highest QoS wanted
    #[arg(short, long, default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u8).range(0..=2))]
    qos: u8,
    /// End after so many messages
    #[arg(short = 'C', long, value_name = "COUNT")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// End as soon as all subscriptions are answered
    #[arg(short = 'E', long, hide_short_help = true)]
    exit_when_subscribed: bool,
    /// Print each message so
    #[arg(short = 'F', long, value_name = "FORMAT", conflicts_with = "verbose")]
    format: Option<Format>,
    /// Print the topic before the payload
    #[arg(short, long)]
    verbose: bool,
    /// Print no end of line after each message
    #[arg(short = 'N', long, hide_short_help = true)]
    no_newline: bool,
    #[command(flatten)]
    talk: ConversationArgs,
}

/// Prints messages until there are enough of them, the time is up or the reader has gone.
pub(crate) async fn run(args: SubscribeArgs) -> Result<Exit, CliError> {
    let mut config = args.talk.connection.config()?;
    let mut wildcard = false;
    for topic in &args.topics {
        let filter = Filter::new(topic).map_err(|error| refused("topic", error))?;
        wildcard |= filter.has_wildcard();
    }
    if wildcard && config.recv_format.is_none() {
        // Decided before all subscriptions are known to the session.
        config.recv_format = Some(DataFormat::Hex);
    }
    let printer = Printer {
        format: args.format.unwrap_or_else(|| Format::plain(args.verbose)),
        newline: !args.no_newline,
    };
    let limit = match args.exit_when_subscribed {
        true => Limit::Answered,
        false => args.count.map_or(Limit::None, Limit::Messages),
    };
    let (topics, qos) = (args.topics, Qos::new(args.qos).unwrap_or_default());
    args.talk
        .run(config, true, async |talk| {
            for topic in &topics {
                talk.subscribe(topic, qos).await;
            }
            listen(talk, &topics, limit, &printer).await
        })
        .await
}

/// When to end.
#[derive(Clone, Copy, Debug)]
enum Limit {
    None,
    /// So many more messages.
    Messages(u64),
    /// All subscriptions are answered.
    Answered,
}

async fn listen(
    talk: &mut Conversation,
    topics: &[String],
    mut limit: Limit,
    printer: &Printer,
) -> Result<Exit, CliError> {
    let mut answers: BTreeMap<&str, Option<Granted>> =
        topics.iter().map(|topic| (topic.as_str(), None)).collect();
    loop {
        match talk.news().await? {
            News::Message(message) => {
                if !printer.print(&message).await? {
                    return Ok(Exit::OK);
                }
                if let Limit::Messages(left) = &mut limit {
                    *left -= 1;
                    if *left == 0 {
                        return Ok(Exit::OK);
                    }
                }
            }
            News::Subscribed(filter, granted) => {
                if let Some(answer) = answers.get_mut(filter.as_str()) {
                    *answer = Some(granted);
                }
                if answers
                    .values()
                    .all(|answer| *answer == Some(Granted::REFUSED))
                {
                    return Err(CliError::new(
                        Exit::NOT_SUBSCRIBED,
                        "the broker refused all subscriptions (128)",
                        "check what this user may subscribe to (-u, -P)",
                    ));
                }
                if matches!(limit, Limit::Answered) && answers.values().all(Option::is_some) {
                    return Ok(Exit::OK);
                }
            }
        }
    }
}

struct Printer {
    format: Format,
    newline: bool,
}

impl Printer {
    /// Prints a message. False: nobody reads any more. Cancelled: it may be printed in part.
    async fn print(&self, message: &OwnedMessage) -> Result<bool, CliError> {
        let received = Received {
            topic: &message.topic,
            payload: &message.payload,
            msg_id: message.msg_id,
        };
        let mut out = Vec::with_capacity(message.payload.len() + 1);
        self.format.write(since_1970(), &received, &mut out);
        if self.newline {
            out.push(b'\n');
        }
        // Elsewhere: a reader that has stopped must not keep a signal from being heard.
        let print = tokio::task::spawn_blocking(move || {
            let mut stdout = io::stdout().lock();
            stdout.write_all(&out).and_then(|()| stdout.flush())
        });
        match print.await.unwrap_or_else(|error| Err(error.into())) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(CliError::io("cannot write to standard output", &error)),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the calendar is asked, for what is printed"
)]
fn since_1970() -> Duration {
    let now = std::time::SystemTime::now();
    // A clock before 1970 has no date to tell.
    now.duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default()
}
