//! The power of the host goes at every step: each byte sent, each byte of a snapshot written. What
//! was durably accepted is delivered, at most once more for each crash and each unknown outcome.
//!
//! `cargo xtask sim --crash` does the same with a thousand messages.

use qmt_sim::crash;

#[test]
fn without_a_crash_every_message_comes_once() {
    let figures = crash::crash_at(8, &[], "");
    assert_eq!((figures.crashes, figures.unknowns), (0, 0));
    assert_eq!((figures.durable, figures.duplicates), (8, 0));
}

/// RELIABILITY H1.
#[test]
fn a_crash_at_every_step_loses_nothing() {
    let figures = crash::every_step(2, 1);
    assert!(figures.runs > 200, "{figures:?}");
    // Crashes have hit every kind of step.
    assert!(figures.torn > 40 && figures.duplicates > 10, "{figures:?}");
    assert!(figures.unknowns > 10, "{figures:?}");
}

#[test]
fn crash_after_crash_after_crash_loses_nothing() {
    for step in 1..40 {
        let crashes = [60 + step, 7 * step, 11 * step, 500 - step, 3 * step];
        let figures = crash::crash_at(6, &crashes, "");
        assert_eq!(figures.crashes, 5, "{crashes:?}: {figures:?}");
        assert!(figures.durable >= 1, "{crashes:?}: {figures:?}");
    }
}
