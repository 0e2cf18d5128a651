//! Streams worth trying: lines made by the grammar, damaged ones, hostile payloads, and noise.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use qmt_proto::{ConfigOption, Expect, Name, limits};
use qmt_sim::hostile;

/// Reads of anything, cut anyhow.
pub(crate) fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        vec(1_usize..9, 1..12),
        vec(1_usize..300, 1..4),
        Just(vec![64]),
        Just(vec![7]),
    ]
}

/// What the module may be answering.
pub(crate) fn expects() -> impl Strategy<Value = Expect> {
    let name = || select(Name::ALL.to_vec());
    prop_oneof![
        3 => Just(Expect::Nothing),
        3 => name().prop_map(Expect::Read),
        1 => name().prop_map(Expect::Test),
        3 => select(ConfigOption::ALL.to_vec()).prop_map(Expect::Config),
    ]
}

/// Payloads as long as they may be, hostile ones among them.
pub(crate) fn payloads() -> impl Strategy<Value = Vec<u8>> {
    let hostile = vec(select(hostile::payloads()), 0..5).prop_map(|all| all.concat());
    prop_oneof![
        hostile,
        vec(any::<u8>(), 0..=limits::PAYLOAD),
        vec(any::<u8>(), 0..4)
    ]
    .prop_map(|mut payload| {
        payload.truncate(limits::PAYLOAD);
        payload
    })
}

/// A line of a module by the grammar: known names, arguments of every kind.
pub(crate) fn line() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![
        8 => select(Name::ALL.to_vec()).prop_map(|name| name.to_string()),
        4 => select(vec!["QMTSTAT", "QMTRECV", "CFUN", "CPIN", "IP", "QNBIOTEVENT", "QIND", "CME ERROR"])
            .prop_map(str::to_owned),
        1 => "[A-Z!%./_-]{0,4}",
    ];
    let argument = prop_oneof![
        8 => "[0-4]",
        3 => select(vec![
            "0", "1", "2", "127", "128", "-1", "-128", "255", "256", "1460", "3600", "65535", "65536",
            "4294967295", "00000000000000000000000000000000007", "99999999999999999999999999", "+3",
        ]).prop_map(str::to_owned),
        3 => "\"[a-z0-9. +-]{0,4}\"",
        2 => select(ConfigOption::ALL.to_vec()).prop_map(|option| format!("\"{}\"", option.as_str())),
        1 => "\\([0-9,-]{0,5}\\)?",
        1 => "[ -~]{0,6}",
        1 => Just(String::new()),
    ];
    let arguments = vec((" {0,1}", argument, " {0,1}"), 0..6);
    let line = (name, " {0,1}:?[ \t]{0,2}", arguments, "\r{0,2}\n").prop_map(
        |(name, colon, arguments, end)| {
            let list: Vec<String> = arguments.into_iter().map(|(a, b, c)| a + &b + &c).collect();
            format!("+{name}{colon}{}{end}", list.join(","))
        },
    );
    let word = select(vec![
        "OK",
        "ERROR",
        "RDY",
        "ok",
        " OK",
        "> ",
        ">",
        "AT+QMTCONN=0,\"c\"",
        "Timeout",
        "+",
    ]);
    prop_oneof![8 => line, 1 => word.prop_map(|word| format!("\r\n{word}\r\n"))]
        .prop_map(String::into_bytes)
}

/// A message with a length, without, or with a wrong one.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let topic = prop_oneof![4 => "[a-z/\"]{0,6}", 1 => "[ -~\r\n\x00]{0,8}"];
    let payload = prop_oneof![3 => select(hostile::payloads()), 2 => vec(any::<u8>(), 0..9), 2 => "([0-9A-Fa-f]{2}){0,5}".prop_map(String::into_bytes)];
    (
        0_u8..6,
        "[0-9]{1,3}",
        topic,
        payload,
        -2_i64..4,
        0_u8..6,
        any::<bool>(),
    )
        .prop_map(|(link, id, topic, payload, off, form, quoted)| {
            let shown = payload.len() as i64 / if form == 4 { 2 } else { 1 };
            let count = match form {
                0 => String::new(),
                1 => format!("{},", shown + off),
                2 => format!(" 000{shown},"),
                _ => format!("{shown},"),
            };
            let quote: &[u8] = if quoted { b"\"" } else { b"" };
            let head = format!("+QMTRECV: {link},{id},\"{topic}\",{count}");
            [head.as_bytes(), quote, &payload, quote, b"\r\n"].concat()
        })
}

/// Bytes that lead the framer into all its states.
fn scrap() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => select(vec![
            &b"\r\n"[..], b"\r", b"\n", b"OK", b">", b"> ", b"+QMT", b"+QMTRECV", b"+QMTRECV: ", b" ", b":",
            b"+QMTRECV: 0,0,\"", b"+QMTRECV: 1,0,\"t\",", b"+QMTRECV: 0,0,\"t\",\"", b"0,7,", b"\"t\"",
            b"+QMTRECV: 0,0,\"t\",1460,\"", b"+QMTRECV: 0,0,\"t\",5,\"hello\"\r\n", b"+QMTPUB: 0,1,0\r\n",
            b"+QMTRECV: 1,0,\"t\",2,\"4142\"\r\n", b"\"", b"\",", b",", b"0,", b"1460,", b"1461,", b"3", b"41",
            b"999999999999,", b"\0\xff\x10", b"+CME ERROR: ", b"\x1a", b"\x7f",
        ]).prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 0..20),
    ]
}

/// A stream of everything, with a few bytes lost, doubled or changed.
pub(crate) fn streams() -> impl Strategy<Value = Vec<u8>> {
    let whole = prop_oneof![
        2 => vec(prop_oneof![line(), message(), scrap()], 0..12).prop_map(|all| all.concat()),
        1 => vec(scrap(), 0..30).prop_map(|all| all.concat()),
        1 => vec(any::<u8>(), 0..200),
    ];
    let damage = vec(damage(), 0..4);
    (whole, prop_oneof![1 => Just(Vec::new()), 1 => damage])
        .prop_map(|(bytes, damage)| damaged(bytes, damage))
}

/// One change of a stream: where, how, and with which byte.
pub(crate) type Damage = (Index, u8, u8);

pub(crate) fn damage() -> impl Strategy<Value = Damage> {
    (any::<Index>(), 0_u8..3, any::<u8>())
}

/// `bytes` with each change made in turn: a byte lost, added or replaced.
pub(crate) fn damaged(mut bytes: Vec<u8>, damage: Vec<Damage>) -> Vec<u8> {
    for (at, how, byte) in damage {
        if bytes.is_empty() {
            break;
        }
        let at = at.index(bytes.len());
        match how {
            0 => drop(bytes.remove(at)),
            1 => bytes.insert(at, byte),
            _ => bytes[at] = byte,
        }
    }
    bytes
}
