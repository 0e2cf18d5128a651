//! Who is right: on tame lines, on W7, and on each of its patterns.

use qmt_benches::peers::{self, Visit};
use qmt_benches::{Delivery, Ours, Receiver, Row, Score, Workload, all_hex, ours, score};
use qmt_proto::ResponseDialect;

use crate::{OURS, print_head};

/// Lines of W7.
const LINES: usize = 20_000;

/// Prints the three tables. Whether ours is as right as it must be.
pub(crate) fn print() -> bool {
    println!("## Tame lines\n");
    println!("Correct %, then w(rong) m(issed) f(orged) r(eordered) p(anics).");
    let tame = print_tame();
    println!("\n## Hostile lines: W7\n");
    println!("Of 20 000 lines, 6655 of them hostile: correct %, then as above.");
    let hostile = print_w7();
    println!("\n## Hostile lines, by what misleads\n");
    println!(
        "2000 lines message by message / 600 byte by byte. `·`: all correct; a letter alone, as above: \
         every hostile message; with a number: so many."
    );
    tame & hostile & print_patterns()
}

fn print_tame() -> bool {
    let (msg, bytes) = (Delivery::Messages, Delivery::Chunks);
    let loads: [(&str, Workload, Delivery); 12] = [
        ("W1 msg", Workload::w1(5000), msg),
        ("W1 1 B", Workload::w1(1000), bytes(1)),
        ("W2 msg", Workload::w2(20_000), msg),
        ("W3 msg", Workload::w3(1000), msg),
        ("W4 msg", Workload::w4(1000), msg),
        ("W8 msg", Workload::w8(5000), msg),
        ("W8 1 B", Workload::w8(5000), bytes(1)),
        ("W9 msg", Workload::w9(5000), msg),
        ("W9 4096 B", Workload::w9(5000), bytes(4096)),
        ("W9 64 B", Workload::w9(5000), bytes(64)),
        ("W9 7 B", Workload::w9(2000), bytes(7)),
        ("W9 1 B", Workload::w9(1000), bytes(1)),
    ];
    let mut scores = Scores::default();
    for (_, load, delivery) in &loads {
        scores.add(load, *delivery);
    }
    print_head("receiver", &loads.each_ref().map(|(name, ..)| *name));
    scores.print(1, |score, _| score.cell());
    scores.ours_are_perfect()
}

fn print_w7() -> bool {
    print_head("receiver", &["msg", "4096 B", "64 B", "7 B", "1 B"]);
    let rows = ours(LINES);
    for row in &rows {
        println!("| **{}** | {} |", row.name, row.cells());
    }
    let mut peers = InAll(Workload::w7(LINES), Vec::new());
    peers::visit(&mut peers);
    for row in &peers.1 {
        println!("| {} | {} |", row.name, row.cells());
    }
    rows.iter().all(|row| row.fine)
}

fn print_patterns() -> bool {
    const NAMES: [&str; Workload::PATTERNS] = [
        "`OK`",
        "`ERROR`",
        "`+QMTPUB:`",
        "`+QMTRECV:`",
        "quotes",
        "JSON",
        "`> `",
        "`@`",
        "ends in `\\`",
        "`\"` CR LF",
        "binary",
        "comma in topic",
        "lines",
    ];
    let mut scores = Scores::default();
    for pattern in 0..NAMES.len() {
        for (lines, delivery) in [(2000, Delivery::Messages), (600, Delivery::Chunks(1))] {
            scores.add(&Workload::w7_of(pattern, lines), delivery);
        }
    }
    print_head("receiver", &NAMES);
    scores.print(2, letters);
    scores.ours_are_perfect()
}

/// What went wrong, in letters.
fn letters(score: &Score, hostile: usize) -> String {
    if score.is_perfect() {
        return "·".to_owned();
    }
    let counts = [
        ('w', score.wrong),
        ('m', score.missed),
        ('f', score.forged),
        ('r', score.reordered),
        ('p', score.panics),
    ];
    let shown = counts.into_iter().filter(|(_, count)| *count > 0);
    let letters = shown.map(|(letter, count)| match count {
        count if count == hostile => letter.to_string(),
        count => format!("{letter}{count}"),
    });
    letters.collect::<Vec<_>>().join(" ")
}

/// How every receiver did on one load after the other; ours first.
#[derive(Default)]
struct Scores {
    rows: Vec<(&'static str, Vec<Score>)>,
    /// Hostile messages in each load.
    hostile: Vec<usize>,
}

impl Scores {
    fn add(&mut self, load: &Workload, delivery: Delivery) {
        self.hostile.push(load.hostile);
        let mut column = Column {
            load,
            delivery,
            rows: &mut self.rows,
        };
        if load.hex {
            column.receiver(OURS, || Ours::new(all_hex()));
            peers::visit_hex(&mut column);
        } else {
            let dialect = ResponseDialect {
                // W8 has prompts that nobody asked for, as far as a receiver alone knows.
                prompt_armed: true,
                ..ResponseDialect::default()
            };
            column.receiver(OURS, || Ours::new(dialect));
            peers::visit(&mut column);
        }
    }

    /// Prints a row for each receiver, `per_cell` loads in a cell.
    fn print(&self, per_cell: usize, text: impl Fn(&Score, usize) -> String) {
        for (name, scores) in &self.rows {
            let texts = scores.iter().zip(&self.hostile);
            let texts: Vec<String> = texts
                .map(|(score, hostile)| text(score, *hostile))
                .collect();
            let cells: Vec<String> = texts.chunks(per_cell).map(|it| it.join(" / ")).collect();
            println!("| {name} | {} |", cells.join(" | "));
        }
    }

    fn ours_are_perfect(&self) -> bool {
        let ours = self.rows.iter().filter(|(name, _)| *name == OURS);
        ours.flat_map(|(_, scores)| scores).all(Score::is_perfect)
    }
}

/// One load for every receiver.
struct Column<'a> {
    load: &'a Workload,
    delivery: Delivery,
    rows: &'a mut Vec<(&'static str, Vec<Score>)>,
}

impl Visit for Column<'_> {
    fn receiver<R: Receiver>(&mut self, name: &'static str, new: impl Fn() -> R) {
        let score = score(self.load, self.delivery, &new);
        match self.rows.iter_mut().find(|(known, _)| *known == name) {
            Some((_, scores)) => scores.push(score),
            None => self.rows.push((name, vec![score])),
        }
    }
}

/// One load in all deliveries for every peer.
struct InAll(Workload, Vec<Row>);

impl Visit for InAll {
    fn receiver<R: Receiver>(&mut self, name: &'static str, new: impl Fn() -> R) {
        self.1.push(Row::new(name, &self.0, new));
    }
}
