//! Against the project's own broker behind a TCP socket.

use qmt_broker::{Config, Server};
use qmt_modem::runner::{HostMap, Runner};
use qmt_modem::{BootTimes, Direction, Modem, ModemConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use crate::host::{Host, hostile_payloads};

async fn broker() -> (Server, HostMap) {
    let server = Server::listen("127.0.0.1:0", Config::default())
        .await
        .unwrap();
    let mut hosts = HostMap::default();
    hosts.insert(
        format!("broker.example={}", server.local_addr())
            .parse()
            .unwrap(),
    );
    (server, hosts)
}

#[tokio::test]
async fn every_payload_comes_back_at_every_qos_and_level() {
    let (server, hosts) = broker().await;
    let modem = Modem::booted(ModemConfig::new());
    let (line, handle) = Runner::new(modem).hosts(hosts).spawn_in_process();
    let mut host = Host::new(line);
    for level in [0, 1] {
        host.connect(level, level, ("broker.example", 1883)).await;
        for qos in 0..=2 {
            for payload in hostile_payloads() {
                host.round_trip(level, qos, &payload).await;
            }
        }
    }
    handle.shutdown().await.unwrap();
    server.close().await;
}

#[tokio::test]
async fn five_links_have_a_connection_each() {
    let (server, hosts) = broker().await;
    let modem = Modem::booted(ModemConfig::new());
    let (line, handle) = Runner::new(modem).hosts(hosts).spawn_in_process();
    let mut host = Host::new(line);
    for link in 0..5 {
        host.connect(link, 1, ("BROKER.example", 1)).await;
    }
    for round in 0..5 {
        for link in 0..5 {
            let text = format!("round {round} of link {link}");
            host.round_trip(link, link % 3, text.as_bytes()).await;
        }
    }
    assert_eq!(server.counters().published, 25);
    handle.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_refused_port_and_an_unknown_name_end_the_open_with_their_results() {
    let (server, mut hosts) = broker().await;
    let address = server.local_addr();
    server.close().await;
    hosts.insert(format!("gone={address}").parse().unwrap());
    let modem = Modem::booted(ModemConfig::new());
    let (line, handle) = Runner::new(modem).hosts(hosts).spawn_in_process();
    let mut host = Host::new(line);
    host.ask("AT+QMTOPEN=0,\"gone\",1883", "+QMTOPEN: 0,-1\r\n")
        .await;
    host.ask(
        "AT+QMTOPEN=0,\"no such name.invalid\",1883",
        "+QMTOPEN: 0,4\r\n",
    )
    .await;
    handle.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_broker_that_goes_is_told_with_stat_1() {
    let (server, hosts) = broker().await;
    let modem = Modem::booted(ModemConfig::new());
    let (line, handle) = Runner::new(modem).hosts(hosts).spawn_in_process();
    let mut host = Host::new(line);
    host.connect(0, 1, ("broker.example", 1883)).await;
    server.close().await;
    host.until("+QMTSTAT: 0,1\r\n").await;
    handle.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_restart_forgets_the_links_and_prints_the_banner() {
    let (server, hosts) = broker().await;
    let mut config = ModemConfig::new();
    config.boot = BootTimes::IMMEDIATE;
    let (line, handle) = Runner::new(Modem::new(config))
        .hosts(hosts)
        .spawn_in_process();
    let mut host = Host::new(line);
    host.until("\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\n+IP: 10.90.35.36\r\n")
        .await;
    host.connect(3, 1, ("broker.example", 1883)).await;
    handle.restart();
    host.until("+IP: 10.90.35.36\r\n").await;
    host.ask("AT+QMTOPEN?", "AT+QMTOPEN?\r\r\nOK\r\n").await;
    host.connect(3, 1, ("broker.example", 1883)).await;
    handle.shutdown().await.unwrap();
    server.close().await;
}

#[tokio::test]
async fn an_observer_sees_both_directions() {
    let (sender, mut seen) = mpsc::unbounded_channel();
    let (line, handle) = Runner::new(Modem::booted(ModemConfig::new()))
        .observer(move |traffic| {
            let _ = sender.send((traffic.direction, traffic.bytes.to_vec()));
        })
        .spawn_in_process();
    let mut host = Host::new(line);
    host.ask("AT", "AT\r\r\nOK\r\n").await;
    assert_eq!(
        seen.recv().await,
        Some((Direction::FromHost, b"AT\r".to_vec()))
    );
    assert_eq!(
        seen.recv().await,
        Some((Direction::ToHost, b"AT\r\r\nOK\r\n".to_vec()))
    );
    drop(host);
    handle.wait().await.unwrap();
}

#[tokio::test]
async fn a_host_that_stops_writing_still_gets_its_answers() {
    let (line, handle) = Runner::new(Modem::booted(ModemConfig::new())).spawn_in_process();
    let (mut read, mut write) = tokio::io::split(line);
    write.write_all(b"ATE0\rAT+CSQ\r").await.unwrap();
    write.shutdown().await.unwrap();
    let mut answers = String::new();
    read.read_to_string(&mut answers).await.unwrap();
    assert_eq!(answers, "ATE0\r\r\nOK\r\n\r\n+CSQ: 20,0\r\n\r\nOK\r\n");
    handle.wait().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_banner_follows_the_clock_of_the_runtime() {
    let started = tokio::time::Instant::now();
    let (line, handle) = Runner::new(Modem::new(ModemConfig::new())).spawn_in_process();
    let mut host = Host::new(line);
    host.until("+IP: 10.90.35.36\r\n").await;
    assert_eq!(started.elapsed().as_millis(), 3_000);
    handle.shutdown().await.unwrap();
}
