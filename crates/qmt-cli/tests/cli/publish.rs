//! `qmt pub` through the virtual module in its own process to a broker that shows what came.

use qmt_broker::{Config, Event};
use qmt_mqtt::{Level, QoS};

use crate::support::{Loopback, temporary};

#[tokio::test]
async fn a_message_arrives_as_it_was_given() {
    let mut broker = Loopback::start(Config::default()).await;
    for (flag, qos) in [
        ("0", QoS::AtMostOnce),
        ("1", QoS::AtLeastOnce),
        ("2", QoS::ExactlyOnce),
    ] {
        let arguments = ["-t", "a/b", "-m", "grüße", "-q", flag];
        broker.qmt("pub", &arguments).await.succeeded();
        let message = broker.message().await;
        assert_eq!(message.topic, "a/b");
        assert_eq!(message.payload, "grüße".as_bytes());
        assert_eq!((message.qos, message.retain), (qos, false));
    }
    broker
        .qmt("pub", &["-t", "a", "-m", "x", "-r"])
        .await
        .succeeded();
    assert!(broker.message().await.retain);
}

#[tokio::test]
async fn files_and_standard_input_are_bytes() {
    let mut broker = Loopback::start(Config::default()).await;
    let bytes: Vec<u8> = (0..=255).cycle().take(1460).collect();
    let path = temporary("bytes");
    std::fs::write(&path, &bytes).unwrap();
    for form in [
        &["--send-format", "text"][..],
        &["--send-format", "hex"],
        &["--echo-data"],
        &["-V", "mqttv31", "--link", "4"],
    ] {
        let mut arguments = vec!["-t", "a", "-q", "1", "-f", &path];
        arguments.extend(form);
        broker.qmt("pub", &arguments).await.succeeded();
        assert_eq!(broker.message().await.payload, bytes, "{form:?}");
    }
    std::fs::remove_file(&path).unwrap();
    let mut running = broker.start_qmt("pub", &["-t", "a", "-s"]);
    running.feed(&bytes).await;
    running.finish().await.succeeded();
    assert_eq!(broker.message().await.payload, bytes);
}

#[tokio::test]
async fn each_line_is_a_message() {
    let mut broker = Loopback::start(Config::default()).await;
    let mut running = broker.start_qmt("pub", &["-t", "a", "-l", "-q", "2"]);
    running.feed(b"one\n\nthree\r\nlast without an end").await;
    running.finish().await.succeeded();
    for line in [&b"one"[..], b"", b"three\r", b"last without an end"] {
        assert_eq!(broker.message().await.payload, line);
    }
    assert_eq!(broker.published(), 4);
}

#[tokio::test]
async fn a_line_that_is_too_long_stops_the_lines() {
    let mut broker = Loopback::start(Config::default()).await;
    let mut running = broker.start_qmt("pub", &["-t", "a", "-l"]);
    let long = "x".repeat(1461);
    running
        .feed(format!("one\n{long}\nthree\n").as_bytes())
        .await;
    let finished = running.finish().await;
    let (code, line) = finished.failed();
    assert_eq!(code, 65);
    assert!(
        line.starts_with("qmt: line 2 of standard input: the payload is 1461 bytes long, "),
        "{line}"
    );
    assert_eq!(broker.message().await.payload, b"one");
    assert_eq!(broker.published(), 1);
}

#[tokio::test]
async fn nothing_is_a_message_too() {
    let mut broker = Loopback::start(Config::default()).await;
    broker
        .qmt("pub", &["-t", "a", "-n", "-r"])
        .await
        .succeeded();
    let message = broker.message().await;
    assert_eq!(
        (message.payload.as_slice(), message.retain),
        (&b""[..], true)
    );
}

#[tokio::test]
async fn the_other_forms_of_publish_work_or_say_why() {
    let mut broker = Loopback::start(Config::default()).await;
    let terminated = ["--publish-form", "terminated"];
    let plain = ["-t", "a", "-m", "plain"];
    broker
        .qmt("pub", &[&plain[..], &terminated].concat())
        .await
        .succeeded();
    assert_eq!(broker.message().await.payload, b"plain");
    let end = ["-t", "a", "-m", "a\x1ab"];
    let finished = broker.qmt("pub", &[&end[..], &terminated].concat()).await;
    let (code, line) = finished.failed();
    assert_eq!(code, 65);
    assert!(line.contains("cannot carry the payload's byte 1"), "{line}");
    assert_eq!(broker.published(), 1);
}

#[tokio::test]
async fn the_broker_sees_the_id_and_the_version() {
    let mut broker = Loopback::start(Config::default()).await;
    let connected = |event: &Event| match event {
        Event::Connected {
            client_id, level, ..
        } => Some((client_id.clone(), *level)),
        _ => None,
    };
    broker.qmt("pub", &["-t", "a", "-n"]).await.succeeded();
    let (id, level) = broker.wait(connected).await;
    assert!(id.starts_with("qmt-") && id.len() == 10, "{id}");
    assert_eq!(level, Level::V311);
    let named = ["-t", "a", "-n", "-i", "meter", "-V", "mqttv31"];
    broker.qmt("pub", &named).await.succeeded();
    assert_eq!(
        broker.wait(connected).await,
        ("meter".to_owned(), Level::V31)
    );
}
