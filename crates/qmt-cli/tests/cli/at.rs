//! `qmt at`: what a module says to AT commands, and a status for each way it can end.

use serde_json::{Value, json};

use crate::support::{Module, Running, qmt};

const OPEN: &str = "AT+QMTOPEN=0,\"h\",1883";
const CONNECT: &str = "AT+QMTCONN=0,\"c\",\"u\",\"topsecret\"";

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn answers_are_printed_and_deferred_results_are_waited_for() {
    let module = Module::start("at-dialogue", &[]).await;
    let finished = module
        .qmt("at", &["AT+CGMM", OPEN, CONNECT, "AT+QMTCONN?"])
        .await;
    finished.succeeded();
    assert_eq!(
        text(finished.stdout),
        "BC260Y-CN\nOK\nOK\n+QMTOPEN: 0,0\nOK\n+QMTCONN: 0,0,0\n+QMTCONN: 0,3\nOK\n"
    );

    // Data mode in both forms, with data that reads like an answer, and the message back.
    let topic = "AT+QMTSUB=0,1,\"a\",0";
    module.qmt("at", &[topic]).await.succeeded();
    for command in ["AT+QMTPUB=0,7,1,0,\"a\",8", "AT+QMTPUB=0,7,1,0,\"a\""] {
        let data = ["--payload", "\r\nOK\r\n\"\"", "--expect", "+QMTRECV"];
        let finished = module.qmt("at", &[&[command][..], &data].concat()).await;
        finished.succeeded();
        let mut lines: Vec<_> = text(finished.stdout).lines().map(str::to_owned).collect();
        // Whether the message or its acknowledgement comes first is the broker's to say.
        lines.sort();
        let message = "+QMTRECV: 0,0,\"a\",\"\\r\\nOK\\r\\n\"\"\"";
        assert_eq!(lines, ["+QMTPUB: 0,7,0", message, "OK"]);
    }

    // Commands from a pipe, without waiting.
    let mut running = Running::qmt(&["at", "-D", &module.path, "--no-wait", "-"]);
    running.feed(b"AT+QMTDISC=0\n\nAT\n").await;
    let finished = running.finish().await;
    finished.succeeded();
    assert!(text(finished.stdout).starts_with("OK\n"));
    assert_eq!(module.end().await.code, 0);
}

#[tokio::test]
async fn every_way_to_fail_has_its_status_and_says_what_to_do() {
    let module = Module::start("at-failures", &[]).await;
    for (commands, code, words) in [
        (
            &["AT+NONE=1"][..],
            70,
            "AT+NONE=1: ERROR; check the command's form",
        ),
        (
            &["AT+CMEE=1", "AT+QMTDISC=0"],
            71,
            "+CME ERROR: 8503; check that the link",
        ),
        (&[OPEN, "AT+QMTSUB=0,1,\"a\",0"], 71, "+CME ERROR"),
        (
            &["AT+QMTPUB=0,0,0,0,\"a\""],
            64,
            "asks for data; give it with --payload",
        ),
        (
            &["--payload", "abc", "AT+QMTPUB=0,0,0,0,\"a\",2"],
            65,
            "announces 2 bytes, the payload has 3",
        ),
        (
            &["--payload", "a\u{1b}", "AT+QMTPUB=0,0,0,0,\"a\""],
            65,
            "holds Ctrl+Z or Esc",
        ),
        (
            &["AT", "--expect", "never", "--timeout", "0.2"],
            27,
            "no line with \"never\" came within 0.2 s",
        ),
    ] {
        let finished = module.qmt("at", commands).await;
        assert_eq!(finished.code, code, "{commands:?} {finished:?}");
        assert!(finished.stderr.contains(words), "{commands:?} {finished:?}");
        assert_eq!(finished.stderr.lines().count(), 1);
    }
    module.end().await;

    let refusing = Module::start("at-refused", &["--broker-fault", "connack:5"]).await;
    let finished = refusing.qmt("at", &[OPEN, CONNECT]).await;
    assert_eq!(finished.code, 5, "{finished:?}");
    assert!(finished.stderr.contains("not authorized"), "{finished:?}");
    assert!(!finished.stderr.contains("topsecret"), "{finished:?}");
    refusing.end().await;

    let dead = Module::start("at-dead", &["--fault", "dead"]).await;
    let finished = dead
        .qmt("at", &["--no-wake", "--timeout", "0.3", "AT"])
        .await;
    let words = "qmt: AT: no OK or ERROR came; check power, wiring and speed";
    assert_eq!(finished.code, 76);
    assert!(finished.stderr.starts_with(words), "{finished:?}");
    dead.end().await;

    let silent = Module::start("at-lost", &["--fault", "lost_result"]).await;
    let finished = silent.qmt("at", &["--timeout", "0.5", OPEN]).await;
    assert_eq!(
        (finished.code, text(finished.stdout)),
        (75, "OK\n".to_owned())
    );
    silent.end().await;
}

