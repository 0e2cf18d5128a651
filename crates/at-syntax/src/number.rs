//! Decimal numbers as nearly all lines hold them.

/// The number of one to nine digits that `bytes` begin with, and what follows it.
///
/// One look at each digit, and no number that does not fit.
#[inline]
pub(crate) fn leading(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut value = 0_u32;
    let mut rest = bytes;
    // More digits may wrap; they are sent away below.
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        value = value.wrapping_mul(10).wrapping_add(u32::from(digit - b'0'));
        rest = after;
    }
    let digits = bytes.len() - rest.len();
    (1..=9).contains(&digits).then_some((value, rest))
}
