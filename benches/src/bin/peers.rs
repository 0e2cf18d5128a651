//! Ours and its peers in one table: who is right, and what it costs.
//!
//! Correctness is measured on W7 in five deliveries, panics included. Instructions are those of a
//! second pass under callgrind, per line, with a sink that reads every field. Fails when ours is
//! not as right as it must be.

use core::hint::black_box;
use std::process::ExitCode;

use at_syntax::Writer;
use qmt_benches::peers::{self, Visit};
use qmt_benches::{Delivery, Encode, Ours, Receiver, Row, SessionReceiver, Workload, count, ours};
use qmt_proto::{Command, ResponseDialect};

/// Lines of W7.
const LINES: usize = 20_000;

/// What is counted: name, workload, lines, delivery.
type Load = (&'static str, fn(usize) -> Workload, usize, Delivery);

const LOADS: [Load; 7] = [
    ("W1 msg", Workload::w1, 1000, Delivery::Messages),
    ("W2 msg", Workload::w2, 3000, Delivery::Messages),
    ("W3 msg", Workload::w3, 200, Delivery::Messages),
    ("W1 4096 B", Workload::w1, 1000, Delivery::Chunks(4096)),
    ("W1 64 B", Workload::w1, 1000, Delivery::Chunks(64)),
    ("W1 7 B", Workload::w1, 500, Delivery::Chunks(7)),
    ("W1 1 B", Workload::w1, 200, Delivery::Chunks(1)),
];

/// Commands of each kind.
const COMMANDS: u16 = 2000;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        [] => match print_receivers().and_then(|fine| print_encoders().map(|()| fine)) {
            Some(true) => return ExitCode::SUCCESS,
            Some(false) => eprintln!("ours is not as right as it must be"),
            None => eprintln!("valgrind did not count; is it installed?"),
        },
        ["--receive", receiver, load] => return run_receiver(receiver, load),
        ["--encode", encoder, kind] => return run_encoder(encoder, kind),
        _ => eprintln!("usage: peers"),
    }
    ExitCode::FAILURE
}

/// Whether ours is fine; `None` when counting fails.
fn print_receivers() -> Option<bool> {
    // Receivers that panic are counted, not shown.
    std::panic::set_hook(Box::new(|_| {}));
    println!(
        "Correct %, then w(rong) m(issed) f(orged) r(eordered) p(anics); instructions per line."
    );
    let loads = LOADS.map(|(name, ..)| name).join(" | ");
    println!("\n| receiver | W7 msg | 4096 B | 64 B | 7 B | 1 B | {loads} |");
    println!("|---|---|---|---|---|---|{}", "---:|".repeat(LOADS.len()));
    let rows = ours(LINES);
    for row in &rows {
        let counts = match row.name {
            "qmt-proto" | "qmt-session" => counts_of(row.name)?,
            _ => " | ".repeat(LOADS.len() - 1),
        };
        println!("| **{}** | {} | {counts} |", row.name, row.cells());
    }
    let mut peers = Correctness(Workload::w7(LINES), Vec::new());
    peers::visit(&mut peers);
    for row in &peers.1 {
        println!(
            "| {} | {} | {} |",
            row.name,
            row.cells(),
            counts_of(row.name)?
        );
    }
    for name in ["(memcpy)", "(memcpy, memchr)"] {
        println!("| {name} | | | | | | {} |", counts_of(name)?);
    }
    Some(rows.iter().all(|row| row.fine))
}

fn print_encoders() -> Option<()> {
    println!("\nInstructions per command; all write the same bytes.");
    let kinds = Encode::ALL.map(|kind| format!("{kind:?}")).join(" | ");
    println!("\n| encoder | {kinds} |\n|---|{}", "---:|".repeat(4));
    let names = peers::encoders().map(|(name, _)| name);
    for name in [OURS].into_iter().chain(names) {
        let count = |kind| count(&["--encode", name, &format!("{kind:?}")]);
        let mut cells = Vec::new();
        for kind in Encode::ALL {
            cells.push((count(kind)? / u64::from(COMMANDS)).to_string());
        }
        println!("| {name} | {} |", cells.join(" | "));
    }
    Some(())
}

