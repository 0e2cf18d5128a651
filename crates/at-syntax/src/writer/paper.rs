//! Division as on paper, for machines whose registers hold 32 bits.
//!
//! The division of 64-bit numbers takes half a kilobyte there, and nothing else in a driver needs it.

/// How many digits `number` has. Its logarithm would take more code than all of this.
pub(super) fn len_of(number: u64) -> usize {
    let (mut len, mut left) = (1, number);
    while left > 9 {
        (left, _) = tenth(left);
        len += 1;
    }
    len
}

/// A tenth of `number`, and the last digit: 16 bits at a time.
pub(super) fn tenth(number: u64) -> (u64, u8) {
    let (mut quotient, mut rest) = (0, 0);
    for shift in [48, 32, 16, 0] {
        let part = (rest << 16) + ((number >> shift) as u32 & 0xffff);
        quotient = (quotient << 16) + u64::from(part / 10);
        rest = part % 10;
    }
    (quotient, rest as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_divides_as_the_machine_does() {
        for power in (0..20).map(|exponent| 10_u64.pow(exponent)) {
            for number in [
                0,
                1,
                power - 1,
                power,
                power + 1,
                u64::MAX - power,
                u64::MAX / power,
            ] {
                assert_eq!(
                    tenth(number),
                    (number / 10, (number % 10) as u8),
                    "{number}"
                );
                let digits = number.checked_ilog10().map_or(1, |log| log as usize + 1);
                assert_eq!(len_of(number), digits, "{number}");
            }
        }
    }
}
