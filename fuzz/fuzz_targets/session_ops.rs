//! The target `session_ops`, as README.md describes it.
#![cfg_attr(fuzzing, no_main)]

mod shim;

shim::fuzz_program!("session_ops");
