//! Instructions per line and per command, counted by callgrind.
//!
//! Without arguments it runs itself under valgrind, once for each row, and prints the table;
//! `--check` fails when a row is above its limit. Counted is a second pass over the same lines,
//! with everything that a consumer pays: filling the buffer, framing, typing, and a sink that
//! reads every field, the length and the last byte of topic and payload.

use core::hint::black_box;
use std::process::ExitCode;

use at_syntax::Writer;
use qmt_benches::{Delivery, Encode, Ours, Receiver, Workload, all_hex, count};
use qmt_proto::ResponseDialect;

/// One row of the table.
struct Row {
    name: &'static str,
    work: Work,
    /// Instructions above which the row fails, and those we want. 0: none set.
    must: u64,
    aim: u64,
    /// The best of the peers where it was measured, with its name.
    peer: &'static str,
}

#[derive(Clone, Copy)]
enum Work {
    Receive(fn(usize) -> Workload, usize, Delivery),
    Encode(Encode),
}

const MSG: Delivery = Delivery::Messages;

const ROWS: [Row; 14] = [
    receive("W1 msg", Workload::w1, 1000, MSG, [500, 350], "575 nom"),
    receive("W2 msg", Workload::w2, 3000, MSG, [430, 300], "458 nom"),
    receive("W3 msg", Workload::w3, 200, MSG, [600, 400], "878 nom"),
    receive("W4 msg", Workload::w4, 100, MSG, [0, 0], "19154 nom"),
    receive(
        "W1 4096 B",
        Workload::w1,
        1000,
        Delivery::Chunks(4096),
        [0, 0],
        "575 nom",
    ),
    receive(
        "W1 64 B",
        Workload::w1,
        1000,
        Delivery::Chunks(64),
        [0, 0],
        "1184 nom line",
    ),
    receive(
        "W1 7 B",
        Workload::w1,
        500,
        Delivery::Chunks(7),
        [0, 0],
        "5904 nom line",
    ),
    receive(
        "W1 1 B",
        Workload::w1,
        200,
        Delivery::Chunks(1),
        [15_000, 7700],
        "30566 nom line",
    ),
    receive("W3 1 B", Workload::w3, 10, Delivery::Chunks(1), [0, 0], ""),
    receive("W7 msg", Workload::w7, 1000, MSG, [0, 0], ""),
    encode(
        "Publish100",
        Encode::Publish100,
        [400, 300],
        "515 at-commands",
    ),
    encode(
        "Publish1460",
        Encode::Publish1460,
        [550, 450],
        "680 at-commands",
    ),
    encode("Keepalive", Encode::Keepalive, [0, 0], "219 at-commands"),
    encode("Subscribe4", Encode::Subscribe4, [0, 0], "625 at-commands"),
];

const fn receive(
    name: &'static str,
    load: fn(usize) -> Workload,
    lines: usize,
    delivery: Delivery,
    [must, aim]: [u64; 2],
    peer: &'static str,
) -> Row {
    let work = Work::Receive(load, lines, delivery);
    Row {
        name,
        work,
        must,
        aim,
        peer,
    }
}

const fn encode(
    name: &'static str,
    kind: Encode,
    [must, aim]: [u64; 2],
    peer: &'static str,
) -> Row {
    let work = Work::Encode(kind);
    Row {
        name,
        work,
        must,
        aim,
        peer,
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["--row", name, ref planted @ ..] => {
            let row = ROWS.iter().find(|row| row.name == name);
            row.map_or(ExitCode::FAILURE, |row| {
                row.work.run(planted == [PLANTED]);
                ExitCode::SUCCESS
            })
        }
        [] => table(false),
        ["--check"] => table(true),
        ["--plain"] => plain(false),
        ["--plain", PLANTED] => plain(true),
        _ => {
            eprintln!("usage: counts [--check | --plain [--planted]]");
            ExitCode::FAILURE
        }
    }
}

