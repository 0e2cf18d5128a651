//! What a host used: every form of the note under its own name, and the codes it was shown.

use qmt_modem::{Answers, ModemConfig, Usage};

use crate::rig::Rig;

/// A host that uses everything once.
const EVERYTHING: &[&str] = &[
    "AT+QMTCFG=?",
    "AT+QMTOPEN=?",
    "AT+QMTCLOSE=?",
    "AT+QMTCONN=?",
    "AT+QMTDISC=?",
    "AT+QMTSUB=?",
    "AT+QMTUNS=?",
    "AT+QMTPUB=?",
    "AT+QMTCFG=\"will\",1",
    "AT+QMTCFG=\"will\",1,0",
    "AT+QMTCFG=\"timeout\",1",
    "AT+QMTCFG=\"timeout\",1,10,1,1",
    "AT+QMTCFG=\"session\",1",
    "AT+QMTCFG=\"session\",1,1",
    "AT+QMTCFG=\"keepalive\",1",
    "AT+QMTCFG=\"KEEPALIVE\",1,60",
    "AT+QMTCFG=\"aliauth\",1",
    "AT+QMTCFG=\"aliauth\",1,\"pk\",\"dn\",\"ds\"",
    "AT+QMTCFG=\"version\",1",
    "AT+QMTCFG=\"version\",1,1",
    "AT+QMTCFG=\"showrecvlen\",1",
    "AT+QMTCFG=\"showrecvlen\",1,1",
    "AT+QMTCFG=\"echomode\",1",
    "AT+QMTCFG=\"echomode\",1,0",
    "AT+QMTCFG=\"dataformat\",1",
    "AT+QMTCFG=\"dataformat\",1,0,0",
    "AT+QMTOPEN=0,\"h\",1883",
    "AT+QMTOPEN?",
    "AT+QMTCONN=0,\"c\"",
    "AT+QMTCONN?",
    "AT+QMTSUB=0,1,\"a\",1",
    "AT+QMTSUB=0,1,\"b\",2,\"c\",0",
    "AT+QMTPUB=0,0,0,0,\"a\"\rhi\u{1a}",
    "AT+QMTPUB=0,2,1,0,\"a\",2\rhi",
    "at+qmtpub=0,3,2,0,\"a\",2,hi",
    "AT+QMTUNS=0,4,\"b\"",
    "AT+QMTUNS=0,4,\"a\",\"c\"",
    "AT+QMTDISC=0",
    "AT+QMTCLOSE=0",
];

#[test]
fn every_form_of_the_note_is_counted_under_its_name() {
    let mut rig = Rig::quiet(ModemConfig::new());
    for line in EVERYTHING {
        let end = if line.contains('\r') { "" } else { "\r" };
        rig.send(&format!("{line}{end}"));
    }
    let usage = rig.modem.usage();
    for form in Usage::FORMS {
        let answers = Answers { ok: 1, failed: 0 };
        assert_eq!(usage.form(form), answers, "{form}");
    }
    assert_eq!(usage.covered(), Usage::FORMS.len());
    // And ATE0 and AT+QSCLK=0, of which it has no rows.
    assert_eq!(usage.commands(), 2 + Usage::FORMS.len() as u64);
    let codes: Vec<_> = usage.codes().collect();
    let expected = [
        ("+QMTCLOSE 0", 1),
        ("+QMTCONN 0,0", 1),
        ("+QMTDISC 0", 1),
        ("+QMTOPEN 0", 1),
        ("+QMTPUB 0", 3),
        ("+QMTRECV", 3),
        ("+QMTSUB 0,0", 1),
        ("+QMTSUB 0,1", 1),
        ("+QMTSUB 0,2", 1),
        ("+QMTUNS 0", 2),
        ("OK", usage.commands()),
    ];
    assert_eq!(codes, expected);
}

#[test]
fn failures_are_counted_apart_and_nothing_grows_without_end() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.send("AT+QMTPUB=0,1,1,0,\"a\"\r");
    rig.send("AT+CMEE=1\r");
    rig.send("AT+QMTPUB=0,1,1,0,\"a\"\r");
    rig.send("noise\r");
    for number in 0..1_000 {
        rig.send(&format!("AT+X{number}\r"));
    }
    let usage = rig.modem.usage();
    let answers = Answers { ok: 0, failed: 2 };
    assert_eq!(usage.form("AT+QMTPUB= (Ctrl+Z)"), answers);
    assert_eq!(usage.code("+CME ERROR 8503"), 1);
    assert!(usage.code("ERROR") > 1_000);
    assert!(usage.forms().count() <= 256);
    assert_eq!(usage.covered(), 0);
}

#[test]
fn the_counts_of_several_modems_add_up() {
    let mut one = Rig::quiet(ModemConfig::new());
    one.send("AT\r");
    let mut other = Rig::quiet(ModemConfig::new());
    other.send("AT\rAT+NO\r");
    let mut sum = one.modem.usage().clone();
    sum.add(other.modem.usage());
    assert_eq!(sum.form("AT"), Answers { ok: 2, failed: 0 });
    assert_eq!(sum.form("AT+NO"), Answers { ok: 0, failed: 1 });
    assert_eq!(
        (sum.commands(), sum.code("OK"), sum.code("ERROR")),
        (7, 6, 1)
    );
}
