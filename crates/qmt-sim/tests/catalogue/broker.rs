//! B: the broker and the network refuse, forget and fall silent.

use core::time::Duration;

use qmt_modem::FaultKind;
use qmt_session::proto::{CmeCode, ConnectCode, Granted, LinkLossCode};
use qmt_session::{ConnectError, Doubt, Outcome, Rejection};
use qmt_sim::{Act, Told, World, WorldConfig};

use super::{
    LINK, MINUTE, assert_well, at_each_byte_of_a_publish, count, end, inject, is_down, publish,
    publish_up_to_the_payload, ready, received, ruled, send_down, start, struck,
};

#[test]
fn b01_refused_connection_is_typed_and_tried_again_only_where_that_can_help() {
    for (code, again) in [(1, false), (2, false), (3, true), (4, false), (5, false)] {
        // The first is that of the other client.
        let mut world = ruled(&format!("connack:{code}@CONNECT#2+"));
        let down = world.run_until(5 * MINUTE, is_down);
        let refused = ConnectError::Refused(ConnectCode(code));
        assert_eq!(down, Told::Down(LINK, refused, again));
        world.settle(10 * MINUTE);
        assert_eq!(count(&world, is_down) > 1, again, "{code}");
        world.oracle.assert_kept();
    }
}

/// A refusal that would be final is heard twice by default, for the line may have damaged a bit of
/// the password or of the answer; once where that may lock an account.
#[test]
fn b01_final_refusal_is_confirmed_once_or_not_at_all() {
    for (confirm_refusals, attempts) in [(true, 2), (false, 1)] {
        for code in [1, 2, 4, 5] {
            let mut config = WorldConfig::default();
            let rule = format!("connack:{code}@CONNECT#2+");
            config.broker.faults.push(rule.parse().unwrap());
            config.client.confirm_refusals = confirm_refusals;
            let mut world = World::new(config);
            start(&mut world);
            world.settle(30 * MINUTE);
            assert_eq!(count(&world, is_down), 1, "{code}");
            let command: &[u8] = b"AT+QMTCONN=";
            let sent = world.sent.windows(command.len());
            let sent = sent.filter(|part| *part == command).count();
            assert_eq!(sent, attempts, "{code}");
        }
    }
}

#[test]
fn b01_unknown_codes_keep_their_number() {
    for code in 6..=255 {
        let mut world = ruled("mute@CONNECT#2");
        world.settle(Duration::from_secs(5));
        let now = world.now();
        let line = format!("+QMTCONN: 0,0,{code}");
        world.network.modem.inject_line(now, line.as_bytes());
        let down = world.run_until(5 * MINUTE, is_down);
        let refused = ConnectError::Refused(ConnectCode(code));
        assert!(
            matches!(down, Told::Down(LINK, error, _) if error == refused),
            "{down:?}"
        );
        world.oracle.assert_kept();
    }
}

#[test]
fn b02_lower_grant_is_told_as_it_is() {
    let mut world = ruled("suback:0@SUBSCRIBE#1");
    let told = world.run_until(MINUTE, |told| matches!(told, Told::Subscribed(..)));
    assert_eq!(told, Told::Subscribed(LINK, "down".into(), Granted(0)));
    assert_well(&mut world);
}

#[test]
fn b03_result_nobody_waits_for_is_a_stray() {
    let mut world = ready();
    let ticket = publish_up_to_the_payload(&mut world, b"hello");
    inject(&mut world, FaultKind::StrayResult, 65_000);
    assert!(end(&mut world, ticket).is_success());
    world.settle(MINUTE);
    assert_eq!(struck(&world, FaultKind::StrayResult), 1);
    let stray = |told: &Told| matches!(told, Told::Session(text) if text.contains("65000"));
    assert_eq!(count(&world, stray), 1, "{:#?}", world.told);
    assert_well(&mut world);
}

/// A publish is under way when the link ends with `code`.
fn lost_with(code: u8) {
    let mut world = ready();
    inject(&mut world, FaultKind::LostResult, 0);
    let ticket = publish(&mut world, b"hello");
    world.settle(Duration::from_secs(1));
    inject(&mut world, FaultKind::DropLink, u64::from(code));
    let lost = LinkLossCode(code);
    let outcome = end(&mut world, ticket);
    assert_eq!(outcome, Outcome::Unknown(Doubt::LinkLost(lost)), "{code}");
    let down = Told::Down(LINK, ConnectError::Lost(lost), true);
    world.run_until(MINUTE, |told| *told == down);
    assert_well(&mut world);
}

#[test]
fn b04_link_that_ends_by_any_cause_leaves_its_publish_in_doubt() {
    (1..=7).for_each(lost_with);
}

#[test]
fn b04_link_that_ends_at_any_byte_of_a_publish_is_told_and_made_again() {
    at_each_byte_of_a_publish(&Act::DropConnection(LINK), |world, outcome| {
        assert!(!matches!(outcome, Outcome::NotSent(_)), "{outcome:?}");
        assert_eq!(count(world, is_down), 1, "{:#?}", world.told);
    });
}

#[test]
fn b05_unknown_causes_are_losses_too() {
    [0, 8, 100, 255].into_iter().for_each(lost_with);
}

#[test]
fn b05_malformed_report_ends_no_link() {
    for line in [
        "+QMTSTAT: 0",
        "+QMTSTAT: 0,256",
        "+QMTSTAT: 0,65535",
        "+QMTSTAT: 0,",
        "+QMTSTAT:",
    ] {
        let mut world = ready();
        let now = world.now();
        world.network.modem.inject_line(now, line.as_bytes());
        assert_well(&mut world);
        assert_eq!(count(&world, is_down), 0, "{line}: {:#?}", world.told);
    }
}

#[test]
fn b07_black_hole_leaves_the_publish_in_doubt_within_the_bound() {
    let mut world = ready();
    inject(&mut world, FaultKind::BlackHole, 300_000);
    let since = world.now();
    let ticket = publish(&mut world, b"hello");
    let outcome = end(&mut world, ticket);
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    let took = world.now().saturating_since(since);
    assert!(took <= world.oracle.longest, "{took:?}");
    world.settle(6 * MINUTE);
    assert_well(&mut world);
}

#[test]
fn b08_storm_of_retransmission_notices_moves_no_deadline() {
    let mut world = ruled("lose@PUBACK");
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    let since = world.now();
    let ticket = publish(&mut world, b"hello");
    for _ in 0..100 {
        world.settle(Duration::from_secs(1));
        inject(&mut world, FaultKind::NoticeStorm, 20);
    }
    let outcome = end(&mut world, ticket);
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    let took = world.now().saturating_since(since);
    assert!(took <= world.oracle.longest, "{took:?}");
    let notices = count(&world, |told| *told == Told::Retransmitting(ticket));
    assert!((1..=10).contains(&notices), "{notices}");
    world.network.broker.clear_faults();
    assert_well(&mut world);
}

#[test]
fn b09_oversize_packets_are_refused_or_found_cut() {
    for code in 8_508..=8_510 {
        let mut world = ready();
        inject(&mut world, FaultKind::Cme, u64::from(code));
        let ticket = publish(&mut world, b"hello");
        let refused = Outcome::Rejected(Rejection::Cme(CmeCode(code)));
        assert_eq!(end(&mut world, ticket), refused);
        assert_well(&mut world);
    }
    let mut world = ready();
    inject(&mut world, FaultKind::CutReport, 500);
    send_down(&mut world, &[b'x'; 1_000]);
    world.settle(Duration::from_secs(10));
    assert!(received(&world).is_empty());
    assert_well(&mut world);
}
