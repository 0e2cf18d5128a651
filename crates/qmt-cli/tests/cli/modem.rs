//! `qmt modem` for other programs: where it can be found, when it is ready, how it ends.

use std::process::Stdio;

use qmt_broker::Config;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Command;

use crate::support::{Loopback, Running, is_gone, qmt, temporary};

#[tokio::test]
async fn a_module_on_a_pseudo_terminal_serves_one_after_another() {
    let path = temporary("pty");
    let mut modem = Running::qmt(&[
        "modem",
        "--pty",
        &path,
        "--instant-boot",
        "--loopback-broker",
    ]);
    assert_eq!(modem.line().await, format!("ready: {path}"));
    let device = ["-D", &path, "-h", "any.example"];
    let send = [
        &["pub"][..],
        &device,
        &["-t", "a", "-m", "kept", "-r", "-q", "2"],
    ]
    .concat();
    qmt(&send).await.succeeded();
    let receive = [
        &["sub"][..],
        &device,
        &["-t", "a", "-C", "1", "-V", "mqttv31"],
    ]
    .concat();
    let finished = qmt(&receive).await;
    finished.succeeded();
    assert_eq!(finished.stdout, b"kept\n");
    modem.signal("INT").await;
    modem.finish().await.succeeded();
    assert!(is_gone(&path));
}

#[tokio::test]
async fn hosts_are_mapped() {
    let mut broker = Loopback::start(Config::default()).await;
    let map = format!("broker.example:1883=127.0.0.1:{}", broker.port);
    let arguments = [
        "modem",
        "--listen",
        "127.0.0.1:0",
        "--instant-boot",
        "--map",
        &map,
    ];
    let mut modem = Running::qmt(&arguments);
    let ready = modem.line().await;
    let device = format!("tcp:{}", ready.strip_prefix("ready: ").unwrap());
    let send = [
        "pub",
        "-D",
        &device,
        "-h",
        "broker.example",
        "-t",
        "a",
        "-m",
        "hi",
    ];
    qmt(&send).await.succeeded();
    assert_eq!(broker.message().await.payload, b"hi");
    modem.signal("TERM").await;
    modem.finish().await.succeeded();
}

#[tokio::test]
async fn readiness_is_told_on_a_descriptor() {
    let path = temporary("ready-fd");
    // A shell opens descriptor 3: the standard library has no safe way.
    let script = "exec 3>&1 1>/dev/null; exec \"$0\" modem --pty \"$1\" --ready-fd 3";
    let mut child = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_qmt"), &path])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).await.unwrap();
    assert_eq!(line, format!("{path}\n"));
    assert!(!is_gone(&path));
    let id = child.id().unwrap().to_string();
    Command::new("kill")
        .args(["-s", "INT", &id])
        .status()
        .await
        .unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
    assert!(is_gone(&path));
}

#[tokio::test]
async fn standard_input_and_output_are_a_line_until_their_end() {
    let mut modem = Running::qmt(&["modem", "--stdio", "--instant-boot"]);
    modem.said("ready: stdio").await;
    modem.feed(b"ATE0\rAT+QMTOPEN=?\r").await;
    let mut text = String::new();
    modem
        .stdout
        .as_mut()
        .unwrap()
        .read_to_string(&mut text)
        .await
        .unwrap();
    assert!(
        text.ends_with("\r\n+QMTOPEN: (0-4),<host_name>,(1-65535)\r\n\r\nOK\r\n"),
        "{text}"
    );
    let finished = modem.finish().await;
    assert_eq!(finished.code, 0);
}

#[tokio::test]
async fn what_is_taken_is_not_taken_over() {
    let path = temporary("taken");
    std::fs::write(&path, "precious").unwrap();
    let finished = qmt(&["modem", "--pty", &path]).await;
    let (code, line) = finished.failed();
    assert_eq!(code, 73);
    assert!(
        line.ends_with("; remove it or choose another path"),
        "{line}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    std::fs::remove_file(&path).unwrap();

    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let finished = qmt(&["modem", "--listen", &address]).await;
    let (code, line) = finished.failed();
    assert_eq!(code, 73);
    assert!(line.contains(&address), "{line}");
}
