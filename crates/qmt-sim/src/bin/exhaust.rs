//! `cargo xtask exhaust`: all sequences of `DEPTH` tokens, all cuttings of short streams.

use core::time::Duration;
use std::{env, process::ExitCode};

use qmt_sim::exhaust;

fn main() -> ExitCode {
    let depth = env::args()
        .nth(1)
        .and_then(|depth| depth.parse::<u32>().ok());
    let Some(depth) = depth.filter(|depth| *depth > 0) else {
        eprintln!("usage: exhaust DEPTH");
        return ExitCode::FAILURE;
    };
    for prompts in [1, 0] {
        let (figures, time) = timed(|| exhaust::sequences(depth, prompts));
        println!(
            "sequences depth={depth} prompts={prompts} tried={} bytes={} frames={} differing=0 seconds={:.1}",
            figures.sequences,
            figures.bytes,
            figures.frames,
            time.as_secs_f64()
        );
    }
    let (cuttings, time) = timed(|| exhaust::cuttings(depth > 6));
    println!(
        "cuttings tried={cuttings} differing=0 seconds={:.1}",
        time.as_secs_f64()
    );
    ExitCode::SUCCESS
}

#[expect(clippy::disallowed_methods, reason = "prints how long it took")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = std::time::Instant::now();
    let value = work();
    (value, start.elapsed())
}
