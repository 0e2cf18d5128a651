//! Framing, one byte sequence at a time.

extern crate std;

use std::vec::Vec;

use super::*;
use crate::{Args, DataLayout, NoDialect};

mod work;

/// `+RECV: a,b,"..",n,..` and `AT+PUB=a,b,"..",n,..`; link 1 is in hex, counted in bytes, link 2
/// in hex counted in digits.
struct Toy {
    prompt: bool,
}

impl Dialect for Toy {
    fn data_lines(&self) -> &[DataLayout] {
        const LINES: [DataLayout; 2] = data_lines(20);
        &LINES
    }

    fn coding(&self, plain: &Plain<'_>) -> Coding {
        match Args::new(plain.text).int::<u8>() {
            Ok(1) => Coding::HexCountsBytes,
            Ok(2) => Coding::HexCountsDigits,
            _ => Coding::Text,
        }
    }

    fn prompt_armed(&self) -> bool {
        self.prompt
    }
}

const fn data_lines(limit: u32) -> [DataLayout; 2] {
    let (recv, publish) = ("RECV", "PUB");
    [
        DataLayout {
            name: recv,
            plain: 2,
            limit,
        },
        DataLayout {
            name: publish,
            plain: 2,
            limit,
        },
    ]
}

/// A frame in words: `L:` line, `D:` data line, `!:` violation.
fn show(frame: Frame<'_>) -> std::string::String {
    let text = std::string::String::from_utf8_lossy;
    match frame {
        Frame::Line(line) => std::format!("L:{}", text(line)),
        Frame::Prompt => "P".into(),
        Frame::Violation(violation) => std::format!("!:{violation:?}"),
        Frame::Data(data) => std::format!(
            "D:{}|{}|{}|{:?}|{}",
            data.name,
            text(data.plain.text),
            text(data.quoted),
            data.count,
            text(data.data)
        ),
    }
}

/// All frames of `stream` when it arrives in pieces as long as `sizes` says, over and over.
fn frames_in<D: Direction>(
    mut framer: Framer<D>,
    stream: &[u8],
    size_at: impl Fn(usize) -> usize,
    prompt: bool,
) -> Vec<std::string::String> {
    let (mut from, mut to) = (0, 0);
    let mut frames = Vec::new();
    while to < stream.len() {
        to = (to + size_at(to).max(1)).min(stream.len());
        loop {
            let cut = framer.next_frame(&stream[from..to], &Toy { prompt });
            from += cut.used;
            match cut.frame {
                Some(frame) => frames.push(show(frame)),
                None => break,
            }
        }
    }
    frames
}

fn frames(stream: &[u8]) -> Vec<std::string::String> {
    frames_in(Framer::responses(), stream, |_| stream.len(), false)
}

#[track_caller]
fn responses(stream: &[u8], expected: &[&str]) {
    assert_eq!(frames(stream), expected);
}

#[track_caller]
fn requests(stream: &[u8], expected: &[&str]) {
    let whole = frames_in(Framer::requests(), stream, |_| stream.len(), false);
    assert_eq!(whole, expected);
    let bytewise = frames_in(Framer::requests(), stream, |_| 1, false);
    assert_eq!(bytewise, expected);
}

#[test]
fn lines_end_with_any_run_of_cr_and_lf() {
    responses(
        b"\r\nOK\r\n\r\n\r\nRDY\r\r\nA\nB\r\n",
        &["L:OK", "L:RDY", "L:A", "L:B"],
    );
    responses(b"A\r\n B \r\n", &["L:A", "L: B "]);
}

#[test]
fn counted_data_may_hold_anything() {
    responses(
        b"\r\n+RECV: 0,3,\"a/b\",9,\"l1\r\nOK\r\nl\"\r\nOK\r\n",
        &["D:RECV|0,3|a/b|Some(9)|l1\r\nOK\r\nl", "L:OK"],
    );
    responses(
        b"+RECV: 0,3,\"t\",6,\"\"\r\n>\r\"\"\r\n",
        &["D:RECV|0,3|t|Some(6)|\"\r\n>\r\""],
    );
    responses(b"+RECV: 0,0,\"t\",0,\"\"\r\n", &["D:RECV|0,0|t|Some(0)|"]);
}

#[test]
fn odd_blanks_are_tolerated() {
    for stream in [
        &b"+RECV:0,3,\"t\",2,\"hi\"\r\n"[..],
        b"+RECV :0,3, \"t\", 2,\"hi\"\r\n",
        b"+RECV: 0,3,\"t\",2,hi\r\n",
    ] {
        responses(stream, &["D:RECV|0,3|t|Some(2)|hi"]);
    }
}

