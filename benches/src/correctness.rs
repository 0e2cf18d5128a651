//! The table of who is right: ours on every hostile workload, in every delivery.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use qmt_proto::ResponseDialect;

use crate::{
    ClientReceiver, Delivery, Event, Mark, Ours, Receiver, Score, SessionReceiver, Workload,
    all_hex, exact_filters, hostile_topics,
};

/// How a receiver did, in the deliveries of [`Delivery::ALL`].
#[derive(Clone, Debug)]
pub struct Row {
    /// The receiver.
    pub name: &'static str,
    /// Its scores.
    pub scores: [Score; 5],
    /// Whether it is as good as it must be. Nobody asks that of a peer.
    pub fine: bool,
}

/// Ours, on `lines` lines of each workload.
pub fn ours(lines: usize) -> Vec<Row> {
    let text = Workload::w7(lines);
    let hex = Workload::w7_hex(lines);
    let topics = hostile_topics(lines);
    let filtered = exact_filters(lines);
    let text_dialect = ResponseDialect::default;
    let session = || SessionReceiver::new(Vec::leak(vec![0; 4096]), Vec::leak(vec![0; 4096]));
    vec![
        Row::new("qmt-proto", &text, || Ours::new(text_dialect())).perfect(),
        Row::new("qmt-proto, hex", &hex, || Ours::new(all_hex())).perfect(),
        Row::new("qmt-session", &text.without_registrations(), session).perfect(),
        Row::new("qmt-proto, hex, topics", &topics, || Ours::new(all_hex())).honest(&topics),
        Row::new("Client, text, topics", &filtered, ClientReceiver::new).honest(&filtered),
    ]
}

impl Row {
    /// Runs a receiver through all deliveries.
    pub fn new<R: Receiver>(name: &'static str, load: &Workload, new: impl Fn() -> R) -> Self {
        Self {
            name,
            scores: Delivery::ALL.map(|delivery| score(load, delivery, &new)),
            fine: true,
        }
    }

    /// Everything must have been reported as it was sent.
    fn perfect(self) -> Self {
        let fine = self.scores.iter().all(Score::is_perfect);
        Self { fine, ..self }
    }

    /// Nothing may have been made up, and nothing lost but what was made to mislead.
    fn honest(self, load: &Workload) -> Self {
        let fine = |s: &Score| s.is_honest() && s.missed <= load.hostile && s.refused >= s.missed;
        let fine = self.scores.iter().all(fine);
        Self { fine, ..self }
    }

    /// Its cells, for a table.
    pub fn cells(&self) -> String {
        self.scores.map(|score| score.cell()).join(" | ")
    }
}

/// How a receiver does in one delivery. Its panics are caught; then it is built anew, as after
/// a reset of the device.
pub fn score<R: Receiver>(load: &Workload, delivery: Delivery, new: &impl Fn() -> R) -> Score {
    let refusal = Event::Refused.mark();
    let mut receiver = new();
    let mut got = Vec::new();
    let (mut panics, mut refused) = (0, 0);
    for burst in load.bursts(delivery) {
        let steps = burst.into_iter().map(Some).chain([None]);
        for step in steps {
            let sink = &mut |event: Event<'_>| match event.mark() {
                mark if mark == refusal => refused += 1,
                mark if load.scores(mark) => got.push(mark),
                _ => {}
            };
            let done = catch_unwind(AssertUnwindSafe(|| match step {
                Some(piece) => receiver.feed(piece, sink),
                None => receiver.pause(sink),
            }));
            if done.is_err() {
                panics += 1;
                receiver = new();
            }
        }
    }
    let sent: Vec<Mark> = load
        .sent
        .iter()
        .copied()
        .filter(|mark| load.scores(*mark))
        .collect();
    Score {
        panics,
        refused,
        ..Score::new(&sent, &got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_are_right_in_every_delivery() {
        for row in ours(200) {
            assert!(row.fine, "{row:?}");
        }
    }

    /// Or the row of `Client` would prove nothing.
    #[test]
    fn who_does_not_compare_topics_is_misled_by_them() {
        let load = exact_filters(200);
        let row = Row::new("", &load, || Ours::new(ResponseDialect::default()));
        assert!(row.scores.iter().all(|score| score.wrong > 0), "{row:?}");
        assert!(!row.honest(&load).fine);
    }

    #[test]
    fn panics_are_counted_and_do_not_end_the_run() {
        struct Panics;
        impl Receiver for Panics {
            fn feed(&mut self, _: &[u8], _: &mut impl FnMut(Event<'_>)) {
                panic!("a planted one");
            }
        }
        let row = Row::new("", &Workload::w2(3), || Panics);
        assert_eq!((row.scores[0].panics, row.scores[0].missed), (3, 3));
    }
}
