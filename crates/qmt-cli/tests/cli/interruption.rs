//! Ctrl-C and SIGTERM: a clean goodbye to the broker, which forgets the will, and the status
//! shells expect.

use qmt_broker::{Cause, Config, Event};

use crate::support::Loopback;

#[tokio::test]
async fn the_goodbye_is_clean() {
    let mut broker = Loopback::start(Config::default()).await;
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let will = ["--will-topic", "w", "--will-payload", "lost"];
        let arguments = [&["-t", "a", "-d"][..], &will].concat();
        let mut sub = broker.start_qmt("sub", &arguments);
        sub.said("connected to").await;
        sub.signal(signal).await;
        let finished = sub.finish().await;
        assert_eq!(finished.code, code, "{finished:?}");
        let cause = broker
            .wait(|event| match event {
                Event::Closed { cause, .. } => Some(*cause),
                _ => None,
            })
            .await;
        assert_eq!(cause, Cause::Disconnected);
    }
    assert_eq!(broker.published(), 0);
}

#[tokio::test]
async fn a_pub_that_waits_for_lines_may_be_interrupted() {
    let mut broker = Loopback::start(Config::default()).await;
    let mut running = broker.start_qmt("pub", &["-t", "a", "-l"]);
    let mut stdin = running.stdin.take().unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stdin, b"one\n")
        .await
        .unwrap();
    assert_eq!(broker.message().await.payload, b"one");
    running.signal("INT").await;
    let finished = running.finish().await;
    assert_eq!((finished.code, finished.stderr.as_str()), (130, ""));
}

#[tokio::test]
async fn a_reader_that_has_stopped_does_not_hold_it() {
    let broker = Loopback::start(Config::default()).await;
    let mut sub = broker.start_qmt("sub", &["-t", "a", "-d", "-q", "1"]);
    sub.said("connected to").await;
    // More than a pipe holds.
    let line = "x".repeat(1400) + "\n";
    let mut running = broker.start_qmt("pub", &["-t", "a", "-q", "1", "-l"]);
    running.feed(line.repeat(60).as_bytes()).await;
    running.finish().await.succeeded();
    sub.signal("INT").await;
    assert_eq!(sub.ended().await, 130);
}

#[tokio::test]
async fn the_will_comes_when_the_line_is_cut() {
    let mut broker = Loopback::start(Config::default()).await;
    let will = [
        "--will-topic",
        "w",
        "--will-payload",
        "lost",
        "--will-qos",
        "1",
        "--will-retain",
    ];
    let arguments = [&["-t", "a", "-d"][..], &will].concat();
    let mut sub = broker.start_qmt("sub", &arguments);
    sub.said("connected to").await;
    // The module is in the same process: it cannot say goodbye any more.
    sub.signal("KILL").await;
    let message = broker.message().await;
    assert_eq!(
        (message.topic.as_str(), message.payload.as_slice()),
        ("w", &b"lost"[..])
    );
    assert!(message.retain);
    assert_eq!(sub.finish().await.code, -1);
}
