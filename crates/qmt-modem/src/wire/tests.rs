//! Lines with their speed and their faults.

use alloc::vec::Vec;

use super::*;
use crate::fault::{Fault, FaultKind, Trigger};

const UP: Direction = Direction::FromHost;

/// Everything that arrives in one direction, with its time.
fn arrivals(wire: &mut Wire, direction: Direction) -> Vec<(u64, Result<Vec<u8>, LineError>)> {
    let mut all = Vec::new();
    let mut now = Instant::ZERO;
    loop {
        while let Some(arrival) = wire.poll_arrived(now, direction) {
            let (len, arrival) = match arrival {
                Arrival::Bytes(bytes) => (bytes.len(), Ok(bytes.to_vec())),
                Arrival::Error(error) => (1, Err(error)),
            };
            all.push((now.as_millis(), arrival));
            wire.handle_taken(direction, len);
        }
        match wire.poll_timeout() {
            Some(next) => now = now.max(next),
            None => return all,
        }
    }
}

/// What comes of `0123456789` when the fault strikes at its fourth byte.
fn damaged(fault: &str) -> (Vec<u8>, Vec<LineError>, Wire) {
    let plan = Plan::once(fault.parse().unwrap(), Trigger::Byte(4));
    let mut wire = Wire::new(&WireConfig {
        plans: [plan].to_vec(),
        ..WireConfig::default()
    });
    wire.handle_sent(Instant::ZERO, UP, b"0123456789");
    let mut bytes = Vec::new();
    let mut errors = Vec::new();
    for (_, arrival) in arrivals(&mut wire, UP) {
        match arrival {
            Ok(part) => bytes.extend(part),
            Err(error) => errors.push(error),
        }
    }
    (bytes, errors, wire)
}

#[test]
fn every_fault_of_the_line_does_what_it_says() {
    for (fault, bytes, errors) in [
        ("drop", &b"012456789"[..], &[][..]),
        ("drop:3", b"0126789", &[]),
        ("duplicate", b"01233456789", &[]),
        ("duplicate:2", b"012333456789", &[]),
        ("flip:0", b"0122456789", &[]),
        ("insert:33", b"012!3456789", &[]),
        ("overrun:5", b"01289", &[LineError::Overrun]),
        ("framing", b"012456789", &[LineError::Framing]),
        ("parity", b"012456789", &[LineError::Parity]),
        ("break", b"0123456789", &[LineError::Break]),
        ("stall", b"0123456789", &[]),
        ("latency", b"0123456789", &[]),
    ] {
        let (found, reported, wire) = damaged(fault);
        assert_eq!(found, bytes, "{fault}");
        assert_eq!(reported, errors, "{fault}");
        let kind = fault.parse::<Fault>().unwrap().kind();
        assert_eq!(wire.faults().of(kind), 1, "{fault}");
        assert_eq!(wire.faults().total(), 1, "{fault}");
    }
}

#[test]
fn faults_of_chance_follow_from_the_seed() {
    let (flipped, _, _) = damaged("flip");
    let differ = flipped.iter().zip(b"0123456789").filter(|(a, b)| a != b);
    let bits: Vec<u32> = differ.map(|(a, b)| (a ^ b).count_ones()).collect();
    assert_eq!(bits, [1]);
    let (noisy, _, _) = damaged("noise:5");
    assert_eq!((&noisy[..3], &noisy[8..]), (&b"012"[..], &b"3456789"[..]));
    let (garbled, _, _) = damaged("wrong_baud:4");
    assert!(garbled[3..7].iter().all(|byte| matches!(byte, 0x00 | 0xFF)));
    assert_eq!((&garbled[..3], &garbled[7..]), (&b"012"[..], &b"789"[..]));
    assert_eq!(damaged("noise:5").0, noisy);
}

#[test]
fn every_kind_of_the_line_is_in_these_tests() {
    let here = include_str!("tests.rs");
    let line = FaultKind::ALL
        .iter()
        .filter(|kind| kind.place() == Place::Line);
    for kind in line {
        let quoted = ['"', ':'].map(|end| alloc::format!("\"{}{end}", kind.name()));
        assert!(
            quoted.iter().any(|name| here.contains(name)),
            "{}",
            kind.name()
        );
    }
}

#[test]
fn bytes_take_their_time() {
    let mut wire = Wire::new(&WireConfig {
        baud: Some(9_600),
        latency: Duration::from_millis(100),
        ..WireConfig::default()
    });
    let sent: Vec<u8> = (0..96).collect();
    wire.handle_sent(Instant::ZERO, UP, &sent);
    assert_eq!(wire.waiting(UP), 96);
    assert_eq!(wire.poll_timeout(), Some(Instant::from_millis(102)));
    assert_eq!(wire.poll_arrived(Instant::from_millis(101), UP), None);
    let all = arrivals(&mut wire, UP);
    // 960 bits at 9600 bit/s, and the delay.
    assert_eq!(all.last().unwrap().0, 201);
    let bytes: Vec<u8> = all
        .into_iter()
        .flat_map(|(_, part)| part.unwrap())
        .collect();
    assert_eq!(bytes, sent);
    assert_eq!(wire.waiting(UP), 0);
}

#[test]
fn a_stall_holds_everything_behind_it() {
    let mut wire = Wire::new(&WireConfig::default());
    let at = Instant::from_millis(50);
    wire.plan(Plan::once("stall:200".parse().unwrap(), Trigger::At(at)));
    wire.handle_sent(Instant::ZERO, UP, b"a");
    wire.handle_sent(at, UP, b"bc");
    let all = arrivals(&mut wire, UP);
    assert_eq!(all, [(0, Ok(b"a".to_vec())), (250, Ok(b"bc".to_vec()))]);
}

#[test]
fn the_directions_do_not_disturb_each_other() {
    let drop = Plan::chance(Fault::new(FaultKind::Drop), 1_000_000);
    let mut wire = Wire::new(&WireConfig {
        plans: [drop.toward(Direction::ToHost)].to_vec(),
        ..WireConfig::default()
    });
    wire.handle_sent(Instant::ZERO, UP, b"AT\r");
    wire.handle_sent(Instant::ZERO, Direction::ToHost, b"\r\nOK\r\n");
    assert_eq!(arrivals(&mut wire, UP), [(0, Ok(b"AT\r".to_vec()))]);
    assert_eq!(arrivals(&mut wire, Direction::ToHost), []);
    assert_eq!(wire.faults().of(FaultKind::Drop), 6);
}

#[test]
fn a_command_is_counted_by_its_cr() {
    let mut wire = Wire::new(&WireConfig::default());
    wire.plan(Plan::once("drop".parse().unwrap(), Trigger::Command(2)));
    wire.handle_sent(Instant::ZERO, UP, b"AT\rATE0\rATI\r");
    assert_eq!(
        arrivals(&mut wire, UP),
        [(0, Ok(b"AT\rATE0ATI\r".to_vec()))]
    );
}

#[test]
fn a_plan_for_the_module_is_not_the_lines() {
    let mut wire = Wire::new(&WireConfig::default());
    wire.plan(Plan::chance(Fault::new(FaultKind::Reboot), 1_000_000));
    wire.handle_sent(Instant::ZERO, UP, b"AT\r");
    assert_eq!(wire.faults().total(), 0);
}
