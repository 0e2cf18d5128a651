//! Instructions per received line and per publish: bare, through a session, through the virtual
//! module, and through everything.
//!
//! As `counts`, it runs itself under valgrind, once for each row; `--plain` prints only names,
//! instructions and units. `--check` fails when a row is above its limit, which is a multiple of
//! another row.

use core::hint::black_box;
use std::process::ExitCode;

use qmt_benches::{
    Bare, Delivery, Module, Ours, Receiver, Script, SessionReceiver, Simulated, Talk, Workload,
    count,
};
use qmt_proto::{Qos, ResponseDialect};

/// One row of the table.
struct Row {
    name: &'static str,
    work: Work,
    /// At most this many times that row, per line or publish.
    limit: Option<(f64, &'static str)>,
}

#[derive(Clone, Copy)]
enum Work {
    Receive(By, fn(usize) -> Workload, usize),
    Publish(By, Qos, u16),
}

/// Who does it.
#[derive(Clone, Copy)]
enum By {
    Bare,
    Session,
    Module,
    Everything,
}

use By::{Bare as BARE, Everything as ALL, Module as MODULE, Session as SESSION};
use Qos::{AtLeastOnce as QOS_1, AtMostOnce as QOS_0};
use Work::{Publish, Receive};

/// Twice the parser: a session may cost as much again as what it is made of.
const RECEIVE: f64 = 2.0;
const PUBLISH: f64 = 3.0;
/// A long dialogue may cost this much more for each publish than a short one.
const LINEAR: f64 = 1.02;

const ROWS: [Row; 17] = [
    row("messages bare", Receive(BARE, Workload::messages, 500)),
    row(
        "messages session",
        Receive(SESSION, Workload::messages, 500),
    )
    .within(RECEIVE, "messages bare"),
    row("W3 bare", Receive(BARE, Workload::w3, 200)),
    row("W3 session", Receive(SESSION, Workload::w3, 200)).within(RECEIVE, "W3 bare"),
    // With nobody asking, its results and final results are strays.
    row("W2 bare", Receive(BARE, Workload::w2, 3000)),
    row("W2 session", Receive(SESSION, Workload::w2, 3000)),
    row("QoS 0 bare", Publish(BARE, QOS_0, 1000)),
    row("QoS 0 session", Publish(SESSION, QOS_0, 1000)).within(PUBLISH, "QoS 0 bare"),
    row("QoS 1 bare", Publish(BARE, QOS_1, 1000)),
    row("QoS 1 session", Publish(SESSION, QOS_1, 1000)).within(PUBLISH, "QoS 1 bare"),
    row("QoS 1 session, 10", Publish(SESSION, QOS_1, 10)),
    row("QoS 1 session, 100", Publish(SESSION, QOS_1, 100)).within(LINEAR, "QoS 1 session, 10"),
    row("QoS 1 session, 10000", Publish(SESSION, QOS_1, 10_000))
        .within(LINEAR, "QoS 1 session, 10"),
    row("QoS 1 module, 10", Publish(MODULE, QOS_1, 10)),
    row("QoS 1 module", Publish(MODULE, QOS_1, 1000)).within(LINEAR, "QoS 1 module, 10"),
    row("QoS 1 everything, 10", Publish(ALL, QOS_1, 10)),
    row("QoS 1 everything", Publish(ALL, QOS_1, 1000)).within(LINEAR, "QoS 1 everything, 10"),
];

const fn row(name: &'static str, work: Work) -> Row {
    Row {
        name,
        work,
        limit: None,
    }
}

impl Row {
    const fn within(self, times: f64, other: &'static str) -> Self {
        Self {
            limit: Some((times, other)),
            ..self
        }
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["--row", name] => {
            let row = ROWS.iter().find(|row| row.name == name);
            row.map_or(ExitCode::FAILURE, |row| row.work.run())
        }
        [] => table(false),
        ["--check"] => table(true),
        // Rows of `counts` show that the gate notices; these are the same with and without.
        ["--plain"] | ["--plain", "--planted"] => plain(),
        _ => {
            eprintln!("usage: sessions [--check | --plain]");
            ExitCode::FAILURE
        }
    }
}

fn plain() -> ExitCode {
    for row in &ROWS {
        let Some(total) = row.count() else {
            return ExitCode::FAILURE;
        };
        println!("{}\t{total}\t{}", row.name, row.work.units());
    }
    ExitCode::SUCCESS
}

/// Counts and prints all rows. Fails when one cannot be counted or, if asked, is above its limit.
fn table(check: bool) -> ExitCode {
    println!("| instructions per line or publish | now | times | at most |");
    println!("|---|---:|---:|---:|");
    let mut counts: Vec<f64> = Vec::new();
    let mut code = ExitCode::SUCCESS;
    for row in &ROWS {
        let Some(total) = row.count() else {
            return ExitCode::FAILURE;
        };
        let each = total as f64 / row.work.units() as f64;
        counts.push(each);
        let Some((limit, other)) = row.limit else {
            println!("| {} | {each:.0} | | |", row.name);
            continue;
        };
        let index = ROWS.iter().position(|row| row.name == other);
        let times = each / index.and_then(|at| counts.get(at)).unwrap_or(&f64::NAN);
        println!(
            "| {} | {each:.0} | {times:.2} × {other} | {limit} |",
            row.name
        );
        if check && (times > limit || times.is_nan()) {
            eprintln!(
                "{}: {times:.2} times {other}, at most {limit} allowed",
                row.name
            );
            code = ExitCode::FAILURE;
        }
    }
    code
}

impl Row {
    /// Instructions of the second pass.
    fn count(&self) -> Option<u64> {
        let total = count(&["--row", self.name]);
        if total.is_none() {
            eprintln!("{}: valgrind did not count; is it installed?", self.name);
        }
        total
    }
}

impl Work {
    /// Lines or publishes in one pass.
    fn units(self) -> usize {
        match self {
            Receive(_, _, lines) => lines,
            Publish(_, _, count) => count.into(),
        }
    }

