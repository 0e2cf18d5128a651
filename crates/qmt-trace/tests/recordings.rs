//! Recordings from the outside: what was recorded is played, whatever happens to the file.
#![cfg(feature = "std")]

use proptest::prelude::*;
use qmt_trace::{
    Body, Header, OVERHEAD, PlayError, Player, Record, Recorder, Redactor, Side, TraceError,
    decode, encode,
};

/// One record, without borrows.
type Passed = (u64, Side, Vec<u8>);

fn recorded(passed: &[Passed], redactor: Redactor) -> Vec<u8> {
    let header = Header {
        started_ms: 1_700_000_000_000,
        title: "a test",
    };
    let mut recorder = Recorder::new(Vec::new(), &header, redactor).unwrap();
    for (at_us, from, bytes) in passed {
        recorder.bytes(*at_us, *from, bytes).unwrap();
    }
    recorder.finish(u64::MAX).unwrap()
}

/// What can be read, as text; damaged frames as `damaged`.
fn played(recording: &[u8]) -> Vec<String> {
    let mut player = Player::new(recording).unwrap();
    let mut lines = Vec::new();
    loop {
        match player.next_record() {
            Ok(Some(record)) => lines.push(record.to_string()),
            Ok(None) => return lines,
            Err(PlayError::Frame { .. }) => lines.push("damaged".to_owned()),
            Err(error) => panic!("{error}"),
        }
    }
}

fn passed() -> impl Strategy<Value = Vec<Passed>> {
    let side = prop_oneof![Just(Side::Host), Just(Side::Module)];
    let bytes = prop::collection::vec(any::<u8>(), 1..600);
    prop::collection::vec((any::<u64>(), side, bytes), 0..8)
}

proptest! {
    #[test]
    fn what_was_recorded_is_played(passed in passed()) {
        let recording = recorded(&passed, Redactor::new());
        let expected: Vec<_> = passed
            .iter()
            .map(|(at_us, from, bytes)| {
                let body = Body::Bytes { from: *from, bytes };
                Record { at_us: *at_us, body }.to_string()
            })
            .collect();
        prop_assert_eq!(played(&recording), expected);
    }

    #[test]
    fn a_changed_byte_harms_its_frame_or_the_border_to_the_next(
        passed in passed(),
        at in any::<prop::sample::Index>(),
        change in 1..=255_u8,
    ) {
        let mut recording = recorded(&passed, Redactor::new());
        let whole = played(&recording);
        let body = recording.iter().position(|byte| *byte == 0).unwrap() + 1;
        prop_assume!(body < recording.len());
        let at = body + at.index(recording.len() - body);
        recording[at] ^= change;
        let rest = played(&recording);
        let intact = rest.iter().filter(|line| *line != "damaged");
        // A changed zero joins two frames, a new one cuts one in two.
        prop_assert!(intact.clone().count() + 2 >= whole.len());
        let mut left = whole.iter();
        for line in intact {
            prop_assert!(left.any(|known| known == line), "forged: {}", line);
        }
    }

    #[test]
    fn any_file_is_read_to_its_end(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let mut recording = recorded(&[], Redactor::new());
        recording.extend(bytes);
        played(&recording);
    }

    #[test]
    fn the_overhead_is_enough(at_us in any::<u64>(), bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let mut buf = vec![0; bytes.len() + bytes.len() / 254 + OVERHEAD];
        let body = Body::Bytes { from: Side::Module, bytes: &bytes };
        let record = Record { at_us, body };
        prop_assert!(encode(&record, &mut buf).is_ok());
    }

    #[test]
    fn no_cut_shows_a_secret(
        secret in "[a-c]{4,6}",
        text in "[a-c]{0,40}",
        cuts in prop::collection::vec(1..5_usize, 0..40),
    ) {
        let mut redactor = Redactor::new();
        redactor.hide(secret.as_bytes());
        let stream = format!("{text}{secret}{text}");
        let mut rest = stream.as_bytes();
        let mut passed = Vec::new();
        for cut in cuts {
            let (head, tail) = rest.split_at(cut.min(rest.len()));
            passed.push((0, Side::Host, head.to_vec()));
            rest = tail;
        }
        passed.push((0, Side::Host, rest.to_vec()));
        let recording = recorded(&passed, redactor);
        let mut player = Player::new(recording.as_slice()).unwrap();
        let (mut shown, mut len) = (vec![Vec::new()], 0);
        while let Some(record) = player.next_record().unwrap() {
            match record.body {
                Body::Bytes { bytes, .. } => {
                    shown.last_mut().unwrap().extend_from_slice(bytes);
                    len += bytes.len();
                }
                Body::Hidden { len: hidden, .. } => {
                    shown.push(Vec::new());
                    len += hidden as usize;
                }
                _ => {}
            }
        }
        prop_assert_eq!(len, stream.len());
        prop_assert!(shown.len() > 1);
        for piece in shown {
            prop_assert!(!piece.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
}

#[test]
fn a_recording_says_when_it_began_and_what_it_is() {
    let recording = recorded(&[], Redactor::new());
    let player = Player::new(recording.as_slice()).unwrap();
    assert_eq!(player.header().started_ms, 1_700_000_000_000);
    assert_eq!(player.header().title, "a test");
}

#[test]
fn a_recording_that_was_cut_off_is_played_up_to_there() {
    let recording = recorded(
        &[
            (1, Side::Host, b"AT\r".to_vec()),
            (2, Side::Module, b"\r\nOK\r\n".to_vec()),
        ],
        Redactor::new(),
    );
    let cut = &recording[..recording.len() - 3];
    assert_eq!(played(cut), ["   0.000001 > AT\\r", "damaged"]);
}

#[test]
fn other_files_are_no_recordings() {
    for file in [&b""[..], b"AT\r\r\nOK\r\n", b"\0", b"\x01\x01\0"] {
        let error = Player::new(file).unwrap_err();
        assert_eq!(error.to_string(), "not a recording at byte 0");
    }
}

#[test]
fn a_buffer_that_is_too_small_takes_nothing() {
    let body = Body::Note("a remark");
    let record = Record { at_us: 0, body };
    let mut buf = [0; 64];
    let len = encode(&record, &mut buf).unwrap().len();
    for room in 0..len {
        assert_eq!(
            encode(&record, &mut buf[..room]),
            Err(TraceError::BufferFull)
        );
    }
    let mut frame = buf;
    encode(&record, &mut frame).unwrap();
    assert_eq!(decode(&mut frame[..len]), Ok(record));
}
