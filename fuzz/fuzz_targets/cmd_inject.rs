//! The target `cmd_inject`, as README.md describes it.
#![cfg_attr(fuzzing, no_main)]

mod shim;

shim::fuzz_program!("cmd_inject");
