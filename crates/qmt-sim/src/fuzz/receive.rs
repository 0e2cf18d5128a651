//! Targets of the receive path.

use qmt_proto::limits;

use super::Input;
use crate::props::{borrow, framing, opacity, oracle, recovery, shown};

/// S1, S2, S8 to S10, S12 to S14.
pub(super) fn tok_bytes(input: &[u8]) {
    let mut input = Input::new(input);
    let property = input.below(7);
    let dialect = input.dialect();
    let prompts = input.below(4);
    let sizes = input.sizes();
    match property {
        0 => framing::cutting_does_not_matter(input.rest(), dialect, prompts, &sizes),
        1 => framing::prompts_are_awaited(input.rest(), dialect, &sizes),
        2 => framing::a_frame_needs_a_line_end(input.rest(), dialect, &sizes),
        3 => recovery::clean_lines_are_heard_again(input.rest(), &sizes),
        4 => recovery::silence_is_a_line_boundary(input.rest(), dialect, &sizes),
        5 => recovery::a_line_error_taints_one_frame(input.bytes(), input.rest(), &sizes),
        _ => {
            let mut steps = Vec::new();
            while !input.is_empty() {
                steps.push((input.byte(), input.bytes().to_vec()));
            }
            framing::places_are_in_order(&steps, dialect, prompts);
        }
    }
}

/// S5 to S7, S16.
pub(super) fn recv_opaque(input: &[u8]) {
    let mut input = Input::new(input);
    let flags = input.byte();
    let (hex, neighbours) = (flags & 1 != 0, flags & 2 != 0);
    let sizes = input.sizes();
    if neighbours {
        let (before, twin, after) = (input.bytes(), input.byte(), input.bytes());
        let payload = cut(input.rest());
        opacity::neighbours_are_unharmed(before, payload, twin, after, hex, &sizes);
    } else {
        // A topic may hold all but control bytes and its own end.
        let mut topic = input.text();
        topic.retain(|c| !c.is_control() && c != ',');
        opacity::a_payload_is_opaque(topic.as_bytes(), cut(input.rest()), hex, &sizes);
    }
}

/// P10, P14, S17: the reference parser agrees, on frames and on what they mean.
pub(super) fn diff_ref(input: &[u8]) {
    let mut input = Input::new(input);
    let dialect = input.dialect();
    let prompts = input.below(4);
    let sizes = input.sizes();
    let expect = input.expect();
    let stream = input.rest();
    oracle::frames_agree(stream, dialect, prompts, &sizes);
    oracle::meanings_agree(stream, dialect, prompts, expect);
    borrow::what_was_read_lies_in_the_stream(stream, dialect, expect);
    shown::what_is_heard_can_be_shown(stream, dialect, prompts, expect);
}

/// As much of a payload as the note allows.
fn cut(payload: &[u8]) -> &[u8] {
    payload.get(..limits::PAYLOAD).unwrap_or(payload)
}
