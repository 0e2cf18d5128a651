//! Sixty-four hostile messages by name, and what ours and its peers make of each.
//!
//! A message stands between two results, in five deliveries. Fails when ours is misled by one. A topic
//! that holds its own end cannot be told from its line: such a message must be refused, never
//! believed, and comes in hex, as a session with wildcards has it.

use std::process::ExitCode;

use qmt_benches::peers::{self, Visit};
use qmt_benches::{Ours, Receiver, Row, Score, Workload, all_hex};
use qmt_proto::ResponseDialect;
use qmt_sim::hostile::{CASES, Case};

/// What a receiver made of all cases: how many of them went how.
#[derive(Default)]
struct Line {
    name: &'static str,
    right: usize,
    /// Refused, where nobody could know better.
    refused: usize,
    forged: Vec<&'static str>,
    wrong: usize,
    missed: usize,
    panicked: usize,
}

impl Line {
    /// Counts a case in each column that any delivery of it belongs to.
    fn add(&mut self, case: &Case, row: &Row) {
        let any = |what: fn(&Score) -> bool| row.scores.iter().any(what);
        let honest = row.scores.iter().all(Score::is_honest);
        if row.scores.iter().all(Score::is_perfect) {
            self.right += 1;
        } else if honest && !case.has_plain_topic() {
            self.refused += 1;
        } else {
            self.wrong += usize::from(any(|score| score.wrong > 0));
            self.missed += usize::from(any(|score| score.missed > 0));
            self.panicked += usize::from(any(|score| score.panics > 0));
            if any(|score| score.forged > 0) {
                self.forged.push(case.name);
            }
        }
    }

    const fn is_fine(&self) -> bool {
        self.right + self.refused == CASES.len()
    }
}

/// All peers on one case after the other.
struct Peers<'a> {
    case: &'a Case,
    load: &'a Workload,
    lines: &'a mut Vec<Line>,
}

impl Visit for Peers<'_> {
    fn receiver<R: Receiver>(&mut self, name: &'static str, new: impl Fn() -> R) {
        let row = Row::new(name, self.load, new);
        let line = match self.lines.iter_mut().find(|line| line.name == name) {
            Some(line) => line,
            None => {
                self.lines.push(Line {
                    name,
                    ..Line::default()
                });
                self.lines.last_mut().expect("just pushed")
            }
        };
        line.add(self.case, &row);
    }
}

fn main() -> ExitCode {
    // Receivers that panic are counted, not shown.
    std::panic::set_hook(Box::new(|_| {}));
    let mut ours = Line {
        name: "**qmt**",
        ..Line::default()
    };
    let mut others = Vec::new();
    for case in &CASES {
        let (topic, payload) = (case.topic.as_bytes(), case.payload());
        let text = Workload::between_results(topic, &payload, false);
        let row = if case.has_plain_topic() {
            Row::new(ours.name, &text, || Ours::new(ResponseDialect::default()))
        } else {
            let hex = Workload::between_results(topic, &payload, true);
            Row::new(ours.name, &hex, || Ours::new(all_hex()))
        };
        ours.add(case, &row);
        let (load, lines) = (&text, &mut others);
        peers::visit(&mut Peers { case, load, lines });
    }
    println!(
        "Of {} hostile messages, each in five deliveries:\n",
        CASES.len()
    );
    println!("| receiver | right | refused | forges | changes | misses | panics |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for line in [&ours].into_iter().chain(&others) {
        println!(
            "| {} | {} | {} | {} | {} | {} | {} |",
            line.name,
            line.right,
            line.refused,
            line.forged.len(),
            line.wrong,
            line.missed,
            line.panicked
        );
    }
    println!();
    for line in others.iter().filter(|line| !line.forged.is_empty()) {
        println!("{} forges: {}", line.name, line.forged.join("; "));
    }
    println!(
        "scoreboard cases={} right={} refused={} forged={}",
        CASES.len(),
        ours.right,
        ours.refused,
        ours.forged.len()
    );
    match ours.is_fine() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
