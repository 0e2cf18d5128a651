//! The whole way, with nothing of ours at the far end: driver, pseudo-terminal, virtual module,
//! TCP, mosquitto, mosquitto_pub and mosquitto_sub. Every payload arrives byte for byte, both
//! ways, in every format, echo mode, protocol level and QoS, from a module in its default state.

use core::num::NonZeroU16;
use core::time::Duration;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use qmt_hal_tokio::{
    Event, Events, Handle as Host, LineSpec, OwnedLinkConfig, OwnedPublish, TaskConfig,
};
use qmt_modem::runner::{Handle as Module, Pty, Runner};
use qmt_modem::{Modem, ModemConfig};
use qmt_mosquitto::Mosquitto;
use qmt_proto::{DataFormat, Granted, LinkId, MqttVersion, Qos};
use qmt_session::{ClientConfig, Outcome};
use qmt_sim::hostile;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// A hang is a failure; almost everything here takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);
const QOS: [Qos; 3] = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce];

/// Payloads come faster than they are read.
fn busy(_: &Path) -> String {
    "allow_anonymous true\nmax_queued_messages 10000".to_owned()
}

/// `mosquitto_sub`, printing payloads in hex.
struct Listener {
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Listener {
    async fn start(port: u16, topic: &str) -> Self {
        // It tells of its subscription at once only if its output is not a full buffer at a time.
        let mut child = Command::new("stdbuf")
            .args(["-oL", "mosquitto_sub"])
            .args(["-h", "127.0.0.1", "-p", &port.to_string()])
            .args(["-t", topic, "-q", "2", "-d", "-F", "hex:%x"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("mosquitto_sub runs");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut listener = Self {
            lines,
            _child: child,
        };
        listener.line(|line| line.starts_with("Subscribed")).await;
        listener
    }

    async fn line(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        let found = async {
            loop {
                let line = self.lines.next_line().await.unwrap();
                let line = line.expect("mosquitto_sub goes on");
                if wanted(&line) {
                    return line;
                }
            }
        };
        timeout(PATIENCE, found).await.expect("a line in time")
    }

    async fn payload(&mut self) -> Vec<u8> {
        let line = self.line(|line| line.starts_with("hex:")).await;
        let digits = &line.as_bytes()["hex:".len()..];
        let digits = digits
            .chunks(2)
            .map(|pair| core::str::from_utf8(pair).unwrap());
        digits
            .map(|pair| u8::from_str_radix(pair, 16).unwrap())
            .collect()
    }
}

async fn mosquitto_pub(port: u16, topic: &str, qos: Qos, payload: &[u8]) {
    let mut child = Command::new("mosquitto_pub")
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .args(["-t", topic, "-q", &qos.level().to_string()])
        .arg(if payload.is_empty() { "-n" } else { "-s" })
        .stdin(Stdio::piped())
        .spawn()
        .expect("mosquitto_pub runs");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(payload).await.unwrap();
    drop(stdin);
    assert!(child.wait().await.unwrap().success());
}

/// A host and its module, which has just been running for a while with default options.
async fn host_and_module() -> (Host, Events, Module) {
    let pty = Pty::open().unwrap();
    let line = LineSpec::Tty(pty.path().to_path_buf());
    let module = Runner::new(Modem::booted(ModemConfig::new())).spawn(pty);
    let line = qmt_hal_tokio::open(&line, 115_200).await.unwrap();
    let (host, events) = qmt_hal_tokio::spawn(ClientConfig::new(), TaskConfig::default(), line);
    (host, events, module)
}

fn link_config(port: u16, client_id: &str) -> OwnedLinkConfig {
    OwnedLinkConfig::new("127.0.0.1", NonZeroU16::new(port).unwrap(), client_id)
}

async fn message(events: &mut Events) -> (LinkId, Vec<u8>, Vec<u8>) {
    let found = async {
        loop {
            match events.next().await.expect("the task goes on") {
                Event::Message(message) => {
                    assert!(message.exact);
                    return (message.link, message.topic, message.payload);
                }
                Event::Down { link, error, .. } => panic!("link {link}: {error}"),
                Event::Lagged { messages, .. } => panic!("{messages} messages lost"),
                _ => {}
            }
        }
    };
    timeout(PATIENCE, found).await.expect("a message in time")
}

/// One way of talking.
#[derive(Clone, Copy, Debug)]
struct Way {
    number: usize,
    version: MqttVersion,
    format: DataFormat,
    echo: bool,
    qos: Qos,
}

impl Way {
    fn all() -> Vec<Self> {
        let mut ways = Vec::new();
        for version in [MqttVersion::V3_1, MqttVersion::V3_1_1] {
            for format in [DataFormat::Text, DataFormat::Hex] {
                for echo in [false, true] {
                    for qos in QOS {
                        ways.push(Self {
                            number: ways.len(),
                            version,
                            format,
                            echo,
                            qos,
                        });
                    }
                }
            }
        }
        ways
    }

    async fn carries(self, port: u16, payloads: Arc<Vec<Vec<u8>>>) {
        let link = LinkId::ALL[self.number % LinkId::COUNT];
        let (up, down) = (
            format!("up/{}", self.number),
            format!("down/{}", self.number),
        );
        let mut listener = Listener::start(port, &up).await;
        let (host, mut events, module) = host_and_module().await;
        let mut config = link_config(port, &format!("way-{}", self.number));
        config.version = self.version;
        config.send_format = self.format;
        config.recv_format = Some(self.format);
        config.echo_data = self.echo;
        host.connect(link, config).await.unwrap();
        let granted = host.subscribe(link, down.as_str(), self.qos).await.unwrap();
        assert_eq!(granted, Granted(self.qos.level()));
        for payload in payloads.iter() {
            let publish = OwnedPublish {
                topic: up.clone(),
                payload: payload.clone(),
                qos: self.qos,
                retain: false,
            };
            let outcome = host.publish(link, publish).await.unwrap();
            assert!(outcome.is_success(), "{self:?} {outcome}");
            assert_eq!(outcome == Outcome::Sent, self.qos == Qos::AtMostOnce);
            assert_eq!(listener.payload().await, *payload, "{self:?}");

            mosquitto_pub(port, &down, self.qos, payload).await;
            let received = message(&mut events).await;
            assert_eq!(
                received,
                (link, down.clone().into_bytes(), payload.clone()),
                "{self:?}"
            );
        }
        host.shutdown().await;
        module.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn every_payload_arrives_byte_for_byte_both_ways() {
    let Some(mosquitto) = Mosquitto::start_with(busy).await else {
        return;
    };
    let payloads = Arc::new(hostile::payloads());
    let ways = Way::all();
    assert_eq!(ways.len(), 24);
    let mut tasks = tokio::task::JoinSet::new();
    for way in ways {
        tasks.spawn(way.carries(mosquitto.port(), Arc::clone(&payloads)));
    }
    let mut carried = 0;
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
        carried += payloads.len();
    }
    println!("{carried} payloads each way");
}

#[tokio::test]
async fn five_links_publish_and_receive_at_once() {
    const EACH: usize = 30;
    let Some(mosquitto) = Mosquitto::start_with(busy).await else {
        return;
    };
    let port = mosquitto.port();
    let (host, mut events, module) = host_and_module().await;
    for link in LinkId::ALL {
        let config = link_config(port, &format!("link-{link}"));
        host.connect(link, config).await.unwrap();
        let filter = format!("down/{link}");
        host.subscribe(link, filter.as_str(), Qos::ExactlyOnce)
            .await
            .unwrap();
    }
    let mut tasks = tokio::task::JoinSet::new();
    for link in LinkId::ALL {
        let mut listener = Listener::start(port, &format!("up/{link}")).await;
        let host = host.clone();
        tasks.spawn(async move {
            for n in 0..EACH {
                let publish = OwnedPublish {
                    topic: format!("up/{link}"),
                    payload: format!("{link}: {n}\r\n+QMTPUB: {link},{n},0\r\n").into_bytes(),
                    qos: QOS[n % 3],
                    retain: false,
                };
                let outcome = host.publish(link, publish.clone()).await.unwrap();
                assert!(outcome.is_success(), "{outcome}");
                assert_eq!(listener.payload().await, publish.payload);
            }
        });
        tasks.spawn(async move {
            for n in 0..EACH {
                let payload = format!("for {link}: {n}\r\nOK\r\n");
                mosquitto_pub(
                    port,
                    &format!("down/{link}"),
                    QOS[n % 3],
                    payload.as_bytes(),
                )
                .await;
            }
        });
    }
    let mut received = vec![Vec::new(); LinkId::COUNT];
    for _ in 0..EACH * LinkId::COUNT {
        let (link, topic, payload) = message(&mut events).await;
        assert_eq!(topic, format!("down/{link}").into_bytes());
        received[link.index()].push(String::from_utf8(payload).unwrap());
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    for link in LinkId::ALL {
        let expected: Vec<String> = (0..EACH)
            .map(|n| format!("for {link}: {n}\r\nOK\r\n"))
            .collect();
        assert_eq!(received[link.index()], expected);
    }
    host.shutdown().await;
    module.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_size_of_reads_does_not_matter() {
    let Some(mosquitto) = Mosquitto::start_with(busy).await else {
        return;
    };
    let link = LinkId::ALL[0];
    for chunk in [1, 2, 3, 7, 64] {
        let pty = Pty::open().unwrap();
        let line = LineSpec::Tty(pty.path().to_path_buf());
        let module = Runner::new(Modem::booted(ModemConfig::new())).spawn(pty);
        let line = qmt_hal_tokio::open(&line, 115_200).await.unwrap();
        let mut task = TaskConfig::default();
        task.read_chunk = chunk;
        let (host, mut events) = qmt_hal_tokio::spawn(ClientConfig::new(), task, line);
        let config = link_config(mosquitto.port(), &format!("reads-{chunk}"));
        host.connect(link, config).await.unwrap();
        let topic = format!("reads/{chunk}");
        host.subscribe(link, topic.as_str(), Qos::AtLeastOnce)
            .await
            .unwrap();
        for payload in hostile::payloads() {
            let publish = OwnedPublish {
                topic: topic.clone(),
                payload: payload.clone(),
                qos: Qos::AtLeastOnce,
                retain: false,
            };
            let outcome = host.publish(link, publish).await.unwrap();
            assert!(outcome.is_success(), "{outcome}");
            assert_eq!(message(&mut events).await.2, payload);
        }
        host.shutdown().await;
        module.shutdown().await.unwrap();
    }
}
