//! P14: the parser and the reference agree on every stream, however it is cut.

use at_syntax::Framer;
use qmt_proto::{Command, Expect, RequestDialect, ResponseDialect};

use super::{Ear, copied, ear::understood};
use crate::reference::{self, Meaning};

/// Frames, in pieces of `sizes`, are those of the reference (P14, S1).
///
/// # Panics
/// When they are not.
pub fn frames_agree(stream: &[u8], dialect: ResponseDialect, prompts: usize, sizes: &[usize]) {
    let expected = reference::pieces(stream, &dialect, prompts);
    for sizes in [&[][..], &[1], sizes] {
        let mut ear = Ear::new(stream.len() + 1, dialect, prompts);
        ear.feed_in(stream, sizes);
        assert_eq!(
            ear.pieces(),
            expected,
            "in {sizes:?}: {}",
            stream.escape_ascii()
        );
    }
}

/// Every frame means what the reference says (P14, P6, P7, P9).
///
/// # Panics
/// When one does not.
pub fn meanings_agree(stream: &[u8], dialect: ResponseDialect, prompts: usize, expect: Expect) {
    let expected = reference::meanings(stream, &dialect, prompts, expect);
    let found = understood(stream, dialect, prompts, expect);
    assert_eq!(
        found,
        expected,
        "awaiting {expect:?}: {}",
        stream.escape_ascii()
    );
}

/// A module finds the same lines in what a host sends as the reference, and understands the same
/// commands, whatever the pieces (P14, S1, P6).
///
/// # Panics
/// When it does not.
pub fn commands_agree(stream: &[u8], dialect: &RequestDialect, sizes: &[usize]) {
    let expected = reference::request_pieces(stream, dialect);
    let wanted = reference::commands(stream, dialect);
    for sizes in [&[stream.len().max(1)][..], &[1], sizes] {
        let (mut framer, mut buf) = (Framer::requests(), Vec::new());
        let (mut pieces, mut commands) = (Vec::new(), Vec::new());
        let mut rest = stream;
        for size in sizes.iter().cycle() {
            let (now, later) = rest.split_at(rest.len().min((*size).max(1)));
            buf.extend_from_slice(now);
            rest = later;
            loop {
                let cut = framer.next_frame(&buf, dialect);
                if let Some(frame) = cut.frame {
                    pieces.push(copied(&frame));
                    let command = Command::parse(frame).ok();
                    commands.push(command.as_ref().map(Meaning::of_command));
                }
                let (used, done) = (cut.used, cut.frame.is_none());
                buf.drain(..used);
                if done {
                    break;
                }
            }
            if rest.is_empty() {
                break;
            }
        }
        let shown = stream.escape_ascii();
        assert_eq!(pieces, expected, "in {sizes:?}: {shown}");
        assert_eq!(commands, wanted, "in {sizes:?}: {shown}");
    }
}
