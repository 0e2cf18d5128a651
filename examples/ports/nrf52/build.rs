//! Puts the memory map where the linker looks.

use std::path::Path;
use std::{env, fs};

fn main() {
    let out = env::var("OUT_DIR").expect("set by cargo");
    fs::copy("memory.x", Path::new(&out).join("memory.x")).expect("memory.x is here");
    println!("cargo:rustc-link-search={out}");
    println!("cargo:rerun-if-changed=memory.x");
}
