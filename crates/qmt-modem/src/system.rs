//! The commands around QMT*: echo, errors, sleep, network, line, restart.

use qmt_proto::{Answer, Command, ErrorFormat, Instant, LinkId, LinkLossCode, Name, SleepMode};

use crate::boot::{Power, Stage};
use crate::{Cmee, Modem, Quirks};

/// Rates that AT+IPR takes, in bit/s; 0 is automatic (FACTS §2.1).
const BAUD_RATES: [u32; 10] = [
    0, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800,
];

/// What belongs to the module as a whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct System {
    /// ATE; on after every restart (FACTS §2.2).
    pub(crate) echo: bool,
    /// AT+CMEE; saved (FACTS §2.6).
    pub(crate) error_format: ErrorFormat,
    /// AT+QSCLK (QMT §6.1 sleep lock); 1 after every restart (FACTS §3.3).
    sleep: SleepMode,
    /// AT+IPR; saved (FACTS §2.1). The virtual line has no speed.
    baud: u32,
    /// AT+CEREG; 0 after every restart.
    pub(crate) registration_reports: u8,
    /// AT+CGATT; attached after every restart.
    pub(crate) attached: bool,
}

impl System {
    /// As it comes from the factory.
    pub(crate) fn new(quirks: &Quirks) -> Self {
        Self {
            echo: true,
            error_format: match quirks.cmee {
                Cmee::Plain => ErrorFormat::Plain,
                Cmee::Numeric => ErrorFormat::Numeric,
                Cmee::Verbose => ErrorFormat::Verbose,
            },
            sleep: SleepMode::Deep,
            baud: 9_600,
            registration_reports: 0,
            attached: true,
        }
    }

    /// Forgets what is not saved.
    pub(crate) fn restart(&mut self, quirks: &Quirks) {
        *self = Self {
            echo: self.echo || !quirks.echo_saved,
            error_format: self.error_format,
            baud: self.baud,
            ..Self::new(quirks)
        };
    }
}

impl Modem {
    /// Begins the boot banner.
    pub(crate) fn start(&mut self, now: Instant) {
        self.power = Power::Starting(now, Stage::Ready);
        self.handle_boot(now);
    }

    /// Whether there is a network for QMTOPEN.
    pub(crate) fn is_registered(&self) -> bool {
        self.power == Power::Up && self.system.attached && self.covered
    }

    /// Carries out a command that is none of the links'.
    pub(crate) fn execute_system(&mut self, now: Instant, command: &Command<'_>) {
        match *command {
            Command::Attention => {}
            Command::Echo(on) => self.system.echo = on,
            Command::Identify => {
                self.out.info_text(b"\r\n", &self.config.quirks);
                let identity = self.config.identity.as_bytes();
                self.out.info_text(identity, &self.config.quirks);
            }
            Command::ErrorFormat(format) => self.system.error_format = format,
            Command::Sleep(mode) => self.system.sleep = mode,
            Command::RegistrationReports(reports) => {
                self.system.registration_reports = reports.get();
            }
            Command::BaudRate(rate) if BAUD_RATES.contains(&rate) => self.system.baud = rate,
            Command::Attach(on) => return self.attach(on),
            Command::Restart => {
                self.out.ok();
                return self.reset(now, false, self.config.quirks.boot_banner);
            }
            _ => return self.out.error(),
        }
        self.out.ok();
    }

    /// Detaching takes the PDP context away, and with it every link; attaching brings it back.
    fn attach(&mut self, on: bool) {
        let changed = core::mem::replace(&mut self.system.attached, on) != on;
        self.out.ok();
        if !changed {
            return;
        }
        if on && self.power == Power::Up {
            self.announce_network();
        }
        if !on {
            for id in LinkId::ALL {
                self.lose(id, Some(LinkLossCode::LINK_DOWN));
            }
        }
    }

    /// Answers `AT+<name>?` or `AT+<name>` of the module as a whole; none where there is no such
    /// form.
    pub(crate) fn read_system(&self, name: Name) -> Option<Answer<'_>> {
        let address = self.is_registered().then_some(self.config.address.as_str());
        Some(match name {
            Name::Cmee => Answer::ErrorFormat(self.system.error_format as u8),
            Name::Qsclk => Answer::Sleep(self.system.sleep as u8),
            Name::Cgatt => Answer::Attached(self.is_registered()),
            Name::Cereg => Answer::Registration {
                reports: self.system.registration_reports,
                status: self.registration(),
            },
            Name::Csq => Answer::Signal {
                rssi: self.config.signal,
                ber: 0,
            },
            Name::Cgpaddr => Answer::Address { cid: 0, address },
            Name::Ipr => Answer::BaudRate(self.system.baud),
            _ => return None,
        })
    }
}
