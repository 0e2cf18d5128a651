//! Properties that hold for any bytes, cut anyhow.

use core::ops::Range;

use at_syntax::{
    Args, Coding, DataLayout, Dialect, Direction, Frame, Framer, Line, Plain, Request, Violation,
    Writer,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// Data lines `+RECV: a,b,"..",n,..` and `AT+RECV=..`; link 1 in hex.
#[derive(Clone, Copy)]
struct Toy {
    prompt: bool,
}

impl Dialect for Toy {
    fn data_lines(&self) -> &[DataLayout] {
        &[DataLayout {
            name: "RECV",
            plain: 2,
            limit: 12,
        }]
    }

    fn coding(&self, plain: &Plain<'_>) -> Coding {
        match plain.text.first() {
            Some(b'1') => Coding::HexCountsBytes,
            Some(b'2') => Coding::HexCountsDigits,
            _ => Coding::Text,
        }
    }

    fn prompt_armed(&self) -> bool {
        self.prompt
    }
}

/// A frame as offsets into the stream, which it must not leave.
fn place(frame: Frame<'_>, stream: &[u8], at: usize) -> (String, Range<usize>) {
    let inside = |part: &[u8]| {
        let start = part.as_ptr() as usize - stream.as_ptr() as usize;
        assert!(start + part.len() <= stream.len(), "outside the stream");
        at + start..at + start + part.len()
    };
    match frame {
        Frame::Line(line) => {
            assert!(!line.is_empty(), "an empty line");
            ("line".into(), inside(line))
        }
        Frame::Data(data) => {
            let parts = [data.plain.text, data.quoted, data.data].map(inside);
            let text = format!("data {parts:?} {:?} {:?}", data.count, data.coding);
            (text, parts[0].start..parts[2].end)
        }
        Frame::Prompt => ("prompt".into(), at + stream.len() - 1..at + stream.len()),
        other => (format!("{other:?}"), at + stream.len()..at + stream.len()),
    }
}

/// Frames of `stream` with their place in it, arriving in pieces of the sizes given, over and over.
fn frames<D: Direction>(
    mut framer: Framer<D>,
    stream: &[u8],
    sizes: &[usize],
    toy: Toy,
) -> Vec<(String, Range<usize>)> {
    let (mut from, mut to) = (0, 0);
    let mut frames: Vec<(String, Range<usize>)> = Vec::new();
    for size in sizes.iter().cycle() {
        to = (to + size).min(stream.len());
        loop {
            let cut = framer.next_frame(&stream[from..to], &toy);
            assert!(cut.used <= to - from, "used more than there was");
            if let Some(frame) = cut.frame {
                let found = place(frame, &stream[from..from + cut.used], from);
                let before = frames.last().map_or(0, |(_, range)| range.end);
                assert!(before <= found.1.start, "frames overlap");
                frames.push(found);
            }
            from += cut.used;
            if cut.frame.is_none() {
                break;
            }
        }
        if to == stream.len() {
            break;
        }
    }
    frames
}

/// Streams made of what the framer has states for.
fn structured() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => prop::sample::select(vec![
            &b"\r\n"[..], b"\r", b"\n", b"OK", b"ERROR", b">", b"> ", b"+", b"AT+", b"AT",
            b"+RECV", b"+RECV: ", b"RECV", b":", b"=", b" ", b",", b"\"", b"\",", b"0,0,", b"1,7,",
            b"2,7,", b"\"t\"", b"3", b"0", b"12,", b"13,", b"999999999999,", b"\"abc\"\r\n",
            b"\"414243\"\r\n", b"+RECV: 0,1,\"t\",3,\"", b"+RECV: 1,1,\"t\",3,\"41", b"42", b"+RECV: 1,1,\"t\",3,\"414243\"\r\n",
            b"+RECV: 2,1,\"t\",6,\"414243\"\r\n", b"AT+RECV=0,1,\"t\",3,\"a\rb\"\r", b"\x1a", b"\0",
        ]).prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 0..6),
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn streams() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![2 => structured(), 1 => vec(any::<u8>(), 0..200)]
}

fn cutting_does_not_matter<D: Direction>(
    framer: &Framer<D>,
    stream: &[u8],
    sizes: &[usize],
    toy: Toy,
) {
    let whole = frames(framer.clone(), stream, &[stream.len().max(1)], toy);
    assert_eq!(frames(framer.clone(), stream, &[1], toy), whole);
    assert_eq!(frames(framer.clone(), stream, sizes, toy), whole);
}

/// A call of one of the three, more bytes, and whether a prompt is awaited.
type Step = (u8, Vec<u8>, bool);

