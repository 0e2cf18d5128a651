//! P14 on the way to the module: what a host sends, or anybody who types.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use qmt_proto::{DataFormat, Name, RequestDialect};
use qmt_sim::hostile;
use qmt_sim::props::oracle;

use crate::streams::{damage, damaged, sizes};

/// The links of `hex` send in hex: bit 0 for link 0 and so on, bit 5 for a count in digits.
fn dialect(hex: u8) -> RequestDialect {
    let mut dialect = RequestDialect::default();
    for (link, format) in dialect.send_format.iter_mut().enumerate() {
        if hex & (1 << link) != 0 {
            *format = DataFormat::Hex;
        }
    }
    dialect.counts_digits = hex & 0x20 != 0;
    dialect
}

fn argument() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[0-4]",
        2 => select(vec![
            "0", "1", "2", "-1", "5", "60", "61", "10", "11", "100", "1460", "1461", "3600", "3601", "65535",
            "65536", "4294967295", "00000000000000000000000000000000007", "99999999999999999999999999", "+3",
        ]).prop_map(str::to_owned),
        4 => "\"[a-z0-9. /+#-]{0,4}\"",
        2 => "\"[a-z/+#é]{250,257}\"",
        1 => "\\([0-9,-]{0,5}\\)?",
        1 => "[ -~]{0,6}",
        1 => Just(String::new()),
    ]
}

/// Arguments as the commands want them, more or less.
fn arguments() -> impl Strategy<Value = String> {
    let option = select(qmt_proto::ConfigOption::ALL.to_vec());
    let config = (option, "[0-5]", vec(argument(), 0..6)).prop_map(|(option, link, values)| {
        let values: String = values
            .into_iter()
            .map(|value| format!(",{value}"))
            .collect();
        format!("\"{}\",{link}{values}", option.as_str())
    });
    let topics = ("[0-4],[0-9]{1,2}", vec("\"[a-z/+#]{1,5}\"(,[0-3])?", 0..6))
        .prop_map(|(head, topics)| format!("{head},{}", topics.join(",")));
    prop_oneof![
        3 => vec(("[ ]{0,1}", argument(), "[ ]{0,1}"), 0..7).prop_map(|all| {
            let all: Vec<String> = all.into_iter().map(|(a, b, c)| a + &b + &c).collect();
            all.join(",")
        }),
        3 => config,
        2 => topics,
        1 => "[0-4],\"[a-z]{1,9}\",[0-9]{1,6}",
        2 => "[0-4],[0-9]{1,2},[0-3],[0-2],\"[a-z/+]{1,9}\"(,[0-9]{1,4})?",
        1 => "[0-4],\"[a-z]{0,9}\"(,\"[a-z]{0,9}\"){0,3}",
    ]
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![
        9 => select(Name::ALL.to_vec()).prop_map(|name| name.to_string()),
        1 => select(Name::ALL.to_vec()).prop_map(|name| name.to_string().to_lowercase()),
        1 => "[A-Z!%./_-]{0,4}",
    ];
    let prefix = select(vec!["AT+", "at+", "AT +", " AT+", "aT+", "AT", "+"]);
    let verb = select(vec!["=", " = ", "=", "=", "=?", "?", "", "?1", "= ?"]);
    let extended = (prefix, name, verb, arguments())
        .prop_map(|(prefix, name, verb, list)| format!("{prefix}{name}{verb}{list}"));
    let basic = "(AT|at|A)([EIZei&]{0,2})[ ]{0,1}([0-2]|\"1\"|,)?";
    (
        prop_oneof![6 => extended, 1 => basic],
        select(vec!["\r", "\r\n", "\r\r", "\n", "\n\r"]),
    )
        .prop_map(|(line, end)| (line + end).into_bytes())
}

/// QMTPUB with its message on the line, rightly or wrongly counted.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![
        3 => select(hostile::payloads()),
        2 => vec(any::<u8>(), 0..9),
        3 => "([0-9A-Fa-f]{2}){0,5}".prop_map(String::into_bytes),
    ];
    let head =
        "(AT|at)\\+(QMTPUB|qmtpub)[ ]?=[0-5],[0-9]{1,2},[0-2],[01],[ ]?\"[a-z/\"]{0,6}\",[ ]?";
    (head, payload, -2_i64..3, any::<bool>(), any::<bool>()).prop_map(
        |(head, payload, off, half, quoted)| {
            let len = payload.len() as i64 / if half { 2 } else { 1 };
            let off = if off == -2 { 0 } else { off };
            let head = format!("{head}{},", (len + off).max(0));
            let quote: &[u8] = if quoted { b"\"" } else { b"" };
            [head.as_bytes(), quote, &payload, quote, b"\r"].concat()
        },
    )
}

/// Lines, damaged ones among them.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let scrap = select(vec![
        &b"\r"[..],
        b"\n",
        b"AT",
        b"AT+QMTPUB",
        b"AT+QMTPUB=",
        b"AT+QMTPUB=0,0,0,0,\"",
        b"\",",
        b"3,",
        b"\"",
        b",",
        b"1461,",
        b"99999999999,",
        b"AT+QMTPUB=1,0,0,0,\"t\",2,\"4142\"\r",
        b"\0",
        b"\x1a",
        b"=?",
        b"\xff",
    ])
    .prop_map(<[u8]>::to_vec);
    let whole = vec(prop_oneof![4 => line(), 3 => message(), 1 => scrap], 0..10);
    let damage = vec(damage(), 0..4);
    (whole, prop_oneof![2 => Just(Vec::new()), 1 => damage])
        .prop_map(|(all, damage)| damaged(all.concat(), damage))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn p14_the_reference_obeys_the_same_lines(line in line(), sizes in sizes()) {
        oracle::commands_agree(&line, &dialect(0), &sizes);
    }

    #[test]
    fn p14_the_reference_obeys_the_same_streams(stream in streams(), hex in 0_u8..64, sizes in sizes()) {
        oracle::commands_agree(&stream, &dialect(hex), &sizes);
    }
}
