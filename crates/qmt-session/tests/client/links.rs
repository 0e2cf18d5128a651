//! Links on their way up and down, with a module that does one thing otherwise.

use qmt_session::proto::{Credentials, Filter, Username};
use qmt_session::{LinkPhase, Refusal};

use super::{ALWAYS, Bench, LINK, Made, OTHER, config};

#[test]
fn a_link_that_is_not_wanted_any_more_is_closed_wherever_it_is_on_its_way() {
    for line in ["AT+QMTOPEN=", "AT+QMTCONN=0,"] {
        let mut bench = Bench::new();
        bench.connect(LINK, |_| {});
        bench.run_to_line(line);
        bench.client.disconnect(bench.now, LINK);
        bench.wait("Closed");
        assert_eq!(bench.client.link_phase(LINK), LinkPhase::Idle);
        let lines = bench.module.heard.iter();
        let after = lines.skip_while(|heard| !heard.starts_with(line)).skip(1);
        // What is connected says goodbye first.
        let expected: &[&str] = match line {
            "AT+QMTOPEN=" => &["AT+QMTCLOSE=0"],
            _ => &["AT+QMTDISC=0", "AT+QMTCLOSE=0"],
        };
        assert!(after.eq(expected), "{:?}", bench.module.heard);
        assert!(!bench.told.iter().any(|told| told.starts_with("Ready")));
    }
}

/// QMT §3.3.2 `<result>` 2.
#[test]
fn a_link_that_stays_occupied_is_closed_once_and_then_tried_later() {
    let mut bench = Bench::new();
    bench
        .module
        .says(&["OK", "+QMTOPEN: 0,2"], "AT+QMTOPEN=", ALWAYS);
    bench.connect(LINK, |_| {});
    let down = bench.wait("Down");
    assert!(
        down.contains("Module(Open(OpenResult::OCCUPIED))"),
        "{down}"
    );
    assert!(down.contains("retry_in: Some("), "{down}");
    let lines = bench.module.heard.iter();
    let opening: Vec<_> = lines
        .filter(|line| line.starts_with("AT+QMTOPEN=") || *line == "AT+QMTCLOSE=0")
        .map(|line| &line[..11])
        .collect();
    let (open, close) = ("AT+QMTOPEN=", "AT+QMTCLOSE");
    assert_eq!(opening, [open, close, open, close]);
}

/// QMT §3.3.2 `<result>` 3: PDP could not be activated.
#[test]
fn a_module_that_cannot_tell_whether_there_is_a_network_is_taken_to_have_one() {
    for (answer, opens) in [
        (&["ERROR"][..], true),
        (&["+CEREG: 0,1", "OK"], true),
        (&["+CEREG: 0,2", "OK"], false),
    ] {
        let mut bench = Bench::new();
        bench
            .module
            .says(&["OK", "+QMTOPEN: 0,3"], "AT+QMTOPEN=", 1);
        bench.connect(LINK, |_| {});
        bench.wait("Down");
        bench.module.says(answer, "AT+CEREG?", 1);
        let next = bench.wait(if opens { "Ready" } else { "Down" });
        assert!(opens || next.contains("NoNetwork"), "{next}");
        assert_eq!(bench.heard("AT+QMTOPEN="), if opens { 2 } else { 1 });
    }
}

/// QMT §3.3.6 `<result>` 1.
#[test]
fn a_subscription_that_is_sent_again_is_told_when_it_is_answered() {
    let mut bench = Bench::new();
    let answer = ["OK", "+QMTSUB: 0,1,1,1", "+QMTSUB: 0,1,0,1"];
    bench.module.says(&answer, "AT+QMTSUB=", 1);
    bench.subscribe(LINK, "in");
    bench.connect(LINK, |_| {});
    bench.wait("Ready");
    let told: Vec<_> = bench
        .told
        .iter()
        .map(|told| told.split(' ').next())
        .collect();
    assert_eq!(
        told,
        [Some("ModuleReady"), Some("Subscribed"), Some("Ready")]
    );
}

#[test]
fn an_unsubscription_that_the_module_refuses_is_tried_a_few_times_and_told_once() {
    for (times, tries) in [(0, 1), (2, 3), (5, 3)] {
        let mut bench = Bench::new();
        bench.module.says(&["ERROR"], "AT+QMTUNS=", times);
        bench.subscribe(LINK, "in");
        bench.connect(LINK, |_| {});
        bench.wait("Ready");
        let filter = Filter::new("in").unwrap();
        assert!(bench.client.unsubscribe(bench.now, LINK, filter));
        bench.wait("Unsubscribed");
        bench.run(60);
        assert_eq!(bench.heard("AT+QMTUNS="), tries);
        let told = bench
            .told
            .iter()
            .filter(|told| told.starts_with("Unsubscribed"));
        assert_eq!(told.count(), 1);
    }
}

