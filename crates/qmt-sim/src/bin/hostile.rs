//! `cargo xtask hostile`: so many hostile messages for the receive path, and a tenth as many for a
//! whole client: none is told as anything else than a message.

use core::sync::atomic::{AtomicU64, Ordering};
use std::process::ExitCode;
use std::{env, thread};

use qmt_sim::Memory;
use qmt_sim::hostile::{Figures, flood_client, flood_receiver};

/// Messages of one seed.
const SHARE: u64 = 20_000;

fn main() -> ExitCode {
    let messages = env::args().nth(1).and_then(|n| n.parse::<u64>().ok());
    let Some(messages) = messages else {
        eprintln!("usage: hostile MESSAGES");
        return ExitCode::FAILURE;
    };
    let receiver = on_all_processors(messages, |seed, some, _| flood_receiver(seed, some));
    report("receiver", &receiver);
    let client = on_all_processors(messages / 10, flood_client);
    report("client", &client);
    println!("hostile messages={} forged=0", receiver.sent + client.sent);
    ExitCode::SUCCESS
}

fn report(who: &str, figures: &Figures) {
    let Figures {
        sent,
        told,
        withheld,
    } = figures;
    println!("hostile to={who} messages={sent} told={told} withheld={withheld} forged=0");
}

/// Has `flood` make `messages`, each seed a share of them.
fn on_all_processors(
    messages: u64,
    flood: impl Fn(u64, u64, &mut Memory) -> Figures + Sync,
) -> Figures {
    let next = AtomicU64::new(0);
    let work = || {
        let (mut all, mut memory) = (Figures::default(), Memory::new(1));
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let left = messages.saturating_sub(seed * SHARE);
            if left == 0 {
                return all;
            }
            all.add(&flood(seed, left.min(SHARE), &mut memory));
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut all = Figures::default();
        for worker in workers {
            all.add(&worker.join().expect("nothing is forged"));
        }
        all
    })
}
