//! The example does what it says, against the virtual module and a broker, and is short.

use core::time::Duration;

use qmt_broker::{Config, Server};
use qmt_modem::runner::{Runner, TcpPort};
use qmt_modem::{Modem, ModemConfig};
use tokio::time::timeout;

#[path = "../examples/meter.rs"]
#[expect(dead_code, reason = "its main is for those who run it alone")]
mod meter;

/// Longest time the example may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn the_example_publishes_and_receives() {
    let server = Server::listen("127.0.0.1:0", Config::default());
    let server = server.await.unwrap();
    let port = TcpPort::bind("127.0.0.1:0").await.unwrap();
    let line = format!("tcp:{}", port.local_addr().unwrap());
    let _modem = Runner::new(Modem::booted(ModemConfig::new())).spawn(port);
    let run = meter::run(&line, "127.0.0.1", server.local_addr().port());
    let received = timeout(PATIENCE, run).await.expect("ends in time");
    assert_eq!(received.unwrap(), b"23.5");
    server.close().await;
}

#[test]
fn the_example_has_less_than_40_lines() {
    let lines = include_str!("../examples/meter.rs").lines().count();
    assert!(lines < 40, "{lines}");
}
