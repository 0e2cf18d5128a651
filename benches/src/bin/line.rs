//! `cargo xtask line`: messages through everything, from a host to a real mosquitto and back: `qmt`,
//! a pseudo-terminal as fast as the machine, the virtual module in a process of its own, TCP.
//!
//! Every message must arrive, in order and byte for byte. What is printed are times of this machine
//! and load; nothing is gated by them. With a folder as second argument, host and module run under
//! callgrind, which leaves its files there.

use core::time::Duration;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};

use qmt_benches::cpu_ms;
use qmt_mosquitto::Mosquitto;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, timeout};

/// A hang is a failure; under callgrind everything takes fifty times as long.
const PATIENCE: Duration = Duration::from_secs(120);
/// Messages of one way, and under callgrind.
const MESSAGES: u64 = 5_000;
const MESSAGES_COUNTED: u64 = 500;
/// Bytes of a message.
const LEN: usize = 100;
const TOPIC: &str = "line";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (qmt, counted) = match &arguments[..] {
        [qmt] => (qmt, None),
        [qmt, folder] => (qmt, Some(PathBuf::from(folder))),
        _ => {
            eprintln!("usage: line QMT [FOLDER]");
            return ExitCode::FAILURE;
        }
    };
    let Some(broker) =
        Mosquitto::start_with(|_| "allow_anonymous true\nmax_queued_messages 0".to_owned()).await
    else {
        return ExitCode::FAILURE;
    };
    let mut bench = Bench {
        qmt: qmt.clone(),
        broker,
        counted,
    };
    println!("| way | messages | messages/s | host, µs each | module, µs each |");
    println!("|---|---:|---:|---:|---:|");
    for qos in ["0", "1", "2"] {
        bench
            .publish(qos)
            .await
            .print(&format!("publish, QoS {qos}"));
    }
    for qos in ["0", "1", "2"] {
        bench
            .receive(qos)
            .await
            .print(&format!("receive, QoS {qos}"));
    }
    ExitCode::SUCCESS
}

struct Bench {
    qmt: String,
    broker: Mosquitto,
    /// Where callgrind leaves its files, if it is to count.
    counted: Option<PathBuf>,
}

/// What came of the messages of one way.
struct Tally {
    messages: u64,
    /// Until the last has arrived.
    took: Duration,
    /// Processor time of the host and of the module meanwhile, in ms.
    host: u64,
    module: u64,
}

impl Tally {
    fn print(&self, way: &str) {
        let messages = self.messages as f64;
        let each = |ms: u64| ms as f64 * 1000.0 / messages;
        println!(
            "| {way} | {messages} | {:.0} | {:.0} | {:.0} |",
            messages / self.took.as_secs_f64(),
            each(self.host),
            each(self.module),
        );
    }
}

/// The virtual module on a pseudo-terminal. It ends when its host hangs up.
struct Module {
    process: Child,
    link: PathBuf,
}

impl Bench {
    /// `qmt pub` reads lines, mosquitto_sub prints them.
    async fn publish(&mut self, qos: &str) -> Tally {
        let to = ["-q", qos];
        let mut subscriber = self.broker.subscriber(&to, TOPIC).await;
        let lines = BufReader::new(subscriber.stdout.take().expect("a pipe")).lines();
        let way = format!("publish-{qos}");
        let module = self.module(&way).await;
        let mut host = self.host("pub", &way, &module, &["-q", qos, "-l"]);
        let input = host.stdin.take().expect("a pipe");
        let tally = self.measure(input, lines, &host, &module).await;
        self.end(host, module).await;
        tally
    }