#[test]
fn the_quoted_field_ends_at_the_first_quote_before_a_comma() {
    responses(
        b"+RECV: 0,3,\"a\"b,c\",2,\"hi\"\r\n",
        &["D:RECV|0,3|a\"b,c|Some(2)|hi"],
    );
    responses(
        b"+RECV: 0,3,\"a\";\"b\",2,\"hi\"\r\n",
        &["D:RECV|0,3|a\";\"b|Some(2)|hi"],
    );
}

#[test]
fn data_without_a_count_ends_at_a_quote_before_a_line_end() {
    responses(
        b"+RECV: 0,0,\"t\",\"a\"b\r\nc\"\r\nOK\r\n",
        &["D:RECV|0,0|t|None|a\"b\r\nc", "L:OK"],
    );
    responses(
        b"+RECV: 0,0,\"t\",\"5,abc\"\r\n",
        &["D:RECV|0,0|t|None|5,abc"],
    );
    responses(
        b"+RECV: 0,0,\"t\",hi there\r\n",
        &["D:RECV|0,0|t|None|hi there"],
    );
    responses(b"+RECV: 0,0,\"t\",21.5\r\n", &["D:RECV|0,0|t|None|21.5"]);
    responses(b"+RECV: 0,0,\"t\",42\r\n", &["D:RECV|0,0|t|None|42"]);
}

#[test]
fn hex_data_is_counted_in_the_dialects_unit() {
    responses(
        b"+RECV: 1,0,\"t\",3,\"3132fF\"\r\n",
        &["D:RECV|1,0|t|Some(3)|3132fF"],
    );
    responses(
        b"+RECV: 2,0,\"t\",4,\"3132\"\r\n",
        &["D:RECV|2,0|t|Some(4)|3132"],
    );
    responses(b"+RECV: 1,0,\"t\",3,\"31\r\nOK\r\n", &["!:NotHex", "L:OK"]);
    responses(
        b"+RECV: 2,0,\"t\",3,\"313\"\r\nOK\r\n",
        &["!:Count", "L:OK"],
    );
}

#[test]
fn a_violation_drops_the_rest_of_its_line_only() {
    let ok = "L:OK";
    responses(b"+RECV: 0,0,\"t\",21,\"..\"\r\nOK\r\n", &["!:Count", ok]);
    responses(
        b"+RECV: 0,0,\"t\",99999999999999,\"..\"\r\nOK\r\n",
        &["!:Count", ok],
    );
    // Two and four more than 32 bits can count.
    for count in ["4294967298", "4294967300"] {
        let stream = std::format!("+RECV: 0,0,\"t\",{count},\"hi\"\r\nOK\r\n");
        responses(stream.as_bytes(), &["!:Count", ok]);
    }
    responses(b"+RECV: 0,0,\"t\r\nOK\r\n", &["!:Control", ok]);
    responses(b"+RECV: 0,0,t\",1,\"x\"\r\nOK\r\n", &["!:Head", ok]);
    responses(b"+RECV: 0\r\nOK\r\n", &["!:Head", ok]);
    responses(b"+RECV: 0,0,\"t\",1,\"xy\"\r\nOK\r\n", &["!:Trailer", ok]);
}

#[test]
fn a_violation_is_reported_at_its_first_wrong_byte_and_at_once() {
    for (good, wrong) in [
        (&b"+RECV: 0"[..], b'\r'),
        (b"+RECV: 0,0,", b't'),
        (b"+RECV: 0,0,\"t", b'\x07'),
        (b"+RECV: 0,0,\"t\",21", b','),
        (b"+RECV: 0,0,\"t\",2,\"hi", b'h'),
        (b"+RECV: 0,0,\"t\",2,\"hi\"", b'\n'),
        (b"+RECV: 0,0,\"t\",2,\"hi\"\r", b'\r'),
        (b"+RECV: 1,0,\"t\",2,\"abc", b'g'),
    ] {
        let toy = Toy { prompt: false };
        let mut framer = Framer::responses();
        assert_eq!(framer.next_frame(good, &toy), Cut::nothing(0));
        let mut stream = good.to_vec();
        stream.push(wrong);
        let cut = framer.next_frame(&stream, &toy);
        assert!(matches!(cut.frame, Some(Frame::Violation(_))), "{stream:?}");
        assert_eq!(cut.used, good.len(), "{stream:?}");
    }
}

