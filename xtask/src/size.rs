//! `cargo xtask size`: what receivers, and the whole driver, cost on microcontrollers.
//!
//! The programs of `xtask/size-probe` differ in one thing, so that flash is what one takes beyond
//! the harness alone. QEMU runs them with one instruction a nanosecond: instructions are exact, and
//! repeat to the resolution of the tick, 40 in all for a case.

use core::fmt::Write as _;
use std::{fs, path::Path};

use crate::{
    command::Command,
    failure::Failure,
    firmware,
    tools::{self, Tool},
    workspace::Workspace,
};

mod figures;

use figures::{Case, Figures};

const PROBE: &str = "xtask/size-probe";
const FOLDER: &str = "target/size";
const PAGE: &str = "docs/benchmarks/size.md";

/// A processor, and the board of QEMU that has it or one that does as much.
struct Target {
    name: &'static str,
    machine: &'static str,
    /// Optimised for size, and for speed where peers stand beside.
    profiles: &'static [(&'static str, &'static str)],
}

const TARGETS: [Target; 3] = [
    Target::new("thumbv6m-none-eabi", "mps2-an385", &[("release", "s")]),
    Target::new(
        BESIDE_PEERS,
        "mps2-an385",
        &[("release", "s"), ("fast", "3")],
    ),
    Target::new("thumbv7em-none-eabi", "mps2-an386", &[("release", "s")]),
];
/// Where the peers are measured too: they take long to build, and another processor tells little more.
const BESIDE_PEERS: &str = "thumbv7m-none-eabi";

/// The harness with a receiver that adds up all bytes, and those with a real one.
const BASE: &str = "base";
const OURS: &str = "ours";
const PEERS: [&str; 3] = ["at_commands", "nom", "atat"];

/// The start of a program and its UART, and with the driver, by what it uses beside connecting.
const UART: &str = "uart";
const CLIENT: &str = "client";
const PARTS: [&str; 5] = [
    "",
    "publish",
    "receive",
    "publish,receive",
    "publish,receive,outbox",
];

impl Target {
    const fn new(
        name: &'static str,
        machine: &'static str,
        profiles: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            name,
            machine,
            profiles,
        }
    }
}

/// Measures everything and prints it; keeps the page with `save`.
pub(crate) fn run(workspace: &Workspace, save: bool) -> Result<(), Failure> {
    match tools::firmware(true) {
        Tool::Ready(what) => eprintln!("found {what}"),
        Tool::Missing(why) => return Err(Failure::new(why)),
    }
    let excerpts = workspace.root().join(FOLDER).join("excerpts");
    let excerpts = excerpts.display().to_string();
    Command::cargo([
        "run",
        "--quiet",
        "--package",
        "qmt-benches",
        "--bin",
        "excerpt",
        "--",
    ])
    .args([&excerpts])
    .run()?;
    let mut page = HEAD.to_owned();
    for target in &TARGETS {
        receivers(target, &excerpts, &mut page)?;
    }
    page.push_str(DRIVER);
    for target in &TARGETS {
        driver(target, &excerpts, &mut page)?;
    }
    println!("{page}");
    if save {
        let path = workspace.root().join(PAGE);
        fs::write(&path, page)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    }
    Ok(())
}

/// Rows of the receivers on one target.
fn receivers(target: &Target, excerpts: &str, page: &mut String) -> Result<(), Failure> {
    let (peers, feature): (&[&str], _) = if target.name == BESIDE_PEERS {
        (&PEERS, "peers")
    } else {
        (&[], "")
    };
    let programs = [&[BASE, OURS], peers].concat();
    for (profile, level) in target.profiles {
        build(target, profile, &programs, feature, excerpts)?;
        let base = measure(target, profile, BASE)?;
        for program in &programs[1..] {
            let figures = measure(target, profile, program)?;
            let _ = write!(
                page,
                "| {} | {level} | {program} | {} | {} |",
                target.name,
                figures.flash.saturating_sub(base.flash),
                figures.stack,
            );
            for (name, delivery) in COLUMNS {
                let case = |figures: &Figures| {
                    let found = figures.cases.iter().find(|case| case.is(name, delivery));
                    found.map_or(0.0, Case::per_line)
                };
                let _ = write!(page, " {:.0} |", case(&figures));
            }
            page.push('\n');
        }
    }
    Ok(())
}

