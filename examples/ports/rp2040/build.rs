//! Puts the memory map of the chip where the linker looks.

use std::path::Path;
use std::{env, fs};

fn main() {
    let is_rp2350 = env::var_os("CARGO_FEATURE_RP2350").is_some();
    let map = if is_rp2350 { "rp2350.x" } else { "rp2040.x" };
    let out = env::var("OUT_DIR").expect("set by cargo");
    fs::copy(map, Path::new(&out).join("memory.x")).expect("the map is here");
    println!("cargo:rustc-link-search={out}");
    println!("cargo:rerun-if-changed={map}");
}
