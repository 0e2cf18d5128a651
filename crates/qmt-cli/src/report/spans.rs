//! What each link was when.

use qmt_proto::LinkId;

use crate::links::State;

/// A state and when it began.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Span {
    pub(super) from_us: u64,
    pub(super) state: State,
}

/// The states of all links; those that were never used have none.
#[derive(Debug, Default)]
pub(super) struct Links {
    spans: [Vec<Span>; LinkId::COUNT],
}

impl Links {
    /// A line with these fields was understood: a command of the host, or a report.
    pub(super) fn learn(&mut self, at_us: u64, is_command: bool, name: &str, fields: &[&str]) {
        if let Some((link, state)) = State::after(is_command, name, fields) {
            self.enter(at_us, link, state);
        }
    }

    /// The command that was learned last was refused: it has changed nothing.
    pub(super) fn refused(&mut self, at_us: u64, link: LinkId) {
        let spans = self.spans(link);
        let begun = spans
            .last()
            .is_some_and(|span| matches!(span.state, State::Opening | State::Connecting));
        if begun {
            let before = spans.len().checked_sub(2).and_then(|at| spans.get(at));
            let state = before.map_or(State::Closed, |span| span.state);
            self.enter(at_us, link, state);
        }
    }

    /// The module has started: nothing of before is left.
    pub(super) fn restart(&mut self, at_us: u64) {
        for link in LinkId::ALL {
            let last = self.spans(link).last();
            if last.is_some_and(|span| span.state != State::Closed) {
                self.enter(at_us, link, State::Lost);
            }
        }
    }

    pub(super) fn spans(&self, link: LinkId) -> &[Span] {
        &self.spans[usize::from(link.get())]
    }

    fn enter(&mut self, from_us: u64, link: LinkId, state: State) {
        let spans = &mut self.spans[usize::from(link.get())];
        if spans.last().is_none_or(|span| span.state != state) {
            spans.push(Span { from_us, state });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_goes_through_its_states() {
        let mut links = Links::default();
        for (at, is_command, name, fields) in [
            (1, true, "QMTOPEN", &["2"][..]),
            (2, false, "QMTOPEN", &["2", "0"]),
            (3, true, "QMTCONN", &["2"]),
            (4, false, "QMTCONN", &["2", "1"]),
            (5, false, "QMTCONN", &["2", "0", "0"]),
            (6, false, "QMTPUB", &["2", "1", "0"]),
            (7, false, "QMTSTAT", &["2", "1"]),
            (8, true, "QMTOPEN", &["2"]),
            (9, false, "QMTOPEN", &["2", "-1"]),
        ] {
            links.learn(at, is_command, name, fields);
        }
        let spans = links.spans(LinkId::ALL[2]);
        let states: Vec<_> = spans
            .iter()
            .map(|span| (span.from_us, span.state))
            .collect();
        assert_eq!(
            states,
            [
                (1, State::Opening),
                (2, State::Open),
                (3, State::Connecting),
                (5, State::Connected),
                (7, State::Lost),
                (8, State::Opening),
                (9, State::Closed),
            ]
        );
        links.learn(10, true, "QMTCONN", &["2"]);
        links.refused(11, LinkId::ALL[2]);
        let last = links.spans(LinkId::ALL[2]).last().unwrap();
        assert_eq!((last.from_us, last.state), (11, State::Closed));
        links.restart(12);
        assert_eq!(links.spans(LinkId::ALL[2]).len(), 9);
        assert!(links.spans(LinkId::ALL[0]).is_empty());
    }
}
