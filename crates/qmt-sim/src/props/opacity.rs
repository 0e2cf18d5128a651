//! S5, S6, S7, S16: a payload is a payload, and its neighbours are none the worse for it.

use at_syntax::{Coding, Writer};
use qmt_proto::hex::Hex;
use qmt_proto::{LinkId, Payload, Received, Report, ResponseDialect, limits};

use super::{Ear, dialect};
use crate::reference::Piece;

/// A message as the module prints it, in text or in hex.
///
/// # Panics
/// When the message is longer than the note allows.
pub fn message(topic: &[u8], payload: &[u8], hex: bool) -> Vec<u8> {
    let received = Received {
        link: LinkId::ALL[usize::from(hex)],
        msg_id: 9,
        topic,
        counted: true,
        payload: if hex {
            Payload::Hex(Hex::of_bytes(payload))
        } else {
            Payload::Text(payload)
        },
    };
    let mut buf = vec![0; limits::HEX_FRAME];
    let mut out = Writer::new(&mut buf);
    Report::Received(received).emit(&mut out);
    out.finish_info().expect("no more than a frame").to_vec()
}

/// S5, S16: a message is one event with the bytes that were sent, whatever they are.
///
/// `topic` may hold all but control bytes and `",`.
///
/// # Panics
/// When something else is heard.
pub fn a_payload_is_opaque(topic: &[u8], payload: &[u8], hex: bool, sizes: &[usize]) {
    let stream = message(topic, payload, hex);
    assert_eq!(
        heard(&stream, sizes),
        [expected(topic, payload, hex)],
        "{}",
        stream.escape_ascii()
    );
}

/// S6, S7: complete lines before and after are heard as without the message, and a payload of
/// the same length changes the one event only.
///
/// # Panics
/// When they are not.
pub fn neighbours_are_unharmed(
    before: &[u8],
    payload: &[u8],
    twin: u8,
    after: &[u8],
    hex: bool,
    sizes: &[usize],
) {
    let line_end = b"\r\n";
    let before = [before, line_end].concat();
    let after = [after, line_end].concat();
    // What does not end at a line end is another matter.
    let mut ear = Ear::new(limits::HEX_FRAME, receiver(), 0);
    ear.feed(&before);
    if ear.is_mid_frame() {
        return;
    }
    for payload in [payload.to_vec(), vec![twin; payload.len()]] {
        let stream = [&before[..], &message(b"a/b", &payload, hex), &after].concat();
        let mut wanted = heard(&before, sizes);
        wanted.push(expected(b"a/b", &payload, hex));
        wanted.extend(heard(&after, sizes));
        assert_eq!(heard(&stream, sizes), wanted, "{}", stream.escape_ascii());
    }
}

fn heard(stream: &[u8], sizes: &[usize]) -> Vec<Piece> {
    let mut ear = Ear::new(limits::HEX_FRAME, receiver(), 0);
    ear.feed_in(stream, sizes);
    ear.pieces()
}

/// Link 1 receives in hex.
fn receiver() -> ResponseDialect {
    dialect(0b10)
}

/// The one event of a [`message`].
pub(crate) fn expected(topic: &[u8], payload: &[u8], hex: bool) -> Piece {
    let digits = |byte: &u8| format!("{byte:02X}").into_bytes();
    Piece::Message {
        plain: if hex { b"1,9" } else { b"0,9" }.to_vec(),
        topic: topic.to_vec(),
        count: u32::try_from(payload.len()).ok(),
        data: if hex {
            payload.iter().flat_map(digits).collect()
        } else {
            payload.to_vec()
        },
        coding: if hex {
            Coding::HexCountsBytes
        } else {
            Coding::Text
        },
    }
}
