//! P4, P5: what strings and short buffers can do to a command line.

use core::num::NonZeroU16;

use at_syntax::Writer;
use qmt_proto::{
    AliAuth, Body, ClientId, Command, Config, Connect, Credentials, Delivery, DeviceName,
    DeviceSecret, Few, Filter, Host, Inline, LinkId, MsgId, Open, Password, PayloadLen, ProductKey,
    Publish, Qos, RequestDialect, Setting, Subscribe, Subscription, Topic, Unsubscribe, Username,
    Will, WillMessage, limits,
};

use super::wire::{obeyed, sent};

const LINK: LinkId = LinkId::ALL[3];

/// Every command that can be made with `text` in one of its strings.
///
/// # Panics
/// Never: the other strings are legal.
pub fn commands_with(text: &str) -> Vec<Command<'_>> {
    let id = MsgId::new(7).unwrap();
    let plain = ClientId::new("c").unwrap();
    let connect = |client_id, credentials| {
        Command::Connect(Connect {
            link: LINK,
            client_id,
            credentials,
        })
    };
    let set = |setting| Command::Config(Config::Set(LINK, setting));
    let aliauth = |product_key, device_name, device_secret| {
        set(Setting::AliAuth(AliAuth {
            product_key,
            device_name,
            device_secret,
        }))
    };
    let will = |topic, message| {
        set(Setting::Will(Some(Will {
            qos: Qos::AtLeastOnce,
            retain: true,
            topic,
            message,
        })))
    };
    let (key, name, secret) = (
        ProductKey::new("k").unwrap(),
        DeviceName::new("d").unwrap(),
        DeviceSecret::new("s").unwrap(),
    );
    let user = Username::new("u").unwrap();
    let credentials = |username, password| Some(Credentials { username, password });
    let subscription = |filter| Subscription {
        filter,
        qos: Qos::ExactlyOnce,
    };
    [
        Host::new(text).ok().map(|host| {
            Command::Open(Open {
                link: LINK,
                host,
                port: NonZeroU16::MIN,
            })
        }),
        ClientId::new(text).ok().map(|id| connect(id, None)),
        Username::new(text)
            .ok()
            .map(|name| connect(plain, credentials(name, None))),
        Password::new(text)
            .ok()
            .map(|word| connect(plain, credentials(user, Some(word)))),
        ProductKey::new(text)
            .ok()
            .map(|key| aliauth(key, name, secret)),
        DeviceName::new(text)
            .ok()
            .map(|name| aliauth(key, name, secret)),
        DeviceSecret::new(text)
            .ok()
            .map(|secret| aliauth(key, name, secret)),
        Topic::new(text)
            .ok()
            .map(|topic| will(topic, WillMessage::new("m").unwrap())),
        WillMessage::new(text)
            .ok()
            .map(|message| will(Topic::new("t").unwrap(), message)),
        Filter::new(text).ok().map(|filter| {
            Command::Subscribe(Subscribe {
                link: LINK,
                msg_id: id,
                topics: Few::one(subscription(filter)),
            })
        }),
        Filter::new(text).ok().map(|filter| {
            Command::Unsubscribe(Unsubscribe {
                link: LINK,
                msg_id: id,
                topics: Few::one(filter),
            })
        }),
        Topic::new(text).ok().map(|topic| {
            Command::Publish(Publish {
                link: LINK,
                delivery: Delivery::AtLeastOnce(id),
                retain: false,
                topic,
                body: Body::PromptCounted(PayloadLen::new(5).unwrap()),
            })
        }),
        Topic::new(text).ok().map(|topic| {
            Command::Publish(Publish {
                link: LINK,
                delivery: Delivery::AtMostOnce,
                retain: false,
                topic,
                body: Body::Inline(Inline::text(b"payload").unwrap()),
            })
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// P4: a string is refused or stays one string: one line, one command, the same fields.
///
/// # Panics
/// When it becomes anything else, or a dangerous one is taken.
pub fn a_string_stays_a_string(text: &str) {
    let commands = commands_with(text);
    for command in &commands {
        let line = sent(command, &RequestDialect::default());
        let (last, body) = line.split_last().expect("a line end at least");
        assert_eq!(*last, b'\r');
        assert!(!body.iter().any(u8::is_ascii_control), "{command:?}");
        assert_eq!(obeyed(&line, &RequestDialect::default()), Ok(*command));
    }
    let dangerous = text.chars().any(|c| c == '"' || c.is_control());
    assert!(!dangerous || commands.is_empty(), "{text:?} is taken");
}

/// P5: a buffer that is `short` bytes too short gives nothing, and says what is needed.
///
/// # Panics
/// When it gives something.
pub fn a_short_buffer_gives_nothing(text: &str, short: usize) {
    for command in commands_with(text) {
        let whole = sent(&command, &RequestDialect::default());
        let mut buf = vec![0xA5; whole.len().saturating_sub(short.max(1))];
        let mut out = Writer::new(&mut buf);
        command.emit(&mut out);
        let full = out.finish_request().expect_err("it is too short");
        assert_eq!(full.needed, whole.len());
        let mut buf = vec![0; whole.len()];
        let mut out = Writer::new(&mut buf);
        command.emit(&mut out);
        assert_eq!(out.finish_request(), Ok(&whole[..]));
        assert!(whole.len() <= limits::COMMAND_LINE);
    }
}
