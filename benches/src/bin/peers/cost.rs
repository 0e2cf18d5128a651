//! What receiving costs: instructions, time and heap.

use core::hint::black_box;
use core::time::Duration;
use std::time::Instant;

use qmt_benches::peers::{self, Visit};
use qmt_benches::{Delivery, Receiver, Workload, allocations, count};

use crate::{behind, print_head, unknown, visit_all};

/// Flags of the processes that are counted.
pub(crate) const COUNT: &str = "--count";
pub(crate) const HEAP: &str = "--heap";

/// What is counted: name, workload, lines, delivery.
type Load = (&'static str, fn(usize) -> Workload, usize, Delivery);

const LOADS: [Load; 8] = [
    ("W1 msg", Workload::w1, 1000, Delivery::Messages),
    ("W1 4096 B", Workload::w1, 1000, Delivery::Chunks(4096)),
    ("W2 msg", Workload::w2, 3000, Delivery::Messages),
    ("W3 msg", Workload::w3, 200, Delivery::Messages),
    ("W4 msg", Workload::w4, 100, Delivery::Messages),
    ("W1 64 B", Workload::w1, 1000, Delivery::Chunks(64)),
    ("W1 7 B", Workload::w1, 500, Delivery::Chunks(7)),
    ("W1 1 B", Workload::w1, 200, Delivery::Chunks(1)),
];

/// Passes of which the fastest is taken, at least.
const TIMES: usize = 9;
/// How long they take together, at least: a processor that was idle takes its time to be fast.
const LONG: Duration = Duration::from_millis(100);

/// Prints the tables of instructions, heap and time. Who takes fewer instructions than ours.
pub(crate) fn print() -> Result<Vec<String>, String> {
    println!("\n## Instructions per line\n");
    println!("The last column: blocks of heap for each line of W1.");
    let names = LOADS.map(|(name, ..)| name);
    let mut columns = names.to_vec();
    columns.push("heap");
    print_head("receiver", &columns);
    let mut rows = Vec::new();
    for name in receivers() {
        let mut counts = Vec::new();
        for load in &LOADS {
            counts.push(match can(name, load) {
                true => Some(count_of(name, load)?),
                false => None,
            });
        }
        let cells = counts
            .iter()
            .map(|it| it.map_or_else(String::new, |it| it.to_string()));
        let cells: Vec<String> = cells.collect();
        println!("| {name} | {} | {} |", cells.join(" | "), heap_of(name)?);
        rows.push((name.to_owned(), counts));
    }
    println!("\n## Nanoseconds per line\n");
    println!("The best of at least {TIMES} passes on the machine of the day.");
    print_head("receiver", &names);
    print_times();
    let limits = rows.iter().position(|(name, _)| name.starts_with('('));
    rows.truncate(limits.unwrap_or(rows.len()));
    Ok(behind(&rows, &names))
}

/// Every receiver by name, ours first, and what none can be faster than.
fn receivers() -> Vec<&'static str> {
    let mut names = Names(Vec::new());
    visit_all(&Workload::default(), &mut names);
    peers::visit_limits(&mut names);
    names.0
}

struct Names(Vec<&'static str>);

impl Visit for Names {
    fn receiver<R: Receiver>(&mut self, name: &'static str, _: impl Fn() -> R) {
        self.0.push(name);
    }
}

/// Whether a receiver is there for a load: a session reads hex only where it has asked for it.
fn can(name: &str, (_, make, ..): &Load) -> bool {
    !(make(1).hex && name == "**qmt-session**")
}

fn count_of(receiver: &str, (load, _, lines, _): &Load) -> Result<u64, String> {
    let total = count(&[COUNT, receiver, load]).ok_or_else(no_valgrind)?;
    Ok(total / *lines as u64)
}

/// Blocks of heap per line: what a second pass adds.
fn heap_of(receiver: &str) -> Result<String, String> {
    let (load, _, lines, _) = LOADS[0];
    let blocks = |passes| allocations(&[HEAP, receiver, load, passes]).ok_or_else(no_valgrind);
    let more = blocks("2")?.saturating_sub(blocks("1")?);
    Ok(per_unit(more, lines))
}

/// Blocks for each line or command.
pub(crate) fn per_unit(blocks: u64, units: usize) -> String {
    match blocks {
        0 => "0".to_owned(),
        _ => format!("{:.2}", blocks as f64 / units as f64),
    }
}

/// Why there is no count.
pub(crate) fn no_valgrind() -> String {
    "valgrind did not count; is it installed?".to_owned()
}

/// The process that callgrind counts: two passes, of which it counts the second.
pub(crate) fn run_counted(receiver: &str, load: &str) -> Result<(), String> {
    run(receiver, load, 1, true)
}

/// The process whose heap is counted.
pub(crate) fn run_passes(receiver: &str, load: &str, passes: &str) -> Result<(), String> {
    let passes = passes.parse().map_err(|_| unknown(passes))?;
    run(receiver, load, passes, false)
}

fn run(wanted: &str, load: &str, passes: usize, measured: bool) -> Result<(), String> {
    let found = LOADS.into_iter().find(|(name, ..)| *name == load);
    let (_, make, lines, delivery) = found.ok_or_else(|| unknown(load))?;
    let load = make(lines);
    let mut one = One {
        wanted,
        pieces: &delivery.cut(&load.bytes, &load.ends),
        passes,
        measured,
        found: false,
    };
    visit_all(&load, &mut one);
    peers::visit_limits(&mut one);
    match one.found {
        true => Ok(()),
        false => Err(unknown(wanted)),
    }
}

/// Passes of the receiver of one name.
struct One<'a> {
    wanted: &'a str,
    pieces: &'a [&'a [u8]],
    passes: usize,
    /// Whether one more is counted.
    measured: bool,
    found: bool,
}

