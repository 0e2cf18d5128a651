//! Finding the first byte of a kind, eight bytes at a time where a register holds as many.
//!
//! A word is eight bytes side by side. Subtracting `n` from each of them sets the top bit of those
//! below `n`, and so does subtracting 1 of those that an exclusive or has made 0. A borrow can set
//! further bits, but only above a true one, and the lowest bit is what is asked for.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);

/// Offset of the first `wanted`.
#[inline]
pub(crate) fn byte(bytes: &[u8], wanted: u8) -> Option<usize> {
    first(bytes, |word| equal(word, wanted), |b| b == wanted)
}

/// Offset of the first byte that is `wanted`, a control character, or below `floor`, which is at most
/// 0x80.
#[inline]
pub(crate) fn control_or(bytes: &[u8], wanted: u8, floor: u8) -> Option<usize> {
    first(
        bytes,
        |word| below(word, floor) | equal(word, wanted) | delete(word),
        |b| b == wanted || b < floor || b == b'\x7f',
    )
}

/// Offset of the first byte that is a double quote or a control character.
#[cfg(target_pointer_width = "64")]
#[inline]
pub(crate) fn quote_or_control(bytes: &[u8]) -> Option<usize> {
    first(
        bytes,
        // Exchanging 0x20 with 0x22 puts the quote next to the control characters.
        |word| below(word ^ (ONES * 2), b' ' + 1) | delete(word),
        |b| b == b'"' || b.is_ascii_control(),
    )
}

/// Offset of the first byte below `FLOOR` or above `~`, which takes the fewest steps of all.
///
/// For whoever expects one byte of this class to come first, and can look again if it is another.
#[cfg(target_pointer_width = "64")]
#[inline]
pub(crate) fn outside<const FLOOR: u8>(bytes: &[u8]) -> Option<usize> {
    first(
        bytes,
        |word| (word.wrapping_sub(ONES * FLOOR as u64) | word.wrapping_add(ONES)) & TOPS,
        |b| !(FLOOR..=b'~').contains(&b),
    )
}

/// Length of the string that ends at the first `",` in `bytes`; `None` if there is none, or a
/// control character before it.
#[cfg(target_pointer_width = "64")]
#[inline(never)]
pub(crate) fn quoted(bytes: &[u8]) -> Option<usize> {
    let mut len = 0;
    loop {
        len += quote_or_control(bytes.get(len..)?)?;
        match bytes.get(len..)? {
            [b'"', b',', ..] => return Some(len),
            [b'"', ..] => len += 1,
            _ => return None,
        }
    }
}

/// How many capital letters `bytes` begin with.
#[cfg(target_pointer_width = "64")]
#[inline]
pub(crate) fn capitals(bytes: &[u8]) -> usize {
    let stranger = first(
        bytes,
        |word| {
            // Of seven bits, so that no byte carries into the next.
            let low = word & !TOPS;
            let from_a = low + ONES * (0x80 - b'A' as u64);
            let above_z = low + ONES * (0x7f - b'Z' as u64);
            (!from_a | above_z | word) & TOPS
        },
        |b| !b.is_ascii_uppercase(),
    );
    stranger.unwrap_or(bytes.len())
}

/// Offset of the first byte that is no hex digit.
#[inline(never)]
pub(crate) fn not_hex(bytes: &[u8]) -> Option<usize> {
    // Without a way out in the middle, this pass is many bytes at a time.
    #[cfg(target_pointer_width = "64")]
    if !bytes
        .iter()
        .fold(false, |found, b| found | !b.is_ascii_hexdigit())
    {
        return None;
    }
    bytes.iter().position(|b| !b.is_ascii_hexdigit())
}

/// `bytes` without the blanks at its start.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn trim_start(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_start()
}

/// `bytes` without the blanks at its end.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn trim_end(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_end()
}

