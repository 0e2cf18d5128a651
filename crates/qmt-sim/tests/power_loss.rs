//! The power of the host goes at every step: each byte sent, each byte of a snapshot written. What
//! was durably accepted is delivered, at most once more for each crash and each unknown outcome.
//!
//! `cargo xtask sim --crash` does the same with a thousand messages.

use qmt_session::proto::Qos;
use qmt_sim::crash;

#[test]
fn without_a_crash_every_message_comes_once() {
    let figures = crash::crash_at(8, Qos::AtLeastOnce, &[], "");
    assert_eq!((figures.crashes, figures.unknowns), (0, 0));
    assert_eq!((figures.durable, figures.duplicates), (8, 0));
}

/// RELIABILITY H1.
#[test]
fn a_crash_at_every_step_loses_nothing() {
    let figures = crash::every_step(2, Qos::AtLeastOnce, 1);
    assert!(figures.runs > 200, "{figures:?}");
    // Crashes have hit every kind of step.
    assert!(figures.torn > 40 && figures.duplicates > 10, "{figures:?}");
    assert!(figures.unknowns > 10, "{figures:?}");
}

#[test]
fn crash_after_crash_after_crash_loses_nothing() {
    for step in 1..40 {
        let crashes = [60 + step, 7 * step, 11 * step, 500 - step, 3 * step];
        let figures = crash::crash_at(6, Qos::AtLeastOnce, &crashes, "");
        assert_eq!(figures.crashes, 5, "{crashes:?}: {figures:?}");
        assert!(figures.durable >= 1, "{crashes:?}: {figures:?}");
    }
}

/// QoS 2 is exactly once but for crashes and doubt: AT can neither mark a message as sent before
/// nor resume it, so what is republished is new.
///
/// RELIABILITY H2.
#[test]
fn q24_exactly_once_comes_once_but_for_crashes_and_doubt() {
    let figures = crash::crash_at(8, Qos::ExactlyOnce, &[], "");
    assert_eq!((figures.durable, figures.duplicates), (8, 0));
    for fault in ["lose@PUBREC#2", "lose@PUBCOMP#2", "close-instead@PUBCOMP#3"] {
        // At most once more for each time nobody knew.
        let figures = crash::crash_at(4, Qos::ExactlyOnce, &[], fault);
        assert!(
            figures.duplicates <= figures.unknowns,
            "{fault}: {figures:?}"
        );
    }
    let figures = crash::every_step(2, Qos::ExactlyOnce, 1);
    assert!(figures.runs > 200 && figures.duplicates > 10, "{figures:?}");
}