impl Visit for One<'_> {
    fn receiver<R: Receiver>(&mut self, name: &'static str, new: impl Fn() -> R) {
        if name != self.wanted {
            return;
        }
        self.found = true;
        let mut receiver = new();
        for _ in 0..self.passes {
            black_box(pass(&mut receiver, self.pieces));
        }
        if self.measured {
            black_box(measured_pass(&mut receiver, self.pieces));
        }
    }
}

fn print_times() {
    let mut rows: Vec<(&'static str, Vec<String>)> = Vec::new();
    for (column, (_, make, lines, delivery)) in LOADS.into_iter().enumerate() {
        let load = make(lines);
        let mut timed = Timed(&delivery.cut(&load.bytes, &load.ends), Vec::new());
        visit_all(&load, &mut timed);
        peers::visit_limits(&mut timed);
        for (name, pass) in timed.1 {
            let cell = nanoseconds(pass, lines);
            match rows.iter_mut().find(|(known, _)| *known == name) {
                Some((_, cells)) => {
                    cells.resize(column, String::new());
                    cells.push(cell);
                }
                None => rows.push((name, vec![cell])),
            }
        }
    }
    for (name, mut cells) in rows {
        cells.resize(LOADS.len(), String::new());
        println!("| {name} | {} |", cells.join(" | "));
    }
}

/// For each of `units`, with a digit behind the point while that says something.
pub(crate) fn nanoseconds(all: Duration, units: usize) -> String {
    let each = all.as_secs_f64() * 1e9 / units as f64;
    match each {
        ..100.0 => format!("{each:.1}"),
        _ => format!("{each:.0}"),
    }
}

/// Runs `pass` [`TIMES`] times, or more until it took [`LONG`], and gives the shortest.
#[expect(
    clippy::disallowed_methods,
    reason = "it measures time for people; nothing depends on it"
)]
pub(crate) fn best(mut pass: impl FnMut()) -> Duration {
    let (mut best, mut times) = (Duration::MAX, 0);
    let all = Instant::now();
    while times < TIMES || all.elapsed() < LONG {
        let start = Instant::now();
        pass();
        best = best.min(start.elapsed());
        times += 1;
    }
    best
}

/// The best pass of every receiver over the same pieces.
struct Timed<'a>(&'a [&'a [u8]], Vec<(&'static str, Duration)>);

impl Visit for Timed<'_> {
    fn receiver<R: Receiver>(&mut self, name: &'static str, new: impl Fn() -> R) {
        let mut receiver = new();
        let best = best(|| {
            black_box(pass(&mut receiver, self.0));
        });
        self.1.push((name, best));
    }
}

#[inline(never)]
fn measured_pass<R: Receiver>(receiver: &mut R, pieces: &[&[u8]]) -> u64 {
    pass(receiver, pieces).wrapping_add(1)
}

#[inline(never)]
fn pass<R: Receiver>(receiver: &mut R, pieces: &[&[u8]]) -> u64 {
    let mut sum = 0_u64;
    for piece in pieces {
        receiver.feed(piece, &mut |event| sum = sum.wrapping_add(event.touch()));
    }
    sum
}
