//! Credentials for Alibaba Cloud from a device's three names (QMT §3.3.1 "aliauth", note 5).
//!
//! The algorithm is that of Alibaba's IoT Platform for MQTT over TCP: the password is an HMAC,
//! keyed with the device secret, over the names and values of what is sent, in the order of the
//! names. How exactly the module uses it the note does not say; [`AliAuthStyle`] holds the choices.

use alloc::format;
use alloc::string::String;
use core::fmt::{self, Write};

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use qmt_proto::AliAuth;
use sha1::Sha1;
use sha2::Sha256;

use crate::{AliAuthSign, Quirks};

/// What Alibaba leaves to the device. The note's is what a BC260Y-CN was seen to send:
/// HMAC-SHA256, no timestamp, upper-case digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the caller sets it up")]
pub struct AliAuthStyle {
    /// Hash of the password; the client identifier names it.
    pub sign: AliAuthSign,
    /// Milliseconds since 1970, if they are signed and sent.
    pub timestamp: Option<u64>,
    /// Whether the password has upper-case hex digits; the cloud takes both.
    pub upper_case: bool,
}

impl AliAuthStyle {
    /// The style of `quirks`, at `clock` milliseconds since 1970.
    #[must_use]
    pub fn new(quirks: &Quirks, clock: u64) -> Self {
        Self {
            sign: quirks.aliauth_sign,
            timestamp: quirks.aliauth_timestamp.then_some(clock),
            upper_case: quirks.aliauth_capitals,
        }
    }
}

/// What CONNECT carries.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct AliCredentials {
    /// `<client id>|securemode=3,signmethod=..[,timestamp=..]|`
    pub client_id: String,
    /// `<device name>&<product key>`
    pub username: String,
    /// HMAC in hex digits.
    pub password: String,
}

impl fmt::Debug for AliCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AliCredentials")
            .field("client_id", &self.client_id)
            .field("username", &"***")
            .field("password", &"***")
            .finish()
    }
}

impl AliCredentials {
    /// Computes what CONNECT carries for the device `auth` and the `client_id` of QMTCONN.
    #[must_use]
    pub fn new(auth: AliAuth<'_>, client_id: &str, style: AliAuthStyle) -> Self {
        let product = auth.product_key.expose();
        let device = auth.device_name.as_str();
        let method = match style.sign {
            AliAuthSign::Md5 => "hmacmd5",
            AliAuthSign::Sha1 => "hmacsha1",
            AliAuthSign::Sha256 => "hmacsha256",
        };
        // 3 is TCP without TLS, which the module does not have.
        let mut sent = format!("{client_id}|securemode=3,signmethod={method}");
        let mut signed = format!("clientId{client_id}deviceName{device}productKey{product}");
        if let Some(time) = style.timestamp {
            sent.push_str(&format!(",timestamp={time}"));
            signed.push_str(&format!("timestamp{time}"));
        }
        sent.push('|');
        let secret = auth.device_secret.expose();
        let password = match style.sign {
            AliAuthSign::Md5 => sign::<Hmac<Md5>>(secret, &signed, style.upper_case),
            AliAuthSign::Sha1 => sign::<Hmac<Sha1>>(secret, &signed, style.upper_case),
            AliAuthSign::Sha256 => sign::<Hmac<Sha256>>(secret, &signed, style.upper_case),
        };
        Self {
            client_id: sent,
            username: format!("{device}&{product}"),
            password,
        }
    }
}

/// HMAC of `content` in hex digits (RFC 2104).
fn sign<M: KeyInit + Mac>(secret: &str, content: &str, upper_case: bool) -> String {
    let mut digits = String::new();
    // Always taken: HMAC has no wrong length of key (RFC 2104 §3).
    if let Ok(mut mac) = M::new_from_slice(secret.as_bytes()) {
        mac.update(content.as_bytes());
        for byte in mac.finalize().into_bytes() {
            // Writing to a string does not fail.
            let _ = if upper_case {
                write!(digits, "{byte:02X}")
            } else {
                write!(digits, "{byte:02x}")
            };
        }
    }
    digits
}

