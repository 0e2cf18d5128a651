//! `qmt modem` that goes wrong: by flag, by scenario file, and on command while it runs.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use crate::support::{Finished, Running, is_gone, qmt, temporary};

/// Runs a module on standard input and output with these flags, and gives it these lines.
async fn given(flags: &[&str], lines: &[u8]) -> Finished {
    let common = ["modem", "--stdio", "--instant-boot"];
    let mut modem = Running::qmt(&[&common[..], flags].concat());
    modem.said("ready: stdio").await;
    modem.feed(lines).await;
    modem.finish().await
}

/// A caller of the control socket.
struct Caller(BufReader<UnixStream>);

impl Caller {
    async fn call(path: &str) -> Self {
        Self(BufReader::new(UnixStream::connect(path).await.unwrap()))
    }

    async fn ask(&mut self, request: Value) -> Value {
        self.ask_line(&request.to_string()).await
    }

    async fn ask_line(&mut self, request: &str) -> Value {
        let line = format!("{request}\n");
        self.0.get_mut().write_all(line.as_bytes()).await.unwrap();
        let mut answer = String::new();
        self.0.read_line(&mut answer).await.unwrap();
        serde_json::from_str(&answer).expect("a line of JSON")
    }
}

#[tokio::test]
async fn every_fault_is_listed_with_its_source() {
    let finished = qmt(&["modem", "--list-faults"]).await;
    finished.succeeded();
    let text = String::from_utf8(finished.stdout).unwrap();
    for name in ["lost_prompt ", "drop:BYTES=1 ", "reboot ", "lose ", "mute "] {
        assert!(text.contains(&format!("\n  {name}")), "{name} in {text}");
    }
    for kind in qmt_modem::FaultKind::ALL {
        assert!(text.contains(&format!("\n  {}", kind.name())), "{kind:?}");
    }
}

#[tokio::test]
async fn a_fault_strikes_when_the_flag_says() {
    let finished = given(&["--fault", "error@command:2"], b"ATE0\rAT\rAT\r").await;
    let said = String::from_utf8(finished.stdout).unwrap();
    assert!(
        said.ends_with("ATE0\r\r\nOK\r\n\r\nERROR\r\n\r\nOK\r\n"),
        "{said:?}"
    );
    // Of the line: the second byte of the host is lost, and `AT` is none any more.
    let finished = given(&["--fault", "drop@host_byte:2"], b"AT\rAT\r").await;
    let said = String::from_utf8(finished.stdout).unwrap();
    assert!(said.ends_with("A\r\r\nERROR\r\nAT\r\r\nOK\r\n"), "{said:?}");
    for wrong in ["drop:x", "dorp", "drop@never"] {
        let finished = qmt(&["modem", "--stdio", "--fault", wrong]).await;
        assert_eq!(finished.code, 64, "{wrong}");
    }
}

/// Must show 7 of the virtual module: the same seed and scenario give the same bytes, twice.
#[tokio::test]
async fn the_same_scenario_and_seed_give_the_same_bytes() {
    let scenario = temporary("scenario.toml");
    let text = "
        seed = 11
        profile = \"observed\"
        [[fault]]
        name = \"flip\"
        chance = 0.02
        [[fault]]
        name = \"lost_final\"
        chance = 0.2
        direction = \"to_host\"
    ";
    std::fs::write(&scenario, text).unwrap();
    let lines = b"AT+QMTCFG=?\rAT\rAT+QMTOPEN=?\r".repeat(20);
    let mut runs = Vec::new();
    for seed in [None, None, Some("12")] {
        let mut flags = vec!["--scenario", &scenario];
        flags.extend(seed.iter().flat_map(|seed| ["--seed", seed]));
        runs.push(given(&flags, &lines).await.stdout);
    }
    assert!(runs[0] == runs[1], "two runs differ");
    assert!(runs[0] != runs[2], "the seed changes nothing");
    std::fs::write(&scenario, "sead = 1").unwrap();
    let finished = qmt(&["modem", "--stdio", "--scenario", &scenario]).await;
    let (code, line) = finished.failed();
    assert_eq!(code, 64);
    assert!(line.contains("sead"), "{line}");
    std::fs::remove_file(&scenario).unwrap();
}

