//! `qmt monitor` where its output is no terminal: between a host and a module, both sides logged.

use crate::support::{Loopback, Module, Running, is_gone, qmt, temporary};

#[tokio::test]
async fn a_host_talks_to_a_module_through_it_and_both_sides_are_logged() {
    let module = Module::start("monitored", &[]).await;
    let (link, log) = (temporary("monitor"), temporary("monitor.jsonl"));
    let recording = temporary("monitor.qmtr");
    let arguments = [
        "monitor",
        "-D",
        &module.path,
        "--pty",
        &link,
        "--log",
        &log,
        "--format",
        "json",
        "--record",
        &recording,
    ];
    let mut monitor = Running::qmt(&arguments);
    assert!(monitor.line().await.contains("watching "));
    let publish = [
        "pub",
        "-D",
        &link,
        "-h",
        "h",
        "-t",
        "a",
        "-m",
        "hi",
        "-q",
        "1",
        "-u",
        "me",
        "-P",
        "topsecret",
    ];
    qmt(&publish).await.succeeded();
    monitor.signal("TERM").await;
    let finished = monitor.finish().await;
    assert_eq!((finished.code, finished.stderr.as_str()), (143, ""));
    assert!(is_gone(&link));

    let text = String::from_utf8(finished.stdout).unwrap();
    let kept = std::fs::read_to_string(&log).unwrap();
    assert!(kept.ends_with(&text) && kept.lines().count() == text.lines().count() + 1);
    assert!(!text.contains("topsecret"), "{text}");
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let said = |from: &str, start: &str| {
        lines.iter().any(|line| {
            line["from"] == from
                && line["text"]
                    .as_str()
                    .is_some_and(|it| it.starts_with(start))
        })
    };
    assert!(
        said("host", "AT+QMTCONN=0,") && said("host", "hi"),
        "{text}"
    );
    assert!(
        said("module", "+QMTCONN: 0,0,0") && said("module", "+QMTPUB: 0,"),
        "{text}"
    );

    let recorded = qmt(&["recording", &recording]).await;
    recorded.succeeded();
    let recorded = String::from_utf8(recorded.stdout).unwrap();
    assert!(
        recorded.contains("AT+QMTPUB") && !recorded.contains("topsecret"),
        "{recorded}"
    );
    for path in [log, recording] {
        std::fs::remove_file(path).unwrap();
    }
    module.end().await;
}

#[tokio::test]
async fn a_virtual_module_in_it_reaches_the_broker() {
    let mut broker = Loopback::start(qmt_broker::Config::default()).await;
    let link = temporary("monitor-sim");
    let mut monitor = Running::qmt(&["monitor", "-D", "sim", "--pty", &link]);
    assert!(
        monitor
            .line()
            .await
            .ends_with(&format!("watching {link} <-> sim"))
    );
    let publish = [
        "pub",
        "-D",
        &link,
        "-h",
        "127.0.0.1",
        "-p",
        &broker.port,
        "-t",
        "a",
        "-m",
        "hi",
    ];
    qmt(&publish).await.succeeded();
    assert_eq!(&broker.message().await.payload[..], b"hi");
    monitor.signal("INT").await;
    let finished = monitor.finish().await;
    assert_eq!(finished.code, 130, "{finished:?}");
    let text = String::from_utf8(finished.stdout).unwrap();
    assert!(text.contains("  # link 0: connection accepted\n"), "{text}");
}

#[tokio::test]
async fn what_nobody_could_reach_is_refused_and_a_line_that_ends_is_told() {
    let finished = qmt(&["monitor", "-D", "sim"]).await;
    let (code, line) = finished.failed();
    assert_eq!(code, 64);
    assert!(line.contains("--pty LINK"), "{line}");

    let module = Module::start("monitor-end", &[]).await;
    let mut monitor = Running::qmt(&["monitor", "-D", &module.path]);
    assert!(monitor.line().await.contains("watching "));
    module.end().await;
    let finished = monitor.finish().await;
    assert_eq!(finished.code, 74, "{finished:?}");
    assert!(
        finished.stderr.contains("check that it is there"),
        "{finished:?}"
    );
}
