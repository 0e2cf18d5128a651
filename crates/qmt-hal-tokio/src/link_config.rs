//! What a link is connected to and what is published, in owned strings.

use core::fmt;
use core::num::NonZeroU16;

use qmt_session::proto::{
    AliAuth, ClientId, Credentials, DataFormat, DeviceName, DeviceSecret, Host, KeepAlive,
    MqttVersion, PacketTimeout, Password, ProductKey, Qos, TextError, Topic, Username, Will,
    WillMessage,
};
use qmt_session::{LinkConfig, PublishForm};

/// A [`LinkConfig`] that owns its strings. `Debug` shows secrets as `***`.
#[derive(Clone)]
#[non_exhaustive]
pub struct OwnedLinkConfig {
    /// Where the server is.
    pub host: String,
    /// TCP port.
    pub port: NonZeroU16,
    /// Name of the client at the server.
    pub client_id: String,
    /// User name.
    pub username: Option<String>,
    /// Password; goes with a user name only.
    pub password: Option<String>,
    /// Device of Alibaba Cloud, instead of user name and password.
    pub aliauth: Option<OwnedAliAuth>,
    /// What the server publishes when the client is lost.
    pub will: Option<OwnedWill>,
    /// Keep-alive time in seconds, at most 3600, 0 for never.
    pub keep_alive: KeepAlive,
    /// Whether the server forgets the client when it disconnects.
    pub clean_session: bool,
    /// Protocol level.
    pub version: MqttVersion,
    /// Time-outs and retries of the module.
    pub timeout: PacketTimeout,
    /// Format payloads are sent in.
    pub send_format: DataFormat,
    /// Format payloads are received in; see [`LinkConfig::recv_format`].
    pub recv_format: Option<DataFormat>,
    /// Whether the module shall echo payloads.
    pub echo_data: bool,
    /// How payloads go to the module.
    pub publish_form: PublishForm,
}

/// A will that owns its strings. `Debug` does not show the message.
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "closed by QMT §3.3.1")]
pub struct OwnedWill {
    /// Where it is published.
    pub topic: String,
    /// What is published.
    pub message: String,
    /// QoS of the will message.
    pub qos: Qos,
    /// Whether the server keeps it.
    pub retain: bool,
}

/// A device of Alibaba Cloud that owns its strings. `Debug` shows the name only.
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "closed by QMT §3.3.1")]
pub struct OwnedAliAuth {
    /// Product key.
    pub product_key: String,
    /// Device name.
    pub device_name: String,
    /// Device secret.
    pub device_secret: String,
}

/// A message to publish.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "closed by MQTT 3.1.1 §3.3")]
pub struct OwnedPublish {
    /// Where.
    pub topic: String,
    /// What: 0..=1460 bytes of any kind.
    pub payload: Vec<u8>,
    /// How.
    pub qos: Qos,
    /// Whether the server keeps it for later subscribers.
    pub retain: bool,
}

/// A string of an [`OwnedLinkConfig`] that must not go to the module.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ConfigError {
    /// Which string, in words.
    pub field: &'static str,
    /// What is wrong with it.
    pub error: TextError,
}

impl OwnedPublish {
    /// A message the server does not keep.
    pub fn new(topic: impl Into<String>, payload: impl Into<Vec<u8>>, qos: Qos) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into(),
            qos,
            retain: false,
        }
    }
}