/// Top bits of the bytes below `n`, which is at most 0x80.
const fn below(word: u64, n: u8) -> u64 {
    word.wrapping_sub(ONES * n as u64) & !word & TOPS
}

/// Top bits of the bytes that are 0x7f, the last of the control characters.
const fn delete(word: u64) -> u64 {
    (word & !TOPS).wrapping_add(ONES) & !word & TOPS
}

/// Top bits of the bytes equal to `wanted`.
const fn equal(word: u64, wanted: u8) -> u64 {
    below(word ^ (ONES * wanted as u64), 1)
}

#[cfg(target_pointer_width = "64")]
#[inline]
fn first(bytes: &[u8], hits: impl Fn(u64) -> u64, is_hit: impl Fn(u8) -> bool) -> Option<usize> {
    let (words, rest) = bytes.as_chunks();
    let mut at = 0;
    for word in words {
        let hits = hits(u64::from_le_bytes(*word));
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    if let (1.., Some(last)) = (rest.len(), bytes.last_chunk()) {
        // The rest, and before it what holds no hit.
        let hits = hits(u64::from_le_bytes(*last));
        let found = hits.trailing_zeros() as usize / 8;
        return (hits != 0).then_some(bytes.len() - last.len() + found);
    }
    rest.iter().position(|&b| is_hit(b))
}

/// Where a word does not fit a register, as on microcontrollers, words take five times the flash of
/// single bytes and are hardly faster.
#[cfg(not(target_pointer_width = "64"))]
#[inline]
fn first(bytes: &[u8], _: impl Fn(u64) -> u64, is_hit: impl Fn(u8) -> bool) -> Option<usize> {
    bytes.iter().position(|&b| is_hit(b))
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn every_byte_is_found_at_every_place_and_nowhere_else() {
        for hit in 0..=255_u8 {
            for len in 0..20 {
                for at in 0..=len {
                    // What follows a hit must not matter, not even what a borrow would touch.
                    let mut bytes = [b'x'; 20];
                    bytes[at..].fill(hit.wrapping_add(1));
                    bytes[at] = hit;
                    let bytes = &bytes[..len];
                    let slow = |is: &dyn Fn(u8) -> bool| bytes.iter().position(|&b| is(b));
                    assert_eq!(byte(bytes, b'\n'), slow(&|b| b == b'\n'));
                    for wanted in [b':', b' ', b'\x7f'] {
                        assert_eq!(
                            control_or(bytes, wanted, b'!'),
                            slow(&|b| b == wanted || b == b' ' || b.is_ascii_control())
                        );
                    }
                    #[cfg(target_pointer_width = "64")]
                    {
                        let capitals_slow = slow(&|b| !b.is_ascii_uppercase());
                        assert_eq!(capitals(bytes), capitals_slow.unwrap_or(len));
                        assert_eq!(
                            outside::<b' '>(bytes),
                            slow(&|b| !(b' '..=b'~').contains(&b))
                        );
                        assert_eq!(
                            outside::<b'#'>(bytes),
                            slow(&|b| !(b'#'..=b'~').contains(&b))
                        );
                        assert_eq!(
                            quote_or_control(bytes),
                            slow(&|b| b == b'"' || b.is_ascii_control())
                        );
                    }
                }
            }
        }
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn a_string_ends_at_the_first_quote_with_a_comma() {
        for text in [
            "",
            "a",
            "a\"b",
            "\"",
            "a,b",
            "with\"seven\"quotes\"\"\"\"\"in all",
            "\u{e9}",
        ] {
            for rest in ["", "1", "\",\"", "\r\n"] {
                let line = [text, "\",", rest].concat();
                assert_eq!(quoted(line.as_bytes()), Some(text.len()), "{line:?}");
            }
        }
        for line in ["", "a", "a\"", "a\r\",", "\0\",", "a\"\n,"] {
            assert_eq!(quoted(line.as_bytes()), None, "{line:?}");
        }
    }
}
