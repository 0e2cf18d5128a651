//! What the environment says: the device, and a password that no list of processes shows.

use qmt_broker::Config;
use qmt_mqtt::Secret;

use crate::support::{Loopback, Running};

#[tokio::test]
async fn device_and_password_come_from_the_environment() {
    let mut config = Config::default();
    let secret = Secret::new(b"hunter2".to_vec());
    config.logins.insert("me".to_owned(), secret);
    let broker = Loopback::start(config).await;
    let qmt = env!("CARGO_BIN_EXE_qmt");
    let environment = [("QMT_DEVICE", "sim"), ("QMT_PASSWORD", "hunter2")];
    let to = [
        "pub",
        "-h",
        "127.0.0.1",
        "-p",
        &broker.port,
        "-t",
        "a",
        "-n",
    ];
    let arguments = [&to[..], &["-u", "me", "--trace"]].concat();
    let running = Running::start_with(qmt, &arguments, &environment);
    let finished = running.finish().await;
    assert_eq!(finished.code, 0, "{finished:?}");
    assert!(!finished.stderr.contains("hunter2"));

    // The flag goes first, and a password without a user name is nobody's.
    let arguments = [&to[..], &["-u", "me", "-P", "wrong"]].concat();
    let running = Running::start_with(qmt, &arguments, &environment);
    assert_eq!(running.finish().await.failed().0, 4);
    let running = Running::start_with(qmt, &to, &environment);
    running.finish().await.succeeded();
}