impl OwnedLinkConfig {
    /// MQTT 3.1.1, clean session, keep-alive 120 s, text, no credentials, no will, as
    /// [`LinkConfig::new`].
    pub fn new(host: impl Into<String>, port: NonZeroU16, client_id: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port,
            client_id: client_id.into(),
            username: None,
            password: None,
            aliauth: None,
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

    /// Checks every string, and lends them.
    ///
    /// # Errors
    /// The first [`ConfigError`], in the order of the fields.
    pub fn validate(&self) -> Result<LinkConfig<'_>, ConfigError> {
        let host = Host::new(&self.host).map_err(of("host"))?;
        let client_id = ClientId::new(&self.client_id).map_err(of("client ID"))?;
        let mut config = LinkConfig::new(host, self.port, client_id);
        let password = self.password.as_deref().map(Password::new);
        let password = password.transpose().map_err(of("password"))?;
        if let Some(username) = &self.username {
            let username = Username::new(username).map_err(of("user name"))?;
            config.credentials = Some(Credentials { username, password });
        }
        if let Some(auth) = &self.aliauth {
            config.aliauth = Some(AliAuth {
                product_key: ProductKey::new(&auth.product_key).map_err(of("product key"))?,
                device_name: DeviceName::new(&auth.device_name).map_err(of("device name"))?,
                device_secret: DeviceSecret::new(&auth.device_secret)
                    .map_err(of("device secret"))?,
            });
        }
        if let Some(will) = &self.will {
            config.will = Some(Will {
                qos: will.qos,
                retain: will.retain,
                topic: Topic::new(&will.topic).map_err(of("will topic"))?,
                message: WillMessage::new(&will.message).map_err(of("will message"))?,
            });
        }
        config.keep_alive = self.keep_alive;
        config.clean_session = self.clean_session;
        config.version = self.version;
        config.timeout = self.timeout;
        config.send_format = self.send_format;
        config.recv_format = self.recv_format;
        config.echo_data = self.echo_data;
        config.publish_form = self.publish_form;
        Ok(config)
    }
}

fn of(field: &'static str) -> impl Fn(TextError) -> ConfigError {
    move |error| ConfigError { field, error }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.error)
    }
}

impl core::error::Error for ConfigError {}

impl fmt::Debug for OwnedLinkConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedLinkConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("client_id", &self.client_id)
            .field("username", &self.username.as_ref().map(|_| Masked))
            .field("password", &self.password.as_ref().map(|_| Masked))
            .field("aliauth", &self.aliauth)
            .field("will", &self.will)
            .field("keep_alive", &self.keep_alive)
            .field("clean_session", &self.clean_session)
            .field("version", &self.version)
            .field("timeout", &self.timeout)
            .field("send_format", &self.send_format)
            .field("recv_format", &self.recv_format)
            .field("echo_data", &self.echo_data)
            .field("publish_form", &self.publish_form)
            .finish()
    }
}

impl fmt::Debug for OwnedWill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedWill")
            .field("topic", &self.topic)
            .field("message", &Masked)
            .field("qos", &self.qos)
            .field("retain", &self.retain)
            .finish()
    }
}

impl fmt::Debug for OwnedAliAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedAliAuth")
            .field("product_key", &Masked)
            .field("device_name", &self.device_name)
            .field("device_secret", &Masked)
            .finish()
    }
}

/// Stands for a secret.
struct Masked;

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> OwnedLinkConfig {
        OwnedLinkConfig::new("h.example", NonZeroU16::MIN, "id")
    }

    #[test]
    fn secrets_are_never_shown() {
        let mut config = config();
        config.username = Some("secret-user".into());
        config.password = Some("secret-word".into());
        config.will = Some(OwnedWill {
            topic: "t".into(),
            message: "secret-will".into(),
            qos: Qos::AtMostOnce,
            retain: false,
        });
        config.aliauth = Some(OwnedAliAuth {
            product_key: "secret-key".into(),
            device_name: "dev".into(),
            device_secret: "secret-device".into(),
        });
        let shown = format!("{config:?} {:?}", config.validate().unwrap());
        assert!(!shown.contains("secret-"), "{shown}");
        assert!(shown.contains("h.example"));
    }

    #[test]
    fn a_bad_string_is_named() {
        let mut config = config();
        config.client_id = "a\"b".into();
        let error = config.validate().unwrap_err();
        assert_eq!((error.field, error.error.at), ("client ID", 1));
    }
}
