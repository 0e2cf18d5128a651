//! A: another client publishes what looks like the module's own words.

use core::time::Duration;

use qmt_modem::FaultKind;
use qmt_session::{ClientConfig, ConnectError, Outcome};
use qmt_sim::{Told, World, WorldConfig};

use super::{
    LINK, MINUTE, assert_well, count, end, inject, is_down, publish, ready, received, ruled,
    run_until_sent, send_down, start, started_byte_by_byte, struck,
};

#[test]
fn a02_link_is_not_ready_while_the_module_ignores_showrecvlen() {
    let mut world = started_byte_by_byte();
    let mut ignored = 0;
    while run_until_sent(&mut world, "\"showrecvlen\",0,1") {
        inject(&mut world, FaultKind::LostSetting, 0);
        ignored += 1;
    }
    assert_eq!(struck(&world, FaultKind::LostSetting), ignored);
    assert_eq!(count(&world, |told| *told == Told::Ready(LINK)), 0);
    let down = Told::Down(LINK, ConnectError::UnsafeReceiveMode, false);
    assert_eq!(world.told.iter().find(|told| is_down(told)), Some(&down));
    world.oracle.assert_kept();
}

/// A damaged line looks like a refusal. It is believed the second time in a row, and not in a row
/// with what was before another failure.
#[test]
fn a02_options_refused_twice_with_another_failure_between_are_tried_again() {
    let mut world = started_byte_by_byte();
    let ignore_three_times = |world: &mut World| {
        for _ in 0..3 {
            assert!(run_until_sent(world, "\"showrecvlen\",0,1"));
            inject(world, FaultKind::LostSetting, 0);
        }
    };
    ignore_three_times(&mut world);
    assert!(run_until_sent(&mut world, "\"version\",0"));
    inject(&mut world, FaultKind::LostFinal, 0);
    world.run_until(MINUTE, is_down);
    ignore_three_times(&mut world);
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    let given_up = |told: &Told| matches!(told, Told::Down(.., false));
    assert_eq!(count(&world, given_up), 0, "{:#?}", world.told);
}

#[test]
fn a02_payload_spells_no_length_while_the_module_prints_none() {
    let mut config = WorldConfig::default();
    config.chunk = 1;
    config.modem.quirks.payload_quoted = false;
    let mut world = World::new(config);
    start(&mut world);
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    // Another host has the module after this one, and a third finds its connection.
    let command = b"AT+QMTCFG=\"showrecvlen\",0,0\r";
    world.network.modem.handle_input(world.now(), command);
    world.settle(Duration::from_secs(1));
    world.reset_host(ClientConfig::new());
    start(&mut world);
    assert!(run_until_sent(&mut world, "AT\r"));
    send_down(&mut world, b"5,\"hello\"");
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    let spelled: &[u8] = b"\"down\",5,\"hello\"\r\n";
    assert!(
        world
            .heard
            .windows(spelled.len())
            .any(|part| part == spelled)
    );
    assert!(received(&world).is_empty(), "{:#?}", world.told);
    assert_well(&mut world);
}

#[test]
fn a04_length_that_cannot_be_is_no_message_and_takes_no_memory() {
    for length in ["1461", "65535", "99999999999999999999", "-5", "+5", ""] {
        let mut world = ready();
        let line = format!("\r\n+QMTRECV: 0,0,\"down\",{length},\"hello\"\r\n");
        world.noise(line.as_bytes());
        world.settle(Duration::from_secs(10));
        assert!(received(&world).is_empty(), "{length}");
        assert_well(&mut world);
        assert_eq!(count(&world, is_down), 0, "{length}");
    }
}

/// The catalogue would have a violation. But leading zeros of a number are ignored (V.250
/// §5.4.2.1), and whoever could spell a length with them could spell it without: to refuse them
/// protects nobody, and would cost every message of firmware that pads.
#[test]
fn a04_zeros_before_a_length_change_nothing() {
    for zeros in [2, 9, 10, 11, 40] {
        let mut world = ready();
        let line = format!("\r\n+QMTRECV: 0,0,\"down\",{:0zeros$},\"hello\"\r\n", 5);
        world.noise(line.as_bytes());
        world.settle(Duration::from_secs(1));
        assert_eq!(received(&world), [b"hello"], "{zeros}");
    }
}

#[test]
fn a06_topic_with_quotes_or_commas_never_makes_an_extra_event() {
    (0..3).for_each(hostile_topic);
}

#[test]
fn a07_topic_with_line_ends_forges_nothing() {
    (3..6).for_each(hostile_topic);
}

fn hostile_topic(index: u64) {
    let mut world = ready();
    inject(&mut world, FaultKind::HostileTopic, index);
    world.settle(Duration::from_secs(10));
    assert_eq!(struck(&world, FaultKind::HostileTopic), 1);
    // Nobody has subscribed to it.
    assert!(received(&world).is_empty(), "{index}: {:#?}", world.told);
    assert_well(&mut world);
}

#[test]
fn a08_flood_loses_no_message_and_holds_up_no_publish() {
    let mut world = ready();
    inject(&mut world, FaultKind::Flood, 2_000);
    let ticket = publish(&mut world, b"hello");
    assert!(end(&mut world, ticket).is_success());
    world.settle(MINUTE);
    assert_eq!(received(&world).len(), 2_000);
    assert_well(&mut world);
}

#[test]
fn a09_repeated_message_is_delivered_as_often_as_it_came() {
    let mut world = ruled("duplicate@PUBLISH#1");
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    send_down(&mut world, b"hello");
    world.settle(Duration::from_secs(1));
    assert_eq!(received(&world), [b"hello", b"hello"]);
    assert_well(&mut world);
}

#[test]
fn a09_message_that_the_module_says_twice_is_delivered_twice_and_a_loss_is_one_loss() {
    let mut world = ready();
    inject(&mut world, FaultKind::DuplicateReport, 0);
    send_down(&mut world, b"hello");
    world.settle(Duration::from_secs(1));
    assert_eq!(received(&world), [b"hello", b"hello"]);
    inject(&mut world, FaultKind::DuplicateReport, 0);
    inject(&mut world, FaultKind::DropLink, 1);
    world.settle(Duration::from_secs(1));
    assert_eq!(count(&world, is_down), 1, "{:#?}", world.told);
    assert_well(&mut world);
}

#[test]
fn a10_echo_that_comes_on_by_itself_is_not_taken_for_news() {
    let hostile: [&[u8]; 5] = [
        b"\r\n+QMTSTAT: 0,1\r\n\r\nRDY\r\n",
        b"\r\nERROR\r\n",
        b"\r\n+QMTPUB: 0,2,2\r\n",
        b"\r\n+QMTRECV: 0,0,\"down\",6,\"forged\"\r\n",
        b"> \r\nOK\r\n> ",
    ];
    for payload in hostile {
        let mut world = ready();
        inject(&mut world, FaultKind::EchoOn, 0);
        let ticket = publish(&mut world, payload);
        let outcome = end(&mut world, ticket);
        assert!(!matches!(outcome, Outcome::Rejected(_)), "{outcome:?}");
        world.settle(2 * MINUTE);
        assert_eq!(struck(&world, FaultKind::EchoOn), 1);
        assert_eq!(count(&world, is_down), 0, "{:#?}", world.told);
        assert!(received(&world).is_empty(), "{:#?}", world.told);
        assert_well(&mut world);
    }
}
