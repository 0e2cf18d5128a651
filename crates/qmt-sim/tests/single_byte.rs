//! A sample of the single-byte faults of the canonical dialogue; `cargo xtask sim --bytes` runs
//! all of them.

use qmt_sim::dialogue::Wrapping;
use qmt_sim::single_byte::{self, BOUND, Fault};
use qmt_sim::{Memory, Side};

/// One fault in so many: a prime, so that all kinds and all bytes take part.
const EVERY: usize = 2_003;

/// What a damaged byte can make untrue is the content of a message, or what a result says: never
/// that something ended twice, later than it may, or out of nothing.
/// RELIABILITY W1, W6, D1.
#[test]
fn after_any_single_byte_fault_the_link_is_ready_in_time_and_only_content_can_be_untrue() {
    let content = [
        "Q5",
        "Q5 acked",
        "Q5 sent",
        "Q5 rejected",
        "no forged message",
        "no forged grant",
        "no forged end of a subscription",
        "no forged loss",
    ];
    let (passage, places) = single_byte::baseline(Wrapping::Bare);
    let mut memory = Memory::new(1);
    let mut runs = 0;
    for number in (0..single_byte::total(&passage)).step_by(EVERY) {
        let fault = Fault::numbered(&passage, number);
        let verdict = single_byte::run(fault, Wrapping::Bare, &mut memory);
        assert_eq!(verdict.failed, None, "{fault:?}");
        assert!(verdict.longest_wait <= BOUND, "{fault:?}");
        for promise in verdict.broken {
            let place = places.get(fault.side, fault.at);
            assert!(content.contains(&promise), "{promise}: {fault:?} {place:?}");
        }
        runs += 1;
    }
    assert!(runs > 300, "{runs}");
}

#[test]
fn a_reset_or_a_lost_byte_in_a_line_of_the_module_forges_nothing() {
    let (passage, places) = single_byte::baseline(Wrapping::Bare);
    let mut memory = Memory::new(1);
    let forging = [
        "no forged restart",
        "no forged readiness",
        "no forged loss",
        "Q4",
        "Q7",
    ];
    for at in (0..passage.to_host).step_by(11) {
        // 0: the byte is lost; 2: the module is reset.
        for kind in [0, 2] {
            let number = (passage.to_module + at) * single_byte::KINDS + kind;
            let fault = Fault::numbered(&passage, number);
            assert_eq!(fault.side, Side::Host);
            let verdict = single_byte::run(fault, Wrapping::Bare, &mut memory);
            assert_eq!(verdict.failed, None, "{fault:?}");
            let forged = verdict
                .broken
                .iter()
                .any(|promise| forging.contains(promise));
            assert!(
                !forged,
                "{fault:?} {:?}: {:?}",
                places.get(fault.side, at),
                verdict.broken
            );
        }
    }
}
