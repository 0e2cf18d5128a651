//! Answers to read, test and query commands, by the note's tables.

use qmt_proto::{ConfigOption, Expect, Name};

use super::Meaning;
use super::argument::{Argument, fields};
use super::line::Kind::{Maybe, Number};
use super::line::table;

/// Answers to what was asked. `None`: this line is none; `Some(None)`: one that is malformed.
pub(super) fn answer(name: &str, list: &[u8], expect: Expect) -> Option<Option<Meaning>> {
    let asked = match expect {
        Expect::Nothing => return None,
        Expect::Read(asked) | Expect::Test(asked) => asked,
        Expect::Config(_) => Name::Cfg,
    };
    if name != asked.as_str() {
        return None;
    }
    let all = fields(list);
    match expect {
        Expect::Nothing => None,
        Expect::Test(_) => {
            let deferred = [
                "QMTOPEN", "QMTCLOSE", "QMTCONN", "QMTDISC", "QMTSUB", "QMTUNS", "QMTPUB",
            ];
            let number = all
                .first()
                .and_then(|field| field.number(i64::MIN, i64::MAX));
            if deferred.contains(&name) && number.is_some() {
                return None;
            }
            Some(Some(
                Meaning::new("values").bytes(name.as_bytes()).bytes(list),
            ))
        }
        Expect::Config(option) => Some(setting(option, &all)),
        Expect::Read(_) => read_answer(asked, &all),
    }
}

fn read_answer(asked: Name, all: &[Argument]) -> Option<Option<Meaning>> {
    let one = |kind, most| Some(table(Meaning::new(kind), all, &[Number(0, most)]));
    match asked {
        Name::Open => {
            // Link, host in quotes, port; a result has a number where the host is.
            let Some(link) = all.first().and_then(|field| field.number(0, 4)) else {
                return Some(None);
            };
            let Some(Argument::Value { text, quoted: true }) = all.get(1) else {
                return None;
            };
            let host = qmt_proto::Host::from_bytes(text).is_ok();
            Some(match &all[2..] {
                [port] if host => port
                    .number(0, 65_535)
                    .map(|port| Meaning::new("client").number(link).bytes(text).number(port)),
                _ => None,
            })
        }
        Name::Conn => {
            let kinds = [Number(0, 4), Number(0, 255)];
            // A third field makes it a result.
            match table(Meaning::new("state"), &all[..all.len().min(2)], &kinds) {
                Some(_) if all.len() > 2 => None,
                verdict => Some(verdict),
            }
        }
        Name::Cmee => one("error format", 255),
        Name::Qsclk => one("sleep", 255),
        Name::Ipr => one("baud rate", u32::MAX.into()),
        Name::Cgatt => Some(match all {
            [only] => only
                .number(0, 255)
                .map(|n| Meaning::new("attached").number((n == 1).into())),
            _ => None,
        }),
        Name::Csq => Some(table(
            Meaning::new("signal"),
            all,
            &[Number(0, 255), Number(0, 255)],
        )),
        Name::Cereg => {
            let Some(reports) = all.first().and_then(|field| field.number(0, 255)) else {
                return Some(None);
            };
            // A report of the same name ends here or goes on with a quoted area code.
            let Some(status @ Argument::Value { quoted: false, .. }) = all.get(1) else {
                return None;
            };
            let broken = all.contains(&Argument::Broken);
            let status = status.number(0, 255).filter(|_| !broken);
            Some(status.map(|status| Meaning::new("registered").number(reports).number(status)))
        }
        Name::Cgpaddr => Some((|| {
            let cid = all.first()?.number(0, 255)?;
            if all.contains(&Argument::Broken) {
                return None;
            }
            let meaning = Meaning::new("address").number(cid);
            match all.get(1) {
                None => Some(meaning.nothing()),
                Some(Argument::Value { text, .. } | Argument::Group(text)) => {
                    let legal = core::str::from_utf8(text).is_ok() && !text.contains(&b'"');
                    Some(if legal {
                        meaning.bytes(text)
                    } else {
                        meaning.nothing()
                    })
                }
                Some(_) => None,
            }
        })()),
        _ => None,
    }
}

/// The value of an option, bare or behind the option's name.
fn setting(option: ConfigOption, all: &[Argument]) -> Option<Meaning> {
    let named = matches!(all.first(), Some(Argument::Value { text, .. })
        if text.eq_ignore_ascii_case(option.as_str().as_bytes()));
    let bare = || values(option, all);
    match named {
        false => bare(),
        // A product key may be spelled like the option.
        true if option == ConfigOption::AliAuth => values(option, &all[1..]).or_else(bare),
        true => values(option, &all[1..]),
    }
}

pub(super) fn values(option: ConfigOption, all: &[Argument]) -> Option<Meaning> {
    let meaning = Meaning::new("setting").bytes(option.as_str().as_bytes());
    let texts = |meaning: Meaning, all: &[Argument], most: &[core::ops::RangeInclusive<usize>]| {
        if all.len() != most.len() {
            return None;
        }
        all.iter()
            .zip(most)
            .try_fold(meaning, |meaning, (field, most)| match field {
                Argument::Value { text, .. } | Argument::Group(text) => {
                    let string = core::str::from_utf8(text).ok()?;
                    let legal = most.contains(&text.len())
                        && !string.chars().any(|c| c == '"' || c.is_control());
                    legal.then(|| meaning.bytes(text))
                }
                _ => None,
            })
    };
    match option {
        ConfigOption::Will => match all {
            [off] if off.number(0, 0).is_some() => Some(meaning.nothing()),
            [on, qos, retain, topic, text] => {
                on.number(1, 1)?;
                let flags = meaning
                    .number(qos.number(0, 2)?)
                    .number(retain.number(0, 1)?);
                let strings = [topic.clone(), text.clone()];
                let Argument::Value { text: topic, .. } = topic else {
                    return None;
                };
                if topic.iter().any(|b| b"+#".contains(b)) {
                    return None;
                }
                texts(flags, &strings, &[1..=256, 0..=256])
            }
            _ => None,
        },
        ConfigOption::Timeout => table(meaning, all, &[Maybe(1, 60), Maybe(0, 10), Maybe(0, 1)]),
        ConfigOption::KeepAlive => table(meaning, all, &[Number(0, 3600)]),
        ConfigOption::AliAuth => texts(meaning, all, &[1..=64, 1..=64, 1..=64]),
        ConfigOption::DataFormat => table(meaning, all, &[Number(0, 1), Number(0, 1)]),
        ConfigOption::Session
        | ConfigOption::Version
        | ConfigOption::ShowRecvLen
        | ConfigOption::EchoMode => table(meaning, all, &[Number(0, 1)]),
    }
}
