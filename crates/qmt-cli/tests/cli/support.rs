//! Runs the built `qmt`, brokers and mosquitto, and waits for what they say.

use core::time::Duration;
use std::io;
use std::process::Stdio;

use qmt_broker::{Config, Event, Message, Observer, Server};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// A hang is a failure; almost everything here takes milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How a program ended and what it said.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Exit status; -1 after a signal.
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

/// A program that runs; ended when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: Option<BufReader<ChildStdout>>,
    stderr: Lines<BufReader<ChildStderr>>,
    /// Lines of standard error that were waited through.
    seen: String,
}

impl Running {
    /// Starts `qmt`.
    pub(crate) fn qmt(arguments: &[&str]) -> Self {
        Self::start(env!("CARGO_BIN_EXE_qmt"), arguments)
    }

    pub(crate) fn start(program: &str, arguments: &[&str]) -> Self {
        Self::start_with(program, arguments, &[])
    }

    /// Starts `program` with more in its environment.
    pub(crate) fn start_with(program: &str, arguments: &[&str], more: &[(&str, &str)]) -> Self {
        let mut child = Command::new(program)
            .args(arguments)
            .env("QMT_CONFIG", "")
            .env("QMT_LANG", "en")
            .env_remove("QMT_DEVICE")
            .env_remove("QMT_PASSWORD")
            .env_remove("QMT_DEVICE_SECRET")
            .envs(more.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            stdin: child.stdin.take(),
            stdout: child.stdout.take().map(BufReader::new),
            stderr: BufReader::new(child.stderr.take().unwrap()).lines(),
            seen: String::new(),
            child,
        }
    }

    /// Waits for a line of standard error that holds `words`.
    pub(crate) async fn said(&mut self, words: &str) -> String {
        let found = async {
            while let Some(line) = self.stderr.next_line().await.unwrap() {
                self.seen.push_str(&line);
                self.seen.push('\n');
                if line.contains(words) {
                    return Some(line);
                }
            }
            None
        };
        let found = timeout(PATIENCE, found).await;
        found
            .unwrap_or_else(|_| panic!("no {words:?} in time after {:?}", self.seen))
            .unwrap_or_else(|| panic!("no {words:?} in {:?}", self.seen))
    }

    /// The next line of standard output, without its end.
    pub(crate) async fn line(&mut self) -> String {
        let mut line = String::new();
        timeout(PATIENCE, self.stdout.as_mut().unwrap().read_line(&mut line))
            .await
            .expect("a line in time")
            .unwrap();
        line.trim_end_matches('\n').to_owned()
    }

    /// Writes to standard input and closes it.
    pub(crate) async fn feed(&mut self, input: &[u8]) {
        let mut stdin = self.stdin.take().unwrap();
        // A program that has ended before it read everything is judged by its status.
        let _ = stdin.write_all(input).await;
    }

    /// Reads no more of what it prints.
    pub(crate) fn close_stdout(&mut self) {
        self.stdout = None;
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for the end without reading what it prints, and gives the status.
    pub(crate) async fn ended(&mut self) -> i32 {
        let ended = timeout(PATIENCE, self.child.wait()).await;
        let status = ended.expect("the end in time").unwrap();
        status.code().unwrap_or(-1)
    }

    /// Sends a signal, by name.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await;
        assert!(sent.unwrap().success());
    }

    /// Waits for the end.
    pub(crate) async fn finish(mut self) -> Finished {
        drop(self.stdin.take());
        let mut stdout = Vec::new();
        let end = async {
            let rest = async {
                let mut rest = String::new();
                while let Some(line) = self.stderr.next_line().await.unwrap() {
                    rest.push_str(&line);
                    rest.push('\n');
                }
                rest
            };
            let read = async {
                if let Some(pipe) = &mut self.stdout {
                    pipe.read_to_end(&mut stdout).await.unwrap();
                }
            };
            let ((), rest) = tokio::join!(read, rest);
            (self.child.wait().await.unwrap(), rest)
        };
        let (status, rest) = timeout(PATIENCE, end).await.expect("the end in time");
        Finished {
            code: status.code().unwrap_or(-1),
            stdout,
            stderr: self.seen + &rest,
        }
    }
}

