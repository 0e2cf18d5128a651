//! `cargo xtask sim --safety | --liveness | --replay | merge`: many seeds on all processors.

use core::fmt::Write as _;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;
use std::{env, fs, panic, thread};

use qmt_sim::Memory;
use qmt_sim::campaign::{
    HOSTS, Log, Mode, Row, Scenario, Tally, generate, minimize, parse, run, run_in_sight,
};

const USAGE: &str = "\
usage: campaign safety|liveness [--seeds A..B] [--minutes M] [--only KIND] [--out FILE] [--gate]
                                [--threads N] [--save DIR]
       campaign replay [--show] FILE...
       campaign merge FILE...";

/// Seeds of a campaign without `--seeds`: more than anybody has the time for.
const ALL: (u64, u64) = (0, u64::MAX);
/// Seeds of a campaign at the gate: enough for its goal, and the same on every machine.
const GATE_SAFETY: (u64, u64) = (0, 18_000);
const GATE_LIVENESS: (u64, u64) = (0, LIVENESS);
/// How long a campaign without an end of its own is.
const MINUTES: u64 = 10;
/// Seeds that fail are minimized up to here; more are of the same kind.
const MINIMIZED: usize = 8;
/// Runs for minimizing one.
const RUNS: usize = 400;

/// What must come of a campaign at the gate (G2, G3), which takes two processors about ten minutes.
const SAFETY: [(&str, u64); 3] = [
    ("seeds", 10_000),
    ("operations", 20_000_000),
    ("faults", 2_000_000),
];
const KINDS: u64 = 1_000;
const YEARS: f64 = 5.0;
const LIVENESS: u64 = 100_000;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let done = match args.split_first() {
        Some((verb, rest)) if verb == "replay" => replay(rest),
        Some((verb, rest)) if verb == "merge" => merge(rest),
        Some((verb, rest)) if verb == "safety" => {
            Job::new(Mode::Safety, rest).and_then(|job| job.run())
        }
        Some((verb, rest)) if verb == "liveness" => {
            Job::new(Mode::Liveness, rest).and_then(|job| job.run())
        }
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("{words}");
            ExitCode::FAILURE
        }
    }
}

/// Runs scenarios from files; says what each came to.
fn replay(args: &[String]) -> Result<(), String> {
    let (flags, files): (Vec<_>, Vec<_>) = args.iter().partition(|arg| *arg == "--show");
    let mut show = |line: String| println!("{line}");
    let mut failed = 0;
    for &file in &files {
        let text = read(file)?;
        let scenario = parse(&text).map_err(|error| format!("{file}: {error}"))?;
        let mode = mode_of(&text);
        let log: Log<'_> = match flags.is_empty() {
            true => None,
            false => Some(&mut show),
        };
        let report = run_in_sight(&scenario, mode, &mut Memory::new(HOSTS), log);
        println!("{file}: hash={:016x}", report.hash);
        if let Some(failure) = report.failure {
            println!("{file}: FAILED {failure}");
            failed += 1;
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(format!("{failed} of {} fail", files.len())),
    }
}

fn mode_of(text: &str) -> Mode {
    match text.lines().any(|line| line.trim() == "# liveness") {
        true => Mode::Liveness,
        false => Mode::Safety,
    }
}

/// Adds result files up and shows the sum.
fn merge(files: &[String]) -> Result<(), String> {
    let mut all = Tally::default();
    for file in files {
        let value =
            serde_json::from_str(&read(file)?).map_err(|error| format!("{file}: {error}"))?;
        all.merge(
            Tally::from_json(&value).ok_or_else(|| format!("{file}: no result of a campaign"))?,
        );
    }
    println!("{all}");
    match all.failures().len() {
        0 => Ok(()),
        failures => Err(format!("{failures} seeds failed")),
    }
}

fn read(file: &str) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))
}

/// A campaign.
struct Job {
    mode: Mode,
    seeds: (u64, u64),
    minutes: Option<u64>,
    only: Option<Row>,
    out: Option<PathBuf>,
    save: PathBuf,
    threads: usize,
    /// Whether to fail when less is reached than the goal.
    gate: bool,
}

