//! Connections that break: what is not known is said, and a subscriber comes back.

use qmt_broker::{Config, Event};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{Loopback, Module, qmt};

#[tokio::test]
async fn a_message_in_doubt_has_a_status_of_its_own() {
    // A broker that takes the message and goes without a word.
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let broker = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut input = [0; 1024];
        assert!(stream.read(&mut input).await.unwrap() > 0);
        stream.write_all(&[0x20, 2, 0, 0]).await.unwrap();
        let len = stream.read(&mut input).await.unwrap();
        input[..len].to_vec()
    });
    let to = ["-D", "sim", "-h", "127.0.0.1", "-p", &port];
    let message = ["-t", "a", "-m", "whither", "-q", "1"];
    let finished = qmt(&[&["pub"][..], &to, &message].concat()).await;
    assert!(broker.await.unwrap().ends_with(b"whither"));
    let (code, line) = finished.failed();
    assert_eq!(code, 75);
    assert!(
        line.starts_with("qmt: outcome unknown: the link was lost, +QMTSTAT 1 "),
        "{line}"
    );
    assert!(
        line.contains("; the message may or may not have arrived"),
        "{line}"
    );
}

#[tokio::test]
async fn a_subscriber_comes_back() {
    let mut broker = Loopback::start(Config::default()).await;
    let mut sub = broker.start_qmt("sub", &["-t", "a", "-i", "twin", "-d", "-C", "1"]);
    sub.said("connected to").await;
    // The broker drops a client when another one comes under its name.
    broker
        .qmt("pub", &["-t", "b", "-n", "-i", "twin"])
        .await
        .succeeded();
    sub.said("(trying again)").await;
    sub.said("connected to").await;
    let subscribed = |event: &Event| match event {
        Event::Subscribed { filter, .. } => Some(filter.clone()),
        _ => None,
    };
    assert_eq!(broker.wait(subscribed).await, "a");
    assert_eq!(broker.wait(subscribed).await, "a");
    broker
        .qmt("pub", &["-t", "a", "-m", "again"])
        .await
        .succeeded();
    let finished = sub.finish().await;
    assert_eq!(
        (finished.code, finished.stdout.as_slice()),
        (0, &b"again\n"[..])
    );
}

#[tokio::test]
async fn a_first_connection_that_nobody_refused_is_tried_again() {
    // The module restarts while its options are set.
    let module = Module::start("first_connection", &["--fault", "reboot@command:17"]).await;
    let message = ["-h", "broker.example", "-t", "a", "-m", "x", "-q", "1"];
    let finished = module.qmt("pub", &message).await;
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (
            0,
            "qmt: the module restarted; restart the module if it persists (trying again)\n"
        )
    );
    module.end().await;
}
