//! The flags that say which broker, as whom and how; the same for all verbs that connect.

use core::hash::{BuildHasher, Hasher};
use core::num::NonZeroU16;
use std::hash::RandomState;

use clap::builder::TypedValueParser as _;
use clap::{Args, ValueEnum};
use qmt_hal_tokio::{ConfigError, OwnedAliAuth, OwnedLinkConfig, OwnedWill};
use qmt_proto::{DataFormat, KeepAlive, LinkId, MqttVersion, Qos, TextError, TextErrorKind};
use qmt_session::PublishForm;

use crate::error::CliError;
use crate::exit::Exit;
use crate::explain::Names;

/// How to connect to the broker.
#[derive(Args, Debug)]
#[command(next_help_heading = "Broker")]
pub(crate) struct ConnectionArgs {
    /// Broker, by name or address
    ///
    /// As the module resolves it.
    #[arg(short = 'h', long, default_value = "localhost")]
    host: String,
    /// TCP port of the broker
    #[arg(short, long, default_value = "1883")]
    port: NonZeroU16,
    /// Client id; a random one if left out
    ///
    /// qmt- and six random digits, that is.
    #[arg(short, long)]
    id: Option<String>,
    /// User name
    #[arg(short, long, value_name = "NAME")]
    username: Option<String>,
    /// Password; better in QMT_PASSWORD
    ///
    /// Other users of this computer can read what was typed, but not the environment.
    #[arg(short = 'P', long = "pw", value_name = "PASSWORD")]
    #[arg(requires = "username")]
    password: Option<String>,
    /// Device of Alibaba Cloud, instead of -u and -P
    #[arg(long, num_args = 3, conflicts_with = "username")]
    #[arg(value_names = ["PRODUCT_KEY", "DEVICE_NAME", "DEVICE_SECRET"])]
    #[arg(hide_short_help = true)]
    aliauth: Option<Vec<String>>,
    /// Keep-alive time in seconds, 0 for never
    #[arg(short, long, value_name = "S", default_value = "60")]
    #[arg(value_parser = clap::value_parser!(u16).range(0..=3600).map(keep_alive))]
    #[arg(hide_short_help = true)]
    keepalive: KeepAlive,
    /// Have the broker keep the session (no clean session); needs -i
    #[arg(short = 'c', long, requires = "id")]
    #[arg(hide_short_help = true)]
    disable_clean_session: bool,
    /// Protocol version
    #[arg(short = 'V', long, value_enum, default_value_t = Version::Mqttv311)]
    #[arg(hide_short_help = true)]
    protocol_version: Version,
    /// Topic of the will, which the broker publishes when the client is lost
    #[arg(long, value_name = "TOPIC")]
    #[arg(hide_short_help = true)]
    will_topic: Option<String>,
    /// Message of the will
    #[arg(
        long,
        value_name = "MESSAGE",
        default_value = "",
        requires = "will_topic"
    )]
    #[arg(hide_short_help = true)]
    will_payload: String,
    /// QoS of the will
    #[arg(long, value_name = "QOS", default_value_t = 0, requires = "will_topic")]
    #[arg(value_parser = clap::value_parser!(u8).range(0..=2))]
    #[arg(hide_short_help = true)]
    will_qos: u8,
    /// Have the broker retain the will
    #[arg(long, requires = "will_topic")]
    #[arg(hide_short_help = true)]
    will_retain: bool,
    /// Which of the module's five links to use
    #[arg(help_heading = "Module", long, value_name = "N", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u8).range(0..LinkId::COUNT as i64))]
    #[arg(hide_short_help = true)]
    link: u8,
    /// Format in which payloads go to the module
    #[arg(help_heading = "Module", long, value_enum, default_value_t = SendFormat::Text)]
    #[arg(hide_short_help = true)]
    send_format: SendFormat,
    /// Format in which payloads come from the module; auto is hex where text would be unsafe
    #[arg(help_heading = "Module", long, value_enum, default_value_t = RecvFormat::Auto)]
    #[arg(hide_short_help = true)]
    recv_format: RecvFormat,
    /// How payloads go to the module: data mode with a length, data mode until Ctrl+Z, or on the
    /// command line; auto is counted, or inline where --capabilities says that it works
    #[arg(help_heading = "Module", long, value_enum, default_value_t = Form::Auto)]
    #[arg(hide_short_help = true)]
    publish_form: Form,
    /// Have the module echo payloads
    #[arg(help_heading = "Module", long)]
    #[arg(hide_short_help = true)]
    echo_data: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Version {
    Mqttv31,
    Mqttv311,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SendFormat {
    Text,
    Hex,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RecvFormat {
    Auto,
    Text,
    Hex,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Auto,
    Counted,
    Terminated,
    Inline,
}

/// What the parser before it has found in range.
fn keep_alive(seconds: u16) -> KeepAlive {
    KeepAlive::new(seconds).unwrap_or_default()
}

impl ConnectionArgs {
    /// What the link is to be connected to, checked.
    ///
    /// # Errors
    /// [`Exit::DATA`]; nothing has been sent.
    pub(crate) fn config(&self) -> Result<OwnedLinkConfig, CliError> {
        let id = match &self.id {
            Some(id) => id.clone(),
            None => format!("qmt-{:06x}", random() & 0xFF_FFFF),
        };
        let mut config = OwnedLinkConfig::new(self.host.clone(), self.port, id);
        config.username = self.username.clone();
        config.password = self.password();
        if let Some([key, name, secret]) = self.aliauth.as_deref() {
            config.aliauth = Some(OwnedAliAuth {
                product_key: key.clone(),
                device_name: name.clone(),
                device_secret: secret.clone(),
            });
        }
        config.will = self.will_topic.clone().map(|topic| OwnedWill {
            topic,
            message: self.will_payload.clone(),
            qos: Qos::new(self.will_qos).unwrap_or_default(),
            retain: self.will_retain,
        });
        config.keep_alive = self.keepalive;
        config.clean_session = !self.disable_clean_session;
        config.version = match self.protocol_version {
            Version::Mqttv31 => MqttVersion::V3_1,
            Version::Mqttv311 => MqttVersion::V3_1_1,
        };
        config.send_format = match self.send_format {
            SendFormat::Text => DataFormat::Text,
            SendFormat::Hex => DataFormat::Hex,
        };
        config.recv_format = match self.recv_format {
            RecvFormat::Auto => None,
            RecvFormat::Text => Some(DataFormat::Text),
            RecvFormat::Hex => Some(DataFormat::Hex),
        };
        config.publish_form = match self.publish_form {
            Form::Auto => PublishForm::Auto,
            Form::Counted => PublishForm::Counted,
            Form::Terminated => PublishForm::Terminated,
            Form::Inline => PublishForm::Inline,
        };
        config.echo_data = self.echo_data;
        match config.validate() {
            Ok(_) => Ok(config),
            Err(ConfigError { field, error, .. }) => Err(refused(field, error)),
        }
    }

    /// The link to use.
    pub(crate) fn link(&self) -> LinkId {
        LinkId::new(self.link).unwrap_or(LinkId::ALL[0])
    }

    /// What must not be shown.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = String> {
        let device_secret = self.aliauth.as_ref().and_then(|auth| auth.last().cloned());
        self.password().into_iter().chain(device_secret)
    }

    fn password(&self) -> Option<String> {
        self.username.as_ref()?;
        let given = self.password.clone();
        given.or_else(|| std::env::var("QMT_PASSWORD").ok())
    }

    /// Whom messages are about, when the line is called `device`.
    pub(crate) fn names(&self, device: String) -> Names {
        Names {
            device,
            host: self.host.clone(),
            broker: format!("{}:{}", self.host, self.port),
        }
    }
}

/// Says what is wrong with the string called `what`, and what to do about it.
pub(crate) fn refused(what: &str, error: TextError) -> CliError {
    let remedy = match error.kind {
        TextErrorKind::Quote => "leave it out, AT commands know no escape for it",
        TextErrorKind::Control => "leave it out, AT commands cannot carry it",
        TextErrorKind::Wildcard => "+ and # stand alone in a level, and only in subscriptions",
        TextErrorKind::TooLong { .. } => "shorten it",
        TextErrorKind::NotUtf8 => "write it in UTF-8",
        _ => "check it against the note's limits (QMT §3.3)",
    };
    CliError::new(Exit::DATA, format!("{what}: {error}"), remedy)
}

/// A number nobody else has drawn.
pub(crate) fn random() -> u64 {
    // The standard library seeds its hash maps from the system's source of randomness.
    RandomState::new().build_hasher().finish()
}
