//! P4, P5 and P13: no string becomes a second command, no secret is shown.

use proptest::prelude::*;
use qmt_sim::props::secrets;
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

/// A property that finds nothing must be able to find something.
#[test]
fn p13_what_is_shown_is_found() {
    let canaries = ["QxZ7QxZ7", "ZZXXqq77", "x7x7x7x7", "qqqqXXXX", "Z7Z7q7q7"].map(str::to_owned);
    for shown in ["a Z7Qx b", "5a375178", "[90, 55, 81, 120]", "xFo3UXha"] {
        let found = std::panic::catch_unwind(|| secrets::shows_nothing(shown, &canaries));
        assert!(found.is_err(), "{shown}");
    }
    secrets::shows_nothing("nothing to see, 3 of *** at 17", &canaries);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// RELIABILITY H5.
    #[test]
    fn p4_any_string_is_refused_or_stays_one_string(text in hostile()) {
        a_string_stays_a_string(&text);
    }

    #[test]
    fn p5_a_short_buffer_gives_nothing_and_says_what_is_needed(text in "[a-z]{1,60}", short in 1_usize..90) {
        a_short_buffer_gives_nothing(&text, short);
    }
}

proptest! {
    // Every window of every canary is looked for in every sink: few cases are many looks.
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// RELIABILITY H10.
    #[test]
    fn p13_secrets_stay_hidden(canaries in prop::array::uniform5("[QXZqxz7]{8,16}")) {
        secrets::secrets_stay_hidden(&canaries);
    }
}
