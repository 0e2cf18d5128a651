//! What the environment and the configuration file say: flags, and a password that no list of
//! processes shows.

use qmt_broker::Config;
use qmt_mqtt::Secret;

use crate::support::{Loopback, Running, temporary};

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

#[tokio::test]
async fn flags_come_from_a_profile_of_the_configuration_file_and_from_the_environment() {
    let mut broker = Loopback::start(Config::default()).await;
    let file = temporary("config.toml");
    let text = format!(
        "device = 'sim'\n[pub]\nqos = 1\n[profile.bench]\nhost = '127.0.0.1'\nport = {}\n",
        broker.port
    );
    std::fs::write(&file, text).unwrap();
    let qmt = env!("CARGO_BIN_EXE_qmt");
    let environment = [("QMT_CONFIG", file.as_str()), ("QMT_PUB_TOPIC", "a")];
    let arguments = ["pub", "--use", "bench", "-m", "hi"];
    let finished = Running::start_with(qmt, &arguments, &environment);
    finished.finish().await.succeeded();
    let message = broker.message().await;
    assert_eq!(
        (&message.topic[..], &message.payload[..]),
        ("a", &b"hi"[..])
    );

    // Where a wrong one came from is told with what is wrong.
    let environment = [("QMT_CONFIG", file.as_str()), ("QMT_PORT", "many")];
    let finished = Running::start_with(qmt, &arguments, &environment);
    let finished = finished.finish().await;
    assert_eq!(finished.code, 64, "{finished:?}");
    assert!(
        finished.stderr.contains("--port comes from QMT_PORT"),
        "{finished:?}"
    );
    std::fs::remove_file(file).unwrap();
}
