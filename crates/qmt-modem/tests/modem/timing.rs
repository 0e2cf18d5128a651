//! What only time brings, on virtual time.

use core::time::Duration;

use qmt_broker::Config;
use qmt_modem::{BootTimes, Modem, ModemConfig};
use qmt_proto::Instant;

use crate::rig::{Network, Rig};

/// QMT §3.3.2 time, `<result>` -1.
#[test]
fn open_times_out_after_176_s() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.network = Network::Hanging;
    assert_eq!(rig.send("AT+QMTOPEN=0,\"h\",1\r"), "\r\nOK\r\n");
    assert_eq!(rig.wait(175_999), "");
    assert_eq!(rig.wait(1), "\r\n+QMTOPEN: 0,-1\r\n");
    rig.network = Network::Good;
    rig.connect(0);
}

/// QMT §3.3.8 note 3.
#[test]
fn data_mode_ends_after_60_s_without_data() {
    let mut rig = Rig::connected(ModemConfig::new());
    assert_eq!(rig.send("AT+QMTPUB=0,0,0,0,\"t\"\r"), "\r\n> ");
    assert_eq!(rig.wait(59_999), "");
    // Every byte begins the time anew.
    assert_eq!(rig.send("x"), "x");
    assert_eq!(rig.wait(59_999), "");
    assert_eq!(rig.wait(1), "\r\nERROR\r\n");
    assert_eq!(rig.send("AT\r"), "\r\nOK\r\n");
}

#[test]
fn a_counted_command_line_that_stops_is_given_up_after_60_s() {
    let mut rig = Rig::connected(ModemConfig::new());
    assert_eq!(rig.send("AT+QMTPUB=0,0,0,0,\"t\",9,\"ab\"\r"), "");
    assert_eq!(rig.wait(59_999), "");
    assert_eq!(rig.wait(1), "\r\nERROR\r\n");
    assert_eq!(rig.send("AT\r"), "\r\nOK\r\n");
}

#[test]
fn a_line_without_its_end_waits_for_ever() {
    let mut rig = Rig::connected(ModemConfig::new());
    assert_eq!(rig.send("A"), "");
    assert_eq!(rig.wait(100_000), "");
    assert_eq!(rig.send("T\r"), "\r\nOK\r\n");
}

/// QMT §2 retransmission; §3.3.1 note 3, `<timeout_notice>` 1; §3.3.6 `<result>` 1..=2, `<value>` count;
/// §3.3.7 `<result>` 1..=2; §3.3.8 `<result>` 1..=2, `<value>` count, `<value>` absent.
#[test]
fn a_packet_that_is_not_acknowledged_fails_after_pkt_timeout_times_retries() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.ok("AT+QMTCFG=\"timeout\",0,5,2,1");
    rig.connect(0);
    rig.black_hole = true;
    assert_eq!(rig.send("AT+QMTPUB=0,9,1,0,\"t\",1,\"x\"\r"), "\r\nOK\r\n");
    assert_eq!(rig.wait(4_999), "");
    assert_eq!(rig.wait(1), "\r\n+QMTPUB: 0,9,1,1\r\n");
    assert_eq!(rig.wait(5_000), "\r\n+QMTPUB: 0,9,1,2\r\n");
    assert_eq!(rig.wait(4_999), "");
    assert_eq!(rig.wait(1), "\r\n+QMTPUB: 0,9,2\r\n");
    assert_eq!(rig.send("AT+QMTSUB=0,3,\"t\",1\r"), "\r\nOK\r\n");
    assert_eq!(rig.send("AT+QMTUNS=0,4,\"t\"\r"), "\r\nOK\r\n");
    let notices = rig.wait(5_000);
    assert_eq!(notices, "\r\n+QMTSUB: 0,3,1,1\r\n\r\n+QMTUNS: 0,4,1\r\n");
    let results = rig.wait(10_000);
    assert!(results.ends_with("\r\n+QMTSUB: 0,3,2\r\n\r\n+QMTUNS: 0,4,2\r\n"));
}

/// QMT §3.3.1 `<timeout_notice>` 0, §3.3.6 `<value>` absent.
#[test]
fn without_notice_only_the_end_is_told() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.ok("AT+QMTCFG=\"timeout\",0,1,10,0");
    rig.connect(0);
    rig.black_hole = true;
    assert_eq!(rig.send("AT+QMTSUB=0,3,\"t\",1\r"), "\r\nOK\r\n");
    assert_eq!(rig.wait(10_999), "");
    assert_eq!(rig.wait(1), "\r\n+QMTSUB: 0,3,2\r\n");
}

/// QMT §2 connect timer; §3.3.4 time, `<result>` 2, `<state>` 2; §5.1 `<err_code>` 4.
#[test]
fn connack_has_pkt_timeout_to_come() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.ok("AT+QMTCFG=\"timeout\",0,7");
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    rig.black_hole = true;
    assert_eq!(rig.send("AT+QMTCONN=0,\"c\"\r"), "\r\nOK\r\n");
    let state = rig.send("AT+QMTCONN?\r");
    assert_eq!(state, "\r\n+QMTCONN: 0,2\r\n\r\nOK\r\n");
    assert_eq!(rig.wait(6_999), "");
    let wanted = "\r\n+QMTCONN: 0,2\r\n\r\n+QMTSTAT: 0,4\r\n";
    assert_eq!(rig.wait(1), wanted);
}

