//! D: the module answers late, twice, wrongly or not at all.

use core::time::Duration;

use qmt_modem::{DataModeDelay, FaultKind};
use qmt_session::proto::CmeCode;
use qmt_session::{ClientConfig, ConnectError, Doubt, Outcome, Rejection};
use qmt_sim::{Act, Side, Told, World, WorldConfig, pairwise};

use super::{
    LINK, MINUTE, assert_not_sent, assert_well, at_each_byte_of_a_publish, count, end, inject,
    is_down, publish, publish_up_to_the_payload, ready, received, run_until_sent, send_down, start,
    started_byte_by_byte, struck,
};

/// How a publish ends that meets `kind`, in a world that is well afterwards.
fn met(kind: FaultKind, value: u64) -> Outcome {
    let mut world = ready();
    inject(&mut world, kind, value);
    let ticket = publish(&mut world, b"hello");
    let outcome = end(&mut world, ticket);
    world.settle(2 * MINUTE);
    assert_eq!(struck(&world, kind), 1, "{kind:?}: {:#?}", world.told);
    let ends = count(&world, |told| matches!(told, Told::Published(..)));
    assert_eq!(ends, 1, "one end: {:#?}", world.told);
    assert_well(&mut world);
    outcome
}

fn is_unknown(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Unknown(_))
}

#[test]
fn d01_restart_at_any_byte_of_a_publish_is_told_and_the_link_made_again() {
    at_each_byte_of_a_publish(&Act::ResetModule, |world, _| {
        let restarted = count(world, |told| *told == Told::ModuleRestarted);
        assert_eq!(restarted, 1, "{:#?}", world.told);
        assert_eq!(count(world, is_down), 1, "{:#?}", world.told);
        assert_eq!(count(world, |told| *told == Told::Ready(LINK)), 2);
    });
}

/// Where the banner falls into a quarantine, the module must have forgotten its links as well.
#[test]
fn d01_banner_that_a_damaged_line_makes_up_restarts_nothing() {
    let mut world = ready();
    world.noise(b"\r\n+QMTRECV: 0,0,\"down\",5,\"hello, \r\n\r\nRDY\r\n");
    world.run_until(MINUTE, |told| {
        *told == Told::Session("Resynchronized".into())
    });
    assert_well(&mut world);
    assert_eq!(count(&world, |told| *told == Told::ModuleRestarted), 0);
    assert_eq!(count(&world, is_down), 0, "{:#?}", world.told);
    // And it is not remembered.
    world.drop_connection(LINK);
    assert_well(&mut world);
    assert_eq!(count(&world, |told| *told == Told::ModuleRestarted), 0);
}

#[test]
fn d01_restart_that_prints_nothing_is_found_out() {
    let mut world = ready();
    inject(&mut world, FaultKind::SilentReboot, 0);
    world.settle(Duration::from_secs(10));
    assert_eq!(struck(&world, FaultKind::SilentReboot), 1);
    let ticket = publish(&mut world, b"hello");
    let outcome = end(&mut world, ticket);
    assert_eq!(outcome, Outcome::Unknown(Doubt::TimedOut));
    world.run_until(5 * MINUTE, is_down);
    assert_well(&mut world);
    let forgotten = Told::Down(LINK, ConnectError::Forgotten, true);
    assert_eq!(count(&world, |told| *told == forgotten), 1);
    assert_eq!(count(&world, |told| *told == Told::ModuleRestarted), 0);
}

/// The modules differ in what they lose and answer when they are woken.
#[test]
fn d02_module_that_falls_asleep_whatever_it_was_told_is_woken() {
    for quirks in pairwise() {
        let mut config = WorldConfig::default();
        config.modem.quirks = quirks;
        if quirks.data_mode_delay == DataModeDelay::HalfSecond {
            config.client.session.prompt_guard = Duration::from_millis(500);
        }
        let mut world = World::new(config);
        start(&mut world);
        world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
        world.settle(Duration::from_secs(1));
        inject(&mut world, FaultKind::Sleep, 0);
        world.settle(Duration::from_secs(10));
        assert_eq!(struck(&world, FaultKind::Sleep), 1);
        let ticket = publish(&mut world, b"hello");
        // Asleep, it may have heard nothing of it, or all.
        let outcome = end(&mut world, ticket);
        assert!(!matches!(outcome, Outcome::Rejected(_)), "{outcome:?}");
        assert_well(&mut world);
    }
}

