//! The worked session of the application note (QMT §6.1), command by command.

use core::num::NonZeroU16;

use qmt_proto::{
    AliAuth, ClientId, Command, Config, ConfigOption, Connect, Delivery, DeviceName, DeviceSecret,
    ErrorFormat, Few, Filter, Host, LinkId, MsgId, Name, Open, ProductKey, Qos, Setting, SleepMode,
    Subscribe, Subscription, TextError, Topic, Unsubscribe,
};

/// Where the note's example connects to.
pub(crate) const HOST: &str = "oyjtmPI5a5j.iot-as-mqtt.cn-shanghai.aliyuncs.com";
/// The secret the note prints; the transcript does not.
pub(crate) const SECRET: &str = "wN9Y6pZSIly7Exa5qVzcmigEGO4kAazZ";

const PRODUCT_KEY: &str = "oyjtmPI5a5j";
const DEVICE: &str = "MQTT_TEST";
const CLIENT: &str = "clientExample";
const GET: &str = "oyjtmPI5a5j/S2fXbFBKh4NSwwyljSC4/user/get";
const UPDATE: &str = "oyjtmPI5a5j/S2fXbFBKh4NSwwyljSC4/user/update";
const LINK: LinkId = LinkId::ALL[0];

/// One step of the session.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Until it answers: the module may be asleep.
    Wake,
    /// A command that must succeed.
    Command(Command<'static>),
    /// Data mode, ended by Ctrl+Z.
    Publish {
        topic: Topic<'static>,
        payload: &'static [u8],
    },
    /// The other device publishes.
    Other {
        topic: &'static str,
        payload: &'static [u8],
    },
    /// This message must come.
    Receive {
        topic: &'static str,
        payload: &'static [u8],
    },
}

/// Everything between a module in any state and the end of the note's example.
///
/// # Errors
/// None in practice: the strings are the note's. The types want to be asked.
pub(crate) fn steps() -> Result<Vec<Step>, TextError> {
    let aliauth = Setting::AliAuth(AliAuth {
        product_key: ProductKey::new(PRODUCT_KEY)?,
        device_name: DeviceName::new(DEVICE)?,
        device_secret: DeviceSecret::new(SECRET)?,
    });
    let subscribe = |topic, qos| -> Result<Step, TextError> {
        Ok(Step::Command(Command::Subscribe(Subscribe {
            link: LINK,
            msg_id: MSG_1,
            topics: Few::one(Subscription {
                filter: Filter::new(topic)?,
                qos,
            }),
        })))
    };
    let hello = b"This is test data, hello MQTT.";
    let related = b"This is the payload related to topic";
    Ok(vec![
        // Bring-up.
        Step::Wake,
        Step::Command(Command::Echo(false)),
        Step::Command(Command::ErrorFormat(ErrorFormat::Numeric)),
        // QMT §6.1.
        Step::Command(Command::Sleep(SleepMode::Awake)),
        Step::Command(Command::Config(Config::Set(LINK, aliauth))),
        Step::Command(Command::Config(Config::Query(
            LINK,
            ConfigOption::ShowRecvLen,
        ))),
        Step::Command(Command::Config(Config::Set(
            LINK,
            Setting::ShowRecvLen(true),
        ))),
        Step::Command(Command::Open(Open {
            link: LINK,
            host: Host::new(HOST)?,
            port: PORT,
        })),
        Step::Command(Command::Read(Name::Open)),
        Step::Command(Command::Test(Name::Conn)),
        Step::Command(Command::Connect(Connect {
            link: LINK,
            client_id: ClientId::new(CLIENT)?,
            credentials: None,
        })),
        Step::Command(Command::Test(Name::Sub)),
        subscribe(GET, Qos::ExactlyOnce)?,
        subscribe(UPDATE, Qos::AtMostOnce)?,
        Step::Other {
            topic: GET,
            payload: related,
        },
        Step::Receive {
            topic: GET,
            payload: related,
        },
        Step::Command(Command::Unsubscribe(Unsubscribe {
            link: LINK,
            msg_id: MSG_2,
            topics: Few::one(Filter::new(GET)?),
        })),
        Step::Command(Command::Test(Name::Pub)),
        Step::Publish {
            topic: Topic::new(UPDATE)?,
            payload: hello,
        },
        Step::Receive {
            topic: UPDATE,
            payload: hello,
        },
        Step::Command(Command::Disconnect(LINK)),
        Step::Command(Command::Sleep(SleepMode::Deep)),
    ])
}

/// The link, QoS and message identifier of the note's publish.
pub(crate) const PUBLISH: (LinkId, Delivery) = (LINK, Delivery::AtMostOnce);

const PORT: NonZeroU16 = NonZeroU16::new(1883).unwrap();
const MSG_1: MsgId = MsgId::new(1).unwrap();
const MSG_2: MsgId = MsgId::new(2).unwrap();