#[tokio::test]
async fn a_running_module_is_told_and_asked_over_its_control_socket() {
    let (socket, link, report) = (
        temporary("control"),
        temporary("controlled"),
        temporary("r"),
    );
    let mut modem = Running::qmt(&[
        "modem",
        "--pty",
        &link,
        "--instant-boot",
        "--loopback-broker",
        "--control",
        &socket,
        "--fault",
        "lost_prompt@command:99",
        "--report",
        &report,
    ]);
    modem.line().await;
    let mut host = tokio::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&link)
        .await
        .unwrap();
    let mut caller = Caller::call(&socket).await;
    let ok = json!({ "ok": true });

    let state = caller.ask(json!({ "do": "state" })).await;
    assert_eq!(
        (&state["ok"], &state["state"]["power"]),
        (&json!(true), &json!("running"))
    );
    assert_eq!(state["state"]["links"][4]["state"], "closed");

    assert_eq!(caller.ask(json!({ "do": "signal", "rssi": 5 })).await, ok);
    assert_eq!(
        caller
            .ask(json!({ "do": "quirk", "name": "blank_after_colon", "value": "off" }))
            .await,
        ok
    );
    assert_eq!(
        caller
            .ask(json!({ "do": "line", "line": "+QMTSTAT: 3,1" }))
            .await,
        ok
    );
    assert_eq!(
        caller.ask(json!({ "do": "fault", "fault": "error" })).await,
        ok
    );
    assert_eq!(
        caller
            .ask(json!({ "do": "fault", "fault": "drop@host_byte:1" }))
            .await,
        ok
    );
    assert_eq!(
        caller
            .ask(json!({ "do": "broker_fault", "rule": "lose@PUBACK" }))
            .await,
        ok
    );
    host.write_all(b"xAT\rAT+CSQ\r").await.unwrap();
    host.flush().await.unwrap();
    until(&mut host, b"+QMTSTAT: 3,1\r\n").await;
    until(&mut host, b"AT\r\r\nERROR\r\n").await;
    until(&mut host, b"+CSQ:5,0\r\n\r\nOK\r\n").await;
    assert_eq!(caller.ask(json!({ "do": "reboot" })).await, ok);
    until(&mut host, b"RDY\r\n").await;

    let state = caller.ask(json!({ "do": "state", "module": 0 })).await;
    let state = &state["state"];
    assert_eq!(state["signal"], 5);
    assert_eq!(state["faults"], json!({ "drop": 1, "error": 1 }));
    assert_eq!(state["forms"]["AT"], json!({ "ok": 0, "failed": 1 }));
    assert_eq!(state["codes"]["ERROR"], 1);

    for (wrong, words) in [
        ("nonsense", "expected"),
        ("{\"do\":\"dance\"}", "dance"),
        ("{\"do\":\"signal\",\"rssi\":50}", "0 to 31"),
        ("{\"do\":\"state\",\"module\":1}", "no module 1"),
        ("{\"do\":\"fault\",\"fault\":\"none\"}", "none"),
        (
            "{\"do\":\"quirk\",\"name\":\"none\",\"value\":\"x\"}",
            "none",
        ),
    ] {
        let answer = caller.ask_line(wrong).await;
        assert_eq!(answer["ok"], false);
        assert!(
            answer["error"].as_str().unwrap().contains(words),
            "{answer}"
        );
    }
    modem.signal("TERM").await;
    modem.finish().await.succeeded();
    assert!(is_gone(&socket));
    let text = std::fs::read_to_string(&report).unwrap();
    for line in [
        "  x  drop                             1",
        "     lost_prompt",
    ] {
        assert!(text.lines().any(|own| own == line), "{line} in {text}");
    }
    std::fs::remove_file(&report).unwrap();
}

#[tokio::test]
async fn a_scenario_plays_its_events() {
    let scenario = temporary("events.toml");
    let text = "
        signal = 31
        [[event]]
        at_ms = 300
        do = \"line\"
        line = \"+QMTSTAT: 0,7\"
    ";
    std::fs::write(&scenario, text).unwrap();
    let mut modem = Running::qmt(&[
        "modem",
        "--stdio",
        "--instant-boot",
        "--scenario",
        &scenario,
    ]);
    modem.said("ready: stdio").await;
    until(modem.stdout.as_mut().unwrap(), b"+QMTSTAT: 0,7\r\n").await;
    modem.finish().await;
    std::fs::remove_file(&scenario).unwrap();
}

/// Reads up to and with `wanted`.
async fn until(line: &mut (impl AsyncReadExt + Unpin), wanted: &[u8]) {
    let mut came = Vec::new();
    let found = async {
        while !came.ends_with(wanted) {
            came.push(line.read_u8().await.unwrap());
        }
    };
    let found = tokio::time::timeout(crate::support::PATIENCE, found).await;
    found.unwrap_or_else(|_| panic!("no {:?}", String::from_utf8_lossy(wanted)));
}
