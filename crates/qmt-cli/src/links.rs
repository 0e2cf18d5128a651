//! What a link is, as the dialogue shows it.

use qmt_proto::LinkId;

/// What a link is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum State {
    #[default]
    Closed,
    Opening,
    Open,
    Connecting,
    Connected,
    /// The module has closed it, or has restarted.
    Lost,
}

impl State {
    pub(crate) const ALL: [Self; 6] = [
        Self::Closed,
        Self::Opening,
        Self::Open,
        Self::Connecting,
        Self::Connected,
        Self::Lost,
    ];

    /// For people, and for the style of pages.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Opening => "opening",
            Self::Open => "open",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Lost => "lost",
        }
    }

    /// What a line with these fields makes of a link, if it changes one: a command of the host, or
    /// a report.
    pub(crate) fn after(is_command: bool, name: &str, fields: &[&str]) -> Option<(LinkId, Self)> {
        let ok = |at: usize| fields.get(at) == Some(&"0");
        let state = match (name, is_command) {
            ("QMTOPEN", true) => Self::Opening,
            ("QMTOPEN", false) if ok(1) => Self::Open,
            ("QMTOPEN", false) => Self::Closed,
            ("QMTCONN", true) => Self::Connecting,
            ("QMTCONN", false) if ok(1) && fields.get(2).is_none_or(|code| *code == "0") => {
                Self::Connected
            }
            // Sent again: the result is still to come.
            ("QMTCONN", false) if fields.get(1) == Some(&"1") => return None,
            ("QMTCONN", false) => Self::Open,
            ("QMTDISC", false) if ok(1) => Self::Open,
            ("QMTCLOSE", false) => Self::Closed,
            ("QMTSTAT", false) => Self::Lost,
            _ => return None,
        };
        let link = fields.first()?.trim().parse().ok()?;
        Some((LinkId::new(link)?, state))
    }
}
