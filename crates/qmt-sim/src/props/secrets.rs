//! P13: no secret shows in anything made for people or for logs.

use core::fmt::Debug;

use at_syntax::Writer;
use qmt_proto::{
    AliAuth, Answer, ClientId, Command, Config, Connect, Credentials, DecodeError, DeviceName,
    DeviceSecret, LinkId, Parameter, Password, ProductKey, Qos, Report, Setting, TextError, Topic,
    Username, Will, WillMessage, limits,
};

/// User name, password, product key, device secret and will message, of at least eight bytes each.
pub type Canaries = [String; 5];

/// P13: neither a command with secrets, nor the answer that tells them, nor the error about a wrong
/// one, nor the line being written shows four bytes of a secret in a row: not as text, in hex, in
/// base64 or as numbers; in no kind of `Debug`, in `Display`, in what is serialised, in what goes to a
/// probe.
///
/// # Panics
/// When one does.
pub fn secrets_stay_hidden(canaries: &Canaries) {
    for command in commands(canaries) {
        hides(&command, canaries);
        let mut buf = [0; limits::COMMAND_LINE];
        let mut out = Writer::new(&mut buf);
        command.emit(&mut out);
        shows_nothing(&format!("{out:?} {out:#?}"), canaries);
        if let Command::Config(Config::Set(_, setting)) = command {
            hides(&Report::Answer(Answer::Setting(setting)), canaries);
        }
    }
    for error in errors(canaries) {
        let whole = DecodeError::Text(Parameter("password"), error);
        shows_nothing(&format!("{error:?} {error} {whole:?} {whole}"), canaries);
    }
}

/// `text` holds no four bytes of a secret, in any writing.
///
/// # Panics
/// When it does.
pub fn shows_nothing(text: &str, canaries: &Canaries) {
    let lower = text.to_ascii_lowercase();
    for canary in canaries {
        for window in canary.as_bytes().windows(4) {
            assert!(!holds(text.as_bytes(), window), "{canary} in {text}");
            let hex: String = window.iter().map(|b| format!("{b:02x}")).collect();
            assert!(!lower.contains(&hex), "{canary} in {text}");
            let list = format!("{window:?}");
            assert!(
                !text.contains(list.trim_matches(['[', ']'])),
                "{canary} in {text}"
            );
        }
        for start in 0..3 {
            let whole = canary.len().saturating_sub(start) / 3 * 3;
            let coded = base64(&canary.as_bytes()[start..start + whole]);
            // Six characters hold four bytes.
            for window in coded.as_bytes().windows(6) {
                assert!(!holds(text.as_bytes(), window), "{canary} in {text}");
            }
        }
    }
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Base64 of a number of bytes that three divides.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = |three: &[u8]| {
        let bits = three
            .iter()
            .fold(0_usize, |bits, &b| bits << 8 | usize::from(b));
        [18, 12, 6, 0].map(|shift| char::from(ALPHABET[bits >> shift & 63]))
    };
    bytes.chunks_exact(3).flat_map(digits).collect()
}

/// Every command that holds secrets.
fn commands(canaries: &Canaries) -> Vec<Command<'_>> {
    let [user, pass, key, secret, will] = canaries;
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

/// What is said about secrets that must not go onto a line.
fn errors(canaries: &Canaries) -> Vec<TextError> {
    let wrong = canaries
        .each_ref()
        .map(|canary| format!("{canary}\"{canary}"));
    let [user, pass, key, secret, will] = &wrong;
    vec![
        Username::new(user).unwrap_err(),
        Password::new(pass).unwrap_err(),
        ProductKey::new(key).unwrap_err(),
        DeviceSecret::new(secret).unwrap_err(),
        WillMessage::new(will).unwrap_err(),
    ]
}

/// Looks at every sink there is.
fn hides(value: &(impl Debug + Logged + Serialised), canaries: &Canaries) {
    let text = format!("{value:?} {value:#?}");
    assert!(text.contains("***") && text.contains("public"), "{text}");
    shows_nothing(&text, canaries);
    let sinks = [value.json().into_bytes(), value.logged()];
    for sink in sinks.iter().filter(|sink| !sink.is_empty()) {
        let text = sink.escape_ascii().to_string();
        assert!(text.contains("public"), "{text}");
        shows_nothing(&text, canaries);
    }
}

/// What `serde_json` makes of it; nothing without the feature.
trait Serialised {
    fn json(&self) -> String;
}

#[cfg(feature = "serde")]
impl<T: serde::Serialize> Serialised for T {
    fn json(&self) -> String {
        serde_json::to_string(self).expect("everything serialises")
    }
}

#[cfg(not(feature = "serde"))]
impl<T> Serialised for T {
    fn json(&self) -> String {
        String::new()
    }
}

/// The bytes that go to a probe; nothing without the feature.
trait Logged {
    fn logged(&self) -> Vec<u8>;
}

#[cfg(feature = "defmt")]
impl<T: defmt::Format> Logged for T {
    fn logged(&self) -> Vec<u8> {
        // What was logged before is not ours.
        let _ = defmt::export::fetch_bytes();
        defmt::println!("{}", self);
        defmt::export::fetch_bytes()
    }
}

#[cfg(not(feature = "defmt"))]
impl<T> Logged for T {
    fn logged(&self) -> Vec<u8> {
        Vec::new()
    }
}
