//! The examples do what they say, against the virtual module and a broker, and are short.

use core::time::Duration;
use std::net::TcpStream;

use embedded_io_adapters::tokio_1::FromTokio;
use qmt_broker::{Config, Server};
use qmt_modem::runner::{Handle, HostMap, Runner, TcpPort};
use qmt_modem::{Modem, ModemConfig};
use tokio::time::timeout;

#[path = "../examples/async/meter.rs"]
mod async_meter;
#[path = "../examples/blocking/meter.rs"]
mod blocking_meter;
#[path = "../examples/blocking/desktop.rs"]
mod desktop;

/// Longest time an example may take before its test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A module whose hosts are all one broker.
async fn modem() -> (Runner, Server) {
    let server = Server::listen("127.0.0.1:0", Config::default());
    let server = server.await.unwrap();
    let mut hosts = HostMap::default();
    let mapping = format!("*={}", server.local_addr());
    hosts.insert(mapping.parse().unwrap());
    let runner = Runner::new(Modem::booted(ModemConfig::new())).hosts(hosts);
    (runner, server)
}

#[tokio::test]
async fn the_async_example_publishes_and_receives() {
    let (runner, server) = modem().await;
    let (line, _modem) = runner.spawn_in_process();
    let run = async_meter::run(FromTokio::new(line));
    let received = timeout(PATIENCE, run).await.expect("ends in time");
    assert_eq!(received.unwrap(), b"23.5");
    server.close().await;
}

#[tokio::test]
async fn the_blocking_example_publishes_and_receives() {
    let (runner, server) = modem().await;
    let port = TcpPort::bind("127.0.0.1:0").await.unwrap();
    let address = port.local_addr().unwrap();
    let _modem: Handle = runner.spawn(port);
    let run = tokio::task::spawn_blocking(move || {
        let uart = desktop::Uart::new(TcpStream::connect(address).unwrap()).unwrap();
        let received = blocking_meter::run(uart, desktop::now, desktop::idle);
        received.map_err(|error| error.to_string())
    });
    let received = timeout(PATIENCE, run).await.expect("ends in time");
    assert_eq!(received.unwrap().unwrap(), b"23.5");
    server.close().await;
}

#[test]
fn each_example_has_less_than_40_lines() {
    for (name, text) in [
        ("async", include_str!("../examples/async/meter.rs")),
        ("blocking", include_str!("../examples/blocking/meter.rs")),
    ] {
        let lines = text.lines().count();
        assert!(lines < 40, "{name}: {lines}");
    }
}
