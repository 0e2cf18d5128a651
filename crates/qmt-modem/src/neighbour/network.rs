//! The radio and its network.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use at_syntax::Args;
use qmt_proto::{DecodeError, Instant, Parameter};

use super::{Neighbour, number, text};
use crate::Modem;
use crate::system::Psm;

/// `<AcT>` of NB-IoT (TS 27.007 §7.3).
pub(crate) const NB_IOT: u8 = 9;

pub(super) const ROWS: &[Neighbour] = &[
    Neighbour {
        test: Some("(0,1,4),(0,1)"),
        read: Some(|modem| Ok([format!("+CFUN: {}", modem.system.functionality)].to_vec())),
        set: Some(set_functionality),
        ..Neighbour::new("CFUN")
    },
    Neighbour {
        test: Some("(0-63,99),(0-7,99),(0-96,255),(0-127,255),(0-34,255),(0-97,255)"),
        execute: Some(|modem| Ok([extended_signal(modem)].to_vec())),
        ..Neighbour::new("CESQ")
    },
    Neighbour {
        test: Some("(0-10),(\"IP\",\"NONIP\",\"IPV6\",\"IPV4V6\"),,,(0),(0)"),
        read: Some(|modem| Ok([contexts(modem)].to_vec())),
        set: Some(set_context),
        ..Neighbour::new("CGDCONT")
    },
    Neighbour {
        test: Some("(2,\"CHINA MOBILE\",\"CMCC\",\"46000\",9),,(0-4),(0-2)"),
        read: Some(|modem| Ok([operator(modem)].to_vec())),
        set: Some(select_operator),
        ..Neighbour::new("COPS")
    },
    Neighbour {
        test: Some("(0-2),,,(\"00000000\"-\"11111111\"),(\"00000000\"-\"11111111\")"),
        read: Some(|modem| {
            Ok([match &modem.system.psm {
                Some(psm) => format!("+CPSMS: 1,,,\"{}\",\"{}\"", psm.periodic, psm.active),
                None => "+CPSMS: 0".to_owned(),
            }]
            .to_vec())
        }),
        set: Some(set_power_saving),
        ..Neighbour::new("CPSMS")
    },
    Neighbour {
        test: Some("(0-3),(5),(\"0000\"-\"1111\")"),
        read: Some(|modem| {
            let cycle = modem.system.edrx.iter();
            Ok(cycle
                .map(|cycle| format!("+CEDRXS: 5,\"{cycle}\""))
                .collect())
        }),
        set: Some(set_edrx),
        ..Neighbour::new("CEDRXS")
    },
    // Its other forms are among the commands that the driver knows.
    Neighbour {
        set: Some(show_address),
        ..Neighbour::new("CGPADDR")
    },
];

/// `AT+CFUN=<fun>[,<rst>]`: 0 minimal, 1 full, 4 no radio (TS 27.007 §8.2).
fn set_functionality(
    modem: &mut Modem,
    now: Instant,
    args: &mut Args<'_>,
) -> Result<(), DecodeError> {
    let functionality = number(args, "fun", 0..=4)?;
    let restart = if args.is_empty() {
        0
    } else {
        number(args, "rst", 0..=1)?
    };
    args.finish()?;
    let level = match functionality {
        0 => 0,
        1 => 1,
        4 => 4,
        _ => return Err(DecodeError::OutOfRange(Parameter("fun"))),
    };
    modem.out.ok();
    if restart == 1 {
        modem.reset(now, false, modem.config.quirks.boot_banner);
    } else {
        modem.set_functionality(now, level);
    }
    Ok(())
}

/// Without GSM and UMTS values; RSRQ and RSRP follow the signal that AT+CSQ shows (TS 27.007
/// §8.69).
fn extended_signal(modem: &Modem) -> String {
    match modem.signal() {
        99 => "+CESQ: 99,99,255,255,255,255".to_owned(),
        // -113 dBm in steps of 2 dB becomes -140 dBm in steps of 1 dB, both as measured in the
        // whole band.
        rssi => format!("+CESQ: 99,99,255,255,20,{}", u16::from(rssi) * 2 + 13),
    }
}

fn contexts(modem: &Modem) -> String {
    let apn = &modem.system.apn;
    let address = match modem.is_registered() {
        true => modem.config.address.as_str(),
        false => "",
    };
    format!("+CGDCONT: 0,\"IP\",\"{apn}\",\"{address}\",0,0")
}