/// QMT §5.1 `<err_code>` 2.
#[test]
fn a_broker_that_no_longer_answers_pings_is_stat_2() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.ok("AT+QMTCFG=\"keepalive\",0,10");
    rig.ok("AT+QMTCFG=\"timeout\",0,3");
    rig.connect(0);
    assert_eq!(rig.wait(60_000), "");
    rig.black_hole = true;
    let told = rig.wait(13_000);
    assert_eq!(told, "\r\n+QMTSTAT: 0,2\r\n");
}

/// QMT §3.3.2 `<result>` 3.
#[test]
fn the_banner_comes_in_its_times_and_input_before_it_is_lost() {
    let mut config = ModemConfig::new();
    config.boot = BootTimes {
        ready: Duration::from_millis(300),
        sim: Duration::from_millis(700),
        network: Duration::from_millis(2_000),
    };
    let mut rig = Rig::new(Modem::new(config), Config::default());
    assert!(rig.modem.is_off());
    assert_eq!(rig.send("AT\r"), "");
    rig.modem.power_on(rig.now);
    assert_eq!(rig.modem.poll_timeout(), Some(Instant::from_millis(1_300)));
    assert_eq!(rig.send("AT\r"), "");
    assert_eq!(rig.wait(299), "");
    assert_eq!(rig.wait(1), "\r\nRDY\r\n");
    assert_eq!(rig.send("AT\r"), "AT\r\r\nOK\r\n");
    let sim = "\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n";
    assert_eq!(rig.wait(400), sim);
    // No network yet.
    assert_eq!(rig.send("ATE0\r"), "ATE0\r\r\nOK\r\n");
    let searching = rig.send("AT+CEREG?\r");
    assert_eq!(searching, "\r\n+CEREG: 0,2\r\n\r\nOK\r\n");
    let open = rig.send("AT+QMTOPEN=0,\"h\",1\r");
    assert_eq!(open, "\r\nOK\r\n\r\n+QMTOPEN: 0,3\r\n");
    assert_eq!(rig.wait(1_299), "");
    assert_eq!(rig.wait(1), "\r\n+IP: 10.90.35.36\r\n");
    rig.connect(0);
}

/// QMT §3.3.1 volatile.
#[test]
fn a_restart_takes_its_time_and_everything_with_it() {
    let mut rig = Rig::connected(ModemConfig::new());
    rig.ok("AT+QMTCFG=\"keepalive\",0,77");
    rig.send("AT+QMTPUB=0,0,0,0,\"t\"\r");
    rig.modem.restart(rig.now);
    assert_eq!(rig.send("AT\r"), "");
    let banner = rig.wait(3_000);
    assert!(banner.starts_with("\r\nRDY\r\n"), "{banner}");
    assert_eq!(rig.send("AT+QMTCONN?\r"), "AT+QMTCONN?\r\r\nOK\r\n");
    assert_eq!(rig.publish("t", b"x", 0), b"");
    rig.ok_echoed("ATE0");
    let keep_alive = rig.send("AT+QMTCFG=\"keepalive\",0\r");
    assert_eq!(keep_alive, "\r\n+QMTCFG: 120\r\n\r\nOK\r\n");
    rig.connect(0);
}

/// FACTS §3.1.
#[test]
fn registration_takes_its_time_and_tells_of_it() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.ok("AT+CEREG=1");
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    assert_eq!(
        rig.send("AT+CFUN=0\r"),
        "\r\nOK\r\n\r\n+CEREG: 0\r\n\r\n+QMTSTAT: 0,7\r\n"
    );
    assert_eq!(
        rig.send("AT+CFUN=1\r"),
        "\r\nOK\r\n\r\n+CPIN: READY\r\n\r\n+CEREG: 2\r\n"
    );
    assert_eq!(rig.send("AT+CEREG?\r"), "\r\n+CEREG: 1,2\r\n\r\nOK\r\n");
    assert_eq!(
        rig.send("AT+QMTOPEN=0,\"h\",1\r"),
        "\r\nOK\r\n\r\n+QMTOPEN: 0,3\r\n"
    );
    assert_eq!(rig.wait(1_999), "");
    assert_eq!(rig.wait(1), "\r\n+CEREG: 1\r\n\r\n+IP: 10.90.35.36\r\n");
    rig.ok("AT+QMTOPEN=0,\"h\",1");
}

#[test]
fn without_coverage_the_search_goes_on() {
    let mut rig = Rig::quiet(ModemConfig::new());
    rig.ok("AT+CEREG=1");
    rig.modem.set_coverage(rig.now, false);
    assert_eq!(rig.wait(0), "\r\n+CEREG: 2\r\n");
    rig.ok("AT+CFUN=0");
    rig.ok("AT+CFUN=1");
    assert_eq!(rig.wait(100_000), "");
    rig.modem.set_coverage(rig.now, true);
    assert_eq!(rig.wait(0), "\r\n+CEREG: 1\r\n\r\n+IP: 10.90.35.36\r\n");
}
