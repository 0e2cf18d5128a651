//! What a virtual module is like: identity, network, start, quirks.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use qmt_proto::Instant;

use crate::{Plan, Quirks};

/// How a [`Modem`](crate::Modem) is built. The default is the module of the application note.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ModemConfig {
    /// Habits on which the documents are silent or differ.
    pub quirks: Quirks,
    /// What goes wrong in the module. Plans for the line are none of the module's: see
    /// [`Wire`](crate::Wire).
    pub faults: Vec<Plan>,
    /// What chance follows from.
    pub seed: u64,
    /// When the parts of the boot banner come.
    pub boot: BootTimes,
    /// The lines that answer `ATI`, separated by `\r\n`. What a real module prints there is not in
    /// our sources, only that its base is an EC616.
    pub identity: String,
    /// `AT+CGMM`
    pub model: String,
    /// `AT+CGMR`. A made-up firmware: real names are not in our sources.
    pub revision: String,
    /// `AT+CGSN`, 15 digits. The default is one of those set aside for tests.
    pub imei: String,
    /// `AT+CIMI`, 15 digits.
    pub imsi: String,
    /// `AT+QCCID`, 20 digits.
    pub iccid: String,
    /// Address of the PDP context, shown by `+IP` and `AT+CGPADDR`. Operators of NB-IoT give
    /// private ones.
    pub address: String,
    /// Milliseconds since 1970 at [`Instant::ZERO`](qmt_proto::Instant::ZERO): the network's time.
    pub clock: u64,
    /// `<rssi>` of `AT+CSQ`: 0..=31, 99 for unknown (TS 27.007 §8.5).
    pub signal: u8,
}

/// Spans from power-on to each part of the boot banner: `RDY`, `+CFUN: 1`, `+CPIN: READY`,
/// `+IP: ..` (FACTS §3.1: H).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the caller sets it up")]
pub struct BootTimes {
    /// Until `RDY`. Input before it is lost.
    pub ready: Duration,
    /// Until `+CFUN: 1` and `+CPIN: READY`.
    pub sim: Duration,
    /// Until the module is registered and prints `+IP`. QMTOPEN before it ends with result 3.
    pub network: Duration,
}

impl ModemConfig {
    /// A module as the application note describes it.
    #[must_use]
    pub fn new() -> Self {
        Self {
            quirks: Quirks::NOTE,
            faults: Vec::new(),
            seed: 0,
            boot: BootTimes::default(),
            identity: "Quectel_Ltd\r\nQuectel_BC260Y-CN\r\nRevision: EC616".to_owned(),
            model: "BC260Y-CN".to_owned(),
            revision: "BC260YCNAAR01A01".to_owned(),
            imei: "004999010640000".to_owned(),
            imsi: "460001234567890".to_owned(),
            iccid: "89860012345678901234".to_owned(),
            address: "10.90.35.36".to_owned(),
            // The day of the application note.
            clock: 1_612_483_200_000,
            signal: 20,
        }
    }

    /// The network's time in milliseconds since 1970.
    pub(crate) const fn clock_at(&self, now: Instant) -> u64 {
        self.clock.saturating_add(now.as_millis())
    }
}

impl Default for ModemConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl BootTimes {
    /// Everything at the instant of power-on.
    pub const IMMEDIATE: Self = Self {
        ready: Duration::ZERO,
        sim: Duration::ZERO,
        network: Duration::ZERO,
    };
}

impl Default for BootTimes {
    /// `RDY` after 500 ms, as long as the hardware manual gives the module (FACTS §3.1), the SIM
    /// half a second later, the network after three seconds.
    fn default() -> Self {
        Self {
            ready: Duration::from_millis(500),
            sim: Duration::from_millis(1_000),
            network: Duration::from_millis(3_000),
        }
    }
}
