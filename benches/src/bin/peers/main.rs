//! Ours and its peers in the same tables: who is right, and what it costs.
//!
//! Who is right is measured on tame lines, on W7 in five deliveries, and on each pattern of W7, panics
//! included. Instructions are those of a second pass under callgrind, per line, with a sink that reads
//! every field; times are the best of nine passes and decide nothing. Fails when ours is not as right
//! as it must be, or takes more instructions than one of the peers.

mod correct;
mod cost;
mod encode;

use std::process::ExitCode;

use qmt_benches::peers::{self, Visit};
use qmt_benches::{Ours, SessionReceiver, Workload, all_hex};
use qmt_proto::ResponseDialect;

/// What the tables call our receive path.
const OURS: &str = "**qmt-proto**";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        [] => print_all(),
        [cost::COUNT, receiver, load] => cost::run_counted(receiver, load),
        [cost::HEAP, receiver, load, passes] => cost::run_passes(receiver, load, passes),
        [encode::COUNT, encoder, kind] => encode::run_counted(encoder, kind),
        [encode::HEAP, encoder, kind, passes] => encode::run_passes(encoder, kind, passes),
        _ => Err("usage: peers".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn print_all() -> Result<(), String> {
    // Receivers that panic are counted, not shown.
    std::panic::set_hook(Box::new(|_| {}));
    let right = correct::print();
    let mut behind = cost::print()?;
    behind.extend(encode::print()?);
    if !right {
        return Err("ours is not as right as it must be".to_owned());
    }
    if !behind.is_empty() {
        return Err(format!("ours is behind: {}", behind.join("; ")));
    }
    Ok(())
}

/// Ours and all peers, each set up for the format of payloads in `load`.
fn visit_all(load: &Workload, visitor: &mut impl Visit) {
    if load.hex {
        visitor.receiver(OURS, || Ours::new(all_hex()));
        peers::visit_hex(visitor);
    } else {
        visitor.receiver(OURS, || Ours::new(ResponseDialect::default()));
        visitor.receiver("**qmt-session**", || {
            SessionReceiver::new(Vec::leak(vec![0; 4096]), Vec::leak(vec![0; 4096]))
        });
        peers::visit(visitor);
    }
}

/// What somebody is told who is asked for what is not there.
fn unknown(what: &str) -> String {
    format!("no such receiver, encoder or load: {what}")
}

/// Names who takes more than ours: `rows` begin with ours.
fn behind(rows: &[(String, Vec<Option<u64>>)], columns: &[&str]) -> Vec<String> {
    let Some(((_, ours), others)) = rows.split_first() else {
        return Vec::new();
    };
    let less = |name: &str, column: usize, count: Option<u64>| {
        let ours = ours[column]?;
        let count = count.filter(|count| *count < ours)?;
        Some(format!("{}: {name} {count}, ours {ours}", columns[column]))
    };
    others
        .iter()
        .flat_map(|(name, counts)| {
            let counts = counts.iter().enumerate();
            counts.filter_map(move |(column, count)| less(name, column, *count))
        })
        .collect()
}

/// The head of a table.
fn print_head(first: &str, columns: &[&str]) {
    println!("\n| {first} | {} |", columns.join(" | "));
    println!("|---|{}", "---:|".repeat(columns.len()));
}
