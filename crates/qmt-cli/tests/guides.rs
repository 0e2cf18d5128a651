//! Every command that README and guides show in a `console` block is run, and must print what they
//! say it prints.
//!
//! - A line `$ ..` is a command, the lines after it are what it prints; `...` stands for any lines,
//!   and one number is as good as another. A command without output shown must end with status 0.
//! - Commands of one file share a folder. `/tmp` is that folder, `/dev/ttyUSB0` a virtual module;
//!   `<!-- module: FLAGS -->` starts another one there, with these flags.
//! - What serves others (`qmt modem`, `qmt monitor`, an open-ended `qmt sub`, `&`) goes on until the
//!   end of the file, or until the next one of its kind.
//! - What needs more than this project and a shell stands in `sh` blocks, which are not run and must
//!   not name `qmt` first.

use core::time::Duration;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// A hang is a failure.
const PATIENCE: Duration = Duration::from_secs(60);
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Something to do for a guide.
#[derive(Debug)]
enum Step {
    /// A module with these flags.
    Module(String),
    Command {
        line: String,
        prints: Vec<String>,
    },
}

/// What a file shows, in its order.
fn steps(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let flags = line.strip_prefix("<!-- module:");
        if let Some(flags) = flags.and_then(|flags| flags.strip_suffix("-->")) {
            steps.push(Step::Module(flags.trim().to_owned()));
        }
        if line != "```console" {
            continue;
        }
        while let Some(line) = lines.next().filter(|line| *line != "```") {
            let Some(command) = line.strip_prefix("$ ") else {
                match steps.last_mut() {
                    Some(Step::Command { prints, .. }) => prints.push(line.to_owned()),
                    _ => panic!("output before the first command: {line}"),
                }
                continue;
            };
            let mut command = command.to_owned();
            while command.ends_with('\\') {
                command.pop();
                command.push_str(lines.next().unwrap().trim_start());
            }
            steps.push(Step::Command {
                line: command,
                prints: Vec::new(),
            });
        }
    }
    steps
}

/// The same but for its numbers.
fn without_numbers(line: &str) -> String {
    let mut out = String::new();
    for char in line.trim_end().chars() {
        match char.is_ascii_digit() {
            true if out.ends_with('0') => {}
            true => out.push('0'),
            false => out.push(char),
        }
    }
    out
}

/// Whether `printed` is what was `shown`.
fn matches(shown: &[String], printed: &[String]) -> bool {
    match (shown, printed) {
        ([], []) => true,
        ([dots, rest @ ..], _) if dots.trim() == "..." => {
            (0..=printed.len()).any(|skip| matches(rest, &printed[skip..]))
        }
        ([first, shown @ ..], [line, printed @ ..]) => {
            without_numbers(first) == without_numbers(line) && matches(shown, printed)
        }
        _ => false,
    }
}

/// A command that goes on.
struct Server {
    child: Child,
    verb: String,
}

/// A folder with all that the guides take for granted.
struct Desk {
    folder: PathBuf,
    broker: qmt_broker::Server,
    servers: Vec<Server>,
    /// Variables that were exported.
    exported: String,
}

impl Desk {
    async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir();
        let folder = folder.join(format!("qmt-guide-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for part in [".local/share/bash-completion/completions", ".config/qmt"] {
            fs::create_dir_all(folder.join(part)).unwrap();
        }
        let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/decode");
        for (from, to) in [("minicom.log", "minicom.cap"), ("tio.log", "tio.log")] {
            fs::copy(logs.join(from), folder.join(to)).unwrap();
        }
        fs::write(folder.join("picture.bin"), b"\x89PNG\r\n\x1a\n\0\x01").unwrap();
        let config = qmt_broker::Config::default();
        let broker = qmt_broker::Server::listen(("127.0.0.1", 0), config).await;
        let mut desk = Self {
            folder,
            broker: broker.unwrap(),
            servers: Vec::new(),
            exported: String::new(),
        };
        desk.run("qmt demo --record field.qmtr", &["...".to_owned()])
            .await;
        desk
    }

