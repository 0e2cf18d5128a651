//! Decimal numbers as nearly all lines hold them.

/// The number of one to nine digits that `bytes` begin with, and how many they are; 0 if there is
/// none, or there are more.
///
/// One look at each digit, and no number that does not fit.
#[inline]
pub(crate) fn leading(bytes: &[u8]) -> (u32, usize) {
    let mut value = 0_u32;
    let mut len = 0;
    for &byte in bytes {
        let digit = u32::from(byte).wrapping_sub(u32::from(b'0'));
        if digit > 9 {
            break;
        }
        // More digits may wrap; they are sent away below.
        value = value.wrapping_mul(10).wrapping_add(digit);
        len += 1;
    }
    (value, if len > 9 { 0 } else { len })
}

/// The number of one to nine digits with a comma after it that `bytes` begin with, and what
/// follows.
#[inline]
pub(crate) fn before_comma(bytes: &[u8]) -> Option<(u32, &[u8])> {
    if let [digit @ b'0'..=b'9', b',', rest @ ..] = bytes {
        return Some((u32::from(digit - b'0'), rest));
    }
    let (value, len) = leading(bytes);
    match bytes.split_at_checked(len)? {
        ([_, ..], [b',', rest @ ..]) => Some((value, rest)),
        _ => None,
    }
}
