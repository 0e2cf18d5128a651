//! S1, S2, S5 to S14, S16 and P14 on random streams.

use proptest::collection::vec;
use proptest::prelude::*;
use qmt_sim::props::{dialect, framing, opacity, oracle, recovery};

use crate::streams::{expects, line, payloads, sizes, streams};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn p14_the_reference_hears_the_same_frames(
        stream in streams(), hex in 0_u8..64, prompts in 0_usize..3, sizes in sizes(),
    ) {
        oracle::frames_agree(&stream, dialect(hex), prompts, &sizes);
    }

    #[test]
    fn p14_the_reference_understands_the_same(
        stream in streams(), hex in 0_u8..64, prompts in 0_usize..3, expect in expects(),
    ) {
        oracle::meanings_agree(&stream, dialect(hex), prompts, expect);
    }

    #[test]
    fn p14_the_reference_understands_lines_the_same(lines in vec(line(), 1..8), expect in expects()) {
        oracle::meanings_agree(&lines.concat(), dialect(0), 0, expect);
    }

    #[test]
    fn s1_cutting_does_not_matter(
        stream in streams(), hex in 0_u8..64, prompts in 0_usize..3, sizes in sizes(),
    ) {
        framing::cutting_does_not_matter(&stream, dialect(hex), prompts, &sizes);
    }

    #[test]
    fn s2_s14_no_order_of_calls_panics_and_places_are_in_order(
        steps in vec((any::<u8>(), streams()), 0..20), hex in 0_u8..64, prompts in 0_usize..3,
    ) {
        framing::places_are_in_order(&steps, dialect(hex), prompts);
    }

    #[test]
    fn s5_s16_a_payload_is_opaque(
        topic in "[^\\p{Cc}\",]{0,40}(\"[^\\p{Cc}\",]{1,9}){0,3}", payload in payloads(), hex: bool, sizes in sizes(),
    ) {
        opacity::a_payload_is_opaque(topic.as_bytes(), &payload, hex, &sizes);
    }

    #[test]
    fn s6_s7_a_message_harms_no_neighbour(
        before in streams(), payload in payloads(), twin: u8, after in streams(), hex: bool, sizes in sizes(),
    ) {
        opacity::neighbours_are_unharmed(&before, &payload, twin, &after, hex, &sizes);
    }

    #[test]
    fn s8_a_prompt_is_heard_while_it_is_awaited_only(stream in streams(), hex in 0_u8..64, sizes in sizes()) {
        framing::prompts_are_awaited(&stream, dialect(hex), &sizes);
    }

    #[test]
    fn s9_clean_lines_are_heard_again_within_a_frames_length(garbage in streams(), sizes in sizes()) {
        recovery::clean_lines_are_heard_again(&garbage, &sizes);
    }

    #[test]
    fn s10_silence_is_a_line_boundary(garbage in streams(), hex in 0_u8..64, sizes in sizes()) {
        recovery::silence_is_a_line_boundary(&garbage, dialect(hex), &sizes);
    }

    #[test]
    fn s11_a_line_too_long_is_reported_once(
        fill in any::<u8>().prop_filter("no line end", |b| !b"\r\n".contains(b)), len in 0_usize..8192, sizes in sizes(),
    ) {
        recovery::a_line_too_long_is_reported_once(fill, len, &sizes);
    }

    #[test]
    fn s12_a_line_error_taints_one_frame(before in streams(), rest in streams(), sizes in sizes()) {
        recovery::a_line_error_taints_one_frame(&before, &rest, &sizes);
    }

    #[test]
    fn s13_a_frame_needs_a_line_end(stream in streams(), hex in 0_u8..64, sizes in sizes()) {
        framing::a_frame_needs_a_line_end(&stream, dialect(hex), &sizes);
    }
}

/// S1: every cutting of short transcripts.
#[test]
fn s1_no_cutting_of_a_short_transcript_matters() {
    for stream in [
        &b"\r\n> \r\nOK\r\n"[..],
        b"+QMTSTAT: 0,1\r\n",
        b"\r\r\n>\r\r\nERROR\n",
    ] {
        for prompts in 0..=1 {
            framing::no_cutting_matters(stream, dialect(0b10), prompts);
        }
    }
}
