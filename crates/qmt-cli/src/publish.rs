//! `qmt pub`: publishes messages through the module.

use clap::Args;
use qmt_hal_tokio::OwnedPublish;
use qmt_proto::{Qos, Topic};

use crate::connection::refused;
use crate::conversation::ConversationArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::payload::{Carrier, PayloadArgs};

/// What `qmt pub` is told.
#[derive(Args, Debug)]
pub(crate) struct PublishArgs {
    /// Topic to publish to
    #[arg(short, long)]
    topic: String,
    #[command(flatten)]
    payload: PayloadArgs,
    /// 0 sent once, 1 maybe twice, 2 once
    ///
    /// QoS 0 is not acknowledged; 1 and 2 arrive or the failure is told.
    #[arg(short, long, default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u8).range(0..=2))]
    qos: u8,
    /// Have the broker keep the message
    ///
    /// For those who subscribe later.
    #[arg(short, long)]
    retain: bool,
    #[command(flatten)]
    talk: ConversationArgs,
}

/// Publishes one message, or one for each line; done when the last one's outcome is known.
pub(crate) async fn run(args: PublishArgs) -> Result<Exit, CliError> {
    let config = args.talk.connection.config()?;
    Topic::new(&args.topic).map_err(|error| refused("topic", error))?;
    let carrier = Carrier {
        form: config.publish_form,
        format: config.send_format,
    };
    let mut payloads = args.payload.read(carrier).await?;
    let (topic, retain) = (args.topic, args.retain);
    let qos = Qos::new(args.qos).unwrap_or_default();
    args.talk
        .run(config, false, async |talk| {
            while let Some(payload) = payloads.next().await? {
                talk.publish(OwnedPublish {
                    topic: topic.clone(),
                    payload,
                    qos,
                    retain,
                })
                .await?;
            }
            Ok(Exit::OK)
        })
        .await
}
