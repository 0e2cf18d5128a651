//! What a process has used, as Linux says.

use tokio::process::Child;

/// Processor time of a running process in milliseconds, to the 10 ms of a tick.
///
/// # Panics
/// When the process has ended, or where there is no `/proc`.
pub fn cpu_ms(process: &Child) -> u64 {
    let id = process.id().expect("it runs");
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("a Linux system");
    // Behind the name, which may hold blanks: user and system time are the 12th and 13th, in ticks of
    // 10 ms on every Linux.
    let (_, fields) = stat.rsplit_once(") ").expect("a name in brackets");
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: u64 = ticks
        .map(|tick| tick.parse::<u64>().expect("a number"))
        .sum();
    ticks * 10
}
