//! What a client is told once, and for each link.

use core::num::NonZeroU16;
use core::time::Duration;

#[cfg(feature = "aliauth")]
use qmt_proto::AliAuth;
#[cfg(feature = "will")]
use qmt_proto::Will;
use qmt_proto::{
    ClientId, Credentials, DataFormat, Host, KeepAlive, MqttVersion, PacketTimeout, SleepMode,
};

use super::ladder::{LADDER, Rung};
use crate::span::{Millis, millis};
use crate::{PublishForm, SessionConfig};

/// Habits of a [`Client`](crate::Client).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ClientConfig {
    /// Of the dialogue below.
    pub session: SessionConfig,
    /// How often `AT` is sent, 500 ms apart, before the module counts as silent. The first one
    /// after a sleep only wakes it.
    pub sync_tries: u8,
    /// How long to wait for the network after the module has answered. Zero: do not look.
    pub network_wait: Duration,
    /// Whether the module loses its power when the host does, so that it cannot be waiting for
    /// the rest of a payload when the host begins. If it may be, a client that
    /// [restores](crate::Client::restore) an outbox keeps silent for a minute first.
    #[cfg(feature = "snapshot")]
    #[cfg_attr(docsrs, doc(cfg(feature = "snapshot")))]
    pub starts_with_module: bool,
    /// What the module may do while nothing is pending. [`SleepMode::Awake`]: its sleep lock is
    /// held until [`Client::rest`](crate::Client::rest). [`SleepMode::Light`]: connections live on.
    /// [`SleepMode::Deep`]: they are lost, and found to be lost when it is woken. The lock is
    /// always held while anything is pending.
    pub idle_sleep: SleepMode,
    /// How long nothing must be pending before the module may sleep.
    pub idle_after: Duration,
    /// What is tried, one after the other, while nothing works.
    pub ladder: &'static [Rung],
    /// Whether a refusal that would be final (a return code of the server that the owner must do
    /// something about, a wrong parameter) must come twice in a row to be believed: a damaged bit
    /// of the password or of the answer looks the same, and would keep the link down for good. The
    /// server then sees a wrong password twice for each [`connect`](crate::Client::connect), and
    /// never more often. `false` for servers that lock an account at once.
    pub confirm_refusals: bool,
    /// Shortest and longest time before a lost link is opened again.
    pub backoff: (Duration, Duration),
    /// Seed of the jitter in the backoff: different for each device.
    pub jitter_seed: u32,
}

impl ClientConfig {
    /// 20 tries, 90 s for the network, awake, refusals confirmed, 1 s to 2 min of backoff, all
    /// remedies.
    pub const fn new() -> Self {
        Self {
            session: SessionConfig::new(),
            sync_tries: 20,
            network_wait: Duration::from_secs(90),
            #[cfg(feature = "snapshot")]
            starts_with_module: false,
            idle_sleep: SleepMode::Awake,
            idle_after: Duration::from_secs(5),
            ladder: LADDER,
            confirm_refusals: true,
            backoff: (Duration::from_secs(1), Duration::from_secs(120)),
            jitter_seed: 1,
        }
    }
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self::new()
    }
}

/// What a client keeps of its configuration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    pub(super) network_wait: Millis,
    pub(super) idle_after: Millis,
    pub(super) backoff: (Millis, Millis),
    pub(super) margin: Millis,
    pub(super) ladder: &'static [Rung],
    pub(super) sync_tries: u8,
    pub(super) idle_sleep: SleepMode,
    pub(super) confirm_refusals: bool,
    #[cfg(feature = "snapshot")]
    pub(super) starts_with_module: bool,
}

impl Habits {
    pub(super) fn of(config: &ClientConfig) -> Self {
        let (base, cap) = config.backoff;
        Self {
            network_wait: millis(config.network_wait),
            idle_after: millis(config.idle_after),
            backoff: (millis(base), millis(cap)),
            margin: millis(config.session.margin),
            ladder: config.ladder,
            sync_tries: config.sync_tries,
            idle_sleep: config.idle_sleep,
            confirm_refusals: config.confirm_refusals,
            #[cfg(feature = "snapshot")]
            starts_with_module: config.starts_with_module,
        }
    }
}

/// What a link is to be connected to, and how.
///
/// The strings are copied into the client's store by [`Client::connect`](crate::Client::connect).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LinkConfig<'a> {
    /// Where the server is.
    pub host: Host<'a>,
    /// TCP port.
    pub port: NonZeroU16,
    /// Name of the client at the server.
    pub client_id: ClientId<'a>,
    /// User name and password.
    pub credentials: Option<Credentials<'a>>,
    /// Device of Alibaba Cloud, instead of credentials.
    #[cfg(feature = "aliauth")]
    #[cfg_attr(docsrs, doc(cfg(feature = "aliauth")))]
    pub aliauth: Option<AliAuth<'a>>,
    /// What the server publishes when the client is lost.
    #[cfg(feature = "will")]
    #[cfg_attr(docsrs, doc(cfg(feature = "will")))]
    pub will: Option<Will<'a>>,
    /// Longest silence of the client (QMT §3.3.1 `<keep-alive_time>`).
    pub keep_alive: KeepAlive,
    /// Whether the server forgets the client when it disconnects (QMT §3.3.1 `<clean_session>`).
    pub clean_session: bool,
    /// Protocol level.
    pub version: MqttVersion,
    /// Time-outs and retries of the module.
    pub timeout: PacketTimeout,
    /// Format payloads are sent in. Hex takes twice the line time, and carries any byte to any
    /// module.
    pub send_format: DataFormat,
    /// Format payloads are received in. `None`: hex where a wildcard filter or a kept session
    /// makes text unsafe, text otherwise. A topic is quoted without a length: with exact filters a
    /// stranger among the topics shows, with wildcards only hex tells where a message ends.
    pub recv_format: Option<DataFormat>,
    /// Whether the module shall echo payloads. Costs line time and gains nothing.
    pub echo_data: bool,
    /// How payloads go to the module.
    pub publish_form: PublishForm,
}

impl<'a> LinkConfig<'a> {
    /// MQTT 3.1.1, clean session, keep-alive 120 s, text, no credentials, no will.
    pub fn new(host: Host<'a>, port: NonZeroU16, client_id: ClientId<'a>) -> Self {
        Self {
            host,
            port,
            client_id,
            credentials: None,
            #[cfg(feature = "aliauth")]
            aliauth: None,
            #[cfg(feature = "will")]
            will: None,
            keep_alive: KeepAlive::DEFAULT,
            clean_session: true,
            version: MqttVersion::V3_1_1,
            timeout: PacketTimeout::default(),
            send_format: DataFormat::Text,
            recv_format: None,
            echo_data: false,
            publish_form: PublishForm::Auto,
        }
    }
}
