//! `cargo xtask firmware run`: the firmware in QEMU, talking to the virtual module, and through it to
//! a real mosquitto, which says what it has seen.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::{fs, path::Path, process, thread};

use crate::{
    command::Command,
    failure::Failure,
    stopwatch::Stopwatch,
    tools::{self, Tool},
};

/// Where the firmware is, and its target.
const MANIFEST: &str = "examples/firmware/Cargo.toml";
const CONFIG: &str = "examples/firmware/.cargo/config.toml";
const TARGET: &str = "thumbv7m-none-eabi";
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
/// As long as messages may be in an envelope, each three times; bytes counting up.
const FULL: usize = 1_460 - ENVELOPE;
/// Bytes before each message.
const ENVELOPE: usize = 13;
/// The module restarts while it takes the first payload of full size.
const RESTART: &str = "reboot@host_byte:3000";
/// One byte in a thousand, each way.
const DAMAGE: &str = "flip@0.1%";
/// As often as leaves most messages whole, so that it takes seconds where the other takes minutes.
const SOME_DAMAGE: &str = "flip@0.02%";

/// Runs at a time: after damage they mostly wait.
const AT_ONCE: usize = 10;

/// How the node is driven. Both say the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Variant {
    /// By a loop of its own, over a UART that is polled.
    Blocking,
    /// By embassy's executor, over a UART with interrupts.
    Async,
}

/// What happens on the line, in one run after the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Line {
    /// Nothing, and a restart of the module.
    Quiet,
    /// Damage.
    Damaged,
    /// Both, with so little damage that all is over in a minute.
    Sample,
}

/// What is to be run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Runs {
    /// `None`: each.
    pub(crate) variant: Option<Variant>,
    /// What the line does to it.
    pub(crate) line: Line,
    /// How often, each time with another seed.
    pub(crate) times: u16,
}

impl Runs {
    /// Both variants once on a quiet line.
    pub(crate) const DEFAULT: Self = Self {
        variant: None,
        line: Line::Quiet,
        times: 1,
    };
    /// What every change must pass.
    pub(crate) const SAMPLE: Self = Self {
        line: Line::Sample,
        ..Self::DEFAULT
    };
}

/// One run.
struct Run {
    variant: Variant,
    fault: Option<&'static str>,
    seed: u16,
}

/// Builds each variant and runs it.
pub(crate) fn run(runs: Runs) -> Result<(), Failure> {
    let faults: &[_] = match runs.line {
        Line::Quiet => &[None, Some(RESTART)],
        Line::Damaged => &[Some(DAMAGE)],
        Line::Sample => &[None, Some(RESTART), Some(SOME_DAMAGE)],
    };
    let variants: Vec<Variant> = Variant::ALL
        .into_iter()
        .filter(|variant| runs.variant.is_none_or(|wanted| wanted == *variant))
        .collect();
    for tool in [tools::mosquitto(true), tools::firmware(true)] {
        match tool {
            Tool::Ready(what) => eprintln!("found {what}"),
            Tool::Missing(why) => return Err(Failure::new(why)),
        }
    }
    for variant in &variants {
        variant.build().run()?;
    }
    Command::cargo(["build", "--package", "qmt-cli"]).run()?;
    let mut all = Vec::new();
    for seed in 1..=runs.times {
        for &variant in &variants {
            all.extend(faults.iter().map(|&fault| Run {
                variant,
                fault,
                seed,
            }));
        }
    }
    let failed: Vec<Failure> = all.chunks(AT_ONCE).flat_map(at_once).collect();
    let (count, bad) = (all.len(), failed.len());
    println!("{} of {count} runs have ended well", count - bad);
    failed.into_iter().next().map_or(Ok(()), Err)
}

/// The failures of some runs.
fn at_once(runs: &[Run]) -> Vec<Failure> {
    thread::scope(|scope| {
        let running: Vec<_> = runs.iter().map(|run| scope.spawn(|| run.tell())).collect();
        let ended = running.into_iter().map(|run| match run.join() {
            Ok(ended) => ended,
            Err(_) => Err(Failure::new("a run has panicked")),
        });
        ended.filter_map(Result::err).collect()
    })
}

impl Variant {
    const ALL: [Self; 2] = [Self::Blocking, Self::Async];

    /// The variant of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|variant| variant.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            Self::Async => "async",
        }
    }

    /// Builds its program, alone: the other's features are not its own.
    fn build(self) -> Command {
        let package = format!("firmware-{}", self.name());
        let build = Command::cargo(["build", "--release", "--manifest-path", MANIFEST])
            .args(["--locked", "--package", &package])
            .args(["--config", CONFIG, "--target-dir", "target/firmware"]);
        with_core(build, TARGET)
    }

    /// Where the program is.
    fn program(self) -> String {
        format!("target/firmware/{TARGET}/release/firmware-{}", self.name())
    }
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

