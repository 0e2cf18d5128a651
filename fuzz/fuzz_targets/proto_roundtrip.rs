//! The target `proto_roundtrip`, as README.md describes it.
#![cfg_attr(fuzzing, no_main)]

mod shim;

shim::fuzz_program!("proto_roundtrip");
