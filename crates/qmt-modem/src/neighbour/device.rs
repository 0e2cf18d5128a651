//! Quectel's own: events, options, power.

use alloc::format;

use at_syntax::Args;
use qmt_proto::{DecodeError, Instant, Parameter};

use super::{Neighbour, number, text};
use crate::Modem;

/// The options of AT+QCFG that concern a host of QMT*: name and largest value (FACTS §3.4, §3.5,
/// §3.8).
const OPTIONS: [(&str, u32); 3] = [("dsevent", 1), ("wakeupRXD", 1), ("slplocktimes", 30)];

pub(super) const ROWS: &[Neighbour] = &[
    Neighbour {
        test: Some("(0,1),(1)"),
        read: Some(|modem| {
            let on = u8::from(modem.system.psm_events);
            Ok([format!("+QNBIOTEVENT: {on},1")].to_vec())
        }),
        set: Some(|modem, _, args| {
            let on = number(args, "enable", 0..=1)?;
            number(args, "event", 1..=1)?;
            args.finish()?;
            modem.system.psm_events = on == 1;
            modem.out.ok();
            Ok(())
        }),
        ..Neighbour::new("QNBIOTEVENT")
    },
    Neighbour {
        test: Some(
            "\"dsevent\",(0,1)\r\n+QCFG: \"wakeupRXD\",(0,1)\r\n+QCFG: \"slplocktimes\",(0-30)",
        ),
        set: Some(configure),
        ..Neighbour::new("QCFG")
    },
    Neighbour {
        test: Some("(0-2)"),
        execute: None,
        set: Some(|modem, _, args| {
            number(args, "mode", 0..=2)?;
            args.finish()?;
            modem.out.ok();
            modem.power_off();
            Ok(())
        }),
        ..Neighbour::new("QPOWD")
    },
];

/// `AT+QCFG="<option>"[,<value>]`: asks for an option or sets it; all of them are saved.
fn configure(modem: &mut Modem, _now: Instant, args: &mut Args<'_>) -> Result<(), DecodeError> {
    let unknown = DecodeError::OutOfRange(Parameter("option"));
    let name = text(args, "option")?.ok_or(unknown)?;
    let (name, limit) = OPTIONS
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(&name))
        .ok_or(unknown)?;
    let system = &mut modem.system;
    if args.is_empty() {
        let value = match name {
            "dsevent" => u8::from(system.sleep_events),
            "wakeupRXD" => u8::from(system.wakes_by_rxd),
            _ => system.awake_s,
        };
        modem.show(&format!("+QCFG: \"{name}\",{value}"));
    } else {
        let value = number(args, "value", 0..=limit)?;
        args.finish()?;
        match name {
            "dsevent" => system.sleep_events = value == 1,
            "wakeupRXD" => system.wakes_by_rxd = value == 1,
            _ => system.awake_s = u8::try_from(value).unwrap_or(u8::MAX),
        }
    }
    modem.out.ok();
    Ok(())
}
