//! Completion and hints, from the tables of the commands.

use qmt_proto::{ConfigOption, Name};

use crate::lang::tr_static;

/// What a command takes behind `=`.
const fn takes(name: Name) -> Option<&'static str> {
    Some(match name {
        Name::Cfg => "\"option\",link[,values]",
        Name::Open => "link,\"host\",port",
        Name::Close | Name::Disc => "link",
        Name::Conn => "link,\"clientID\"[,\"username\"[,\"password\"]]",
        Name::Sub => "link,msgID,\"topic\",qos[,..]",
        Name::Uns => "link,msgID,\"topic\"[,..]",
        Name::Pub => "link,msgID,qos,retain,\"topic\"[,length]",
        Name::Cmee => "0 ERROR | 1 numbers | 2 words",
        Name::Qsclk => "0 awake | 1 deep sleep | 2 light sleep",
        Name::Cgatt => "0 detach | 1 attach",
        Name::Cereg => "0..5",
        Name::Ipr => "rate, 0 automatic",
        Name::Qrst => "1",
        _ => return None,
    })
}

/// What an option takes behind the link.
const fn option_takes(option: ConfigOption) -> &'static str {
    match option {
        ConfigOption::Will => "0 | 1,qos,retain,\"topic\",\"message\"",
        ConfigOption::Timeout => "seconds 1..60[,retries 0..10[,notice 0|1]]",
        ConfigOption::Session => "0 keep | 1 clean",
        ConfigOption::KeepAlive => "seconds 0..3600",
        ConfigOption::AliAuth => "\"product key\",\"device name\",\"device secret\"",
        ConfigOption::Version => "0 MQTT 3.1 | 1 MQTT 3.1.1",
        ConfigOption::ShowRecvLen | ConfigOption::EchoMode => "0 | 1",
        ConfigOption::DataFormat => "send 0 text|1 hex,receive 0 text|1 hex",
    }
}

/// How a line that begins so can go on: whole lines.
pub(super) fn completions(line: &str) -> Vec<String> {
    let upper = line.to_ascii_uppercase();
    if let Some((start, list)) = line.split_once('=')
        && start.eq_ignore_ascii_case("AT+QMTCFG")
    {
        let options = ConfigOption::ALL.iter().map(|option| {
            let name = option.as_str();
            format!("\"{name}\",")
        });
        let fitting = options.filter(|option| option.starts_with(list) && option != list);
        return fitting.map(|option| format!("{start}={option}")).collect();
    }
    let names = Name::ALL.iter().flat_map(|name| {
        let text = format!("AT+{}", name.as_str());
        let set = takes(*name).map(|_| format!("{text}="));
        [Some(format!("{text}?")), set].into_iter().flatten()
    });
    let basic = ["ATI", "ATE0", "ATE1"].map(str::to_owned);
    let fitting = basic.into_iter().chain(names);
    fitting
        .filter(|whole| whole.starts_with(&upper) && *whole != upper)
        .collect()
}

/// What may follow a line that is complete so far.
pub(super) fn hint(line: &str) -> Option<&'static str> {
    let (start, list) = line.split_once('=')?;
    let name = start.get(3..).and_then(Name::new)?;
    if name == Name::Cfg
        && let Some((option, rest)) = list.split_once(',')
    {
        let named = |known: &ConfigOption| option.trim_matches('"') == known.as_str();
        let option = ConfigOption::ALL.into_iter().find(named)?;
        return match rest.split_once(',') {
            None if rest.is_empty() => Some(tr_static("link 0..4")),
            Some((_, "")) => Some(tr_static(option_takes(option))),
            _ => None,
        };
    }
    takes(name).filter(|_| list.is_empty()).map(tr_static)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_completed_in_any_case() {
        assert_eq!(completions("at+qmto"), ["AT+QMTOPEN?", "AT+QMTOPEN="]);
        assert_eq!(completions("ATE"), ["ATE0", "ATE1"]);
        assert_eq!(completions("AT+CSQ"), ["AT+CSQ?"]);
        assert!(completions("nonsense").is_empty());
        // Every command of the note is there.
        let all = completions("AT+QMT");
        assert_eq!(all.len(), 16, "{all:?}");
    }

    #[test]
    fn options_are_completed_from_their_table() {
        assert_eq!(completions("AT+QMTCFG=\"ver"), ["AT+QMTCFG=\"version\","]);
        assert_eq!(completions("at+qmtcfg=").len(), ConfigOption::ALL.len());
    }

    #[test]
    fn a_hint_says_what_comes_next() {
        assert_eq!(hint("AT+QMTOPEN="), Some("link,\"host\",port"));
        assert_eq!(hint("at+qmtcfg=\"version\","), Some("link 0..4"));
        assert_eq!(
            hint("AT+QMTCFG=\"version\",0,"),
            Some("0 MQTT 3.1 | 1 MQTT 3.1.1")
        );
        for line in [
            "AT",
            "AT+QMTOPEN=0",
            "AT+QMTCFG=\"none\",",
            "=",
            "AT+\u{e9}=",
        ] {
            assert_eq!(hint(line), None, "{line}");
        }
    }
}
