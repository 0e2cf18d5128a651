//! P1 to P3 and P12 on random values.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use qmt_proto::{ConfigOption, Expect, LinkId, MsgId, Name};
use qmt_sim::hostile;
use qmt_sim::props::quirks;
use qmt_sim::props::values::{self, Parts};

fn parts() -> impl Strategy<Value = Parts> {
    let numbers = (0..5_usize, 1..=u16::MAX, 0..3_u8, any::<bool>());
    let more = (any::<u8>(), any::<i8>(), any::<u16>(), any::<u32>());
    let strings = (
        vec("[^\\p{Cc}\"+#]{1,64}", 4),
        vec("[^\\p{Cc}\"]{1,16}", 4),
        vec(any::<u8>(), 0..200),
        vec(any::<u8>(), 0..=4),
    );
    (numbers, more, strings).prop_map(|(numbers, more, strings)| Parts {
        link: LinkId::ALL[numbers.0],
        id: MsgId::new(numbers.1).unwrap(),
        level: numbers.2,
        flag: numbers.3,
        byte: more.0,
        signed: more.1,
        number: more.2,
        rate: more.3,
        topics: strings.0,
        texts: strings.1,
        payload: strings.2,
        values: strings.3,
    })
}

/// P3: all 512 sets of RELIABILITY §2.5, each with a payload of its own from among the hostile ones.
#[test]
fn p3_every_set_of_quirks_says_the_same() {
    let payloads = hostile::payloads();
    for (at, payload) in payloads.iter().enumerate() {
        let mine = |set: &u16| usize::from(*set) % payloads.len() == at;
        let sets = (0..qmt_modem::Quirks::SETS).filter(mine);
        quirks::every_set_of_quirks_says_the_same(sets, payload);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn p1_a_module_reads_the_command_a_host_wrote(parts in parts()) {
        values::commands_survive(&parts);
    }

    #[test]
    fn p3_a_host_reads_the_report_a_module_printed(parts in parts()) {
        values::reports_survive(&parts);
    }

    #[test]
    fn p2_what_was_read_survives_being_written(
        name in select(Name::ALL.to_vec()),
        args in "(([-+]?[0-9]{1,6}|\"[a-z0-9 ]{0,6}\"|\\([0-9,-]{0,5}\\)|)[ ]?,[ ]?){0,6}([0-9]{1,3})?",
        asked: bool,
        option in select(ConfigOption::ALL.to_vec()),
    ) {
        let expect = match (asked, name) {
            (false, _) => Expect::Nothing,
            (true, Name::Cfg) => Expect::Config(option),
            (true, name) => Expect::Read(name),
        };
        values::what_was_read_survives(name, &args, expect);
    }

    #[test]
    fn p12_hex_gives_back_its_bytes(bytes in vec(any::<u8>(), 0..300), lower: bool, odd: usize) {
        values::hex_survives(&bytes, lower, odd);
    }

    #[test]
    fn p12_a_stranger_among_hex_digits_is_found(
        digits in vec(select(b"0123456789abcdefABCDEF".to_vec()), 2..60),
        at in any::<Index>(),
        stranger in any::<u8>().prop_filter("no digit", |b| !b.is_ascii_hexdigit()),
    ) {
        values::a_stranger_among_digits_is_found(&digits, at.index(digits.len()), stranger);
    }
}
