//! S15, P6 to P11: borders, damage, borrowing.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use qmt_sim::props::ranges::NUMBERS;
use qmt_sim::props::{borrow, damage, dialect, ranges};

use crate::streams::{expects, streams};

/// Everything a number may be written as at its borders.
#[test]
fn p6_p11_every_number_is_taken_from_its_smallest_to_its_largest() {
    for (row, (_, least, most)) in NUMBERS.into_iter().enumerate() {
        for value in [
            i64::MIN,
            -1,
            least - 1,
            least,
            most,
            most + 1,
            most + 256,
            most + 65_536,
            i64::MAX,
        ] {
            ranges::a_number_is_judged_like_a_big_one(row, &value.to_string());
        }
        for value in ["x", "1x", "0x1", "1.0", "-", "(0)", "1 1", "+", "--1"] {
            ranges::a_number_is_judged_like_a_big_one(row, value);
        }
    }
}

#[test]
fn p7_every_code_keeps_its_number() {
    for code in 0..=65_536 {
        ranges::a_code_keeps_its_number(code);
    }
}

#[test]
fn p11_every_length_is_judged_by_the_table() {
    for len in 0..=300 {
        ranges::a_string_is_taken_where_the_table_has_it(&"x".repeat(len));
        // Two bytes each: the limit counts bytes.
        ranges::a_string_is_taken_where_the_table_has_it(&"é".repeat(len / 2));
    }
    for c in (0..=0x2ff).filter_map(char::from_u32) {
        ranges::a_string_is_taken_where_the_table_has_it(&format!("a{c}/b"));
    }
}

#[test]
fn p11_every_number_is_judged_by_the_table() {
    for number in (0..=3700)
        .chain((3701..=u16::MAX).step_by(257))
        .chain([u16::MAX])
    {
        ranges::a_number_is_taken_where_the_table_has_it(number);
    }
}

#[test]
fn p8_p9_every_result_comes_with_its_values() {
    for result in i8::MIN..=i8::MAX {
        for values in [
            &[][..],
            &[0],
            &[1],
            &[2],
            &[3],
            &[127],
            &[128],
            &[0, 1],
            &[2, 128, 0, 1],
            &[0; 5],
        ] {
            ranges::results_come_with_their_values(result, values);
        }
    }
}

#[test]
fn s15_no_wrong_byte_makes_another_report() {
    for (line, (text, _)) in damage::LINES.into_iter().enumerate() {
        for at in 0..text.len() {
            for byte in 0..=255 {
                damage::a_wrong_byte_makes_no_other_report(line, at, byte);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn p6_numbers_of_any_length_are_judged_like_big_ones(
        number in "[ ]{0,2}[+-]{0,2}(0{0,36}[0-9]{1,4}|[0-9 +-]{1,8}|[0-9]{1,40})[ ]{0,2}",
        row in 0..NUMBERS.len(),
    ) {
        ranges::a_number_is_judged_like_a_big_one(row, &number);
    }

    #[test]
    fn p11_every_string_is_judged_by_the_table(
        pieces in vec(prop_oneof![
            select(vec!["+", "#", "/", "a", "\"", "\r", "\n", "\0", "\u{7f}", "\u{9f}", "\u{a0}", "é", " "]).prop_map(str::to_owned),
            "\\PC{0,20}",
            "[a-z]{50,70}",
            any::<char>().prop_map(String::from),
        ], 0..6),
    ) {
        ranges::a_string_is_taken_where_the_table_has_it(&pieces.concat());
    }

    #[test]
    fn p9_results_come_with_their_values(result: i8, values in vec(any::<u8>(), 0..6)) {
        ranges::results_come_with_their_values(result, &values);
    }

    #[test]
    fn p10_what_was_read_lies_in_the_stream(stream in streams(), hex in 0_u8..64, expect in expects()) {
        borrow::what_was_read_lies_in_the_stream(&stream, dialect(hex), expect);
    }
}
