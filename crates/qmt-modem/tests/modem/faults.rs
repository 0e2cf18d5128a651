//! Every fault of the module, by name.

use qmt_modem::{
    BootTimes, Direction, Fault, FaultKind, LinkState, Modem, ModemConfig, Place, Plan, PowerState,
    ResultOrder, Trigger,
};
use qmt_proto::Instant;

use crate::rig::Rig;

/// Link 0 connected and subscribed, data mode without echo, and the fault to come.
fn with(fault: &str) -> Rig {
    let mut rig = Rig::connected(ModemConfig::new());
    rig.ok("AT+QMTCFG=\"echomode\",0,0");
    let fault: Fault = fault.parse().unwrap();
    assert!(rig.modem.inject(rig.now, fault));
    rig
}

/// Link 0 connected, a publish under way that gets no answer, and the fault to come.
fn publishing(fault: &str) -> Rig {
    let mut rig = Rig::connected(ModemConfig::new());
    rig.black_hole = true;
    rig.ok("AT+QMTPUB=0,9,1,0,\"x\",1,\"x\"");
    assert!(rig.modem.inject(rig.now, fault.parse().unwrap()));
    rig
}

#[test]
fn faults_of_commands_and_replies() {
    for (fault, line, answer) in [
        ("error", "AT+CSQ", "\r\nERROR\r\n"),
        ("cme", "AT+CSQ", "\r\n+CME ERROR: 8600\r\n"),
        ("cme:8509", "AT", "\r\n+CME ERROR: 8509\r\n"),
        ("lost_command", "AT", ""),
        ("lost_prompt", "AT+QMTPUB=0,0,0,0,\"x\"", ""),
        ("lost_final", "AT+CSQ", "\r\n+CSQ: 20,0"),
        ("duplicate_final", "AT", "\r\nOK\r\n\r\nOK\r\n"),
        ("bare_lf", "AT", "\nOK\n"),
        ("double_cr", "AT", "\r\r\nOK\r\r\n"),
        ("lost_result", "AT+QMTUNS=0,7,\"t\"", "\r\nOK\r\n"),
        (
            "duplicate_result",
            "AT+QMTUNS=0,7,\"t\"",
            "\r\nOK\r\n\r\n+QMTUNS: 0,7,0\r\n\r\n+QMTUNS: 0,7,0\r\n",
        ),
        (
            "wrong_link",
            "AT+QMTDISC=0",
            "\r\nOK\r\n\r\n+QMTDISC: 1,0\r\n",
        ),
        (
            "wrong_id",
            "AT+QMTUNS=0,65535,\"t\"",
            "\r\nOK\r\n\r\n+QMTUNS: 0,1,0\r\n",
        ),
        (
            "failed_close",
            "AT+QMTCLOSE=0",
            "\r\nOK\r\n\r\n+QMTCLOSE: 0,-1\r\n",
        ),
        (
            "failed_close",
            "AT+QMTDISC=0",
            "\r\nOK\r\n\r\n+QMTDISC: 0,-1\r\n",
        ),
        (
            "cut_result:9",
            "AT+QMTUNS=0,7,\"t\"",
            "\r\nOK\r\n\r\n+QMTUNS: ",
        ),
    ] {
        let mut rig = Rig::connected(ModemConfig::new());
        rig.ok("AT+CMEE=1");
        rig.modem.inject(rig.now, fault.parse().unwrap());
        assert_eq!(rig.send(&format!("{line}\r")), answer, "{fault}");
        assert_eq!(count(&rig, fault), 1, "{fault}");
    }
}

#[test]
fn late_replies_come_when_they_said() {
    for (fault, line, early, late) in [
        ("late_final:700", "AT", "", "\r\nOK\r\n"),
        ("late_prompt:700", "AT+QMTPUB=0,0,0,0,\"x\"", "", "\r\n> "),
        (
            "late_result:700",
            "AT+QMTUNS=0,7,\"t\"",
            "\r\nOK\r\n",
            "\r\n+QMTUNS: 0,7,0\r\n",
        ),
    ] {
        let mut rig = with(fault);
        assert_eq!(rig.send(&format!("{line}\r")), early, "{fault}");
        assert_eq!(rig.wait(699), "", "{fault}");
        assert_eq!(rig.wait(1), late, "{fault}");
    }
}

