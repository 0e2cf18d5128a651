//! S9 to S12: after anything at all, clean lines are heard again.

use at_syntax::Violation;
use qmt_proto::{ResponseDialect, limits};

use super::Ear;
use crate::reference::Piece;

const CLEAN: &[u8] = b"\r\n+CSQ: 20,0\r\n";
const LAST: &[u8] = b"\r\n+QMTPUB: 4,0,0\r\n";

/// S9: within 2,048 bytes of clean lines after `garbage`, the next line is heard. In text; a
/// frame in hex may be longer, and swallow more.
///
/// # Panics
/// When it is not.
pub fn clean_lines_are_heard_again(garbage: &[u8], sizes: &[usize]) {
    let mut ear = Ear::new(limits::TEXT_FRAME, ResponseDialect::default(), 0);
    ear.feed_in(garbage, sizes);
    ear.feed_in(&CLEAN.repeat(2048_usize.div_ceil(CLEAN.len())), sizes);
    ear.feed(LAST);
    assert_eq!(
        ear.pieces().last(),
        Some(&Piece::Line(b"+QMTPUB: 4,0,0".to_vec()))
    );
}

/// S10: silence ends a frame. The cut frame is reported once, the next line is heard.
///
/// # Panics
/// When it is not.
pub fn silence_is_a_line_boundary(garbage: &[u8], dialect: ResponseDialect, sizes: &[usize]) {
    let mut ear = Ear::new(limits::HEX_FRAME, dialect, 0);
    ear.feed_in(garbage, sizes);
    let (mid, before) = (ear.is_mid_frame(), ear.heard.len());
    ear.silence();
    assert!(!ear.is_mid_frame());
    let reported = ear.pieces().split_off(before);
    assert!(reported.len() <= usize::from(mid), "{reported:?}");
    if !garbage.ends_with(b"\r") {
        let truncated = Piece::Violation(Violation::Truncated);
        assert!(reported.iter().all(|piece| *piece == truncated));
    }
    ear.silence();
    ear.feed(b"\r\nOK\r\n");
    let then = ear.pieces().split_off(before + reported.len());
    assert_eq!(then, [Piece::Line(b"OK".to_vec())]);
}

/// S11: a line longer than the buffer is one overflow, and nothing else up to its end.
///
/// # Panics
/// When it is something else.
pub fn a_line_too_long_is_reported_once(fill: u8, len: usize, sizes: &[usize]) {
    assert!(!b"\r\n".contains(&fill), "a line end ends a line");
    let mut ear = Ear::new(limits::TEXT_FRAME, ResponseDialect::default(), 0);
    let len = len.max(limits::TEXT_FRAME);
    ear.feed_in(&vec![fill; len], sizes);
    let overflow = Piece::Violation(Violation::Overflow);
    assert_eq!(ear.pieces(), core::slice::from_ref(&overflow));
    ear.feed_in(b"+QMTPUB: 0,1,0\r\n\r\nOK\r\n", sizes);
    assert_eq!(ear.pieces(), [overflow, Piece::Line(b"OK".to_vec())]);
}

/// S12: after a line error nothing of the frame is heard, and the next line is.
///
/// # Panics
/// When it is not.
pub fn a_line_error_taints_one_frame(before: &[u8], rest: &[u8], sizes: &[usize]) {
    let mut ear = Ear::new(limits::TEXT_FRAME, ResponseDialect::default(), 0);
    ear.feed_in(before, sizes);
    ear.line_error();
    let heard = ear.heard.len();
    let rest: Vec<u8> = rest.iter().copied().filter(|&b| b != b'\n').collect();
    ear.feed_in(&rest, sizes);
    assert_eq!(ear.heard.len(), heard, "part of a tainted frame");
    ear.feed_in(b"\n\r\nOK\r\n", sizes);
    let then = ear.pieces().split_off(heard);
    assert_eq!(then, [Piece::Line(b"OK".to_vec())]);
}