    /// mosquitto_pub reads lines, `qmt sub` prints them.
    async fn receive(&mut self, qos: &str) -> Tally {
        let way = format!("receive-{qos}");
        let module = self.module(&way).await;
        let count = (self.messages() + 2).to_string();
        let mut host = self.host("sub", &way, &module, &["-q", qos, "-C", &count]);
        let lines = BufReader::new(host.stdout.take().expect("a pipe")).lines();
        self.broker.said(&format!("\t{TOPIC} (QoS ")).await;
        let mut publisher = Command::new("mosquitto_pub")
            .args(["-h", "127.0.0.1", "-p", &self.broker.port().to_string()])
            .args(["-t", TOPIC, "-q", qos, "-l"])
            .stdin(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("it is installed");
        let input = publisher.stdin.take().expect("a pipe");
        let tally = self.measure(input, lines, &host, &module).await;
        self.end(host, module).await;
        tally
    }

    /// Sends one message, which finds everything up, then what is measured, and one more, which
    /// tells both ends that it is over.
    async fn measure(
        &self,
        mut input: ChildStdin,
        mut lines: Lines<BufReader<ChildStdout>>,
        host: &Child,
        module: &Module,
    ) -> Tally {
        let messages = self.messages();
        say(&mut input, "the beginning").await;
        arrives(&mut lines, "the beginning").await;
        let start = Instant::now();
        let before = [host, &module.process].map(cpu_ms);
        let sending = tokio::spawn(async move {
            for number in 0..messages {
                say(&mut input, &message(number)).await;
            }
            input
        });
        for number in 0..messages {
            arrives(&mut lines, &message(number)).await;
        }
        let took = start.elapsed();
        let after = [host, &module.process].map(cpu_ms);
        let mut input = sending.await.expect("it does not panic");
        say(&mut input, "the end").await;
        drop(input);
        arrives(&mut lines, "the end").await;
        let [host, module] = [0, 1].map(|at| after[at] - before[at]);
        Tally {
            messages,
            took,
            host,
            module,
        }
    }

    const fn messages(&self) -> u64 {
        match self.counted {
            None => MESSAGES,
            Some(_) => MESSAGES_COUNTED,
        }
    }

    async fn module(&self, way: &str) -> Module {
        let link = std::env::temp_dir().join(format!("qmt-line-{}-{way}", std::process::id()));
        let mut process = self
            .program(&format!("{way}-module"))
            .args(["modem", "--instant-boot", "--exit-when", "hang-up", "--pty"])
            .arg(&link)
            .args(["--map", &format!("*=127.0.0.1:{}", self.broker.port())])
            .stdin(Stdio::null())
            .spawn()
            .expect("qmt can be started");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let ready = timeout(PATIENCE, lines.next_line()).await;
        assert!(matches!(ready, Ok(Ok(Some(line))) if line.starts_with("ready: ")));
        Module { process, link }
    }

    fn host(&self, verb: &str, way: &str, module: &Module, arguments: &[&str]) -> Child {
        self.program(&format!("{way}-host"))
            .args([verb, "-h", "broker.example", "-t", TOPIC, "-D"])
            .arg(&module.link)
            .args(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .expect("qmt can be started")
    }

    /// `qmt`, under callgrind if it is to count.
    fn program(&self, out: &str) -> Command {
        let mut command = match &self.counted {
            None => Command::new(&self.qmt),
            Some(folder) => {
                let mut command = Command::new("valgrind");
                command
                    .args(["--quiet", "--tool=callgrind"])
                    .arg(format!(
                        "--callgrind-out-file={}",
                        folder.join(out).display()
                    ))
                    .arg(&self.qmt);
                command
            }
        };
        command.stdout(Stdio::piped()).kill_on_drop(true);
        command
    }

    async fn end(&self, host: Child, module: Module) {
        for process in [host, module.process] {
            let mut process = process;
            let ended = timeout(PATIENCE, process.wait()).await;
            let status = ended.expect("an end in time").expect("it is ours");
            assert!(status.success(), "{status}");
        }
    }
}

async fn say(input: &mut ChildStdin, line: &str) {
    let line = format!("{line}\n");
    input.write_all(line.as_bytes()).await.expect("it reads");
}

async fn arrives(lines: &mut Lines<BufReader<ChildStdout>>, expected: &str) {
    let line = timeout(PATIENCE, lines.next_line()).await;
    let line = line.unwrap_or_else(|_| panic!("{expected} is missing"));
    let line = line.expect("a pipe").expect("as many lines as messages");
    assert_eq!(line, expected, "in order and byte for byte");
}

/// A line that tells its number.
fn message(number: u64) -> String {
    format!("{number:0>LEN$}")
}
