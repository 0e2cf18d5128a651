//! `cargo xtask ports`: the nodes of `examples/ports` compile for their boards.

use crate::{
    command::Command,
    failure::Failure,
    firmware,
    tools::{self, Tool},
};

const MANIFEST: &str = "examples/ports/Cargo.toml";
const CONFIG: &str = "examples/ports/.cargo/config.toml";
/// Beside those of the nodes in QEMU: dependencies with other features would be compiled in turn.
const FOLDER: &str = "target/ports";

/// A package, the target of its board, and flags.
type Port = (&'static str, &'static str, &'static [&'static str]);

const PORTS: [Port; 4] = [
    ("port-rp2040", "thumbv6m-none-eabi", &[]),
    (
        "port-rp2040",
        "thumbv8m.main-none-eabihf",
        &["--no-default-features", "--features", "rp2350"],
    ),
    ("port-stm32", "thumbv7em-none-eabihf", &[]),
    ("port-nrf52", "thumbv7em-none-eabihf", &[]),
];

/// Checks them one after the other.
pub(crate) fn run() -> Result<(), Failure> {
    match tools::firmware(true) {
        Tool::Ready(what) => eprintln!("found {what}"),
        Tool::Missing(why) => return Err(Failure::new(why)),
    }
    for (package, target, flags) in PORTS {
        let check = Command::cargo(["check", "--locked", "--manifest-path", MANIFEST])
            .args(["--config", CONFIG, "--target-dir", FOLDER])
            .args(["--package", package, "--target", target])
            .args(flags.iter().copied());
        firmware::with_core(check, target).run()?;
    }
    Ok(())
}
