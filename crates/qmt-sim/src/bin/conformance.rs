//! `cargo xtask conformance`: the scores on mosquitto's packet sequences.

use std::path::Path;
use std::{env, process::ExitCode};

use qmt_sim::conformance;

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1) else {
        eprintln!("usage: conformance FOLDER");
        return ExitCode::FAILURE;
    };
    let scores = match conformance::run(Path::new(&folder)) {
        Ok(scores) => scores,
        Err(error) => {
            eprintln!("{}: {error}", Path::new(&folder).display());
            return ExitCode::FAILURE;
        }
    };
    for score in &scores {
        println!("conformance {score}");
    }
    match scores.iter().all(conformance::Score::is_as_expected) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