impl Job {
    fn new(mode: Mode, args: &[String]) -> Result<Self, String> {
        let mut job = Self {
            mode,
            seeds: ALL,
            minutes: None,
            only: None,
            out: None,
            save: PathBuf::from("target/campaign"),
            threads: thread::available_parallelism().map_or(1, usize::from),
            gate: false,
        };
        let mut args = args.iter();
        while let Some(flag) = args.next() {
            if flag == "--gate" {
                job.gate = true;
                continue;
            }
            let value = args.next().ok_or(USAGE)?;
            let wrong = || format!("{flag} {value}?\n{USAGE}");
            match flag.as_str() {
                "--seeds" => job.seeds = range(value).ok_or_else(wrong)?,
                "--minutes" => job.minutes = Some(value.parse().map_err(|_| wrong())?),
                "--only" => job.only = Some(Row::find(value).ok_or_else(wrong)?),
                "--threads" => job.threads = value.parse().map_err(|_| wrong())?,
                "--out" => job.out = Some(value.into()),
                "--save" => job.save = value.into(),
                _ => return Err(USAGE.to_owned()),
            }
        }
        if job.seeds == ALL {
            match (job.gate, job.minutes) {
                (true, None) if mode == Mode::Safety => job.seeds = GATE_SAFETY,
                (true, None) => job.seeds = GATE_LIVENESS,
                _ => job.minutes = job.minutes.or(Some(MINUTES)),
            }
        }
        Ok(job)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the time a campaign takes; no run depends on it"
    )]
    fn run(&self) -> Result<(), String> {
        panic::set_hook(Box::new(|_| {}));
        let began = Instant::now();
        let limit = self
            .minutes
            .map(|minutes| Duration::from_secs(60 * minutes));
        let next = AtomicU64::new(self.seeds.0);
        let done = Mutex::new(Tally::default());
        thread::scope(|scope| {
            for _ in 0..self.threads {
                scope.spawn(|| {
                    let mut memory = Memory::new(HOSTS);
                    while limit.is_none_or(|limit| began.elapsed() < limit) {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= self.seeds.1 {
                            break;
                        }
                        let tally = self.try_seed(seed, &mut memory);
                        let mut done = done.lock().expect("no thread panics");
                        done.merge(tally);
                        progress(&done, began.elapsed());
                    }
                });
            }
        });
        eprintln!();
        let mut all = done.into_inner().expect("no thread panics");
        all.add("wall_ms", began.elapsed().as_millis() as u64);
        println!("{all}");
        println!(
            "wall_s={} threads={}",
            began.elapsed().as_secs(),
            self.threads
        );
        if let Some(out) = &self.out {
            fs::write(out, format!("{}\n", all.to_json()))
                .map_err(|error| format!("{}: {error}", out.display()))?;
        }
        self.judge(&all)
    }

    fn try_seed(&self, seed: u64, memory: &mut Memory) -> Tally {
        let scenario = generate(seed, self.mode, self.only);
        let report = run(&scenario, self.mode, memory);
        let mut tally = report.tally;
        if let Some(failure) = report.failure {
            tally.on_failure(seed, failure);
        }
        tally
    }

    fn judge(&self, all: &Tally) -> Result<(), String> {
        for (seed, failure) in all.failures().iter().take(MINIMIZED) {
            let scenario = generate(*seed, self.mode, self.only);
            let small = minimize(&scenario, self.mode, RUNS);
            let file = self.keep(*seed, failure, &small)?;
            println!(
                "seed {seed}: {} steps in {}",
                small.steps.len(),
                file.display()
            );
        }
        match all.failures().len() {
            0 => {}
            failures => return Err(format!("{failures} seeds failed")),
        }
        let short = self.shortfall(all);
        match self.gate && !short.is_empty() {
            true => Err(format!("short of the goal: {short}")),
            false => Ok(()),
        }
    }

    /// Writes what repeats a failure.
    fn keep(&self, seed: u64, failure: &str, small: &Scenario) -> Result<PathBuf, String> {
        let (mode, name) = match self.mode {
            Mode::Safety => ("# safety", "safety"),
            Mode::Liveness => ("# liveness", "liveness"),
        };
        let again = run(small, self.mode, &mut Memory::new(HOSTS)).failure;
        let story = again.unwrap_or_else(|| failure.to_owned());
        let story: String = story.lines().map(|line| format!("# {line}\n")).collect();
        let file = self.save.join(format!("{name}-{seed}.txt"));
        let text = format!("{story}{mode}\n{small}");
        let written = fs::create_dir_all(&self.save).and_then(|()| fs::write(&file, text));
        written.map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(file)
    }

    /// Which figures of the goal are not reached.
    fn shortfall(&self, all: &Tally) -> String {
        let mut short = String::new();
        let mut need = |name: &str, is: f64, least: f64| {
            if is < least {
                let written = write!(short, "{name} {is} of {least}; ");
                debug_assert!(written.is_ok());
            }
        };
        match self.mode {
            Mode::Safety => {
                for (name, least) in SAFETY {
                    let is = if name == "faults" {
                        all.faults()
                    } else {
                        all.sum(name)
                    };
                    need(name, is as f64, least as f64);
                }
                let rows = Row::ALL.iter().filter(|row| all.row(**row).1 >= KINDS);
                need("kinds", rows.count() as f64, Row::ALL.len() as f64);
                let years = all.sum("virtual_ms") as f64 / (365.25 * 86_400_000.0);
                need("years", years, YEARS);
            }
            Mode::Liveness => need("seeds", all.sum("seeds") as f64, LIVENESS as f64),
        }
        short
    }
}

fn range(text: &str) -> Option<(u64, u64)> {
    let (from, to) = text.split_once("..")?;
    Some((from.parse().ok()?, to.parse().ok()?))
}

fn progress(done: &Tally, time: Duration) {
    let seeds = done.sum("seeds");
    if !seeds.is_multiple_of(32) {
        return;
    }
    eprint!(
        "\r{:>4} s  {seeds} seeds  {} operations  {} faults  {} failures ",
        time.as_secs(),
        done.sum("operations"),
        done.faults(),
        done.failures().len()
    );
}
