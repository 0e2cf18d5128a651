//! Formats, against what mosquitto_sub prints for the same message.

use super::*;

const NOW: Duration = Duration::new(1_470_818_943, 786_368_637);

fn print(format: &str, msg_id: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let message = Received {
        topic: b"a/b",
        payload,
        msg_id,
    };
    let format: Format = format.parse().unwrap();
    format.write(NOW, &message, &mut out);
    out
}

#[test]
fn every_letter_prints_its_part() {
    let line = print("%t|%p|%x|%X|%l|%m|%q|%r|%%|@@", 0, b"a\xff");
    assert_eq!(line, b"a/b|a\xff|61ff|61FF|2|0|0|-|%|@");
    assert_eq!(print("%m %q", 7, b""), b"7 -");
    assert_eq!(
        print("\\0\\a\\e\\n\\r\\t\\v\\\\", 0, b""),
        b"\0\x07\x1b\n\r\t\x0b\\"
    );
}

#[test]
fn times_are_those_of_the_manual_page() {
    assert_eq!(print("%I", 0, b""), b"2016-08-10T08:49:03+0000");
    assert_eq!(print("%U", 0, b""), b"1470818943.786368637");
    let at = |s| iso_time(Duration::from_secs(s));
    assert_eq!(at(0), "1970-01-01T00:00:00");
    assert_eq!(at(951_782_399), "2000-02-28T23:59:59");
    assert_eq!(at(951_782_400), "2000-02-29T00:00:00");
    assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00");
}

#[test]
fn fields_are_padded_and_cut() {
    assert_eq!(
        print("[%6t][%-6t][%.2t][%4.1t]", 0, b""),
        b"[   a/b][a/b   ][a/][   a]"
    );
    assert_eq!(
        print("[%05l][%-05l][%10l]", 0, b"abc"),
        b"[00003][3    ][         3]"
    );
}

#[test]
fn json_escapes_what_json_must() {
    let line = print("%j", 3, b"q\"\\\n\x01\xff");
    let expected = "{\"tst\":\"2016-08-10T08:49:03.786368Z+0000\",\"topic\":\"a/b\",\"qos\":null,\
        \"retain\":null,\"payloadlen\":6,\"mid\":3,\"payload\":\"q\\\"\\\\\\n\\u0001\u{fffd}\"}";
    assert_eq!(String::from_utf8(line).unwrap(), expected);
}

#[test]
fn what_is_not_known_is_refused() {
    let error = |text: &str| text.parse::<Format>().unwrap_err();
    assert_eq!(error("%"), FormatError::Unfinished);
    assert_eq!(error("%5"), FormatError::Unfinished);
    assert_eq!(error("a\\"), FormatError::Unfinished);
    assert_eq!(error("%y"), FormatError::Unknown('%', 'y'));
    assert_eq!(error("@H"), FormatError::Unknown('@', 'H'));
    assert_eq!(error("\\q"), FormatError::Unknown('\\', 'q'));
    assert_eq!(error("%99999t"), FormatError::Width);
}
