//! Finding the network and losing it (TS 27.007 §10.1.22, FACTS §3.1).

use alloc::string::String;

use qmt_proto::{Instant, LinkId, LinkLossCode, Notice, Registration, Report};

use crate::boot::Power;
use crate::neighbour::NB_IOT;
use crate::{BootBanner, Modem};

/// `<tac>` and `<ci>`, where AT+CEREG shows the cell: the virtual network has one.
const CELL: (&str, &str) = ("1A2B", "01A2B3C4");

/// How far the search for a network has come.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Net {
    /// Not searching: the radio is off, or the host does not want a network.
    #[default]
    Off,
    /// Searching; with coverage it ends then.
    Searching(Instant),
    /// Registered, with a PDP context.
    Registered,
}

impl Modem {
    /// Whether there is a network for QMTOPEN.
    pub(crate) fn is_registered(&self) -> bool {
        self.net == Net::Registered && self.covered
    }

    /// `<stat>` of +CEREG.
    pub(crate) fn registration(&self) -> Registration {
        match self.net {
            Net::Registered if self.covered => Registration::HOME,
            Net::Off => Registration(0),
            // Not registered, searching.
            Net::Searching(_) | Net::Registered => Registration(2),
        }
    }

    /// Begins to search, unless it has or the radio is off.
    pub(crate) fn search(&mut self, now: Instant) {
        let wanted = self.system.attached && self.system.functionality == 1;
        if self.power != Power::Up || !wanted || self.net != Net::Off {
            return;
        }
        let times = &self.config.boot;
        let span = times.network.saturating_sub(times.sim);
        self.net = Net::Searching(now.saturating_add(span));
        if !span.is_zero() {
            self.report_registration();
        }
        self.handle_search(self.out.now.max(now));
    }

    /// Finds the network when that is due.
    pub(crate) fn handle_search(&mut self, now: Instant) {
        if let Net::Searching(until) = self.net
            && until <= now
            && self.covered
        {
            self.net = Net::Registered;
            self.report_registration();
            if self.is_loud() {
                let address = self.config.address.clone();
                self.line(&Report::Notice(Notice::Address(address.as_bytes())));
            }
            // A start that printed nothing is over.
            self.banner = BootBanner::Full;
        }
    }

    /// When the search ends.
    pub(crate) fn search_ends_at(&self) -> Option<Instant> {
        match self.net {
            Net::Searching(until) if self.covered => Some(until),
            _ => None,
        }
    }

    /// Gives up the network, and with its PDP context every link.
    pub(crate) fn deregister(&mut self) {
        if core::mem::take(&mut self.net) == Net::Off {
            return;
        }
        self.report_registration();
        for id in LinkId::ALL {
            self.lose(id, Some(LinkLossCode::LINK_DOWN));
        }
    }

    /// AT+CGATT and AT+COPS: whether the host wants a network.
    pub(crate) fn set_attached(&mut self, now: Instant, on: bool) {
        self.system.attached = on;
        if on {
            self.search(now);
        } else {
            self.deregister();
        }
    }

    /// AT+CFUN: whether there is a radio.
    pub(crate) fn set_functionality(&mut self, now: Instant, level: u8) {
        let before = core::mem::replace(&mut self.system.functionality, level);
        if level != 1 {
            self.deregister();
        } else if before != 1 {
            self.line(&Report::Notice(Notice::Sim(b"READY")));
            self.search(now);
        }
    }

    /// `+CEREG`, as much of it as the host has asked for.
    pub(crate) fn report_registration(&mut self) {
        let reports = self.system.registration_reports;
        if reports == 0 || !self.is_loud() {
            return;
        }
        let status = self.registration();
        if reports < 2 {
            return self.line(&Report::Notice(Notice::Registration(status)));
        }
        self.other_line("CEREG", |out| {
            out.int(status.0);
            if status.is_registered() {
                let (area, cell) = CELL;
                out.quoted(area.as_bytes())
                    .quoted(cell.as_bytes())
                    .int(NB_IOT);
            }
        });
    }

    /// What `AT+CEREG?` shows from 2 on behind `<n>,<stat>`: the cell.
    pub(crate) fn cell(&self) -> Option<String> {
        let (area, cell) = CELL;
        (self.system.registration_reports >= 2 && self.is_registered())
            .then(|| alloc::format!(",\"{area}\",\"{cell}\",{NB_IOT}"))
    }

    /// `<rssi>` now: unknown without a network in reach.
    pub(crate) fn signal(&self) -> u8 {
        match self.covered && self.system.functionality == 1 {
            true => self.config.signal,
            false => 99,
        }
    }
}
