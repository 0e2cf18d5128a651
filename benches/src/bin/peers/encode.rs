//! What writing a command costs, W6: instructions, time and heap.

use core::hint::black_box;

use at_syntax::Writer;
use qmt_benches::peers::{self, EncodeWith};
use qmt_benches::{Encode, Encoded, allocations, count};
use qmt_proto::Command;

use crate::cost::{best, nanoseconds, no_valgrind, per_unit};
use crate::{OURS, behind, print_head, unknown};

/// Flags of the processes that are counted.
pub(crate) const COUNT: &str = "--encode-count";
pub(crate) const HEAP: &str = "--encode-heap";

/// Commands of each kind.
const COMMANDS: u16 = 2000;

/// Prints the table. Who takes fewer instructions than ours.
pub(crate) fn print() -> Result<Vec<String>, String> {
    println!("\n## Encoders\n");
    println!("Instructions / nanoseconds / blocks of heap per command; all write the same bytes.");
    let kinds = Encode::ALL.map(|kind| format!("{kind:?}"));
    let kinds = kinds.each_ref().map(String::as_str);
    print_head("encoder", &kinds);
    let mut rows = Vec::new();
    for name in [OURS]
        .into_iter()
        .chain(peers::encoders().map(|(name, _)| name))
    {
        let (mut cells, mut counts) = (Vec::new(), Vec::new());
        for (kind, word) in Encode::ALL.into_iter().zip(kinds) {
            let total = count(&[COUNT, name, word]).ok_or_else(no_valgrind)?;
            let each = total / u64::from(COMMANDS);
            let blocks = |passes| allocations(&[HEAP, name, word, passes]).ok_or_else(no_valgrind);
            let heap = per_unit(blocks("2")?.saturating_sub(blocks("1")?), COMMANDS.into());
            let ns = time_of(name, kind)?;
            cells.push(format!("{each} / {ns} / {heap}"));
            counts.push(Some(each));
        }
        println!("| {name} | {} |", cells.join(" | "));
        rows.push((name.to_owned(), counts));
    }
    Ok(behind(&rows, &kinds))
}

fn time_of(name: &str, kind: Encode) -> Result<String, String> {
    let values = kind.commands(COMMANDS);
    let time = match Encoder::named(name)? {
        Encoder::Ours => {
            let commands = Encoder::commands(&values, kind);
            best(|| {
                black_box(write_all(commands.iter(), &write));
            })
        }
        Encoder::Peer(encode) => best(|| {
            black_box(write_all(values.iter(), &|it, buf| encode(kind, it, buf)));
        }),
    };
    Ok(nanoseconds(time, COMMANDS.into()))
}

/// The process that callgrind counts: two passes, of which it counts the second.
pub(crate) fn run_counted(encoder: &str, kind: &str) -> Result<(), String> {
    run(encoder, kind, 1, true)
}

/// The process whose heap is counted.
pub(crate) fn run_passes(encoder: &str, kind: &str, passes: &str) -> Result<(), String> {
    let passes = passes.parse().map_err(|_| unknown(passes))?;
    run(encoder, kind, passes, false)
}

fn run(encoder: &str, kind: &str, passes: usize, measured: bool) -> Result<(), String> {
    let found = Encode::ALL.into_iter().find(|it| format!("{it:?}") == kind);
    let kind = found.ok_or_else(|| unknown(kind))?;
    let values = kind.commands(COMMANDS);
    match Encoder::named(encoder)? {
        Encoder::Ours => {
            let commands = Encoder::commands(&values, kind);
            write_passes(commands.iter(), write, passes, measured);
        }
        Encoder::Peer(encode) => {
            let encode = |values: &Encoded, buf: &mut [u8]| encode(kind, values, buf);
            write_passes(values.iter(), encode, passes, measured);
        }
    }
    Ok(())
}

/// Who writes.
enum Encoder {
    /// From values that have been checked before. Peers check nothing.
    Ours,
    Peer(EncodeWith),
}

impl Encoder {
    fn named(name: &str) -> Result<Self, String> {
        if name == OURS {
            return Ok(Self::Ours);
        }
        let mut all = peers::encoders().into_iter();
        let found = all.find(|(known, _)| *known == name);
        let (_, encode) = found.ok_or_else(|| unknown(name))?;
        Ok(Self::Peer(encode))
    }

    fn commands(values: &[Encoded], kind: Encode) -> Vec<Command<'_>> {
        values.iter().filter_map(|it| it.command(kind)).collect()
    }
}

fn write(command: &Command<'_>, buf: &mut [u8]) -> Option<usize> {
    let mut out = Writer::new(buf);
    command.emit(&mut out);
    out.finish_request().ok().map(<[u8]>::len)
}

fn write_passes<T>(
    commands: impl Iterator<Item = T> + Clone,
    encode: impl Fn(T, &mut [u8]) -> Option<usize>,
    passes: usize,
    measured: bool,
) {
    for _ in 0..passes {
        black_box(write_all(commands.clone(), &encode));
    }
    if measured {
        black_box(measured_writes(commands, &encode));
    }
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
