//! The TCP runner against mosquitto_pub and mosquitto_sub.
//!
//! Without these programs the test says so and passes, unless `CI` is set: there they are required.

use core::time::Duration;
use std::process::Stdio;

use qmt_broker::{Cause, Config, Event, Observer, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A hang is a failure; everything here takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);
const VERSIONS: [&str; 2] = ["mqttv31", "mqttv311"];
const PAYLOAD: &[u8] = b"OK\r\n+QMTRECV: 0,1,\"a\",\"b\"\r\n\"> \0\x1a\xff";

fn client(server: &Server, program: &str, version: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args([
            "-h",
            "127.0.0.1",
            "-p",
            &server.local_addr().port().to_string(),
            "-V",
            version,
        ])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn installed() -> bool {
    qmt_mosquitto::installed(&["mosquitto_pub", "mosquitto_sub"])
}

async fn listen(config: Config) -> Server {
    Server::listen(("127.0.0.1", 0), config)
        .await
        .expect("a free port on the loopback")
}

/// Waits for an event instead of for time.
async fn wait(observer: &mut Observer, wanted: impl Fn(&Event) -> bool) {
    let found = async {
        while let Some(event) = observer.next().await {
            if wanted(&event) {
                return;
            }
        }
        panic!("the server is gone");
    };
    timeout(PATIENCE, found)
        .await
        .expect("the event comes in time");
}

async fn publish(server: &Server, version: &str, arguments: &[&str], payload: &[u8]) {
    let mut child = client(server, "mosquitto_pub", version, arguments)
        .arg("-s")
        .stdin(Stdio::piped())
        .spawn()
        .expect("mosquitto_pub starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(payload).await.expect("mosquitto_pub reads");
    drop(stdin);
    assert_eq!(status(child).await, 0);
}

async fn status(child: Child) -> i32 {
    let output = timeout(PATIENCE, child.wait_with_output())
        .await
        .expect("in time")
        .expect("waited");
    output.status.code().expect("no signal")
}

async fn output(child: Child) -> Vec<u8> {
    let output = timeout(PATIENCE, child.wait_with_output())
        .await
        .expect("in time")
        .expect("waited");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

#[tokio::test]
async fn messages_arrive_at_every_quality_and_level() {
    if !installed() {
        return;
    }
    let server = listen(Config::default()).await;
    let mut observer = server.observe();
    for version in VERSIONS {
        for qos in ["0", "1", "2"] {
            let arguments = ["-t", "room/+", "-q", qos, "-C", "2", "-N", "-i", "sub"];
            let subscriber = client(&server, "mosquitto_sub", version, &arguments)
                .spawn()
                .expect("starts");
            wait(&mut observer, |event| {
                matches!(event, Event::Subscribed { .. })
            })
            .await;
            for _ in 0..2 {
                publish(&server, version, &["-t", "room/a", "-q", qos], PAYLOAD).await;
            }
            assert_eq!(
                output(subscriber).await,
                PAYLOAD.repeat(2),
                "{version} QoS {qos}"
            );
        }
    }
    let counters = server.counters();
    assert_eq!(
        (counters.published, counters.sent, counters.dropped),
        (12, 12, 0)
    );
    server.close().await;
}

#[tokio::test]
async fn a_kept_session_and_a_retained_message_wait_for_a_late_subscriber() {
    if !installed() {
        return;
    }
    let server = listen(Config::default()).await;
    for version in VERSIONS {
        let kept = ["-t", "late", "-q", "1", "-i", version, "-c", "-N"];
        // Subscribes and leaves at once.
        let leave = client(&server, "mosquitto_sub", version, &kept)
            .arg("-E")
            .spawn()
            .expect("starts");
        output(leave).await;
        publish(&server, version, &["-t", "late", "-q", "1"], b"queued ").await;
        publish(
            &server,
            version,
            &["-t", "kept", "-q", "1", "-r"],
            b"retained",
        )
        .await;
        let back = client(&server, "mosquitto_sub", version, &kept)
            .args(["-t", "kept", "-C", "2"])
            .spawn()
            .expect("starts");
        assert_eq!(output(back).await, b"queued retained", "{version}");
    }
}

#[tokio::test]
async fn refusals_reach_the_client_as_its_exit_status() {
    if !installed() {
        return;
    }
    let mut config = Config::default();
    config.anonymous = false;
    config.logins.insert("ann".into(), "secret".into());
    let server = listen(config).await;
    for version in VERSIONS {
        for (login, code) in [
            (&["-u", "ann", "-P", "secret"][..], 0),
            (&["-u", "ann", "-P", "guess"], 4),
            (&[], 5),
        ] {
            let child = client(&server, "mosquitto_pub", version, &["-t", "a", "-m", "b"])
                .args(login)
                .spawn()
                .expect("starts");
            assert_eq!(status(child).await, code, "{version} {login:?}");
        }
    }
}

#[tokio::test]
async fn a_killed_client_leaves_its_will() {
    if !installed() {
        return;
    }
    let server = listen(Config::default()).await;
    let mut observer = server.observe();
    let watcher = client(
        &server,
        "mosquitto_sub",
        "mqttv311",
        &["-t", "will", "-C", "1", "-N"],
    )
    .spawn()
    .expect("starts");
    wait(&mut observer, |event| {
        matches!(event, Event::Subscribed { .. })
    })
    .await;
    let arguments = ["-t", "x", "--will-topic", "will", "--will-payload", "gone"];
    let mut mortal = client(&server, "mosquitto_sub", "mqttv31", &arguments)
        .spawn()
        .expect("starts");
    wait(&mut observer, |event| {
        matches!(event, Event::Subscribed { .. })
    })
    .await;
    mortal.kill().await.expect("killed");
    assert_eq!(output(watcher).await, b"gone");
}

/// Needs no program: the handle alone ends the listener and the connections.
#[tokio::test]
async fn dropping_the_handle_closes_everything() {
    for close in [true, false] {
        let server = listen(Config::default()).await;
        let address = server.local_addr();
        let mut observer = server.observe();
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream
            .write_all(b"\x10\x0d\0\x04MQTT\x04\x02\0\x3c\0\x01c")
            .await
            .expect("writes");
        let mut ack = [0; 4];
        stream.read_exact(&mut ack).await.expect("CONNACK");
        assert_eq!(ack, [0x20, 2, 0, 0]);
        wait(&mut observer, |event| {
            matches!(event, Event::Connected { .. })
        })
        .await;
        if close {
            server.close().await;
        } else {
            drop(server);
        }
        let end = timeout(PATIENCE, stream.read(&mut ack))
            .await
            .expect("in time");
        assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
        let refused = async { while TcpStream::connect(address).await.is_ok() {} };
        timeout(PATIENCE, refused)
            .await
            .expect("nobody listens any more");
        assert_eq!(
            timeout(PATIENCE, observer.next()).await.expect("in time"),
            None
        );
    }
}

/// Needs no program. The deadline is real, since sockets do not follow a stopped clock.
#[tokio::test]
async fn the_timer_closes_a_connection_without_connect() {
    let mut config = Config::default();
    config.connect_timeout = Duration::from_millis(20);
    let server = listen(config).await;
    let mut observer = server.observe();
    let mut stream = TcpStream::connect(server.local_addr())
        .await
        .expect("connects");
    let cause = Cause::ConnectTimeout;
    wait(
        &mut observer,
        |event| matches!(event, Event::Closed { cause: why, .. } if *why == cause),
    )
    .await;
    let end = timeout(PATIENCE, stream.read(&mut [0]))
        .await
        .expect("in time");
    assert_eq!(end.expect("an orderly end"), 0);
}
