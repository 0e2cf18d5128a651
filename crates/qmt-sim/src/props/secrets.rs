//! P13: no secret shows in anything made for people or for logs.

use core::fmt::Debug;
use std::collections::HashSet;

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
    let windows = Windows::of(canaries);
    for command in commands(canaries) {
        hides(&command, &windows);
        let mut buf = [0; limits::COMMAND_LINE];
        let mut out = Writer::new(&mut buf);
        command.emit(&mut out);
        windows.assert_hidden(&format!("{out:?} {out:#?}"));
        if let Command::Config(Config::Set(_, setting)) = command {
            hides(&Report::Answer(Answer::Setting(setting)), &windows);
        }
    }
    for error in errors(canaries) {
        let whole = DecodeError::Text(Parameter("password"), error);
        windows.assert_hidden(&format!("{error:?} {error} {whole:?} {whole}"));
    }
}

/// `text` holds no four bytes of a secret, in any writing.
///
/// # Panics
/// When it does.
pub fn shows_nothing(text: &str, canaries: &Canaries) {
    Windows::of(canaries).assert_hidden(text);
}

/// All that must not show: every four bytes in a row of every secret, in each writing.
struct Windows {
    bytes: Needles<4>,
    /// Six digits hold four bytes.
    base64: Needles<6>,
}

impl Windows {
    fn of(canaries: &Canaries) -> Self {
        let mut all = Self {
            bytes: Needles::new(),
            base64: Needles::new(),
        };
        for secret in canaries {
            all.bytes.add(secret.as_bytes());
            for start in 0..3 {
                let whole = secret.len().saturating_sub(start) / 3 * 3;
                let coded = base64(&secret.as_bytes()[start..start + whole]);
                all.base64.add(coded.as_bytes());
            }
        }
        all
    }

    /// # Panics
    /// When one shows.
    fn assert_hidden(&self, text: &str) {
        let bytes = text.as_bytes();
        assert!(!self.bytes.show_in(bytes), "bytes of a secret in {text}");
        assert!(!self.base64.show_in(bytes), "base64 of a secret in {text}");
        for start in [0, 1] {
            let pairs = bytes.get(start..).unwrap_or_default().chunks_exact(2);
            let value = |pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok();
            in_a_row(pairs.map(value), |run| {
                assert!(!self.bytes.show_in(run), "hex of a secret in {text}");
            });
        }
        let words = text.split([',', ' ', '\n', '[', ']', '(', ')']);
        let values = words.filter(|word| !word.is_empty());
        in_a_row(values.map(|word| word.parse().ok()), |run| {
            assert!(!self.bytes.show_in(run), "numbers of a secret in {text}");
        });
    }
}

/// Bytes to look for, `N` in a row, all in one pass.
struct Needles<const N: usize> {
    /// By their first two bytes: which pairs begin one. Most places of a text are done with here.
    begins: Vec<bool>,
    all: HashSet<[u8; N]>,
}

impl<const N: usize> Needles<N> {
    fn new() -> Self {
        Self {
            begins: vec![false; 1 << 16],
            all: HashSet::new(),
        }
    }

    /// Every `N` bytes in a row of `text`.
    fn add(&mut self, text: &[u8]) {
        for window in text.windows(N) {
            self.begins[pair(window)] = true;
            self.all.extend(<[u8; N]>::try_from(window));
        }
    }

    fn show_in(&self, text: &[u8]) -> bool {
        let mut windows = text.windows(N);
        windows.any(|window| self.begins[pair(window)] && self.all.contains(window))
    }
}

fn pair(window: &[u8]) -> usize {
    usize::from(window[0]) << 8 | usize::from(window[1])
}

/// Calls `see` for all values that follow one another without a gap.
fn in_a_row(values: impl Iterator<Item = Option<u8>>, mut see: impl FnMut(&[u8])) {
    let mut run = Vec::new();
    for value in values.chain([None]) {
        match value {
            Some(value) => run.push(value),
            None => {
                see(&run);
                run.clear();
            }
        }
    }
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
fn hides(value: &(impl Debug + Logged + Serialised), windows: &Windows) {
    let text = format!("{value:?} {value:#?}");
    assert!(text.contains("***") && text.contains("public"), "{text}");
    windows.assert_hidden(&text);
    let sinks = [value.json().into_bytes(), value.logged()];
    for sink in sinks.iter().filter(|sink| !sink.is_empty()) {
        let text = sink.escape_ascii().to_string();
        assert!(text.contains("public"), "{text}");
        windows.assert_hidden(&text);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_seen_in_every_writing() {
        let canaries = ["QXZqxz7X", "xXqZ7zQX", "QQXXZZqq", "zzqqxx77", "7X7X7X7X"];
        let canaries = canaries.map(str::to_owned);
        let windows = Windows::of(&canaries);
        let hidden = |text: &str| {
            let look = core::panic::AssertUnwindSafe(|| windows.assert_hidden(text));
            std::panic::catch_unwind(look).is_ok()
        };
        assert!(hidden("*** public, len 8: [81, 88, 90], 51585a"));
        assert!(!hidden("user QXZqx"), "as it is");
        for (writing, text) in [
            ("hex", "a51585A71"),
            ("lower hex", "51585a71"),
            ("numbers", "[1, 81, 88, 90, 113, 2]"),
            (
                "numbers, one in a line",
                "[\n    81,\n    88,\n    90,\n    113,\n]",
            ),
            ("base64", &base64(b"QXZqxz")),
            ("base64 from the third byte", &base64(b"Zqxz7X")),
        ] {
            assert!(!hidden(text), "{writing}: {text}");
        }
    }
}
