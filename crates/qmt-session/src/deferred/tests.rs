//! Operations in flight and in doubt, and what every result code brings.

extern crate std;
use std::format;

use at_syntax::{Frame, Framer};
use qmt_proto::{Expect, Response, ResponseDialect};

use super::*;

/// The end that a line brings, in words.
fn end(line: &str) -> std::string::String {
    let stream = format!("{line}\r\n");
    let cut = Framer::responses().next_frame(stream.as_bytes(), &ResponseDialect::default());
    let Some(frame @ Frame::Line(_)) = cut.frame else {
        panic!("{line}");
    };
    let Response::Report(report) = Response::parse(frame, Expect::Nothing) else {
        panic!("{line}");
    };
    match settlement(&report) {
        Some((_, Settlement::End(outcome))) => format!("{outcome}"),
        Some((_, Settlement::Progress(count))) => format!("progress {count:?}"),
        None => "none".into(),
    }
}

const KEY: Key = Key {
    kind: Kind::Publish,
    link: LinkId::ALL[0],
    msg_id: 7,
};

#[test]
fn a_storm_of_retransmissions_is_told_ten_times_and_moves_no_deadline() {
    let mut deferred = Deferred::default();
    deferred.begin(Ticket(1), KEY, Instant::from_millis(35_000));
    let told = (0..1000).filter(|_| deferred.progress(KEY).is_some());
    assert_eq!(told.count(), 10);
    assert_eq!(deferred.next_deadline(), Some(Instant::from_millis(35_000)));
    deferred.expire(Instant::from_millis(35_000));
    let end = Outcome::Unknown(Doubt::TimedOut);
    assert_eq!(deferred.take_ended(), Some((Ticket(1), KEY, end)));
    // It has ended: what the module still says about it is nobody's news.
    assert_eq!(deferred.progress(KEY), None);
    assert_eq!(deferred.late(KEY), Some(Ticket(1)));
    assert_eq!(deferred.late(KEY), None);
}

#[test]
fn an_identifier_is_taken_in_flight_and_in_doubt() {
    let mut deferred = Deferred::default();
    deferred.begin(Ticket(1), KEY, Instant::ZERO);
    assert!(deferred.uses(KEY.link, 7) && !deferred.uses(LinkId::ALL[1], 7));
    deferred.end_all(Doubt::Restarted);
    assert!(deferred.uses(KEY.link, 7));
    assert!(deferred.take_ended().is_some());
    assert!(deferred.uses(KEY.link, 7), "in doubt");
    assert!(deferred.late(KEY).is_some());
    assert!(!deferred.uses(KEY.link, 7));
}

#[test]
fn one_publish_at_a_time_on_each_link_or_on_the_whole_module() {
    let mut deferred = Deferred::default();
    deferred.begin(Ticket(1), KEY, Instant::ZERO);
    let other = Key {
        link: LinkId::ALL[1],
        ..KEY
    };
    assert_eq!(deferred.admits(KEY, false), Err(SubmitError::InFlight));
    assert_eq!(deferred.admits(other, false), Ok(()));
    assert_eq!(deferred.admits(other, true), Err(SubmitError::InFlight));
}

/// QMT §3.3.2 `<result>` -1..=5, §3.3.3 `<result>` -1..=0, §3.3.4 `<result>` 0..=2, `<retcode>`, §3.3.5
/// `<result>` -1..=0, §3.3.6 `<result>` 0..=2, `<value>` granted, `<value>` 128, `<value>` count, §3.3.7
/// `<result>` 0..=2, §3.3.8 `<result>` 0..=2, `<value>` count, note 5.
#[test]
fn every_result_code_has_its_end() {
    let failed = "outcome unknown: the module could not send the packet (result 2)";
    for (line, expected) in [
        ("+QMTOPEN: 0,0", "done"),
        (
            "+QMTOPEN: 0,-1",
            "refused: +QMTOPEN result -1 (failed to open the network)",
        ),
        (
            "+QMTOPEN: 0,1",
            "refused: +QMTOPEN result 1 (wrong parameter)",
        ),
        (
            "+QMTOPEN: 0,2",
            "refused: +QMTOPEN result 2 (MQTT identifier is occupied)",
        ),
        (
            "+QMTOPEN: 0,3",
            "refused: +QMTOPEN result 3 (failed to activate PDP)",
        ),
        (
            "+QMTOPEN: 0,4",
            "refused: +QMTOPEN result 4 (failed to resolve the host name)",
        ),
        (
            "+QMTOPEN: 0,5",
            "refused: +QMTOPEN result 5 (network disconnected)",
        ),
        ("+QMTOPEN: 0,9", "refused: +QMTOPEN result 9 (unknown code)"),
        ("+QMTCLOSE: 0,0", "done"),
        (
            "+QMTCLOSE: 0,-1",
            "refused: +QMTCLOSE result -1 (failed to close the network)",
        ),
        ("+QMTDISC: 0,0", "done"),
        (
            "+QMTDISC: 0,-1",
            "refused: +QMTDISC result -1 (failed to disconnect)",
        ),
        ("+QMTCONN: 0,0,0", "done"),
        ("+QMTCONN: 0,0", "done"),
        ("+QMTCONN: 0,1", "progress None"),
        ("+QMTCONN: 0,2", failed),
        (
            "+QMTCONN: 0,0,1",
            "refused: +QMTCONN return code 1 (refused: unacceptable protocol version)",
        ),
        (
            "+QMTCONN: 0,0,5",
            "refused: +QMTCONN return code 5 (refused: not authorized)",
        ),
        (
            "+QMTCONN: 0,2,4",
            "refused: +QMTCONN return code 4 (refused: bad user name or password)",
        ),
        ("+QMTSUB: 0,1,0,2", "done"),
        ("+QMTSUB: 0,1,0,128", "done"),
        ("+QMTSUB: 0,1,1,3", "progress Some(3)"),
        ("+QMTSUB: 0,1,2", failed),
        ("+QMTUNS: 0,1,0", "done"),
        ("+QMTUNS: 0,1,1", "progress None"),
        ("+QMTUNS: 0,1,2", failed),
        ("+QMTPUB: 0,0,0", "sent"),
        ("+QMTPUB: 0,1,0", "done"),
        ("+QMTPUB: 0,1,1,2", "progress Some(2)"),
        ("+QMTPUB: 0,1,2", failed),
        ("+QMTPUB: 0,1,7", "outcome unknown: unknown result 7"),
        ("+QMTSTAT: 0,1", "none"),
    ] {
        assert_eq!(end(line), expected, "{line}");
    }
}
