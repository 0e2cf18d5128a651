//! `cargo xtask firmware run`: the firmware in QEMU, talking to the virtual module, and through it to
//! a real mosquitto, which says what it has seen.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Stdio};
use std::{fs, path::Path, process, thread};

use crate::{
    command::Command,
    failure::Failure,
    tools::{self, Tool},
};

/// Where the firmware is, and its target.
const MANIFEST: &str = "examples/firmware/Cargo.toml";
const CONFIG: &str = "examples/firmware/.cargo/config.toml";
const TARGET: &str = "thumbv7m-none-eabi";
const PROGRAM: &str = "firmware-blocking";
/// Messages it publishes, and receives back.
const MESSAGES: &[(&str, usize)] = &[
    ("68656c6c6f", 3),
    ("0d0a2b514d54535441543a20302c310d0a0d0a4f4b0d0a3e20", 3),
    (
        "220d0a2b514d54524543563a20302c302c226669726d776172652f6c6f6f70222c312c2278",
        3,
    ),
    ("001a1b7fff", 3),
];
/// As long as messages may be, each three times; bytes counting up.
const FULL: usize = 1_460;
/// The module restarts while it takes the first payload of full size.
const RESTART: &str = "reboot@host_byte:3000";
/// Longest time a run may take, in seconds.
const PATIENCE: &str = "180";

/// Builds and runs it, once in peace and once with a module that restarts in the middle.
pub(crate) fn run() -> Result<(), Failure> {
    for tool in [tools::mosquitto(true), tools::firmware(true)] {
        match tool {
            Tool::Ready(what) => eprintln!("found {what}"),
            Tool::Missing(why) => return Err(Failure::new(why)),
        }
    }
    build().run()?;
    Command::cargo(["build", "--package", "qmt-cli"]).run()?;
    for fault in [None, Some(RESTART)] {
        dialogue(fault)?;
    }
    Ok(())
}

/// Builds the program.
fn build() -> Command {
    let build = Command::cargo(["build", "--release", "--manifest-path", MANIFEST]).args([
        "--config",
        CONFIG,
        "--target-dir",
        "target/firmware",
    ]);
    with_core(build, TARGET)
}

/// With rustup's core if there is one for the target, else Debian's compiler and its sources.
pub(crate) fn with_core(build: Command, target: &str) -> Command {
    let libraries = Command::new("rustc").args(["--print", "target-libdir", "--target", target]);
    if libraries
        .capture()
        .is_ok_and(|dir| Path::new(dir.trim()).is_dir())
    {
        return build;
    }
    build
        .args(["-Zbuild-std=core,panic_abort"])
        .args(["-Zbuild-std-features=compiler-builtins-mem"])
        .env("RUSTC", tools::DEBIAN_RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
}

/// One run from reset to the end, and what the broker saw.
fn dialogue(fault: Option<&str>) -> Result<(), Failure> {
    println!("\n=== {} ===", fault.unwrap_or("no fault"));
    let port = free_port()?;
    let config = "target/firmware/mosquitto.conf";
    let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\n");
    fs::write(config, text).map_err(|error| Failure::new(format!("{config}: {error}")))?;
    let mut broker = Running::start(&tools::program("mosquitto"), &["-c", config])?;
    broker.settle(port)?;
    // Line by line, though nobody looks at a terminal.
    let watch = format!("-oL mosquitto_sub -d -p {port} -t firmware/# -q 2 -F %x -W {PATIENCE}");
    let watch: Vec<&str> = watch.split(' ').collect();
    let mut watcher = Running::start("stdbuf", &watch)?;
    let mut seen = watcher.lines()?;
    wait_for(&mut seen, "Subscribed")?;

    let map = format!("*=127.0.0.1:{port}");
    let mut args = vec![
        "modem",
        "--listen",
        "127.0.0.1:0",
        "--map",
        &map,
        "--print-address",
        "--instant-boot",
    ];
    args.extend(fault.into_iter().flat_map(|fault| ["--fault", fault]));
    let mut modem = Running::start("target/debug/qmt", &args)?;
    let address = modem.lines()?.next().and_then(Result::ok);
    let address = address.ok_or_else(|| Failure::new("the virtual module does not start"))?;

    let kernel = format!("target/firmware/{TARGET}/release/{PROGRAM}");
    let log = Command::new("timeout")
        .args([
            PATIENCE,
            "qemu-system-arm",
            "-M",
            "lm3s6965evb",
            "-nographic",
        ])
        .args([
            "-monitor",
            "none",
            "-semihosting-config",
            "enable=on,target=native",
        ])
        .args([
            "-serial",
            "stdio",
            "-serial",
            &format!("tcp:{address}"),
            "-kernel",
            &kernel,
        ])
        .run_and_keep()
        .map_err(|(_, failure)| failure)?;
    if !log.contains("firmware ok") {
        return Err(Failure::new(
            "the firmware has ended without saying that it is well",
        ));
    }
    if fault.is_some() && !log.contains("ModuleRestarted") {
        return Err(Failure::new("the module has not restarted"));
    }
    check(&mut seen, fault.is_some())
}

/// The broker has seen every message; each as often as published, or more often if the module has
/// restarted between a message and its acknowledgement.
fn check(seen: &mut Lines, may_repeat: bool) -> Result<(), Failure> {
    let full: String = (0..FULL).map(|at| format!("{:02x}", at % 256)).collect();
    for (payload, count) in MESSAGES.iter().copied().chain([(&full[..], 3)]) {
        let mut found = 0;
        while found < count {
            let line = seen.next().and_then(Result::ok);
            let line = line.ok_or_else(|| Failure::new("the broker has not seen everything"))?;
            let is_payload = !line.contains(' ');
            if is_payload && line == payload {
                found += 1;
            } else if is_payload && !may_repeat {
                return Err(Failure::new(format!("the broker has seen {line}")));
            }
        }
    }
    println!("the broker has seen every message");
    Ok(())
}

type Lines = std::io::Lines<BufReader<ChildStdout>>;

fn wait_for(lines: &mut Lines, text: &str) -> Result<(), Failure> {
    for line in lines.map_while(Result::ok) {
        if line.contains(text) {
            return Ok(());
        }
    }
    Err(Failure::new(format!("mosquitto_sub has not said `{text}`")))
}

/// A port that was free a moment ago: mosquitto takes no 0.
fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0");
    listener
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::new(format!("no free port: {error}")))
}

/// A program that ends with this value.
struct Running(Child);

impl Running {
    fn start(program: &str, args: &[&str]) -> Result<Self, Failure> {
        process::Command::new(program)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map(Self)
            .map_err(|error| Failure::new(format!("cannot run {program}: {error}")))
    }

    /// Waits until it listens: nothing it says tells that.
    fn settle(&mut self, port: u16) -> Result<(), Failure> {
        for _ in 0..10_000 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(());
            }
            if !matches!(self.0.try_wait(), Ok(None)) {
                break;
            }
            thread::yield_now();
        }
        Err(Failure::new("mosquitto does not listen"))
    }

    fn lines(&mut self) -> Result<Lines, Failure> {
        let stdout = self.0.stdout.take();
        let stdout = stdout.ok_or_else(|| Failure::new("its output is read already"))?;
        Ok(BufReader::new(stdout).lines())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended needs no killing.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
