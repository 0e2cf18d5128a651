//! `cargo xtask sim --crash`: the power goes at every step of publishing so many messages.

use std::{env, process::ExitCode};

use qmt_session::proto::Qos;
use qmt_sim::crash;

/// Messages published in one run: enough for every state of an outbox of three.
const IN_ONE_RUN: usize = 8;

fn main() -> ExitCode {
    let messages = env::args().nth(1).and_then(|n| n.parse::<usize>().ok());
    let Some(messages) = messages else {
        eprintln!("usage: crash MESSAGES");
        return ExitCode::FAILURE;
    };
    for qos in [Qos::AtLeastOnce, Qos::ExactlyOnce] {
        let mut total = crash::Figures::default();
        for batch in 0..messages.div_ceil(IN_ONE_RUN) {
            // Every batch has its second crashes at other steps.
            total.add(crash::every_step(IN_ONE_RUN, qos, batch as u64));
        }
        println!(
            "crash qos={} messages={messages} runs={} crashes={} torn={} durable={} lost=0 duplicates={} unknowns={}",
            qos.level(),
            total.runs,
            total.crashes,
            total.torn,
            total.durable,
            total.duplicates,
            total.unknowns
        );
    }
    ExitCode::SUCCESS
}