/// Rows of the driver on one target.
fn driver(target: &Target, excerpts: &str, page: &mut String) -> Result<(), Failure> {
    build(target, "release", &[UART], "", excerpts)?;
    let bare = figures::flash(&path(target, "release", UART))?;
    for parts in PARTS {
        build(target, "release", &[CLIENT], parts, excerpts)?;
        let flash = figures::flash(&path(target, "release", CLIENT))?;
        let parts = if parts.is_empty() {
            String::new()
        } else {
            format!(", {}", parts.replace(',', ", "))
        };
        let _ = writeln!(
            page,
            "| {} | connect{parts} | {} |",
            target.name,
            flash.saturating_sub(bare)
        );
    }
    Ok(())
}

fn build(
    target: &Target,
    profile: &str,
    programs: &[&str],
    features: &str,
    excerpts: &str,
) -> Result<(), Failure> {
    let config = format!("{PROBE}/.cargo/config.toml");
    let build = Command::cargo(["build", "--quiet", "--profile", profile, "--manifest-path"])
        .args([&format!("{PROBE}/Cargo.toml"), "--config", &config])
        .args(["--target", target.name, "--target-dir", FOLDER])
        .args(["--features", features])
        .args(programs.iter().flat_map(|program| ["--bin", program]))
        .env("QMT_EXCERPTS", excerpts);
    firmware::with_core(build, target.name).run()
}

fn path(target: &Target, profile: &str, program: &str) -> String {
    format!("{FOLDER}/{}/{profile}/{program}", target.name)
}

/// Flash of a program, and what it prints when it runs.
fn measure(target: &Target, profile: &str, program: &str) -> Result<Figures, Failure> {
    let path = path(target, profile, program);
    if !Path::new(&path).exists() {
        return Err(Failure::new(format!("{path} has not been built")));
    }
    let printed = Command::new("timeout")
        .args(["300", "qemu-system-arm", "-machine", target.machine])
        .args(["-nographic", "-icount", "shift=0"])
        .args(["-semihosting-config", "enable=on,target=native"])
        .args(["-kernel", &path])
        .capture()?;
    Figures::new(figures::flash(&path)?, &printed)
}

/// Workloads and deliveries of the table; 0 is a message at a time.
const COLUMNS: [(&str, usize); 8] = [
    ("w1", 0),
    ("w1", 64),
    ("w1", 7),
    ("w1", 1),
    ("w2", 0),
    ("w3", 0),
    ("w3", 64),
    ("w3", 1),
];

const HEAD: &str = "\
# On microcontrollers: `cargo xtask size`

Receivers on ARM Cortex-M: bytes of flash beyond the same program with none, bytes of stack below the
harness, and instructions for each line of the first 60 of W1, 120 of W2, 12 of W3 (1530 bytes each),
by how they are delivered. Counted in QEMU, one instruction a nanosecond, with everything a consumer
pays: keeping the bytes in a buffer, framing, typing, and a sink that reads every field. `at_commands`,
`nom` and `atat` are the peers of [peers.md](peers.md), where it says which of them is right. Our bar is
4096 bytes of flash and 256 of stack: not met yet.

| target | opt | receiver | flash | stack | W1 | W1 64 B | W1 7 B | W1 1 B | W2 | W3 | W3 64 B | W3 1 B |
|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
";

const DRIVER: &str = "
The whole driver, `Client` on one link in the blocking driver of `qmt-hal-embedded`, optimised for
size: bytes of flash beyond a program that only copies its UART. Our bar is 20 480: not met yet.

| target | what the node does | flash |
|---|---|---:|
";
