//! A program for a target: under cargo-fuzz a fuzzer, otherwise one that checks files.
//!
//! So every target builds and runs on stable, and a crash can be looked at with a debugger:
//! `cargo run --bin tok_bytes -- FILE..` in this folder.

macro_rules! fuzz_program {
    ($name:literal) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|input: &[u8]| qmt_sim::fuzz::run($name, input));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            for path in std::env::args_os().skip(1) {
                qmt_sim::fuzz::run($name, &std::fs::read(&path)?);
                println!("{}: holds", path.display());
            }
            Ok(())
        }
    };
}

pub(crate) use fuzz_program;