#[test]
fn d03_missing_prompt_is_waited_out_and_nothing_is_sent_again() {
    let mut world = ready();
    inject(&mut world, FaultKind::LostPrompt, 0);
    let ticket = publish_up_to_the_payload(&mut world, b"hello");
    let sent = world.sent.len();
    let outcome = end(&mut world, ticket);
    assert_eq!(outcome, Outcome::Unknown(Doubt::TimedOut));
    assert_eq!(world.sent.len(), sent, "not a byte into the payload");
    assert_eq!(struck(&world, FaultKind::LostPrompt), 1);
    assert_not_sent(&mut world, ticket);
    assert_well(&mut world);
    let again = world
        .oracle
        .payloads()
        .iter()
        .filter(|payload| *payload == b"hello");
    assert_eq!(again.count(), 0);
}

#[test]
fn d04_prompt_that_comes_after_the_host_gave_up_swallows_no_command() {
    for late in [5_000, 20_000, 55_000] {
        let mut world = ready();
        inject(&mut world, FaultKind::LatePrompt, late);
        let ticket = publish(&mut world, b"hello");
        end(&mut world, ticket);
        world.settle(2 * MINUTE);
        assert_well(&mut world);
        let swallowed = |payload: &&Vec<u8>| payload.starts_with(b"AT") || payload.contains(&b'\r');
        let payloads = world.oracle.payloads();
        assert_eq!(payloads.iter().find(swallowed), None, "{late}");
    }
}

#[test]
fn d05_reply_that_comes_after_its_time_out_is_not_the_next_commands() {
    for late in [5_000, 20_000, 40_000] {
        met(FaultKind::LateFinal, late);
    }
    assert!(!matches!(
        met(FaultKind::LostFinal, 0),
        Outcome::Rejected(_)
    ));
    assert!(is_unknown(&met(FaultKind::LostResult, 0)));
    assert!(!met(FaultKind::LostCommand, 0).is_success());
}

#[test]
fn d05_result_that_comes_after_the_deadline_is_told_as_late_truth() {
    let mut world = ready();
    inject(&mut world, FaultKind::LateResult, 150_000);
    let ticket = publish(&mut world, b"hello");
    assert!(is_unknown(&end(&mut world, ticket)));
    let late = world.run_until(2 * MINUTE, |told| matches!(told, Told::Late(..)));
    assert!(matches!(late, Told::Late(done, truth) if done == ticket && truth.is_success()));
    assert_well(&mut world);
}

#[test]
fn d06_repeated_final_or_result_ends_nothing_else() {
    assert!(met(FaultKind::DuplicateFinal, 0).is_success());
    assert!(met(FaultKind::DuplicateResult, 0).is_success());
}

#[test]
fn d07_error_for_cme_and_unknown_numbers_are_refusals() {
    assert_eq!(
        met(FaultKind::Error, 0),
        Outcome::Rejected(Rejection::Error)
    );
    for code in [1, 8_499, 9_999] {
        let outcome = met(FaultKind::Cme, code);
        let code = CmeCode(u16::try_from(code).unwrap());
        assert_eq!(outcome, Outcome::Rejected(Rejection::Cme(code)));
    }
}

#[test]
fn d08_double_cr_and_lone_lf_are_understood_or_in_doubt() {
    assert!(met(FaultKind::DoubleCr, 0).is_success());
    let outcome = met(FaultKind::BareLf, 0);
    assert!(outcome.is_success() || is_unknown(&outcome), "{outcome:?}");
}

