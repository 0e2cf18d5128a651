//! A real mosquitto on a free loopback port, for tests: started, watched, frozen, restarted, ended.
//!
//! It logs everything, and tests wait for what it says. A folder of its own holds its
//! configuration, password file and database, and goes with it.

mod folder;

use core::net::Ipv4Addr;
use core::time::Duration;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

use folder::Folder;

/// A hang is a failure; almost everything takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(30);
/// Ports that may be taken by somebody else between being found free and being used.
const TRIES: usize = 5;

/// A mosquitto of our own; killed when dropped.
#[derive(Debug)]
pub struct Mosquitto {
    port: u16,
    folder: Folder,
    child: Child,
    /// Lines of its log that were not waited through yet.
    log: mpsc::UnboundedReceiver<String>,
    /// Those that were.
    seen: String,
}

impl Mosquitto {
    /// Starts one that lets everybody in. `None`, with a line that says why, where it is not
    /// installed; in CI that fails.
    ///
    /// # Panics
    /// When it does not start, and outside of a tokio runtime.
    pub async fn start() -> Option<Self> {
        Self::start_with(|_| "allow_anonymous true".to_owned()).await
    }

    /// Starts one with the configuration that `setup` gives besides its listener. `setup` may put
    /// files into the folder that it is shown.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub async fn start_with(setup: impl Fn(&Path) -> String) -> Option<Self> {
        if !installed(&["mosquitto", "mosquitto_pub", "mosquitto_sub"]) {
            return None;
        }
        let mut said = String::new();
        for _ in 0..TRIES {
            let port = free_port();
            let folder = Folder::create(&format!("qmt-mosquitto-{port}"));
            // As root it would become another user, who may not write here.
            let config = format!(
                "listener {port} {}\nuser root\nlog_type all\n{}\n",
                Ipv4Addr::LOCALHOST,
                setup(folder.path())
            );
            std::fs::write(folder.path().join("mosquitto.conf"), config)
                .expect("the folder is ours");
            match launch(folder.path()).await {
                Ok((child, log)) => {
                    return Some(Self {
                        port,
                        folder,
                        child,
                        log,
                        seen: String::new(),
                    });
                }
                Err(log) => said = log,
            }
        }
        panic!("mosquitto does not start: {said}");
    }

    /// The port it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Waits for a line of its log that holds `words`; lines before it are passed over.
    ///
    /// # Panics
    /// When there is none in time.
    pub async fn said(&mut self, words: &str) -> String {
        let found = async {
            while let Some(line) = self.log.recv().await {
                self.seen.push_str(&line);
                self.seen.push('\n');
                if line.contains(words) {
                    return Some(line);
                }
            }
            None
        };
        let found = timeout(PATIENCE, found).await.ok().flatten();
        found.unwrap_or_else(|| panic!("no {words:?} in {}", self.seen))
    }

    /// Stops it in its tracks: connections stay, nothing is answered.
    pub async fn freeze(&self) {
        self.signal("STOP").await;
    }

    /// Lets it go on.
    pub async fn thaw(&self) {
        self.signal("CONT").await;
    }

    /// Ends it in order, which writes its database, and starts it again on the same port.
    ///
    /// # Panics
    /// When it does not end or start.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.resume().await;
    }

    /// Ends it in order; [`resume`](Self::resume) starts it again.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn stop(&mut self) {
        self.signal("TERM").await;
        let ended = timeout(PATIENCE, self.child.wait()).await;
        ended.expect("mosquitto ends in time").expect("it is ours");
    }

    /// Starts it again after [`stop`](Self::stop), on the same port and with the same files.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn resume(&mut self) {
        let started = launch(self.folder.path()).await;
        (self.child, self.log) = started.unwrap_or_else(|log| panic!("no restart: {log}"));
    }

    /// Publishes with mosquitto_pub, to its end.
    ///
    /// # Panics
    /// When that fails.
    pub async fn publish(&self, arguments: &[&str]) {
        let output = self.run("mosquitto_pub", arguments).await;
        assert!(
            output.status.success(),
            "mosquitto_pub {arguments:?}: {output:?}"
        );
    }

    /// Runs one of mosquitto's clients against this broker to its end.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let output = self.client(program, arguments).output();
        let output = timeout(PATIENCE, output).await;
        output.expect("an end in time").expect("it is installed")
    }

    /// Starts mosquitto_sub and waits until it is subscribed to `topic`, the last of its arguments.
    /// Its output is a pipe; it is killed when dropped.
    ///
    /// # Panics
    /// When it does not subscribe.
    pub async fn subscriber(&mut self, arguments: &[&str], topic: &str) -> Child {
        let child = self
            .client("mosquitto_sub", arguments)
            .args(["-t", topic])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it is installed");
        self.said(&format!("\t{topic} (QoS ")).await;
        child
    }

    fn client(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    async fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await;
        assert!(sent.expect("there is a kill").success());
    }
}

/// Whether all of these programs are there. Says so if not, and panics where they must be: in CI.
///
/// # Panics
/// When one is missing and `CI` is set.
#[must_use]
pub fn installed(programs: &[&str]) -> bool {
    let missing: Vec<&&str> = programs
        .iter()
        .filter(|name| find(name).is_none())
        .collect();
    if missing.is_empty() {
        return true;
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "{missing:?} not installed, and CI is set"
    );
    println!("skipped: {missing:?} not installed");
    false
}

/// Where a program is; brokers are in folders that are not in everybody's `PATH`.
#[must_use]
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let servers = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(servers)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Starts it and waits until it runs; gives its log if it ends before.
async fn launch(folder: &Path) -> Result<(Child, mpsc::UnboundedReceiver<String>), String> {
    let program = find("mosquitto").expect("it was looked for");
    let mut child = Command::new(program)
        .args(["-v", "-c"])
        .arg(folder.join("mosquitto.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("a program can be started");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let (log, waiting) = mpsc::unbounded_channel();
    let mut said = String::new();
    let running = async {
        while let Ok(Some(line)) = lines.next_line().await {
            said.push_str(&line);
            said.push('\n');
            if line.ends_with(" running") {
                return true;
            }
        }
        false
    };
    if !timeout(PATIENCE, running).await.unwrap_or(false) {
        return Err(said);
    }
    // A pipe that nobody reads would stop it sooner or later.
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            let _ = log.send(line);
        }
    });
    Ok((child, waiting))
}

/// A port that is free now.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback");
    listener.local_addr().expect("it is bound").port()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_runs_is_frozen_restarted_and_gone() {
        let Some(mut broker) = Mosquitto::start().await else {
            return;
        };
        let folder = broker.folder.path().to_owned();
        let arguments = ["-C", "1", "-N"];
        let heard = broker.subscriber(&arguments, "a/b").await;
        broker.freeze().await;
        let sender = broker
            .client("mosquitto_pub", &["-t", "a/b", "-m", "hi"])
            .spawn();
        broker.thaw().await;
        sender.unwrap().wait().await.unwrap();
        assert_eq!(heard.wait_with_output().await.unwrap().stdout, b"hi");
        broker.restart().await;
        broker.publish(&["-t", "a", "-n"]).await;
        assert!(folder.join("mosquitto.conf").is_file());
        drop(broker);
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn a_wrong_configuration_is_told_with_its_log() {
        if !installed(&["mosquitto"]) {
            return;
        }
        let folder = Folder::create("qmt-mosquitto-wrong");
        std::fs::write(folder.path().join("mosquitto.conf"), "no_such_option 1\n").unwrap();
        let log = launch(folder.path()).await.unwrap_err();
        assert!(log.contains("no_such_option"), "{log}");
    }
}
