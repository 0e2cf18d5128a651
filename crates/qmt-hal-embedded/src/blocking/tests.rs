//! The blocking driver.

use std::vec::Vec;

use super::*;
use crate::testing::{Echo, Fault, Wire};

fn at(ms: u64) -> Instant {
    Instant::from_millis(ms)
}

#[test]
fn it_never_reads_without_bytes_and_says_when_there_is_nothing_to_do() {
    let stream: Vec<u8> = (0..=255).collect();
    for chunk in [1, 2, 3, 7, 64] {
        let (wire, mut memory) = (Wire::new(), std::vec![0; chunk]);
        let mut driver = Driver::new(Echo::new(), wire.clone(), at(0), &mut memory);
        driver.machine_mut().mouthful = 2;
        wire.0.borrow_mut().write_limit = 5;
        wire.send(&stream);
        let mut turns = 0;
        while driver.poll(at(0)).unwrap() {
            turns += 1;
            assert!(turns < 10_000, "never ends");
        }
        assert_eq!(driver.machine().received, stream);
        let state = wire.0.borrow();
        let expected: Vec<u8> = stream.iter().map(|byte| byte.wrapping_add(1)).collect();
        assert_eq!(state.written, expected);
        assert_eq!(state.flushed, expected.len());
    }
}

#[test]
fn a_module_that_never_stops_keeps_neither_time_nor_output_away() {
    let (wire, mut memory) = (Wire::new(), [0; 1]);
    let mut driver = Driver::new(Echo::new(), wire.clone(), at(0), &mut memory);
    driver.machine_mut().due = Some(5);
    for ms in 0..20 {
        wire.send(b"aaaa");
        driver.poll(at(ms)).unwrap();
    }
    assert_eq!(driver.machine().timeouts.len(), 1);
    assert!(wire.0.borrow().written.len() >= 5);
}

#[test]
fn faults_and_the_end_are_told() {
    let (wire, mut memory) = (Wire::new(), [0; 8]);
    let mut driver = Driver::new(Echo::new(), wire.clone(), at(0), &mut memory)
        .line_errors(|fault| (*fault == Fault::Overrun).then_some(LineError::Overrun));
    wire.0.borrow_mut().incoming.push_back(Err(Fault::Overrun));
    assert_eq!(driver.poll(at(0)), Ok(true));
    assert_eq!(driver.machine().line_errors, [LineError::Overrun]);
    wire.0.borrow_mut().incoming.push_back(Err(Fault::Dead));
    assert_eq!(driver.poll(at(0)), Err(DriveError::Read(Fault::Dead)));
    wire.0.borrow_mut().closed = true;
    assert_eq!(driver.poll(at(0)), Err(DriveError::Closed));
}
