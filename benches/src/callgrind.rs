//! Instructions under callgrind: a program runs itself again, with only its pass counted.
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
    let itself = std::env::current_exe().ok()?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no"])
        .args(["--toggle-collect=*measured*"])
        .args(["--callgrind-out-file=/dev/null"])
        .arg(itself)
        .args(args)
        .env("GLIBC_TUNABLES", TUNABLES)
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let (_, count) = said.split_once("Collected :")?;
    count.split_whitespace().next()?.parse().ok()
}
