//! `cargo xtask ci`: everything a change must pass, cheapest first, stopping at the first failure.

use core::time::Duration;

use crate::{
    bench,
    command::Command,
    conformance, deny, exhaust,
    failure::Failure,
    firmware::{self, Runs},
    hostile, narrow, no_std, panic_free, ports, sim, size,
    stopwatch::Stopwatch,
    suite::Counts,
    tidy,
    tools::{self, Tool},
    workspace::{self, EVERYTHING, Workspace},
};

/// One line of the table below.
struct Step {
    name: &'static str,
    /// Whether `--fast` runs it too.
    fast: bool,
    work: fn(&mut Run<'_>) -> Result<Outcome, Failure>,
}

const STEPS: [Step; 19] = [
    Step::new("fmt", true, fmt),
    Step::new("tidy", true, |run| tidy::run(run.workspace).map(passed)),
    Step::new("tools", true, find_tools),
    Step::new("clippy", true, clippy),
    Step::new("tests", true, |run| run.counts.run().map(passed)),
    Step::new("docs", false, docs),
    Step::new("crates", false, single_crates),
    Step::new("fuzz", false, |_| fuzz_targets().run().map(passed)),
    Step::new("narrow", false, narrow_registers),
    Step::new("no-std", true, |run| no_std::run(run.workspace).map(passed)),
    Step::new("panic-free", false, |run| {
        panic_free::run(run.workspace).map(passed)
    }),
    Step::new("counts", false, instructions),
    Step::new("size", false, sizes),
    Step::new("firmware", false, firmware),
    Step::new("ports", false, boards),
    Step::new("conformance", true, sequences),
    Step::new("exhaust", false, |_| {
        exhaust::run(exhaust::DEPTH).map(passed)
    }),
    Step::new("campaigns", false, |_| {
        sim::run_sample()?;
        hostile::run_sample().map(passed)
    }),
    Step::new("deny", false, licences),
];

/// How a step that did not fail ended.
enum Outcome {
    Passed,
    /// Not done, and why. In an unattended run only for want of the packet sequences, which belong
    /// to another project, of counts made with the toolchain at hand, of Debian's compiler, or of what makes
    /// programs of 32 bits.
    Skipped(String),
}

/// State of one run.
struct Run<'a> {
    workspace: &'a Workspace,
    /// `--fast` was given: nothing is installed.
    fast: bool,
    /// Set by the step `tests`.
    counts: Counts,
}

/// Runs the steps and prints a table of them.
pub(crate) fn run(workspace: &Workspace, fast: bool) -> Result<(), Failure> {
    let mut run = Run {
        workspace,
        fast,
        counts: Counts::default(),
    };
    let whole = Stopwatch::start();
    let mut table = String::new();
    let mut failed = None;
    for step in STEPS.iter().filter(|step| step.fast || !fast) {
        eprintln!("\n=== {} ===", step.name);
        let watch = Stopwatch::start();
        let result = (step.work)(&mut run);
        let end = match &result {
            Ok(Outcome::Passed) => "ok".to_owned(),
            Ok(Outcome::Skipped(why)) => format!("SKIPPED: {why}"),
            Err(_) => "FAILED".to_owned(),
        };
        table.push_str(&row(step.name, watch.elapsed(), &end));
        if let Err(failure) = result {
            failed = Some(failure);
            break;
        }
    }
    table.push_str(&row("total", whole.elapsed(), ""));
    println!("\n{table}");
    if run.counts != Counts::default() {
        // Last, as a test runner's closing line, for whoever counts tests.
        println!("{}", run.counts);
    }
    failed.map_or(Ok(()), Err)
}

