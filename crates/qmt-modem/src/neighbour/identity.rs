//! Who the module and its SIM are.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use at_syntax::Args;
use qmt_proto::{CmeCode, DecodeError, Instant};

use super::{Lines, Neighbour, clock, number};
use crate::Modem;
use crate::boot::Power;

/// "SIM busy" (TS 27.007 §9.2.1), until the SIM has been read.
const SIM_BUSY: CmeCode = CmeCode(14);

pub(super) const ROWS: &[Neighbour] = &[
    Neighbour {
        test: Some(""),
        execute: Some(|modem| Ok(modem.config.identity.lines().map(Into::into).collect())),
        ..Neighbour::new("CGMI")
    },
    Neighbour {
        test: Some(""),
        execute: Some(|modem| one(&modem.config.model)),
        ..Neighbour::new("CGMM")
    },
    Neighbour {
        test: Some(""),
        execute: Some(|modem| one(&modem.config.revision)),
        ..Neighbour::new("CGMR")
    },
    Neighbour {
        test: Some("(0-3)"),
        execute: Some(|modem| one(&modem.config.imei)),
        set: Some(serial_number),
        ..Neighbour::new("CGSN")
    },
    Neighbour {
        test: Some(""),
        execute: Some(|modem| sim(modem, &modem.config.imsi)),
        ..Neighbour::new("CIMI")
    },
    Neighbour {
        test: Some(""),
        execute: Some(|modem| sim(modem, &alloc::format!("+QCCID: {}", modem.config.iccid))),
        ..Neighbour::new("QCCID")
    },
    Neighbour {
        test: Some(""),
        read: Some(|modem| sim(modem, "+CPIN: READY")),
        ..Neighbour::new("CPIN")
    },
    Neighbour {
        test: Some(""),
        read: Some(|modem| {
            let now = modem.clock(modem.out.now);
            one(&alloc::format!("+CCLK: \"{}\"", clock::show(now)))
        }),
        set: Some(set_clock),
        ..Neighbour::new("CCLK")
    },
];

fn one(line: &str) -> Lines {
    Ok([line.to_owned()].to_vec())
}

/// What only a SIM that has been read can answer.
fn sim(modem: &Modem, line: &str) -> Lines {
    match modem.power {
        Power::Up => one(line),
        _ => Err(SIM_BUSY),
    }
}

/// `AT+CGSN=<snt>`: 0 serial number, 1 IMEI, 2 IMEI and software version, 3 the latter alone
/// (TS 27.007 §5.4).
fn serial_number(modem: &mut Modem, _now: Instant, args: &mut Args<'_>) -> Result<(), DecodeError> {
    let kind = number(args, "snt", 0..=3)?;
    args.finish()?;
    let imei = &modem.config.imei;
    // IMEISV has the software version in place of the check digit (TS 23.003 §6.2.2).
    let without_check: String = imei.chars().take(14).collect();
    let line = match kind {
        0 => imei.clone(),
        1 => alloc::format!("+CGSN: {imei}"),
        2 => alloc::format!("+CGSN: {without_check}01"),
        _ => "+CGSN: 01".into(),
    };
    modem.show(&line);
    modem.out.ok();
    Ok(())
}

/// `AT+CCLK="<yy/MM/dd,hh:mm:ss±zz>"` (TS 27.007 §8.15).
fn set_clock(modem: &mut Modem, now: Instant, args: &mut Args<'_>) -> Result<(), DecodeError> {
    let text = args.quoted()?;
    args.finish()?;
    let parts: Option<Vec<i64>> = core::str::from_utf8(text).ok().and_then(clock::read);
    let wanted = parts.as_deref().and_then(clock::millis);
    let wanted = wanted.ok_or(DecodeError::OutOfRange(qmt_proto::Parameter("time")))?;
    modem.set_clock(now, wanted);
    modem.out.ok();
    Ok(())
}