#[test]
fn a_lost_byte_of_data_costs_no_further_line() {
    responses(
        b"+RECV: 0,0,\"t\",3,\"ab\"\r\nOK\r\n",
        &["!:Trailer", "L:OK"],
    );
    responses(
        b"+RECV: 0,0,\"t\",3,\"a\"\r\nOK\r\n",
        &["!:Trailer", "L:OK"],
    );
}

#[test]
fn a_prompt_counts_only_when_it_is_awaited_and_at_line_start() {
    for stream in [
        &b"\r\n> \r\nOK\r\n"[..],
        b"\r\n>\r\nOK\r\n",
        b">OK\r\n",
        b"> OK\r\n",
        b"\r\n>\r\n\r\nOK\r\n",
    ] {
        let armed = frames_in(Framer::responses(), stream, |_| 1, true);
        assert_eq!(armed, ["P", "L:OK"]);
    }
    responses(b"\r\n> x\r\n", &["L:> x"]);
    let inside = b"+RECV: 0,0,\"t\",3,\"\r\n>\"\r\nx > y\r\n";
    let armed = frames_in(Framer::responses(), inside, |_| 1, true);
    assert_eq!(armed, ["D:RECV|0,0|t|Some(3)|\r\n>", "L:x > y"]);
}

#[test]
fn command_lines_end_with_cr_and_count_their_data() {
    requests(b"AT\r\nATE0\r", &["L:AT", "L:ATE0"]);
    requests(
        b"AT+PUB=0,1,\"t\",4,\"a\r\"b\"\rAT\r",
        &["D:PUB|0,1|t|Some(4)|a\r\"b", "L:AT"],
    );
    requests(b"at+pub=0,1,\"t\",2,hi\r", &["D:PUB|0,1|t|Some(2)|hi"]);
    requests(b"AT+PUB=0,1,\"t\",2\r", &["L:AT+PUB=0,1,\"t\",2"]);
    requests(b"AT+PUB=0,1,\"t\"\r", &["L:AT+PUB=0,1,\"t\""]);
    requests(b"AT+PUB=?\rAT\r", &["L:AT+PUB=?", "L:AT"]);
    requests(b"AT+PUB=0,1,\"t\",2,\"abc\"\rAT\r", &["!:Trailer", "L:AT"]);
}

#[test]
fn silence_ends_a_line() {
    let mut framer = Framer::responses();
    assert_eq!(framer.next_frame(b"OK\r", &Toy { prompt: false }).used, 0);
    assert_eq!(framer.flush(b"OK\r").frame, Some(Frame::Line(b"OK")));
    assert_eq!(framer.flush(b"").frame, None);

    let cut = b"+RECV: 0,0,\"t\",9,\"abc";
    assert_eq!(framer.next_frame(cut, &Toy { prompt: false }).frame, None);
    assert!(framer.is_mid_frame());
    assert_eq!(
        framer.flush(cut).frame,
        Some(Frame::Violation(Violation::Truncated))
    );
    assert!(!framer.is_mid_frame());
    let next = framer.next_frame(b"\r\nOK\r\n", &Toy { prompt: false });
    assert_eq!(next.frame, Some(Frame::Line(b"OK")));
}

#[test]
fn a_tossed_frame_ends_at_the_next_line_end() {
    let mut framer = Framer::responses();
    framer.toss();
    let cut = framer.next_frame(b"tail of a long line", &Toy { prompt: false });
    assert_eq!((cut.frame, cut.used), (None, 19));
    let cut = framer.next_frame(b"OK\r\nOK\r\n", &Toy { prompt: false });
    assert_eq!((cut.frame, cut.used), (Some(Frame::Line(b"OK")), 8));
}

