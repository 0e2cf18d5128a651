//! W: the serial line loses, repeats, damages and delays bytes.

use core::time::Duration;

use qmt_modem::FaultKind;
use qmt_session::proto::{Qos, Topic};
use qmt_session::{Doubt, LineError, Outcome};
use qmt_sim::{Act, Change, Share, Side, Told};

use super::{
    LINK, MINUTE, assert_not_sent, assert_well, count, damage, end, inject, is_down, publish,
    publish_up_to_the_payload, ready, received, send_down, struck,
};

/// What the module says about a publish once it has its payload.
const RESULT: &[u8] = b"\r\n+QMTPUB: 0,";

/// The number of bytes the module says before that result, for the next publish.
fn bytes_before_the_result() -> u64 {
    let mut world = ready();
    let before = world.heard.len();
    let ticket = publish(&mut world, b"hello");
    assert!(end(&mut world, ticket).is_success());
    let heard = &world.heard[before..];
    let at = heard.windows(RESULT.len()).position(|part| part == RESULT);
    u64::try_from(at.expect("a result")).unwrap()
}

#[test]
fn w01_lost_byte_in_a_result_costs_the_truth_and_no_more() {
    let result = bytes_before_the_result() + 2;
    for (lost, byte) in (0..).zip(b"+QMTPUB: 0,2,0") {
        let mut world = ready();
        damage(&mut world, Side::Host, result + lost, Change::Drop);
        let ticket = publish(&mut world, b"hello");
        let outcome = end(&mut world, ticket);
        // Without the blank it is a result like any other.
        let in_doubt = matches!(outcome, Outcome::Unknown(_));
        assert_eq!(in_doubt, *byte != b' ', "{lost}: {outcome:?}");
        assert_well(&mut world);
    }
}

#[test]
fn w02_lost_bytes_in_a_received_payload_deliver_nothing_false_and_the_next_message_comes() {
    for lost in 1..=8 {
        let mut world = ready();
        let header = b"\r\n+QMTRECV: 0,1,\"down\",20,\"".len() as u64;
        for at in 0..lost {
            damage(&mut world, Side::Host, header + 5 + at, Change::Drop);
        }
        send_down(&mut world, b"twenty bytes of text");
        world.settle(Duration::from_secs(10));
        assert!(received(&world).is_empty(), "{lost}: {:?}", world.told);
        assert_well(&mut world);
    }
}

#[test]
fn w03_lost_byte_in_sent_payload_waits_for_the_module_and_is_never_acked() {
    for at in 0..5 {
        let mut world = ready();
        let ticket = publish_up_to_the_payload(&mut world, b"hello");
        damage(&mut world, Side::Module, at, Change::Drop);
        world.settle(Duration::from_secs(1));
        let sent = world.sent.len();
        world.settle(Duration::from_secs(50));
        assert_eq!(world.sent.len(), sent, "not a byte into the payload");
        let outcome = end(&mut world, ticket);
        assert_eq!(outcome, Outcome::Unknown(Doubt::TimedOut), "{at}");
        assert_not_sent(&mut world, ticket);
        assert_eq!(world.oracle.published(), 0);
        assert_well(&mut world);
    }
}

#[test]
fn w04_repeated_byte_in_sent_payload_costs_the_next_command_nothing() {
    for at in 0..5 {
        let mut world = ready();
        let (now, topic) = (world.now(), Topic::new("up").unwrap());
        let qos = Qos::AtLeastOnce;
        // Past the oracle: it ends well, and the broker has another payload. A serial line checks
        // nothing; that is what the envelope is for.
        let published = world.client.publish(now, LINK, qos, false, topic, b"hello");
        let command = b"AT+QMTPUB=0,2,1,0,\"up\",5\r".len() as u64;
        damage(&mut world, Side::Module, command + at, Change::Duplicate);
        assert!(end(&mut world, published.unwrap()).is_success());
        // The last byte of the payload is the first of the next command: the module refuses that,
        // and takes it the second time.
        let ticket = publish(&mut world, b"next");
        assert!(end(&mut world, ticket).is_success(), "{at}");
        assert_eq!(world.client.counters().repeated, 1, "{at}");
        let next = b"next".to_vec();
        let times = world.oracle.payloads().iter().filter(|p| **p == next);
        assert_eq!(times.count(), 1, "{at}");
        assert_well(&mut world);
        assert_eq!(count(&world, is_down), 0, "{:#?}", world.told);
    }
}

/// What one bit does to a command or a payload, `single_byte` tries at every byte, and that the
/// envelope lets none of it through; ARCHITECTURE has why the echo is not asked first.
#[test]
fn w05_wrong_bit_in_the_message_id_of_a_result_acknowledges_nothing() {
    let digit = bytes_before_the_result() + RESULT.len() as u64;
    for bit in 0..8 {
        let mut world = ready();
        damage(&mut world, Side::Host, digit, Change::Flip(bit));
        let ticket = publish(&mut world, b"hello");
        let outcome = end(&mut world, ticket);
        assert!(matches!(outcome, Outcome::Unknown(_)), "{bit}: {outcome:?}");
        assert_well(&mut world);
    }
}

