//! Instructions and heap under valgrind: a program runs itself again, with only its pass counted.
//!
//! What is counted is whatever runs inside functions whose name contains `measured`: make them
//! `#[inline(never)]`. The rest, making the workload above all, costs time but no counts.

use std::process::Command;

/// What glibc must not see of the processor, so that another one counts the same: its `memcpy`
/// is chosen by these. What is left is AVX2, which every x86-64 machine of the last ten years has.
const TUNABLES: &str = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-ERMS,-FSRM";

/// Instructions that this program spends in its measured functions when started with `args`.
///
/// `None`: valgrind is not there, or the program failed.
pub fn count(args: &[&str]) -> Option<u64> {
    let tool = [
        "--tool=callgrind",
        "--collect-atstart=no",
        "--toggle-collect=*measured*",
        "--callgrind-out-file=/dev/null",
    ];
    number_behind("Collected :", &run(&tool, args)?)
}

/// Blocks of heap that this program takes from start to end when started with `args`.
///
/// `None` as for [`count`].
pub fn allocations(args: &[&str]) -> Option<u64> {
    let said = run(&["--tool=dhat", "--dhat-out-file=/dev/null"], args)?;
    let (_, total) = said.split_once("Total:")?;
    number_behind(" bytes in ", total)
}

/// What valgrind says of this program, started with `args`.
fn run(tool: &[&str], args: &[&str]) -> Option<String> {
    let itself = std::env::current_exe().ok()?;
    let output = Command::new("valgrind")
        .args(tool)
        .arg(itself)
        .args(args)
        .env("GLIBC_TUNABLES", TUNABLES)
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    output.status.success().then(|| said.into_owned())
}

/// The number behind `label`, without the commas of its thousands.
fn number_behind(label: &str, said: &str) -> Option<u64> {
    let (_, number) = said.split_once(label)?;
    let number = number.split_whitespace().next()?;
    number.replace(',', "").parse().ok()
}
