//! `cargo xtask fleet`: many virtual modules in one process, each with a host that publishes a
//! message a second and wants it back, over one real mosquitto. Nothing may get lost; memory and
//! processor time of the modules' process are printed.
//!
//! The hosts know nothing of this project: they send lines and wait for lines.

use core::time::Duration;
use std::process::{ExitCode, Stdio};

use qmt_benches::cpu_ms;
use qmt_mosquitto::Mosquitto;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, timeout};

/// A hang is a failure.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let qmt = arguments.next();
    let mut number = || {
        arguments
            .next()?
            .parse::<u32>()
            .ok()
            .filter(|count| *count > 0)
    };
    let (Some(qmt), Some(modules), Some(seconds)) = (qmt, number(), number()) else {
        eprintln!("usage: fleet QMT MODULES SECONDS");
        return ExitCode::FAILURE;
    };
    // Nothing but warnings: a log of everything would be the broker's main work.
    let quiet = |_: &std::path::Path| "allow_anonymous true\nmax_queued_messages 10000".to_owned();
    let Some(broker) = Mosquitto::start_with(quiet).await else {
        return ExitCode::FAILURE;
    };
    let mut fleet = Fleet::start(&qmt, modules, broker.port()).await;

    let mut connecting = JoinSet::new();
    for (number, address) in fleet.addresses.iter().enumerate() {
        connecting.spawn(Host::connect(number, address.clone()));
    }
    let hosts = connecting.join_all().await;
    let before = fleet.load();
    let mut exchanging = JoinSet::new();
    for host in hosts {
        exchanging.spawn(host.exchange(seconds));
    }
    let mut total = Tally::default();
    while let Some(tally) = exchanging.join_next().await {
        total.add(tally.expect("no host panics"));
    }
    let after = fleet.load();
    let running = fleet.process.try_wait().is_ok_and(|ended| ended.is_none());

    let per_module = f64::from(modules);
    let lost = u64::from(modules) * u64::from(seconds) - total.returned;
    println!(
        "fleet modules={modules} seconds={seconds} sent={} acknowledged={} returned={} lost={lost} \
         worst_round_trip_ms={} memory_kib_per_module={:.0} cpu_ms_per_module_and_second={:.2}",
        total.sent,
        total.acknowledged,
        total.returned,
        total.worst.as_millis(),
        after.memory_kib / per_module,
        (after.cpu_ms - before.cpu_ms) / per_module / f64::from(seconds),
    );
    match running && lost == 0 && total.sent == total.acknowledged && total.sent == total.returned {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// The process with the modules.
struct Fleet {
    process: Child,
    addresses: Vec<String>,
}

/// What a process has used.
struct Load {
    memory_kib: f64,
    cpu_ms: f64,
}

impl Fleet {
    async fn start(qmt: &str, modules: u32, broker: u16) -> Self {
        // A listener, a host and a broker for each module.
        let descriptors = modules * 3 + 64;
        let mut process = Command::new("sh")
            .args([
                "-c",
                "ulimit -n \"$0\" && exec \"$@\"",
                &descriptors.to_string(),
                qmt,
            ])
            .args([
                "modem",
                "--listen",
                "127.0.0.1:0",
                "--print-address",
                "--instant-boot",
            ])
            .args(["--count", &modules.to_string()])
            .args(["--map", &format!("*=127.0.0.1:{broker}")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("qmt can be started");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let mut addresses = Vec::new();
        for _ in 0..modules {
            let line = timeout(PATIENCE, lines.next_line()).await;
            let line = line.expect("modules in time").expect("a pipe");
            addresses.push(line.expect("as many addresses as modules"));
        }
        Self { process, addresses }
    }

    /// Reads what the process has used up to now.
    fn load(&self) -> Load {
        let id = self.process.id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("a Linux system");
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = memory.and_then(|line| line.split_whitespace().next());
        Load {
            memory_kib: memory.and_then(|kib| kib.parse().ok()).expect("a size"),
            cpu_ms: cpu_ms(&self.process) as f64,
        }
    }
}

/// What came of the messages.
#[derive(Default)]
struct Tally {
    sent: u64,
    acknowledged: u64,
    returned: u64,
    worst: Duration,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.acknowledged += other.acknowledged;
        self.returned += other.returned;
        self.worst = self.worst.max(other.worst);
    }
}

/// A host that sends lines and waits for lines.
struct Host {
    number: usize,
    line: TcpStream,
    read: Vec<u8>,
}

impl Host {
    async fn connect(number: usize, address: String) -> Self {
        let line = TcpStream::connect(address)
            .await
            .expect("the module listens");
        let read = Vec::new();
        let mut host = Self { number, line, read };
        for line in [
            "ATE0",
            "AT+QSCLK=0",
            "AT+QMTCFG=\"showrecvlen\",0,1",
            "AT+QMTCFG=\"echomode\",0,0",
        ] {
            host.ask(line, "OK\r\n").await;
        }
        host.ask("AT+QMTOPEN=0,\"broker.example\",1883", "+QMTOPEN: 0,0\r\n")
            .await;
        host.ask(
            &format!("AT+QMTCONN=0,\"fleet-{number}\""),
            "+QMTCONN: 0,0,0\r\n",
        )
        .await;
        host.ask(
            &format!("AT+QMTSUB=0,1,\"fleet/{number}\",1"),
            "+QMTSUB: 0,1,0,1\r\n",
        )
        .await;
        host
    }

    /// Publishes once a second; each message must come back before the next goes out.
    async fn exchange(mut self, seconds: u32) -> Tally {
        let mut tally = Tally::default();
        let mut second = interval(Duration::from_secs(1));
        for number in 1..=seconds {
            second.tick().await;
            let start = Instant::now();
            let payload = format!("{number} of {}", self.number);
            let topic = format!("fleet/{}", self.number);
            let publish = format!("AT+QMTPUB=0,{number},1,0,\"{topic}\",{}", payload.len());
            self.ask(&publish, "> ").await;
            self.send(&payload).await;
            tally.sent += 1;
            // Result and message come in either order.
            let result = format!("+QMTPUB: 0,{number},0\r\n");
            let message = format!(",\"{topic}\",{},\"{payload}\"\r\n", payload.len());
            self.until(&[result.as_bytes(), message.as_bytes()]).await;
            tally.acknowledged += 1;
            tally.returned += 1;
            tally.worst = tally.worst.max(start.elapsed());
        }
        tally
    }

    async fn ask(&mut self, line: &str, wanted: &str) {
        self.send(&format!("{line}\r")).await;
        self.until(&[wanted.as_bytes()]).await;
    }

    async fn send(&mut self, text: &str) {
        self.line
            .write_all(text.as_bytes())
            .await
            .expect("the module lives");
    }

    /// Reads until everything wanted has come; a second copy of it would be there at the next call
    /// and is refused there.
    async fn until(&mut self, wanted: &[&[u8]]) {
        let has =
            |read: &[u8], part: &[u8]| read.windows(part.len()).filter(|w| *w == part).count();
        let found = async {
            while !wanted.iter().all(|part| has(&self.read, part) > 0) {
                let mut room = [0; 1_024];
                let len = self.line.read(&mut room).await.expect("the module lives");
                assert_ne!(len, 0, "the module hung up");
                self.read.extend_from_slice(&room[..len]);
            }
        };
        if timeout(PATIENCE, found).await.is_err() {
            panic!("host {} waits in vain", self.number);
        }
        assert!(
            wanted.iter().all(|part| has(&self.read, part) == 1),
            "told twice"
        );
        self.read.clear();
    }
}
