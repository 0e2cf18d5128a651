//! The options of one link, AT+QMTCFG (QMT §3.3.1).

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use qmt_proto::{
    AliAuth, ConfigOption, DataFormat, DeviceName, DeviceSecret, KeepAlive, MqttVersion,
    PacketTimeout, ProductKey, Qos, Setting, Topic, Will, WillMessage,
};

/// What QMTCFG has set, or the defaults (QMT §3.1.1 default). It lives as long as the module has
/// power (QMT §3.3.1 volatile).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Settings {
    pub(crate) will: Option<OwnedWill>,
    pub(crate) timeout: PacketTimeout,
    pub(crate) clean_session: bool,
    pub(crate) keep_alive: KeepAlive,
    pub(crate) ali_auth: Option<OwnedAliAuth>,
    pub(crate) version: MqttVersion,
    pub(crate) show_recv_len: bool,
    pub(crate) echo_mode: bool,
    pub(crate) send_format: DataFormat,
    pub(crate) recv_format: DataFormat,
}

/// A [`Will`] that owns its strings.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct OwnedWill {
    pub(crate) qos: Qos,
    pub(crate) retain: bool,
    pub(crate) topic: String,
    pub(crate) message: String,
}

/// An [`AliAuth`] that owns its strings.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct OwnedAliAuth {
    // QMT §3.3.1 `<product_key>`, `<device_name>`, `<device_secret>`.
    product_key: String,
    device_name: String,
    device_secret: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            will: None,
            timeout: PacketTimeout::default(),
            clean_session: true,
            keep_alive: KeepAlive::DEFAULT,
            ali_auth: None,
            version: MqttVersion::V3_1,
            show_recv_len: false,
            echo_mode: true,
            send_format: DataFormat::Text,
            recv_format: DataFormat::Text,
        }
    }
}

impl Settings {
    /// Takes a new value; it holds at once (QMT §3.3.1 effect, note 1; "will", "timeout", "session",
    /// "keepalive", "aliauth", "version", "showrecvlen", "echomode", "dataformat"; §3.1.1 optional).
    pub(crate) fn set(&mut self, setting: &Setting<'_>) {
        match *setting {
            Setting::Will(will) => self.will = will.map(OwnedWill::new),
            Setting::Timeout(update) => self.timeout = update.apply(self.timeout),
            Setting::CleanSession(on) => self.clean_session = on,
            Setting::KeepAlive(time) => self.keep_alive = time,
            Setting::AliAuth(auth) => self.ali_auth = Some(OwnedAliAuth::new(auth)),
            Setting::Version(version) => self.version = version,
            Setting::ShowRecvLen(on) => self.show_recv_len = on,
            Setting::EchoMode(on) => self.echo_mode = on,
            Setting::DataFormat { send, recv } => {
                self.send_format = send;
                self.recv_format = recv;
            }
        }
    }

    /// The value of `option`; none for an "aliauth" that is not set (QMT §3.3.1 note 4).
    pub(crate) fn get(&self, option: ConfigOption) -> Option<Setting<'_>> {
        Some(match option {
            ConfigOption::Will => Setting::Will(self.will.as_ref().and_then(OwnedWill::borrow)),
            ConfigOption::Timeout => Setting::Timeout(self.timeout.into()),
            ConfigOption::Session => Setting::CleanSession(self.clean_session),
            ConfigOption::KeepAlive => Setting::KeepAlive(self.keep_alive),
            ConfigOption::AliAuth => Setting::AliAuth(self.ali_auth.as_ref()?.borrow()?),
            ConfigOption::Version => Setting::Version(self.version),
            ConfigOption::ShowRecvLen => Setting::ShowRecvLen(self.show_recv_len),
            ConfigOption::EchoMode => Setting::EchoMode(self.echo_mode),
            ConfigOption::DataFormat => Setting::DataFormat {
                send: self.send_format,
                recv: self.recv_format,
            },
        })
    }
}

impl OwnedWill {
    fn new(will: Will<'_>) -> Self {
        Self {
            qos: will.qos,
            retain: will.retain,
            topic: will.topic.as_str().to_owned(),
            message: will.message.expose().to_owned(),
        }
    }

    /// Never `None`: the strings came out of the types they go back into.
    fn borrow(&self) -> Option<Will<'_>> {
        Some(Will {
            qos: self.qos,
            retain: self.retain,
            topic: Topic::new(&self.topic).ok()?,
            message: WillMessage::new(&self.message).ok()?,
        })
    }
}

impl OwnedAliAuth {
    fn new(auth: AliAuth<'_>) -> Self {
        Self {
            product_key: auth.product_key.expose().to_owned(),
            device_name: auth.device_name.as_str().to_owned(),
            device_secret: auth.device_secret.expose().to_owned(),
        }
    }

    /// Never `None`, as in [`OwnedWill::borrow`].
    pub(crate) fn borrow(&self) -> Option<AliAuth<'_>> {
        Some(AliAuth {
            product_key: ProductKey::new(&self.product_key).ok()?,
            device_name: DeviceName::new(&self.device_name).ok()?,
            device_secret: DeviceSecret::new(&self.device_secret).ok()?,
        })
    }
}

impl fmt::Debug for OwnedWill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.borrow().fmt(f)
    }
}

impl fmt::Debug for OwnedAliAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.borrow().fmt(f)
    }
}
