//! Who tells hostile payloads and topics from lines of the module, in one table.
//!
//! Fails when ours is not perfect on every payload in every delivery, or believes a hostile topic.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::process::ExitCode;

use qmt_benches::{
    Delivery, Mark, Ours, Receiver, Score, SessionReceiver, Workload, all_hex, hostile_topics,
};
use qmt_proto::ResponseDialect;

const LINES: usize = 20_000;

fn main() -> ExitCode {
    // Receivers that panic are counted, not shown.
    std::panic::set_hook(Box::new(|_| {}));
    let text = Workload::w7(LINES);
    let hex = Workload::w7_hex(LINES);
    let topics = hostile_topics(LINES);
    let count = text.sent.len();
    println!(
        "W7, {count} lines, {} of them hostile: correct %, then",
        text.hostile
    );
    println!("w(rong) m(issed) f(orged) r(eordered) p(anics).\n");
    println!("| receiver | msg | 4096 B | 64 B | 7 B | 1 B |");
    println!("|---|---|---|---|---|---|");
    let ours = || Ours::new(ResponseDialect::default());
    let mut fine = perfect(&row("qmt-proto", &text, ours));
    fine &= perfect(&row("qmt-proto, hex", &hex, || Ours::new(all_hex())));
    fine &= perfect(&session(&text));
    let scores = row("qmt-proto, hex, hostile topics", &topics, || {
        Ours::new(all_hex())
    });
    for score in &scores {
        // What cannot be told apart is refused, once for each, and nothing else is lost.
        fine &= score.is_honest() && score.missed == score.refused;
    }
    println!(
        "\nHostile topics: {} of {} lines; what is missed was",
        topics.hostile, scores[0].sent
    );
    println!("refused as a violation or for its missing length, each time: nothing is believed.");
    if fine {
        ExitCode::SUCCESS
    } else {
        eprintln!("ours is not perfect");
        ExitCode::FAILURE
    }
}

fn perfect(scores: &[Score]) -> bool {
    scores.iter().all(Score::is_perfect)
}

/// Runs one receiver through all deliveries and prints its row.
fn row<R: Receiver>(name: &str, load: &Workload, new: impl Fn() -> R) -> Vec<Score> {
    let all = Delivery::ALL.map(|delivery| score(load, delivery, &new, |_| true));
    print(name, &all);
    all.to_vec()
}

/// A session keeps less of `+CEREG` than the line holds, so those are left out on both sides.
fn session(load: &Workload) -> Vec<Score> {
    let all = Delivery::ALL.map(|delivery| {
        let new = || {
            let rx = Vec::leak(vec![0; 4096]);
            let tx = Vec::leak(vec![0; 4096]);
            SessionReceiver::new(rx, tx)
        };
        score(load, delivery, &new, |mark| !mark.is_registration())
    });
    print("qmt-session", &all);
    all.to_vec()
}

fn print(name: &str, scores: &[Score]) {
    let cells: Vec<String> = scores.iter().map(Score::cell).collect();
    println!("| {name} | {} |", cells.join(" | "));
}

fn score<R: Receiver>(
    load: &Workload,
    delivery: Delivery,
    new: &impl Fn() -> R,
    counts: impl Fn(&Mark) -> bool,
) -> Score {
    let mut receiver = new();
    let mut got = Vec::new();
    let (mut panics, mut refused) = (0, 0);
    let refusal = qmt_benches::Event::Refused.mark();
    for piece in delivery.cut(&load.bytes, &load.ends) {
        let fed = catch_unwind(AssertUnwindSafe(|| {
            receiver.feed(piece, &mut |event| match event.mark() {
                mark if mark == refusal => refused += 1,
                mark => got.push(mark),
            });
        }));
        if fed.is_err() {
            // As after a reset of the device.
            panics += 1;
            receiver = new();
        }
    }
    got.retain(&counts);
    let sent: Vec<Mark> = load.sent.iter().copied().filter(&counts).collect();
    Score {
        panics,
        refused,
        ..Score::new(&sent, &got)
    }
}
