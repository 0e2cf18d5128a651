//! Finds secrets in a stream, however it is cut.

use core::cmp::Reverse;
use core::fmt;
use std::vec::Vec;

use crate::Side;

/// Takes secrets out of what passes over a line.
///
/// Bytes that may be the beginning of a secret are held back until more have come.
#[derive(Clone, Default)]
pub struct Redactor {
    /// The longer ones first: of two that begin alike the longer one is to be found.
    secrets: Vec<Vec<u8>>,
    /// What each side has sent of what may become a secret.
    held: [Vec<u8>; 2],
}

/// A piece of a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a byte is secret or not")]
pub enum Piece<'a> {
    /// Bytes that hold no secret.
    Shown(&'a [u8]),
    /// A secret of so many bytes.
    Hidden(usize),
}

impl Redactor {
    /// One that knows no secret.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on `secret` is taken out. An empty one is none.
    pub fn hide(&mut self, secret: &[u8]) {
        if !secret.is_empty() && !self.secrets.iter().any(|known| known == secret) {
            self.secrets.push(secret.to_vec());
            self.secrets.sort_by_key(|secret| Reverse(secret.len()));
        }
    }

    /// Takes what `from` sent next, and hands on, in order, all that is no beginning of a secret.
    pub fn push(&mut self, from: Side, bytes: &[u8], mut take: impl FnMut(Piece<'_>)) {
        let Self { secrets, held } = self;
        let [host, module] = held;
        let held = if from == Side::Host { host } else { module };
        held.extend_from_slice(bytes);
        let mut shown = 0;
        let mut at = 0;
        while let Some(rest) = held.get(at..).filter(|rest| !rest.is_empty()) {
            let unfinished =
                |secret: &&Vec<u8>| rest.len() < secret.len() && secret.starts_with(rest);
            if secrets.iter().any(|secret| unfinished(&secret)) {
                break;
            }
            let Some(secret) = secrets.iter().find(|secret| rest.starts_with(secret)) else {
                at += 1;
                continue;
            };
            show(held.get(shown..at), &mut take);
            take(Piece::Hidden(secret.len()));
            at += secret.len();
            shown = at;
        }
        show(held.get(shown..at), &mut take);
        held.drain(..at);
    }

    /// What is held back of `from`, when no more will come.
    pub fn take_held(&mut self, from: Side) -> Vec<u8> {
        let [host, module] = &mut self.held;
        core::mem::take(if from == Side::Host { host } else { module })
    }
}

fn show(bytes: Option<&[u8]>, take: &mut impl FnMut(Piece<'_>)) {
    let bytes = bytes.unwrap_or_default();
    if !bytes.is_empty() {
        take(Piece::Shown(bytes));
    }
}

impl fmt::Debug for Redactor {
    /// Neither secrets nor what may become one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secrets = self.secrets.len();
        f.debug_struct("Redactor")
            .field("secrets", &secrets)
            .finish_non_exhaustive()
    }
}
