//! The commands around QMT*: echo, errors, sleep, network, line, restart.

use alloc::borrow::ToOwned;
use alloc::string::String;

use qmt_proto::{Answer, Command, ErrorFormat, Instant, Name, SleepMode};

use crate::boot::{Power, Stage};
use crate::{Cmee, Modem, Quirks};

/// Rates that AT+IPR takes, in bit/s; 0 is automatic (FACTS §2.1).
const BAUD_RATES: [u32; 10] = [
    0, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800,
];

/// What belongs to the module as a whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct System {
    /// ATE; on after every restart (FACTS §2.2).
    pub(crate) echo: bool,
    /// AT+CMEE; saved (FACTS §2.6).
    pub(crate) error_format: ErrorFormat,
    /// AT+QSCLK (QMT §6.1 sleep lock); 1 after every restart (FACTS §3.3).
    pub(crate) sleep: SleepMode,
    /// AT+IPR; saved (FACTS §2.1). The virtual line has no speed.
    baud: u32,
    /// AT+CEREG; 0 after every restart.
    pub(crate) registration_reports: u8,
    /// AT+CGATT, AT+COPS: whether a network is wanted; so after every restart.
    pub(crate) attached: bool,
    /// AT+CFUN; 1 after every restart.
    pub(crate) functionality: u8,
    /// AT+COPS: `<mode>` and `<format>`; automatic and numeric after every restart.
    pub(crate) operator_mode: u8,
    pub(crate) operator_format: u8,
    /// AT+CGDCONT: access point name; saved.
    pub(crate) apn: String,
    /// AT+CPSMS; saved.
    pub(crate) psm: Option<Psm>,
    /// AT+CEDRXS: the requested cycle; saved.
    pub(crate) edrx: Option<String>,
    /// AT+QNBIOTEVENT: whether PSM is reported; saved (FACTS §3.8).
    pub(crate) psm_events: bool,
    /// AT+QCFG="dsevent": whether deep sleep is reported; saved.
    pub(crate) sleep_events: bool,
    /// AT+QCFG="wakeupRXD": whether the serial line wakes the module; saved (FACTS §3.4).
    pub(crate) wakes_by_rxd: bool,
    /// AT+QCFG="slplocktimes": how long it stays awake after a command, in seconds; saved (FACTS
    /// §3.5).
    pub(crate) awake_s: u8,
}

/// The timers of power saving mode, as AT+CPSMS writes them (TS 24.008 §10.5.7.4a, §10.5.7.3).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Psm {
    /// `<Requested_Periodic-TAU>`
    pub(crate) periodic: String,
    /// `<Requested_Active-Time>`
    pub(crate) active: String,
}

impl Default for Psm {
    /// Three hours and one minute.
    fn default() -> Self {
        Self {
            periodic: "00100011".to_owned(),
            active: "00100001".to_owned(),
        }
    }
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
            functionality: 1,
            operator_mode: 0,
            operator_format: 2,
            apn: "cmnbiot".to_owned(),
            psm: None,
            edrx: None,
            psm_events: false,
            sleep_events: false,
            wakes_by_rxd: true,
            awake_s: 10,
        }
    }

    /// Forgets what is not saved.
    pub(crate) fn restart(&mut self, quirks: &Quirks) {
        *self = Self {
            echo: self.echo || !quirks.echo_saved,
            error_format: self.error_format,
            baud: self.baud,
            apn: core::mem::take(&mut self.apn),
            psm: self.psm.take(),
            edrx: self.edrx.take(),
            psm_events: self.psm_events,
            sleep_events: self.sleep_events,
            wakes_by_rxd: self.wakes_by_rxd,
            awake_s: self.awake_s,
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

    /// Carries out a command that is none of the links'.
    pub(crate) fn execute_system(&mut self, now: Instant, command: &Command<'_>) {
        match *command {
            Command::Attention => {}
            Command::Echo(on) => self.system.echo = on,
            Command::Verbose(on) => self.out.numeric = !on,
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
            Command::Attach(on) => {
                self.out.ok();
                return self.set_attached(now, on);
            }
            Command::Restart => {
                self.out.ok();
                return self.reset(now, false, self.config.quirks.boot_banner);
            }
            _ => return self.out.error(),
        }
        self.out.ok();
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
                rssi: self.signal(),
                ber: if self.signal() == 99 { 99 } else { 0 },
            },
            Name::Cgpaddr => Answer::Address { cid: 0, address },
            Name::Ipr => Answer::BaudRate(self.system.baud),
            _ => return None,
        })
    }
}