    /// Two passes, of which the second is counted.
    fn run(self) -> ExitCode {
        match self {
            Receive(by, load, lines) => {
                let load = load(lines);
                let pieces = Delivery::Messages.cut(&load.bytes, &load.ends);
                match by {
                    BARE => receive_twice(Ours::new(ResponseDialect::default()), &pieces),
                    _ => receive_twice(
                        SessionReceiver::new(Vec::leak(vec![0; 4096]), Vec::leak(vec![0; 4096])),
                        &pieces,
                    ),
                }
            }
            Publish(by, qos, count) => {
                let script = Script::new(qos, count);
                let topic = script.topic();
                match by {
                    BARE => {
                        let mut bare = Bare::new();
                        publish_twice(count, || bare.publish(&script, topic))
                    }
                    SESSION => {
                        let mut talk = Talk::new();
                        publish_twice(count, || talk.publish(&script, topic))
                    }
                    MODULE => {
                        let mut module = Module::new();
                        publish_twice(count, || module.publish(&script, topic))
                    }
                    ALL => {
                        let mut world = Simulated::new();
                        publish_twice(count, || world.publish(&script, topic))
                    }
                }
            }
        }
    }
}

fn receive_twice<R: Receiver>(mut receiver: R, pieces: &[&[u8]]) -> ExitCode {
    black_box(pass(&mut receiver, pieces));
    black_box(measured_receive(&mut receiver, pieces));
    ExitCode::SUCCESS
}

/// Fails when a publish was not confirmed: then the count would be of something else.
fn publish_twice(count: u16, mut publish: impl FnMut() -> usize) -> ExitCode {
    let first = black_box(publish());
    let second = black_box(measured_publish(&mut publish));
    ExitCode::from(u8::from([first, second] != [usize::from(count); 2]))
}

#[inline(never)]
fn measured_receive<R: Receiver>(receiver: &mut R, pieces: &[&[u8]]) -> u64 {
    pass(receiver, pieces).wrapping_add(1)
}

#[inline(never)]
fn measured_publish(publish: &mut impl FnMut() -> usize) -> usize {
    black_box(publish())
}

#[inline(never)]
fn pass<R: Receiver>(receiver: &mut R, pieces: &[&[u8]]) -> u64 {
    let mut sum = 0_u64;
    for piece in pieces {
        receiver.feed(piece, &mut |event| sum = sum.wrapping_add(event.touch()));
    }
    sum
}