impl Run {
    /// Runs, and says how it went.
    fn tell(&self) -> Result<(), Failure> {
        let (name, begun) = (self.name(), Stopwatch::start());
        let path = format!(
            "target/firmware/{}.log",
            name.replace(|c: char| !c.is_alphanumeric(), "-")
        );
        let mut log = String::new();
        let ended = self.dialogue(&mut log);
        let kept = fs::write(&path, &log);
        let last = log.lines().rfind(|line| line.starts_with("firmware"));
        let last = last.unwrap_or("it has not ended well");
        let seconds = begun.elapsed().as_secs();
        println!("{name}, {seconds} s, {path}: {last}");
        ended?;
        kept.map_err(|error| Failure::new(format!("{path}: {error}")))
    }

    fn name(&self) -> String {
        let fault = self.fault.unwrap_or("no fault");
        format!("{}, {fault}, seed {}", self.variant.name(), self.seed)
    }

    /// From reset to the end with what the program says, and what the broker saw.
    fn dialogue(&self, log: &mut String) -> Result<(), Failure> {
        let port = free_port()?;
        let config = format!("target/firmware/mosquitto-{port}.conf");
        let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\n");
        fs::write(&config, text).map_err(|error| Failure::new(format!("{config}: {error}")))?;
        let mut broker = Running::start(&tools::program("mosquitto"), &["-c", &config])?;
        broker.settle(port)?;
        // Line by line, though nobody looks at a terminal.
        let patience = self.patience();
        let watch = format!("-oL mosquitto_sub -d -p {port} -t # -q 2 -F %x -W {patience}");
        let watch: Vec<&str> = watch.split(' ').collect();
        let mut watcher = Running::start("stdbuf", &watch)?;
        let mut seen = watcher.lines()?;
        wait_for(&mut seen, "Subscribed")?;

        let (map, seed) = (format!("*=127.0.0.1:{port}"), self.seed.to_string());
        let mut args = vec!["modem", "--listen", "127.0.0.1:0", "--map", &map];
        args.extend(["--print-address", "--instant-boot", "--seed", &seed]);
        args.extend(self.fault.into_iter().flat_map(|fault| ["--fault", fault]));
        let mut modem = Running::start("target/debug/qmt", &args)?;
        let address = modem.lines()?.next();
        let address = address.ok_or_else(|| Failure::new("the virtual module does not start"))?;

        let (is_over, said) = Command::new("timeout")
            .args([patience, "qemu-system-arm", "-M", "lm3s6965evb"])
            .args(["-nographic", "-monitor", "none"])
            .args(["-semihosting-config", "enable=on,target=native"])
            .args(["-serial", "stdio", "-serial", &format!("tcp:{address}")])
            .args(["-kernel", &self.variant.program()])
            .probe()?;
        *log = said;
        if !is_over || !log.contains("firmware ok") {
            return Err(Failure::new(
                "the firmware has ended without saying that it is well",
            ));
        }
        if self.fault == Some(RESTART) && !log.contains("ModuleRestarted") {
            return Err(Failure::new("the module has not restarted"));
        }
        self.check(&mut seen)
    }

    /// Longest time it may take, in seconds. After damage a host keeps silent for a while, for a
    /// minute where the module may still be taking a payload.
    fn patience(&self) -> &'static str {
        match self.fault {
            Some(DAMAGE | SOME_DAMAGE) => "1800",
            _ => "180",
        }
    }

    /// The broker has seen every message; each as often as published, or more often if the module
    /// has restarted between a message and its acknowledgement, or the line has damaged one.
    fn check(&self, seen: &mut Lines) -> Result<(), Failure> {
        let full: String = (0..FULL).map(|at| format!("{:02x}", at % 256)).collect();
        let mut missing: Vec<(&str, usize)> = MESSAGES.to_vec();
        missing.push((&full, 3));
        while missing.iter().any(|(_, count)| *count > 0) {
            let line = seen.next();
            let line = line.ok_or_else(|| Failure::new("the broker has not seen everything"))?;
            if line.contains(' ') {
                continue;
            }
            let payload = line.get(2 * ENVELOPE..).unwrap_or_default();
            let found = missing.iter_mut().find(|(wanted, _)| *wanted == payload);
            match found {
                Some((_, count)) if *count > 0 => *count -= 1,
                _ if self.fault.is_none() => {
                    return Err(Failure::new(format!("the broker has seen {line}")));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

type Lines = mpsc::IntoIter<String>;

fn wait_for(lines: &mut Lines, text: &str) -> Result<(), Failure> {
    for line in lines {
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

    /// What it says. Read as it comes: a program whose pipe is full would stop.
    fn lines(&mut self) -> Result<Lines, Failure> {
        let stdout = self.0.stdout.take();
        let stdout = stdout.ok_or_else(|| Failure::new("its output is read already"))?;
        let (said, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Nobody may want them any more.
                let _ = said.send(line);
            }
        });
        Ok(lines.into_iter())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended needs no killing.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