#[test]
fn a_late_result_is_a_whole_line_whichever_comes_first() {
    let mut config = ModemConfig::new();
    config.quirks.result_order = ResultOrder::ResultFirst;
    let mut rig = Rig::quiet(config);
    rig.send("AT+QMTOPEN=0,\"h\",1883\rAT+QMTCONN=0,\"c\"\r");
    let fault: Fault = "late_result:700".parse().unwrap();
    assert!(rig.modem.inject(rig.now, fault));
    let early = rig.send("AT+QMTUNS=0,7,\"t\"\r");
    assert!(
        early.ends_with("\r\nOK\r\n") && !early.contains('+'),
        "{early:?}"
    );
    assert_eq!(rig.wait(699), "");
    assert_eq!(rig.wait(1), "\r\n+QMTUNS: 0,7,0\r\n");
}

#[test]
fn a_prompt_that_is_late_is_data_mode_all_the_same() {
    let mut rig = with("late_prompt:5000");
    rig.send("AT+QMTPUB=0,0,0,0,\"t\",3\r");
    assert!(rig.modem.snapshot().data_mode);
    let sent = "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n\r\n+QMTRECV: 0,0,\"t\",\"abc\"\r\n";
    assert_eq!(rig.send("abc"), sent);
    assert_eq!(rig.wait(5_000), "\r\n> ");
}

#[test]
fn a_setting_that_gets_lost_says_ok() {
    let mut rig = with("lost_setting");
    rig.ok("AT+QMTCFG=\"showrecvlen\",0,1");
    let value = rig.send("AT+QMTCFG=\"showrecvlen\",0\r");
    assert_eq!(value, "\r\n+QMTCFG: 0\r\n\r\nOK\r\n");
    rig.ok("AT+QMTCFG=\"showrecvlen\",0,1");
    let value = rig.send("AT+QMTCFG=\"showrecvlen\",0\r");
    assert_eq!(value, "\r\n+QMTCFG: 1\r\n\r\nOK\r\n");
}

#[test]
fn reports_get_lost_doubled_and_cut() {
    for (fault, wanted) in [
        ("lost_report", ""),
        (
            "duplicate_report",
            "\r\n+QMTRECV: 0,0,\"t\",\"m\"\r\n\r\n+QMTRECV: 0,0,\"t\",\"m\"\r\n",
        ),
        ("cut_report:12", "\r\n+QMTRECV: 0,"),
        ("cut_report:99", "\r\n+QMTRECV: 0,0,\"t\",\"m\""),
    ] {
        let found = with(fault).publish("t", b"m", 0);
        assert_eq!(String::from_utf8(found).unwrap(), wanted, "{fault}");
    }
}

#[test]
fn a_module_that_restarts_has_forgotten_its_links() {
    for (fault, banner) in [("reboot", "\r\nRDY\r\n"), ("silent_reboot", "")] {
        let mut rig = with(fault);
        let lines = rig.wait(5_000);
        assert!(lines.starts_with(banner), "{lines}");
        assert_eq!(lines.is_empty(), banner.is_empty());
        assert_eq!(
            rig.send("AT+QMTCONN?\r"),
            "AT+QMTCONN?\r\r\nOK\r\n",
            "echo is on again"
        );
    }
}

#[test]
fn a_command_at_which_the_module_restarts_or_falls_asleep_is_not_carried_out() {
    for (fault, answer) in [
        (
            "reboot",
            "\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\n+IP: 10.90.35.36\r\n",
        ),
        ("silent_reboot", ""),
        ("sleep", "AT\r"),
        ("dead", "AT\r"),
        ("frozen", "AT\r"),
    ] {
        let mut config = ModemConfig::new();
        config.boot = BootTimes::IMMEDIATE;
        let plan = Plan::once(fault.parse().unwrap(), Trigger::Command(1));
        config.faults.push(plan);
        let mut rig = Rig::new(Modem::booted(config), qmt_broker::Config::default());
        assert_eq!(rig.send("AT\r"), answer, "{fault}");
        let starts = u32::from(fault.ends_with("reboot"));
        assert_eq!(rig.modem.snapshot().starts, starts);
    }
}

#[test]
fn a_dead_module_keeps_its_links() {
    let mut rig = with("dead:2000");
    assert_eq!(rig.modem.snapshot().power, PowerState::Dead);
    assert_eq!(rig.send("AT\r"), "");
    assert_eq!(rig.publish("t", b"m", 1), b"");
    assert_eq!(rig.wait(2_000), "");
    assert_eq!(rig.send("AT+QMTCONN?\r"), "\r\n+QMTCONN: 0,3\r\n\r\nOK\r\n");
    let mut rig = with("dead");
    assert_eq!(rig.wait(1_000_000), "");
    assert_eq!(rig.send("AT\r"), "");
    rig.modem.restart(rig.now);
    assert!(rig.wait(10_000).starts_with("\r\nRDY\r\n"));
}

