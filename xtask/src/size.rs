//! `cargo xtask size`: what receivers, and the whole driver, cost on microcontrollers.
//!
//! The programs of `xtask/size-probe` differ in one thing, so that flash is what one takes beyond
//! the harness alone. QEMU runs them with one instruction a nanosecond: instructions are exact, and
//! repeat to the resolution of the tick, 40 in all for a case.

use std::path::Path;

use crate::{
    command::Command,
    failure::Failure,
    firmware,
    tools::{self, Tool},
    workspace::Workspace,
};

mod crates;
mod figures;
mod page;

use figures::Figures;
use page::Page;

const PROBE: &str = "xtask/size-probe";
const FOLDER: &str = "target/size";

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

/// The start of a program and its UART, and with the driver, by what it uses beside connecting and
/// which parts of it are built; and the program that says how deep its stack is.
const UART: &str = "uart";
const CLIENT: &str = "client";
const DIALOGUE: &str = "dialogue";
const PARTS: [&str; 9] = [
    "",
    "publish",
    "receive",
    NODE,
    "publish,receive,outbox",
    "publish,receive,will",
    "publish,receive,aliauth",
    "publish,receive,queries",
    ALL,
];
const ALL: &str = "publish,receive,outbox,will,aliauth,queries";
/// What a node on a battery needs.
const NODE: &str = "publish,receive";

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

/// What is to be done with the figures.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Job {
    Print,
    /// Keep them, in the page and in the README.
    Save,
    /// Fail when what the page says has grown by more than a hundredth.
    Check,
}

/// Measures everything; of what is to be checked, only what has a bar.
pub(crate) fn run(workspace: &Workspace, job: Job) -> Result<(), Failure> {
    match tools::firmware(true) {
        Tool::Ready(what) => eprintln!("found {what}"),
        Tool::Missing(why) => return Err(Failure::new(why)),
    }
    let excerpts = workspace.root().join(FOLDER).join("excerpts");
    let excerpts = excerpts.display().to_string();
    let package = ["--package", "qmt-benches", "--bin", "excerpt", "--"];
    Command::cargo(["run", "--quiet"])
        .args(package)
        .args([&excerpts])
        .run()?;
    let mut page = Page::default();
    if job == Job::Check {
        let target = Target::new(BESIDE_PEERS, "mps2-an385", &[("release", "s")]);
        receivers(&target, &[], "", &excerpts, &mut page)?;
        driver(&target, &[ALL], &excerpts, &mut page)?;
        return page.check(workspace);
    }
    for target in &TARGETS {
        let (peers, feature): (&[&str], _) = match target.name {
            BESIDE_PEERS => (&PEERS, "peers"),
            _ => (&[], ""),
        };
        receivers(target, peers, feature, &excerpts, &mut page)?;
    }
    for target in &TARGETS {
        let parts: &[&str] = match target.name {
            BESIDE_PEERS => &PARTS,
            // What each part adds there tells little more.
            _ => &["", NODE, ALL],
        };
        driver(target, parts, &excerpts, &mut page)?;
        if target.name == BESIDE_PEERS {
            // Of the driver what was built last, with everything.
            for program in [OURS, CLIENT] {
                page.add_code(crates::code(&path(target, "release", program))?);
            }
        }
    }
    println!("{}", page.tables());
    match job {
        Job::Save => page.save(workspace),
        _ => Ok(()),
    }
}

/// Rows of the receivers on one target.
fn receivers(
    target: &Target,
    peers: &[&str],
    feature: &str,
    excerpts: &str,
    page: &mut Page,
) -> Result<(), Failure> {
    let programs = [&[BASE, OURS], peers].concat();
    for (profile, level) in target.profiles {
        build(target, profile, &programs, feature, excerpts)?;
        let base = measure(target, profile, BASE)?;
        for program in &programs[1..] {
            let figures = measure(target, profile, program)?;
            if *program == OURS && !figures.are_the_same_however_cut() {
                return Err(Failure::new(
                    "other events where the stream is cut elsewhere",
                ));
            }
            page.add_receiver([target.name, level, program], figures.beyond(&base));
        }
    }
    Ok(())
}

/// Rows of the driver on one target.
fn driver(target: &Target, parts: &[&str], excerpts: &str, page: &mut Page) -> Result<(), Failure> {
    build(target, "release", &[UART], "", excerpts)?;
    let bare = figures::flash(&path(target, "release", UART))?;
    for parts in parts {
        build(target, "release", &[CLIENT], parts, excerpts)?;
        let flash = figures::flash(&path(target, "release", CLIENT))?;
        let mut stack = None;
        if parts.starts_with(NODE) {
            build(target, "release", &[DIALOGUE], parts, excerpts)?;
            stack = Some(figures::stack(&run_in_qemu(target, "release", DIALOGUE)?)?);
        }
        page.add_driver(target.name, parts, flash.saturating_sub(bare), stack);
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
    let printed = run_in_qemu(target, profile, program)?;
    Figures::new(figures::flash(&path(target, profile, program))?, &printed)
}

/// What a program prints.
fn run_in_qemu(target: &Target, profile: &str, program: &str) -> Result<String, Failure> {
    let path = path(target, profile, program);
    if !Path::new(&path).exists() {
        return Err(Failure::new(format!("{path} has not been built")));
    }
    Command::new("timeout")
        .args(["300", "qemu-system-arm", "-machine", target.machine])
        .args(["-nographic", "-icount", "shift=0"])
        .args(["-semihosting-config", "enable=on,target=native"])
        .args(["-kernel", &path])
        .capture()
}
