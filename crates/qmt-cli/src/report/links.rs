//! What each link was when.

use qmt_proto::LinkId;

/// What a link is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum State {
    #[default]
    Closed,
    Opening,
    Open,
    Connecting,
    Connected,
    /// The module has closed it, or has restarted.
    Lost,
}

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

impl State {
    pub(super) const ALL: [Self; 6] = [
        Self::Closed,
        Self::Opening,
        Self::Open,
        Self::Connecting,
        Self::Connected,
        Self::Lost,
    ];

    /// For people, and for the page's style.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Opening => "opening",
            Self::Open => "open",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Lost => "lost",
        }
    }
}

impl Links {
    /// A line with these fields was understood: a command of the host, or a report.
    pub(super) fn learn(&mut self, at_us: u64, is_command: bool, name: &str, fields: &[&str]) {
        let ok = |at: usize| fields.get(at) == Some(&"0");
        let state = match (name, is_command) {
            ("QMTOPEN", true) => State::Opening,
            ("QMTOPEN", false) if ok(1) => State::Open,
            ("QMTOPEN", false) => State::Closed,
            ("QMTCONN", true) => State::Connecting,
            ("QMTCONN", false) if ok(1) && fields.get(2).is_none_or(|code| *code == "0") => {
                State::Connected
            }
            // Sent again: the result is still to come.
            ("QMTCONN", false) if fields.get(1) == Some(&"1") => return,
            ("QMTCONN", false) => State::Open,
            ("QMTDISC", false) if ok(1) => State::Open,
            ("QMTCLOSE", false) => State::Closed,
            ("QMTSTAT", false) => State::Lost,
            _ => return,
        };
        let link = fields.first().and_then(|field| field.trim().parse().ok());
        if let Some(link) = link.and_then(LinkId::new) {
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
        links.restart(10);
        assert_eq!(links.spans(LinkId::ALL[2]).len(), 7);
        assert!(links.spans(LinkId::ALL[0]).is_empty());
    }
}