#[test]
fn cuts_anywhere_in_a_transcript_give_the_same_frames() {
    let transcripts: [&[u8]; 5] = [
        b"\r\nOK\r\n\r\n+X: 0,0\r\n",
        b"+RECV: 0,1,\"t\",3,\"\r\n>\"\r\n",
        b"+RECV: 1,1,\"\"\",1,\"30\"\r\n",
        b"\r\n> \r\n+RECV: 0,\r\n",
        b"+RECV: 0,1,\"t\",\"\"\r\nAB\r\n",
    ];
    for transcript in transcripts {
        for prompt in [false, true] {
            let whole = frames_in(Framer::responses(), transcript, |_| 99, prompt);
            // Bit k of `mask` cuts after byte k, and after every tenth byte from there. All cuts of
            // whole transcripts are the business of `cargo xtask exhaust`.
            for mask in 0_u64..1 << 10 {
                let cuts = (0..6).fold(1 << 60, |cuts, turn| cuts | mask << (10 * turn));
                let size = |at: usize| 1 + (cuts >> at).trailing_zeros() as usize;
                let cut = frames_in(Framer::responses(), transcript, size, prompt);
                assert_eq!(cut, whole, "mask {mask:b}");
            }
        }
    }
}

#[test]
fn a_frame_is_in_the_middle_from_its_first_byte_to_its_end() {
    let mid = |stream: &[u8]| {
        let mut framer = Framer::responses();
        let mut from = 0;
        loop {
            let cut = framer.next_frame(&stream[from..], &Toy { prompt: true });
            from += cut.used;
            if cut.frame.is_none() {
                return framer.is_mid_frame();
            }
        }
    };
    for stream in [&b""[..], b"\r\n\r\n", b"OK\r\n", b"OK\n\r", b"> ", b"\r\n>"] {
        assert!(!mid(stream), "{stream:?}");
    }
    for stream in [
        &b"O"[..],
        b"OK\r",
        b"\r\n+",
        b"+RECV: 0,",
        b"+RECV: 0,0,\"t\",2,\"hi",
        b"+RECV: 0,0,\"t\",\"hi\"",
        // The rest of a broken line is still to come.
        b"+RECV: 0,0,\"t\",99,",
    ] {
        assert!(mid(stream), "{stream:?}");
    }
}

#[test]
fn silence_ends_the_tossing_and_reports_nothing_twice() {
    let toy = Toy { prompt: false };
    let mut framer = Framer::responses();
    let broken = b"+RECV: 0,0,\"t\",99,\"..";
    let cut = framer.next_frame(broken, &toy);
    assert_eq!(cut.frame, Some(Frame::Violation(Violation::Count)));
    let rest = &broken[cut.used..];
    let cut = framer.next_frame(rest, &toy);
    assert_eq!((cut.frame, cut.used), (None, rest.len()));
    assert_eq!(framer.flush(b"").frame, None);
    assert!(!framer.is_mid_frame());
    assert_eq!(
        framer.next_frame(b"OK\r\n", &toy).frame,
        Some(Frame::Line(b"OK"))
    );

    let mut framer = Framer::responses();
    framer.toss();
    assert!(framer.is_mid_frame());
    let cut = framer.flush(b"not yet looked at");
    assert_eq!((cut.frame, cut.used), (None, 17));
    assert_eq!(
        framer.next_frame(b"OK\r\n", &toy).frame,
        Some(Frame::Line(b"OK"))
    );
}

#[test]
fn a_data_line_needs_its_whole_name_and_a_separator() {
    let long = |len: usize| std::format!("+{}: 1\r\n", "N".repeat(len)).into_bytes();
    for len in [1, 23, 24, 25, 26, 60] {
        assert_eq!(frames(&long(len)).len(), 1, "{len}");
    }
    responses(
        b"+RECVX: 0,0,\"t\",1,\"x\"\r\n",
        &["L:+RECVX: 0,0,\"t\",1,\"x\""],
    );
    responses(b"+RECV\r\n+RECV x: 0\r\n", &["L:+RECV", "L:+RECV x: 0"]);
    responses(b"RECV: 0,0\r\n", &["L:RECV: 0,0"]);
    responses(b"+ RECV: 0,0\r\n", &["L:+ RECV: 0,0"]);
    let blanks = std::format!("+RECV{}: 0,3,\"t\",2,\"hi\"\r\n", " ".repeat(40));
    responses(blanks.as_bytes(), &["D:RECV|0,3|t|Some(2)|hi"]);
    requests(
        b"A\rAT+\rAT+PUB\rBT+PUB=0\r",
        &["L:A", "L:AT+", "L:AT+PUB", "L:BT+PUB=0"],
    );
}