/// Runs `qmt` to its end.
pub(crate) async fn qmt(arguments: &[&str]) -> Finished {
    Running::qmt(arguments).finish().await
}

impl Finished {
    /// The status and the one line that standard error must hold.
    #[track_caller]
    pub(crate) fn failed(&self) -> (i32, &str) {
        assert_eq!(self.stderr.lines().count(), 1, "{self:?}");
        assert_eq!(self.stdout, b"", "{self:?}");
        (self.code, self.stderr.trim_end())
    }

    #[track_caller]
    pub(crate) fn succeeded(&self) {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{self:?}");
    }
}

/// The loopback broker in this process, and what happens in it.
pub(crate) struct Loopback {
    server: Server,
    pub(crate) observer: Observer,
    pub(crate) port: String,
}

impl Loopback {
    pub(crate) async fn start(config: Config) -> Self {
        let server = Server::listen(("127.0.0.1", 0), config).await.unwrap();
        Self {
            observer: server.observe(),
            port: server.local_addr().port().to_string(),
            server,
        }
    }

    /// Arguments that lead a virtual module in the same process here.
    pub(crate) fn sim(&self) -> [&str; 6] {
        ["-D", "sim", "-h", "127.0.0.1", "-p", &self.port]
    }

    /// Runs `qmt VERB` with [`sim`](Self::sim) and more to its end.
    pub(crate) async fn qmt(&self, verb: &str, more: &[&str]) -> Finished {
        self.start_qmt(verb, more).finish().await
    }

    pub(crate) fn start_qmt(&self, verb: &str, more: &[&str]) -> Running {
        let mut arguments = vec![verb];
        arguments.extend(self.sim());
        arguments.extend(more);
        Running::qmt(&arguments)
    }

    /// Waits for an event that `pick` takes something out of.
    pub(crate) async fn wait<T>(&mut self, pick: impl Fn(&Event) -> Option<T>) -> T {
        let found = async {
            loop {
                let event = self.observer.next().await.expect("the broker runs");
                if let Some(found) = pick(&event) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, found).await.expect("the event in time")
    }

    /// Waits for the next message.
    pub(crate) async fn message(&mut self) -> Message {
        self.wait(|event| match event {
            Event::Published { message, .. } => Some(Message::clone(message)),
            _ => None,
        })
        .await
    }

    /// How many messages were published so far.
    pub(crate) fn published(&self) -> u64 {
        self.server.counters().published
    }
}

/// `qmt modem` on a pseudo-terminal, with a broker behind it.
pub(crate) struct Module {
    pub(crate) running: Running,
    pub(crate) path: String,
}

impl Module {
    /// Starts one that has a network, with more arguments; `name` is for its path.
    pub(crate) async fn start(name: &str, more: &[&str]) -> Self {
        let path = temporary(name);
        let arguments = [
            "modem",
            "--pty",
            &path,
            "--loopback-broker",
            "--instant-boot",
        ];
        let mut running = Running::qmt(&[&arguments[..], more].concat());
        assert_eq!(running.line().await, format!("ready: {path}"));
        Self { running, path }
    }

    /// Runs `qmt VERB -D PATH` with more to its end.
    pub(crate) async fn qmt(&self, verb: &str, more: &[&str]) -> Finished {
        qmt(&[&[verb, "-D", &self.path], more].concat()).await
    }

    /// Ends it.
    pub(crate) async fn end(self) -> Finished {
        self.running.signal("TERM").await;
        self.running.finish().await
    }
}

/// A path nobody else uses, in the folder for temporary files.
pub(crate) fn temporary(name: &str) -> String {
    let folder = std::env::temp_dir();
    let path = folder.join(format!("qmt-cli-{}-{name}", std::process::id()));
    path.to_str().unwrap().to_owned()
}

/// Whether nothing is at `path`, not even a link that leads nowhere.
pub(crate) fn is_gone(path: &str) -> bool {
    std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}