/// Does the first twentieth of everything twice, so that a gate can show that it notices.
const PLANTED: &str = "--planted";

/// Prints names, instructions and units, for programs.
fn plain(planted: bool) -> ExitCode {
    for row in &ROWS {
        let args = ["--row", row.name, PLANTED];
        let Some(total) = count(&args[..if planted { 3 } else { 2 }]) else {
            eprintln!("{}: valgrind did not count; is it installed?", row.name);
            return ExitCode::FAILURE;
        };
        println!("{}\t{total}\t{}", row.name, row.work.units());
    }
    ExitCode::SUCCESS
}

/// Counts and prints all rows. Fails when one cannot be counted or, if asked, is above its limit.
fn table(check: bool) -> ExitCode {
    println!("| instructions per line | now | must | aim | best peer |");
    println!("|---|---:|---:|---:|---|");
    let mut code = ExitCode::SUCCESS;
    for row in &ROWS {
        let Some(total) = count(&["--row", row.name]) else {
            eprintln!("{}: valgrind did not count; is it installed?", row.name);
            return ExitCode::FAILURE;
        };
        let units = row.work.units() as u64;
        let each = total / units;
        let limit = |limit| {
            if limit == 0 {
                String::new()
            } else {
                format!("{limit}")
            }
        };
        let (must, aim) = (limit(row.must), limit(row.aim));
        println!("| {} | {each} | {must} | {aim} | {} |", row.name, row.peer);
        if check && row.must > 0 && total > row.must * units {
            eprintln!(
                "{}: {each} instructions, at most {} allowed",
                row.name, row.must
            );
            code = ExitCode::FAILURE;
        }
    }
    code
}

impl Work {
    /// Lines or commands in one pass.
    const fn units(self) -> usize {
        match self {
            Self::Receive(_, lines, _) => lines,
            Self::Encode(_) => 2000,
        }
    }

    fn run(self, planted: bool) {
        let extra = |len: usize| if planted { len / 20 } else { 0 };
        match self {
            Self::Receive(load, lines, delivery) => {
                let load = load(lines);
                let dialect = if load.hex {
                    all_hex()
                } else {
                    ResponseDialect::default()
                };
                let pieces = delivery.cut(&load.bytes, &load.ends);
                let mut ours = Ours::new(dialect);
                black_box(pass(&mut ours, &pieces));
                let again = &pieces[..extra(pieces.len())];
                black_box(measured_receive(&mut ours, &pieces, again));
            }
            Self::Encode(kind) => {
                let encoded = kind.commands(2000);
                let commands = encoded.iter().filter_map(|command| command.command(kind));
                let commands: Vec<_> = commands.collect();
                assert_eq!(commands.len(), self.units());
                black_box(write_all(&commands));
                let again = &commands[..extra(commands.len())];
                black_box(measured_encode(&commands, again));
            }
        }
    }
}

#[inline(never)]
fn measured_receive(ours: &mut Ours, pieces: &[&[u8]], again: &[&[u8]]) -> u64 {
    pass(ours, pieces).wrapping_add(pass(ours, again))
}

#[inline(never)]
fn measured_encode(commands: &[qmt_proto::Command<'_>], again: &[qmt_proto::Command<'_>]) -> u64 {
    write_all(commands).wrapping_add(write_all(again))
}

#[inline(never)]
fn pass(ours: &mut Ours, pieces: &[&[u8]]) -> u64 {
    let mut sum = 0_u64;
    for piece in pieces {
        ours.feed(piece, &mut |event| sum = sum.wrapping_add(event.touch()));
    }
    sum
}

#[inline(never)]
fn write_all(commands: &[qmt_proto::Command<'_>]) -> u64 {
    let mut buf = [0; 2048];
    let mut sum = 0;
    for command in commands {
        let mut out = Writer::new(&mut buf);
        command.emit(&mut out);
        sum += black_box(out.finish_request().map_or(0, <[u8]>::len)) as u64;
    }
    sum
}