#[test]
fn d08_blanks_around_a_colon_and_ends_of_all_kinds_are_understood() {
    for line in [
        "\r\n+QMTPUB: 0,2,0\r\n",
        "\r\n+QMTPUB:0,2,0\r\n",
        "\r\n+QMTPUB : 0,2,0\r\n",
        "\r\n+QMTPUB: 0, 2, 0\r\n",
        "\r\r\n+QMTPUB: 0,2,0\r\r\n",
        "\n+QMTPUB: 0,2,0\n",
        "+QMTPUB: 0,2,0\r\n",
    ] {
        let mut world = ready();
        inject(&mut world, FaultKind::LostResult, 0);
        let ticket = publish(&mut world, b"hello");
        world.settle(Duration::from_secs(1));
        world.noise(line.as_bytes());
        let outcome = end(&mut world, ticket);
        assert!(outcome.is_success(), "{line:?}: {outcome:?}");
        assert_well(&mut world);
    }
    for line in [
        "\r\n+QMTRECV:0,1,\"down\",5,\"hello\"\r\n",
        "\r\n+QMTRECV : 0,1,\"down\",5,\"hello\"\r\n",
        "\r\n+QMTRECV: 0,1, \"down\",5,hello\r\n",
        "\n+QMTRECV: 0,1,\"down\",5,\"hello\"\r\n",
        "\r\r\n+QMTRECV: 0,1,\"down\",5,\"hello\"\r\n",
    ] {
        let mut world = ready();
        world.noise(line.as_bytes());
        world.settle(Duration::from_secs(1));
        assert_eq!(received(&world), [b"hello"], "{line:?}: {:#?}", world.told);
    }
    // What is none of these forms is nothing.
    for line in [
        "\r\n+QMTPUB; 0,2,0\r\n",
        "\r\n+QMT PUB: 0,2,0\r\n",
        "\r\n+QMTPUB 0,2,0\r\n",
    ] {
        let mut world = ready();
        inject(&mut world, FaultKind::LostResult, 0);
        let ticket = publish(&mut world, b"hello");
        world.settle(Duration::from_secs(1));
        world.noise(line.as_bytes());
        assert!(is_unknown(&end(&mut world, ticket)), "{line:?}");
        assert_well(&mut world);
    }
}

/// The three bytes behind a payload are all that says that its length was right.
#[test]
fn d08_message_that_does_not_end_as_the_note_says_is_in_doubt_and_the_next_one_comes() {
    for end in ["\n", "\r\r\n", "\n\r\n"] {
        let mut world = ready();
        let line = format!("\r\n+QMTRECV: 0,1,\"down\",5,\"hello\"{end}");
        world.noise(line.as_bytes());
        world.settle(Duration::from_secs(2));
        let none: [&[u8]; 0] = [];
        assert_eq!(received(&world), none, "{end:?}");
        let told = |words: &str| {
            let is_it = |told: &Told| matches!(told, Told::Session(it) if it.starts_with(words));
            count(&world, is_it)
        };
        let story = (told("Violation(Trailer)"), told("Resynchronized"));
        // The first check of the line belongs to bringing the module up.
        assert_eq!(story, (1, 2), "{end:?}: {:#?}", world.told);
        send_down(&mut world, b"next");
        world.settle(Duration::from_secs(1));
        assert_eq!(received(&world), [b"next"], "{end:?}");
        let downs = count(&world, |told| matches!(told, Told::Down(..)));
        assert_eq!(downs, 0, "{end:?}");
        assert_well(&mut world);
    }
}

#[test]
fn d09_report_between_command_and_answer_disturbs_neither() {
    assert!(met(FaultKind::StrayReport, 0).is_success());
    let mut world = ready();
    let ticket = publish_up_to_the_payload(&mut world, b"hello");
    send_down(&mut world, b"\r\nERROR\r\n");
    assert!(end(&mut world, ticket).is_success());
    world.settle(Duration::from_secs(1));
    assert_eq!(received(&world), [b"\r\nERROR\r\n"]);
    assert_well(&mut world);
}

#[test]
fn d10_commands_end_with_cr_alone() {
    let mut world = ready();
    let ticket = publish(&mut world, b"\nhello");
    assert!(end(&mut world, ticket).is_success());
    assert_eq!(world.sent.iter().filter(|byte| **byte == b'\n').count(), 1);
    assert_eq!(world.oracle.payloads(), [b"\nhello"]);
    assert_well(&mut world);
}