#[test]
fn a_frozen_module_is_restarted_by_its_watchdog() {
    let mut rig = with("frozen:30000");
    assert_eq!(rig.send("AT\r"), "");
    assert_eq!(rig.publish("t", b"m", 1), b"");
    assert_eq!(rig.wait(30_499), "");
    assert!(rig.wait(1).starts_with("\r\nRDY\r\n"));
    rig.wait(5_000);
    assert_eq!(rig.send("ATE0\r"), "ATE0\r\r\nOK\r\n");
    rig.connect(0);
}

#[test]
fn a_black_hole_holds_everything_and_gives_it_back() {
    let mut rig = with("black_hole:5000");
    rig.ok("AT+QMTPUB=0,7,1,0,\"t\",1,\"x\"");
    assert_eq!(rig.publish("t", b"m", 0), b"");
    assert_eq!(rig.wait(4_999), "");
    let back = rig.wait(1);
    for line in ["+QMTPUB: 0,7,0", "+QMTRECV: 0,0,\"t\",\"m\"", "\"t\",\"x\""] {
        assert!(back.contains(line), "{back}");
    }
}

#[test]
fn a_black_hole_that_is_too_long_fails_a_publish() {
    let mut rig = with("black_hole:60000");
    rig.ok("AT+QMTPUB=0,7,1,0,\"t\",1,\"x\"");
    assert_eq!(rig.wait(29_999), "");
    assert_eq!(rig.wait(1), "\r\n+QMTPUB: 0,7,2\r\n");
}

#[test]
fn without_coverage_nothing_moves_until_it_is_back() {
    let mut rig = Rig::connected(ModemConfig::new());
    rig.ok("AT+CEREG=1");
    rig.modem.set_coverage(rig.now, false);
    assert_eq!(rig.wait(0), "\r\n+CEREG: 2\r\n");
    assert!(!rig.modem.snapshot().registered);
    assert_eq!(rig.publish("t", b"m", 0), b"");
    rig.ok("AT+QMTCFG=\"version\",1,1");
    let open = rig.send("AT+QMTOPEN=1,\"h\",1883\r");
    assert_eq!(open, "\r\nOK\r\n\r\n+QMTOPEN: 1,3\r\n");
    rig.modem.set_coverage(rig.now, true);
    let back = rig.wait(0);
    assert_eq!(back, "\r\n+CEREG: 1\r\n\r\n+QMTRECV: 0,0,\"t\",\"m\"\r\n");
}

#[test]
fn a_link_ends_with_the_cause_that_was_asked_for() {
    for cause in [1, 7, 255] {
        let mut rig = with(&format!("drop_link:{cause}"));
        assert_eq!(rig.wait(0), format!("\r\n+QMTSTAT: 0,{cause}\r\n"));
        assert_eq!(rig.modem.snapshot().links[0].state, LinkState::Closed);
    }
}

#[test]
fn strays_belong_to_nothing() {
    let mut rig = with("stray_result:77");
    assert_eq!(rig.wait(0), "\r\n+QMTPUB: 0,77,0\r\n");
    let mut rig = with("stray_report");
    assert_eq!(rig.wait(0), "\r\n+QSTRAY: 1\r\n");
    let mut rig = with("echo_on");
    assert_eq!(rig.send("AT\r"), "AT\r\r\nOK\r\n");
}

#[test]
fn a_storm_of_notices_counts_up() {
    let mut rig = publishing("notice_storm:3");
    let storm = "\r\n+QMTPUB: 0,9,1,1\r\n\r\n+QMTPUB: 0,9,1,2\r\n\r\n+QMTPUB: 0,9,1,3\r\n";
    assert_eq!(rig.wait(0), storm);
    assert_eq!(rig.wait(30_000), "\r\n+QMTPUB: 0,9,2\r\n");
}

#[test]
fn hostile_messages_come_on_a_topic_that_was_subscribed_to() {
    let mut rig = with("hostile_payload:1");
    let wanted = "\r\n+QMTRECV: 0,0,\"t\",\"x\r\n\r\nOK\r\n\"\r\n";
    assert_eq!(rig.wait(0), wanted);
    let mut rig = with("hostile_topic:0");
    let wanted = "\r\n+QMTRECV: 0,0,\"a\",5,\"x\",\"hostile\"\r\n";
    assert_eq!(rig.wait(0), wanted);
    let mut rig = with("flood:300");
    let lines = rig.wait(0);
    assert_eq!(lines.matches("+QMTRECV: 0,0,\"t\",").count(), 300);
    assert!(lines.ends_with("\"300\"\r\n"));
}

