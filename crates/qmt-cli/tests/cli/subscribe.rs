//! `qmt sub` through the virtual module in its own process: what it prints, and when it ends.

use qmt_broker::Config;

use crate::support::Loopback;

/// A broker that holds a message on each of two topics.
async fn broker() -> Loopback {
    let broker = Loopback::start(Config::default()).await;
    for (topic, payload) in [("a/b", "first"), ("c", "second")] {
        let arguments = ["-t", topic, "-m", payload, "-r", "-q", "1"];
        broker.qmt("pub", &arguments).await.succeeded();
    }
    broker
}

async fn printed(broker: &Loopback, arguments: &[&str]) -> String {
    let finished = broker.qmt("sub", arguments).await;
    finished.succeeded();
    String::from_utf8(finished.stdout).unwrap()
}

#[tokio::test]
async fn formats_are_those_of_mosquitto() {
    let broker = broker().await;
    let one = ["-t", "a/b", "-C", "1"];
    for (more, expected) in [
        (&[][..], "first\n"),
        (&["-v"], "a/b first\n"),
        (&["-N"], "first"),
        (
            &["-F", "%t|%p|%l|%x|%X|%r|%%\\t."],
            "a/b|first|5|6669727374|6669727374|-|%\t.\n",
        ),
        (&["-q", "1", "-F", "%m %q"], "1 -\n"),
        (&["-N", "-F", "%p\\0"], "first\0"),
    ] {
        assert_eq!(
            printed(&broker, &[&one[..], more].concat()).await,
            expected,
            "{more:?}"
        );
    }
    let json = printed(&broker, &[&one[..], &["-F", "%j"]].concat()).await;
    let end =
        "\"topic\":\"a/b\",\"qos\":0,\"retain\":null,\"payloadlen\":5,\"payload\":\"first\"}\n";
    assert!(
        json.starts_with("{\"tst\":\"20") && json.ends_with(end),
        "{json}"
    );
}

#[tokio::test]
async fn several_topics_and_wildcards() {
    let broker = broker().await;
    for topics in [
        &["-t", "a/b", "-t", "c"][..],
        &["-t", "#"],
        &["-t", "+/+", "-t", "c"],
    ] {
        let text = printed(&broker, &[topics, &["-v", "-C", "2"]].concat()).await;
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, ["a/b first", "c second"], "{topics:?}");
    }
}

#[tokio::test]
async fn enough_messages_end_it_with_0_and_time_with_27() {
    let broker = broker().await;
    let finished = broker.qmt("sub", &["-t", "#", "-C", "3", "-W", "2"]).await;
    assert_eq!(finished.code, 27);
    assert_eq!(finished.stdout.split(|&b| b == b'\n').count(), 3);
    assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
    let finished = broker.qmt("sub", &["-t", "x", "-W", "1", "--quiet"]).await;
    assert_eq!((finished.code, finished.stderr.as_str()), (27, ""));
}

#[tokio::test]
async fn all_bytes_come_as_they_went() {
    let mut broker = Loopback::start(Config::default()).await;
    let bytes: Vec<u8> = (0..=255).cycle().take(1460).collect();
    let mut sent = broker.start_qmt("pub", &["-t", "a", "-s", "-r"]);
    sent.feed(&bytes).await;
    sent.finish().await.succeeded();
    broker.message().await;
    for format in ["auto", "text", "hex"] {
        let arguments = ["-t", "a", "-C", "1", "-N", "--recv-format", format];
        let finished = broker.qmt("sub", &arguments).await;
        finished.succeeded();
        assert_eq!(finished.stdout, bytes, "{format}");
    }
}

#[tokio::test]
async fn a_reader_who_has_seen_enough_ends_it_quietly() {
    let broker = broker().await;
    let mut sub = broker.start_qmt("sub", &["-t", "a/b", "-t", "live"]);
    assert_eq!(sub.line().await, "first");
    sub.close_stdout();
    // Nobody tells a program that its reader has gone, but for the next write.
    let live = ["-t", "live", "-m", "unread"];
    let ended = async {
        loop {
            broker.qmt("pub", &live).await.succeeded();
            if sub.has_ended() {
                return sub.finish().await;
            }
        }
    };
    ended.await.succeeded();
}

#[tokio::test]
async fn a_kept_session_gets_what_came_meanwhile() {
    let broker = Loopback::start(Config::default()).await;
    let kept = ["-t", "a", "-q", "1", "-i", "keeper", "-c"];
    let arguments = [&kept[..], &["-E"]].concat();
    broker.qmt("sub", &arguments).await.succeeded();
    broker
        .qmt("pub", &["-t", "a", "-q", "1", "-m", "meanwhile"])
        .await
        .succeeded();
    let arguments = [&kept[..], &["-C", "1"]].concat();
    assert_eq!(printed(&broker, &arguments).await, "meanwhile\n");
}