struct Correctness(Workload, Vec<Row>);

impl Visit for Correctness {
    fn receiver<R: Receiver>(&mut self, name: &'static str, new: impl Fn() -> R) {
        self.1.push(Row::new(name, &self.0, new));
    }
}

fn counts_of(receiver: &str) -> Option<String> {
    let mut cells = Vec::new();
    for (load, _, lines, _) in LOADS {
        let total = count(&["--receive", receiver, load])?;
        cells.push((total / lines as u64).to_string());
    }
    Some(cells.join(" | "))
}

/// Two passes of the receiver of this name, of which the second is counted.
struct Passes<'a> {
    wanted: &'a str,
    pieces: &'a [&'a [u8]],
    found: bool,
}

impl Visit for Passes<'_> {
    fn receiver<R: Receiver>(&mut self, name: &'static str, new: impl Fn() -> R) {
        if name == self.wanted {
            self.found = true;
            let mut receiver = new();
            black_box(pass(&mut receiver, self.pieces));
            black_box(measured_pass(&mut receiver, self.pieces));
        }
    }
}

fn run_receiver(wanted: &str, load: &str) -> ExitCode {
    let Some((_, make, lines, delivery)) = LOADS.into_iter().find(|(name, ..)| *name == load)
    else {
        return ExitCode::FAILURE;
    };
    let load = make(lines);
    let pieces = delivery.cut(&load.bytes, &load.ends);
    let mut passes = Passes {
        wanted,
        pieces: &pieces,
        found: false,
    };
    passes.receiver("qmt-proto", || Ours::new(ResponseDialect::default()));
    passes.receiver("qmt-session", || {
        SessionReceiver::new(Vec::leak(vec![0; 4096]), Vec::leak(vec![0; 4096]))
    });
    peers::visit(&mut passes);
    peers::visit_limits(&mut passes);
    ExitCode::from(u8::from(!passes.found))
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

/// Ours, from values that have been checked before. Peers check nothing.
const OURS: &str = "**qmt-proto**";

fn write(command: &Command<'_>, buf: &mut [u8]) -> Option<usize> {
    let mut out = Writer::new(buf);
    command.emit(&mut out);
    out.finish_request().ok().map(<[u8]>::len)
}

fn run_encoder(wanted: &str, kind: &str) -> ExitCode {
    let Some(kind) = Encode::ALL.into_iter().find(|it| format!("{it:?}") == kind) else {
        return ExitCode::FAILURE;
    };
    let values = kind.commands(COMMANDS);
    if wanted == OURS {
        let commands = values.iter().filter_map(|values| values.command(kind));
        let commands: Vec<Command<'_>> = commands.collect();
        twice(commands.iter(), write);
        return ExitCode::SUCCESS;
    }
    let mut encoders = peers::encoders().into_iter();
    let Some((_, encode)) = encoders.find(|(name, _)| *name == wanted) else {
        return ExitCode::FAILURE;
    };
    twice(values.iter(), |values, buf| encode(kind, values, buf));
    ExitCode::SUCCESS
}

/// Two passes over the same commands, of which the second is counted.
fn twice<T>(
    commands: impl Iterator<Item = T> + Clone,
    encode: impl Fn(T, &mut [u8]) -> Option<usize>,
) {
    black_box(write_all(commands.clone(), &encode));
    black_box(measured_writes(commands, &encode));
}

#[inline(never)]
fn measured_writes<T>(
    commands: impl Iterator<Item = T>,
    encode: &impl Fn(T, &mut [u8]) -> Option<usize>,
) -> usize {
    write_all(commands, encode).wrapping_add(1)
}

#[inline(never)]
fn write_all<T>(
    commands: impl Iterator<Item = T>,
    encode: &impl Fn(T, &mut [u8]) -> Option<usize>,
) -> usize {
    let mut buf = [0; 2048];
    let lengths = commands.map(|command| black_box(encode(command, &mut buf)));
    lengths.flatten().sum()
}