    /// `line` with the paths of this desk.
    fn here(&self, line: &str) -> String {
        let folder = self.folder.to_str().unwrap();
        line.replace("cargo run -p qmt-cli -- ", "qmt ")
            .replace("cargo run -q -p qmt-cli -- ", "qmt ")
            .replace("127.0.0.1:5000", "127.0.0.1:0")
            .replace("/tmp/", &format!("{folder}/"))
            .replace("/dev/ttyUSB", &format!("{folder}/ttyUSB"))
    }

    fn shell(&self, line: &str) -> Command {
        let bin = Path::new(env!("CARGO_BIN_EXE_qmt")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let script = format!("{}{}", self.exported, self.here(line));
        let mut command = Command::new("bash");
        command
            .args(["-c", &script])
            .current_dir(&self.folder)
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("HOME", &self.folder)
            .env("QMT_PORT", self.broker.local_addr().port().to_string())
            .env("LC_ALL", "C.UTF-8")
            .env_remove("QMT_LANG")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("QMT_DEVICE")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs `line` to its end and compares what it prints.
    async fn run(&mut self, line: &str, prints: &[String]) {
        if line.starts_with("export ") {
            self.exported.push_str(&format!("{}\n", self.here(line)));
            return;
        }
        let ended = timeout(PATIENCE, self.shell(&format!("exec 2>&1; {line}")).output()).await;
        let ended = ended.unwrap_or_else(|_| panic!("{line}: no end")).unwrap();
        let printed = String::from_utf8_lossy(&ended.stdout).into_owned();
        match prints {
            [] => assert!(
                ended.status.success(),
                "{line}: {}\n{printed}",
                ended.status
            ),
            _ => self.compare(line, prints, &printed),
        }
    }

    fn compare(&self, line: &str, prints: &[String], printed: &str) {
        let prints: Vec<String> = prints.iter().map(|line| self.here(line)).collect();
        let lines: Vec<String> = printed.lines().map(str::to_owned).collect();
        assert!(matches(&prints, &lines), "{line} prints\n{printed}");
    }

    /// Starts `line`, and waits until it has printed what it is to print.
    async fn serve(&mut self, line: &str, prints: &[String]) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let verb = words.iter().take(2).copied().collect::<Vec<_>>().join(" ");
        if verb != "qmt sub" {
            self.end(&verb).await;
        }
        let log = self
            .folder
            .join(format!("server-{}.log", self.servers.len()));
        let out = File::create(&log).unwrap();
        let line = line.trim_end_matches('&');
        let child = self
            .shell(&format!("exec {line}"))
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap();
        self.servers.push(Server { child, verb });
        // It may have more to say, before and after.
        let dots = || core::iter::once("...".to_owned());
        let prints: Vec<String> = dots().chain(prints.to_vec()).chain(dots()).collect();
        let begun = async {
            loop {
                let printed = fs::read_to_string(&log).unwrap_or_default();
                let lines: Vec<String> = printed.lines().map(str::to_owned).collect();
                let shown: Vec<String> = prints.iter().map(|line| self.here(line)).collect();
                let is_up = match self.servers.last().unwrap().verb.as_str() {
                    // Says where it is on standard output, shown or not.
                    "qmt modem" => !lines.is_empty(),
                    _ => true,
                };
                let has_ended = self.servers.last_mut().unwrap().child.try_wait().unwrap();
                if is_up && matches(&shown, &lines) || has_ended.is_some() {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        let begun = timeout(PATIENCE, begun).await;
        let printed = fs::read_to_string(&log).unwrap();
        assert!(begun.is_ok(), "{line} prints\n{printed}");
        self.compare(line, &prints, &printed);
        let ended = self.servers.last_mut().unwrap().child.try_wait().unwrap();
        assert!(
            ended.is_none_or(|status| status.success()),
            "{line}: {ended:?}\n{printed}"
        );
    }

    /// Ends what serves as `verb`.
    async fn end(&mut self, verb: &str) {
        for server in &mut self.servers {
            let is_it = server.verb == verb && server.child.try_wait().unwrap().is_none();
            if let Some(id) = server.child.id().filter(|_| is_it) {
                let kill = Command::new("kill").arg(id.to_string()).status().await;
                assert!(kill.unwrap().success());
                let _ = timeout(PATIENCE, server.child.wait()).await.unwrap();
            }
        }
    }

    /// A virtual module at `/dev/ttyUSB0`.
    async fn module(&mut self, flags: &str) {
        self.end("qmt  modem").await;
        let line =
            format!("qmt  modem --pty /dev/ttyUSB0 --loopback-broker --instant-boot {flags}");
        // Its own kind: the modules of the guide come and go beside it.
        let line = line.replace("qmt  modem", "env qmt modem");
        self.end("env qmt").await;
        self.serve(&line, &["ready: /dev/ttyUSB0".to_owned()]).await;
    }
}

/// Whether a command serves others until it is ended.
fn is_server(line: &str) -> bool {
    let line = line.replace("cargo run -q -p qmt-cli -- ", "qmt ");
    let ends: &[&str] = match line.split_whitespace().nth(1) {
        _ if line.ends_with('&') => return true,
        Some("modem") => &["--list-", "--help"],
        Some("sub") => &[" -C", " -W", " -E"],
        Some("replay") => &["--as host"],
        Some("monitor") => &[],
        _ => return false,
    };
    line.starts_with("qmt ") && !ends.iter().any(|flag| line.contains(flag))
}

async fn follow(file: &str) {
    let text = fs::read_to_string(Path::new(ROOT).join(file)).unwrap();
    let steps = steps(&text);
    assert!(!steps.is_empty(), "{file} shows nothing");
    let mut desk = Desk::new(&file.replace('/', "-")).await;
    desk.module("").await;
    for step in &steps {
        match step {
            Step::Module(flags) => desk.module(flags).await,
            Step::Command { line, prints } if is_server(line) => desk.serve(line, prints).await,
            Step::Command { line, prints } => desk.run(line, prints).await,
        }
    }
    let Desk {
        folder, servers, ..
    } = desk;
    drop(servers);
    fs::remove_dir_all(folder).unwrap();
}

/// The guides, each with a test of its own.
macro_rules! guides {
    ($($name:ident = $file:literal;)*) => {
        const GUIDES: &[&str] = &[$($file),*];
        $(
            #[tokio::test]
            async fn $name() {
                follow($file).await;
            }
        )*
    };
}

guides! {
    readme = "README.md";
    readme_in_chinese = "README.zh-CN.md";
    readme_of_the_tool = "crates/qmt-cli/README.md";
    doctor = "docs/doctor.md";
    recordings = "docs/recordings.md";
    in_ci = "docs/ci.md";
    porting = "docs/porting.md";
    settings = "docs/settings.md";
    start_firmware = "docs/start-firmware.md";
    start_fuzzing = "docs/start-fuzzing.md";
    start_gateway = "docs/start-gateway.md";
    start_testing = "docs/start-testing.md";
    virtual_modem = "docs/virtual-modem.md";
}

/// Markdown files of the project for its users.
fn pages() -> Vec<String> {
    let folders = ["", "docs", "crates/qmt-cli"];
    let files = folders.iter().flat_map(|folder| {
        let path = Path::new(ROOT).join(folder);
        fs::read_dir(path).unwrap().map(move |entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            Path::new(folder).join(name).to_str().unwrap().to_owned()
        })
    });
    files.filter(|name| name.ends_with(".md")).collect()
}

#[test]
fn every_page_that_shows_commands_is_followed_and_no_block_hides_some() {
    for page in pages() {
        let text = fs::read_to_string(Path::new(ROOT).join(&page)).unwrap();
        let is_followed = GUIDES.contains(&page.as_str());
        assert_eq!(text.contains("```console"), is_followed, "{page}");
        let hidden = text
            .split("```sh\n")
            .skip(1)
            .filter_map(|block| block.split("```").next())
            .flat_map(str::lines)
            .find(|line| line.starts_with("qmt ") || line.starts_with("$ "));
        assert_eq!(hidden, None, "{page}");
    }
}

#[test]
fn what_differs_only_in_numbers_matches_and_dots_stand_for_any_lines() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(matches(
        &lines("a 1 b\n...\nend"),
        &lines("a 23 b\nx\ny\nend")
    ));
    assert!(matches(&lines("...\nend"), &lines("end")));
    assert!(!matches(&lines("a"), &lines("a\nb")));
    assert!(!matches(&lines("a\n...\nend"), &lines("a\nb")));
}
