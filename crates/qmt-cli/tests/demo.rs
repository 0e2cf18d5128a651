//! `qmt demo`: the note's worked session runs for real, and a single wrong byte is not called ok.

use core::net::SocketAddr;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::thread;

use qmt_broker::Server;

/// What a host says after bring-up, from QMT §6.1.
const NOTE: [&str; 16] = [
    "AT+QSCLK=0\\r",
    "AT+QMTCFG=\"aliauth\",0,\"oyjtmPI5a5j\",\"MQTT_TEST\",\"***\"\\r",
    "AT+QMTCFG=\"showrecvlen\",0\\r",
    "AT+QMTCFG=\"showrecvlen\",0,1\\r",
    "AT+QMTOPEN=0,\"oyjtmPI5a5j.iot-as-mqtt.cn-shanghai.aliyuncs.com\",1883\\r",
    "AT+QMTOPEN?\\r",
    "AT+QMTCONN=?\\r",
    "AT+QMTCONN=0,\"clientExample\"\\r",
    "AT+QMTSUB=?\\r",
    "AT+QMTSUB=0,1,\"oyjtmPI5a5j/S2fXbFBKh4NSwwyljSC4/user/get\",2\\r",
    "AT+QMTSUB=0,1,\"oyjtmPI5a5j/S2fXbFBKh4NSwwyljSC4/user/update\",0\\r",
    "AT+QMTUNS=0,2,\"oyjtmPI5a5j/S2fXbFBKh4NSwwyljSC4/user/get\"\\r",
    "AT+QMTPUB=?\\r",
    "AT+QMTPUB=0,0,0,0,\"oyjtmPI5a5j/S2fXbFBKh4NSwwyljSC4/user/update\"\\r",
    "AT+QMTDISC=0\\r",
    "AT+QSCLK=1\\r",
];

fn demo(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_qmt"))
        .env("QMT_LANG", "en")
        .arg("demo")
        .args(args)
        .output()
        .expect("qmt runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn the_worked_session_runs_with_nothing_but_the_program() {
    let output = demo(&[]);
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{shown}{}", text(&output.stderr));
    let last = shown.lines().last().unwrap_or_default();
    assert_eq!(
        last,
        "demo ok: 19 commands done, 2 messages received byte for byte"
    );
    assert!(!shown.contains("wN9Y6pZSIly7Exa5qVzcmigEGO4kAazZ"));
    assert_eq!(shown.matches("+QMTRECV: ").count(), 2);
}

#[test]
fn after_bring_up_the_host_says_exactly_what_the_note_says() {
    let output = demo(&["--json"]);
    let shown = text(&output.stdout);
    let objects: Vec<serde_json::Value> = shown
        .lines()
        .map(|line| serde_json::from_str(line).expect("one object per line"))
        .collect();
    let said: Vec<&str> = objects
        .iter()
        .filter(|object| object["direction"] == "to_module")
        .map(|object| object["bytes"].as_str().expect("text"))
        .filter(|line| line.starts_with("AT"))
        .skip_while(|line| !line.starts_with("AT+QSCLK"))
        .collect();
    assert_eq!(said, NOTE);
    assert_eq!(objects.last().unwrap()["demo"], "ok");
}

#[test]
fn another_broker_will_do() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listening = Server::listen("127.0.0.1:0", qmt_broker::Config::default());
    let server = runtime.block_on(listening).unwrap();
    let output = demo(&["--broker", &server.local_addr().to_string()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(server.counters().published >= 2);
}

#[test]
fn a_broker_that_is_not_there_is_named() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let output = demo(&["--broker", &address]);
    assert_eq!(output.status.code(), Some(69));
    let said = text(&output.stderr);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(&address), "{said}");
}

#[test]
fn one_wrong_byte_is_not_ok() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listening = Server::listen("127.0.0.1:0", qmt_broker::Config::default());
    let server = runtime.block_on(listening).unwrap();
    let address = tampering_proxy(server.local_addr());
    let output = demo(&["--broker", &address.to_string()]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(70), "{said}");
    assert!(said.contains("wrong payload"), "{said}");
    assert!(!text(&output.stdout).contains("demo ok"));
}

/// A way to `broker` that turns one letter of what it publishes into another.
fn tampering_proxy(broker: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(broker) else {
                return;
            };
            let (from_client, to_client) = (client.try_clone().unwrap(), client);
            let (from_server, to_server) = (server.try_clone().unwrap(), server);
            thread::spawn(move || carry(from_client, to_server, |_| {}));
            thread::spawn(move || {
                carry(from_server, to_client, |bytes| {
                    let at = bytes.windows(5).position(|window| window == b"hello");
                    if let Some(at) = at {
                        bytes[at] = b'j';
                    }
                });
            });
        }
    });
    address
}

fn carry(mut from: TcpStream, mut to: TcpStream, change: impl Fn(&mut [u8])) {
    let mut buf = [0; 4096];
    while let Ok(len @ 1..) = from.read(&mut buf) {
        change(&mut buf[..len]);
        if to.write_all(&buf[..len]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