/// `AT+CGDCONT=<cid>,<type>,<APN>..`: the name holds from the next registration on.
fn set_context(modem: &mut Modem, _now: Instant, args: &mut Args<'_>) -> Result<(), DecodeError> {
    number(args, "cid", 0..=10)?;
    let kind = text(args, "PDP_type")?.unwrap_or_else(|| "IP".to_owned());
    if !["IP", "NONIP", "IPV6", "IPV4V6"].contains(&&*kind) {
        return Err(DecodeError::OutOfRange(Parameter("PDP_type")));
    }
    if let Some(apn) = text(args, "APN")? {
        modem.system.apn = apn;
    }
    modem.out.ok();
    Ok(())
}

/// `+COPS: <mode>[,<format>,<oper>,<AcT>]` (TS 27.007 §7.3).
fn operator(modem: &Modem) -> String {
    let mode = modem.system.operator_mode;
    let format = modem.system.operator_format;
    let name = match format {
        0 => "CHINA MOBILE",
        1 => "CMCC",
        _ => "46000",
    };
    match modem.is_registered() {
        true => format!("+COPS: {mode},{format},\"{name}\",{NB_IOT}"),
        false => format!("+COPS: {mode}"),
    }
}

/// `AT+COPS=<mode>[,<format>,<oper>[,<AcT>]]`: 0 automatic, 1 manual, 2 deregister, 3 format.
fn select_operator(
    modem: &mut Modem,
    now: Instant,
    args: &mut Args<'_>,
) -> Result<(), DecodeError> {
    let mode = number(args, "mode", 0..=4)?;
    let format = if args.is_empty() {
        None
    } else {
        Some(number(args, "format", 0..=2)?)
    };
    if let Some(format) = format {
        modem.system.operator_format = u8::try_from(format).unwrap_or_default();
    }
    if matches!(mode, 1 | 4) && text(args, "oper")?.is_none() {
        return Err(DecodeError::OutOfRange(Parameter("oper")));
    }
    modem.out.ok();
    match mode {
        3 => {}
        mode => {
            modem.system.operator_mode = u8::try_from(mode).unwrap_or_default();
            modem.set_attached(now, mode != 2);
        }
    }
    Ok(())
}

/// `AT+CPSMS=<mode>[,,,<T3412>,<T3324>]` (TS 27.007 §7.38); 2 also forgets the times.
fn set_power_saving(
    modem: &mut Modem,
    _now: Instant,
    args: &mut Args<'_>,
) -> Result<(), DecodeError> {
    let mode = number(args, "mode", 0..=2)?;
    let (_, _) = (text(args, "RAU")?, text(args, "READY")?);
    let periodic = text(args, "TAU")?;
    let active = text(args, "Active-Time")?;
    let is_timer = |timer: &&String| timer.len() == 8 && is_binary(timer);
    for timer in [&periodic, &active].into_iter().flatten() {
        if !is_timer(&timer) {
            return Err(DecodeError::OutOfRange(Parameter("timer")));
        }
    }
    modem.system.psm = (mode == 1).then(|| {
        let default = Psm::default();
        Psm {
            periodic: periodic.unwrap_or(default.periodic),
            active: active.unwrap_or(default.active),
        }
    });
    modem.out.ok();
    Ok(())
}

/// `AT+CEDRXS=<mode>[,<AcT-type>[,<value>]]` (TS 27.007 §7.40): 5 is NB-IoT.
fn set_edrx(modem: &mut Modem, _now: Instant, args: &mut Args<'_>) -> Result<(), DecodeError> {
    let mode = number(args, "mode", 0..=3)?;
    if !args.is_empty() {
        number(args, "AcT-type", 5..=5)?;
    }
    let value = text(args, "Requested_eDRX_value")?;
    if value
        .as_ref()
        .is_some_and(|value| value.len() != 4 || !is_binary(value))
    {
        return Err(DecodeError::OutOfRange(Parameter("Requested_eDRX_value")));
    }
    modem.system.edrx = match mode {
        1 | 2 => Some(value.unwrap_or_else(|| "0010".to_owned())),
        _ => None,
    };
    modem.out.ok();
    Ok(())
}

/// `AT+CGPADDR=<cid>`.
fn show_address(modem: &mut Modem, _now: Instant, args: &mut Args<'_>) -> Result<(), DecodeError> {
    number(args, "cid", 0..=0)?;
    args.finish()?;
    modem.answer(qmt_proto::Name::Cgpaddr);
    Ok(())
}

fn is_binary(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0' | b'1'))
}
