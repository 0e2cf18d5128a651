//! Nothing secret shows in a text made for people.

use qmt_proto::{
    AliAuth, ClientId, Command, Config, Connect, Credentials, DecodeError, DeviceName,
    DeviceSecret, LinkId, Parameter, Password, ProductKey, Qos, Report, Setting, Topic, Username,
    Will, WillMessage,
};

pub(crate) const CANARIES: [&str; 5] = [
    "Wq7xB2vNh",
    "Zx9kQ4jWd",
    "Kj4gV8zXb",
    "Vb2hJ6qGw",
    "Mn8dK3xZq",
];

pub(crate) fn secret_commands() -> Vec<Command<'static>> {
    let [user, pass, key, secret, will] = CANARIES;
    let link = LinkId::ALL[0];
    let set = |setting| Command::Config(Config::Set(link, setting));
    vec![
        Command::Connect(Connect {
            link,
            client_id: ClientId::new("public").unwrap(),
            credentials: Some(Credentials {
                username: Username::new(user).unwrap(),
                password: Some(Password::new(pass).unwrap()),
            }),
        }),
        set(Setting::AliAuth(AliAuth {
            product_key: ProductKey::new(key).unwrap(),
            device_name: DeviceName::new("public").unwrap(),
            device_secret: DeviceSecret::new(secret).unwrap(),
        })),
        set(Setting::Will(Some(Will {
            qos: Qos::AtMostOnce,
            retain: false,
            topic: Topic::new("public").unwrap(),
            message: WillMessage::new(will).unwrap(),
        }))),
    ]
}

/// `text` holds no four bytes of a canary, as they are, in hex or as a list of numbers.
#[track_caller]
pub(crate) fn shows_nothing(text: &str) {
    for canary in CANARIES {
        for window in canary.as_bytes().windows(4) {
            let raw = core::str::from_utf8(window).unwrap();
            let hex: String = window.iter().map(|b| format!("{b:02x}")).collect();
            let list = format!("{window:?}");
            let list = list.trim_matches(['[', ']']);
            assert!(!text.contains(raw), "{text}");
            assert!(!text.to_ascii_lowercase().contains(&hex), "{text}");
            assert!(!text.contains(list), "{text}");
        }
    }
}

/// P13.
#[test]
fn commands_hide_their_secrets() {
    for command in secret_commands() {
        let text = format!("{command:?} {command:#?}");
        shows_nothing(&text);
        assert!(text.contains("***") && text.contains("public"), "{text}");
    }
}

#[test]
fn answers_hide_their_secrets() {
    for command in secret_commands() {
        if let Command::Config(Config::Set(_, setting)) = command {
            let report = Report::Answer(qmt_proto::Answer::Setting(setting));
            shows_nothing(&format!("{report:?} {report:#?}"));
        }
    }
}

/// P13.
#[test]
fn a_writer_hides_the_line_it_writes() {
    let mut buf = [0; 512];
    for command in secret_commands() {
        let mut out = at_syntax::Writer::new(&mut buf);
        command.emit(&mut out);
        shows_nothing(&format!("{out:?} {out:#?}"));
    }
}

/// P13.
#[test]
fn errors_hide_what_they_are_about() {
    for canary in CANARIES {
        let wrong = format!("{canary}\"{canary}");
        let errors = [
            Password::new(&wrong).unwrap_err(),
            Username::new(&wrong).unwrap_err(),
            WillMessage::new(&wrong).unwrap_err(),
            DeviceSecret::new(&wrong).unwrap_err(),
            ProductKey::new(&wrong).unwrap_err(),
        ];
        for error in errors {
            let whole = DecodeError::Text(Parameter("password"), error);
            shows_nothing(&format!("{error:?} {error} {whole:?} {whole}"));
            assert_eq!(
                whole.to_string(),
                format!("<password>: double quote at byte {}", canary.len())
            );
        }
    }
}
