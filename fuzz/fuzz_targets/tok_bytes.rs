//! The target `tok_bytes`, as README.md describes it.
#![cfg_attr(fuzzing, no_main)]

mod shim;

shim::fuzz_program!("tok_bytes");
