//! No string can become a second command, and short buffers give nothing out.

use at_syntax::Writer;
use core::num::NonZeroU16;
use proptest::prelude::*;
use qmt_proto::{
    AliAuth, Body, ClientId, Command, Config, Connect, Credentials, Delivery, DeviceName,
    DeviceSecret, Few, Filter, Host, LinkId, MsgId, Open, Password, ProductKey, Publish, Qos,
    RequestDialect, Setting, Subscribe, Subscription, Topic, Unsubscribe, Username, Will,
    WillMessage,
};

use crate::wire::{obeyed, sent};

const LINK: LinkId = LinkId::ALL[3];

/// Every command that can be made with `text` in one of its strings.
fn commands_with(text: &str) -> Vec<Command<'_>> {
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
                body: Body::PromptCounted(5),
            })
        }),
        Topic::new(text).ok().map(|topic| {
            Command::Publish(Publish {
                link: LINK,
                delivery: Delivery::AtMostOnce,
                retain: false,
                topic,
                body: Body::Inline(b"payload"),
            })
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// One line, one command, with the same fields at the module.
fn is_one_command(command: &Command<'_>) {
    let line = sent(command);
    let (last, body) = line.split_last().unwrap();
    assert_eq!(*last, b'\r');
    assert!(!body.iter().any(u8::is_ascii_control), "{command:?}");
    assert_eq!(obeyed(&line, &RequestDialect::default()), Ok(*command));
}

#[test]
fn strings_that_look_like_syntax_stay_strings() {
    for text in [
        ",",
        ",0,1",
        "=?",
        "?",
        "a?b",
        "(0,1)",
        " ",
        " leading and trailing ",
        "+QMTPUB: 0,1,0",
        "AT+QRST=1",
        "OK",
        "'",
        "\\",
        "\\22",
        "%22",
        "日本語/温度",
        "\u{feff}x",
        "\u{2028}",
        "-1",
        "0",
    ] {
        let commands = commands_with(text);
        assert!(commands.len() >= 8, "{text:?} is refused too often");
        commands.iter().for_each(is_one_command);
    }
    for text in [
        "a\"", "\"", "a\r", "a\n", "a\0", "\x1a", "\x1b", "\x7f", "\u{85}",
    ] {
        assert_eq!(commands_with(text), [], "{text:?}");
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "\"",
            "\r",
            "\n",
            "\r\n",
            ",",
            "\",",
            "AT+QMTPUB=0,0,0,0,\"t\",1,\"x\"",
            "+",
            "#",
            "/",
            "\0",
            "\x1a",
            "\x1b",
            "\x7f",
            "\u{85}",
            "a",
            " ",
            "(",
            ")",
            "é",
            "0",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        "[ -~]{0,30}",
        "\\PC{0,30}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_string_is_refused_or_stays_one_string(text in hostile()) {
        let commands = commands_with(&text);
        commands.iter().for_each(is_one_command);
        let dangerous = text.chars().any(|c| c == '"' || c.is_control());
        prop_assert!(!dangerous || commands.is_empty());
    }

    #[test]
    fn a_short_buffer_gives_nothing_and_says_what_is_needed(text in "[a-z]{1,60}", short in 1_usize..90) {
        for command in commands_with(&text) {
            let whole = sent(&command);
            let mut buf = vec![0xA5; whole.len() - short.min(whole.len())];
            let mut out = Writer::new(&mut buf);
            command.emit(&mut out);
            let full = out.finish_request().unwrap_err();
            prop_assert_eq!(full.needed, whole.len());
            let mut buf = vec![0; whole.len()];
            let mut out = Writer::new(&mut buf);
            command.emit(&mut out);
            prop_assert_eq!(out.finish_request().unwrap(), &whole[..]);
        }
    }
}
