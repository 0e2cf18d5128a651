//! P4 and P5: no string becomes a second command.

use proptest::prelude::*;
use qmt_sim::props::strings::{
    a_short_buffer_gives_nothing, a_string_stays_a_string, commands_with,
};

#[test]
fn p4_strings_that_look_like_syntax_stay_strings() {
    for text in [
        ",",
        ",0,1",
        "=?",
        "?",
        "a?b",
        "(0,1)",
        " ",
        " leading and trailing ",
        "+QMTPUB: 0,1,0",
        "AT+QRST=1",
        "OK",
        "'",
        "\\",
        "\\22",
        "%22",
        "日本語/温度",
        "\u{feff}x",
        "\u{2028}",
        "-1",
        "0",
    ] {
        let commands = commands_with(text);
        assert!(commands.len() >= 8, "{text:?} is refused too often");
        a_string_stays_a_string(text);
    }
    for text in [
        "a\"", "\"", "a\r", "a\n", "a\0", "\x1a", "\x1b", "\x7f", "\u{85}",
    ] {
        assert_eq!(commands_with(text), [], "{text:?}");
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "\"",
            "\r",
            "\n",
            "\r\n",
            ",",
            "\",",
            "AT+QMTPUB=0,0,0,0,\"t\",1,\"x\"",
            "+",
            "#",
            "/",
            "\0",
            "\x1a",
            "\x1b",
            "\x7f",
            "\u{85}",
            "a",
            " ",
            "(",
            ")",
            "é",
            "0",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        "[ -~]{0,30}",
        "\\PC{0,30}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn p4_any_string_is_refused_or_stays_one_string(text in hostile()) {
        a_string_stays_a_string(&text);
    }

    #[test]
    fn p5_a_short_buffer_gives_nothing_and_says_what_is_needed(text in "[a-z]{1,60}", short in 1_usize..90) {
        a_short_buffer_gives_nothing(&text, short);
    }
}
