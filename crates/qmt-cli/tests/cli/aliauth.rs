//! `qmt aliauth`: the credentials of Alibaba Cloud, from a secret that no list of processes shows.

use qmt_broker::Config;
use qmt_mqtt::Secret;
use serde_json::Value;

use crate::support::{Finished, Loopback, Running, qmt, temporary};

/// The device of QMT §6.1.
const DEVICE: [&str; 4] = ["aliauth", "oyjtmPI5a5j", "MQTT_TEST", "clientExample"];
const SECRET: &str = "wN9Y6pZSIly7Exa5qVzcmigEGO4kAazZ";
const PASSWORD: &str = "1E7A33446A5269FC55DFF95AF10118B95ABCD6D18E0B7C80DCA0DE2DD546B801";

async fn with_secret(arguments: &[&str], secret: &str) -> Finished {
    let qmt = env!("CARGO_BIN_EXE_qmt");
    let environment = [("QMT_DEVICE_SECRET", secret)];
    let running = Running::start_with(qmt, arguments, &environment);
    running.finish().await
}

#[tokio::test]
async fn the_device_of_the_note_gets_the_password_that_the_module_computes() {
    let expected = format!(
        "host       oyjtmPI5a5j.iot-as-mqtt.cn-shanghai.aliyuncs.com\n\
         port       1883\n\
         client id  clientExample|securemode=3,signmethod=hmacsha256|\n\
         user name  MQTT_TEST&oyjtmPI5a5j\n\
         password   {PASSWORD}\n"
    );
    let finished = with_secret(&DEVICE, SECRET).await;
    finished.succeeded();
    assert_eq!(String::from_utf8(finished.stdout).unwrap(), expected);

    // From a file, and from a pipe.
    let file = temporary("device-secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let finished = qmt(&[&DEVICE[..], &["--secret-file", &file]].concat()).await;
    finished.succeeded();
    assert_eq!(String::from_utf8(finished.stdout).unwrap(), expected);
    std::fs::remove_file(file).unwrap();
    let mut running = Running::qmt(&[&DEVICE[..], &["--secret-file", "-"]].concat());
    running.feed(SECRET.as_bytes()).await;
    let finished = running.finish().await;
    assert_eq!(String::from_utf8(finished.stdout).unwrap(), expected);
}

#[tokio::test]
async fn the_example_of_alibaba_comes_out_with_each_hash() {
    for (sign, password) in [
        ("hmacsha1", "fafd82a3d602b37fb0fa8b7892f24a477f851a14"),
        ("hmacmd5", "14b198324fe55e1d3c88f2e705e201ee"),
    ] {
        let arguments = ["aliauth", "pk", "device", "12345", "--json", "--lower-case"];
        let style = ["--timestamp=789", "--sign", sign];
        let finished = with_secret(&[&arguments[..], &style].concat(), "secret").await;
        finished.succeeded();
        let object: Value = serde_json::from_slice(&finished.stdout).unwrap();
        assert_eq!(object["password"], password);
        let client_id = format!("12345|securemode=3,signmethod={sign},timestamp=789|");
        assert_eq!(object["client_id"], client_id);
    }
}

#[tokio::test]
async fn a_broker_that_knows_the_device_lets_in_both_the_module_and_its_host() {
    let finished = with_secret(&DEVICE, SECRET).await;
    assert_eq!(finished.code, 0);
    let mut config = Config::default();
    let password = Secret::new(PASSWORD.as_bytes().to_vec());
    config
        .logins
        .insert("MQTT_TEST&oyjtmPI5a5j".to_owned(), password);
    let broker = Loopback::start(config).await;
    // The module computes it, or is told it.
    let own = ["--aliauth", "oyjtmPI5a5j", "MQTT_TEST", SECRET];
    let told = ["-u", "MQTT_TEST&oyjtmPI5a5j", "-P", PASSWORD];
    for login in [&own[..], &told] {
        let message = ["-i", "clientExample", "-t", "a", "-n"];
        let finished = broker.qmt("pub", &[&message[..], login].concat()).await;
        finished.succeeded();
    }
    let wrong = [
        "-i",
        "clientExample",
        "-t",
        "a",
        "-n",
        "-u",
        "MQTT_TEST&oyjtmPI5a5j",
        "-P",
        "x",
    ];
    assert_eq!(broker.qmt("pub", &wrong).await.code, 4);
}

#[tokio::test]
async fn what_is_missing_or_too_long_is_told() {
    let finished = qmt(&DEVICE).await;
    let (code, line) = finished.failed();
    assert_eq!(code, 64);
    assert_eq!(
        line,
        "qmt: no device secret; give it with --secret-file, or in QMT_DEVICE_SECRET"
    );
    let long = "x".repeat(65);
    let finished = with_secret(&["aliauth", "pk", "dn", &long], "s").await;
    let (code, line) = finished.failed();
    assert_eq!(code, 65);
    assert!(
        line.contains("more than the platform's 64 characters"),
        "{line}"
    );
    let finished = qmt(&["aliauth", "pk", "dn", "--secret-file", "/nonexistent"]).await;
    assert_eq!(finished.failed().0, 66);
}
