//! Every verb and every flag of `cargo xtask`, in one place.

use std::ffi::OsString;

use lexopt::{Arg, Parser, ValueExt as _};

use crate::{
    bench::{Job, Reach, Table},
    conformance, evidence, exhaust,
    failure::Failure,
    firmware::{self, Line, Variant},
    fuzz::Mode,
    hostile,
    mutants::Part,
    sim, size,
};

/// What `cargo xtask help` prints.
pub(crate) const HELP: &str = "\
cargo xtask VERB [FLAGS]

  bench [--quick] [--check]
                   instruction counts beside the last saved ones (valgrind); --check fails when one has
                   moved by more than 2 %; --quick leaves out sessions and the virtual module
  bench --save NAME [--full]
                   keeps the counts in docs/benchmarks; --full makes the page of peers anew (minutes)
  bench --compare A B
                   two saved runs beside each other
  bench --draw     makes the pages and plots of docs/benchmarks anew from what was saved
  bench --profile  makes the page of where the instructions of four rows go
  bench --prove    five checks in a row pass, and one with 5 % more to do fails
  bench w7         who tells hostile payloads from lines of the module, in one table
  bench counts [--check]
                   instructions per line and command; --check fails above a limit
  bench sessions [--check]
                   the same for a session, the virtual module and everything together
  bench peers      both beside atat, at-commands, nom, winnow, regex and plain code (minutes)
  ci [--fast]      everything a change must pass, in order, stopping at the first failure:
                   fmt, tidy, tools, clippy, tests, docs, each crate without its default features,
                   fuzz, narrow, no-std, panic-free, counts, size, firmware, ports, conformance,
                   exhaust, campaigns, deny.
                   --fast leaves out the installs, docs, single crates, fuzz, narrow, panic-free, counts,
                   size, firmware, ports, exhaust, campaigns and deny
  conformance [--data DIR]
                   scores of the virtual module (lib/) and of the loopback broker (broker/) on mosquitto's
                   packet sequences in DIR (../shared/conformance/mosquitto)
  cov [--session]  lines and branches of at-syntax and qmt-proto that no test reaches, beside
                   docs/unreachable.txt (minutes; llvm, cargo-llvm-cov); --session: of qmt-session, which its own
                   tests and those of the simulator reach
  deny             licences, bans and sources of all dependencies (cargo-deny)
  determinism      the same seeds are the same runs, twice and in a debug build (minutes)
  evidence [GATE].. | GATE --said FILE | --draw
                   runs the gates of docs/gates.txt, or some of them, keeps their figures and writes
                   docs/evidence.md (two hours); --said keeps what a gate has said elsewhere, where it was
                   run in parts; --draw only writes the page
  exhaust [--depth N]
                   all sequences of up to N tokens (6) and all cuttings of short streams, against
                   the reference reader
  firmware run [--variant blocking|async] [--damage | --sample] [--times N]
                   builds the firmware of examples/firmware and runs it in QEMU against the virtual
                   module and mosquitto, once in peace and once with a module that restarts; or with
                   one byte in a thousand damaged on the line (minutes); or all three, with one byte in
                   five thousand; N times in a row
  fuzz [TARGET] --minutes M | --replay | --gate | --report | --coverage
                   fuzzes one target or all, each so long, and goes on where the last run ended;
                   or checks the corpus on stable; or until each has survived a million inputs;
                   or shows the figures so far; or the lines that the corpus reaches
  line [--save]    messages per second from end to end: qmt, pseudo-terminal, virtual module, mosquitto;
                   --save makes the page anew, with what host and module do
  mutants [--shard K/N | --merge N] [--file PATH]... [--since COMMIT]
                   what the tests of at-syntax and qmt-proto would not notice, beside
                   docs/survivors.txt (an hour; cargo-mutants); --merge adds up what N shards have found
  fleet [--modules N] [--seconds S]
                   N virtual modules (500) in one process, each exchanging a message a second for S
                   seconds (60) over one mosquitto: nothing lost, memory and processor time per module
  hostile [--messages N]
                   N messages (10 million) made to mislead for the receive path, a tenth as many for a whole
                   client, and 64 by name for ours, atat, at-commands and others (minutes)
  ports            checks the nodes of examples/ports for their boards (minutes the first time)
  planted [NAME]   puts each bug of docs/planted.txt, or those with NAME in their name or file, into a copy
                   of the tree: the gate beside it must fail (minutes)
  narrow           the tests of the cores where a register holds 32 bits (i686)
  no-std           links the no_std crates without std and alloc, and shows that a leak would fail
  panic-free       links at-syntax and qmt-proto with a panic handler that cannot link
  requirements [--check]
                   what the application note asks for, and where it is done and tested: writes
                   docs/coverage.md; --check only compares
  sim --bytes [--every N] [--envelope]
                   a dialogue of 3 kB with each byte lost, doubled, flipped, followed by each other byte,
                   and the module reset before it; --every N tries one fault in N (minutes); --envelope
                   seals the payloads: no damaged one is delivered
  sim --crash [--messages N]
                   the power of the host goes at every step of publishing N messages (1000) through an
                   outbox: none is lost, none comes more often than can be explained (minutes)
  sim --quirks     the tests of the invariants with each of the 512 modules and all pairs of their
                   other habits, of which each commit tries a share (minutes)
  sim --safety | --liveness [--minutes M] [--seeds A..B] [--only KIND] [--out FILE] [--gate]
                   faults of all 48 kinds, a run for each seed (10 minutes): nothing untrue is told, or every
                   link is ready again in time; a seed that fails is made short and kept in target/campaign.
                   --seed N runs one, --out writes what merge adds up, --gate fails below the goal,
                   --rotate takes seeds that belong to the commit and were not tried before
  sim --replay FILE [--show]
                   runs what was kept, and shows all that happens
  sim merge FILE...
                   adds the results of several machines up
  size [--save | --check]
                   flash, stack and instructions of receivers and of the whole driver on Cortex-M, counted
                   in QEMU (minutes); --save keeps docs/benchmarks/size.md and the table of the README,
                   --check fails when ours has grown by a hundredth
  tidy             the house rules of CONTRIBUTING.md that a program can check
  tools [--check]  finds what ci needs and installs what is missing; --check only looks
  wire             bytes and time of publishes and messages on the serial line, for each form, format,
                   size and speed, checked against the virtual module
  help             this text