#[test]
fn a_damaged_command_line_is_an_ordinary_line() {
    requests(
        b"AT+PUB=0,1,\"t\x07\",2,\"hi\"\rAT\r",
        &["L:AT+PUB=0,1,\"t\x07\",2,\"hi\"", "L:AT"],
    );
    for prefix in ["AX+", "A.+", "ATX", "BT+"] {
        let line = std::format!("{prefix}PUB=0,1,\"t\",2,\"hi\"");
        requests(
            std::format!("{line}\r").as_bytes(),
            &[&std::format!("L:{line}")],
        );
    }
    requests(b"AT+PUB=0,1,t,2,\"hi\"\r", &["L:AT+PUB=0,1,t,2,\"hi\""]);
    requests(b"AT+PUB=0,1,\"t\",\"hi\"\r", &["L:AT+PUB=0,1,\"t\",\"hi\""]);
    requests(
        b"AT+PUB=0,1,\"t\",2;\"hi\"\r",
        &["L:AT+PUB=0,1,\"t\",2;\"hi\""],
    );
    requests(b"AT+PUB=0,1,\"t\",21,\"..\"\rAT\r", &["!:Count", "L:AT"]);
    requests(b"AT+PUB=1,1,\"t\",2,\"3x\"\rAT\r", &["!:NotHex", "L:AT"]);
}

/// A dialect that says no more than it must.
struct Letters;

impl Dialect for Letters {
    fn data_lines(&self) -> &[DataLayout] {
        &[DataLayout {
            name: "LETTER",
            plain: 1,
            limit: 9,
        }]
    }
}

#[test]
fn a_dialect_need_only_say_which_lines_have_data() {
    let stream = b"+LETTER: 7,\"to\",2,\"\r\n\"\r\n>\n";
    let mut framer = Framer::responses();
    let cut = framer.next_frame(stream, &Letters);
    let Some(Frame::Data(line)) = cut.frame else {
        panic!("{cut:?}");
    };
    assert_eq!((line.coding, line.data), (Coding::Text, &b"\r\n"[..]));
    // No prompt is ever awaited.
    let cut = framer.next_frame(&stream[cut.used..], &Letters);
    assert_eq!(cut.frame, Some(Frame::Line(b">")));
    // Without a dialect the same is two lines.
    let cut = Framer::responses().next_frame(stream, &NoDialect);
    assert_eq!(cut.frame, Some(Frame::Line(b"+LETTER: 7,\"to\",2,\"")));
}

#[test]
fn silence_with_nothing_kept_ends_nothing() {
    let mut framer = Framer::responses();
    assert_eq!(framer.next_frame(b"+X", &NoDialect).used, 0);
    assert_eq!(framer.flush(b"").frame, None);
    assert!(!framer.is_mid_frame());
}

#[test]
fn every_violation_is_told_in_other_words() {
    let all = [
        Violation::Head,
        Violation::Control,
        Violation::Count,
        Violation::NotHex,
        Violation::Trailer,
        Violation::Overflow,
        Violation::Truncated,
    ];
    let mut words = all.map(|violation| std::format!("{violation}")).to_vec();
    assert!(words.iter().all(|words| words.len() > 10));
    words.sort();
    words.dedup();
    assert_eq!(words.len(), all.len());
}

#[test]
fn bare_data_without_a_count_keeps_its_quote_and_takes_its_line_end() {
    let line = b"+RECV: 0,1,\"t\",ab\"\r\n";
    responses(line, &["D:RECV|0,1|t|None|ab\""]);
    let cut = Framer::responses().next_frame(line, &Toy { prompt: false });
    assert_eq!(cut.used, line.len());
}

#[test]
fn a_whole_line_is_held_to_every_rule_too() {
    for separator in [";", "=", " ", ".", "x"] {
        let line = std::format!("+RECV{separator} 0,1,\"t\",2,\"hi\"");
        let stream = std::format!("\r\n{line}\r\n");
        responses(stream.as_bytes(), &[&std::format!("L:{line}")]);
        let line = std::format!("+RECV{separator}0,1,\"t\",2,\"hi\"");
        let stream = std::format!("\r\n{line}\r\n");
        responses(stream.as_bytes(), &[&std::format!("L:{line}")]);
    }
    let not_hex = b"\r\n+RECV: 1,1,\"t\",1,\"3x\"\r\n\r\nOK\r\n";
    responses(not_hex, &["!:NotHex", "L:OK"]);
    let hex = b"\r\n+RECV: 1,1,\"t\",1,\"3F\"\r\n\r\nOK\r\n";
    responses(hex, &["D:RECV|1,1|t|Some(1)|3F", "L:OK"]);
    requests(b"AT+PUB=1,1,\"t\",1,\"3x\"\rAT\r", &["!:NotHex", "L:AT"]);
}
