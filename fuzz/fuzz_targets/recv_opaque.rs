//! The target `recv_opaque`, as README.md describes it.
#![cfg_attr(fuzzing, no_main)]

mod shim;

shim::fuzz_program!("recv_opaque");
