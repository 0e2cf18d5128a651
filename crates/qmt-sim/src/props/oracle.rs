//! P14: the parser and the reference agree on every stream, however it is cut.

use qmt_proto::{Expect, ResponseDialect};

use super::{Ear, ear::understood};
use crate::reference;

/// Frames, in pieces of `sizes`, are those of the reference (P14, S1).
///
/// # Panics
/// When they are not.
pub fn frames_agree(stream: &[u8], dialect: ResponseDialect, prompts: usize, sizes: &[usize]) {
    let expected = reference::pieces(stream, &dialect, prompts);
    for sizes in [&[][..], &[1], sizes] {
        let mut ear = Ear::new(stream.len() + 1, dialect, prompts);
        ear.feed_in(stream, sizes);
        assert_eq!(
            ear.pieces(),
            expected,
            "in {sizes:?}: {}",
            stream.escape_ascii()
        );
    }
}

/// Every frame means what the reference says (P14, P6, P7, P9).
///
/// # Panics
/// When one does not.
pub fn meanings_agree(stream: &[u8], dialect: ResponseDialect, prompts: usize, expect: Expect) {
    let expected = reference::meanings(stream, &dialect, prompts, expect);
    let found = understood(stream, dialect, prompts, expect);
    assert_eq!(
        found,
        expected,
        "awaiting {expect:?}: {}",
        stream.escape_ascii()
    );
}
