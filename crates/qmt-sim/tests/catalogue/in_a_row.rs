//! W: one damaged line after the other, each at the worst time.

use core::time::Duration;

use qmt_sim::{Told, World, WorldConfig};

use super::{
    LINK, MINUTE, assert_well, count, damage_line, is_down, publish, run_until_sent, start,
    started_byte_by_byte,
};

/// Data mode ends by itself after 60 s; probes, closing, opening and subscribing come to a few
/// seconds, the waits between grow to less than that.
const BOUND: Duration = Duration::from_secs(66 + 20);

/// How much of an answer has come when the next line is damaged.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Heard {
    Nothing,
    TheFirstLine,
    Ok,
}

/// A slow world in which everything can be interrupted.
fn slow() -> World {
    let mut config = WorldConfig::default();
    config.chunk = 1;
    config.delay = Duration::from_millis(500);
    let mut world = World::new(config);
    start(&mut world);
    world
}

/// Runs until `command` has been sent and so much of its answer has come. False: the host is
/// content and sends it no more.
fn run_into(world: &mut World, command: &str, heard: Heard) -> bool {
    let sent = world.run_while(5 * MINUTE, |world| {
        if command == "AT+QMTPUB=" && world.client.can_publish(LINK) {
            let payload = format!("hello {}", world.sent.len());
            publish(world, payload.as_bytes());
        }
        let line = world.sent.strip_suffix(b"\r");
        let line = line.and_then(|sent| sent.rsplit(|byte| *byte == b'\r').next());
        !line.is_some_and(|line| line.starts_with(command.as_bytes()))
    });
    let before = world.heard.len();
    world.run_while(MINUTE, |world| match heard {
        Heard::Nothing => false,
        Heard::TheFirstLine => !world.heard[before..].ends_with(b"\r\n"),
        Heard::Ok => !world.heard[before..].ends_with(b"OK\r\n"),
    });
    sent
}

#[test]
fn w02_violations_in_a_row_at_any_step_cost_a_bounded_time_after_the_last() {
    let commands = [
        "ATE0",
        "AT+CEREG?",
        "AT+QMTCFG=",
        "AT+QMTOPEN=",
        "AT+QMTCONN=",
        "AT+QMTSUB=",
        "AT+QMTPUB=",
        "AT+QMTCONN?",
        "AT+QMTOPEN?",
    ];
    for command in commands {
        for heard in [Heard::Nothing, Heard::TheFirstLine, Heard::Ok] {
            for times in [1, 5, 12] {
                let mut world = slow();
                for _ in 0..times {
                    if run_into(&mut world, command, heard) {
                        damage_line(&mut world);
                    }
                }
                let since = world.now();
                world.run_while(20 * MINUTE, |world| !world.client.can_publish(LINK));
                let took = world.now().saturating_since(since);
                assert!(took < BOUND, "{command} {heard:?} {times}: {took:?}");
                assert_well(&mut world);
            }
        }
    }
}

/// The answer that says which links are connected is damaged itself: the links live on.
#[test]
fn w02_damaged_answer_about_connections_closes_none() {
    for times in 1..4 {
        let mut world = started_byte_by_byte();
        world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
        damage_line(&mut world);
        for _ in 0..times {
            assert!(run_until_sent(&mut world, "AT+QMTCONN?\r"));
            damage_line(&mut world);
        }
        assert_well(&mut world);
        assert_eq!(count(&world, is_down), 0, "{times}: {:#?}", world.told);
    }
}

/// Where it is damaged for good, the module is given up, and so is the link: nobody may be told
/// that a connection is ready which bringing the module up will close.
#[test]
fn w02_no_link_is_ready_while_the_module_is_brought_up_again() {
    let mut world = started_byte_by_byte();
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    damage_line(&mut world);
    while run_until_sent(&mut world, "AT+QMTCONN?\r") && count(&world, is_down) == 0 {
        damage_line(&mut world);
    }
    assert_eq!(count(&world, is_down), 1);
    let failed = |told: &Told| matches!(told, Told::ModuleFailed(..));
    assert_eq!(count(&world, failed), 1, "{:#?}", world.told);
    assert_well(&mut world);
}

/// The module takes 100 s to open, which it may; a damaged line meanwhile does not end that.
#[test]
fn w02_damaged_line_does_not_interrupt_an_opening() {
    let mut world = started_byte_by_byte();
    assert!(run_until_sent(&mut world, "AT+QMTOPEN="));
    world.network.delay = Duration::from_secs(50);
    world.settle(Duration::from_secs(30));
    damage_line(&mut world);
    assert!(run_until_sent(&mut world, "AT+QMTCONN="));
    let open: &[u8] = b"AT+QMTOPEN=";
    let opened = world.sent.windows(open.len()).filter(|part| *part == open);
    assert_eq!(opened.count(), 1);
    world.network.delay = Duration::ZERO;
    assert_well(&mut world);
}

/// What counts is the server that was asked for.
#[test]
fn w02_result_of_an_opening_that_was_missed_is_asked_for() {
    let mut world = slow();
    assert!(run_until_sent(&mut world, "AT+QMTOPEN="));
    let since = world.now();
    run_until_heard(&mut world, "+QMTOPEN: 0,");
    damage_line(&mut world);
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    let took = world.now().saturating_since(since);
    assert!(took < Duration::from_secs(10), "{took:?}");
    let open: &[u8] = b"AT+QMTOPEN=";
    let opened = world.sent.windows(open.len()).filter(|part| *part == open);
    assert_eq!(opened.count(), 1);
    assert_well(&mut world);
}

fn run_until_heard(world: &mut World, text: &str) {
    world.run_while(MINUTE, |world| !world.heard.ends_with(text.as_bytes()));
}