#[tokio::test]
async fn going_on_after_a_failure_ends_with_its_status() {
    let module = Module::start("at-keep-going", &[]).await;
    let finished = module.qmt("at", &["AT+NONE", "AT"]).await;
    assert_eq!(
        (finished.code, text(finished.stdout)),
        (70, "ERROR\n".to_owned())
    );
    let finished = module
        .qmt("at", &["--keep-going", "AT+NONE", "AT", "AT+NONE"])
        .await;
    assert_eq!(finished.code, 70);
    assert_eq!(text(finished.stdout), "ERROR\nOK\nERROR\n");
    assert_eq!(finished.stderr.lines().count(), 2);
    module.end().await;
}

#[tokio::test]
async fn json_has_one_object_for_each_command_and_no_secret() {
    let module = Module::start("at-json", &[]).await;
    let set = "AT+QMTCFG=\"aliauth\",1,\"pk\",\"dn\",\"topsecret\"";
    let arguments = ["--json", "--trace", set, "AT+QMTCFG=\"aliauth\",1", OPEN];
    let finished = module.qmt("at", &arguments).await;
    assert_eq!(finished.code, 0);
    let stdout = text(finished.stdout);
    assert!(!stdout.contains("topsecret"), "{stdout}");
    assert!(
        !finished.stderr.contains("topsecret"),
        "{}",
        finished.stderr
    );
    let objects: Vec<Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(objects.len(), 3);
    assert_eq!(
        objects[1]["lines"],
        json!(["+QMTCFG: \"pk\",\"dn\",\"***\""])
    );
    assert_eq!(objects[2]["deferred"], "+QMTOPEN: 0,0");
    assert_eq!(
        (&objects[2]["result"], &objects[2]["status"]),
        (&json!("OK"), &json!(0))
    );
    let finished = module
        .qmt("at", &["--show-secrets", "AT+QMTCFG=\"aliauth\",1"])
        .await;
    assert_eq!(
        text(finished.stdout),
        "+QMTCFG: \"pk\",\"dn\",\"topsecret\"\nOK\n"
    );
    module.end().await;
}

#[tokio::test]
async fn a_recording_of_a_secret_that_the_module_tells_does_not_hold_it() {
    let module = Module::start("at-record", &[]).await;
    let set = "AT+QMTCFG=\"aliauth\",1,\"pk\",\"dn\",\"topsecret\"";
    module.qmt("at", &[set]).await.succeeded();
    let file = crate::support::temporary("at.qmtr");
    let query = ["AT+QMTCFG=\"aliauth\",1", "--record", &file];
    module.qmt("at", &query).await.succeeded();
    let bytes = std::fs::read(&file).unwrap();
    assert!(!bytes.windows(9).any(|window| window == b"topsecret"));
    let printed = text(qmt(&["recording", &file]).await.stdout);
    assert!(printed.contains("[9 bytes hidden]"), "{printed}");
    std::fs::remove_file(file).unwrap();
    module.end().await;
}
