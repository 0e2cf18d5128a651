//! S1, S2, S8, S13, S14: what holds for frames of any stream.

use qmt_proto::{ResponseDialect, limits};

use super::Ear;
use crate::reference::Piece;

/// S1: cutting does not matter. A buffer of the stated capacity, so that overflows count too.
///
/// # Panics
/// When the frames depend on `sizes`.
pub fn cutting_does_not_matter(
    stream: &[u8],
    dialect: ResponseDialect,
    prompts: usize,
    sizes: &[usize],
) {
    let mut bytewise = Ear::new(limits::TEXT_FRAME, dialect, prompts);
    bytewise.feed_in(stream, &[1]);
    for sizes in [&[][..], sizes] {
        let mut ear = Ear::new(limits::TEXT_FRAME, dialect, prompts);
        ear.feed_in(stream, sizes);
        assert_eq!(
            ear.pieces(),
            bytewise.pieces(),
            "in {sizes:?}: {}",
            stream.escape_ascii()
        );
    }
}

/// S1: all 2^(n-1) cuttings of a stream of n bytes, and the reference. Gives their number.
///
/// # Panics
/// When one of them makes a difference, or the stream is longer than 26 bytes.
pub fn no_cutting_matters(stream: &[u8], dialect: ResponseDialect, prompts: usize) -> u64 {
    assert!(stream.len() <= 26, "too many cuttings");
    let expected = crate::reference::pieces(stream, &dialect, prompts);
    let cuttings = 1_u64 << stream.len().saturating_sub(1);
    for cutting in 0..cuttings {
        let mut ear = Ear::new(64, dialect, prompts);
        let mut from = 0;
        for to in 1..=stream.len() {
            if to == stream.len() || cutting & (1 << (to - 1)) != 0 {
                ear.feed(&stream[from..to]);
                from = to;
            }
        }
        assert_eq!(
            ear.pieces(),
            expected,
            "cutting {cutting:b} of {}",
            stream.escape_ascii()
        );
    }
    cuttings
}

/// S2, S14: no order of calls panics; places are in order and inside the stream.
///
/// # Panics
/// When they are not.
pub fn places_are_in_order(steps: &[(u8, Vec<u8>)], dialect: ResponseDialect, prompts: usize) {
    let mut ear = Ear::new(limits::TEXT_FRAME, dialect, prompts);
    let mut fed = 0;
    for (what, bytes) in steps {
        match what % 8 {
            0 => ear.silence(),
            1 => ear.line_error(),
            _ => {
                ear.feed(bytes);
                fed += bytes.len();
            }
        }
    }
    let mut end = 0;
    for heard in &ear.heard {
        let (from, to) = heard.place;
        assert!(end <= from && from <= to && to <= fed, "{heard:?}");
        end = to;
    }
}

/// S8: no prompt unless awaited, no more than awaited, and only at the start of a line.
///
/// # Panics
/// When there is another.
pub fn prompts_are_awaited(stream: &[u8], dialect: ResponseDialect, sizes: &[usize]) {
    let mut deaf = Ear::new(limits::TEXT_FRAME, dialect, 0);
    deaf.feed_in(stream, sizes);
    assert!(!deaf.pieces().contains(&Piece::Prompt));

    let mut ear = Ear::new(limits::TEXT_FRAME, dialect, 1);
    ear.feed_in(stream, sizes);
    let mut prompts = ear.heard.iter().filter(|h| h.piece == Piece::Prompt);
    if let Some(prompt) = prompts.next() {
        let (_, end) = prompt.place;
        assert_eq!(stream[end - 1], b'>');
        let before = &stream[..end - 1];
        assert!(before.last().is_none_or(|b| b"\r\n".contains(b)));
    }
    assert_eq!(prompts.next(), None, "a second prompt");
}

/// S13: without a line end there is no frame but a violation.
///
/// # Panics
/// When there is one. Only LF ends a line; a CR alone does once silence has followed.
pub fn a_frame_needs_a_line_end(stream: &[u8], dialect: ResponseDialect, sizes: &[usize]) {
    let endless: Vec<u8> = stream.iter().copied().filter(|&b| b != b'\n').collect();
    let mut ear = Ear::new(endless.len() + 1, dialect, 0);
    ear.feed_in(&endless, sizes);
    let pieces = ear.pieces();
    let broken = |piece: &Piece| matches!(piece, Piece::Violation(_));
    assert!(pieces.iter().all(broken), "{pieces:?}");
}