fn no_order_panics<D: Direction>(
    mut framer: Framer<D>,
    steps: Vec<Step>,
    line: &[u8],
    clean: &[u8],
) {
    let mut bytes = Vec::new();
    for (what, more, prompt) in steps {
        match what {
            0 => {
                let cut = framer.flush(&bytes);
                assert_eq!(cut.used, bytes.len());
                assert!(!matches!(cut.frame, Some(Frame::Line(b""))));
                assert!(!framer.is_mid_frame());
                bytes.clear();
            }
            1 => {
                framer.toss();
                assert!(framer.is_mid_frame());
                bytes.clear();
            }
            _ => bytes.extend_from_slice(&more),
        }
        loop {
            let cut = framer.next_frame(&bytes, &Toy { prompt });
            let done = cut.frame.is_none();
            if let Some(frame) = cut.frame {
                place(frame, &bytes[..cut.used], 0);
            }
            bytes.drain(..cut.used);
            if done {
                break;
            }
        }
        assert!(
            bytes.is_empty() || framer.is_mid_frame(),
            "bytes kept for nothing"
        );
    }
    framer.flush(&bytes);
    let cut = framer.next_frame(line, &Toy { prompt: false });
    assert_eq!(cut.frame, Some(Frame::Line(clean)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn frames_do_not_depend_on_how_the_stream_was_cut(
        stream in streams(),
        sizes in vec(1_usize..9, 1..12),
        prompt: bool,
    ) {
        let toy = Toy { prompt };
        cutting_does_not_matter(&Framer::responses(), &stream, &sizes, toy);
        cutting_does_not_matter(&Framer::requests(), &stream, &sizes, toy);
    }

    /// Any order of calls, with a caller that drops what it was told to drop.
    #[test]
    fn no_order_of_calls_panics_and_a_clean_line_comes_through_afterwards(
        steps in vec((0_u8..8, streams(), any::<bool>()), 0..30),
        requests: bool,
    ) {
        if requests {
            no_order_panics(Framer::requests(), steps, b"AT\r", b"AT");
        } else {
            no_order_panics(Framer::responses(), steps, b"\r\nOK\r\n", b"OK");
        }
    }

    #[test]
    fn silence_reports_a_cut_frame_once(stream in streams()) {
        let mut framer = Framer::responses();
        let mut rest = &stream[..];
        loop {
            let cut = framer.next_frame(rest, &Toy { prompt: false });
            rest = &rest[cut.used..];
            if cut.frame.is_none() {
                break;
            }
        }
        let frame = framer.flush(rest).frame;
        let expected = if rest.is_empty() {
            frame.is_none()
        } else {
            matches!(frame, Some(Frame::Violation(Violation::Truncated)))
                || matches!(frame, Some(Frame::Line(line)) if rest.starts_with(line) && rest.ends_with(b"\r"))
        };
        prop_assert!(expected, "{frame:?} of {rest:?}");
        prop_assert_eq!(framer.flush(b"").frame, None);
    }

    #[test]
    fn a_prompt_needs_to_be_armed_and_to_start_a_line(stream in streams()) {
        let armed = frames(Framer::responses(), &stream, &[1], Toy { prompt: true });
        let mut before = ("start", 0);
        for (what, range) in &armed {
            if what == "prompt" {
                let gap = &stream[before.1..range.start];
                let line_start = match before.0 {
                    "start" => gap,
                    "prompt" => gap.strip_prefix(b" ").unwrap_or(gap),
                    _ => {
                        let end = gap.iter().rposition(|&b| b == b'\n');
                        end.map_or(&b"no line end"[..], |end| &gap[end..])
                    }
                };
                prop_assert!(line_start.iter().all(|b| b"\r\n".contains(b)), "after {line_start:?}");
            }
            before = (what, range.end);
        }
        let unarmed = frames(Framer::responses(), &stream, &[1], Toy { prompt: false });
        prop_assert!(unarmed.iter().all(|(what, _)| what != "prompt"));
    }

    #[test]
    fn without_a_line_end_there_is_no_frame(stream in streams()) {
        let stream: Vec<u8> = stream.into_iter().filter(|&b| b != b'\n').collect();
        let found = frames(Framer::responses(), &stream, &[1], Toy { prompt: false });
        prop_assert!(found.iter().all(|(what, _)| what.starts_with("Violation")), "{found:?}");
    }

    #[test]
    fn no_bytes_upset_the_readers_of_lines(line in streams()) {
        if let Line::Info(info) = Line::parse(&line) {
            let mut args = info.args;
            while let Ok(Some(_)) = args.field() {}
            prop_assert!(line.starts_with(b"+"));
        }
        if let Ok(request) = Request::parse(&line) {
            prop_assert!(request.extended || request.name.len() <= 2);
        }
    }

    #[test]
    fn what_is_written_is_read_back(
        number: i64,
        string in "[^\"\r\n]{0,20}",
        bare in "[A-Za-z0-9._-]{1,8}",
    ) {
        let mut buf = [0; 160];
        let mut out = Writer::new(&mut buf);
        out.info("X").int(number).quoted(string.as_bytes()).bare(b"").bare(bare.as_bytes());
        let line = out.finish_info().unwrap();
        let Line::Info(info) = Line::parse(line.trim_ascii()) else {
            return Err(TestCaseError::fail("no information line"));
        };
        let mut args = info.args;
        prop_assert_eq!(args.int::<i64>(), Ok(number));
        prop_assert_eq!(args.quoted(), Ok(string.as_bytes()));
        prop_assert_eq!(args.optional_int::<u8>(), Ok(None));
        prop_assert_eq!(args.string(), Ok(bare.as_bytes()));
        prop_assert_eq!(args.finish(), Ok(()));
    }

    /// The oracle compares decimal strings, so it knows no overflow.
    #[test]
    fn integers_of_any_length_are_judged_like_big_ones(
        digits in "[ ]{0,2}[+-]{0,2}(0{0,30}[0-9]{1,10}|[0-9 +-]{0,6})[ ]{0,2}",
    ) {
        let trimmed = digits.trim();
        let magnitude = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
        let value = (!magnitude.is_empty() && magnitude.bytes().all(|b| b.is_ascii_digit())).then(|| {
            let zero = magnitude.trim_start_matches('0');
            (trimmed.starts_with('-') && !zero.is_empty(), zero.to_owned())
        });
        for limit in [4_u32, 255, 65_535, 4_294_967_295] {
            let limit_digits = limit.to_string();
            let fits = value.as_ref().is_some_and(|(negative, zero)| {
                !negative && (zero.len(), &zero[..]) <= (limit_digits.len(), &limit_digits[..])
            });
            let read = Args::new(digits.as_bytes()).int::<u32>();
            prop_assert_eq!(read.is_ok_and(|n| n <= limit), fits, "{:?} up to {}", digits, limit);
        }
    }
}
