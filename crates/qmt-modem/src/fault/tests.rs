//! The catalogue against its own promises, and the order of plans.

use alloc::collections::BTreeSet;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::*;
use qmt_proto::Instant;

#[test]
fn every_fault_can_be_written_and_read_back() {
    for &kind in FaultKind::ALL {
        let fault = Fault::new(kind);
        assert_eq!(fault.to_string().parse(), Ok(fault));
        assert_eq!(kind.name().parse(), Ok(fault));
        let wanted = match kind.parameter() {
            Some(_) => Ok(fault.with(7)),
            None => Err(FaultError::UnwantedNumber),
        };
        assert_eq!(alloc::format!("{}:7", kind.name()).parse(), wanted);
    }
    assert_eq!("dropp".parse::<Fault>(), Err(FaultError::UnknownName));
    assert_eq!("drop:x".parse::<Fault>(), Err(FaultError::NoNumber));
}

#[test]
fn every_fault_is_explained_and_has_its_own_name() {
    let names: BTreeSet<_> = FaultKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), FaultKind::ALL.len());
    for (index, kind) in FaultKind::ALL.iter().enumerate() {
        assert_eq!(kind.index(), index);
        assert!(kind.text().ends_with('.') && !kind.text().starts_with(' '));
        assert!(!kind.source().is_empty());
        assert!(
            kind.parameter()
                .is_none_or(|number| !number.meaning().is_empty())
        );
    }
}

#[test]
fn a_fault_waits_for_its_place_and_strikes_as_often_as_planned() {
    let fault = Fault::new(FaultKind::LostFinal);
    let plan = Plan {
        times: 2,
        ..Plan::once(fault, Trigger::Command(2))
    };
    let mut schedule = Schedule::new(&[plan], 0);
    let strike = |schedule: &mut Schedule| {
        schedule.strike(Direction::ToHost, |kind| kind.place() == Place::Final)
    };
    schedule.handle_command();
    assert_eq!(strike(&mut schedule), None);
    schedule.handle_command();
    let none = schedule.strike(Direction::ToHost, |kind| kind.place() == Place::Prompt);
    assert_eq!(none, None);
    let all: Vec<_> = (0..3).map(|_| strike(&mut schedule)).collect();
    assert_eq!(all, [Some(fault), Some(fault), None]);
    assert_eq!(schedule.counts().of(FaultKind::LostFinal), 2);
    assert!(schedule.is_empty());
}

#[test]
fn a_time_and_a_byte_are_known_in_advance() {
    let fault = Fault::new(FaultKind::Reboot);
    let at = Instant::from_millis(500);
    let byte = Plan::once(fault, Trigger::Byte(3)).toward(Direction::ToHost);
    let mut schedule = Schedule::new(&[Plan::once(fault, Trigger::At(at)), byte], 0);
    assert_eq!(schedule.poll_timeout(), Some(at));
    schedule.handle_time(at);
    assert_eq!(schedule.poll_timeout(), None);
    assert_eq!(schedule.bytes_until_due(Direction::ToHost), Some(3));
    assert_eq!(schedule.bytes_until_due(Direction::FromHost), None);
    schedule.handle_byte(Direction::ToHost);
    assert_eq!(schedule.bytes_until_due(Direction::ToHost), Some(2));
}
