//! `qmt aliauth`: host, client identifier, user name and password of a device of Alibaba Cloud.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use qmt_modem::{AliAuthSign, AliAuthStyle, AliCredentials};
use qmt_proto::{AliAuth, ClientId, DeviceName, DeviceSecret, ProductKey};
use serde_json::json;
use tokio::io::AsyncReadExt;

use crate::connection::refused;
use crate::error::CliError;
use crate::exit::Exit;

/// Longest `clientId` that Alibaba's platform takes, in characters.
const CLIENT_ID: usize = 64;
/// Longest secret that is read, in bytes: more than any there is.
const SECRET: u64 = 4096;
/// Where the secret stands in the environment.
const VARIABLE: &str = "QMT_DEVICE_SECRET";

/// What `qmt aliauth` is told. The secret is never on the command line, which others can see.
#[derive(Args, Debug)]
#[command(after_help = "\
The secret comes from --secret-file, or else from QMT_DEVICE_SECRET of the environment. The platform
wants a keep-alive time of 30 to 1200 s (-k of `qmt pub`), and one connection for each device.")]
pub(crate) struct AliAuthArgs {
    /// ProductKey of the device
    product_key: String,
    /// DeviceName of the device
    device_name: String,
    /// clientId, which may be chosen; the device name if left out
    client_id: Option<String>,
    /// File with the device secret; `-` is the input
    #[arg(long, value_name = "PATH")]
    secret_file: Option<PathBuf>,
    /// Region, for the host name
    #[arg(long, default_value = "cn-shanghai")]
    region: String,
    /// Hash of the password
    ///
    /// The module's own "aliauth" takes hmacsha256.
    #[arg(long, value_enum, default_value_t = Sign::Hmacsha256)]
    sign: Sign,
    /// Sign the time too: now, or milliseconds
    ///
    /// Since 1970; now if no number is given. It is sent too.
    #[arg(long, value_name = "MS", num_args = 0..=1, require_equals = true)]
    timestamp: Option<Option<u64>>,
    /// Write the password in lower-case digits
    ///
    /// The platform takes both.
    #[arg(long)]
    lower_case: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Sign {
    Hmacmd5,
    Hmacsha1,
    Hmacsha256,
}

/// Prints what the device connects with.
pub(crate) async fn run(args: AliAuthArgs) -> Result<Exit, CliError> {
    let secret = secret(args.secret_file.as_deref()).await?;
    let auth = AliAuth {
        product_key: ProductKey::new(&args.product_key)
            .map_err(|error| refused("product key", error))?,
        device_name: DeviceName::new(&args.device_name)
            .map_err(|error| refused("device name", error))?,
        device_secret: DeviceSecret::new(&secret)
            .map_err(|error| refused("device secret", error))?,
    };
    let client_id = args.client_id.as_ref().unwrap_or(&args.device_name);
    ClientId::new(client_id).map_err(|error| refused("client id", error))?;
    if client_id.chars().count() > CLIENT_ID {
        return Err(CliError::new(
            Exit::DATA,
            format!("client id: more than the platform's {CLIENT_ID} characters"),
            "shorten it",
        ));
    }
    let style = AliAuthStyle {
        sign: match args.sign {
            Sign::Hmacmd5 => AliAuthSign::Md5,
            Sign::Hmacsha1 => AliAuthSign::Sha1,
            Sign::Hmacsha256 => AliAuthSign::Sha256,
        },
        timestamp: args.timestamp.map(|given| given.unwrap_or_else(now)),
        upper_case: !args.lower_case,
    };
    let AliCredentials {
        client_id,
        username,
        password,
        ..
    } = AliCredentials::new(auth, client_id, style);
    let (product, region) = (&args.product_key, &args.region);
    let host = format!("{product}.iot-as-mqtt.{region}.aliyuncs.com");
    let text = match args.json {
        true => json!({
            "host": host, "port": 1883, "client_id": client_id,
            "username": username, "password": password,
        })
        .to_string(),
        false => format!(
            "host       {host}\nport       1883\nclient id  {client_id}\n\
             user name  {username}\npassword   {password}"
        ),
    };
    writeln!(io::stdout().lock(), "{text}")
        .map_err(|error| CliError::io("cannot write to standard output", &error))?;
    Ok(Exit::OK)
}

/// The device secret, without the line end behind it.
async fn secret(path: Option<&Path>) -> Result<String, CliError> {
    let Some(path) = path else {
        return std::env::var(VARIABLE).map_err(|_| {
            CliError::new(
                Exit::USAGE,
                "no device secret",
                format!("give it with --secret-file, or in {VARIABLE}"),
            )
        });
    };
    let name = match path.as_os_str() == "-" {
        true => "standard input".to_owned(),
        false => path.display().to_string(),
    };
    let mut text = String::new();
    let read = match path.as_os_str() == "-" {
        true => {
            tokio::io::stdin()
                .take(SECRET)
                .read_to_string(&mut text)
                .await
        }
        false => match tokio::fs::File::open(path).await {
            Ok(file) => file.take(SECRET).read_to_string(&mut text).await,
            Err(error) => Err(error),
        },
    };
    read.map_err(|error| CliError::io(format!("cannot read {name}"), &error))?;
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(text)
}

fn now() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the platform compares it with its own clock"
    )]
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(now.unwrap_or_default().as_millis()).unwrap_or_default()
}
