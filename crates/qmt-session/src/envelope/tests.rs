//! Every damage of a byte shows, and so does every duplicate within the window.

use super::*;

const TOPIC: &str = "t/1";

fn sealed(out: &mut [u8]) -> &[u8] {
    let envelope = Envelope {
        source: 0x0102_0304,
        sequence: u32::MAX,
        payload: b"pay\0load\r\n",
    };
    envelope.seal(TOPIC, out).unwrap()
}

#[test]
fn the_format_is_as_documented() {
    let mut out = [0; 64];
    let sealed = sealed(&mut out);
    assert_eq!(sealed[..9], *b"\xE1\x01\x02\x03\x04\xFF\xFF\xFF\xFF");
    assert_eq!(sealed[13..], *b"pay\0load\r\n");
    let opened = Envelope::open(TOPIC.as_bytes(), sealed).unwrap();
    assert_eq!(
        (opened.source, opened.sequence, opened.payload),
        (0x0102_0304, u32::MAX, &b"pay\0load\r\n"[..])
    );
    assert_eq!(Envelope::open(b"", b"hello"), Err(OpenError::NotSealed));
}

#[test]
fn every_damage_of_one_byte_is_found_wherever_it_is() {
    let mut out = [0; 64];
    let whole = sealed(&mut out).len();
    for at in 0..whole {
        for flip in 1..=u8::MAX {
            out[at] ^= flip;
            assert!(Envelope::open(TOPIC.as_bytes(), &out[..whole]).is_err());
            out[at] ^= flip;
        }
        // One byte lost, one doubled.
        let mut other = [0; 64];
        other[..at].copy_from_slice(&out[..at]);
        other[at..whole - 1].copy_from_slice(&out[at + 1..whole]);
        assert!(Envelope::open(TOPIC.as_bytes(), &other[..whole - 1]).is_err());
        other[at..=whole].copy_from_slice(&out[at..=whole]);
        other[at + 1..=whole].copy_from_slice(&out[at..whole]);
        assert!(Envelope::open(TOPIC.as_bytes(), &other[..=whole]).is_err());
    }
    for other in ["t/2", "t/", "u/1", "t/1x", ""] {
        let opened = Envelope::open(other.as_bytes(), &out[..whole]);
        assert_eq!(opened, Err(OpenError::Damaged), "{other}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let big = [0; limits::PAYLOAD];
    let mut out = [0; limits::PAYLOAD];
    let mut envelope = Envelope {
        source: 0,
        sequence: 0,
        payload: &big[OVERHEAD..],
    };
    assert!(envelope.seal(TOPIC, &mut out).is_ok());
    envelope.payload = &big[OVERHEAD - 1..];
    assert_eq!(envelope.seal(TOPIC, &mut out), Err(SealError::TooLong));
    envelope.payload = b"x";
    let full = SealError::BufferFull { needed: 14 };
    assert_eq!(envelope.seal(TOPIC, &mut out[..13]), Err(full));
}

/// RELIABILITY H2.
#[test]
fn duplicates_are_found_within_the_window_and_numbers_run_around() {
    let mut sources = [Source::default(); 2];
    let mut seen = Seen::new(&mut sources);
    let start = u32::MAX - 2;
    for step in [0, 2, 1, 5, 64] {
        let sequence = start.wrapping_add(step);
        assert_eq!(seen.note(9, sequence), Novelty::New, "{step}");
        assert_eq!(seen.note(9, sequence), Novelty::Duplicate, "{step}");
    }
    // 64 has come: 1 is the first that is still known.
    assert_eq!(seen.note(9, start), Novelty::Old);
    assert_eq!(seen.note(9, start.wrapping_add(1)), Novelty::Duplicate);
    assert_eq!(seen.note(9, start.wrapping_add(3)), Novelty::New);
    assert_eq!(seen.note(9, start.wrapping_add(3)), Novelty::Duplicate);
    // A jump forgets what is behind it.
    assert_eq!(seen.note(9, start.wrapping_add(1_000)), Novelty::New);
    assert_eq!(seen.note(9, start.wrapping_add(999)), Novelty::New);
}

#[test]
fn the_source_that_was_silent_for_longest_gives_its_place() {
    let mut sources = [Source::default(); 2];
    let mut seen = Seen::new(&mut sources);
    assert_eq!(seen.note(1, 0), Novelty::New);
    assert_eq!(seen.note(2, 0), Novelty::New);
    assert_eq!(seen.note(1, 0), Novelty::Duplicate);
    assert_eq!(seen.note(3, 0), Novelty::New);
    assert_eq!(seen.note(1, 0), Novelty::Duplicate);
    assert_eq!(seen.note(2, 0), Novelty::New, "forgotten");
    assert_eq!(Seen::new(&mut []).note(1, 0), Novelty::New);
}