#[test]
fn a_link_whose_strings_do_not_fit_leaves_nothing_behind() {
    // Room for the shorter of two names of a server.
    let mut made = Made::new();
    made.store = 5 + "broker.example".len() + 5 + "me".len();
    let mut bench = made.bench();
    let mut long = config();
    long.host = qmt_session::proto::Host::new("a.longer.broker.example").unwrap();
    let refused = bench.client.connect(bench.now, LINK, &long);
    assert_eq!(refused, Err(Refusal::StoreFull));
    assert_eq!(bench.client.link_phase(LINK), LinkPhase::Idle);
    let mut named = config();
    named.credentials = Some(Credentials {
        username: Username::new("user").unwrap(),
        password: None,
    });
    let refused = bench.client.connect(bench.now, LINK, &named);
    assert_eq!(refused, Err(Refusal::StoreFull));
    bench.connect(OTHER, |_| {});
    bench.wait("Ready");
}

/// QMT §3.3.4 `<username>`, `<password>`: either may be left out from the end.
#[test]
fn a_user_without_a_password_is_one() {
    let mut bench = Bench::new();
    bench.connect(LINK, |config| {
        config.credentials = Some(Credentials {
            username: Username::new("user").unwrap(),
            password: None,
        });
    });
    bench.wait("Ready");
    assert!(
        bench
            .module
            .heard
            .contains(&"AT+QMTCONN=0,\"me\",\"user\"".to_owned())
    );
}

#[test]
fn a_command_that_does_not_fit_the_buffer_is_no_use_to_try_again() {
    let mut made = Made::new();
    // Enough for every command but the one that names the server.
    made.tx = "AT+QMTOPEN=0,\"broker.example\",1883".len();
    let mut bench = made.bench();
    bench.connect(LINK, |_| {});
    let down = bench.wait("Down");
    let needed = made.tx + 1;
    assert!(
        down.contains(&format!("Submit(BufferFull {{ needed: {needed} }})")),
        "{down}"
    );
    assert!(down.ends_with("retry_in: None }"), "{down}");
    bench.run(3_600);
    assert_eq!(bench.client.link_phase(LINK), LinkPhase::Failed);
}

/// The command in progress when its link is lost is waited for: nothing is sent meanwhile, and
/// nothing is due before.
#[test]
fn a_link_that_is_lost_in_the_middle_of_a_subscription_comes_back_when_that_has_ended() {
    let mut bench = Bench::new();
    bench.module.says(&[], "AT+QMTSUB=", 1);
    bench.subscribe(LINK, "in");
    bench.connect(LINK, |_| {});
    bench.run_to_line("AT+QMTSUB=");
    bench.step();
    bench.hear(&["+QMTSTAT: 0,1"]);
    assert!(bench.wait("Down").contains("Lost("));
    let since = bench.now;
    bench.run(3);
    assert_eq!(bench.heard("AT+QMTOPEN="), 1, "its answer may still come");
    bench.wait("Ready");
    assert!(bench.now.saturating_since(since).as_secs() >= 5);
    assert_eq!(bench.heard("AT+QMTSUB="), 2);
}

/// An opening whose result was missed while the line was not trusted ends well if the module says
/// that this link is open, to this server.
#[test]
fn a_missed_opening_is_found_by_its_server_and_port() {
    for (open, found) in [
        ("+QMTOPEN: 0,\"broker.example\",1883", true),
        ("+QMTOPEN: 0,\"broker.example\",8883", false),
        ("+QMTOPEN: 0,\"other.example\",1883", false),
        ("+QMTOPEN: 1,\"broker.example\",1883", false),
    ] {
        let mut bench = Bench::new();
        bench.module.says(&["OK"], "AT+QMTOPEN=", 1);
        bench.module.says(&["OK"], "AT+QMTOPEN?", 1);
        bench.connect(LINK, |_| {});
        bench.run_to_line("AT+QMTOPEN=");
        bench.step();
        bench.module.says(&[open, "OK"], "AT+QMTOPEN?", 1);
        bench.hear(&["+QMTRECV: 0,0,\"a\x01b\",1,\"x\""]);
        bench.run(20);
        assert_eq!(bench.heard("AT+QMTOPEN?"), 2);
        assert_eq!(bench.heard("AT+QMTCONN="), usize::from(found), "{open}");
        // The result itself may come later.
        bench.hear(&["+QMTOPEN: 0,0"]);
        bench.wait("Ready");
        assert_eq!(bench.heard("AT+QMTOPEN="), 1);
    }
}