#[test]
fn d11_host_that_stalls_in_data_mode_learns_from_the_module_alone_that_nothing_went_out() {
    for says_so in [true, false] {
        let mut world = ready();
        let ticket = publish_up_to_the_payload(&mut world, b"hello");
        let stop = world.to_module.carried() + 2;
        world.trigger(Side::Module, stop, Act::Stall(Duration::from_secs(70)));
        let outcome = end(&mut world, ticket);
        assert_eq!(outcome, Outcome::Unknown(Doubt::TimedOut));
        if says_so {
            assert_not_sent(&mut world, ticket);
        } else {
            inject(&mut world, FaultKind::LostFinal, 0);
        }
        world.settle(2 * MINUTE);
        assert_eq!(world.oracle.published(), 0);
        assert_well(&mut world);
        let late = count(&world, |told| matches!(told, Told::Late(..)));
        assert_eq!(late, usize::from(says_so));
    }
}

#[test]
fn d12_host_that_was_reset_at_any_step_of_connecting_closes_what_it_finds() {
    let to_ready = ready().sent.len();
    for at in (0..to_ready).step_by(7) {
        let mut world = World::new(WorldConfig::default());
        start(&mut world);
        world.run_while(MINUTE, |world| world.sent.len() < at);
        world.reset_host(ClientConfig::new());
        start(&mut world);
        world.run_until(5 * MINUTE, |told| *told == Told::Ready(LINK));
        assert_well(&mut world);
    }
}

#[test]
fn d13_module_that_takes_no_command_is_used_again_when_it_does() {
    for (kind, time) in [(FaultKind::Dead, 60_000), (FaultKind::Frozen, 30_000)] {
        let mut world = ready();
        inject(&mut world, kind, time);
        let ticket = publish(&mut world, b"hello");
        let outcome = end(&mut world, ticket);
        assert_eq!(outcome, Outcome::Unknown(Doubt::TimedOut), "{kind:?}");
        world.settle(2 * MINUTE);
        assert_well(&mut world);
    }
}

#[test]
fn d14_every_code_of_the_note_is_told_as_it_is() {
    for code in (8_503..=8_511).chain([8_600]) {
        let outcome = met(FaultKind::Cme, u64::from(code));
        assert_eq!(outcome, Outcome::Rejected(Rejection::Cme(CmeCode(code))));
    }
}

#[test]
fn d14_code_while_connecting_is_told_and_the_link_comes_up_later() {
    for command in ["AT+QMTOPEN=", "AT+QMTCONN=", "AT+QMTSUB="] {
        for code in (8_503..=8_511).chain([8_600]) {
            let mut world = started_byte_by_byte();
            assert!(run_until_sent(&mut world, command));
            inject(&mut world, FaultKind::Cme, code);
            let ready = world.wait_for(5 * MINUTE, |told| *told == Told::Ready(LINK));
            assert!(ready.is_some(), "{command} {code}: {:#?}", world.told);
            assert_eq!(struck(&world, FaultKind::Cme), 1);
            assert_well(&mut world);
        }
    }
}

#[test]
fn d15_result_for_another_link_or_message_is_a_stray() {
    assert!(is_unknown(&met(FaultKind::WrongId, 0)));
    assert!(is_unknown(&met(FaultKind::WrongLink, 0)));
}

#[test]
fn d16_line_that_never_ends_holds_nothing_up() {
    for bytes in 1..16 {
        let outcome = met(FaultKind::CutResult, bytes);
        assert!(is_unknown(&outcome), "{bytes}: {outcome:?}");
    }
    for bytes in [1, 12, 24, 30] {
        let mut world = ready();
        inject(&mut world, FaultKind::CutReport, bytes);
        send_down(&mut world, b"hello");
        world.settle(Duration::from_secs(10));
        assert!(received(&world).is_empty(), "{bytes}");
        assert_well(&mut world);
        assert_eq!(count(&world, is_down), 0, "{:#?}", world.told);
    }
}
