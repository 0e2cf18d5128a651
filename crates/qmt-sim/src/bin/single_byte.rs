//! `cargo xtask sim --bytes`: the canonical dialogue with every single-byte fault; with
//! `--envelope` its payloads are sealed, and no damaged one may pass.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::process::ExitCode;
use std::{env, fs, panic, thread};

use qmt_sim::Memory;
use qmt_sim::dialogue::Wrapping;
use qmt_sim::single_byte::{self, Effects, Fault, Places, Verdict};

/// The committed list, below the root of the repository.
const LIST: &str = "crates/qmt-sim/single_byte.txt";

/// What a share of the work found.
#[derive(Default)]
struct Findings {
    effects: Effects,
    failed: Effects,
    longest_wait: Duration,
    runs: u64,
}

fn main() -> ExitCode {
    let every = env::args().nth(1).and_then(|n| n.parse().ok());
    let wrapping = match env::args().nth(2).as_deref() {
        None => Some(Wrapping::Bare),
        Some("sealed") => Some(Wrapping::Sealed),
        Some(_) => None,
    };
    let (Some(every), Some(wrapping)) = (every.filter(|n: &u64| *n > 0), wrapping) else {
        eprintln!("usage: single_byte EVERY [sealed]");
        return ExitCode::FAILURE;
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    panic::set_hook(Box::new(|_| {}));
    let (passage, places) = single_byte::baseline(wrapping);
    let total = single_byte::total(&passage);
    println!(
        "dialogue bytes={} to_module={} to_host={} faults={total}",
        passage.to_module + passage.to_host,
        passage.to_module,
        passage.to_host
    );
    let next = AtomicU64::new(0);
    let findings = thread::scope(|scope| {
        let share = || {
            scope.spawn(|| {
                let mut findings = Findings::default();
                let mut memory = Memory::new(1);
                loop {
                    let number = next.fetch_add(every, Ordering::Relaxed);
                    if number >= total {
                        return findings;
                    }
                    let fault = Fault::numbered(&passage, number);
                    let verdict = single_byte::run(fault, wrapping, &mut memory);
                    findings.add(&places, fault, verdict);
                    if number % 8_192 < every {
                        eprint!("\r{:3} %", number * 100 / total);
                    }
                }
            })
        };
        let shares: Vec<_> = (0..threads).map(|_| share()).collect();
        let mut all = Findings::default();
        for share in shares {
            all.merge(share.join().expect("a share of the work"));
        }
        all
    });
    eprintln!("\r100 %");
    match wrapping {
        Wrapping::Bare => findings.report(every == 1),
        Wrapping::Sealed => findings.report_sealed(),
    }
}

impl Findings {
    fn add(&mut self, places: &Places, fault: Fault, verdict: Verdict) {
        self.runs += 1;
        self.longest_wait = self.longest_wait.max(verdict.longest_wait);
        if let Some(failed) = verdict.failed {
            self.failed.add(places, fault, &failed);
        }
        for promise in verdict.broken {
            self.effects.add(places, fault, promise);
        }
    }

    fn merge(&mut self, other: Self) {
        self.effects.merge(other.effects);
        self.failed.merge(other.failed);
        self.longest_wait = self.longest_wait.max(other.longest_wait);
        self.runs += other.runs;
    }

    /// With envelopes there is no list: nothing may be found.
    fn report_sealed(self) -> ExitCode {
        println!(
            "runs={} failed={} damaged_delivered={} longest_wait_ms={}",
            self.runs,
            self.failed.len(),
            self.effects.len(),
            self.longest_wait.as_millis(),
        );
        if self.failed.is_empty() && self.effects.is_empty() {
            ExitCode::SUCCESS
        } else {
            println!("FAILED:\n{}{}", self.failed, self.effects);
            ExitCode::FAILURE
        }
    }

    fn report(self, whole: bool) -> ExitCode {
        if !self.failed.is_empty() {
            println!("FAILED, never listed:\n{}", self.failed);
        }
        println!(
            "runs={} failed={} spelling_another_line={} longest_wait_ms={} bound_ms={}",
            self.runs,
            self.failed.len(),
            self.effects.len(),
            self.longest_wait.as_millis(),
            single_byte::BOUND.as_millis()
        );
        let known = fs::read_to_string(LIST).unwrap_or_default();
        if known.is_empty() && !whole {
            println!(
                "{LIST} is not there; a whole run writes it. Found:\n{}",
                self.effects
            );
            return if self.failed.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            };
        }
        let known = single_byte::parse(&known).expect("a list");
        let news = self.effects.without(&known);
        if !news.is_empty() {
            println!("not in {LIST}:\n{news}");
        }
        let gone = match whole {
            true => known.without(&self.effects),
            false => Effects::default(),
        };
        if !gone.is_empty() {
            println!("in {LIST}, but not found:\n{gone}");
        }
        if whole && !(news.is_empty() && gone.is_empty()) {
            let list = format!("{}{}", single_byte::HEADING, self.effects);
            fs::write(LIST, list).expect("a place for the list");
            println!("{LIST} is written anew");
        }
        let good = self.failed.is_empty() && news.is_empty() && gone.is_empty();
        if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}