#[cfg(test)]
mod tests {
    use qmt_proto::{DeviceName, DeviceSecret, ProductKey};

    use super::*;

    fn of(
        [product, device, secret, client_id]: [&str; 4],
        sign: AliAuthSign,
        timestamp: Option<u64>,
        upper_case: bool,
    ) -> AliCredentials {
        let auth = AliAuth {
            product_key: ProductKey::new(product).unwrap(),
            device_name: DeviceName::new(device).unwrap(),
            device_secret: DeviceSecret::new(secret).unwrap(),
        };
        let style = AliAuthStyle {
            sign,
            timestamp,
            upper_case,
        };
        AliCredentials::new(auth, client_id, style)
    }

    /// The example of Alibaba's document, with two more hashes.
    #[test]
    fn the_official_example_comes_out() {
        for (sign, method, password) in [
            (
                AliAuthSign::Sha1,
                "hmacsha1",
                "fafd82a3d602b37fb0fa8b7892f24a477f851a14",
            ),
            (
                AliAuthSign::Md5,
                "hmacmd5",
                "14b198324fe55e1d3c88f2e705e201ee",
            ),
            (
                AliAuthSign::Sha256,
                "hmacsha256",
                "6074a46a91b1ebb2cc4ea42790ad0e80202c9843859fc292e57c4eb19fad9e57",
            ),
        ] {
            let device = ["pk", "device", "secret", "12345"];
            let found = of(device, sign, Some(789), false);
            let client_id = format!("12345|securemode=3,signmethod={method},timestamp=789|");
            assert_eq!(found.client_id, client_id);
            assert_eq!(found.username, "device&pk");
            assert_eq!(found.password, password);
        }
    }

    #[test]
    fn the_quirks_choose_the_style() {
        let mut quirks = Quirks::NOTE;
        for (name, value) in [
            ("aliauth_sign", "hmacsha1"),
            ("aliauth_timestamp", "on"),
            ("aliauth_capitals", "off"),
        ] {
            quirks.set(name, value).unwrap();
        }
        let style = AliAuthStyle {
            sign: AliAuthSign::Sha1,
            timestamp: Some(789),
            upper_case: false,
        };
        assert_eq!(AliAuthStyle::new(&quirks, 789), style);
    }

    #[test]
    fn a_published_device_comes_out() {
        let device = [
            "a14Xib5kdYd",
            "light1983432",
            "oLyaKqVxtRvjH284LdhqVgVUx1UPy6zq",
            "SN1928339",
        ];
        assert_eq!(
            of(device, AliAuthSign::Sha1, Some(1_539_421_321_846), false).password,
            "b2488041f64f425016b467ee1c94959ebd592ad1"
        );
    }

    /// The device of QMT §6.1 in the module's own style.
    #[test]
    fn the_device_of_the_note_comes_out() {
        let device = [
            "oyjtmPI5a5j",
            "MQTT_TEST",
            "wN9Y6pZSIly7Exa5qVzcmigEGO4kAazZ",
            "clientExample",
        ];
        for (sign, password) in [
            (
                AliAuthSign::Sha256,
                "1E7A33446A5269FC55DFF95AF10118B95ABCD6D18E0B7C80DCA0DE2DD546B801",
            ),
            (
                AliAuthSign::Sha1,
                "1CC463D534DAFF2E882FC10323CE58609BD7D4AF",
            ),
            (AliAuthSign::Md5, "9BF8318E2556F24B7068649883E26209"),
        ] {
            let found = of(device, sign, None, true);
            assert_eq!(found.username, "MQTT_TEST&oyjtmPI5a5j");
            assert_eq!(found.password, password);
        }
        let style = AliAuthStyle::new(&Quirks::NOTE, 0);
        let found = of(device, style.sign, style.timestamp, style.upper_case);
        let client_id = "clientExample|securemode=3,signmethod=hmacsha256|";
        assert_eq!(found.client_id, client_id);
        assert!(!format!("{found:?}").contains(&found.password));
    }
}