With CI=true in the environment a missing tool is an error; without, its step is reported as skipped.
";

/// A verb with its flags.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Bench(Job),
    Ci {
        fast: bool,
    },
    Conformance {
        data: String,
    },
    Cov {
        session: bool,
    },
    Deny,
    Determinism,
    Evidence(evidence::Job),
    Exhaust {
        depth: u8,
    },
    Firmware(firmware::Runs),
    Fleet {
        modules: u16,
        seconds: u16,
    },
    Fuzz {
        target: Option<String>,
        mode: Mode,
    },
    Help,
    Hostile {
        messages: u64,
    },
    Line {
        save: bool,
    },
    Mutants(Part),
    NoStd,
    PanicFree,
    /// Check the nodes for boards.
    Narrow,
    Ports,
    Planted {
        name: Option<String>,
    },
    Requirements {
        check: bool,
    },
    Sim(sim::Campaign),
    Size(size::Job),
    Tidy,
    Tools {
        check: bool,
    },
    Wire,
}

/// Reads the process's own arguments.
pub(crate) fn parse() -> Result<Verb, Failure> {
    Ok(parse_from(Parser::from_env())?)
}

fn parse_from(mut args: Parser) -> Result<Verb, lexopt::Error> {
    let verb: OsString = match args.next()? {
        None | Some(Arg::Long("help") | Arg::Short('h')) => return Ok(Verb::Help),
        Some(Arg::Value(verb)) => verb,
        Some(other) => return Err(other.unexpected()),
    };
    let verb = verb.string()?;
    let (mut table, mut job, mut full) = (None, None, false);
    let mut reach = Reach::Whole;
    let mut data = conformance::DATA.to_owned();
    let (mut modules, mut seconds) = (500, 60);
    let (mut target, mut mode) = (None, None);
    let mut part = Part::default();
    let (mut fast, mut check, mut depth) = (false, false, exhaust::DEPTH);
    let (mut crash, mut messages) = (false, sim::MESSAGES);
    let (mut bytes, mut every, mut sealed, mut quirks) = (false, 1, false, false);
    let (mut session, mut save) = (false, false);
    let (mut seeds, mut rotate) = (Vec::<String>::new(), false);
    let (mut gates, mut draw, mut said) = (Vec::new(), false, None);
    let mut hostile = hostile::MESSAGES;
    let mut size_job = size::Job::Print;
    let mut runs = firmware::Runs::DEFAULT;
    while let Some(arg) = args.next()? {
        match (verb.as_str(), arg) {
            (_, Arg::Long("help") | Arg::Short('h')) => return Ok(Verb::Help),
            ("bench", Arg::Value(name)) if table.is_none() => {
                table = Table::named(&name);
                if table.is_none() {
                    return Err("bench what: w7, counts, sessions or peers?".into());
                }
            }
            ("bench", Arg::Long("check")) => check = true,
            ("bench", Arg::Long("full")) => full = true,
            ("bench", Arg::Long("quick")) => reach = Reach::Quick,
            ("bench", Arg::Long("draw")) => job = Some(Job::Draw),
            ("bench", Arg::Long("profile")) => job = Some(Job::Profile),
            ("bench", Arg::Long("prove")) => job = Some(Job::Prove),
            ("bench", Arg::Long("save")) => {
                let name = args.value()?.string()?;
                job = Some(Job::Save { name, full: false });
            }
            ("bench", Arg::Long("compare")) => {
                let before = args.value()?.string()?;
                let now = args.value()?.string()?;
                job = Some(Job::Compare { before, now });
            }
            ("ci", Arg::Long("fast")) => fast = true,
            ("cov", Arg::Long("session")) => session = true,
            ("line", Arg::Long("save")) => save = true,
            ("conformance", Arg::Long("data")) => data = args.value()?.string()?,
            ("mutants", Arg::Long("shard")) => part.shard = Some(args.value()?.string()?),
            ("mutants", Arg::Long("file")) => part.files.push(args.value()?.string()?),
            ("mutants", Arg::Long("merge")) => part.merge = Some(args.value()?.parse()?),
            ("mutants", Arg::Long("since")) => part.since = Some(args.value()?.string()?),
            ("fleet", Arg::Long("modules")) => modules = args.value()?.parse()?,
            ("fleet", Arg::Long("seconds")) => seconds = args.value()?.parse()?,
            ("hostile", Arg::Long("messages")) => hostile = args.value()?.parse()?,
            ("evidence", Arg::Value(gate)) => gates.push(gate.string()?),
            ("evidence", Arg::Long("draw")) => draw = true,
            ("evidence", Arg::Long("said")) => said = Some(args.value()?.string()?),
            ("exhaust", Arg::Long("depth")) => depth = args.value()?.parse()?,
            ("firmware", Arg::Value(what)) if what == "run" => target = Some(what.string()?),
            ("firmware", Arg::Long("variant")) => {
                runs.variant = Variant::named(&args.value()?.string()?);
                if runs.variant.is_none() {
                    return Err("which variant: blocking or async?".into());
                }
            }
            ("firmware", Arg::Long("damage")) => runs.line = Line::Damaged,
            ("firmware", Arg::Long("sample")) => runs.line = Line::Sample,
            ("firmware", Arg::Long("times")) => runs.times = args.value()?.parse()?,
            ("fuzz", Arg::Value(name)) if target.is_none() => target = Some(name.string()?),
            ("fuzz", Arg::Long(flag)) if mode.is_none() => {
                mode = Some(match flag {
                    "minutes" => Mode::Minutes(args.value()?.parse()?),
                    "replay" => Mode::Replay,
                    "gate" => Mode::Gate,
                    "report" => Mode::Report,
                    "coverage" => Mode::Coverage,
                    _ => return Err(Arg::Long(flag).unexpected()),
                });
            }
            ("planted", Arg::Value(name)) if target.is_none() => target = Some(name.string()?),
            ("requirements" | "tools", Arg::Long("check")) => check = true,
            ("sim", Arg::Long("bytes")) => bytes = true,
            ("size", Arg::Long("save")) => size_job = size::Job::Save,
            ("size", Arg::Long("check")) => size_job = size::Job::Check,
            ("sim", Arg::Long("envelope")) => sealed = true,
            ("sim", Arg::Long("quirks")) => quirks = true,
            ("sim", Arg::Long("every")) => every = args.value()?.parse()?,
            ("sim", Arg::Long("crash")) => crash = true,
            ("sim", Arg::Long(way @ ("safety" | "liveness" | "replay"))) if seeds.is_empty() => {
                seeds.push(way.to_owned());
            }
            ("sim", Arg::Long("rotate")) => rotate = true,
            ("sim", Arg::Long(flag @ ("show" | "gate"))) if !seeds.is_empty() => {
                seeds.push(format!("--{flag}"));
            }
            ("sim", Arg::Long(flag @ ("seeds" | "minutes" | "only" | "out" | "threads")))
                if !seeds.is_empty() =>
            {
                let flag = format!("--{flag}");
                seeds.extend([flag, args.value()?.string()?]);
            }
            ("sim", Arg::Long("seed")) if !seeds.is_empty() => {
                let seed: u64 = args.value()?.parse()?;
                seeds.extend(["--seeds".to_owned(), format!("{seed}..{}", seed + 1)]);
            }
            ("sim", Arg::Value(file)) if !seeds.is_empty() => seeds.push(file.string()?),
            ("sim", Arg::Value(way)) if way == "merge" => seeds.push("merge".to_owned()),
            ("sim", Arg::Long("messages")) => messages = args.value()?.parse()?,
            (_, other) => return Err(other.unexpected()),
        }
    }
    match verb.as_str() {
        "bench" => bench_job(table, job, reach, check, full).map(Verb::Bench),
        "ci" => Ok(Verb::Ci { fast }),
        "conformance" => Ok(Verb::Conformance { data }),
        "cov" => Ok(Verb::Cov { session }),
        "deny" => Ok(Verb::Deny),
        "determinism" => Ok(Verb::Determinism),
        "evidence" => match (draw, said, gates.as_slice()) {
            (true, None, []) => Ok(Verb::Evidence(evidence::Job::Draw)),
            (false, None, _) => Ok(Verb::Evidence(evidence::Job::Run(gates))),
            (false, Some(file), [gate]) => {
                let gate = gate.clone();
                Ok(Verb::Evidence(evidence::Job::Said { gate, file }))
            }
            _ => Err("evidence: gates, or one gate --said FILE, or --draw".into()),
        },
        "exhaust" => Ok(Verb::Exhaust { depth }),
        "firmware" if target.is_some() => Ok(Verb::Firmware(runs)),
        "firmware" => Err("firmware what: run?".into()),
        "fuzz" => match mode {
            Some(mode) => Ok(Verb::Fuzz { target, mode }),
            None => Err("fuzz how: --minutes M, --replay, --gate, --report or --coverage?".into()),
        },
        "fleet" => Ok(Verb::Fleet { modules, seconds }),
        "help" => Ok(Verb::Help),
        "hostile" => Ok(Verb::Hostile { messages: hostile }),
        "line" => Ok(Verb::Line { save }),
        "mutants" => Ok(Verb::Mutants(part)),
        "narrow" => Ok(Verb::Narrow),
        "no-std" => Ok(Verb::NoStd),
        "panic-free" => Ok(Verb::PanicFree),
        "ports" => Ok(Verb::Ports),
        "planted" => Ok(Verb::Planted { name: target }),
        "requirements" => Ok(Verb::Requirements { check }),
        "sim" if !seeds.is_empty() && !crash && !bytes => Ok(Verb::Sim(match rotate {
            true => sim::Campaign::Rotated(seeds),
            false => sim::Campaign::Seeds(seeds),
        })),
        "sim" if crash => Ok(Verb::Sim(sim::Campaign::Crash { messages })),
        "sim" if bytes => Ok(Verb::Sim(sim::Campaign::Bytes { every, sealed })),
        "sim" if quirks => Ok(Verb::Sim(sim::Campaign::Quirks)),
        "sim" => Err(
            "sim what: --safety, --liveness, --bytes, --crash, --quirks, --replay or merge?".into(),
        ),
        "size" => Ok(Verb::Size(size_job)),
        "tidy" => Ok(Verb::Tidy),
        "tools" => Ok(Verb::Tools { check }),
        "wire" => Ok(Verb::Wire),
        other => Err(format!("no verb `{other}`").into()),
    }
}

/// Flags that make sense together, or what is wrong with them.
fn bench_job(
    table: Option<Table>,
    job: Option<Job>,
    reach: Reach,
    check: bool,
    full: bool,
) -> Result<Job, lexopt::Error> {
    if reach == Reach::Quick {
        return match (table, job) {
            (None, None) if !full => Ok(Job::Beside { reach, check }),
            _ => Err("--quick goes with --check alone".into()),
        };
    }
    match (table, job) {
        (Some(table @ (Table::Counts | Table::Sessions)), None) if !full => {
            Ok(Job::Print { table, check })
        }
        (Some(table), None) if !check && !full => Ok(Job::Print { table, check }),
        (None, None) if !full => Ok(Job::Beside { reach, check }),
        (None, Some(Job::Save { name, .. })) if !check => Ok(Job::Save { name, full }),
        (None, Some(job)) if !check && !full => Ok(job),
        _ => Err("these flags of bench do not go together".into()),
    }
}

#[cfg(test)]
mod pages;
#[cfg(test)]
mod tests;
