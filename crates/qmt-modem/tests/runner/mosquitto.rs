//! Against mosquitto. Without it these tests say so and pass, unless `CI` is set.

use core::net::SocketAddr;
use core::time::Duration;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use qmt_modem::runner::Runner;
use qmt_modem::{Modem, ModemConfig};
use tokio::net::TcpStream;

use crate::host::{Host, hostile_payloads};

/// A mosquitto of our own, ended with this value.
struct Mosquitto {
    child: Child,
    config: PathBuf,
    address: SocketAddr,
}

impl Mosquitto {
    async fn start() -> Option<Self> {
        let places = [
            "/usr/sbin/mosquitto",
            "/usr/bin/mosquitto",
            "/usr/local/sbin/mosquitto",
        ];
        let Some(program) = places.iter().map(Path::new).find(|place| place.exists()) else {
            assert!(std::env::var_os("CI").is_none(), "mosquitto is missing");
            eprintln!("skipped: mosquitto is not installed");
            return None;
        };
        // The port is free now; another process could take it, and then the test fails.
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let config = std::env::temp_dir().join(format!(
            "qmt-modem-mosquitto-{}-{}.conf",
            std::process::id(),
            address.port()
        ));
        fs::write(
            &config,
            format!(
                "listener {} 127.0.0.1\nallow_anonymous true\nuser root\n",
                address.port()
            ),
        )
        .unwrap();
        let child = Command::new(program)
            .arg("-c")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Self {
            child,
            config,
            address,
        };
        // It is there when it takes a connection.
        for _ in 0..1_000 {
            if TcpStream::connect(address).await.is_ok() {
                return Some(started);
            }
            // A process is starting: only real time brings it nearer.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("mosquitto does not listen");
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.config);
    }
}

#[tokio::test]
async fn every_payload_comes_back_at_every_qos_and_level() {
    let Some(broker) = Mosquitto::start().await else {
        return;
    };
    let (line, handle) = Runner::new(Modem::booted(ModemConfig::new())).spawn_in_process();
    let mut host = Host::new(line);
    for level in [0, 1] {
        host.connect(level, level, ("127.0.0.1", broker.address.port()))
            .await;
        for qos in 0..=2 {
            for payload in hostile_payloads() {
                host.round_trip(level, qos, &payload).await;
            }
        }
        host.ask(
            &format!("AT+QMTUNS={level},3,\"modem/{level}\""),
            &format!("+QMTUNS: {level},3,0\r\n"),
        )
        .await;
        host.ask(
            &format!("AT+QMTDISC={level}"),
            &format!("+QMTDISC: {level},0\r\n"),
        )
        .await;
        host.ask(
            &format!("AT+QMTCLOSE={level}"),
            &format!("+QMTCLOSE: {level},0\r\n"),
        )
        .await;
    }
    handle.shutdown().await.unwrap();
}
