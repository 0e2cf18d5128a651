//! A recorded session is played again, as module against the driver and as host against the
//! virtual module: the same bytes, the same messages; secrets are not in it and not needed.

use qmt_broker::Config;

use crate::support::{Finished, Loopback, Module, PATIENCE, Running, qmt, temporary};

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// The records of one direction as they are printed, put together: pieces may be cut otherwise.
async fn side(file: &str, arrow: &str) -> String {
    let printed = text(qmt(&["recording", file]).await.stdout);
    let lines = printed.lines().filter_map(|line| line.split_once(arrow));
    lines.map(|(_, bytes)| bytes).collect()
}

/// Plays the module of `file` for `qmt VERB`, which records what it hears.
async fn as_module(file: &str, verb: &str, arguments: &[&str]) -> (Finished, Finished, String) {
    let link = temporary(&format!("replay-{verb}"));
    let mut module = Running::qmt(&["replay", file, "--as", "module", "--pty", &link]);
    assert_eq!(module.line().await, format!("ready: {link}"));
    let again = format!("{link}-again.qmtr");
    let to = [verb, "-D", &link, "--record", &again];
    let host = qmt(&[&to[..], arguments].concat()).await;
    (host, module.finish().await, again)
}

#[tokio::test]
async fn the_driver_does_and_tells_the_same_with_the_recorded_module() {
    let mut broker = Loopback::start(Config::default()).await;
    let file = temporary("replay-sub.qmtr");
    let subscribe = ["-i", "me", "-u", "u", "-t", "a/+", "-C", "2", "-v"];
    let record = ["-P", "topsecret", "--record", &file];
    let first = broker.start_qmt("sub", &[&subscribe[..], &record].concat());
    broker
        .wait(|event| matches!(event, qmt_broker::Event::Subscribed { .. }).then_some(()))
        .await;
    for (topic, message) in [("a/1", "hello"), ("a/2", "OK\r\n+QMTSTAT: 0,1\r\n")] {
        broker
            .qmt("pub", &["-t", topic, "-m", message])
            .await
            .succeeded();
    }
    let first = first.finish().await;
    first.succeeded();

    // Another password of the same length.
    let connection = ["-h", "127.0.0.1", "-p", &broker.port, "-P", "otherpass"];
    let arguments = [&subscribe[..], &connection].concat();
    let (host, module, again) = as_module(&file, "sub", &arguments).await;
    host.succeeded();
    assert_eq!(text(host.stdout), text(first.stdout));
    assert_eq!(module.code, 0, "{module:?}");
    for arrow in [" > ", " < "] {
        assert_eq!(side(&again, arrow).await, side(&file, arrow).await);
    }

    // A host that does something else is told apart, at the byte where it does.
    let other = [
        "-i",
        "you",
        "-u",
        "u",
        "-P",
        "otherpass",
        "-t",
        "a/+",
        "-C",
        "2",
    ];
    let arguments = [&other[..], &connection[..4]].concat();
    let (_, module, _) = as_module(&file, "sub", &[&arguments[..], &["-W", "20"]].concat()).await;
    assert_eq!(module.code, 80, "{module:?}");
    let stdout = text(module.stdout);
    assert!(
        stdout.contains(" of the host: \"me\\\",\\\"u\\\"") || stdout.contains("you"),
        "{stdout}"
    );
    std::fs::remove_file(file).unwrap();
    std::fs::remove_file(again).unwrap();
}

#[tokio::test]
async fn the_virtual_module_says_the_same_to_the_recorded_host() {
    let file = temporary("replay-modem.qmtr");
    let module = Module::start("replay-first", &["--record", &file]).await;
    let session = [
        "AT+QMTCFG=\"aliauth\",1,\"pk\",\"dn\",\"topsecret\"",
        "AT+QMTOPEN=0,\"h\",1883",
        "AT+QMTCONN=0,\"c\",\"u\",\"hunter2\"",
        "AT+QMTSUB=0,1,\"a\",0",
        "AT+QMTCFG=\"aliauth\",1",
        // The last, because nothing orders its +QMTRECV and the answer to a later command.
        "AT+QMTPUB=0,0,0,0,\"a\"",
    ];
    let data = ["--payload", "say hunter2\r\nOK\r\n", "--expect", "+QMTRECV"];
    module
        .qmt("at", &[&session[..], &data].concat())
        .await
        .succeeded();
    module.end().await;
    let bytes = std::fs::read(&file).unwrap();
    for secret in [&b"topsecret"[..], b"hunter2"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret));
    }

    let module = Module::start("replay-second", &[]).await;
    let replay = [
        "replay",
        &file,
        "--as",
        "host",
        "-D",
        &module.path,
        "--json",
    ];
    let finished = qmt(&replay).await;
    assert_eq!(finished.code, 0, "{finished:?}");
    let result: serde_json::Value = serde_json::from_slice(&finished.stdout).unwrap();
    assert_eq!(result["verdict"], "same");
    assert!(result["heard"].as_u64().unwrap() > 300, "{result}");
    module.end().await;

    // A module of another character does not.
    let module = Module::start("replay-strict", &["--quirk", "blank_after_colon=off"]).await;
    let finished = qmt(&[
        "replay",
        &file,
        "--as",
        "host",
        "-D",
        &module.path,
        "-W",
        "5",
    ])
    .await;
    assert_eq!(finished.code, 80, "{finished:?}");
    let stdout = text(finished.stdout);
    assert!(stdout.contains(" of the module: \""), "{stdout}");
    module.end().await;
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn the_demo_is_recorded_and_replays_against_itself() {
    let file = temporary("replay-demo.qmtr");
    assert_eq!(qmt(&["demo", "--record", &file]).await.code, 0);
    let bytes = std::fs::read(&file).unwrap();
    let secret = b"wN9Y6pZSIly7Exa5qVzcmigEGO4kAazZ";
    assert!(!bytes.windows(secret.len()).any(|window| window == secret));
    let listen = ["--listen", "127.0.0.1:0"];
    let mut module = Running::qmt(&[&["replay", &file, "--as", "module"], &listen[..]].concat());
    let line = module.line().await;
    let address = line.strip_prefix("ready: ").unwrap();
    let device = format!("tcp:{address}");
    let host = [
        "replay", &file, "--as", "host", "-D", &device, "--pace", "fast",
    ];
    let finished = tokio::time::timeout(PATIENCE, qmt(&host)).await.unwrap();
    assert_eq!(finished.code, 0, "{finished:?}");
    assert_eq!(module.finish().await.code, 0);
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn wrong_usage_and_a_silent_peer_are_told() {
    let file = temporary("replay-usage.qmtr");
    assert_eq!(qmt(&["demo", "--record", &file]).await.code, 0);
    for (arguments, words) in [
        (&["--as", "host"][..], "give it with -D"),
        (&["--as", "module"], "give --pty or --listen"),
    ] {
        let finished = qmt(&[&["replay", &file], arguments].concat()).await;
        assert_eq!(finished.code, 64);
        assert!(finished.stderr.contains(words), "{finished:?}");
    }
    let dead = Module::start("replay-dead", &["--fault", "dead"]).await;
    let replay = ["replay", &file, "--as", "host", "-D", &dead.path, "-W", "1"];
    let finished = qmt(&replay).await;
    assert!([27, 80].contains(&finished.code), "{finished:?}");
    dead.end().await;
    std::fs::remove_file(file).unwrap();
    assert_eq!(
        qmt(&["replay", env!("CARGO_MANIFEST_PATH"), "--as", "host"])
            .await
            .code,
        65
    );
}
