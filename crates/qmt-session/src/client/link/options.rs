//! The options of a link: asked, set if they are different, asked again.

use qmt_proto::{
    AliAuth, ConfigOption, DataFormat, DeviceName, DeviceSecret, Instant, LinkId, ProductKey,
    Setting, Topic, Will, WillMessage,
};

use super::{Link, State, TRIES};
use crate::client::ConnectError;
use crate::client::store::{Kind, Store};

/// The option that is set first.
pub(super) const FIRST: ConfigOption = ConfigOption::Version;

/// Options in the order they are set (QMT §3.3.1 "version", "showrecvlen", "dataformat", "echomode",
/// "session", "keepalive", "timeout", "will", "aliauth"). Lengths of messages come before anything
/// that could bring messages.
const fn after(option: ConfigOption) -> Option<ConfigOption> {
    Some(match option {
        ConfigOption::Version => ConfigOption::ShowRecvLen,
        ConfigOption::ShowRecvLen => ConfigOption::DataFormat,
        ConfigOption::DataFormat => ConfigOption::EchoMode,
        ConfigOption::EchoMode => ConfigOption::Session,
        ConfigOption::Session => ConfigOption::KeepAlive,
        ConfigOption::KeepAlive => ConfigOption::Timeout,
        ConfigOption::Timeout => ConfigOption::Will,
        ConfigOption::Will => ConfigOption::AliAuth,
        ConfigOption::AliAuth => return None,
    })
}

/// How an option is settled: asked, set if it is different, asked again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Settling {
    Asking,
    Setting,
    Checking,
}

/// Where settling an option begins.
const fn first_step(option: ConfigOption) -> Settling {
    match option {
        // The secret of a device is not asked back: it would stand on the line again.
        ConfigOption::AliAuth => Settling::Setting,
        _ => Settling::Asking,
    }
}

impl Link {
    /// The value an option shall have; `None`: it is left alone.
    pub(in crate::client) fn desired<'s>(
        &self,
        option: ConfigOption,
        link: LinkId,
        store: &'s Store<'_>,
    ) -> Option<Setting<'s>> {
        let settings = &self.settings;
        Some(match option {
            // What another has left there is taken away all the same.
            ConfigOption::Will if cfg!(not(feature = "will")) => Setting::Will(None),
            ConfigOption::Will => Setting::Will(settings.will.and_then(|(qos, retain)| {
                Some(Will {
                    qos,
                    retain,
                    topic: Topic::new(store.get(Kind::WillTopic, link)?).ok()?,
                    message: WillMessage::new(store.get(Kind::WillMessage, link)?).ok()?,
                })
            })),
            ConfigOption::Timeout => Setting::Timeout(settings.timeout.into()),
            ConfigOption::Session => Setting::CleanSession(settings.clean_session),
            ConfigOption::KeepAlive => Setting::KeepAlive(settings.keep_alive),
            ConfigOption::AliAuth if cfg!(not(feature = "aliauth")) => return None,
            ConfigOption::AliAuth => Setting::AliAuth(AliAuth {
                product_key: ProductKey::new(store.get(Kind::ProductKey, link)?).ok()?,
                device_name: DeviceName::new(store.get(Kind::DeviceName, link)?).ok()?,
                device_secret: DeviceSecret::new(store.get(Kind::DeviceSecret, link)?).ok()?,
            }),
            ConfigOption::Version => Setting::Version(settings.version),
            ConfigOption::ShowRecvLen => Setting::ShowRecvLen(true),
            ConfigOption::EchoMode => Setting::EchoMode(settings.echo_data),
            ConfigOption::DataFormat => Setting::DataFormat {
                send: settings.send_format,
                recv: self.recv,
            },
        })
    }

    /// `option` is as it shall be: on to the next one, or to opening.
    pub(super) const fn next_option(&mut self, option: ConfigOption) {
        self.tries = 0;
        self.state = match after(option) {
            Some(option) => State::Options(option, first_step(option)),
            None => State::Opening,
        };
    }

    /// A command of settling `option` has ended. What would be final is `confirm`ed by
    /// settling all options once more.
    pub(super) fn on_option(
        &mut self,
        now: Instant,
        (option, settling): (ConfigOption, Settling),
        taken: bool,
        confirm: bool,
    ) {
        match settling {
            Settling::Asking if self.matched => self.next_option(option),
            Settling::Setting if taken && option == ConfigOption::AliAuth => {
                self.next_option(option)
            }
            Settling::Asking if taken => self.state = State::Options(option, Settling::Setting),
            Settling::Setting if taken => self.state = State::Options(option, Settling::Checking),
            Settling::Checking if taken && self.matched => self.next_option(option),
            _ if self.tries + 1 < TRIES => {
                self.tries += 1;
                self.state = State::Options(option, first_step(option));
            }
            // Firmware without the option has its default.
            Settling::Asking if self.is_default(option) => self.next_option(option),
            _ => {
                let error = match option {
                    ConfigOption::ShowRecvLen => ConnectError::UnsafeReceiveMode,
                    option => ConnectError::Option(option),
                };
                self.refuse(now, error, confirm, false);
            }
        }
    }

    /// A command about the receive format of a connection has ended.
    pub(super) fn on_reformatted(&mut self, settling: Settling, told: bool, taken: bool) {
        match settling {
            Settling::Checking if taken && self.matched => {
                self.tries = 0;
                self.state = State::Connected { told };
            }
            Settling::Setting if taken => {
                let settling = Settling::Checking;
                self.state = State::Reformatting { settling, told };
            }
            _ if self.tries + 1 < TRIES => {
                self.tries += 1;
                let settling = Settling::Setting;
                self.state = State::Reformatting { settling, told };
            }
            _ => self.fail(ConnectError::Option(ConfigOption::DataFormat), true),
        }
    }

    /// Whether the wanted value is the one a module has without being told (QMT §3.1.1 default).
    const fn is_default(&self, option: ConfigOption) -> bool {
        match option {
            ConfigOption::Will => self.settings.will.is_none(),
            ConfigOption::Session => self.settings.clean_session,
            ConfigOption::DataFormat => {
                matches!(
                    (self.settings.send_format, self.recv),
                    (DataFormat::Text, DataFormat::Text)
                )
            }
            _ => false,
        }
    }
}