#[test]
fn a_fault_waits_for_what_it_needs() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.modem.inject(rig.now, "drop_link:6".parse().unwrap());
    assert_eq!(rig.wait(1_000), "");
    rig.ok("AT+QMTOPEN=3,\"h\",1");
    let later = rig.send("AT\r");
    assert!(later.contains("OK"));
    assert_eq!(rig.modem.snapshot().links[3].state, LinkState::Closed);
}

#[test]
fn triggers_are_times_commands_bytes_and_chance() {
    let stray = Fault::new(FaultKind::StrayReport);
    let start = |plan: Plan| {
        let mut config = ModemConfig::new();
        config.faults.push(plan);
        Rig::new(Modem::booted(config), qmt_broker::Config::default())
    };
    let mut rig = start(Plan::once(stray, Trigger::At(Instant::from_millis(5_000))));
    assert_eq!(rig.wait(3_999), "");
    assert_eq!(rig.wait(1), "\r\n+QSTRAY: 1\r\n");

    let mut rig = start(Plan::once(stray, Trigger::Command(2)));
    assert_eq!(rig.send("AT\r"), "AT\r\r\nOK\r\n");
    assert_eq!(rig.send("AT\r"), "AT\r\r\n+QSTRAY: 1\r\n\r\nOK\r\n");

    let mut rig = start(Plan::once(stray, Trigger::Byte(3)).toward(Direction::FromHost));
    assert_eq!(rig.send("AT"), "AT");
    assert!(rig.send("\r").contains("+QSTRAY: 1\r\n"));

    // Not one byte more than the host has got leaves the module before the fault.
    let restart = Fault::new(FaultKind::Reboot);
    let mut rig = start(Plan::once(restart, Trigger::Byte(6)).toward(Direction::ToHost));
    assert_eq!(rig.send("AT\r"), "AT\r\r\nO");
    assert!(rig.wait(10_000).starts_with("\r\nRDY\r\n"));

    let mut rig = start(Plan::chance(stray, 100_000));
    let strays: usize = (0..1_000)
        .map(|_| rig.send("AT\r").matches("+QSTRAY").count())
        .sum();
    assert!((60..140).contains(&strays), "{strays}");
    assert_eq!(
        rig.modem.snapshot().faults.of(FaultKind::StrayReport),
        strays as u64
    );
}

#[test]
fn the_module_leaves_the_line_alone() {
    let mut rig = Rig::quiet(ModemConfig::new());
    assert!(!rig.modem.inject(rig.now, Fault::new(FaultKind::Drop)));
    assert!(
        !rig.modem
            .plan(Plan::chance(Fault::new(FaultKind::Flip), 1_000_000))
    );
    assert_eq!(rig.send("AT\r"), "\r\nOK\r\n");
}

#[test]
fn a_test_can_print_lines_and_read_the_state() {
    let mut rig = Rig::connected(ModemConfig::new());
    rig.modem.inject_line(rig.now, b"+QIND: \"FOTA\",\"START\"");
    assert_eq!(rig.wait(0), "\r\n+QIND: \"FOTA\",\"START\"\r\n");
    rig.modem.set_signal(7);
    assert_eq!(rig.send("AT+CSQ\r"), "\r\n+CSQ: 7,0\r\n\r\nOK\r\n");
    let snapshot = rig.modem.snapshot();
    assert_eq!((snapshot.power, snapshot.signal), (PowerState::Running, 7));
    assert_eq!(snapshot.links[0].state, LinkState::Client(3));
    assert_eq!(snapshot.links[0].server, Some(("h".to_owned(), 1883)));
    assert_eq!(snapshot.commands, 7);
    assert_eq!(snapshot.faults.total(), 0);
}

#[test]
fn every_kind_of_the_module_is_in_these_tests() {
    let here = concat!(include_str!("faults.rs"), include_str!("sleep.rs"));
    for kind in FaultKind::ALL
        .iter()
        .filter(|kind| kind.place() != Place::Line)
    {
        let named = ['"', ':'].map(|end| format!("\"{}{end}", kind.name()));
        assert!(
            named.iter().any(|name| here.contains(name)),
            "{}",
            kind.name()
        );
    }
}

fn count(rig: &Rig, fault: &str) -> u64 {
    let kind = fault.parse::<Fault>().unwrap().kind();
    rig.modem.snapshot().faults.of(kind)
}
