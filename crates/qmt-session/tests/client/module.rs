//! A module that sleeps, does not answer, or refuses what concerns itself.

use core::time::Duration;

use qmt_session::proto::SleepMode;
use qmt_session::{Machine as _, Phase};

use super::{ALWAYS, Bench, LINK, Made};

/// A link that is ready, of a module that may sleep between two wishes; it sleeps.
fn dozing() -> Bench {
    let mut made = Made::new();
    made.config.idle_sleep = SleepMode::Light;
    let mut bench = made.bench();
    bench.connect(LINK, |_| {});
    bench.wait("Ready");
    bench.run(10);
    assert_eq!(bench.heard("AT+QSCLK=2"), 1);
    bench.module.heard.clear();
    bench
}

#[test]
fn a_client_that_waits_for_no_network_does_not_look_for_one() {
    for (wait, looks) in [(Duration::ZERO, 0), (Duration::from_secs(1), 1)] {
        let mut made = Made::new();
        made.config.network_wait = wait;
        let mut bench = made.bench();
        bench.wait("ModuleReady");
        assert_eq!(bench.heard("AT+CEREG?"), looks);
    }
}

#[test]
fn a_module_that_rests_is_woken_by_the_next_wish() {
    let mut bench = Bench::ready();
    assert_eq!(bench.client.phase(), Phase::Ready);
    bench.client.rest(bench.now);
    bench.run(60);
    assert_eq!(bench.client.phase(), Phase::Ready, "a link is wanted");
    bench.client.disconnect(bench.now, LINK);
    bench.wait("Resting");
    assert_eq!(bench.client.phase(), Phase::Resting);
    bench.run(600);
    bench.module.heard.clear();
    bench.connect(LINK, |_| {});
    assert_eq!(bench.client.phase(), Phase::Starting);
    bench.wait("Ready");
    assert_eq!(bench.module.heard[0], "AT");
    assert_eq!(bench.heard("AT+QSCLK=0"), 1, "its lock is taken again");
}

/// The lock may be on its way off when somebody wants something.
#[test]
fn a_module_that_is_about_to_rest_is_woken_too() {
    let mut bench = Bench::ready();
    bench.client.rest(bench.now);
    bench.client.disconnect(bench.now, LINK);
    bench.run_to_line("AT+QSCLK=1");
    bench.connect(LINK, |_| {});
    bench.wait("Ready");
    let lock = bench
        .module
        .heard
        .iter()
        .rposition(|line| line == "AT+QSCLK=0");
    let release = bench
        .module
        .heard
        .iter()
        .rposition(|line| line == "AT+QSCLK=1");
    assert!(lock > release, "{:?}", bench.module.heard);
}

#[test]
fn a_module_that_answers_nothing_has_failed_and_is_tried_again() {
    let mut bench = Bench::new();
    bench.module.says(&[], "AT", 25);
    assert!(bench.wait("ModuleFailed").contains("Silent"));
    assert_eq!(bench.client.phase(), Phase::Failed);
    bench.wait("ModuleReady");
    assert_eq!(bench.client.phase(), Phase::Ready);
}

#[test]
fn a_sleep_lock_that_cannot_be_released_keeps_nobody_from_publishing() {
    let mut made = Made::new();
    made.config.idle_sleep = SleepMode::Light;
    let mut bench = made.bench();
    bench.module.says(&["ERROR"], "AT+QSCLK=2", ALWAYS);
    bench.connect(LINK, |_| {});
    bench.wait("Ready");
    bench.run(7);
    assert!(bench.heard("AT+QSCLK=2") > 0);
    assert!(bench.client.can_publish(LINK));
    bench.publish(b"x");
    assert!(bench.wait("Published").contains("Acked"));
}

#[test]
fn while_it_dozes_and_is_woken_the_module_counts_as_ready_and_its_links_live_on() {
    let mut bench = dozing();
    assert_eq!(bench.client.phase(), Phase::Ready);
    assert!(!bench.client.can_publish(LINK));
    bench
        .module
        .says(&["+QMTCONN: 0,3", "OK"], "AT+QMTCONN?", ALWAYS);
    // It does not say whether it has taken its lock.
    bench.module.says(&[], "AT+QSCLK=0", 2);
    bench.subscribe(LINK, "in");
    bench.run_to_line("AT+QSCLK=0");
    assert_eq!(bench.client.phase(), Phase::Ready);
    bench.wait("Subscribed");
    assert_eq!(bench.heard("AT+QSCLK=0"), 3);
    assert_eq!(bench.heard("AT+QMTCLOSE=0") + bench.heard("AT+QMTOPEN="), 0);
    assert!(!bench.told.iter().any(|told| told.starts_with("Down")));
}

#[test]
fn a_module_that_does_not_say_whether_it_has_released_its_lock_is_woken() {
    let mut made = Made::new();
    made.config.idle_sleep = SleepMode::Light;
    let mut bench = made.bench();
    bench.connect(LINK, |_| {});
    bench.wait("Ready");
    bench
        .module
        .says(&["+QMTCONN: 0,3", "OK"], "AT+QMTCONN?", ALWAYS);
    bench.module.says(&[], "AT+QSCLK=2", 1);
    bench.run_to_line("AT+QSCLK=2");
    bench.module.heard.clear();
    bench.wait("ModuleReady");
    assert_eq!(bench.heard("AT+QSCLK=0"), 1, "{:?}", bench.module.heard);
    assert_eq!(bench.heard("AT+QMTOPEN="), 0, "its links live on");
    assert!(!bench.told.iter().any(|told| told.starts_with("Down")));
}

#[test]
fn noise_while_it_dozes_wakes_the_module() {
    let mut bench = dozing();
    bench
        .module
        .says(&["+QMTCONN: 0,3", "OK"], "AT+QMTCONN?", ALWAYS);
    bench.hear(&["+QMTRECV: 0,0,\"a\x01b\",1,\"x\""]);
    // Results and losses may have been missed: it is asked.
    bench.wait("ModuleReady");
    assert_eq!(bench.heard("AT+QMTCONN?"), 1);
    assert!(!bench.told.iter().any(|told| told.starts_with("Down")));
}

/// A refusal makes the client ask which links are still connected; but a module whose line has gone
/// away is brought up from its first step.
#[test]
fn a_refusal_that_is_told_after_the_line_has_gone_away_skips_no_step() {
    let mut made = Made::new();
    made.rx = 64;
    let mut bench = made.bench();
    bench.connect(LINK, |_| {});
    bench.wait("Ready");
    bench.publish(b"x");
    bench.run_to_line("AT+QMTPUB=");
    let sent = bench.client.poll_transmit().len();
    bench.client.handle_transmitted(bench.now, sent);
    bench.module.heard.clear();
    // Nobody has polled when the buffer is full.
    let full = [&b"\r\nERROR\r\n\r\n"[..], &[b'x'; 53]].concat();
    assert_eq!(bench.client.handle_input(bench.now, &full), full.len());
    assert_eq!(bench.client.handle_input(bench.now, b"x"), 0);
    bench.client.abort(bench.now);
    assert!(bench.wait("Published").contains("Rejected(Error)"));
    bench.wait("Ready");
    let first: Vec<_> = bench.module.heard.iter().take(2).collect();
    assert_eq!(first[0], "AT", "{first:?}");
}
