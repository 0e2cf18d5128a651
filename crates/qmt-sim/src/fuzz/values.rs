//! Targets of values, strings and secrets.

use qmt_modem::Quirks;
use qmt_proto::{Expect, MsgId, limits};

use super::Input;
use crate::props::damage::{self, LINES};
use crate::props::ranges::{self, NUMBERS};
use crate::props::values::{self, Parts};
use crate::props::{quirks, secrets, shown, strings};

/// P1 to P3, P6 to P9, P12, S15.
pub(super) fn proto_roundtrip(input: &[u8]) {
    let mut input = Input::new(input);
    match input.below(10) {
        0 => values::commands_survive(&parts(&mut input)),
        1 => values::reports_survive(&parts(&mut input)),
        2 => {
            let (name, expect) = (input.name(), input.expect());
            // An answer to a read names what was read.
            let expect = match expect {
                Expect::Read(_) => Expect::Read(name),
                other => other,
            };
            let mut args = String::from_utf8_lossy(input.rest()).into_owned();
            args.retain(|c| !c.is_control());
            values::what_was_read_survives(name, &args, expect);
        }
        3 => {
            let (lower, odd) = (input.flag(), input.below(256));
            values::hex_survives(input.rest(), lower, odd);
        }
        4 => {
            let (at, stranger) = (input.below(256), input.byte());
            let digits: Vec<u8> = input
                .rest()
                .iter()
                .map(|b| b"0123456789abcdefABCDEF"[usize::from(*b) % 22])
                .collect();
            if digits.len() >= 2 && !stranger.is_ascii_hexdigit() {
                values::a_stranger_among_digits_is_found(&digits, at % digits.len(), stranger);
            }
        }
        5 => {
            let (line, at) = (input.below(LINES.len()), input.below(256));
            damage::a_wrong_byte_makes_no_other_report(line, at, input.byte());
        }
        6 => {
            let row = input.below(NUMBERS.len());
            let mut number = String::from_utf8_lossy(input.rest()).into_owned();
            number.retain(|c| c.is_ascii_digit() || "+- ".contains(c));
            number.truncate(40);
            ranges::a_number_is_judged_like_a_big_one(row, &number);
        }
        7 => ranges::a_code_keeps_its_number(input.long()),
        8 => {
            let result = input.byte().cast_signed();
            let values = input.rest();
            ranges::results_come_with_their_values(result, values.get(..8).unwrap_or(values));
        }
        _ => {
            let set = input.number() % Quirks::SETS;
            let payload = input.rest();
            let payload = payload.get(..limits::PAYLOAD).unwrap_or(payload);
            quirks::every_set_of_quirks_says_the_same([set], payload);
        }
    }
}

/// P4, P5, P11, S17.
pub(super) fn cmd_inject(input: &[u8]) {
    let mut input = Input::new(input);
    let short = input.byte();
    let text = String::from_utf8_lossy(input.rest());
    strings::a_string_stays_a_string(&text);
    strings::a_short_buffer_gives_nothing(&text, 1 + usize::from(short));
    ranges::a_string_is_taken_where_the_table_has_it(&text);
    shown::what_is_wrong_with_a_string_can_be_shown(&text);
}

/// P13.
pub(super) fn redact(input: &[u8]) {
    // Letters that no name of ours has four of in a row.
    const LETTERS: &[u8; 8] = b"QXZqxz7X";
    let mut input = Input::new(input);
    let secrets = [(); 5].map(|()| {
        let len = 8 + input.below(9);
        let letter = |_| char::from(LETTERS[input.below(LETTERS.len())]);
        (0..len).map(letter).collect()
    });
    secrets::secrets_stay_hidden(&secrets);
}

fn parts(input: &mut Input<'_>) -> Parts {
    Parts {
        link: input.link(),
        id: MsgId::new(input.number().max(1)).expect("not 0"),
        level: input.byte() % 3,
        flag: input.flag(),
        byte: input.byte(),
        signed: input.byte().cast_signed(),
        number: input.number(),
        rate: input.long(),
        topics: (0..4).map(|_| input.legal_text("t")).collect(),
        texts: (0..4).map(|_| input.legal_text("x")).collect(),
        values: {
            let values = input.bytes();
            values.get(..4).unwrap_or(values).to_vec()
        },
        payload: {
            let payload = input.rest();
            payload.get(..limits::PAYLOAD).unwrap_or(payload).to_vec()
        },
    }
}