impl Step {
    const fn new(
        name: &'static str,
        fast: bool,
        work: fn(&mut Run<'_>) -> Result<Outcome, Failure>,
    ) -> Self {
        Self { name, fast, work }
    }
}

fn passed(_: ()) -> Outcome {
    Outcome::Passed
}

fn fmt(_: &mut Run<'_>) -> Result<Outcome, Failure> {
    Command::cargo(["fmt", "--all", "--check"]).run()?;
    for workspace in [
        "fuzz",
        "examples/firmware",
        "examples/ports",
        "xtask/no-std-probe",
        "xtask/panic-free-probe",
        "xtask/size-probe",
    ] {
        Command::cargo(["fmt", "--all", "--check", "--manifest-path"])
            .args([format!("{workspace}/Cargo.toml")])
            .run()?;
    }
    Ok(Outcome::Passed)
}

fn find_tools(run: &mut Run<'_>) -> Result<Outcome, Failure> {
    needed(tools::hosts(!run.fast))?;
    needed(tools::mosquitto(!run.fast)).map(|outcome| outcome.unwrap_or(Outcome::Passed))
}

fn narrow_registers(run: &mut Run<'_>) -> Result<Outcome, Failure> {
    match tools::narrow(!run.fast) {
        Tool::Ready(_) => narrow::run().map(passed),
        // What makes programs of 32 bits, which not every machine has.
        Tool::Missing(why) => Ok(Outcome::Skipped(why)),
    }
}

fn instructions(run: &mut Run<'_>) -> Result<Outcome, Failure> {
    match needed(tools::valgrind(!run.fast))? {
        Some(skipped) => Ok(skipped),
        None => Ok(match bench::limits(run.workspace)? {
            Some(toolchain) => Outcome::Skipped(format!("no limits are known for {toolchain}")),
            None => Outcome::Passed,
        }),
    }
}

fn sizes(run: &mut Run<'_>) -> Result<Outcome, Failure> {
    match tools::firmware(!run.fast) {
        Tool::Ready(_) => size::run(run.workspace, size::Job::Check).map(passed),
        // Debian's compiler, which not every machine has.
        Tool::Missing(why) => Ok(Outcome::Skipped(why)),
    }
}

fn firmware(run: &mut Run<'_>) -> Result<Outcome, Failure> {
    match tools::firmware(!run.fast) {
        Tool::Ready(_) => firmware::run(Runs::SAMPLE).map(passed),
        // As above.
        Tool::Missing(why) => Ok(Outcome::Skipped(why)),
    }
}

fn boards(run: &mut Run<'_>) -> Result<Outcome, Failure> {
    match tools::firmware(!run.fast) {
        Tool::Ready(_) => ports::run().map(passed),
        // As above.
        Tool::Missing(why) => Ok(Outcome::Skipped(why)),
    }
}

fn sequences(_: &mut Run<'_>) -> Result<Outcome, Failure> {
    let data = conformance::DATA;
    if !conformance::is_there(data) {
        return Ok(Outcome::Skipped(format!("no packet sequences in {data}")));
    }
    conformance::run(data).map(passed)
}

fn licences(run: &mut Run<'_>) -> Result<Outcome, Failure> {
    match needed(tools::cargo_deny(!run.fast))? {
        Some(skipped) => Ok(skipped),
        None => deny::check().map(passed),
    }
}

/// `None` for a tool that is there; without it, a failure in an unattended run, else a skipped step.
fn needed(tool: Tool) -> Result<Option<Outcome>, Failure> {
    match tool {
        Tool::Ready(what) => {
            eprintln!("found {what}");
            Ok(None)
        }
        Tool::Missing(why) if workspace::is_ci() => Err(Failure::new(why)),
        Tool::Missing(why) => Ok(Some(Outcome::Skipped(why))),
    }
}

fn clippy(_: &mut Run<'_>) -> Result<Outcome, Failure> {
    for packages in EVERYTHING {
        Command::cargo(["clippy", "--all-targets"])
            .args(packages.iter().copied())
            .args(["--", "-D", "warnings"])
            .run()?;
    }
    Ok(Outcome::Passed)
}

fn docs(_: &mut Run<'_>) -> Result<Outcome, Failure> {
    for packages in EVERYTHING {
        Command::cargo(["doc", "--no-deps", "--document-private-items"])
            .args(packages.iter().copied())
            .env("RUSTDOCFLAGS", "-D warnings")
            .run()?;
    }
    Ok(Outcome::Passed)
}

/// The programs of the fuzz targets, as those of a stable compiler. That the corpus holds, and that
/// each target has its program, is among the tests.
fn fuzz_targets() -> Command {
    Command::cargo(["clippy", "--manifest-path", "fuzz/Cargo.toml"]).args([
        "--target-dir",
        "target",
        "--",
        "-D",
        "warnings",
    ])
}

/// Each crate by itself, so that no neighbour's feature covers for a missing one.
fn single_crates(run: &mut Run<'_>) -> Result<Outcome, Failure> {
    for name in run.workspace.crates()? {
        Command::cargo(["clippy", "--no-default-features", "--package"])
            .args([name.as_str(), "--", "-D", "warnings"])
            .run()?;
    }
    Ok(Outcome::Passed)
}

fn row(name: &str, time: Duration, end: &str) -> String {
    let row = format!("{name:<11} {:>7.1} s  {end}", time.as_secs_f64());
    row.trim_end().to_owned() + "\n"
}
