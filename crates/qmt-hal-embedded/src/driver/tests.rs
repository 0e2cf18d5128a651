//! The asynchronous driver against wires that are hard on it.

use std::vec::Vec;

use super::*;
use crate::testing::{Echo, Fault, TestClock, Wire, poll_times};

type Driven<'c> = Driver<'c, Echo, Wire, TestClock>;

/// Drives until nothing happens any more.
fn drive_out(driver: &mut Driven<'_>) -> Result<(), DriveError<Fault>> {
    for _ in 0..10_000 {
        match poll_times(driver.drive(), 100) {
            Some(result) => result?,
            None => return Ok(()),
        }
    }
    panic!("never ends");
}

fn succ(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte.wrapping_add(1)).collect()
}

#[test]
fn any_cut_of_the_stream_gives_the_same() {
    let stream: Vec<u8> = (0..=255).collect();
    for chunk in [1, 2, 3, 7, 64] {
        for limit in [1, 5, usize::MAX] {
            let (wire, mut memory) = (Wire::new(), std::vec![0; chunk]);
            let clock = TestClock::default();
            let mut driver = Driver::new(Echo::new(), wire.clone(), clock, &mut memory);
            driver.machine_mut().mouthful = 2;
            wire.0.borrow_mut().write_limit = limit;
            wire.send(&stream);
            drive_out(&mut driver).unwrap();
            assert_eq!(driver.machine().received, stream);
            let state = wire.0.borrow();
            assert_eq!(state.written, succ(&stream));
            assert_eq!(state.flushed, state.written.len());
        }
    }
}

#[test]
fn a_drive_dropped_anywhere_loses_and_repeats_nothing() {
    let stream: Vec<u8> = (0..200).collect();
    for patience in 1..5 {
        let (wire, mut memory) = (Wire::new(), [0; 7]);
        let clock = TestClock::default();
        let mut driver = Driver::new(Echo::new(), wire.clone(), clock, &mut memory);
        {
            let mut state = wire.0.borrow_mut();
            (state.delay, state.write_limit) = (2, 3);
        }
        wire.send(&stream);
        for turn in 0..5_000 {
            // Sometimes long enough, sometimes not.
            let times = 1 + (turn * patience) % 5;
            if let Some(result) = poll_times(driver.drive(), times) {
                result.unwrap();
            }
        }
        assert_eq!(driver.machine().received, stream);
        let state = wire.0.borrow();
        assert_eq!(state.written, succ(&stream));
        assert_eq!(state.flushed, state.written.len());
    }
}

#[test]
fn a_deadline_comes_when_it_is_due_and_not_before_bytes_that_are_there() {
    let (wire, clock, mut memory) = (Wire::new(), TestClock::default(), [0; 8]);
    let mut driver = Driver::new(Echo::new(), wire.clone(), clock.clone(), &mut memory);
    driver.machine_mut().due = Some(100);
    assert_eq!(poll_times(driver.drive(), 3), None);
    clock.0.set(100);
    wire.send(b"a");
    assert_eq!(poll_times(driver.drive(), 1), Some(Ok(())));
    assert_eq!(driver.machine().received, b"a");
    assert!(driver.machine().timeouts.is_empty());
    // A module that never stops does not keep the time from passing.
    wire.send(b"aaaaaaaa");
    drive_out(&mut driver).unwrap();
    assert_eq!(driver.machine().timeouts, [100]);
}

#[test]
fn errors_of_the_line_are_input_and_others_end_the_drive() {
    let (wire, mut memory) = (Wire::new(), [0; 8]);
    let clock = TestClock::default();
    let mut driver = Driver::new(Echo::new(), wire.clone(), clock, &mut memory)
        .line_errors(|fault| (*fault == Fault::Overrun).then_some(LineError::Overrun));
    wire.send(b"a");
    wire.0.borrow_mut().incoming.push_back(Err(Fault::Overrun));
    wire.send(b"b");
    drive_out(&mut driver).unwrap();
    assert_eq!(driver.machine().received, b"ab");
    assert_eq!(driver.machine().line_errors, [LineError::Overrun]);
    wire.0.borrow_mut().incoming.push_back(Err(Fault::Dead));
    let ended = poll_times(driver.drive(), 1);
    assert_eq!(ended, Some(Err(DriveError::Read(Fault::Dead))));
    wire.0.borrow_mut().closed = true;
    assert_eq!(poll_times(driver.drive(), 1), Some(Err(DriveError::Closed)));
}
