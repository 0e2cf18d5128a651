//! Quirks in company: whatever they are together, a host that waits gets its message through.

use qmt_broker::Config;
use qmt_modem::{BootTimes, Modem, ModemConfig, Profile, Quirk, Quirks};

use crate::rig::Rig;

/// Opens, connects, subscribes, publishes in data mode with a count, and gives what the module
/// printed after the payload.
fn dialogue(quirks: Quirks) -> String {
    let mut config = ModemConfig::new();
    config.quirks = quirks;
    config.boot = BootTimes::IMMEDIATE;
    let mut rig = Rig::new(Modem::new(config), Config::default());
    rig.modem.power_on(rig.now);
    rig.wait(1_000);
    for line in [
        "ATE0\r",
        "AT+QSCLK=0\r",
        "AT+QMTCFG=\"echomode\",0,0\r",
        "AT+QMTCFG=\"dataformat\",0,1,1\r",
        "AT+QMTCFG=\"showrecvlen\",0,1\r",
        "AT+QMTOPEN=0,\"h\",1883\r",
        "AT+QMTCONN=0,\"c\"\r",
        "AT+QMTSUB=0,1,\"t\",1\r",
    ] {
        let mut answer = rig.send(line);
        answer.push_str(&rig.wait(2_000));
        assert!(answer.contains("OK\r\n"), "{line} {answer:?}");
        assert!(!answer.contains("ERROR"), "{line} {answer:?}");
    }
    let digits = quirks.hex_len == qmt_modem::HexLen::Digits;
    let len = if digits { 4 } else { 2 };
    let prompt = rig.send(&format!("AT+QMTPUB=0,2,1,0,\"t\",{len}\r"));
    assert_eq!(prompt.as_bytes(), quirks.prompt.bytes());
    rig.wait(600);
    let mut end = rig.send("4F4B");
    end.push_str(&rig.wait(2_000));
    end
}

fn check(quirks: Quirks, of: &str) {
    let end = dialogue(quirks);
    assert!(end.contains("OK\r\n"), "{of}: {end:?}");
    // Between them stand what the quirks put there: blanks, quotes, a length in one of two units.
    for part in ["+QMTPUB:", "0,2,0\r\n", "+QMTRECV:", "\"t\",", "4F4B"] {
        assert!(end.contains(part), "{of}: {part} in {end:?}");
    }
}

/// RELIABILITY §2.5.
#[test]
fn a_message_comes_back_in_each_of_the_512_sets() {
    for n in 0..Quirks::SETS {
        check(Quirks::of_set(n), &n.to_string());
    }
}

#[test]
fn a_message_comes_back_in_every_profile_with_every_single_change() {
    for profile in Profile::ALL {
        check(profile.quirks(), profile.name());
        for quirk in Quirk::ALL {
            for value in quirk.values() {
                let mut quirks = profile.quirks();
                quirk.set(&mut quirks, value.name()).unwrap();
                check(quirks, &format!("{profile}, {quirk}={value}"));
            }
        }
    }
}

#[test]
fn every_quirk_has_a_test_of_its_own() {
    let tests = concat!(
        include_str!("quirks.rs"),
        include_str!("sleep.rs"),
        include_str!("links.rs"),
        include_str!("../../src/aliauth.rs"),
    );
    for quirk in Quirk::ALL {
        let field = format!("quirks.{} = ", quirk.name());
        let name = format!("\"{}\"", quirk.name());
        assert!(tests.contains(&field) || tests.contains(&name), "{quirk}");
    }
}
