//! Decimal numbers as nearly all lines hold them.

/// The number of one to nine digits that `bytes` begin with, and how many they are; 0 if there is
/// none, or there are more.
///
/// One look at each digit. Three multiplications on eight bytes at once were no better: most
/// numbers have one to four digits.
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
#[cfg(target_pointer_width = "64")]
#[inline]
pub(crate) fn before_comma(bytes: &[u8]) -> Option<(u32, &[u8])> {
    // At most five digits, unrolled: no counter and no length to check.
    if let Some(chunk) = bytes.first_chunk::<6>() {
        let mut value = 0;
        for (len, byte) in chunk.iter().enumerate() {
            match byte {
                b'0'..=b'9' => value = value * 10 + u32::from(byte - b'0'),
                b',' if len > 0 => return Some((value, bytes.get(len + 1..)?)),
                _ => break,
            }
        }
    }
    let (value, len) = leading(bytes);
    match bytes.split_at_checked(len)? {
        ([_, ..], [b',', rest @ ..]) => Some((value, rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn numbers_of_any_length_end_at_any_stranger() {
        for number in (0..2_000).chain([9_999, 10_000, 65_535, 1_234_567, 12_345_678, 999_999_999])
        {
            for stranger in 0..=255_u8 {
                let mut line = std::format!("{number}").into_bytes();
                let len = line.len();
                if !stranger.is_ascii_digit() {
                    line.push(stranger);
                }
                for rest in [&b""[..], b"0", b"12345678"] {
                    if stranger.is_ascii_digit() && !rest.is_empty() {
                        continue;
                    }
                    let line = [&line, rest].concat();
                    assert_eq!(leading(&line), (number, len), "{line:?}");
                }
            }
        }
    }

    #[test]
    fn zeros_in_front_count_as_digits_and_ten_digits_are_too_many() {
        assert_eq!(leading(b"000000007,"), (7, 9));
        assert_eq!(leading(b"0012,5678"), (12, 4));
        assert_eq!(leading(b"1234567890").1, 0);
        assert_eq!(leading(b"x1").1, 0);
        assert_eq!(leading(b"").1, 0);
    }

    #[cfg(target_pointer_width = "64")]
    #[cfg(target_pointer_width = "64")]
    #[test]
    fn a_number_before_a_comma_is_told_with_what_follows_the_comma() {
        for number in [
            0,
            7,
            10,
            42,
            305,
            1_460,
            9_876,
            65_535,
            123_456,
            999_999_999,
        ] {
            for rest in ["", "x", "1,", "\"t\",3", "12345678"] {
                let line = std::format!("{number},{rest}");
                let found = before_comma(line.as_bytes());
                assert_eq!(found, Some((number, rest.as_bytes())), "{line}");
            }
        }
        for line in [
            "",
            ",",
            ",1,2,3,4",
            "1",
            "12345678",
            "1x,3456",
            "-1,3456",
            "1234567890,",
        ] {
            assert_eq!(before_comma(line.as_bytes()), None, "{line}");
        }
    }
}