#[test]
fn w07_overrun_of_any_length_taints_its_message_alone() {
    // Some of all lengths, others on request.
    let some = Share::asked_for().of(4_096, 257).map(|lost| lost as u64);
    for lost in [1, 15, 16, 100, 1_000, 4_096].into_iter().chain(some) {
        let mut world = ready();
        let at = world.to_host.carried() + 40;
        world.trigger(Side::Host, at, Act::LineError(LineError::Overrun));
        for byte in 0..lost {
            damage(&mut world, Side::Host, 40 + byte, Change::Drop);
        }
        for number in 0..5 {
            send_down(&mut world, &[b'0' + number; 1_000]);
        }
        world.settle(Duration::from_secs(10));
        let told = |told: &Told| *told == Told::Session("LineError(Overrun)".into());
        assert_eq!(count(&world, told), 1, "{:?}", world.told);
        assert!(!received(&world).contains(&&[b'0'; 1_000][..]), "{lost}");
        assert_well(&mut world);
    }
}

#[test]
fn w08_framing_parity_and_break_cost_no_connection() {
    for error in [LineError::Framing, LineError::Parity, LineError::Break] {
        let mut world = ready();
        let at = world.to_host.carried() + 20;
        world.trigger(Side::Host, at, Act::LineError(error));
        damage(&mut world, Side::Host, 20, Change::Drop);
        send_down(&mut world, b"hello");
        assert_well(&mut world);
        let told = Told::Session(format!("LineError({error:?})"));
        assert_eq!(count(&world, |other| *other == told), 1);
        assert!(!received(&world).contains(&&b"hello"[..]));
        assert_eq!(count(&world, is_down), 0, "{error}: {:#?}", world.told);
    }
}

#[test]
fn w08_bytes_of_a_wrong_baud_rate_are_named_and_tossed() {
    let mut world = ready();
    for _ in 0..64 {
        world.noise(&[0, 0xFF, 0, 0, 0xFF, 0, 0xFF, 0xFF]);
        world.settle(Duration::from_millis(10));
    }
    world.run_until(MINUTE, |told| *told == Told::Session("BaudSuspect".into()));
    assert_well(&mut world);
}

#[test]
fn w09_noise_on_an_idle_line_forges_nothing() {
    let mut world = ready();
    for byte in 0..=u8::MAX {
        world.noise(&[byte]);
        world.settle(Duration::from_millis(400));
    }
    assert!(received(&world).is_empty());
    assert_well(&mut world);
    assert_eq!(count(&world, is_down), 0, "{:#?}", world.told);
}

#[test]
fn w11_stalled_transmission_goes_on_where_it_stopped() {
    for at in [0, 3, 30, 33] {
        let mut world = ready();
        let stop = world.to_module.carried() + at;
        world.trigger(Side::Module, stop, Act::Stall(Duration::from_secs(4)));
        let ticket = publish(&mut world, b"hello");
        let outcome = end(&mut world, ticket);
        assert!(outcome.is_success(), "{at}: {outcome:?}");
        assert_well(&mut world);
    }
}

#[test]
fn w11_transmission_that_stays_stalled_ends_in_time() {
    let mut world = ready();
    let stop = world.to_module.carried() + 3;
    world.trigger(Side::Module, stop, Act::Stall(10 * MINUTE));
    let ticket = publish(&mut world, b"hello");
    let outcome = end(&mut world, ticket);
    assert_eq!(outcome, Outcome::Unknown(Doubt::TimedOut));
    world.settle(10 * MINUTE);
    assert_well(&mut world);
}

#[test]
fn w12_gap_inside_a_message_is_borne_and_a_long_one_ends_it() {
    for (gap, comes) in [(200, true), (400, false), (5_000, false)] {
        let mut world = ready();
        let stop = world.to_host.carried() + 32;
        world.trigger(Side::Host, stop, Act::Stall(Duration::from_millis(gap)));
        send_down(&mut world, b"hello");
        world.settle(Duration::from_secs(10));
        assert_eq!(received(&world).len(), usize::from(comes), "{gap} ms");
        assert_well(&mut world);
    }
}

#[test]
fn w12_gap_before_any_byte_of_a_message_is_borne_or_ends_it() {
    let message = b"\r\n+QMTRECV: 0,1,\"down\",5,\"hello\"\r\n".len() as u64;
    for at in 1..message {
        for (gap, comes) in [(200, true), (400, false)] {
            let mut world = ready();
            let stop = world.to_host.carried() + at;
            world.trigger(Side::Host, stop, Act::Stall(Duration::from_millis(gap)));
            send_down(&mut world, b"hello");
            world.settle(Duration::from_secs(10));
            // Before its first byte nothing is missing of it.
            let inside = (3..message).contains(&at);
            let told = received(&world).len();
            assert_eq!(told, usize::from(comes || !inside), "{gap} ms at {at}");
            assert_well(&mut world);
        }
    }
}

#[test]
fn w12_seconds_between_lines_are_no_fault() {
    let mut world = ready();
    inject(&mut world, FaultKind::LateResult, 10_000);
    let ticket = publish(&mut world, b"hello");
    assert!(end(&mut world, ticket).is_success());
    assert_eq!(struck(&world, FaultKind::LateResult), 1);
    assert_well(&mut world);
    assert_eq!(count(&world, |told| *told == Told::Ready(LINK)), 1);
}
