//! A host that forgets the sleep lock loses its first command and its links.

use qmt_broker::Config;
use qmt_modem::{Modem, ModemConfig, PowerState, Quirks, SleepWords, WakeAnswer};

use crate::rig::Rig;

/// A module that may sleep, with link 0 connected.
fn sleepy(change: impl FnOnce(&mut Quirks)) -> Rig {
    let mut config = ModemConfig::new();
    change(&mut config.quirks);
    let mut rig = Rig::new(Modem::booted(config), Config::default());
    rig.send("ATE0\r");
    rig.connect(0);
    rig
}

fn power(rig: &Rig) -> PowerState {
    rig.modem.snapshot().power
}

/// FACTS §3.4 to §3.7.
#[test]
fn after_ten_idle_seconds_the_first_command_and_the_links_are_lost() {
    let mut rig = sleepy(|_| {});
    rig.ok("AT+CMEE=1");
    rig.ok("AT+QMTCFG=\"version\",0,1");
    assert_eq!(rig.wait(9_999), "");
    assert_eq!(power(&rig), PowerState::Running);
    assert_eq!(rig.wait(1), "");
    assert_eq!(power(&rig), PowerState::Asleep);
    assert_eq!(rig.send("AT\r"), "");
    assert_eq!(rig.wait(300), "");
    // ATE and CMEE survive, the link and its options do not.
    assert_eq!(rig.send("AT+QMTCONN?\r"), "\r\nOK\r\n");
    assert_eq!(rig.send("AT+QMTCLOSE=0\r"), "\r\n+CME ERROR: 3\r\n");
    let version = rig.send("AT+QMTCFG=\"version\",0\r");
    assert_eq!(version, "\r\n+QMTCFG: 0\r\n\r\nOK\r\n");
    assert_eq!(rig.send("AT+CGATT?\r"), "\r\n+CGATT: 1\r\n\r\nOK\r\n");
    rig.connect(0);
}

#[test]
fn the_sleep_lock_keeps_it_awake() {
    let mut rig = sleepy(|_| {});
    rig.ok("AT+QSCLK=0");
    rig.wait(1_000_000);
    assert_eq!(rig.send("AT+QMTCONN?\r"), "\r\n+QMTCONN: 0,3\r\n\r\nOK\r\n");
    // Light sleep loses nothing.
    rig.ok("AT+QSCLK=2");
    rig.wait(1_000_000);
    assert_eq!(rig.send("AT+QMTCONN?\r"), "\r\n+QMTCONN: 0,3\r\n\r\nOK\r\n");
}

#[test]
fn commands_traffic_and_open_operations_keep_it_awake() {
    let mut rig = sleepy(|_| {});
    rig.ok("AT+QMTSUB=0,1,\"t\",0");
    rig.wait(9_000);
    rig.ok("AT");
    rig.wait(9_000);
    assert_ne!(rig.publish("t", b"m", 0), b"");
    rig.wait(9_000);
    rig.black_hole = true;
    rig.ok("AT+QMTPUB=0,1,1,0,\"t\",1,\"x\"");
    assert_eq!(rig.wait(30_000), "\r\n+QMTPUB: 0,1,2\r\n");
    assert_eq!(rig.wait(9_999), "");
    assert_eq!(power(&rig), PowerState::Running);
    rig.wait(1);
    assert_eq!(power(&rig), PowerState::Asleep);
}

#[test]
fn how_long_it_stays_awake_is_an_option() {
    let mut rig = sleepy(|_| {});
    rig.ok("AT+QCFG=\"slplocktimes\",30");
    rig.wait(29_999);
    assert_eq!(power(&rig), PowerState::Running);
    rig.wait(1);
    assert_eq!(power(&rig), PowerState::Asleep);
}

#[test]
fn it_reports_its_sleep_when_asked_to() {
    for (words, spelled) in [
        (SleepWords::One, "DEEPSLEEP"),
        (SleepWords::Two, "DEEP SLEEP"),
    ] {
        let mut rig = sleepy(|quirks| quirks.sleep_words = words);
        rig.ok("AT+QCFG=\"dsevent\",1");
        rig.ok("AT+QNBIOTEVENT=1,1");
        rig.ok("AT+CPSMS=1");
        let events = |verb| {
            let event = |what: &str| format!("\r\n+QNBIOTEVENT: \"{verb} {what}\"\r\n");
            [event(spelled), event("PSM")]
        };
        assert_eq!(rig.wait(10_000), events("ENTER").concat());
        rig.send("AT\r");
        let [deep, psm] = events("EXIT");
        assert_eq!(rig.wait(200), psm + &deep);
    }
}

#[test]
fn a_blank_line_when_it_wakes() {
    let mut rig = sleepy(|quirks| quirks.wake_answer = WakeAnswer::BlankLine);
    rig.wait(10_000);
    assert_eq!(rig.send("AT\r"), "");
    assert_eq!(rig.wait(200), "\r\n");
    rig.ok("AT");
}

#[test]
fn light_sleep_that_loses_the_first_command() {
    let mut rig = sleepy(|quirks| quirks.light_sleep_loses = true);
    rig.ok("AT+QSCLK=2");
    rig.wait(10_000);
    assert_eq!(rig.send("AT\r"), "");
    rig.wait(300);
    assert_eq!(rig.send("AT+QMTCONN?\r"), "\r\n+QMTCONN: 0,3\r\n\r\nOK\r\n");
}

#[test]
fn a_module_that_never_sleeps() {
    let mut rig = sleepy(|quirks| quirks.deep_sleep = false);
    rig.wait(1_000_000);
    assert_eq!(rig.send("AT+QMTCONN?\r"), "\r\n+QMTCONN: 0,3\r\n\r\nOK\r\n");
}

#[test]
fn without_the_serial_line_only_the_pin_wakes_it() {
    let mut rig = sleepy(|_| {});
    rig.ok("AT+QCFG=\"wakeupRXD\",0");
    rig.wait(10_000);
    for _ in 0..5 {
        assert_eq!(rig.send("AT\r"), "");
        rig.wait(500);
    }
    rig.modem.wake(rig.now);
    rig.wait(200);
    rig.ok("AT");
}

#[test]
fn the_lock_does_not_help_against_the_fault() {
    let mut rig = sleepy(|_| {});
    rig.ok("AT+QSCLK=0");
    rig.modem.inject(rig.now, "sleep".parse().unwrap());
    assert_eq!(power(&rig), PowerState::Asleep);
    assert_eq!(rig.send("AT\r"), "");
    rig.wait(300);
    assert_eq!(rig.send("AT+QMTCONN?\r"), "\r\nOK\r\n");
}

#[test]
fn a_module_that_was_made_running_hears_its_first_command_at_any_time() {
    let mut rig = Rig::new(Modem::booted(ModemConfig::new()), Config::default());
    rig.now = qmt_proto::Instant::from_millis(1_000_000_000);
    assert_eq!(rig.send("AT\r"), "AT\r\r\nOK\r\n");
}
