//! Repository tasks: `cargo xtask VERB`. This file only dispatches; each verb has its own file.

mod bench;
mod ci;
mod command;
mod conformance;
mod cov;
mod deny;
mod determinism;
mod evidence;
mod exhaust;
mod failure;
mod firmware;
mod flags;
mod fleet;
mod fuzz;
mod hostile;
mod listed;
mod mutants;
mod narrow;
mod no_std;
mod panic_free;
mod planted;
mod ports;
mod requirements;
mod sim;
mod size;
mod stopwatch;
mod suite;
mod tidy;
mod tools;
mod tree;
mod workspace;

use std::process::ExitCode;

use crate::{failure::Failure, flags::Verb, workspace::Workspace};

fn main() -> ExitCode {
    match flags::parse().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> Result<(), Failure> {
    let workspace = Workspace::find()?;
    match verb {
        Verb::Bench(job) => bench::run(&workspace, &job),
        Verb::Ci { fast } => ci::run(&workspace, fast),
        Verb::Conformance { data } => conformance::run(&data),
        Verb::Cov { session: false } => cov::run(&workspace),
        Verb::Cov { session: true } => cov::session(&workspace),
        Verb::Deny => deny::run(&workspace),
        Verb::Determinism => determinism::run(),
        Verb::Evidence(job) => evidence::run(&workspace, &job),
        Verb::Exhaust { depth } => exhaust::run(depth),
        Verb::Firmware(runs) => firmware::run(runs),
        Verb::Fuzz { target, mode } => fuzz::run(&workspace, target.as_deref(), mode),
        Verb::Fleet { modules, seconds } => fleet::run(modules, seconds),
        Verb::Help => {
            print!("{}", flags::HELP);
            Ok(())
        }
        Verb::Hostile { messages } => hostile::run(messages),
        Verb::Line { save } => bench::line::run(&workspace, save),
        Verb::Mutants(part) => mutants::run(&workspace, &part),
        Verb::Narrow => narrow::run(),
        Verb::NoStd => no_std::run(&workspace),
        Verb::PanicFree => panic_free::run(&workspace),
        Verb::Ports => ports::run(),
        Verb::Planted { name } => planted::run(&workspace, name.as_deref()),
        Verb::Requirements { check } => requirements::run(&workspace, check),
        Verb::Sim(campaign) => sim::run(campaign),
        Verb::Size(job) => size::run(&workspace, job),
        Verb::Tidy => tidy::run(&workspace),
        Verb::Tools { check } => tools::run(check),
        Verb::Wire => bench::wire(),
    }
}
